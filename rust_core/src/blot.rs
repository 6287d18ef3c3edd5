//! What a provider says without the gateway's credentials in it, wherever its bytes are cut.

use std::sync::Arc;

use memchr::memmem::Finder;

/// Texts that nobody may be told.
#[derive(Debug)]
pub struct Secrets {
    each: Vec<Finder<'static>>,
    /// The bytes that any of them has.
    has: [bool; 256],
}

impl Secrets {
    /// Of these; an empty one is none.
    pub fn new(texts: impl IntoIterator<Item: AsRef<[u8]>>) -> Self {
        let texts = texts.into_iter().filter(|text| !text.as_ref().is_empty());
        let each: Vec<_> = texts.map(|text| Finder::new(&text).into_owned()).collect();
        let mut has = [false; 256];
        for byte in each.iter().flat_map(Finder::needle) {
            has[usize::from(*byte)] = true;
        }
        Self { each, has }
    }

    fn are_in(&self, said: &[u8]) -> bool {
        self.each.iter().any(|secret| secret.find(said).is_some())
    }

    fn blot(&self, said: &mut [u8]) {
        for secret in &self.each {
            let mut from = 0;
            while let Some(at) = secret.find(&said[from..]) {
                let end = from + at + secret.needle().len();
                said[from + at..end].fill(b'*');
                from = end;
            }
        }
    }

    /// How many bytes at the end are the beginning of a secret; of several, the most.
    fn begun(&self, said: &[u8]) -> usize {
        let is_over = said.last().is_none_or(|last| !self.has[usize::from(*last)]);
        if is_over { 0 } else { self.each.iter().map(|secret| begun(secret.needle(), said)).max().unwrap_or(0) }
    }
}

fn begun(secret: &[u8], said: &[u8]) -> usize {
    let end = &said[said.len() - said.len().min(secret.len() - 1)..];
    memchr::memchr_iter(secret[0], end)
        .map(|at| &end[at..])
        .find(|rest| secret.starts_with(rest))
        .map_or(0, <[u8]>::len)
}

/// A text that passes in pieces. It keeps back the end of a piece only as far as a secret may begin there, so next to
/// nothing ever waits.
#[derive(Debug)]
pub struct Blotter {
    secrets: Arc<Secrets>,
    kept: Vec<u8>,
}

impl Blotter {
    /// In front of whom these are not to be told.
    pub fn new(secrets: Arc<Secrets>) -> Self {
        Self { secrets, kept: Vec::new() }
    }

    /// Takes a piece; `pass` gets what may be told by now, at the same length: whatever frames it.
    pub fn feed(&mut self, piece: &[u8], mut pass: impl FnMut(&[u8])) {
        let Self { secrets, kept } = self;
        if kept.is_empty() && !secrets.are_in(piece) {
            let (told, rest) = piece.split_at(piece.len() - secrets.begun(piece));
            kept.extend_from_slice(rest);
            return pass(told);
        }
        let mut said = std::mem::take(kept);
        said.extend_from_slice(piece);
        secrets.blot(&mut said);
        *kept = said.split_off(said.len() - secrets.begun(&said));
        pass(&said);
    }

    /// There is no more: what was kept back is no secret.
    pub fn end(&mut self, pass: impl FnOnce(&[u8])) {
        if !self.kept.is_empty() {
            pass(&std::mem::take(&mut self.kept));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn letters(length: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
        vec(prop_oneof![Just(b'a'), Just(b'b'), Just(b'.')], length)
    }

    proptest! {
        #[test]
        fn however_it_is_cut_it_is_blotted_out_as_a_whole(secret in letters(1..6), pieces in vec(letters(0..9), 0..9)) {
            let mut blotter = Blotter::new(Arc::new(Secrets::new([&secret])));
            let (mut told, mut fed) = (Vec::new(), 0);
            for piece in &pieces {
                blotter.feed(piece, |said| told.extend_from_slice(said));
                fed += piece.len();
                prop_assert!(fed - told.len() < secret.len());
            }
            blotter.end(|said| told.extend_from_slice(said));
            let mut whole = pieces.concat();
            Secrets::new([&secret]).blot(&mut whole);
            prop_assert_eq!(&told, &whole);
            prop_assert!(!told.windows(secret.len()).any(|window| window == secret));
        }

        #[test]
        fn several_are_blotted_out(secrets in vec(letters(1..6), 0..4), pieces in vec(letters(0..9), 0..9)) {
            let mut blotter = Blotter::new(Arc::new(Secrets::new(&secrets)));
            let mut told = Vec::new();
            for piece in &pieces {
                blotter.feed(piece, |said| told.extend_from_slice(said));
            }
            blotter.end(|said| told.extend_from_slice(said));
            prop_assert_eq!(told.len(), pieces.concat().len());
            for secret in &secrets {
                prop_assert!(!told.windows(secret.len()).any(|window| window == secret));
            }
        }
    }

    #[test]
    fn what_cannot_be_a_beginning_does_not_wait() {
        let mut blotter = Blotter::new(Arc::new(Secrets::new(["sk-live-1", "", "sk-test-2"])));
        for (piece, told) in [("data: sk\n\n", "data: sk\n\n"), ("is", "i"), ("k-live-1, ", "*********, "), ("s", "")] {
            let mut said = Vec::new();
            blotter.feed(piece.as_bytes(), |passed| said.extend_from_slice(passed));
            assert_eq!(said, told.as_bytes());
        }
    }
}
