//! Base64 and base64url, RFC 4648, decoded only to look inside.

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
    fn both_alphabets_with_and_without_padding() {
        assert_eq!(decode(b"dXNlcjpwdw==", 99).unwrap(), b"user:pw");
        assert_eq!(decode(b"dXNlcjpwdw", 99).unwrap(), b"user:pw");
        assert_eq!(decode(b"-_8", 99).unwrap(), [0xfb, 0xff]);
        assert_eq!(decode(b"dXNlcjpwdw", 4).unwrap(), b"user");
        assert!(decode(b"a b", 99).is_none());
    }
}
