#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// The events of a stream that comes cut at `cuts`, late line feeds joined to theirs, and what is held at the end.
fn split(bytes: &[u8], cuts: &[usize], max: usize) -> (Vec<Vec<u8>>, Result<Vec<u8>, TooLong>) {
    let mut splitter = Splitter::new(max);
    let mut events: Vec<Vec<u8>> = Vec::new();
    let mut from = 0;
    for to in cuts.iter().copied().chain([bytes.len()]) {
        let fed = splitter.feed(&bytes[from..to], |piece| match piece {
            Piece::Event(event) => events.push(event.to_vec()),
            Piece::LineFeed => events.last_mut().unwrap().push(b'\n'),
        });
        if fed.is_err() {
            return (events, Err(TooLong));
        }
        from = to;
    }
    (events, Ok(splitter.take_held()))
}

fn every_byte(bytes: &[u8]) -> Vec<usize> {
    (0..bytes.len()).collect()
}

fn events(bytes: &str) -> (Vec<String>, String) {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (whole, held) = split(bytes.as_bytes(), &[], 1000);
    assert_eq!(split(bytes.as_bytes(), &every_byte(bytes.as_bytes()), 1000), (whole.clone(), held.clone()));
    (whole.into_iter().map(text).collect(), text(held.unwrap()))
}

#[test]
fn line_endings() {
    assert_eq!(events("a\n\nb\n\nc"), (vec!["a\n\n".into(), "b\n\n".into()], "c".into()));
    assert_eq!(events("a\r\n\r\nb\r\n\r\n"), (vec!["a\r\n\r\n".into(), "b\r\n\r\n".into()], String::new()));
    assert_eq!(events("a\r\rb\r\r"), (vec!["a\r\r".into(), "b\r\r".into()], String::new()));
    assert_eq!(events("a\n\r\nb\r\n\n"), (vec!["a\n\r\n".into(), "b\r\n\n".into()], String::new()));
    assert_eq!(events("a\r\n\r"), (vec!["a\r\n\r".into()], String::new()), "not held for a line feed to come");
    assert_eq!(events("a\nb\n\n\n\nc\n"), (vec!["a\nb\n\n".into(), "\n".into(), "\n".into()], "c\n".into()));
}

#[test]
fn byte_order_mark() {
    assert_eq!(events("\u{feff}a\n\n\u{feff}b\n\n"), (vec!["a\n\n".into(), "\u{feff}b\n\n".into()], String::new()));
    assert_eq!(events("\u{feff}\n\n"), (vec!["\n".into(), "\n".into()], String::new()));
    for bytes in [&b"\xef\n\n"[..], b"\xef\xbb\n\n", b"\xef\xbb\xbb\n\n"] {
        for cuts in [vec![], every_byte(bytes)] {
            assert_eq!(split(bytes, &cuts, 100), (vec![bytes.to_vec()], Ok(vec![])));
        }
    }
}

#[test]
fn events_are_bounded() {
    for cuts in [vec![], every_byte(b"a\n\nabcdefgh\n\nb\n\n")] {
        assert_eq!(split(b"a\n\nabcdefgh\n\nb\n\n", &cuts, 9), (vec![b"a\n\n".to_vec()], Err(TooLong)));
        assert_eq!(split(b"a\n\nabcdefg\n\n", &cuts[..cuts.len().min(12)], 9).0.len(), 2);
    }
}

#[test]
fn memory_is_given_back() {
    let mut splitter = Splitter::new(1 << 20);
    splitter.feed(&vec![b'x'; 1 << 19], |_| ()).unwrap();
    splitter.feed(b"\n\n", |_| ()).unwrap();
    assert!(splitter.held.capacity() <= KEPT);
}

#[test]
fn kinds_of_lines() {
    let event = b"data: a\ndata:b\rdata\r\ndata:  c\n: note\nid: 1\nretry\nevent:x\ndatax: 1\nfoo\n\n";
    let kinds: Vec<_> =
        lines(event).map(|line| (line.kind, String::from_utf8_lossy(&event[line.value]).into_owned())).collect();
    let expected = [
        (Kind::Data, "a"),
        (Kind::Data, "b"),
        (Kind::Data, ""),
        (Kind::Data, " c"),
        (Kind::Comment, "note"),
        (Kind::Id, "1"),
        (Kind::Control, ""),
        (Kind::Control, "x"),
        (Kind::Unknown, "1"),
        (Kind::Unknown, ""),
        (Kind::Blank, ""),
    ];
    assert_eq!(kinds, expected.map(|(kind, value)| (kind, value.to_owned())));
    assert_eq!(lines(event).map(|line| line.whole.len()).sum::<usize>(), event.len());
}

/// The same by the book: split into lines first, then at empty ones.
fn by_the_book(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut rest = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let (mut events, mut event) = (Vec::new(), Vec::new());
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        let ending = if rest[end..].starts_with(b"\r\n") { 2 } else { 1 };
        event.extend(&rest[..end + ending]);
        rest = &rest[end + ending..];
        if end == 0 {
            events.push(std::mem::take(&mut event));
        }
    }
    event.extend(rest);
    (events, event)
}

proptest! {
    #[test]
    fn any_cut_gives_the_events_of_the_book(
        parts in prop::collection::vec(prop::sample::select(vec!["\n", "\r", "\r\n", "data: x", ":", "é", "\u{feff}"]), 0..40),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let bytes = parts.concat().into_bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.sort_unstable();
        let (events, held) = by_the_book(&bytes);
        prop_assert_eq!(split(&bytes, &cuts, 1000), (events.clone(), Ok(held.clone())));
        prop_assert_eq!(split(&bytes, &every_byte(&bytes), 1000), (events, Ok(held)));
    }
}
