//! Texts that rules cannot tell from the beginning of a value.

/// Names, and what to repeat. `keywords` are those of all rules.
pub(crate) fn units(keywords: &str) -> Vec<(&'static str, String)> {
    let mut units: Vec<(&'static str, String)> = REPEATED.map(|(name, unit)| (name, unit.to_owned())).into();
    let letters = |state: &mut u64, alphabet: &[u8], count: usize| -> String {
        let mut letter = || {
            *state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            char::from(alphabet[(*state >> 40) as usize % alphabet.len()])
        };
        (0..count).map(|_| letter()).collect()
    };
    let drawn = |alphabet: &[u8], count| letters(&mut 7, alphabet, count);
    let begin = "-----BEGIN RSA PRIVATE KEY-----\n";
    let key: String = drawn(BASE64, 64 * 120)
        .as_bytes()
        .chunks(64)
        .flat_map(|line| [line, b"\n"])
        .flatten()
        .map(|byte| char::from(*byte))
        .collect();
    units.extend([
        ("keywords", format!("{keywords} ")),
        ("keywords=", keywords.replace(' ', "=")),
        ("keywords and keys", keywords.split(' ').map(|word| format!("{word} = {}\n", drawn(BASE64, 24))).collect()),
        ("drawn digits", drawn(b"0123456789", 9973)),
        ("drawn digits, spaces", drawn(b"0123456789 ", 9973)),
        ("drawn digits, signs", drawn(b"0123456789 .-()+", 9973)),
        ("drawn hex", drawn(b"0123456789abcdef", 9973)),
        ("drawn base64", drawn(BASE64, 9973)),
        ("private keys", format!("{begin}{}-----END RSA PRIVATE KEY-----\n", &key[..65 * 25])),
        ("private keys, cut off", format!("{begin}{}", &key[..65 * 25])),
        ("private keys, long", format!("{begin}{key}")),
    ]);
    units
}

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const REPEATED: [(&str, &str); 29] = [
    ("a", "a"),
    ("digits", "7"),
    ("digits and spaces", "4111 1111 "),
    ("spaced digits", "7 "),
    ("eyJ", "eyJ"),
    ("eyJ and dots", "eyJhbGciOiJIUzI1NiJ9."),
    ("sk-", "sk-"),
    ("@", "@"),
    ("a@", "a@"),
    ("e-mail near misses", "jane.doe@example,com "),
    ("-----BEGIN", "-----BEGIN"),
    ("-----BEGIN ", "-----BEGIN "),
    ("keys near misses", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n"),
    ("ghp_", "ghp_abcdefghijklmnopqrstuvwxyz"),
    ("password=", "password="),
    ("secret token", "secret token "),
    ("openai", "openai "),
    ("https://", "https://a:"),
    ("1.", "1."),
    ("a:", "a:"),
    ("DE89", "DE89 "),
    ("base64", "QUtJQUlPU0ZPRE5ON0VYQU1QTEUK"),
    ("fullwidth digits", "４１１１"),
    ("zero width", "s\u{200b}k\u{200b}"),
    ("only zero width", "\u{200b}"),
    ("[at", "x [at"),
    ("[at]", "x [at] "),
    ("[", "["),
    ("{\"(", "{\"("),
];
