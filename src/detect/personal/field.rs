//! Fields of a record that are called after something personal: `"first_name": "Alice"`, `street=Main Street 1`.
//!
//! Names of people and streets have no shape; a field's name alone tells. Only names that mean nothing else count, with
//! a sign of `=` or `:` between name and value.

use crate::detect::boundary::is_word;
use crate::span::Span;

/// What the sieve looks for: each field's name without its separators is one of these.
pub(crate) const NEEDLES: [&str; 12] =
    ["first", "last", "middle", "maiden", "surname", "given", "family", "full", "street", "postal", "home", "billing"];

/// Names of fields, in small letters without `_`, `-` and blanks.
const NAMES: &[&str] = &[
    "firstname",
    "lastname",
    "middlename",
    "maidenname",
    "surname",
    "givenname",
    "familyname",
    "fullname",
    "streetaddress",
    "streetname",
    "street",
    "street1",
    "streetline1",
    "postaladdress",
    "homeaddress",
    "billingaddress",
    "homeaddress1",
    "billingaddress1",
    "billingname",
    "lastname1",
];

/// The value of the field whose name has a needle at `at`.
pub(crate) fn find(line: &[u8], at: usize) -> Option<Span> {
    let (mut name, mut len, mut next) = ([0; 16], 0, at);
    while let Some(byte) = line.get(next).filter(|b| is_word(**b) || **b == b'-') {
        if !matches!(byte, b'_' | b'-') {
            *name.get_mut(len)? = byte.to_ascii_lowercase();
            len += 1;
        }
        next += 1;
        if next > at + 24 {
            return None;
        }
    }
    let known = NAMES.iter().any(|n| n.as_bytes() == &name[..len]);
    if !known || !begins(line, at) {
        return None;
    }
    let escapes = line[next..].iter().take(4).take_while(|b| **b == b'\\').count();
    let quote = line.get(next + escapes).copied().filter(|b| matches!(b, b'"' | b'\''));
    let from = next + if quote.is_some() { escapes + 1 } else { 0 };
    value(line, from, quote.is_some())
}

/// Whether the name is a whole word, behind a dot, `_`, or a border of camel case.
fn begins(line: &[u8], at: usize) -> bool {
    let before = line[..at].last();
    !before.is_some_and(|b| is_word(*b) && *b != b'_')
        || (line[at].is_ascii_uppercase() && before.is_some_and(u8::is_ascii_lowercase))
}

/// The value behind the sign at `from`.
fn value(line: &[u8], from: usize, json: bool) -> Option<Span> {
    let blanks = |at: usize| line.get(at..).map_or(0, |rest| rest.iter().take(4).take_while(|b| **b == b' ').count());
    let sign = from + blanks(from);
    let spaced = sign > from;
    if !matches!(line.get(sign), Some(b'=' | b':')) || matches!(line.get(sign + 1), Some(b'=' | b':')) {
        return None;
    }
    let start = sign + 1 + blanks(sign + 1);
    let escapes = line.get(start..)?.iter().take(4).take_while(|b| **b == b'\\').count();
    let quote = line.get(start + escapes).copied().filter(|b| matches!(b, b'"' | b'\''));
    let span = match quote {
        Some(quote) => quoted(line, start + escapes + 1, &[&line[start..start + escapes], &[quote]].concat())?,
        None if json || spaced || start > sign + 2 => return None,
        None => bare(line, start),
    };
    let text = &line[span.range()];
    let innocent = [&b"null"[..], b"none", b"nil", b"true", b"false", b"undefined", b"string", b"str"];
    let someone = text.iter().any(|b| b.is_ascii_alphabetic() || *b >= 0x80)
        && !text.starts_with(b"[")
        && !text.iter().any(|b| matches!(b, b'{' | b'}' | b'$' | b'<' | b'(' | b'*'))
        && !innocent.iter().any(|word| text.eq_ignore_ascii_case(word));
    (someone && span.len() <= 128).then_some(span)
}

/// Up to the next `quote`, which is written with the same backslashes.
fn quoted(line: &[u8], start: usize, quote: &[u8]) -> Option<Span> {
    let reach = &line[start..line.len().min(start + 160)];
    let len = memchr::memmem::find(reach, quote)?;
    // An escaped quote is a part of the value that is not looked into.
    (len > 0 && !reach[..len].contains(&b'\\')).then(|| Span::new(start, start + len))
}

fn bare(line: &[u8], start: usize) -> Span {
    let ends = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(b, b',' | b';' | b'&' | b'"' | b'\'' | b')' | b']' | b'}' | b'|' | b'\\' | b'[' | b'>')
    };
    let len = line[start..].iter().take(130).take_while(|b| !ends(b)).count();
    Span::new(start, start + len)
}
