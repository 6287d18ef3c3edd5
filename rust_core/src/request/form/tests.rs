use proptest::prelude::*;

use super::super::{Edits, Endpoint, Request};

fn part(headers: &str, content: &str) -> String {
    format!("--b\r\n{headers}\r\n\r\n{content}\r\n")
}

fn field(name: &str, content: &str) -> String {
    part(&format!("Content-Disposition: form-data; name=\"{name}\""), content)
}

fn file(name: &str, file: &str, content: &str) -> String {
    let disposition = format!("Content-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"");
    part(&format!("{disposition}\r\nContent-Type: audio/wav"), content)
}

fn parse(parts: &[String]) -> Result<Request, String> {
    let body = parts.concat() + "--b--\r\n";
    Request::parse(body.into_bytes(), Endpoint::Transcriptions).map_err(|invalid| invalid.code().to_owned())
}

fn spliced(request: &Request, model: &str) -> String {
    String::from_utf8(request.upstream_body(&Edits { model, ask_usage: false, max_output: None })).unwrap()
}

#[test]
fn any_order_and_any_file_name() {
    let parts = [file("file", "größe \u{1f600}.wav", "RIFF\r\n--"), field("model", "m"), field("stream", "true")];
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let request = parse(&order.map(|index| parts[index].clone())).unwrap();
        assert_eq!((request.model(), request.stream(), request.boundary()), ("m", true, Some("b")));
        let body = order.map(|index| parts[index].clone()).concat() + "--b--\r\n";
        assert_eq!(spliced(&request, "m"), body);
        assert_eq!(spliced(&request, "longer"), body.replace("\r\n\r\nm\r\n", "\r\n\r\nlonger\r\n"));
    }
}

#[test]
fn extensions_are_cut_and_repeated_fields_stay() {
    let kept = [
        field("timestamp_granularities[]", "word"),
        field("timestamp_granularities[]", "segment"),
        field("model", "m"),
        file("file", "a", ""),
    ];
    let mut parts = kept.to_vec();
    parts.insert(0, field("nemo_cache", "false"));
    parts.insert(3, field("metadata[nemo_prompt_template_id]", "a \"b\""));
    parts.push(field("nemo_guardrail_ids", "[1]"));
    let request = parse(&parts).unwrap();
    assert_eq!(spliced(&request, "m"), kept.concat() + "--b--\r\n");
    assert!(request.is_extended());
    assert_eq!(request.extension("nemo_cache"), Some("false"));
    assert_eq!(request.extension("nemo_prompt_template_id"), Some(r#""a \"b\"""#));
    assert_eq!(request.extension("nemo_guardrail_ids"), Some("[1]"));
}

#[test]
fn what_two_parsers_may_read_in_two_ways_is_refused() {
    let (model, sound) = (field("model", "m"), file("file", "a", "x"));
    for (parts, code) in [
        (vec![sound.clone()], "missing_required_parameter"),
        (vec![model.clone()], "missing_required_parameter"),
        (vec![field("model", ""), sound.clone()], "missing_required_parameter"),
        (vec![model.clone(), field("model", "n"), sound.clone()], "duplicate_key"),
        (vec![model.clone(), sound.clone(), sound.clone()], "duplicate_key"),
        (vec![file("model", "a", "m"), sound.clone()], "invalid_form"),
        (vec![file("file", "a\\\"; name=\\\"model", "x"), model.clone()], "invalid_form"),
        (vec![field("mo\\del", "m"), sound.clone()], "invalid_form"),
        (vec![part("Content-Disposition: form-data; name=\"model\"; name=\"x\"", "m"), sound.clone()], "invalid_form"),
        (vec![part("Content-Disposition: form-data", "m"), sound.clone()], "invalid_form"),
        (vec![part("X: y", "m"), sound.clone()], "invalid_form"),
        (vec![part("Content-Disposition: form-data; name=\"model\"\r\n folded", "m"), sound.clone()], "invalid_form"),
        (
            vec![part("Content-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name=\"model\"", "m")],
            "invalid_form",
        ),
        (vec![field("model", "x\r\n--bc"), sound.clone()], "invalid_form"),
        (vec![field("stream", "maybe"), model.clone(), sound.clone()], "invalid_form"),
        (vec![file("file", "a", "x"); 257], "too_many_members"),
    ] {
        assert_eq!(parse(&parts).err().as_deref(), Some(code), "{parts:?}");
    }
    for body in ["", "--", "--b", "--b\r\n", "x--b--", "--b--trailing", "--b\r\n\r\n\r\n--b", "--b\r\n\r\n--b--"] {
        assert!(Request::parse(body.into(), Endpoint::Transcriptions).is_err(), "{body:?}");
    }
}

#[test]
fn an_edit_takes_several_images() {
    let parts = [
        file("image[]", "a", "x"),
        file("image[]", "b", "y"),
        file("mask", "c", "z"),
        field("prompt", "A fox"),
        field("n", "3"),
        field("model", "m"),
    ];
    let body = parts.concat() + "--b--";
    let request = Request::parse(body.into_bytes(), Endpoint::ImageEdits).unwrap();
    assert_eq!((request.choices(), request.form_prompt()), (3, Some("A fox")));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic(body: Vec<u8>, text in "(--b|\r\n|name=\"|form-data; |Content-Disposition: |model|;|:|\"){0,40}") {
        let _ = Request::parse(body, Endpoint::Transcriptions);
        let _ = Request::parse(format!("--b\r\n{text}").into_bytes(), Endpoint::ImageEdits);
    }

    #[test]
    fn a_file_is_passed_byte_for_byte(content: Vec<u8>, name in "[^\r\n\"\\\\\0-\x1f\x7f]{0,20}") {
        let mut body = field("model", "m").into_bytes();
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        body.extend(head.bytes().chain(content.iter().copied()).chain(*b"\r\n--b--"));
        let edits = Edits { model: "m", ask_usage: false, max_output: None };
        let request = Request::parse(body.clone(), Endpoint::Transcriptions).map_err(|bad| TestCaseError::fail(bad.to_string()))?;
        prop_assert_eq!(request.upstream_body(&edits), body);
    }
}

#[test]
fn lists_of_ours_may_come_in_parts() {
    let parts = [
        field("guardrails[]", "a"),
        field("nemo_guardrail_ids[]", "b"),
        field("guardrails[]", "c\"d"),
        field("extra_body[guardrails]", "x"),
        field("metadata[guardrails]", "the client's own"),
        field("model", "m"),
        file("file", "a", ""),
    ];
    let request = parse(&parts).unwrap();
    assert_eq!(request.extension("guardrails"), Some(r#"["a","c\"d"]"#));
    assert_eq!(request.extension("nemo_guardrail_ids"), Some(r#"["b"]"#));
    assert_eq!(spliced(&request, "m"), parts[4..].concat() + "--b--\r\n");
}

#[test]
fn texts_are_edited_and_nothing_else() {
    let parts = [
        field("style", "in \"blue\"\r\n--"),
        file("file", "a@b.c", "not a text\r\n"),
        field("model", "m"),
        field("prompt", "write to a@b.c\nnow"),
        field("tag[]", "a@b.c"),
        field("tag[]", ""),
    ];
    let request = parse(&parts).unwrap();
    let readable = request.readable().into_owned();
    let names = ["style", "prompt", "tag[]", "tag[]"].map(|name| readable.find(&format!("\"{name}\":")));
    assert!(names.is_sorted() && names[0] == Some(1) && !readable.contains("not a text"), "{readable}");
    assert_eq!(spliced(&request.reread(readable.clone()).unwrap(), "m"), spliced(&request, "m"));
    let edited = request.reread(readable.replace("a@b.c", "[E]")).unwrap();
    let mut wanted = parts.clone();
    wanted[3] = field("prompt", "write to [E]\nnow");
    wanted[4] = field("tag[]", "[E]");
    assert_eq!(spliced(&edited, "m"), wanted.concat() + "--b--\r\n");
}

#[test]
fn no_edit_can_end_a_part() {
    let parts = [field("prompt", "x"), field("model", "m"), file("file", "a", "")];
    let request = parse(&parts).unwrap();
    for new in [r"--b", r"a\r\n--b", r"--b--\r\n", r"\r\n--bc"] {
        assert!(request.reread(format!(r#"{{"prompt":"{new}"}}"#)).is_err(), "{new}");
    }
    for new in [r"a --b", r"\n--b", "", r"-b"] {
        assert!(request.reread(format!(r#"{{"prompt":"{new}"}}"#)).is_ok(), "{new}");
    }
    for wrong in ["{}", "[]", "x", r#"{"prompt":1}"#, r#"{"prompt":"a","prompt":"b"}"#] {
        assert!(request.reread(wrong.to_owned()).is_err(), "{wrong}");
    }
}

proptest! {
    #[test]
    fn whatever_is_redacted_the_rest_stays(prompt in "[ -~\\r\\né\\u{1f600}]{0,40}", user in any::<Vec<u8>>()) {
        let delimiter = b"\r\n--b";
        prop_assume!(!format!("\r\n{prompt}").contains("\r\n--b"));
        prop_assume!(![b"\r\n", &user[..]].concat().windows(5).any(|window| window == delimiter));
        let whole = |prompt: &str| {
            let mut body = (field("model", "m") + &field("prompt", prompt)).into_bytes();
            body.extend(b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n");
            body.extend(&user);
            body.extend(b"\r\n--b--\r\n");
            body
        };
        let request = Request::parse(whole(&prompt), Endpoint::Transcriptions).unwrap();
        let edits = Edits { model: "m", ask_usage: false, max_output: None };
        prop_assert_eq!(request.reread(request.readable().into_owned()).unwrap().upstream_body(&edits), whole(&prompt));
        let edited = request.reread(r#"{"prompt":"[E]"}"#.to_owned()).unwrap();
        prop_assert_eq!(edited.upstream_body(&edits), whole("[E]"));
    }
}
