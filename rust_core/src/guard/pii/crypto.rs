//! Addresses of cryptographic currencies, by their checksums. Opt-in.

use sha2::{Digest, Sha256};

use super::text::{begins, ends};
use crate::guard::rule::{Candidate, Rule};

const ENTITY: &str = "CRYPTO_ADDRESS";

pub const RULES: [Rule; 3] = [
    Rule {
        id: "bitcoin-address",
        entity: ENTITY,
        keywords: &[],
        pattern: r"(?-u)(?P<v>[13][1-9A-HJ-NP-Za-km-z]{25,34})",
        check: base58_address,
        core: false,
    },
    Rule {
        id: "bitcoin-segwit-address",
        entity: ENTITY,
        keywords: &["bc1"],
        pattern: r"(?-u)(?P<v>(?:bc1[02-9ac-hj-np-z]{8,87}|BC1[02-9AC-HJ-NP-Z]{8,87}))",
        check: bech32_address,
        core: false,
    },
    Rule {
        id: "ethereum-address",
        entity: ENTITY,
        keywords: &[],
        pattern: r"(?-u)(?P<v>0x[0-9A-Fa-f]{40})",
        check: free,
        core: false,
    },
];

fn free(found: &Candidate<'_>) -> bool {
    begins(found.before()) && ends(found.after())
}

/// 21 bytes and the first four of their double digest, in base 58.
fn base58_address(found: &Candidate<'_>) -> bool {
    const SIGNS: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = [0u8; 25];
    for sign in found.value().bytes() {
        let Some(digit) = SIGNS.iter().position(|known| *known == sign) else { return false };
        let carry = bytes.iter_mut().rev().fold(digit, |carry, byte| {
            let sum = usize::from(*byte) * 58 + carry;
            *byte = (sum & 0xff) as u8;
            sum >> 8
        });
        if carry != 0 {
            return false;
        }
    }
    let (payload, sum) = bytes.split_at(21);
    free(found) && matches!(payload[0], 0 | 5) && Sha256::digest(Sha256::digest(payload))[..4] == *sum
}

/// BIP 173, and 350 for later versions.
fn bech32_address(found: &Candidate<'_>) -> bool {
    const SIGNS: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    const GENERATOR: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let step = |sum: u32, value: u32| {
        let bits = (0..5).filter(|bit| sum >> (25 + bit) & 1 == 1);
        bits.fold((sum & 0x1ff_ffff) << 5 ^ value, |sum, bit| sum ^ GENERATOR[bit])
    };
    // The prefix `bc`, expanded, and then the signs behind `1`.
    let mut sum = [3, 3, 0, 2, 3].into_iter().fold(1, step);
    for sign in found.value().bytes().skip(3) {
        let Some(value) = SIGNS.iter().position(|known| *known == sign.to_ascii_lowercase()) else { return false };
        sum = step(sum, value as u32);
    }
    free(found) && matches!(sum, 1 | 0x2bc8_30a3)
}

#[cfg(test)]
mod tests {
    use super::super::harness::expect;
    use super::*;

    #[test]
    fn addresses_with_the_right_sum_are_found() {
        expect(
            ENTITY,
            &[
                "«1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa», 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
                "«3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy», x1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa",
                "«bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4», bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
                "«BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4»",
                "«bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0»",
                "«0x52908400098527886E0F7030069857D2E4169EE7», 0x52908400098527886E0F7030069857D2E4169EE7F",
            ],
        );
    }
}
