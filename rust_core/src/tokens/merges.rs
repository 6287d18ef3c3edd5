//! How many tokens byte-pair encoding makes of one piece, in linear time.
//!
//! Merging pair by pair is quadratic, or needs a heap. This does not merge: an encoding is the one that merging arrives
//! at exactly when each pair of neighbours in it could stand side by side, so it takes the longest token that fits, and
//! steps back when none does. The idea and the proof are those of the `bpe` crate (github/rust-gems), whose tables are
//! five times the size because they serve more than counting.

use super::layout::{Merge, NONE, Node, Token, pair_place};

/// The tables of one encoding. See [`super::layout`].
pub struct Vocabulary {
    nodes: &'static [u8],
    tokens: &'static [u8],
    pairs: &'static [u8],
    pair_bits: u32,
}

/// So that no entry lies across two cache lines.
#[repr(align(64))]
struct Aligned<T: ?Sized>(T);

macro_rules! table {
    ($file:literal) => {{
        static TABLE: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/", $file)));
        &TABLE.0
    }};
}

pub static O200K_BASE: Vocabulary =
    Vocabulary::new(table!("o200k_base.nodes"), table!("o200k_base.tokens"), table!("o200k_base.pairs"));
pub static CL100K_BASE: Vocabulary =
    Vocabulary::new(table!("cl100k_base.nodes"), table!("cl100k_base.tokens"), table!("cl100k_base.pairs"));

const FITTED_BITS: u32 = 12;

/// What [`Vocabulary::count`] works in, kept from piece to piece.
#[derive(Default)]
pub struct Search {
    /// The encoding of the piece up to where the search stands.
    taken: Vec<u32>,
    /// A bit for each place in the piece from which the rest cannot be encoded.
    dead: Vec<u64>,
    /// Answers of [`Vocabulary::fitting`]: what was taken last, the candidate and the answer, of 18 bits each. A long
    /// run of one sign asks few questions, again and again, and each takes long.
    fitted: Vec<u64>,
    /// The last long walk down the trie. In a run of one sign, the next one is the same.
    walk: Walk,
}

/// A walk down the trie from `start` of a piece: it looked at `looked_at` bytes and found `token`.
#[derive(Clone, Copy, Default)]
struct Walk {
    start: usize,
    looked_at: usize,
    token: u32,
    length: usize,
}

impl Search {
    /// Frees what only a very long piece needed.
    pub fn trim(&mut self) {
        self.taken.shrink_to(4096);
        self.dead.shrink_to(4096);
    }
}

impl Vocabulary {
    const fn new(nodes: &'static [u8], tokens: &'static [u8], pairs: &'static [u8]) -> Self {
        Self { nodes, tokens, pairs, pair_bits: (pairs.len() / 4).ilog2() }
    }

    /// How many tokens `piece` is. Takes time linear in its length.
    pub fn count(&self, piece: &[u8], search: &mut Search) -> usize {
        let first = self.longest(piece, 0);
        if first.length == piece.len() { usize::from(first.length > 0) } else { self.search(piece, first, search) }
    }

    fn search(&self, piece: &[u8], first: Walk, search: &mut Search) -> usize {
        search.taken.clear();
        search.dead.clear();
        search.dead.resize(piece.len() / 64 + 1, 0);
        search.fitted.resize(1 << FITTED_BITS, u64::MAX);
        let mut position = 0;
        let mut candidate = first.token;
        search.walk = first;
        loop {
            let token = self.fitting(candidate, search);
            if token == NONE {
                search.dead[position / 64] |= 1 << (position % 64);
                let Some(last) = search.taken.pop() else {
                    return piece.len(); // Not reached: every text has an encoding.
                };
                let last = self.token(last);
                position -= last.length();
                candidate = last.prefix();
                continue;
            }
            let record = self.token(token);
            let end = position + record.length();
            if search.dead[end / 64] & 1 << (end % 64) != 0 {
                candidate = record.prefix();
                continue;
            }
            search.taken.push(token);
            if end == piece.len() {
                return search.taken.len();
            }
            position = end;
            candidate = self.longest_again(piece, end, &mut search.walk);
        }
    }

    /// The longest prefix of `candidate`, itself included, that may follow what is taken; [`NONE`] if none may.
    #[inline]
    fn fitting(&self, candidate: u32, search: &mut Search) -> u32 {
        let Some(&last) = search.taken.last() else {
            return candidate;
        };
        let question = u64::from(last) << 18 | u64::from(candidate);
        let (slot, _) = pair_place(last, candidate, FITTED_BITS);
        if search.fitted[slot] >> 18 == question {
            return (search.fitted[slot] & u64::from(NONE)) as u32;
        }
        let mut token = candidate;
        while token != NONE && !self.may_follow(last, token) {
            token = self.token(token).prefix();
        }
        search.fitted[slot] = question << 18 | u64::from(token);
        token
    }

    /// The longest token in `piece` at `start`. Every byte is a token.
    #[inline]
    fn longest(&self, piece: &[u8], start: usize) -> Walk {
        let mut node = self.node(0);
        let mut walk = Walk { start, looked_at: 0, token: NONE, length: 0 };
        for &byte in &piece[start..] {
            walk.looked_at += 1;
            node = self.node(node.base() ^ u32::from(byte));
            if !node.is_child_by(byte) {
                return walk;
            }
            if node.token() != NONE {
                (walk.token, walk.length) = (node.token(), walk.looked_at);
            }
        }
        // As if it had looked at the end.
        walk.looked_at += 1;
        walk
    }

    /// The longest token in `piece` at `start`, without the walk if it would see the same bytes as the last long one.
    #[inline]
    fn longest_again(&self, piece: &[u8], start: usize, last: &mut Walk) -> u32 {
        const LONG: usize = 12;
        if last.looked_at >= LONG
            && piece.get(start..start + last.looked_at).is_some_and(|bytes| piece[last.start..].starts_with(bytes))
        {
            return last.token;
        }
        let walk = self.longest(piece, start);
        if walk.looked_at >= LONG {
            *last = walk;
        }
        walk.token
    }

    /// Whether merging can leave these two as neighbours: undoes their merges, latest first, and looks whether a pair
    /// across the border would have been merged before.
    fn may_follow(&self, mut left: u32, mut right: u32) -> bool {
        let mut limit = NONE;
        loop {
            if self.merge(left, right).is_some_and(|merged| merged < limit) {
                return false;
            }
            // On equal ranks the left pair is merged first, hence the `+ 1`.
            if left > right {
                limit = left;
                left = self.token(left).right();
                if left == limit {
                    limit = right + 1;
                    right = self.token(right).left();
                    if right + 1 == limit {
                        return true;
                    }
                }
            } else {
                limit = right + 1;
                right = self.token(right).left();
                if right + 1 == limit {
                    limit = left;
                    left = self.token(left).right();
                    if left == limit {
                        return true;
                    }
                }
            }
        }
    }

    fn merge(&self, left: u32, right: u32) -> Option<u32> {
        let (mut slot, tag) = pair_place(left, right, self.pair_bits);
        loop {
            let merge = self.pairs.get(slot * 4..)?.first_chunk().map(|bytes| Merge(u32::from_le_bytes(*bytes)))?;
            if merge == Merge::EMPTY {
                return None;
            }
            if merge.tag() == tag {
                let record = self.token(merge.token());
                if record.left() == left && record.right() == right {
                    return Some(merge.token());
                }
            }
            slot = (slot + 1) & ((1 << self.pair_bits) - 1);
        }
    }

    #[inline]
    fn node(&self, slot: u32) -> Node {
        let found = self.nodes.get(slot as usize * 8..).and_then(|rest| rest.first_chunk());
        found.map_or(Node::EMPTY, |bytes| Node(u64::from_le_bytes(*bytes)))
    }

    #[inline]
    fn token(&self, rank: u32) -> Token {
        let found = self.tokens.get(rank as usize * 8..).and_then(|rest| rest.first_chunk());
        found.map_or(Token(0), |bytes| Token(u64::from_le_bytes(*bytes)))
    }

    /// Every token's bytes, in order of rank.
    pub fn spelled(&self) -> Vec<Vec<u8>> {
        let mut all: Vec<Vec<u8>> = Vec::with_capacity(self.tokens.len() / 8);
        let root = self.node(0);
        let single: Vec<(u32, u8)> =
            (0..=u8::MAX).map(|byte| (self.node(root.base() ^ u32::from(byte)).token(), byte)).collect();
        for rank in 0..(self.tokens.len() / 8) as u32 {
            let token = self.token(rank);
            let spelling = if token.length() == 1 {
                single.iter().filter(|(found, _)| *found == rank).map(|(_, byte)| *byte).collect()
            } else {
                [&*all[token.left() as usize], &*all[token.right() as usize]].concat()
            };
            all.push(spelling);
        }
        all
    }
}
