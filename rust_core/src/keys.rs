//! Virtual keys: `sk-nemo-`, 32 random base62 characters, and 6 more that are the CRC-32 of all before them.
//!
//! The checksum lets a mistyped key be refused before anything is looked up. It is no secret: what proves a key is that
//! its digest, keyed with the [`Pepper`], is known.

use std::fmt;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// What every virtual key starts with.
pub const PREFIX: &str = "sk-nemo-";

/// Characters in a key.
pub const LENGTH: usize = PREFIX.len() + RANDOM + CHECKSUM;

const RANDOM: usize = 32;
const CHECKSUM: usize = 6;
const BODY: usize = PREFIX.len() + RANDOM;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The secret for a [`Pepper`] is shorter than [`Pepper::SECRET_BYTES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretTooShort;

impl fmt::Display for SecretTooShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret is shorter than {} bytes", Pepper::SECRET_BYTES)
    }
}

/// The random bytes given were not enough: some values are passed over, so give 64, of which 32 nearly always suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoreRandomness;

impl fmt::Display for MoreRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not enough random bytes for a key: give 64")
    }
}

/// A new key out of `random` bytes from a cryptographic source.
///
/// Each character is one byte modulo 62. The bytes from 248 up are passed over, for they would favour the first
/// characters.
pub fn mint(random: &[u8]) -> Result<String, MoreRandomness> {
    let mut key = String::with_capacity(LENGTH);
    key.push_str(PREFIX);
    let drawn = random.iter().filter(|byte| **byte < 248).map(|byte| char::from(BASE62[usize::from(byte % 62)]));
    key.extend(drawn.take(RANDOM));
    if key.len() < BODY {
        return Err(MoreRandomness);
    }
    let checksum = checksum(key.as_bytes());
    key.extend(checksum.map(char::from));
    Ok(key)
}

/// Whether `key` has the shape of a virtual key and its checksum is right.
pub fn is_well_formed(key: &[u8]) -> bool {
    key.len() == LENGTH
        && key.starts_with(PREFIX.as_bytes())
        && key[PREFIX.len()..].iter().all(u8::is_ascii_alphanumeric)
        && key[BODY..] == checksum(&key[..BODY])
}

/// The CRC-32 of `body` in base62, most significant digit first.
pub(crate) fn checksum(body: &[u8]) -> [u8; CHECKSUM] {
    let mut rest = crc32fast::hash(body);
    let mut digits = [0; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// Digests keys by HMAC-SHA-256, so that a stolen table of digests is worth nothing without the secret.
#[derive(Clone)]
pub struct Pepper {
    /// Keyed already: a digest starts from here.
    keyed: Hmac<Sha256>,
}

impl Pepper {
    /// The shortest secret allowed.
    pub const SECRET_BYTES: usize = 32;

    /// A pepper keyed with `secret`.
    pub fn new(secret: &[u8]) -> Result<Self, SecretTooShort> {
        if secret.len() < Self::SECRET_BYTES {
            return Err(SecretTooShort);
        }
        let keyed = Hmac::new_from_slice(secret).map_err(|_| SecretTooShort)?;
        Ok(Self { keyed })
    }

    /// The digest under which `key` is stored.
    pub fn digest(&self, key: &[u8]) -> [u8; 32] {
        self.keyed.clone().chain_update(key).finalize().into_bytes().into()
    }

    /// The digest of the key in an `Authorization` header, if there is a well-formed one: `Bearer`, in any case, one
    /// space or more, the key, and nothing else.
    pub fn identify(&self, authorization: &[u8]) -> Option<[u8; 32]> {
        let key = bearer(authorization)?;
        is_well_formed(key).then(|| self.digest(key))
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pepper")
    }
}

/// What stands where the key should, taken from the end of the header: its length is known, so a long header costs no
/// more than a short one.
fn bearer(authorization: &[u8]) -> Option<&[u8]> {
    const SCHEME: &[u8] = b"bearer";
    /// More spaces than anyone sends.
    const SPACES: usize = 16;

    let (before, key) = authorization.split_at_checked(authorization.len().checked_sub(LENGTH)?)?;
    let (scheme, spaces) = before.split_at_checked(SCHEME.len())?;
    let apart = (1..=SPACES).contains(&spaces.len()) && spaces.iter().all(|byte| *byte == b' ');
    (apart && scheme.eq_ignore_ascii_case(SCHEME)).then_some(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn minted() -> impl Strategy<Value = String> {
        proptest::collection::vec(any::<u8>(), 128).prop_map(|random| mint(&random).unwrap())
    }

    #[test]
    fn the_shape_is_fixed() {
        let key = mint(&[0; 64]).unwrap();
        assert_eq!(key, "sk-nemo-00000000000000000000000000000000".to_owned() + &key[BODY..]);
        assert_eq!(key.len(), LENGTH);
    }

    #[test]
    fn every_character_is_as_likely() {
        let key = |byte: u8| mint(&[byte; 32]);
        let mut drawn = [0; 128];
        for byte in 0..=247 {
            drawn[usize::from(key(byte).unwrap().as_bytes()[PREFIX.len()])] += 1;
        }
        assert!(BASE62.iter().all(|character| drawn[usize::from(*character)] == 4));
        assert!((248..=255).all(|byte| key(byte) == Err(MoreRandomness)));
    }

    #[test]
    fn too_few_bytes_are_refused() {
        assert_eq!(mint(&[7; 31]), Err(MoreRandomness));
        assert!(mint(&[7; 32]).is_ok());
    }

    #[test]
    fn a_short_secret_is_refused() {
        assert_eq!(Pepper::new(&[1; 31]).err(), Some(SecretTooShort));
        assert!(Pepper::new(&[1; 32]).is_ok());
    }

    #[test]
    fn digests_are_hmac_sha_256() {
        // RFC 4231, test case 6: a secret longer than a block.
        let pepper = Pepper::new(&[0xAA; 131]).unwrap();
        let digest = pepper.digest(b"Test Using Larger Than Block-Size Key - Hash Key First");
        let (high, low) = digest.split_at(16);
        assert_eq!(u128::from_be_bytes(high.try_into().unwrap()), 0x60e4_3159_1ee0_b67f_0d8a_26aa_cbf5_b77f);
        assert_eq!(u128::from_be_bytes(low.try_into().unwrap()), 0x8e0b_c621_3728_c514_0546_040f_0ee3_7f54);
    }

    #[test]
    fn the_header_is_read_strictly() {
        let pepper = Pepper::new(&[1; 32]).unwrap();
        let key = mint(&[9; 64]).unwrap();
        let digest = Some(pepper.digest(key.as_bytes()));
        for accepted in [format!("Bearer {key}"), format!("bearer {key}"), format!("BEARER   {key}")] {
            assert_eq!(pepper.identify(accepted.as_bytes()), digest, "{accepted}");
        }
        for refused in [
            String::new(),
            key.clone(),
            format!("Bearer{key}"),
            format!("Bearer\t{key}"),
            format!(" Bearer {key}"),
            format!("Bearer {key} "),
            format!("Basic {key}"),
            format!("Bearer {key}{key}"),
            format!("Bearer {}", key.to_uppercase()),
            format!("Bearer {}{key}", " ".repeat(1_000_000)),
        ] {
            assert_eq!(pepper.identify(refused.as_bytes()), None, "{refused:.80}");
        }
    }

    proptest! {
        #[test]
        fn minted_keys_are_well_formed(key in minted()) {
            prop_assert!(is_well_formed(key.as_bytes()));
        }

        #[test]
        fn one_changed_byte_is_refused(key in minted(), at in 0..LENGTH, byte: u8) {
            let mut mistyped = key.into_bytes();
            prop_assume!(mistyped[at] != byte);
            mistyped[at] = byte;
            prop_assert!(!is_well_formed(&mistyped));
        }

        /// A transposition within the checksummed part is a burst of at most 16 bits, which a CRC-32 always detects; one
        /// within the checksum changes the number it spells. Only one across their border could pass, once in 2^32 keys.
        #[test]
        fn two_swapped_neighbours_are_refused(key in minted(), at in 0..LENGTH - 1) {
            let mut mistyped = key.into_bytes();
            prop_assume!(mistyped[at] != mistyped[at + 1]);
            mistyped.swap(at, at + 1);
            prop_assert!(!is_well_formed(&mistyped));
        }

        #[test]
        fn no_header_panics(header: Vec<u8>) {
            let pepper = Pepper::new(&[1; 32]).unwrap();
            prop_assert_eq!(pepper.identify(&header), None);
        }
    }
}
