//! Luhn's checksum, ISO/IEC 7812-1 annex B.

/// Whether the digits, as ASCII, hold Luhn's checksum. At least two digits.
pub(crate) fn holds(digits: impl DoubleEndedIterator<Item = u8>) -> bool {
    let (mut sum, mut count) = (0u32, 0u32);
    for digit in digits.rev() {
        let value = u32::from(digit - b'0');
        sum += match (count % 2, value) {
            (0, v) => v,
            (_, v) if v > 4 => v * 2 - 9,
            (_, v) => v * 2,
        };
        count += 1;
    }
    count >= 2 && sum % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn one_digit_in_ten_fits() {
        let fits = |last: u8| holds(b"7992739871".iter().copied().chain([last]));
        assert_eq!((b'0'..=b'9').filter(|d| fits(*d)).collect::<Vec<_>>(), b"3");
        assert!(!holds(b"0".iter().copied()));
    }
}
