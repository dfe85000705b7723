//! Base64 and base64url, RFC 4648: decoded only to look inside, encoded to be looked for.

/// The bytes that `text` stands for, at most `limit` of them; `None` where a character is foreign to both alphabets.
/// Padding may be there or not.
pub(crate) fn decode(text: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(limit.min(text.len()));
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.iter().take_while(|b| **b != b'=') {
        bits = bits << 6 | u32::from(sextet(*byte)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            if out.len() == limit {
                break;
            }
        }
        bits &= (1 << held) - 1;
    }
    Some(out)
}

/// The characters of base64 that depend on `text` alone where so many bytes stand before it in its group of three, 0 to
/// 2, and how many characters of the group stand before them.
pub(crate) fn certain(text: &[u8], before: usize) -> (usize, impl Iterator<Item = u8>) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = move |at: usize| text[at / 8 - before] >> (7 - at % 8) & 1;
    let sextet = move |char: usize| (6 * char..6 * char + 6).fold(0, |six, at| six << 1 | bit(at));
    let first = (8 * before).div_ceil(6);
    let last = 8 * (before + text.len()) / 6;
    (first, (first..last).map(move |char| ALPHABET[usize::from(sextet(char))]))
}

const fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certain_stands_in_every_encoding() {
        let spelt = |before| {
            let (first, text) = certain(b"secret", before);
            (first, String::from_utf8(text.collect()).unwrap())
        };
        // Parts of the base64 of "secret", "?secret" and "??secret".
        assert_eq!(spelt(0), (0, "c2VjcmV0".to_owned()));
        assert_eq!(spelt(1), (2, "NlY3Jld".to_owned()));
        assert_eq!(spelt(2), (3, "zZWNyZX".to_owned()));
    }

    #[test]
    fn both_alphabets_with_and_without_padding() {
        assert_eq!(decode(b"dXNlcjpwdw==", 99).unwrap(), b"user:pw");
        assert_eq!(decode(b"dXNlcjpwdw", 99).unwrap(), b"user:pw");
        assert_eq!(decode(b"-_8", 99).unwrap(), [0xfb, 0xff]);
        assert_eq!(decode(b"dXNlcjpwdw", 4).unwrap(), b"user");
        assert!(decode(b"a b", 99).is_none());
    }
}
