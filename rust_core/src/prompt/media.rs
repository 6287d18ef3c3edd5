//! What images, audio and files weigh. Nothing is decoded but the few bytes that say how large an image is.
//!
//! | what | tokens |
//! | --- | --- |
//! | image, `detail: low` | 85 |
//! | image | 85, and 170 for each tile of 512 pixels, once it is scaled into 2048 x 2048 and to 768 on its shorter side |
//! | image elsewhere, or of unknown size | as one of 1024 x 1024: 765 |
//! | audio | 10 a second, at 16 kB/s for WAV and 4 kB/s for the others: the most that so many bytes can hold |
//! | PDF | 1 for each 40 bytes |
//! | another file | 1 for each 4 bytes |
//! | a file elsewhere | 1,000 |
//!
//! The tiles are `OpenAI`'s published rule; audio and files are ours.

use std::borrow::Cow;

use crate::json::Value;

const IMAGE_BASE: u64 = 85;
const IMAGE_TILE: u64 = 170;
const UNKNOWN_SIZE: (u64, u64) = (1024, 1024);
const WAV_BYTES_PER_TOKEN: usize = 1600;
const AUDIO_BYTES_PER_TOKEN: usize = 400;
const PDF_BYTES_PER_TOKEN: usize = 40;
const FILE_BYTES_PER_TOKEN: usize = 4;
const FILE_ELSEWHERE: u64 = 1000;

/// `{"url", "detail"}`, or just the URL.
pub(super) fn image(value: &Value<'_>) -> u64 {
    if text(value.get("detail").as_ref()) == "low" {
        return IMAGE_BASE;
    }
    let url = text(value.get("url").as_ref().or(Some(value)));
    let (width, height) = data_url(&url).and_then(|(_, data)| dimensions(data)).unwrap_or(UNKNOWN_SIZE);
    IMAGE_BASE + IMAGE_TILE * tiles(width, height)
}

/// `{"data", "format"}`.
pub(super) fn audio(value: &Value<'_>) -> u64 {
    let data = text(value.get("data").as_ref());
    let wav = text(value.get("format").as_ref()) == "wav";
    let bytes_per_token = if wav { WAV_BYTES_PER_TOKEN } else { AUDIO_BYTES_PER_TOKEN };
    decoded_len(&data).div_ceil(bytes_per_token).max(1) as u64
}

/// `{"file_data", "filename"}` or `{"file_id"}`.
pub(super) fn file(value: &Value<'_>) -> u64 {
    let Some(file_data) = value.get("file_data") else { return FILE_ELSEWHERE };
    let file_data = text(Some(&file_data));
    let (media_type, data) = data_url(&file_data).unwrap_or(("", &file_data));
    let pdf = media_type.eq_ignore_ascii_case("application/pdf");
    let bytes_per_token = if pdf { PDF_BYTES_PER_TOKEN } else { FILE_BYTES_PER_TOKEN };
    decoded_len(data).div_ceil(bytes_per_token).max(1) as u64
}

fn text<'a>(value: Option<&Value<'a>>) -> Cow<'a, str> {
    value.and_then(Value::string).map(|string| string.decode()).unwrap_or_default()
}

fn decoded_len(base64: &str) -> usize {
    base64.len() / 4 * 3 + base64.len() % 4
}

/// The media type and the Base64 of `data:image/png;base64,...`.
fn data_url(url: &str) -> Option<(&str, &str)> {
    let (head, data) = url.strip_prefix("data:")?.split_once(',')?;
    let media_type = head.strip_suffix(";base64")?;
    Some((media_type.split(';').next().unwrap_or_default(), data))
}

/// How many tiles are left once the image is scaled by the least of 1, 2048 / its longer and 768 / its shorter side.
fn tiles(width: u64, height: u64) -> u64 {
    let (long, short) = (width.max(height), width.min(height));
    let (mut multiply, mut divide) = (1, 1);
    for (most, side) in [(2048, long), (768, short)] {
        if side * multiply > most * divide {
            (multiply, divide) = (most, side);
        }
    }
    (width * multiply).div_ceil(divide * 512) * (height * multiply).div_ceil(divide * 512)
}

// === Dimensions ===

/// Width and height, from the header of a PNG, GIF, WebP or JPEG.
fn dimensions(base64: &str) -> Option<(u64, u64)> {
    let image = Base64 { text: base64.as_bytes() };
    let magic: [u8; 4] = image.bytes(0)?;
    let size = match &magic {
        b"\x89PNG" => (be32(image.bytes(16)?), be32(image.bytes(20)?)),
        b"GIF8" => (le16(image.bytes(6)?), le16(image.bytes(8)?)),
        b"RIFF" => webp(&image)?,
        [0xFF, 0xD8, 0xFF, _] => jpeg(&image)?,
        _ => return None,
    };
    (size.0 > 0 && size.1 > 0).then_some(size)
}

fn webp(image: &Base64<'_>) -> Option<(u64, u64)> {
    let chunk: [u8; 4] = image.bytes(12)?;
    match &chunk {
        b"VP8 " => Some((le16(image.bytes(26)?) & 0x3FFF, le16(image.bytes(28)?) & 0x3FFF)),
        b"VP8L" => {
            let bits = u64::from(u32::from_le_bytes(image.bytes(21)?));
            Some(((bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1))
        }
        b"VP8X" => Some((le24(image.bytes(24)?) + 1, le24(image.bytes(27)?) + 1)),
        _ => None,
    }
}

/// Walks from marker to marker up to the frame header, skipping what lies between them.
fn jpeg(image: &Base64<'_>) -> Option<(u64, u64)> {
    let mut at = 2;
    loop {
        match image.bytes(at)? {
            [0xFF, 0xFF] => at += 1,
            // C4, C8 and CC are no frame headers, though they are numbered among them.
            [0xFF, marker @ 0xC0..=0xCF] if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                return Some((be16(image.bytes(at + 7)?), be16(image.bytes(at + 5)?)));
            }
            [0xFF, 0x01 | 0xD0..=0xD8] => at += 2,
            [0xFF, _] => at += 2 + usize::try_from(be16(image.bytes(at + 2)?)).ok()?.max(2),
            _ => return None,
        }
    }
}

fn be16(bytes: [u8; 2]) -> u64 {
    u64::from(u16::from_be_bytes(bytes))
}

fn be32(bytes: [u8; 4]) -> u64 {
    u64::from(u32::from_be_bytes(bytes))
}

fn le16(bytes: [u8; 2]) -> u64 {
    u64::from(u16::from_le_bytes(bytes))
}

fn le24([low, middle, high]: [u8; 3]) -> u64 {
    u64::from(u32::from_le_bytes([low, middle, high, 0]))
}

/// Base64 text, decoded only where it is read.
struct Base64<'a> {
    text: &'a [u8],
}

impl Base64<'_> {
    fn bytes<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        let mut out = [0; N];
        for (index, byte) in out.iter_mut().enumerate() {
            *byte = self.byte(at + index)?;
        }
        Some(out)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        let group = at / 3 * 4;
        let first = group + at % 3;
        let high = u16::from(self.sextet(first)?) << 6;
        let pair = high | u16::from(self.sextet(first + 1)?);
        // The pair has 12 bits; the byte is 0, 2 or 4 bits down from its top.
        Some((pair >> (4 - 2 * (at % 3))) as u8)
    }

    fn sextet(&self, at: usize) -> Option<u8> {
        match *self.text.get(at)? {
            upper @ b'A'..=b'Z' => Some(upper - b'A'),
            lower @ b'a'..=b'z' => Some(lower - b'a' + 26),
            digit @ b'0'..=b'9' => Some(digit - b'0' + 52),
            b'+' | b'-' => Some(62),
            b'/' | b'_' => Some(63),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base64(bytes: &[u8]) -> String {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut out = String::new();
        for chunk in bytes.chunks(3) {
            let word = chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
            for index in 0..4 {
                let sextet = (word >> (18 - 6 * index)) as usize & 63;
                out.push(if index <= chunk.len() { char::from(ALPHABET[sextet]) } else { '=' });
            }
        }
        out
    }

    #[test]
    fn base64_is_read_anywhere() {
        let bytes: Vec<u8> = (0..=255).collect();
        for length in [0, 1, 2, 3, 255, 256] {
            let text = base64(&bytes[..length]);
            let reader = Base64 { text: text.as_bytes() };
            let read: Vec<u8> = (0..).map_while(|at| reader.byte(at)).collect();
            assert_eq!(read, bytes[..length]);
        }
    }

    #[test]
    fn dimensions_of_each_format() {
        let size = |parts: &[&[u8]]| dimensions(&base64(&parts.concat()));
        assert_eq!(size(&[b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", &[0, 0, 4, 1, 0, 1, 2, 3]]), Some((1025, 66051)));
        assert_eq!(size(&[b"GIF89a", &[0x01, 0x02, 0x03, 0x04]]), Some((0x201, 0x403)));
        assert_eq!(size(&[b"RIFF____WEBPVP8 ", &[0; 10], &[0x01, 0x42, 0x03, 0x80]]), Some((0x201, 3)));
        assert_eq!(size(&[b"RIFF____WEBPVP8L____\x2f", &[0xFF, 0xC0, 0x01, 0x00]]), Some((256, 8)));
        assert_eq!(size(&[b"RIFF____WEBPVP8X", &[0; 8], &[0xFF, 0x03, 0, 0xFF, 0x07, 0]]), Some((1024, 2048)));
        let segment = [&[0xFF, 0xE1, 0x40, 0x02][..], &[0xC0; 0x4000]].concat();
        let frame = [0xFF, 0xFF, 0xC2, 0, 17, 8, 0x03, 0x00, 0x04, 0x00];
        assert_eq!(size(&[&[0xFF, 0xD8], &segment, &[0xFF, 0xC4, 0, 2], &frame]), Some((1024, 768)));
    }

    #[test]
    fn broken_images_have_no_size() {
        let size = |bytes: &[u8]| dimensions(&base64(bytes));
        assert_eq!(size(b""), None);
        assert_eq!(size(b"\x89PNG\r\n\x1a\n"), None);
        assert_eq!(size(b"GIF89a\0\0\0\0"), None);
        assert_eq!(size(b"BM012345678901234567890"), None);
        assert_eq!(size(b"RIFF____WEBPVP9 0123456789"), None);
        assert_eq!(size(&[&[0xFF, 0xD8][..], &[0xFF; 10_000]].concat()), None);
        assert_eq!(size(&[&[0xFF, 0xD8][..], &[0xFF, 0xE0, 0, 0].repeat(10_000)].concat()), None);
    }

    #[test]
    fn tiles_of_the_published_examples() {
        assert_eq!(IMAGE_BASE + IMAGE_TILE * tiles(1024, 1024), 765);
        assert_eq!(IMAGE_BASE + IMAGE_TILE * tiles(2048, 4096), 1105);
        assert_eq!((tiles(1, 1), tiles(512, 512), tiles(513, 512)), (1, 1, 2));
        assert_eq!((tiles(1, 100_000), tiles(100_000, 1)), (4, 4));
        assert_eq!(tiles(u64::from(u32::MAX), u64::from(u32::MAX)), 4);
    }
}
