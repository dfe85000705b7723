//! Payment card numbers.
//!
//! A number counts when its issuer's range, its length and Luhn's checksum agree. One id in ten passes Luhn, so the
//! neighbours decide besides: what the number is called, and what touches it. A number whose issuer range is wide
//! (Maestro, the rare lengths) counts only in groups or beside a word for a card.
//!
//! Sources: ISO/IEC 7812-1 for the length and the checksum; the issuers' published ranges.

use super::boundary::{free_before, is_word};
use super::check::luhn;
use crate::span::Span;

/// The card number that begins at the digits at `at`, or behind an escape whose tail these digits are: `%22`,
/// `\u0022`, `\x22`, `#012`.
pub(crate) fn find(line: &[u8], at: usize) -> Option<Span> {
    number(line, at).or_else(|| {
        let before = &line[..at];
        let tail =
            [("%", 2), ("\\x", 2), ("#", 3), ("\\u", 4)].into_iter().find(|(e, _)| before.ends_with(e.as_bytes()));
        tail.and_then(|(_, len)| number(line, at + len))
    })
}

/// How sure a range and a length are by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strength {
    /// Enough for bare digits.
    Strong,
    /// Only in groups, or beside a word for a card.
    Weak,
}

const LONGEST: usize = 19;

/// Digits, solid or in groups.
struct Number {
    digits: [u8; LONGEST],
    len: usize,
    span: Span,
    separator: Option<u8>,
}

fn number(line: &[u8], at: usize) -> Option<Span> {
    // Most long numbers in a log are times, and begin as no issuer's do.
    if !matches!(line.get(at), Some(b'2'..=b'6' | b'8')) {
        return None;
    }
    let grouped = groups(line, at);
    let solid = || solid(line, at);
    [true, false].into_iter().find_map(|whole| {
        let number = grouped.as_ref().and_then(|g| read(line, at, g, whole)).or_else(|| whole.then(solid).flatten())?;
        counts(line, &number).then_some(number.span)
    })
}

fn solid(line: &[u8], at: usize) -> Option<Number> {
    let len = digits_from(line, at, LONGEST + 1);
    if !(12..=LONGEST).contains(&len) {
        return None;
    }
    let mut digits = [0; LONGEST];
    digits[..len].copy_from_slice(&line[at..at + len]);
    Some(Number { digits, len, span: Span::new(at, at + len), separator: None })
}

/// Groups of digits with one kind of separator: how long each is, and how many.
struct Groups {
    lens: [usize; 5],
    count: usize,
    separator: u8,
}

fn groups(line: &[u8], at: usize) -> Option<Groups> {
    let separator = *line.get(at + 4).filter(|b| matches!(b, b' ' | b'-' | b'.'))?;
    let mut groups = Groups { lens: [0; 5], count: 0, separator };
    let mut from = at;
    while groups.count < 5 {
        let len = digits_from(line, from, 7);
        if !(1..=6).contains(&len) || (groups.count < 2 && len < 4) {
            break;
        }
        groups.lens[groups.count] = len;
        groups.count += 1;
        from += len;
        if line.get(from) != Some(&separator) {
            break;
        }
        from += 1;
    }
    (groups.count >= 3).then_some(groups)
}

/// The groups as a number: all five of them, or those of the usual shape with fewer.
fn read(line: &[u8], at: usize, groups: &Groups, whole: bool) -> Option<Number> {
    let lens = &groups.lens[..groups.count];
    let count = match (whole, lens) {
        (_, [4, 6, 4 | 5, ..]) => 3,
        (true, [4, 4, 4, 4, 1..=3]) => 5,
        (false, [4, 4, 4, 4, ..]) | (true, [4, 4, 4, 4]) => 4,
        (true, [4, 4, 4, 2 | 3]) => 4,
        (true, [4, 4, 4]) => 3,
        _ => return None,
    };
    let end = at + lens[..count].iter().sum::<usize>() + count - 1;
    let (mut digits, mut len) = ([0; LONGEST], 0);
    for digit in line[at..end].iter().filter(|b| b.is_ascii_digit()) {
        *digits.get_mut(len)? = *digit;
        len += 1;
    }
    Some(Number { digits, len, span: Span::new(at, end), separator: Some(groups.separator) })
}

fn counts(line: &[u8], number: &Number) -> bool {
    let digits = &number.digits[..number.len];
    let Some(strength) = issuer(digits) else { return false };
    luhn::holds(digits.iter().copied())
        && digits.iter().any(|d| *d != digits[0])
        && free_behind(line, number)
        && not_in_a_longer_row(line, number)
        && named(line, number, strength)
}

/// Ranges by the first four digits, with the lengths that are common and those that are rare.
#[rustfmt::skip]
const ISSUERS: &[(u32, u32, &[usize], &[usize])] = &[
    (4000, 4999, &[16], &[13, 19]),             // Visa
    (5100, 5599, &[16], &[]),                   // Mastercard
    (2221, 2720, &[16], &[]),                   // Mastercard
    (3400, 3499, &[15], &[]),                   // American Express
    (3700, 3799, &[15], &[]),                   // American Express
    (6011, 6011, &[16], &[17, 18, 19]),         // Discover
    (6440, 6599, &[16], &[17, 18, 19]),         // Discover, RuPay
    (3528, 3589, &[16], &[17, 18, 19]),         // JCB
    (3000, 3059, &[14], &[15, 16, 17, 18, 19]), // Diners Club
    (3600, 3699, &[14], &[15, 16, 17, 18, 19]), // Diners Club
    (3800, 3999, &[14], &[15, 16, 17, 18, 19]), // Diners Club
    (6200, 6299, &[16], &[17, 18, 19]),         // UnionPay
    (2200, 2204, &[16], &[17, 18, 19]),         // Mir
    (8100, 8299, &[], &[16]),                   // RuPay, UnionPay
    (5000, 5099, &[], &[12, 13, 14, 15, 16, 17, 18, 19]), // Maestro, RuPay, Elo, Dankort
    (5600, 5899, &[], &[12, 13, 14, 15, 16, 17, 18, 19]), // Maestro
    (6000, 6999, &[], &[12, 13, 14, 15, 16, 17, 18, 19]), // Maestro, RuPay, Hipercard
];

fn issuer(digits: &[u8]) -> Option<Strength> {
    let first = digits.iter().take(4).fold(0, |n, d| n * 10 + u32::from(d - b'0'));
    ISSUERS.iter().filter(|(low, high, ..)| (*low..=*high).contains(&first)).find_map(|(_, _, common, rare)| {
        match digits.len() {
            len if common.contains(&len) => Some(Strength::Strong),
            len if rare.contains(&len) => Some(Strength::Weak),
            _ => None,
        }
    })
}

/// Neither a word, nor a fraction, nor more of a dashed id goes on behind the number.
fn free_behind(line: &[u8], number: &Number) -> bool {
    let behind = |n: usize| line.get(number.span.end + n).copied();
    match behind(0) {
        Some(b'.') => !behind(1).is_some_and(|b| b.is_ascii_digit()),
        Some(b'-') => !behind(1).is_some_and(is_word),
        Some(byte) => !is_word(byte),
        None => true,
    }
}

/// Groups of four also stand in hex dumps and in account numbers: the groups beside these tell.
fn not_in_a_longer_row(line: &[u8], number: &Number) -> bool {
    if number.separator != Some(b' ') {
        return true;
    }
    let before = line[..number.span.start].strip_suffix(b" ").and_then(<[u8]>::last_chunk::<4>);
    let behind = line[number.span.end..].strip_prefix(b" ").and_then(<[u8]>::first_chunk::<4>);
    let mixed = |group: &[u8; 4]| group.iter().any(u8::is_ascii_digit) && group.iter().any(u8::is_ascii_alphabetic);
    let dump = |group: &[u8; 4]| mixed(group) && group.iter().all(u8::is_ascii_hexdigit);
    let account = |group: &[u8; 4]| mixed(group) && group[..2].iter().all(u8::is_ascii_uppercase);
    !before.is_some_and(|group| dump(group) || account(group)) && !behind.is_some_and(dump)
}

/// What the number is called must not say that it is something else; where that is likely, it has to say card.
fn named(line: &[u8], number: &Number, strength: Strength) -> bool {
    let start = number.span.start;
    let before = &line[..start];
    if before.ends_with(b"%B") && line.get(number.span.end) == Some(&b'^') {
        return true; // the first track of a magnetic stripe, ISO/IEC 7813
    }
    if !free_before(line, start) {
        return false;
    }
    let label = label(before);
    if says_card(label) {
        return true;
    }
    let touched = matches!(before.last(), Some(b'#' | b'-' | b'/' | b'.' | b'@' | b'+' | b'$'));
    if touched || (number.separator.is_none() && says_other(label)) {
        return false;
    }
    let grouped = number.separator.is_some() && number.len >= 15;
    strength == Strength::Strong || grouped || says_card(&before[before.len().saturating_sub(48)..])
}

/// The word before the number, behind what may stand between them.
pub(super) fn label(before: &[u8]) -> &[u8] {
    let between = |b: &&u8| b" \t\"'\\=:>([{<#-/.@+$".contains(*b);
    let end = before.len() - before.iter().rev().take(8).take_while(between).count();
    let len = before[..end].iter().rev().take(40).take_while(|b| is_word(**b) || matches!(b, b'-' | b'.')).count();
    &before[end - len..end]
}

fn says_card(text: &[u8]) -> bool {
    const PARTS: [&str; 8] = ["card", "visa", "amex", "maestro", "unionpay", "diners", "ccnum", "cc_num"];
    PARTS.iter().any(|part| text.windows(part.len()).any(|w| w.eq_ignore_ascii_case(part.as_bytes())))
        || text
            .split(|b| !b.is_ascii_alphanumeric())
            .any(|w| [b"pan", &b"cc"[..]].iter().any(|c| w.eq_ignore_ascii_case(c)))
}

/// Whether a label names something that is counted, measured or looked up, as most long numbers in a log are.
pub(super) fn says_other(label: &[u8]) -> bool {
    const PARTS: [&str; 9] = ["order", "trace", "tracking", "invoice", "phone", "serial", "imei", "epoch", "offset"];
    #[rustfmt::skip]
    const LAST: [&str; 55] = [
        "id", "ids", "uid", "gid", "pid", "tid", "xid", "oid", "uuid", "guid", "seq", "sequence", "ts", "time",
        "timestamp", "ns", "us", "ms", "nanos", "micros", "size", "bytes", "len", "length", "count", "total", "ord",
        "index", "idx", "pos", "position", "addr", "address", "ptr", "hash", "seed", "nonce", "block", "blk", "span",
        "session", "request", "req", "job", "task", "thread", "cursor", "lsn", "version", "build", "ean", "gtin",
        "txn", "ext", "key",
    ];
    let last = last_word(label);
    PARTS.iter().any(|part| label.windows(part.len()).any(|w| w.eq_ignore_ascii_case(part.as_bytes())))
        || LAST.iter().any(|word| last.eq_ignore_ascii_case(word.as_bytes()))
}

/// The last word of a name in any case: of `trace_id`, `traceId` and `traceID` it is the id.
pub(super) fn last_word(name: &[u8]) -> &[u8] {
    let name = &name[..name.len() - name.iter().rev().take_while(|b| !b.is_ascii_alphabetic()).count()];
    let lower = name.iter().rev().take_while(|b| b.is_ascii_lowercase()).count();
    let rest = &name[..name.len() - lower];
    let upper = rest.iter().rev().take_while(|b| b.is_ascii_uppercase()).count();
    &name[rest.len() - if lower > 0 { upper.min(1) } else { upper }..]
}

fn digits_from(line: &[u8], at: usize, limit: usize) -> usize {
    line.get(at..).unwrap_or_default().iter().take(limit).take_while(|b| b.is_ascii_digit()).count()
}

#[cfg(test)]
mod tests {
    use super::super::trial;
    use super::*;

    fn case(marked: &str) {
        trial::case("card", marked);
    }

    #[test]
    fn the_number_goes_and_nothing_else() {
        for marked in [
            "«4111111111111111»",
            "charge card «4111111111111111» exp 01/27",
            r#"{"card_number":"«4111111111111111»","x":1}"#,
            "pan=«4111111111111111»",
            "declined for «5555 5555 5555 4444» (expired)",
            "declined for «5555-5555-5555-4444».",
            "card «4012.8888.8888.1881», thanks",
            "amex «3782 822463 10005» and «3782-8224-6310-005»",
            "diners «3056 930902 5904» «30569309025904»",
            "jcb «3566002020360505» discover «6011000990139424» mir «2200000000000004»",
            "«5019 5555 4444 5555» «6771 7980 2100 0008» dead",
            "maestro «6759649826438453» here",
            "2026-01-02 10:11:12 «4111 1111 1111 1111» 0127 123",
            "card #«4111111111111111» and card-«4111111111111111»",
            "GET /cards/«4111111111111111»/charge",
            r#"msg\n«4111111111111111»\n\u0022«4111111111111111»\u0022"#,
            "q=%22«4111111111111111»%22&c%3D«4111111111111111»&d=%20«4111111111111111»",
            "\x1b[32m«4111111111111111»\x1b[0m",
            "%B«4111111111111111»^DOE/JOHN^2701101 ;«4111111111111111»=2701101?",
            "«4111111111111111»|12|2027|123",
            "number=«4111111111111111» value: «4111111111111111»",
        ] {
            case(marked);
        }
        let bare = trial::redacted("card", br#"{"card_number":4111111111111111}"#);
        assert_eq!(bare, br#"{"card_number":"[REDACTED]"}"#);
    }

    #[test]
    fn ids_and_measures_stay() {
        for text in [
            "order 4111111111111112 confirmed",
            "blk_4111111111111111 blk_-4111111111111111",
            "traceID=4111111111111111 orgID=1 trace_id: 4111111111111111 spanId=\"4111111111111111\"",
            r#"{"id":4111111111111111,"offset":"4111111111111111","processId":"4111111111111111"}"#,
            "x4111111111111111 4111111111111111x _4111111111111111 4111111111111111_",
            "0.4111111111111111 4111111111111111.5 -4111111111111111 @4111111111111111 #4111111111111111",
            "9f1c-4111-1111-1111-1111 4111-1111-1111-1111-9f1c",
            "4111 1111-1111 1111",
            "4111  1111  1111  1111",
            "0000000000000000 0000 0000 0000 0000 4444444444444444",
            "41111111111111111111 411111111111111",
            "DE89 4111 1111 1111 1111 00",
            "0010: 4111 1111 1111 1111 9f01 and 9f01 4111 1111 1111 1111",
            "ord=6759649826438453",
            "epoch_ns=1799999999999999994 seq=4111111111111111",
            "/status/4111111111111111",
        ] {
            case(text);
        }
    }

    /// Every first four digits and every length have the strength that the table of ranges gives them.
    #[test]
    fn ranges_by_enumeration() {
        let strength = |prefix: u32, len: usize| issuer(format!("{prefix:04}{}", "0".repeat(len - 4)).as_bytes());
        for prefix in 0..10_000 {
            for len in 12..=19 {
                let two = prefix / 100;
                let strong = match len {
                    14 => matches!(two, 36 | 38 | 39) || prefix / 10 / 6 == 50 && prefix / 10 <= 305,
                    15 => matches!(two, 34 | 37),
                    16 => {
                        matches!(two, 40..=49 | 51..=55 | 62 | 65)
                            || matches!(prefix, 2200..=2204 | 2221..=2720 | 3528..=3589 | 6011 | 6440..=6499)
                    }
                    _ => false,
                };
                assert_eq!(strength(prefix, len) == Some(Strength::Strong), strong, "{prefix} {len}");
            }
        }
    }

    #[test]
    fn a_long_line_of_digits_takes_linear_time() {
        for unit in ["4", "4111 ", "4111-1111 ", "4111111111111111 "] {
            let line = unit.repeat((1 << 18) / unit.len());
            trial::redacted("card", line.as_bytes());
        }
    }
}
