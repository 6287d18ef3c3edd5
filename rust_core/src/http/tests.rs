#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// Everything a decoder tells of an answer, whose bytes come cut at `cuts`.
#[derive(Debug, PartialEq)]
struct Told {
    fault: Option<Fault>,
    head: String,
    body: Vec<u8>,
    is_done: bool,
    is_reusable: bool,
    ends_by_close: bool,
}

fn read(bytes: &[u8], cuts: &[usize]) -> Told {
    let mut decoder = Decoder::default();
    let mut body = Vec::new();
    let mut from = 0;
    let mut fault = None;
    for to in cuts.iter().copied().chain([bytes.len()]) {
        let fed = decoder.feed(&bytes[from..to], |piece| body.extend_from_slice(piece));
        fault = fault.or(fed.err());
        from = to;
    }
    Told {
        fault,
        head: format!("{:?}", decoder.head()),
        body,
        is_done: decoder.is_done(),
        is_reusable: decoder.is_reusable(),
        ends_by_close: decoder.ends_by_close(),
    }
}

/// Reads an answer at once, and checks that no cut makes a difference.
fn told(bytes: impl AsRef<[u8]>) -> Told {
    let bytes = bytes.as_ref();
    let whole = read(bytes, &[]);
    for cut in 0..bytes.len().min(2000) {
        assert_eq!(read(bytes, &[cut]), whole, "cut at {cut}");
    }
    let single: Vec<usize> = (0..bytes.len()).collect();
    assert_eq!(read(bytes, &single), whole, "byte by byte");
    whole
}

fn answer(headers: &str, body: &str) -> Told {
    told(format!("HTTP/1.1 200 OK\r\n{headers}\r\n{body}"))
}

fn chunked(body: &str) -> Told {
    answer("transfer-encoding: chunked\r\n", body)
}

#[test]
fn content_length() {
    let told = answer("Content-Length: 5\r\n", "hello");
    assert_eq!((told.fault, told.body.as_slice(), told.is_done, told.is_reusable), (None, &b"hello"[..], true, true));
    assert!(!answer("content-length: 5\r\n", "hell").is_done);
    assert!(answer("content-length: 0\r\n", "").is_reusable);
    assert!(answer("content-length: 5\r\ncontent-length: 5\r\n", "hello").is_reusable);
}

#[test]
fn chunks() {
    let told = chunked("5;name=\"v\"\r\nhello\r\n00A\r\n, world!!!\r\n0\r\nx-trailer: 1\r\nother: 2\r\n\r\n");
    assert_eq!((told.fault, told.body.as_slice()), (None, &b"hello, world!!!"[..]));
    assert!(told.is_reusable);
    assert!(!chunked("5\r\nhello\r\n0\r\n").is_done);
    assert!(answer("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n").is_done);
}

#[test]
fn until_close() {
    let told = answer("content-type: text/plain\r\n", "hello");
    assert!(told.ends_by_close && !told.is_done && !told.is_reusable);
    assert_eq!(told.body, b"hello");
}

#[test]
fn answers_without_a_body() {
    assert!(told("HTTP/1.1 204 No Content\r\n\r\n").is_reusable);
    assert!(told("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n").is_reusable);
    let lying = told("HTTP/1.1 204 No Content\r\ncontent-length: 9\r\n\r\n");
    assert!(lying.is_done && !lying.is_reusable);
}

#[test]
fn interim_answers_are_skipped() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n";
    let told_after = told(format!("{interim}HTTP/1.1 200\r\ncontent-length: 1\r\n\r\nx"));
    assert!(told_after.is_reusable && told_after.head.contains("200"));
    let upgrade = "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n";
    assert_eq!(told(upgrade).fault, Some(Fault::Interim));
    assert_eq!(told("HTTP/1.1 100 C\r\ncontent-length: 1\r\n\r\n").fault, Some(Fault::Interim));
    assert_eq!(told("HTTP/1.1 100 C\r\n\r\n".repeat(17)).fault, Some(Fault::Interim));
}

#[test]
fn when_a_connection_is_reusable() {
    assert!(!answer("connection: close\r\ncontent-length: 1\r\n", "x").is_reusable);
    assert!(!answer("connection: x, CLOSE\r\ncontent-length: 1\r\n", "x").is_reusable);
    assert!(answer("connection: keep-alive\r\ncontent-length: 1\r\n", "x").is_reusable);
    assert!(!told("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 1\r\n\r\nx").is_reusable);
    let surplus = answer("content-length: 1\r\n", "xy");
    assert!(surplus.is_done && !surplus.is_reusable);
    assert_eq!(surplus.body, b"x");
}

#[test]
fn what_is_refused_in_a_head() {
    for line in [
        "",
        "ICY 200 OK",
        "HTTP/2 200 OK",
        "HTTP/1.1 20 OK",
        "HTTP/1.1 099 X",
        "HTTP/1.1 600 X",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 2x0 OK",
    ] {
        assert_eq!(told(format!("{line}\r\n\r\n")).fault, Some(Fault::StatusLine), "{line}");
    }
    let lengths = ["+5", "-5", "5, 5", "0x5", "", "5 5", "99999999999999999999"];
    for length in lengths {
        assert_eq!(answer(&format!("content-length: {length}\r\n"), "").fault, Some(Fault::ContentLength), "{length}");
    }
    assert_eq!(answer("content-length: 5\r\ncontent-length: 6\r\n", "").fault, Some(Fault::ContentLength));
    assert_eq!(answer("content-length: 5\r\ntransfer-encoding: chunked\r\n", "").fault, Some(Fault::ContentLength));
    for coding in ["gzip", "gzip, chunked", "chunked, chunked", "identity", "", "xchunked"] {
        let told = answer(&format!("transfer-encoding: {coding}\r\n"), "");
        assert_eq!(told.fault, Some(Fault::TransferEncoding), "{coding}");
    }
    let twice = "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n";
    assert_eq!(answer(twice, "").fault, Some(Fault::TransferEncoding));
    let old = "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(told(old).fault, Some(Fault::TransferEncoding));
    for header in ["a: b\r\n folded\r\n", "a : b\r\n", "a\r\n", ": b\r\n", "a: b\0\r\n", "a: b\rc\r\n", "a b: c\r\n"] {
        assert_eq!(answer(header, "").fault, Some(Fault::Header), "{header:?}");
    }
    assert_eq!(answer("a: b\n", "").fault, Some(Fault::LineEnd));
    assert_eq!(answer(&"a: b\r\n".repeat(129), "").fault, Some(Fault::HeadTooLarge));
    assert_eq!(answer(&"a: b\r\n".repeat(128), "").fault, None);
}

#[test]
fn a_head_is_bounded() {
    let fits = format!("HTTP/1.1 200 OK\r\na: {}\r\n\r\n", "x".repeat((64 << 10) - 24));
    assert_eq!(fits.len(), 64 << 10);
    for cuts in [vec![], vec![1], vec![fits.len() - 1], (0..fits.len()).collect()] {
        assert_eq!(read(fits.as_bytes(), &cuts).fault, None);
        let larger = fits.replace("a: x", "a: xx");
        assert_eq!(read(larger.as_bytes(), &cuts).fault, Some(Fault::HeadTooLarge));
    }
}

#[test]
fn what_is_refused_in_chunks() {
    let long_line = format!("5;{}\r\nhello\r\n0\r\n\r\n", "x".repeat(260));
    for body in [
        "0x5\r\n",
        "+5\r\n",
        "-5\r\n",
        "\r\n",
        ";x\r\n",
        "5 \r\n",
        " 5\r\n",
        "11111111111111111\r\n",
        "5\r\nhello5\r\n",
        "5\r\nhello!\r\n",
        &long_line,
        "5;\0\r\n",
    ] {
        assert_eq!(chunked(body).fault, Some(Fault::Chunk), "{body:?}");
    }
    for body in ["5\nhello\n0\n\n", "5;x\nhello", "0\r\n\rx", "0\r\na: b\rc"] {
        assert_eq!(chunked(body).fault, Some(Fault::LineEnd), "{body:?}");
    }
    assert_eq!(chunked("5\r\nhello\n").fault, Some(Fault::Chunk));
    assert_eq!(chunked("0\r\na: b\n").fault, Some(Fault::Header));
    let trailers = "0\r\n".to_owned() + &"a: b\r\n".repeat(2000);
    assert_eq!(
        read(format!("HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\n{trailers}").as_bytes(), &[]).fault,
        Some(Fault::HeadTooLarge)
    );
}

#[test]
fn what_is_kept_of_a_head() {
    let bytes = "HTTP/1.1 429 Too Many\r\nContent-Type: Text/Event-Stream ; charset=UTF-8\r\nRetry-After: 7\r\nretry-after: 8\r\n\
        Set-Cookie: a=b\r\nX-Request-Id: r\r\nX-Should-Retry: true\r\nContent-Encoding: GZIP\r\nServer: s\r\nContent-Length: 0\r\n\
        OpenAI-Processing-Ms: 12\r\nx-ratelimit-limit-requests: 5\r\n\r\n";
    let mut decoder = Decoder::default();
    decoder.feed(bytes.as_bytes(), |_| ()).unwrap();
    let head = decoder.head().unwrap();
    assert_eq!((head.status, &*head.content_type, &*head.content_encoding), (429, "text/event-stream", "gzip"));
    let passed = "content-type: Text/Event-Stream ; charset=UTF-8\r\nretry-after: 7\r\nx-should-retry: true\r\nopenai-processing-ms: 12\r\n";
    assert_eq!(String::from_utf8_lossy(&head.passed), passed);
}

#[test]
fn a_fault_is_final() {
    let mut decoder = Decoder::default();
    assert_eq!(decoder.feed(b"nonsense", |_| ()), Err(Fault::StatusLine));
    assert_eq!(decoder.feed(b"HTTP/1.1 200 OK\r\n\r\n", |_| ()), Err(Fault::StatusLine));
    assert!(decoder.head().is_none());
}

/// Answers, most of them valid, some with one byte changed.
fn answers() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6);
    let extension = prop_oneof![Just(""), Just(";a=b"), Just(";q=\"x\"")];
    let surplus = prop_oneof![3 => Just(""), 1 => Just("HTTP/1.1 200 OK\r\n\r\n")];
    (
        pieces,
        0..4,
        extension,
        surplus,
        0..3_usize,
        prop::option::weighted(0.3, (any::<prop::sample::Index>(), any::<u8>())),
    )
        .prop_map(|(pieces, framing, extension, surplus, interim, change)| {
            let mut bytes = "HTTP/1.1 103 Hints\r\nlink: a\r\n\r\n".repeat(interim).into_bytes();
            let length: usize = pieces.iter().map(Vec::len).sum();
            bytes.extend(match framing {
                0 => format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n").into_bytes(),
                1 => b"HTTP/1.1 200 OK\r\n\r\n".to_vec(),
                2 => b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
                _ => b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec(),
            });
            for piece in &pieces {
                if framing == 3 {
                    bytes.extend(format!("{:X}{extension}\r\n", piece.len()).into_bytes());
                }
                bytes.extend(piece);
                if framing == 3 {
                    bytes.extend(b"\r\n");
                }
            }
            if framing == 3 {
                bytes.extend(b"0\r\nx: y\r\n\r\n");
            }
            bytes.extend(surplus.as_bytes());
            if let Some((index, byte)) = change {
                let at = index.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        })
}

proptest! {
    #[test]
    fn any_cut_gives_the_same(bytes in answers(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..9)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len())).collect();
        cuts.sort_unstable();
        prop_assert_eq!(read(&bytes, &cuts), read(&bytes, &[]));
        let single: Vec<usize> = (0..bytes.len()).collect();
        prop_assert_eq!(read(&bytes, &single), read(&bytes, &[]));
    }
}
