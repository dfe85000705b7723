//! The checksum at the end of GitHub's and npm's tokens.
//!
//! Behind the last `_` stand base-62 characters; the last six are the CRC-32 of those before, in base 62 with the
//! digits `0-9A-Za-z`, padded with zeros. Source: GitHub's engineering blog, "Behind GitHub's new authentication
//! token formats" (2021).

/// Whether the token's checksum holds.
pub(crate) fn github(token: &[u8]) -> bool {
    let body = token.rsplit(|b| *b == b'_').next().unwrap_or_default();
    let Some((text, sum)) = body.split_last_chunk::<6>() else { return false };
    let mut value = 0u64;
    for byte in sum {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return false,
        };
        value = value * 62 + u64::from(digit);
    }
    value == u64::from(crc32(text))
}

/// CRC-32 as in IEEE 802.3 (reflected, polynomial 0xEDB88320).
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| (c >> 1) ^ (0xedb8_8320 & (c & 1).wrapping_neg()))
    };
    !bytes.iter().fold(u32::MAX, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_made_token_holds_and_its_neighbour_does_not() {
        let body = b"0123456789abcdefghijABCDEFGHIJ";
        let mut sum = crc32(body);
        let mut tail = [0u8; 6];
        for place in tail.iter_mut().rev() {
            *place = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(sum % 62) as usize];
            sum /= 62;
        }
        let token = [b"ghp_".as_slice(), body, &tail].concat();
        assert!(github(&token));
        let mut other = token;
        other[5] ^= 1;
        assert!(!github(&other));
    }
}
