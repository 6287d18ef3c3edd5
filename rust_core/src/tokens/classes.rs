//! Which class of character the splitting rules see at a place in a text. The classes are a bit each, so that a set of
//! them is a mask. The table is made by the build script from the Unicode tables of the regular expressions crate,
//! which is what tiktoken splits with.

/// `\p{Ll}`
pub const LOWER: u8 = 1;
/// `\p{Lu}` and `\p{Lt}`
pub const UPPER: u8 = 1 << 1;
/// `\p{Lm}` and `\p{Lo}`: letters without case
pub const CASELESS: u8 = 1 << 2;
/// `\p{M}`
pub const MARK: u8 = 1 << 3;
/// `\p{N}`
pub const NUMBER: u8 = 1 << 4;
/// `\s` but for carriage return and line feed
pub const SPACE: u8 = 1 << 5;
/// Carriage return and line feed
pub const NEWLINE: u8 = 1 << 6;
/// Everything else
pub const OTHER: u8 = 1 << 7;

/// Code points in a block of the two-stage table.
pub const BLOCK: usize = 128;
