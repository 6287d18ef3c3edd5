use std::fmt::Write;

use proptest::prelude::*;
use serde_json::Value as Tree;

use super::*;

/// Checks a whole text, as bytes.
fn check(bytes: &[u8]) -> Result<Value<'_>, Error> {
    let text = std::str::from_utf8(bytes).map_err(|error| Error::utf8(bytes, error))?;
    let mut scan = Scanner::new(text);
    let value = scan.value()?;
    scan.end()?;
    Ok(value)
}

/// Rebuilds the tree from the spans.
fn tree(value: &Value<'_>) -> Tree {
    match value.kind {
        Kind::Object => {
            Tree::Object(value.members().map(|(key, value)| (key.decode().into_owned(), tree(&value))).collect())
        }
        Kind::Array => Tree::Array(value.items().map(|item| tree(&item)).collect()),
        Kind::String => Tree::String(value.string().unwrap().decode().into_owned()),
        Kind::Number => serde_json::from_str(value.raw()).unwrap(),
        Kind::Bool => Tree::Bool(value.bool().unwrap()),
        Kind::Null => Tree::Null,
    }
}

fn has_lone_surrogate_escape(text: &[u8]) -> bool {
    text.windows(3).any(|window| window.eq_ignore_ascii_case(b"\\ud"))
}

#[test]
fn accepts_what_the_grammar_allows() {
    let texts = [
        "0",
        "-0",
        "-0.0e-0",
        "1E+9",
        "123456789012345678901234567890",
        "\"\"",
        "\" \\u0000\\ud83d\\ude00\"",
        "[]",
        "{}",
        " [ 1 , [ ] , { \"\" : null } ]\r\n\t",
        "{\"a\":1,\"a\":2}",
        "\"\u{7f}\u{2028}\"",
        "\"\\ud800\"",
        "true",
    ];
    for text in texts {
        assert!(check(text.as_bytes()).is_ok(), "{text}");
    }
}

#[test]
fn refuses_what_it_does_not_and_says_where() {
    let cases: [(&[u8], usize, &str); 36] = [
        (b"", 0, "a value"),
        (b" ", 1, "a value"),
        (b"nul", 0, "null"),
        (b"True", 0, "a value"),
        (b"NaN", 0, "a value"),
        (b"Infinity", 0, "a value"),
        (b"-Infinity", 1, "a digit"),
        (b"+1", 0, "a value"),
        (b".5", 0, "a value"),
        (b"1.", 2, "a digit"),
        (b"1e", 2, "a digit"),
        (b"1e+", 3, "a digit"),
        (b"01", 1, "no digit after a leading zero"),
        (b"0x1", 1, "the end"),
        (b"1 2", 2, "the end"),
        (b"{}x", 2, "the end"),
        (b"[1,]", 3, "a value"),
        (b"[,1]", 1, "a value"),
        (b"[1 2]", 3, "`,` or `]`"),
        (b"[1}", 2, "`,` or `]`"),
        (b"[", 1, "`,` or `]`"),
        (b"{1:2}", 1, "a key in double quotes"),
        (b"{'a':2}", 1, "a key in double quotes"),
        (b"{\"a\":1,}", 7, "a key in double quotes"),
        (b"{\"a\" 1}", 5, "`:`"),
        (b"{\"a\":}", 5, "a value"),
        (b"{\"a\":1]", 6, "`,` or `}`"),
        (b"\"a", 2, "the closing quote of a string"),
        (b"\"\\x\"", 2, "one of the characters `\"\\/bfnrtu` after `\\`"),
        (b"\"\\u12g4\"", 5, "four hexadecimal digits after `\\u`"),
        (b"\"a\nb\"", 2, "no control character in a string"),
        (b"\"0123456789\0\"", 11, "no control character in a string"),
        (b"{\0\"\0a\0", 1, "a key in double quotes"),
        (b"\xEF\xBB\xBF{}", 0, "JSON without a byte order mark"),
        (b"\xFF\xFE{\0}\0", 0, "valid UTF-8"),
        (b"\"\xC0\xAF\"", 1, "valid UTF-8"),
    ];
    for (text, at, expected) in cases {
        let error = check(text).expect_err(&String::from_utf8_lossy(text));
        assert_eq!((error.at, error.expected), (at, expected), "{}", String::from_utf8_lossy(text));
        assert_eq!(error.found, text.get(at).copied());
    }
}

#[test]
fn an_error_reads_well() {
    assert_eq!(check(b"[1;2]").unwrap_err().to_string(), "expected `,` or `]` at byte 2, found `;`");
    assert_eq!(check(b"[1").unwrap_err().to_string(), "expected `,` or `]` at byte 2, found the end");
    assert_eq!(
        check(b"\"\n\"").unwrap_err().to_string(),
        "expected no control character in a string at byte 1, found byte 0x0A"
    );
}

#[test]
fn depth_is_bounded() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
        assert!(check(nested(128).as_bytes()).is_ok());
        assert_eq!(check(nested(129).as_bytes()).unwrap_err().expected, "at most 128 levels of nesting");
        assert_eq!(check(open.repeat(100_000).as_bytes()).unwrap_err().at, 128 * open.len());
    }
}

#[test]
fn strings_end_where_they_end() {
    // Every length and every place of the special byte, on both sides of the eight-byte step.
    for length in 0..40 {
        for place in 0..length {
            for special in ['"', '\\', '\u{1f}', '\u{0}'] {
                let text: String = (0..length).map(|index| if index == place { special } else { '\u{80}' }).collect();
                assert_eq!(plain(text.as_bytes()), place * 2, "{text:?}");
            }
        }
        let text = "~\u{7f} !#[]\u{ff}".repeat(length);
        assert_eq!(plain(text.as_bytes()), text.len());
    }
}

#[test]
fn escapes_decode() {
    let decoded = |text: &str| check(text.as_bytes()).unwrap().string().unwrap().decode().into_owned();
    assert_eq!(decoded(r#""\"\\\/\b\f\n\r\t""#), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(decoded(r#""mod\u0065l \u20AC \ud83D\uDE00!""#), "model € 😀!");
    assert_eq!(decoded(r#""\ud83d""#), "\u{fffd}");
    assert_eq!(decoded(r#""\ud83dx\ude00\ud83d\ud83d\ude00\ud83d\n""#), "\u{fffd}x\u{fffd}\u{fffd}😀\u{fffd}\n");
    assert!(matches!(check(b"\"plain\"").unwrap().string().unwrap().decode(), Cow::Borrowed("plain")));
}

#[test]
fn long_numbers_are_kept_as_written() {
    let number = format!("-{}.{}e+{}", "9".repeat(5000), "1".repeat(5000), "7".repeat(5000));
    assert_eq!(check(number.as_bytes()).unwrap().raw(), number);
}

#[test]
fn containers_are_pulled_in_step() {
    let mut scan = Scanner::new(r#"{"a": [1, {"b": []}], "c": {}}"#);
    scan.open_object().unwrap();
    assert_eq!(scan.next_key().unwrap().unwrap().raw, "a");
    scan.open_array().unwrap();
    assert!(scan.next_item().unwrap());
    assert_eq!(scan.value().unwrap().raw(), "1");
    assert!(scan.next_item().unwrap());
    assert_eq!(scan.value().unwrap().raw(), r#"{"b": []}"#);
    assert!(!scan.next_item().unwrap());
    assert_eq!(scan.next_key().unwrap().unwrap().raw, "c");
    assert_eq!(scan.value().unwrap().span, Span { start: 27, end: 29 });
    assert!(scan.next_key().unwrap().is_none());
    scan.end().unwrap();
}

#[test]
fn walking_a_scalar_yields_nothing() {
    let value = check(b"\"[1]\"").unwrap();
    assert_eq!((value.items().count(), value.members().count()), (0, 0));
    assert!(value.get("a").is_none());
}

/// Any tree, written with any white space and with any character escaped.
fn json() -> impl Strategy<Value = String> {
    let space = || prop_oneof![4 => Just(""), 1 => Just(" "), 1 => Just("\n\t"), 1 => Just("\r\n  ")];
    let string = || {
        prop::collection::vec((any::<char>(), any::<bool>()), 0..12).prop_map(|characters| {
            let mut out = String::from("\"");
            for (character, escape) in characters {
                if escape || character < ' ' || matches!(character, '"' | '\\') {
                    for unit in character.encode_utf16(&mut [0; 2]) {
                        write!(out, "\\u{unit:04x}").unwrap();
                    }
                } else {
                    out.push(character);
                }
            }
            out + "\""
        })
    };
    let scalar = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
        string(),
    ];
    let value = scalar.prop_recursive(6, 48, 6, move |inner| {
        let padded = (space(), inner, space()).prop_map(|(before, value, after)| format!("{before}{value}{after}"));
        let member = (space(), string(), space(), padded.clone())
            .prop_map(|(before, key, after, value)| format!("{before}{key}{after}:{value}"));
        prop_oneof![
            prop::collection::vec(padded, 0..6).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(","))),
        ]
    });
    (space(), value, space()).prop_map(|(before, value, after)| format!("{before}{value}{after}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn spans_parse_to_the_same_tree(text in json()) {
        prop_assert_eq!(tree(&check(text.as_bytes()).unwrap()), serde_json::from_str::<Tree>(&text).unwrap());
    }

    #[test]
    fn accepts_exactly_what_serde_accepts(
        text in json(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..3u8, any::<u8>(), prop::sample::select(b"{}[]\",:\\u0e-.tn \x00".to_vec())), 0..3),
    ) {
        let mut bytes = text.into_bytes();
        for (at, action, any_byte, likely) in edits {
            let at = at.index(bytes.len() + 1).min(bytes.len().saturating_sub(1));
            match action {
                0 if !bytes.is_empty() => drop(bytes.remove(at)),
                1 => bytes.insert(at, likely),
                _ if !bytes.is_empty() => bytes[at] = any_byte,
                _ => {}
            }
        }
        let theirs = serde_json::from_slice::<Tree>(&bytes);
        match check(&bytes) {
            Ok(_) => prop_assert!(theirs.is_ok() || has_lone_surrogate_escape(&bytes), "{:?}", theirs),
            Err(error) => prop_assert!(theirs.is_err(), "{}", error),
        }
    }

    #[test]
    fn never_panics_on_bytes(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\u0de-.true null\x00\xff\xf0\x9f\x98\x80".to_vec()), 0..64)) {
        let theirs = serde_json::from_slice::<Tree>(&bytes).is_ok();
        let ours = check(&bytes).is_ok();
        prop_assert!(ours == theirs || (ours && has_lone_surrogate_escape(&bytes)));
    }

    #[test]
    fn written_strings_read_back(text in any::<String>()) {
        let mut written = String::new();
        write_string(&mut written, &text);
        let value = check(written.as_bytes()).unwrap();
        prop_assert_eq!(value.string().unwrap().decode(), text.as_str());
        prop_assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
