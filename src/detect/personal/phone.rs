//! Telephone numbers.
//!
//! Behind a `+` a country's code decides and the number's length; elsewhere the spelling: groups of the North American
//! plan, groups behind a trunk 0, or a mobile number of eleven digits behind one. With a word for a telephone before it
//! any number of seven to fifteen digits is one.
//!
//! Sources: ITU-T E.164 and its list of country codes; ITU-T E.123 for the spelling; North American Numbering Plan.

use super::near::{self, Near};
use crate::detect::boundary::free_before;
use crate::span::Span;

/// Words for a telephone that the sieve looks for.
pub(crate) const NEEDLES: [&str; 11] =
    ["phone", "telefon", "mobile", "mobil_", "msisdn", "whatsapp", "rufnummer", "cell_", "fax", "tel:", "тел"];

/// Bytes between such a word and its number.
const REACH: usize = 24;

/// The number behind the word for a telephone at `at`: any of seven to fifteen digits.
pub(super) fn behind(line: &[u8], at: usize) -> Option<Span> {
    let word = line[at..].iter().take(24).take_while(|b| !b.is_ascii_digit()).count();
    let first = at + word;
    let start = first - usize::from(matches!(line[..first].last(), Some(b'+' | b'(')));
    // Another field's number, or one that is a part of something.
    let between = &line[at..start];
    if word >= REACH
        || between.iter().any(|b| matches!(b, b'[' | b']' | b';' | b'|' | b'&' | b'{' | b'<'))
        || between.contains(&b',')
    {
        return None;
    }
    let number = Number::read(line, if line.get(start) == Some(&b'(') { start } else { first }, 15)?;
    let span = Span::new(start, number.end);
    let fits = (7..=15).contains(&number.len) && number.is_plausible() && near::is_free(line, span, false);
    fits.then(|| Span::new(start, extension(line, number.end)))
}

/// The number whose first digits stand at `at`.
pub(super) fn find(line: &[u8], at: usize, near: &Near<'_>) -> Option<Span> {
    let start = match line[..at].last() {
        Some(b'+') => return international(line, at),
        Some(b'(') => at - 1,
        _ => at,
    };
    // The first group of every national spelling.
    if start == at
        && line[at] != b'0'
        && !matches!(line.get(at + 1..at + 4), Some([b'-' | b'.', ..] | [_, b'-' | b'.', _] | [_, _, b'-' | b'.']))
    {
        return None;
    }
    let number = Number::read(line, start, 15)?;
    let span = Span::new(start, number.end);
    let spaced = line[span.range()].contains(&b' ');
    let national = number.is_american(spaced) || number.has_trunk();
    let dump = number.lens[..number.groups] == [2; 5] && near::in_hex_row(line, span);
    let counts = national && !dump && near::is_free(line, span, spaced) && !(number.groups == 1 && near.is_other());
    counts.then(|| Span::new(start, extension(line, number.end)))
}

fn international(line: &[u8], at: usize) -> Option<Span> {
    let number = Number::read(line, at, 15)?;
    let span = Span::new(at - 1, number.end);
    let code = country(&number.digits[..number.len])?;
    let fits = match code {
        1 => number.len == 11,
        _ => (8..=15).contains(&number.len),
    };
    let before = &line[..at - 1];
    let free = free_before(line, at - 1) && !near::touches(before) && near::ends(&line[span.end..]);
    (fits && free).then(|| Span::new(span.start, extension(line, span.end)))
}

/// Digits in groups.
struct Number {
    digits: [u8; 15],
    len: usize,
    /// Lengths of the first groups.
    lens: [usize; 6],
    groups: usize,
    end: usize,
    bracketed: bool,
    separator: Option<u8>,
    /// All separators are the same.
    even: bool,
}

impl Number {
    /// Reads up to `most` digits from `at` on, in up to six groups with single separators or brackets.
    fn read(line: &[u8], at: usize, most: usize) -> Option<Self> {
        let mut number = Self {
            digits: [0; 15],
            len: 0,
            lens: [0; 6],
            groups: 0,
            end: at,
            bracketed: false,
            separator: None,
            even: true,
        };
        let mut next = at;
        loop {
            let open = line.get(next) == Some(&b'(');
            let from = next + usize::from(open);
            let count = line.get(from..)?.iter().take(most + 1).take_while(|b| b.is_ascii_digit()).count();
            let closed = line.get(from + count) == Some(&b')');
            if count == 0 || number.len + count > most || open != closed && open {
                break;
            }
            number.digits[number.len..number.len + count].copy_from_slice(&line[from..from + count]);
            number.lens[number.groups] = count;
            number.len += count;
            number.groups += 1;
            number.bracketed |= open;
            number.end = from + count + usize::from(open);
            if number.groups == number.lens.len() || (number.digits[0] == b'1' && number.len == 11) {
                break;
            }
            let Some(skip) = number.gap(&line[number.end..], open) else { break };
            next = number.end + skip;
        }
        (number.groups > 0).then_some(number)
    }

    /// How long the separator before the next group is.
    fn gap(&mut self, rest: &[u8], bracketed: bool) -> Option<usize> {
        let skip = match rest {
            [b'(', b'0'..=b'9', ..] => return Some(0),
            [b' ' | b'-', b'(', b'0'..=b'9', ..] => return Some(1),
            [b'0'..=b'9', ..] if bracketed => return Some(0),
            [b' ' | b'-' | b'.' | b'/', b'0'..=b'9', ..] => 1,
            _ => return None,
        };
        if !bracketed {
            self.even &= self.separator.is_none_or(|s| s == rest[0]);
            self.separator = self.separator.or(Some(rest[0]));
        }
        Some(skip)
    }

    /// `415-555-0132`, `(415) 555-0132`, and with a country's code before it.
    fn is_american(&self, spaced: bool) -> bool {
        let lens = &self.lens[..self.groups];
        let skip = match lens {
            [3, 3, 4] => 0,
            [1..=3, 3, 3, 4] => lens[0],
            _ => return false,
        };
        let ten = &self.digits[skip..self.len];
        let plan = |first: u8| (b'2'..=b'9').contains(&first);
        let tight = self.even && !spaced && matches!(self.separator, Some(b'-' | b'.'));
        plan(ten[0]) && plan(ten[3]) && ten[1..3] != *b"11" && (tight || self.bracketed)
    }

    /// `020 7946 0958`, `06 12 34 56 78`, `(030) 1234567`, `09171234567`.
    fn has_trunk(&self) -> bool {
        let lens = &self.lens[..self.groups];
        if self.digits[0] != b'0' || !(b'1'..=b'9').contains(&self.digits[1]) || !(9..=11).contains(&self.len) {
            return false;
        }
        let repeated = self.digits[2..self.len].iter().all(|d| *d == self.digits[2]);
        match lens {
            [11] => self.digits[1] >= b'5' && !repeated,
            [3..=5, 6..=8] => self.bracketed,
            [2, 2, 2, 2, 2] | [_, 3, 2, 2] => self.even,
            [2..=5, rest @ ..] => rest.len() >= 2 && self.even && rest.iter().all(|len| (3..=4).contains(len)),
            _ => false,
        }
    }

    /// Groups that someone could have written so; not a date.
    fn is_plausible(&self) -> bool {
        let lens = &self.lens[..self.groups];
        !matches!(lens, [4, 1..=2, 1..=2] | [1..=2, 1..=2, 4])
            && !matches!(lens, [1, ..])
            && self.digits[..self.len].iter().any(|d| *d != self.digits[0])
    }
}

/// Where an extension ends that begins at `end`: ` x12`, ` ext. 12`.
fn extension(line: &[u8], end: usize) -> usize {
    let rest = &line[end..];
    let rest_at = |text: &[u8]| rest.strip_prefix(text).map(|_| end + text.len());
    let Some(from) = [&b" ext. "[..], b" ext ", b" x", b"x"].into_iter().find_map(rest_at) else { return end };
    let digits = line[from..].iter().take(7).take_while(|b| b.is_ascii_digit()).count();
    if (1..=6).contains(&digits) && near::ends(&line[from + digits..]) { from + digits } else { end }
}

/// The country code that `digits` begin with.
fn country(digits: &[u8]) -> Option<u32> {
    let number = |len: usize| digits.get(..len).map(|d| d.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0')));
    let known = |code: &u32| {
        matches!(
            code,
            1 | 7 | 20 | 27 | 30..=34 | 36 | 39 | 40 | 41 | 43..=49 | 51..=58 | 60..=66 | 81 | 82 | 84 | 86 | 90..=95 | 98
                | 211..=213 | 216 | 218 | 220..=258 | 260..=269 | 290 | 291 | 297..=299 | 350..=359 | 370..=383
                | 385..=387 | 389 | 420 | 421 | 423 | 500..=509 | 590..=599 | 670 | 672..=683 | 685..=692 | 800 | 808
                | 850 | 852 | 853 | 855 | 856 | 870 | 878 | 880..=883 | 886 | 888 | 960..=968 | 970..=977 | 979 | 992..=996 | 998
        )
    };
    [1, 2, 3].into_iter().filter_map(number).find(known)
}
