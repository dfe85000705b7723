//! International bank account numbers.
//!
//! A country's length and the checksum modulo 97 decide, so a hit is exact: solid, or in groups of four with one
//! kind of separator. Capitals only, as the standard has it.
//!
//! Source: ISO 13616-1; lengths from the IBAN registry that SWIFT keeps, release 100.

use super::boundary::{free_before, is_word};
use super::check::mod97;
use crate::span::Span;

/// The account number that begins at `at`.
pub(crate) fn find(line: &[u8], at: usize) -> Option<Span> {
    let country = [*line.get(at)?, *line.get(at + 1)?];
    let len = length(country)?;
    let separator = line.get(at + 4).copied().filter(|b| matches!(b, b' ' | b'-'));
    let end = at + len + if separator.is_some() { (len - 1) / 4 } else { 0 };
    let text = line.get(at..end)?;
    let shaped = text.iter().enumerate().all(|(i, b)| match separator {
        Some(separator) if i % 5 == 4 => *b == separator,
        _ => b.is_ascii_uppercase() || b.is_ascii_digit(),
    });
    let letters = text.iter().copied().filter(|b| Some(*b) != separator);
    let fits = shaped
        && text[2..4].iter().all(u8::is_ascii_digit)
        && !matches!(&text[2..4], b"00" | b"01" | b"99")
        && free_before(line, at)
        && free_behind(line, end, separator)
        && mod97::holds(letters);
    fits.then(|| Span::new(at, end))
}

fn free_behind(line: &[u8], end: usize, separator: Option<u8>) -> bool {
    match line.get(end) {
        Some(b'-') if separator != Some(b' ') => !line.get(end + 1).copied().is_some_and(is_word),
        Some(byte) => !is_word(*byte),
        None => true,
    }
}

/// The length of an account number of `country`, without separators.
fn length(country: [u8; 2]) -> Option<usize> {
    let at = COUNTRIES.binary_search_by(|(code, _)| code.as_bytes().cmp(&country)).ok()?;
    Some(COUNTRIES[at].1)
}

#[rustfmt::skip]
const COUNTRIES: [(&str, usize); 89] = [
    ("AD", 24), ("AE", 23), ("AL", 28), ("AT", 20), ("AZ", 28), ("BA", 20), ("BE", 16), ("BG", 22), ("BH", 22),
    ("BI", 27), ("BR", 29), ("BY", 28), ("CH", 21), ("CR", 22), ("CY", 28), ("CZ", 24), ("DE", 22), ("DJ", 27),
    ("DK", 18), ("DO", 28), ("EE", 20), ("EG", 29), ("ES", 24), ("FI", 18), ("FK", 18), ("FO", 18), ("FR", 27),
    ("GB", 22), ("GE", 22), ("GI", 23), ("GL", 18), ("GR", 27), ("GT", 28), ("HN", 28), ("HR", 21), ("HU", 28),
    ("IE", 22), ("IL", 23), ("IQ", 23), ("IS", 26), ("IT", 27), ("JO", 30), ("KW", 30), ("KZ", 20), ("LB", 28),
    ("LC", 32), ("LI", 21), ("LT", 20), ("LU", 20), ("LV", 21), ("LY", 25), ("MC", 27), ("MD", 24), ("ME", 22),
    ("MK", 19), ("MN", 20), ("MR", 27), ("MT", 31), ("MU", 30), ("NI", 28), ("NL", 18), ("NO", 15), ("OM", 23),
    ("PK", 24), ("PL", 28), ("PS", 29), ("PT", 25), ("QA", 29), ("RO", 24), ("RS", 22), ("RU", 33), ("SA", 24),
    ("SC", 31), ("SD", 18), ("SE", 24), ("SI", 19), ("SK", 24), ("SM", 27), ("SO", 23), ("ST", 25), ("SV", 28),
    ("TL", 23), ("TN", 24), ("TR", 26), ("UA", 29), ("VA", 22), ("VG", 24), ("XK", 20), ("YE", 30),
];

#[cfg(test)]
mod tests {
    use super::super::trial::{self, case};
    use super::*;

    #[test]
    fn the_number_goes_and_nothing_else() {
        for marked in [
            "transfer to «GB82WEST12345698765432» queued",
            "mandate «DE89 3704 0044 0532 0130 00» accepted",
            "mandate «DE89-3704-0044-0532-0130-00», next",
            "«DE89 3704 0044 0532 0130 00» 1234 and «NO93 8601 1117 947» ABCD",
            r#"{"iban":"«DE89370400440532013000»"}"#,
            "IBAN:«DE89370400440532013000».",
            r"text\n«DE89370400440532013000»\n\u003d«DE89370400440532013000»",
            "iban%3D«DE89370400440532013000»&x",
            "a#012«DE89370400440532013000»#012 \x1b[1;32m«DE89370400440532013000»\x1b[0m",
        ] {
            case("iban", marked);
        }
    }

    #[test]
    fn others_stay() {
        for text in [
            "transfer to GB83WEST12345698765432 queued",
            "DE89 3704 0044 0532 0130 01",
            "DE89 37040044 0532 0130 00",
            "XDE89370400440532013000 DE893704004405320130001 DE89370400440532013000_x",
            "de89370400440532013000",
            "DE89370400440532013000-ab",
            "ZZ89370400440532013000",
        ] {
            case("iban", text);
        }
    }

    /// For each country in the table the one right pair of check digits is found, solid and in groups; none of a
    /// country that is not in it.
    #[test]
    fn every_country() {
        for country in (0..26u32 * 26).map(|n| [b'A' + (n / 26) as u8, b'A' + (n % 26) as u8]) {
            let code = String::from_utf8(country.to_vec()).unwrap();
            let len = length(country).unwrap_or(22);
            let all = |check: u32| format!("{code}{check:02}{}", "7".repeat(len - 4));
            let fits = (0..100).filter(|check| find(all(*check).as_bytes(), 0).is_some()).collect::<Vec<_>>();
            assert_eq!(fits.len(), usize::from(length(country).is_some()), "{code} {fits:?}");
            if let Some(check) = fits.first() {
                let solid = all(*check);
                let groups: Vec<_> = solid.as_bytes().chunks(4).map(<[u8]>::to_vec).collect();
                let spaced = groups.join(&b' ');
                assert_eq!(find(&spaced, 0), Some(Span::new(0, spaced.len())), "{code}");
            }
        }
        assert!(COUNTRIES.is_sorted());
    }

    #[test]
    fn a_long_line_takes_linear_time() {
        trial::redacted("iban", "GB82".repeat(1 << 16).as_bytes());
    }
}
