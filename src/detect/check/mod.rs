//! What must hold of a value beside its shape: entropy, checksums, encodings.
//!
//! One algorithm a file. A checksum decides over bare digits; over a token with its issuer's prefix it only raises
//! the confidence.

mod base64;
mod crc32;
mod entropy;
mod jwt;
pub(crate) mod luhn;
pub(crate) mod mod97;
pub(crate) mod national;
pub(crate) mod words;

pub(crate) use base64::{certain, decode};
pub(crate) use entropy::{bits as entropy, exact as entropy_of};

use crate::catalogue::Check;
use crate::span::Confidence;

/// Bytes of a value that checks look at: what follows would change no verdict, and a value may be megabytes.
const REACH: usize = 128;

/// How sure a value is that passes all `checks`; `None` if one of them fails.
pub(crate) fn all(checks: &[Check], value: &[u8]) -> Option<Confidence> {
    let value = &value[..value.len().min(REACH)];
    let mut confidence = Confidence::High;
    // Chance makes no checksum hold, however dull the token is.
    let proven = || checks.contains(&Check::GithubCrc32) && crc32::github(value);
    for check in checks {
        let holds = match check {
            Check::Entropy(least) => entropy(value) >= *least || proven(),
            Check::Mixed => mixed(value),
            Check::Jwt => jwt::header_is_json(value),
            Check::Basic => basic(value),
            Check::Luhn => luhn::holds(value.iter().copied().filter(u8::is_ascii_digit)),
            Check::NoWords => !words::plain(value),
            Check::GithubCrc32 => {
                if !crc32::github(value) {
                    confidence = Confidence::Medium;
                }
                true
            }
        };
        if !holds {
            return None;
        }
    }
    (!words::says(value)).then_some(confidence)
}

/// Whether both letters and digits are in `value`. All of it is looked at, which is quicker than to stop.
fn mixed(value: &[u8]) -> bool {
    let (letter, digit) = value.iter().fold((false, false), |(letter, digit), byte| {
        (letter | byte.is_ascii_alphabetic(), digit | byte.is_ascii_digit())
    });
    letter & digit
}

/// Whether `value` is base64 of plain words, such as a host's name.
pub(crate) fn encoded_words(value: &[u8]) -> bool {
    base64::decode(value, 64).is_some_and(|text| text.len() >= 8 && words::plain(&text))
}

/// Whether `value` is base64 of text with a colon in it, as in RFC 7617.
pub(crate) fn basic(value: &[u8]) -> bool {
    base64::decode(value, 512).is_some_and(|text| text.contains(&b':') && text.iter().all(|b| *b >= 0x20))
}
