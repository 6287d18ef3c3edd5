//! A settled request as bytes: checksum, length, `MessagePack`. The checksum covers length and content.
//!
//! Segments begin as zeros, so no length is where nothing was written. A frame that does not check is damage: a write
//! that a power cut tore, or worse. What stands before it is intact, and so is what may be found after it.

use std::{borrow::Cow, ops::Range};

use crc32fast::Hasher;
use serde::{Deserialize, Serialize};

/// No frame is larger.
pub const MAX_FRAME: usize = 1024;

const HEAD: usize = 6;
/// What every content begins with: an array of 16 to 255 fields.
const MARK: &[u8] = b"\xdc\0";
/// Characters that are kept of a name: at most 1,024 bytes. And of one that makes a frame too large: at most 240.
const LONG: usize = 256;
const SHORT: usize = 60;

/// A request that is over, as the books need it, and nothing of its content. Money is in units of 10^-10 USD.
///
/// The fields are stored in this order: add new ones at the end, with a default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled<'a> {
    /// Its id.
    pub request_id: &'a str,
    /// Whose it was.
    pub org_id: &'a str,
    /// The org's team.
    pub team_id: &'a str,
    /// The team's key.
    pub key_id: &'a str,
    /// What was called.
    pub endpoint: &'a str,
    /// As the client asked for it.
    #[serde(borrow)]
    pub model: Cow<'a, str>,
    /// Who answered.
    pub provider: &'a str,
    /// The model's name there.
    #[serde(borrow)]
    pub target_model: Cow<'a, str>,
    /// Whether the answer was a stream.
    pub streamed: bool,
    /// Of the answer; 499: the client left before it.
    pub status: u64,
    /// Of the prompt.
    pub prompt_tokens: u64,
    /// Of the prompt, read from the provider's cache.
    pub cached_tokens: u64,
    /// Of the prompt, written to it.
    pub cache_write_tokens: u64,
    /// Of the answer.
    pub output_tokens: u64,
    /// Of the answer, hidden.
    pub reasoning_tokens: u64,
    /// Of the prompt, sound.
    pub audio_input_tokens: u64,
    /// Of the answer, sound.
    pub audio_output_tokens: u64,
    /// What was held when it ended, every growth of the hold included.
    pub held: u64,
    /// What is charged: at most `held`.
    pub cost: u64,
    /// What it cost beyond that. Nobody is charged for it; it is recorded.
    pub shortfall: u64,
    /// The provider did not say what was used, or not credibly: the tokens are our own count.
    pub estimated: bool,
    /// `complete`, `client_left`, `upstream_broke` or `cut_off`.
    pub ending: &'a str,
    /// From the head of the request to the end of the answer.
    pub latency_us: u64,
    /// From the head of the request to the first byte of the answer.
    pub first_byte_us: Option<u64>,
    /// Unix microseconds, as `settled_at` is.
    pub started_at: u64,
    /// When it was settled.
    pub settled_at: u64,
    /// Of which A/B test it was, and which of its variants: `test/variant`.
    #[serde(borrow, default)]
    pub variant: Option<&'a str>,
    /// Images made.
    #[serde(default)]
    pub images: u64,
    /// Milliseconds of sound heard.
    #[serde(default)]
    pub sound_ms: u64,
    /// Characters spoken.
    #[serde(default)]
    pub characters: u64,
}

/// Why a record is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// A cost above what was held, or a number that does not fit a signed 64-bit column.
    Amount,
    /// Ids that are too long to be ours.
    Long,
}

impl Settled<'_> {
    /// The frame of a record. Ids and names of ours are short and plain; a model's name is not ours, and is made so.
    pub fn pack(&self) -> Result<Vec<u8>, Unfit> {
        if !self.is_sound() {
            return Err(Unfit::Amount);
        }
        let frame = self.encode(LONG)?;
        if frame.len() <= MAX_FRAME {
            return Ok(frame);
        }
        self.encode(SHORT).and_then(|frame| if frame.len() <= MAX_FRAME { Ok(frame) } else { Err(Unfit::Long) })
    }

    fn encode(&self, longest: usize) -> Result<Vec<u8>, Unfit> {
        let mut frame = Vec::with_capacity(HEAD + 384);
        frame.extend_from_slice(&[0; HEAD]);
        let written = match (plain(&self.model, longest), plain(&self.target_model, longest)) {
            (None, None) => rmp_serde::encode::write(&mut frame, self),
            (model, target) => {
                let model = model.map_or_else(|| self.model.clone(), Cow::Owned);
                let target_model = target.map_or_else(|| self.target_model.clone(), Cow::Owned);
                rmp_serde::encode::write(&mut frame, &Self { model, target_model, ..self.clone() })
            }
        };
        written.map_err(|_| Unfit::Long)?;
        let length = u16::try_from(frame.len() - HEAD).map_err(|_| Unfit::Long)?;
        frame[4..HEAD].copy_from_slice(&length.to_le_bytes());
        let sum = checksum(&frame[4..]);
        frame[..4].copy_from_slice(&sum.to_le_bytes());
        Ok(frame)
    }

    fn is_sound(&self) -> bool {
        let numbers = [
            self.status,
            self.prompt_tokens,
            self.cached_tokens,
            self.cache_write_tokens,
            self.output_tokens,
            self.reasoning_tokens,
            self.audio_input_tokens,
            self.audio_output_tokens,
            self.held,
            self.shortfall,
            self.latency_us,
            self.first_byte_us.unwrap_or(0),
            self.started_at,
            self.settled_at,
            self.images,
            self.sound_ms,
            self.characters,
        ];
        let known = matches!(self.ending, "complete" | "client_left" | "upstream_broke" | "cut_off" | "blocked");
        known && self.cost <= self.held && numbers.iter().all(|&number| i64::try_from(number).is_ok())
    }
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finalize()
}

/// What every database and terminal takes: `PostgreSQL` refuses U+0000, which JSON can spell. `None`: it is that already.
fn plain(text: &str, longest: usize) -> Option<String> {
    if text.len() <= longest && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let kept = text.chars().take(longest);
    Some(kept.map(|char| if is_printable(char) { char } else { char::REPLACEMENT_CHARACTER }).collect())
}

fn is_printable(char: char) -> bool {
    let invisible = matches!(char,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    !char.is_control() && !invisible
}

/// What is found in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all are frames")]
pub enum Piece<'a> {
    /// A record.
    Frame {
        /// What it says.
        record: Settled<'a>,
        /// Where its content is, for [`decode`]; the next frame begins where it ends.
        content: Range<usize>,
    },
    /// Bytes that are no frame, with frames after them.
    Damage {
        /// Where they end.
        end: usize,
    },
}

/// All frames from a position on. What follows the last one, a torn write or zeros, is not mentioned.
pub fn scan(data: &[u8], start: usize) -> impl Iterator<Item = Piece<'_>> {
    let mut at = start;
    std::iter::from_fn(move || {
        if let Some((record, content)) = frame_at(data, at) {
            at = content.end;
            return Some(Piece::Frame { record, content });
        }
        at = next_frame(data, at)?;
        Some(Piece::Damage { end: at })
    })
}

/// The record of a frame's content.
pub fn decode(content: &[u8]) -> Option<Settled<'_>> {
    rmp_serde::from_slice(content).ok().filter(Settled::is_sound)
}

/// The frame that begins here, if one does: what it says, and where its content is.
fn frame_at(data: &[u8], at: usize) -> Option<(Settled<'_>, Range<usize>)> {
    let head = data.get(at..at.checked_add(HEAD)?)?;
    let length = usize::from(u16::from_le_bytes([head[4], head[5]]));
    if length == 0 || length > MAX_FRAME - HEAD {
        return None;
    }
    let (begin, end) = (at + HEAD, at + HEAD + length);
    let sum = u32::from_le_bytes([head[0], head[1], head[2], head[3]]);
    if checksum(data.get(at + 4..end)?) != sum {
        return None;
    }
    Some((decode(&data[begin..end])?, begin..end))
}

/// Where the first frame after a position that has none begins.
fn next_frame(data: &[u8], at: usize) -> Option<usize> {
    let from = at + 1 + HEAD;
    let rest = data.get(from..)?;
    memchr::memmem::find_iter(rest, MARK)
        .map(|mark| from + mark - HEAD)
        .find(|&position| frame_at(data, position).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const RECORD: Settled<'static> = Settled {
        request_id: "nemo-0123456789abcdef01234567",
        org_id: "org_1",
        team_id: "team_1",
        key_id: "key_1",
        endpoint: "chat",
        model: Cow::Borrowed("fast"),
        provider: "mock",
        target_model: Cow::Borrowed("mock"),
        streamed: true,
        status: 200,
        prompt_tokens: 10,
        cached_tokens: 0,
        cache_write_tokens: 0,
        output_tokens: 5,
        reasoning_tokens: 0,
        audio_input_tokens: 0,
        audio_output_tokens: 0,
        held: 100,
        cost: 60,
        shortfall: 0,
        estimated: false,
        ending: "complete",
        latency_us: 1000,
        first_byte_us: None,
        started_at: 1_700_000_000_000_000,
        settled_at: 1_700_000_000_001_000,
        variant: None,
        images: 0,
        sound_ms: 0,
        characters: 0,
    };

    fn found(data: &[u8]) -> Vec<Settled<'_>> {
        let record = |piece| match piece {
            Piece::Frame { record, content } => {
                assert_eq!(decode(&data[content]).as_ref(), Some(&record));
                Some(record)
            }
            Piece::Damage { .. } => None,
        };
        scan(data, 0).filter_map(record).collect()
    }

    #[test]
    fn what_goes_in_comes_out() {
        let frame = RECORD.pack().unwrap();
        let other = Settled { request_id: "nemo-2", first_byte_us: Some(7), ..RECORD };
        let data = [frame, other.pack().unwrap(), vec![0; 100]].concat();
        assert_eq!(found(&data), [RECORD, other]);
    }

    #[test]
    fn frames_of_before_there_were_more_columns_are_read() {
        let whole = RECORD.pack().unwrap();
        let mut content = whole[HEAD..].to_vec();
        for dropped in 1..=4 {
            content.pop(); // each of the last ones is one byte here: nothing, or zero
            content[2] -= 1;
            let length = u16::try_from(content.len()).unwrap().to_le_bytes();
            let framed = [&length[..], &content].concat();
            let frame = [&checksum(&framed).to_le_bytes()[..], &framed].concat();
            assert_eq!(found(&frame), [RECORD], "{dropped}");
        }
    }

    #[test]
    fn every_hit_byte_is_noticed_and_the_rest_is_found() {
        let frame = RECORD.pack().unwrap();
        for at in 0..frame.len() {
            let mut data = frame.repeat(3);
            data[frame.len() + at] ^= 0x40;
            assert_eq!(found(&data), [RECORD, RECORD], "{at}");
            assert!(scan(&data, 0).any(|piece| matches!(piece, Piece::Damage { end } if end == 2 * frame.len())));
        }
    }

    #[test]
    fn names_are_made_plain_and_short_enough() {
        for model in ["a\0b", "x\u{202e}y", &"m".repeat(2000), &"\u{1F600}".repeat(400)] {
            let record = Settled { model: model.into(), target_model: model.into(), ..RECORD };
            let frame = record.pack().unwrap();
            assert!(frame.len() <= MAX_FRAME);
            let name = &found(&frame)[0].model;
            assert!(name.chars().all(is_printable) && name.chars().count() <= 256, "{name:?}");
        }
        let cyrillic = Settled { model: "\u{43c}\u{43e}\u{434}\u{435}\u{43b}\u{44c}".into(), ..RECORD };
        assert_eq!(found(&cyrillic.pack().unwrap()), [cyrillic]);
    }

    #[test]
    fn what_cannot_be_booked_is_refused() {
        for record in [
            Settled { cost: 101, ..RECORD },
            Settled { held: 1 << 63, ..RECORD },
            Settled { ending: "", ..RECORD },
            Settled { prompt_tokens: u64::MAX, ..RECORD },
        ] {
            assert_eq!(record.pack(), Err(Unfit::Amount), "{record:?}");
        }
        let long = "i".repeat(1000);
        assert_eq!(Settled { org_id: &long, ..RECORD }.pack(), Err(Unfit::Long));
    }
}
