//! Which encoding a model counts in.

use super::Encoding;

/// The models of `cl100k_base`, as tiktoken lists them. Everything newer, and everything unknown, is `o200k_base`.
const CL100K_MODELS: [&str; 9] = [
    "gpt-4",
    "gpt-3.5-turbo",
    "gpt-3.5",
    "gpt-35-turbo", // Azure's spelling
    "davinci-002",
    "babbage-002",
    "text-embedding-ada-002",
    "text-embedding-3-small",
    "text-embedding-3-large",
];
const CL100K_FAMILIES: [&str; 3] = ["gpt-4-", "gpt-3.5-turbo-", "gpt-35-turbo-"];

impl Encoding {
    /// The encoding named `name` in tiktoken.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::O200kBase, Self::Cl100kBase].into_iter().find(|encoding| encoding.name() == name)
    }

    /// Its name in tiktoken.
    pub fn name(self) -> &'static str {
        match self {
            Self::O200kBase => "o200k_base",
            Self::Cl100kBase => "cl100k_base",
        }
    }

    /// The encoding of a model. `provider/` prefixes are ignored, and a fine-tuned model (`ft:model:organisation:..`)
    /// counts as the model it was made from.
    pub fn for_model(model: &str) -> Self {
        let model = model.rsplit('/').next().unwrap_or(model);
        let model = model.strip_prefix("ft:").map_or(model, |tuned| tuned.split(':').next().unwrap_or(tuned));
        if CL100K_MODELS.contains(&model) || CL100K_FAMILIES.iter().any(|family| model.starts_with(family)) {
            Self::Cl100kBase
        } else {
            Self::O200kBase
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding::{self, Cl100kBase, O200kBase};

    #[test]
    fn models_have_their_encoding() {
        for (model, encoding) in [
            ("gpt-4o", O200kBase),
            ("gpt-4o-mini-2024-07-18", O200kBase),
            ("gpt-4.1-nano", O200kBase),
            ("gpt-5", O200kBase),
            ("o3-mini", O200kBase),
            ("gpt-4", Cl100kBase),
            ("gpt-4-0613", Cl100kBase),
            ("gpt-4-turbo", Cl100kBase),
            ("gpt-3.5-turbo", Cl100kBase),
            ("text-embedding-3-small", Cl100kBase),
            ("text-embedding-ada-002", Cl100kBase),
            ("openai/gpt-4", Cl100kBase),
            ("openrouter/openai/gpt-4o", O200kBase),
            ("ft:gpt-4-0613:acme::abc", Cl100kBase),
            ("ft:gpt-4o-mini:acme::abc", O200kBase),
            ("ft:gpt-4.1:acme::abc", O200kBase),
            ("claude-sonnet-4", O200kBase),
            ("", O200kBase),
        ] {
            assert_eq!(Encoding::for_model(model), encoding, "{model}");
        }
    }

    #[test]
    fn names_go_both_ways() {
        for encoding in [O200kBase, Cl100kBase] {
            assert_eq!(Encoding::from_name(encoding.name()), Some(encoding));
        }
        assert_eq!(Encoding::from_name("p50k_base"), None);
    }
}
