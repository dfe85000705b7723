//! United States social security numbers.
//!
//! `ddd-dd-dddd` with an area, a group and a serial number that can be issued; with blanks or dots only where a word
//! beside it says so. Numbers from advertisements are not told apart: they look like the real thing.
//!
//! Source: Social Security Administration, "Social Security Number Randomization" (2011): no area 000, 666 or 900 to
//! 999, no group 00, no serial 0000.

use super::boundary::{free_before, is_word};
use crate::span::Span;

const LEN: usize = 11;

/// The number that begins at `at`.
pub(crate) fn find(line: &[u8], at: usize) -> Option<Span> {
    let number = line.get(at..at + LEN)?;
    let separator = number[3];
    let shaped = number.iter().enumerate().all(|(i, b)| match i {
        3 | 6 => *b == separator,
        _ => b.is_ascii_digit(),
    });
    let dashed = separator == b'-';
    let told = || says_ssn(&line[at.saturating_sub(REACH)..at]);
    let fits = shaped
        && matches!(separator, b'-' | b' ' | b'.')
        && issued(number)
        && free_before(line, at)
        && free_behind(line, at + LEN)
        && (told() || (dashed && !in_a_longer_id(&line[..at])));
    fits.then(|| Span::new(at, at + LEN))
}

/// How far before the number its name is looked for.
const REACH: usize = 40;

fn issued(number: &[u8]) -> bool {
    let area = &number[..3];
    area != b"000" && area != b"666" && area[0] != b'9' && &number[4..6] != b"00" && &number[7..] != b"0000"
}

fn free_behind(line: &[u8], end: usize) -> bool {
    let behind = |n: usize| line.get(end + n).copied();
    match behind(0) {
        Some(b'-') => !behind(1).is_some_and(is_word),
        Some(b'.') => !behind(1).is_some_and(|b| b.is_ascii_digit()),
        Some(byte) => !is_word(byte),
        None => true,
    }
}

fn in_a_longer_id(before: &[u8]) -> bool {
    match before {
        [.., b'-' | b'+'] => true,
        [.., word, b'.'] => is_word(*word),
        _ => false,
    }
}

fn says_ssn(text: &[u8]) -> bool {
    ["ssn", "social"].iter().any(|word| text.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::super::trial::{self, case};
    use super::*;

    #[test]
    fn the_number_goes_and_nothing_else() {
        for marked in [
            "«512-43-7788»",
            "applicant SSN: «512-43-7788» verified",
            r#"{"ssn":"«512-43-7788»"}"#,
            "ssn «512 43 7788», social security number «512.43.7788».",
            r"text\n«512-43-7788»\n",
            "ssn%3D«512-43-7788»",
            "(«512-43-7788»)",
            "ssn-«512-43-7788»",
        ] {
            case("ssn", marked);
        }
    }

    #[test]
    fn other_ids_stay() {
        for text in [
            "applicant 912-43-7788 verified",
            "order 000-12-3456",
            "part 512 43 7788 and 512.43.7788 and 512-43.7788",
            "ab-512-43-7788 512-43-7788-9 512-43-7788-a",
            "x512-43-7788 512-43-77889 1512-43-7788 512-43-7788x _512-43-7788",
            "1.512-43-7788 512-43-7788.5 +512-43-7788",
            "2024-12-3456 555-123-4567",
        ] {
            case("ssn", text);
        }
    }

    /// All areas, groups and classes of serial numbers.
    #[test]
    fn what_can_be_issued_by_enumeration() {
        for area in 0..1000 {
            for group in 0..100 {
                for serial in [0, 1, 10, 100, 1000, 9999] {
                    let text = format!("{area:03}-{group:02}-{serial:04}");
                    let valid = area != 0 && area != 666 && area < 900 && group != 0 && serial != 0;
                    assert_eq!(find(text.as_bytes(), 0).is_some(), valid, "{text}");
                }
            }
        }
    }

    #[test]
    fn a_long_line_takes_linear_time() {
        trial::redacted("ssn", "512-43-7788-".repeat(1 << 14).as_bytes());
    }
}
