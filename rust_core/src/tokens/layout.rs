//! How a vocabulary lies in memory: the build script writes it, [`super::merges`] reads it, and both compile this file.
//!
//! Everything is a flat array of little-endian integers in the binary's read-only data. Nothing is loaded or built at
//! run time, a page that no text needs is never read from disk, and all workers of a machine share the pages.

/// No token: above every rank of both vocabularies, and the widest value that a token field holds.
pub const NONE: u32 = TOKEN_MASK as u32;

const TOKEN_BITS: u32 = 18;
const TOKEN_MASK: u64 = (1 << TOKEN_BITS) - 1;

/// A node of the trie of all tokens, as a double array: the child of `node` by `byte` is slot `node.base() ^ byte`, if
/// that slot's label is `byte`. No two nodes share a base, so a label alone says whose child a slot is.
#[derive(Clone, Copy)]
pub struct Node(pub u64);

impl Node {
    const BASE_BITS: u32 = 20;
    const EMPTY_LABEL: u64 = 256;

    /// A slot that no path leads to.
    pub const EMPTY: Self = Self(Self::EMPTY_LABEL | (NONE as u64) << (9 + Self::BASE_BITS));

    /// Used by the build script only.
    #[allow(dead_code)]
    pub fn new(label: u8, base: u32, token: u32) -> Self {
        assert!(base < 1 << Self::BASE_BITS && token <= NONE, "the trie has outgrown its layout");
        Self(u64::from(label) | u64::from(base) << 9 | u64::from(token) << (9 + Self::BASE_BITS))
    }

    /// Whether `byte` leads here from the node whose base led here.
    pub fn is_child_by(self, byte: u8) -> bool {
        self.0 & 0x1FF == u64::from(byte)
    }

    /// Where its children are.
    pub fn base(self) -> u32 {
        (self.0 >> 9) as u32 & ((1 << Self::BASE_BITS) - 1)
    }

    /// The token that ends here, or [`NONE`].
    pub fn token(self) -> u32 {
        (self.0 >> (9 + Self::BASE_BITS)) as u32
    }
}

/// What is known of a token: its length, the two tokens it was merged from (itself twice if it is a single byte) and
/// its longest proper prefix that is a token too.
#[derive(Clone, Copy)]
pub struct Token(pub u64);

impl Token {
    /// Used by the build script only.
    #[allow(dead_code)]
    pub fn new(length: u8, left: u32, right: u32, prefix: u32) -> Self {
        let [left, right, prefix] = [left, right, prefix].map(u64::from);
        Self(u64::from(length) | left << 8 | right << (8 + TOKEN_BITS) | prefix << (8 + 2 * TOKEN_BITS))
    }

    /// In bytes.
    pub fn length(self) -> usize {
        (self.0 & 0xFF) as usize
    }

    /// The first of the two tokens it was merged from.
    pub fn left(self) -> u32 {
        (self.0 >> 8 & TOKEN_MASK) as u32
    }

    /// The second of the two tokens it was merged from.
    pub fn right(self) -> u32 {
        (self.0 >> (8 + TOKEN_BITS) & TOKEN_MASK) as u32
    }

    /// The longest proper prefix that is a token, or [`NONE`].
    pub fn prefix(self) -> u32 {
        (self.0 >> (8 + 2 * TOKEN_BITS) & TOKEN_MASK) as u32
    }
}

/// An entry of the hash table of merges: the token that a pair merges to, and a tag that tells most other pairs of the
/// same slot apart without a look at that token.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Merge(pub u32);

impl Merge {
    /// A slot where the search for a pair ends.
    pub const EMPTY: Self = Self(u32::MAX);

    /// Used by the build script only.
    #[allow(dead_code)]
    pub fn new(tag: u32, token: u32) -> Self {
        Self(tag << TOKEN_BITS | token)
    }

    /// Of the pair, as [`pair_place`] has it.
    pub fn tag(self) -> u32 {
        self.0 >> TOKEN_BITS
    }

    /// What the pair merges to.
    pub fn token(self) -> u32 {
        self.0 & NONE
    }
}

/// The slot where the search for a pair starts, in a table of `1 << bits` slots, and the pair's tag. The search goes on
/// slot by slot.
pub fn pair_place(left: u32, right: u32, bits: u32) -> (usize, u32) {
    let pair = u64::from(left) << TOKEN_BITS | u64::from(right);
    let hash = pair.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((hash >> (64 - bits)) as usize, (hash << bits >> (64 - (32 - TOKEN_BITS))) as u32)
}
