//! The class of every code point, as a two-stage table: a block number for each 128 code points, then the blocks.

use std::collections::HashMap;

use regex_syntax::hir::{Class, HirKind};

use crate::classes::{BLOCK, CASELESS, LOWER, MARK, NEWLINE, NUMBER, OTHER, SPACE, UPPER};

const CODE_POINTS: usize = 0x11_0000;

pub fn table() -> (Vec<u8>, Vec<u8>) {
    let mut class_of = vec![OTHER; CODE_POINTS];
    for (pattern, class) in [
        (r"\p{Ll}", LOWER),
        (r"[\p{Lu}\p{Lt}]", UPPER),
        (r"[\p{Lm}\p{Lo}]", CASELESS),
        (r"\p{M}", MARK),
        (r"\p{N}", NUMBER),
        (r"\s", SPACE),
        (r"[\r\n]", NEWLINE),
    ] {
        for (first, last) in ranges(pattern) {
            class_of[first..=last].fill(class);
        }
    }
    let mut known = HashMap::new();
    let mut blocks = Vec::new();
    let mut classes = Vec::new();
    for block in class_of.chunks(BLOCK) {
        let number = *known.entry(block).or_insert_with(|| {
            classes.extend_from_slice(block);
            classes.len() / BLOCK - 1
        });
        blocks.push(u8::try_from(number).expect("at most 256 different blocks"));
    }
    (blocks, classes)
}

fn ranges(pattern: &str) -> Vec<(usize, usize)> {
    match regex_syntax::parse(pattern).expect("a valid pattern").into_kind() {
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().map(|range| (range.start() as usize, range.end() as usize)).collect()
        }
        other => unreachable!("{pattern} is not a class of characters: {other:?}"),
    }
}
