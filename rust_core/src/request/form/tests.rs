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
