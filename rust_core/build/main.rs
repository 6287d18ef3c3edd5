//! Turns the published vocabularies and the Unicode tables into the flat tables that counting tokens reads.

// A failed build is the right answer to a vocabulary that does not fit.
#![allow(clippy::expect_used)]

mod unicode;
mod vocabulary;

#[path = "../src/tokens/classes.rs"]
#[allow(dead_code)]
mod classes;
#[path = "../src/tokens/layout.rs"]
#[allow(dead_code)]
mod layout;

use std::path::PathBuf;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    for input in ["build", "src/tokens/layout.rs", "src/tokens/classes.rs"] {
        println!("cargo::rerun-if-changed={input}");
    }
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    for (name, bpe) in [("o200k_base", &bpe_openai::o200k_base().bpe), ("cl100k_base", &bpe_openai::cl100k_base().bpe)]
    {
        let tokens: Vec<&[u8]> = (0..bpe.num_tokens() as u32).map(|token| bpe.token_bytes(token)).collect();
        let tables = vocabulary::tables(&tokens);
        fs::write(out.join(format!("{name}.nodes")), tables.nodes)?;
        fs::write(out.join(format!("{name}.tokens")), tables.tokens)?;
        fs::write(out.join(format!("{name}.pairs")), tables.pairs)?;
    }
    let (blocks, classes) = unicode::table();
    fs::write(out.join("unicode.blocks"), blocks)?;
    fs::write(out.join("unicode.classes"), classes)
}
