//! How often text is read: counted, so that a busy machine does not matter. How long it takes is told by the example
//! `guard_speed`.

use super::super::automata::work;
use super::streams::built_in;
use super::whole::scan;
use super::*;
use crate::guard::{pii, secrets};

/// How often each byte may be read on hostile text, beyond the first time.
const MOST_OFTEN: usize = 600;

fn of_whole(text: &str) -> usize {
    work::take();
    scan(built_in(), text);
    work::take()
}

fn of_events(text: &str) -> usize {
    work::take();
    let (mut stream, mut rest) = (Stream::new(), text);
    while !rest.is_empty() {
        let (event, behind) = rest.split_at(floor(rest, 30));
        stream.push(built_in(), event, |_| {});
        rest = behind;
    }
    stream.finish(built_in(), |_| {});
    work::take()
}

#[test]
fn work_grows_as_the_text_does() {
    let words: Vec<&str> = secrets::RULES.iter().chain(pii::RULES).flat_map(|rule| rule.keywords).copied().collect();
    let mut misses = Vec::new();
    for (name, unit) in hostile::units(&words.join(" ")) {
        let text = unit.repeat(160_000 / unit.len() + 1);
        // Texts are read by blocks of 32 KiB, so less would say little; streams are not.
        for (how, work, short_length) in
            [("whole", of_whole as fn(&str) -> usize, 40_000), ("stream", of_events, 8_000)]
        {
            let long_length = 4 * short_length;
            let [short, long] = [short_length, long_length].map(|length| work(&text[..floor(&text, length)]));
            // Four times as much text; sixteen times the work would be no surprise if it grew as the square.
            if long > 8 * short.max(8 * short_length) || long > MOST_OFTEN * long_length {
                misses.push(format!("{name}, {how}: {} and {} a byte", short / short_length, long / long_length));
            }
        }
    }
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}
