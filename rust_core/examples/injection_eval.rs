//! How the injection detector does on labelled texts: `cargo run --release --example injection_eval FILE...`.
//!
//! A file has one JSON object a line, with the text as `t` and, if you like, its class as `c`. Prints the share of texts
//! flagged, a file and a class; `--flagged` and `--passed` print the texts too, `--evidence` what each score is made of.

#![allow(clippy::unwrap_used, clippy::cast_precision_loss, missing_docs)]

use std::collections::BTreeMap;

use nemoproxy_core::guard::injection::{DEFAULT_THRESHOLD, evidence, judge};

fn main() {
    let (options, files): (Vec<String>, Vec<String>) = std::env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let has = |option: &str| options.iter().any(|given| given == option);
    for file in files {
        let mut classes: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for line in std::fs::read_to_string(&file).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let (text, class) = (row["t"].as_str().unwrap(), row["c"].as_str().unwrap_or(""));
            let verdict = judge(text);
            let flagged = verdict.score >= DEFAULT_THRESHOLD;
            if has("--features") {
                println!("{}", serde_json::json!({"f": file, "e": evidence(text)}));
            }
            if flagged && has("--flagged") || !flagged && has("--passed") {
                let head: String = text.chars().take(300).collect();
                println!("{} {:?} {:?}", verdict.score, verdict.category.name(), head);
                println!("    at {:?}", text.get(verdict.span.clone()).unwrap_or("?"));
                if has("--evidence") {
                    println!("    {:?}", evidence(text));
                }
            }
            for class in ["", class] {
                let counts = classes.entry(class.to_owned()).or_default();
                counts.0 += usize::from(flagged);
                counts.1 += 1;
            }
        }
        if has("--features") {
            continue;
        }
        println!("{file}");
        for (class, (flagged, all)) in classes.iter().filter(|(class, _)| class.is_empty() || has("--classes")) {
            println!("    {:<40} {flagged:>5} of {all:>5}  {:>6.2} %", class, 100.0 * *flagged as f64 / *all as f64);
        }
    }
}
