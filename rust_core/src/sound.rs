//! How long a sound is, out of the first bytes of its file: what a transcription may cost, before anybody has heard it.
//!
//! Exact for WAV and FLAC, and for MP3 of constant bitrate; for the rest a guess, on the long side, by its size.

/// Bytes a second of speech that is coded so sparingly that it is hardly ever coded more so: 32 kbit/s.
const SPARSE: u64 = 4000;
/// Nothing is longer: a day.
pub const LONGEST: u64 = 24 * 60 * 60 * 1000;

/// Milliseconds.
pub fn duration(file: &[u8]) -> u64 {
    let exact = wav(file).or_else(|| flac(file)).or_else(|| mp3(file));
    exact.unwrap_or_else(|| (file.len() as u64 * 1000).div_ceil(SPARSE)).min(LONGEST)
}

fn number(bytes: &[u8], at: usize) -> Option<u64> {
    let four = bytes.get(at..at + 4)?.first_chunk::<4>()?;
    Some(u64::from(u32::from_le_bytes(*four)))
}

fn wav(file: &[u8]) -> Option<u64> {
    if !file.starts_with(b"RIFF") || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut at, mut rate) = (12, 0);
    for _ in 0..64 {
        let size = number(file, at + 4)?;
        match file.get(at..at + 4)? {
            b"fmt " => rate = number(file, at + 16)?,
            b"data" => {
                // A file that was written as it was recorded has no size, or one that is too large.
                let there = (file.len() - at - 8) as u64;
                return (rate > 0).then(|| (size.min(there) * 1000).div_ceil(rate));
            }
            _ => {}
        }
        at = at.checked_add(8 + usize::try_from(size + size % 2).ok()?)?;
    }
    None
}

fn flac(file: &[u8]) -> Option<u64> {
    if !file.starts_with(b"fLaC") {
        return None;
    }
    let info = file.get(8..26)?;
    let packed = info.get(10..18)?.iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let (rate, samples) = (packed >> 44, packed & 0xf_ffff_ffff);
    (rate > 0 && samples > 0).then(|| (samples * 1000).div_ceil(rate))
}

fn mp3(file: &[u8]) -> Option<u64> {
    const V1: [u64; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    const V2: [u64; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
    let mut start = 0;
    if file.starts_with(b"ID3") {
        let size = file.get(6..10)?.iter().fold(0_usize, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        start = 10 + size;
    }
    let head = file.get(start..start + 4)?;
    let layer_three = head[0] == 0xff && head[1] & 0xe6 == 0xe2;
    let rates = if head[1] & 0x18 == 0x18 { V1 } else { V2 };
    let rate = *rates.get(usize::from(head[2] >> 4))?;
    (layer_three && rate > 0).then(|| ((file.len() - start) as u64 * 8).div_ceil(rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn riff(rate: u32, bytes: usize, said: u32) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        file.extend(8000_u32.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend(b"\x02\0\x10\0data");
        file.extend(said.to_le_bytes());
        file.resize(file.len() + bytes, 0);
        file
    }

    #[test]
    fn what_says_its_length_is_believed() {
        assert_eq!(duration(&riff(16_000, 24_000, 24_000)), 1500);
        assert_eq!(duration(&riff(16_000, 24_000, u32::MAX)), 1500);
        let mut flac = b"fLaC\0\0\0\x22".to_vec();
        flac.extend([0; 10]);
        flac.extend(((44_100_u64 << 44) + 88_200).to_be_bytes());
        assert_eq!(duration(&flac), 2000);
        let mut mp3 = vec![0xff, 0xfb, 0x90, 0];
        mp3.resize(16_000, 0);
        assert_eq!(duration(&mp3), 1000);
    }

    #[test]
    fn the_rest_is_a_guess_and_nothing_is_longer_than_a_day() {
        assert_eq!(duration(&[1; 4000]), 1000);
        assert_eq!(duration(b""), 0);
        assert_eq!(duration(&riff(1, 1 << 20, 1 << 20)), LONGEST);
        for end in 0..60 {
            duration(&riff(16_000, 24, 24)[..end]);
        }
    }
}
