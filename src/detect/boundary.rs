//! What may not stand directly beside a token: a letter, a digit or `_`, unless it is the tail of an escape.

use crate::catalogue::Boundary;
use crate::span::Span;

/// Whether `span` of `text` stands free, as `boundary` wants it.
pub(crate) fn holds(boundary: Boundary, text: &[u8], span: Span) -> bool {
    match boundary {
        Boundary::None => true,
        Boundary::Left => free_before(text, span.start),
        Boundary::Token => free_before(text, span.start) && !text.get(span.end).is_some_and(|b| is_word(*b)),
    }
}

/// A letter, a digit or `_`.
pub(crate) const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether no word goes on over `at` from the left.
pub(crate) fn free_before(text: &[u8], at: usize) -> bool {
    match text[..at].last() {
        Some(last) if is_word(*last) => ends_in_escape(&text[..at]),
        _ => true,
    }
}

/// Whether `text` ends in an escape whose last byte is a letter or a digit: `\n`, `%3D`, `\u003d`, `\x3d`, `#012`
/// (rsyslog's octal) or a colour, `ESC [ 3 2 m`, raw or escaped.
pub(crate) fn ends_in_escape(text: &[u8]) -> bool {
    let at = |back: usize| text.len().checked_sub(back).map(|i| text[i]);
    let hex = |backs: std::ops::RangeInclusive<usize>| {
        backs.into_iter().all(|b| at(b).is_some_and(|c| c.is_ascii_hexdigit()))
    };
    let octal = |backs: std::ops::RangeInclusive<usize>| {
        backs.into_iter().all(|b| at(b).is_some_and(|c| matches!(c, b'0'..=b'7')))
    };
    if at(2) == Some(b'\\') && matches!(at(1), Some(b'n' | b't' | b'r' | b'b' | b'f' | b'v' | b'a' | b'e' | b'0')) {
        return true;
    }
    if at(3) == Some(b'%') && hex(1..=2) {
        return true;
    }
    if at(4) == Some(b'\\') && at(3) == Some(b'x') && hex(1..=2) {
        return true;
    }
    if at(6) == Some(b'\\') && at(5) == Some(b'u') && hex(1..=4) {
        return true;
    }
    (at(4) == Some(b'#') && octal(1..=3)) || ends_in_colour(text)
}

/// Whether `text` ends in a colour sequence: `[`, digits and `;`, `m`, behind an escape character in any spelling.
fn ends_in_colour(text: &[u8]) -> bool {
    let Some((b'm', rest)) = text.split_last() else { return false };
    let digits = rest.iter().rev().take(16).take_while(|b| b.is_ascii_digit() || **b == b';').count();
    let Some((b'[', rest)) = rest[..rest.len() - digits].split_last() else { return false };
    [&b"\x1b"[..], b"\\u001b", b"\\u001B", b"\\x1b", b"\\x1B", b"\\033", b"\\e", b"#033", b"^["]
        .iter()
        .any(|esc| rest.ends_with(esc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(before: &str, free: bool) {
        assert_eq!(free_before(before.as_bytes(), before.len()), free, "{before:?}");
    }

    #[test]
    fn words_bind_and_escapes_do_not() {
        for bound in ["a", "x1", "_", "abcn", "9F", "3D", "[32m", "12m"] {
            case(bound, false);
        }
        for free in
            ["", " ", "-", "\\n", "a\\t", "%3D", "%2f", "\\u003d", "\\x3a", "#012", "\x1b[32m", "\\u001b[1;31m", "é"]
        {
            case(free, true);
        }
    }
}
