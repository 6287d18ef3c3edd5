use super::*;
use crate::guard::view::Growing;

fn seen(text: &str) -> String {
    View::of(text).as_str().to_owned()
}

#[test]
fn plain_text_is_its_own_view() {
    for text in ["", "plain (text) [a] {b}", "日本語 und Größe", "f(a, t) (dots)", "(at)", "a (attic)"] {
        assert_eq!(seen(text), text);
    }
}

#[test]
fn disguises_come_off() {
    for (text, view) in [
        ("４１１１\u{2013}１１１１", "4111-1111"),
        ("s\u{200b}k\u{ad}-\u{feff}\u{e0041}x", "sk-x"),
        ("a\u{a0}b\u{2009}c\u{3000}d", "a b c d"),
        ("𝐬𝐤-ﬁ①", "sk-fi1"),
        ("jane [at] example (DOT) com", "jane@example.com"),
        ("jane[ at ]example[.]com", "jane@example.com"),
        ("jane ［ａｔ］ example", "jane@example"),
        ("jane  {at}  x", "jane@x"),
        ("jane   [at]   x", "jane   [at]   x"),
        (" [at] ", " [at] "),
        ("jane [at", "jane [at"),
        ("\u{2212}1\u{2014}2", "-1-2"),
    ] {
        assert_eq!(seen(text), view, "{text}");
    }
}

#[test]
fn spans_lead_back() {
    let text = "x\u{200b}ﬁ jane\u{ad} [at] \u{200b}e４";
    let view = View::of(text);
    assert_eq!(view.as_str(), "xfi jane@e4");
    let source = |part: &str| {
        let start = view.as_str().find(part).unwrap();
        &text[view.source(start..start + part.len())]
    };
    assert_eq!(source("x"), "x");
    assert_eq!(source("i"), "ﬁ");
    assert_eq!(source("f"), "ﬁ");
    assert_eq!(source("jane"), "jane");
    assert_eq!(source("jane@"), "jane\u{ad} [at] ");
    assert_eq!(source("jane@e"), "jane\u{ad} [at] \u{200b}e");
    assert_eq!(source("4"), "４");
    assert_eq!(source("e"), "e");
}

#[test]
fn what_is_not_seen_has_a_bound() {
    let text = "\u{200b}".repeat(1000);
    assert!(seen(&text).chars().count() > 20);
}

proptest! {
    #[test]
    fn a_view_is_the_same_however_the_text_is_cut(text in samples::text(), cuts in prop::collection::vec(1..9usize, 1..40)) {
        let whole = View::of(&text);
        let mut growing = Growing::default();
        let (mut view, mut sources) = (String::new(), Vec::new());
        let mut settled = 0;
        let (mut gone_view, mut gone_text) = (0, 0);
        let mut chars = text.chars();
        let mut cuts = cuts.into_iter().cycle();
        loop {
            let part: String = chars.by_ref().take(cuts.next().unwrap()).collect();
            if part.is_empty() {
                growing.finish();
            } else {
                growing.push(&part);
            }
            let now = growing.settled();
            view.push_str(&now[settled..]);
            for (at, char) in now.char_indices().filter(|(at, _)| *at >= settled) {
                let source = growing.source(at..at + char.len_utf8());
                sources.push((gone_view + at, gone_text + source.start..gone_text + source.end));
            }
            settled = now.len();
            if part.is_empty() {
                break;
            }
            let cut = now.char_indices().map(|(at, _)| at).rfind(|at| *at + 3 < settled).unwrap_or(0);
            let (cut_view, cut_text) = growing.forget(cut);
            settled -= cut_view;
            gone_view += cut_view;
            gone_text += cut_text;
        }
        prop_assert_eq!(&view, whole.as_str());
        for (at, source) in sources {
            let char = view[at..].chars().next().unwrap();
            prop_assert_eq!(source, whole.source(at..at + char.len_utf8()), "{} {:?}", at, char);
        }
    }
}
