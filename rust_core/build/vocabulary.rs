//! A vocabulary, given as its tokens in order of rank, laid out as [`crate::layout`] says.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};

use crate::layout::{Merge, NONE, Node, Token, pair_place};

pub struct Tables {
    /// The trie: a [`Node`] per slot; slot 0 is the root.
    pub nodes: Vec<u8>,
    /// A [`Token`] per rank.
    pub tokens: Vec<u8>,
    /// The hash table of merges: a [`Merge`] per slot.
    pub pairs: Vec<u8>,
}

type Ranks<'a> = HashMap<&'a [u8], u32>;

pub fn tables(tokens: &[&[u8]]) -> Tables {
    let ranks: Ranks = tokens.iter().zip(0..).map(|(&token, rank)| (token, rank)).collect();
    let records: Vec<Token> = tokens.iter().zip(0..).map(|(token, rank)| record(token, rank, &ranks)).collect();
    Tables {
        nodes: trie(tokens).iter().flat_map(|node| node.0.to_le_bytes()).collect(),
        tokens: records.iter().flat_map(|token| token.0.to_le_bytes()).collect(),
        pairs: pairs(&records).iter().flat_map(|merge| merge.0.to_le_bytes()).collect(),
    }
}

fn record(token: &[u8], rank: u32, ranks: &Ranks) -> Token {
    let (left, right) = if token.len() == 1 { (rank, rank) } else { last_merge(token, ranks) };
    let prefix = (1..token.len()).rev().find_map(|end| ranks.get(&token[..end])).copied();
    Token::new(u8::try_from(token.len()).expect("short tokens"), left, right, prefix.unwrap_or(NONE))
}

/// The two tokens that byte-pair encoding is left with just before it arrives at `token`.
fn last_merge(token: &[u8], ranks: &Ranks) -> (u32, u32) {
    let mut ends: Vec<usize> = (0..=token.len()).collect();
    while ends.len() > 3 {
        let (_, merged) = ends
            .windows(3)
            .enumerate()
            .filter_map(|(i, w)| Some((*ranks.get(&token[w[0]..w[2]])?, i + 1)))
            .min()
            .expect("every token is reached by merges");
        ends.remove(merged);
    }
    (ranks[&token[..ends[1]]], ranks[&token[ends[1]..]])
}

/// A table at most half full, so that a search that fails ends at once.
fn pairs(records: &[Token]) -> Vec<Merge> {
    let bits = (2 * records.len()).next_power_of_two().ilog2();
    let mut table = vec![Merge::EMPTY; 1 << bits];
    for (rank, token) in (0..).zip(records).filter(|(_, token)| token.length() > 1) {
        let (mut slot, tag) = pair_place(token.left(), token.right(), bits);
        while table[slot] != Merge::EMPTY {
            slot = (slot + 1) % table.len();
        }
        table[slot] = Merge::new(tag, rank);
    }
    table
}

struct Branch {
    /// The first token inserted on a path through here: the most frequent one.
    first: u32,
    token: Option<u32>,
    children: BTreeMap<u8, usize>,
}

fn branches(tokens: &[&[u8]]) -> Vec<Branch> {
    let branch = |first| Branch { first, token: None, children: BTreeMap::new() };
    let mut all = vec![branch(0)];
    for (token, rank) in tokens.iter().zip(0..) {
        let mut at = 0;
        for &byte in *token {
            let new = all.len();
            at = *all[at].children.entry(byte).or_insert(new);
            if at == new {
                all.push(branch(rank));
            }
        }
        all[at].token = Some(rank);
    }
    all
}

/// Places the paths of the most frequent tokens first, so that what most texts walk through lies close together.
fn trie(tokens: &[&[u8]]) -> Vec<Node> {
    let branches = branches(tokens);
    let mut slots = Slots::default();
    let mut nodes = BTreeMap::new();
    let mut queue = BinaryHeap::from([Reverse((0, 0, 0, 0))]);
    let mut leaves = Vec::new();
    slots.take(0);
    while let Some(Reverse((_, slot, label, branch))) = queue.pop() {
        let Branch { token, children, .. } = &branches[branch];
        let token = token.unwrap_or(NONE);
        if children.is_empty() {
            leaves.push((slot, label, token));
            continue;
        }
        let labels: Vec<u8> = children.keys().copied().collect();
        let base = slots.place(&labels);
        nodes.insert(slot, Node::new(label, base, token));
        queue.extend(
            children
                .iter()
                .map(|(&label, &child)| Reverse((branches[child].first, base ^ u32::from(label), label, child))),
        );
    }
    // Leaves point at a block that stays empty, so that a walk needs no other test to end there.
    let desert = slots.len;
    nodes.extend(leaves.into_iter().map(|(slot, label, token)| (slot, Node::new(label, desert, token))));
    (0..desert + 256).map(|slot| nodes.get(&slot).copied().unwrap_or(Node::EMPTY)).collect()
}

/// Which slots of the double array are free, in blocks of 256: `base ^ label` stays within the block of `base`.
#[derive(Default)]
struct Slots {
    len: u32,
    free: BTreeSet<u32>,
    bases: HashSet<u32>,
}

impl Slots {
    /// Searching only the last blocks keeps this fast and leaves hardly a slot empty.
    const SEARCHED: u32 = 16 * 256;

    fn grow(&mut self) {
        self.free.extend(self.len..self.len + 256);
        self.len += 256;
    }

    fn take(&mut self, slot: u32) {
        while self.len <= slot {
            self.grow();
        }
        self.free.remove(&slot);
    }

    /// A base, not in use, at which all `labels` are free; takes them.
    fn place(&mut self, labels: &[u8]) -> u32 {
        loop {
            let from = self.len.saturating_sub(Self::SEARCHED);
            let found = self.free.range(from..).map(|slot| slot ^ u32::from(labels[0])).find(|base| {
                !self.bases.contains(base) && labels.iter().all(|&label| self.free.contains(&(base ^ u32::from(label))))
            });
            if let Some(base) = found {
                self.bases.insert(base);
                for label in labels {
                    self.take(base ^ u32::from(*label));
                }
                return base;
            }
            self.grow();
        }
    }
}
