//! Dates that are called dates of birth: the name before or behind decides, any usual spelling of a date will do.

use memchr::memchr;

use super::near;
use crate::detect::boundary::free_before;
use crate::detect::named::glyph;
use crate::span::Span;

/// What the sieve looks for.
pub(crate) const NEEDLES: [&str; 7] = ["birth", "dob", "d.o.b", "born", "geburtsdatum", "naissance", "nacimiento"];

/// Bytes between the name and the date.
const REACH: usize = 32;

/// The date that the name at `at` speaks of: the next one behind it, or the last before it.
pub(crate) fn find(line: &[u8], at: usize) -> Option<Span> {
    let word = line[at..].iter().take(24).take_while(|b| b.is_ascii_alphabetic() || **b == b'.').count();
    let name = &line[at..at + word.min(5)];
    // `dob` and `born` begin or end other words.
    let whole = free_before(line, at) || line[at].is_ascii_uppercase() || line[..at].ends_with(b"_");
    let short = [&b"dob"[..], b"born"].iter().any(|n| name.len() >= n.len() && name[..n.len()].eq_ignore_ascii_case(n));
    if short
        && !(whole && (3..=4).contains(&line[at..at + word].iter().take_while(|b| b.is_ascii_alphabetic()).count()))
    {
        return None;
    }
    // A marker behind the name was the date that it spoke of.
    behind(line, at + word).or_else(|| before(line, at).filter(|_| !is_marked(line, at + word)))
}

fn is_marked(line: &[u8], from: usize) -> bool {
    let ahead = &line[from..line.len().min(from + REACH)];
    memchr(b'[', ahead).is_some_and(|open| glyph::mark(line, from + open) > 0)
}

fn behind(line: &[u8], from: usize) -> Option<Span> {
    for at in from..line.len().min(from + REACH) {
        let byte = line[at];
        if matches!(byte, b'[' | b']' | b';' | b'|' | b'&') {
            return None;
        }
        let month = byte.is_ascii_alphabetic() && free_before(line, at) && is_month(word_at(line, at));
        if byte.is_ascii_digit() || month {
            // A number that is no date ends the search.
            return date(line, at).filter(|span| free_before(line, at) && near::ends_date(&line[span.end..]));
        }
    }
    None
}

fn before(line: &[u8], at: usize) -> Option<Span> {
    let from = at.saturating_sub(REACH + 20);
    let starts =
        (from..at).filter(|i| line[*i].is_ascii_digit() && free_before(line, *i) && !near::touches(&line[..*i]));
    let dates = starts.filter_map(|start| date(line, start));
    let gap = |span: &Span| {
        let text = line.get(span.end..at).unwrap_or(b"[");
        text.len() <= 16 && text.first() == Some(&b' ') && text.iter().all(|b| b.is_ascii_lowercase() || *b == b' ')
    };
    dates.filter(|span| span.len() >= 8).find(gap)
}

/// The date that begins at `at`.
fn date(line: &[u8], at: usize) -> Option<Span> {
    let mut next = at;
    let (first, len) = part(line, &mut next)?;
    if len == 8 && first < 100_000_000 {
        let text = first as usize;
        let fits = |year: usize, month: usize, day: usize| {
            (1880..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
        };
        let solid = fits(text / 10_000, text / 100 % 100, text % 100)
            || fits(text % 10_000, text / 10_000 % 100, text / 1_000_000);
        return solid.then(|| Span::new(at, next));
    }
    let separator = separator(line, &mut next)?;
    let (second, second_len) = part(line, &mut next)?;
    let again = self::separator(line, &mut next)?;
    let (third, third_len) = part(line, &mut next)?;
    let day = |n: u32, len: usize| (1..=2).contains(&len) && (1..=31).contains(&n);
    let year = |n: u32, len: usize| (len == 4 && (1880..2100).contains(&n)) || len == 2;
    let words = len == 0 || second_len == 0;
    let fits = match (len, second_len) {
        (4, _) => year(first, 4) && day(second, second_len.max(1)) && day(third, third_len),
        _ => day(first, len.max(1)) && day(second, second_len.max(1)) && year(third, third_len),
    };
    (fits && (words || separator == again)).then(|| Span::new(at, next))
}

/// A number, or the name of a month with the length 0.
fn part(line: &[u8], next: &mut usize) -> Option<(u32, usize)> {
    let rest = line.get(*next..)?;
    let digits = rest.iter().take(9).take_while(|b| b.is_ascii_digit()).count();
    if digits > 0 {
        *next += digits;
        let value = rest[..digits.min(8)].iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        return (digits <= 8).then_some((value, digits));
    }
    let word = word_at(line, *next);
    *next += word.len();
    is_month(word).then_some((1, 0))
}

fn separator(line: &[u8], next: &mut usize) -> Option<u8> {
    let rest = line.get(*next..)?;
    let skip = match rest {
        [b',' | b'.', b' ', ..] => 2,
        [b's' | b'n' | b'r' | b't', b't' | b'd' | b'h', b' ', ..] => 3,
        [b'-' | b'/' | b'.' | b' ', ..] => 1,
        [b'\\', b'/', ..] => 2,
        _ => return None,
    };
    *next += skip;
    Some(rest[skip - 1])
}

fn word_at(line: &[u8], at: usize) -> &[u8] {
    let len = line[at..].iter().take(12).take_while(|b| b.is_ascii_alphabetic()).count();
    &line[at..at + len]
}

fn is_month(word: &[u8]) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    MONTHS.iter().any(|month| {
        let short = &month.as_bytes()[..3];
        word.eq_ignore_ascii_case(month.as_bytes()) || word.eq_ignore_ascii_case(short)
    })
}
