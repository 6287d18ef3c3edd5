//! One flat region of words that holds all that is counted: cells of one size, addressed by number.
//!
//! A cell is the counters of one scope, or a dozen holds. Cell 0 is the region's own header. Nothing in a cell is
//! an address, so a region can as well be a file that several processes map. It grows by whole blocks and what is
//! there never moves.

use super::Error;

/// Words in a cell: 3,328 bytes.
pub(super) const CELL_WORDS: usize = 13 * HOLD_WORDS;
/// Words in a hold. A cell has room for twelve, behind one hold's worth of header.
pub(super) const HOLD_WORDS: usize = 32;
/// Most cells that a region can have: a hold's address is a cell's number and four bits.
const MAX_CELLS: u64 = 1 << 24;
const HOLDS_PER_CELL: u64 = 12;
const CELLS_PER_BLOCK: usize = 64;

/// The first word of a cell says what the cell is.
pub(super) const KIND: usize = 0;
/// The second word of a free cell, or of a free hold, is the next free one.
const LINK: usize = 1;

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Kind {
    Free = 0,
    Scope = 1,
    /// A scope that was freed while holds refer to it: its cell is free when the last of them ends.
    Leaving = 2,
    Holds = 3,
}

/// The header's words.
const CELLS: usize = 2;
const FREE_CELL: usize = 3;
const FREE_HOLD: usize = 4;
const NEWEST_TIME: usize = 5;

pub(super) struct Region {
    blocks: Vec<Box<[u64]>>,
}

impl Region {
    pub(super) fn new() -> Self {
        let mut region = Self { blocks: vec![new_block()] };
        region.cell_mut(0)[CELLS] = 1;
        region
    }

    /// The newest time seen, which is `now` unless the clock went back.
    pub(super) fn observe(&mut self, now: u64) -> u64 {
        let newest = &mut self.cell_mut(0)[NEWEST_TIME];
        *newest = now.max(*newest);
        *newest
    }

    pub(super) fn is(&self, cell: u64, kind: Kind) -> bool {
        0 < cell && cell < self.cell(0)[CELLS] && self.cell(cell)[KIND] == kind as u64
    }

    pub(super) fn cell(&self, cell: u64) -> &[u64] {
        let (block, start) = place(cell);
        &self.blocks[block][start..start + CELL_WORDS]
    }

    pub(super) fn cell_mut(&mut self, cell: u64) -> &mut [u64] {
        let (block, start) = place(cell);
        &mut self.blocks[block][start..start + CELL_WORDS]
    }

    /// A cell of zeroes, but for its kind.
    pub(super) fn take_cell(&mut self, kind: Kind) -> Result<u64, Error> {
        let free = self.cell(0)[FREE_CELL];
        let taken = if free == 0 {
            self.new_cell()?
        } else {
            self.cell_mut(0)[FREE_CELL] = self.cell(free)[LINK];
            self.cell_mut(free).fill(0);
            free
        };
        self.cell_mut(taken)[KIND] = kind as u64;
        Ok(taken)
    }

    pub(super) fn give_cell(&mut self, cell: u64) {
        let next = self.cell(0)[FREE_CELL];
        self.cell_mut(cell)[KIND] = Kind::Free as u64;
        self.cell_mut(cell)[LINK] = next;
        self.cell_mut(0)[FREE_CELL] = cell;
    }

    /// The words of the hold at `address`, if there is one.
    pub(super) fn hold(&self, address: u64) -> Option<&[u64]> {
        let (cell, start) = hold_place(address)?;
        self.is(cell, Kind::Holds).then(|| &self.cell(cell)[start..start + HOLD_WORDS])
    }

    /// As [`Region::hold`], to write.
    pub(super) fn hold_mut(&mut self, address: u64) -> Option<&mut [u64]> {
        let (cell, start) = hold_place(address)?;
        self.is(cell, Kind::Holds).then(|| &mut self.cell_mut(cell)[start..start + HOLD_WORDS])
    }

    /// The address of a free hold. Its words are as its last user left them.
    pub(super) fn take_hold(&mut self) -> Result<u64, Error> {
        if self.cell(0)[FREE_HOLD] == 0 {
            let cell = self.take_cell(Kind::Holds)?;
            for index in (1..=HOLDS_PER_CELL).rev() {
                self.give_hold(cell << 4 | index);
            }
        }
        let address = self.cell(0)[FREE_HOLD];
        let next = self.hold(address).map_or(0, |words| words[LINK]);
        self.cell_mut(0)[FREE_HOLD] = next;
        Ok(address)
    }

    pub(super) fn give_hold(&mut self, address: u64) {
        let next = self.cell(0)[FREE_HOLD];
        if let Some(words) = self.hold_mut(address) {
            words[LINK] = next;
            self.cell_mut(0)[FREE_HOLD] = address;
        }
    }

    fn new_cell(&mut self) -> Result<u64, Error> {
        let cell = self.cell(0)[CELLS];
        if cell == MAX_CELLS {
            return Err(Error::Full);
        }
        if place(cell).0 == self.blocks.len() {
            self.blocks.push(new_block());
        }
        self.cell_mut(0)[CELLS] = cell + 1;
        Ok(cell)
    }
}

fn new_block() -> Box<[u64]> {
    vec![0; CELLS_PER_BLOCK * CELL_WORDS].into_boxed_slice()
}

fn place(cell: u64) -> (usize, usize) {
    let cell = cell as usize;
    (cell / CELLS_PER_BLOCK, cell % CELLS_PER_BLOCK * CELL_WORDS)
}

fn hold_place(address: u64) -> Option<(u64, usize)> {
    let (cell, index) = (address >> 4, address & 0xF);
    (1..=HOLDS_PER_CELL).contains(&index).then_some((cell, index as usize * HOLD_WORDS))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn cells_are_distinct_zero_and_used_again() {
        let mut region = Region::new();
        let cells: Vec<u64> = (0..200).map(|_| region.take_cell(Kind::Scope).unwrap()).collect();
        assert_eq!(cells.iter().collect::<HashSet<_>>().len(), 200);
        assert!(!cells.contains(&0));
        region.cell_mut(cells[7])[1..].fill(9);
        region.give_cell(cells[7]);
        assert!(region.is(cells[7], Kind::Free));
        let again = region.take_cell(Kind::Scope).unwrap();
        assert_eq!(again, cells[7]);
        assert!(region.cell(again)[1..].iter().all(|&word| word == 0));
        assert_eq!(region.blocks.len(), 201usize.div_ceil(CELLS_PER_BLOCK));
    }

    #[test]
    fn holds_do_not_overlap_and_their_cells_are_no_scopes() {
        let mut region = Region::new();
        let scope = region.take_cell(Kind::Scope).unwrap();
        let holds: Vec<u64> = (0..100).map(|_| region.take_hold().unwrap()).collect();
        for &hold in &holds {
            region.hold_mut(hold).unwrap().fill(hold);
        }
        for &hold in &holds {
            assert!(region.hold(hold).unwrap().iter().all(|&word| word == hold));
            assert!(region.is(hold >> 4, Kind::Holds));
        }
        assert!(region.hold(scope << 4 | 1).is_none());
        for address in [0, 1, 15, holds[0] | 0xF, 1 << 40, u64::MAX] {
            assert!(region.hold(address).is_none());
        }
        region.give_hold(holds[3]);
        assert_eq!(region.take_hold(), Ok(holds[3]));
    }

    #[test]
    fn the_clock_never_goes_back() {
        let mut region = Region::new();
        assert_eq!([5, 3, 8].map(|now| region.observe(now)), [5, 5, 8]);
    }
}
