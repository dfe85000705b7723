//! The whole name that a stem is part of.
//!
//! Both walks are bounded, so that a stem costs the same wherever it stands.

use super::glyph::{glyph, mark};
use super::seen::Seen;
use crate::catalogue::names::{Class, Names};
use crate::detect::boundary::ends_in_escape;
use crate::span::Span;

/// How far a name is followed to the left and to the right of its stem, in bytes.
const REACH: usize = 64;

/// The run of letters, digits, `_`, `-` and `.` around `at`, without dashes and dots at its ends.
pub(super) fn around(line: &[u8], at: usize) -> Span {
    let mut start = at;
    while start > 0 && at - start < REACH && is_part(line[start - 1]) && !escape_ends(line, start) {
        start -= 1;
    }
    let ahead = line[at..].iter().take(REACH).take_while(|b| is_part(**b)).count();
    let mut end = at + ahead;
    while end > at && matches!(line[end - 1], b'-' | b'.') {
        end -= 1;
    }
    while start < at && matches!(line[start], b'-' | b'.') {
        start += 1;
    }
    Span::new(start, end)
}

/// What the name at `span` is, alone or with the word before it: `api key`, `primary key`.
pub(super) fn class(names: &Names, seen: &mut Seen, line: &[u8], span: Span) -> Option<(Class, Span)> {
    let alone = seen.know(names, &line[span.range()]);
    let both = if alone.word { word_before(line, span.start) } else { None };
    let both = both.and_then(|start| {
        let both = Span::new(start, span.end);
        Some((seen.know(names, &line[both.range()]).class?, both))
    });
    let found = match (alone.class, both) {
        (Some(Class::Excluded), _) | (_, Some((Class::Excluded, _))) => return None,
        (Some(alone), Some((class, span))) if class < alone => (class, span),
        (Some(alone), _) => (alone, span),
        (None, both) => both?,
    };
    Some(found)
}

/// Where the word begins that ends one blank before `at`.
fn word_before(line: &[u8], at: usize) -> Option<usize> {
    let end = at.checked_sub(1).filter(|i| line[*i] == b' ')?;
    let len = line[..end].iter().rev().take(24).take_while(|b| b.is_ascii_alphabetic()).count();
    let start = end - len;
    (len > 1 && !(start > 0 && line[start - 1] == b'\\')).then_some(start)
}

pub(super) const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

/// Length of the name that begins at `at`, as far as 40 bytes. What was taken out of it counts as a letter would.
pub(super) fn ahead(line: &[u8], at: usize) -> usize {
    let marked = mark(line, at);
    marked + line.get(at + marked..).map_or(0, |rest| rest.iter().take(40).take_while(|b| is_part(**b)).count())
}

/// Behind `[]`, `]` and `%5B%5D`, as in `password[]=`, `user[password]=` and `["password"] =`.
pub(super) fn skip_brackets(line: &[u8], mut at: usize) -> usize {
    for _ in 0..3 {
        match glyph(line, at) {
            Some(g) if g.byte == b']' => at += g.len,
            Some(g) if g.byte == b'[' && glyph(line, behind_size(line, at + g.len)).is_some_and(|g| g.byte == b']') => {
                at = behind_size(line, at + g.len);
            }
            _ => break,
        }
    }
    at
}

/// Behind the size of an array, as in `char password[32] =`.
fn behind_size(line: &[u8], at: usize) -> usize {
    at + line.get(at..).map_or(0, |rest| rest.iter().take(4).take_while(|b| b.is_ascii_digit()).count())
}

/// Whether what stands before `at` only looks like a part of the name: `%22`, `\n`, `#012`, the end of a colour.
fn escape_ends(line: &[u8], at: usize) -> bool {
    line[at - 1].is_ascii_alphanumeric() && ends_in_escape(&line[at.saturating_sub(24)..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str, want: &str) {
        let at = text.find("token").unwrap();
        let span = around(text.as_bytes(), at);
        assert_eq!(&text[span.range()], want, "{text}");
    }

    #[test]
    fn names_end_where_escapes_begin() {
        case("my_token=1", "my_token");
        case("a b.token-x: 1", "b.token-x");
        case("--token=1", "token");
        case("the token.", "token");
        case(r"x\ntoken=1", "token");
        case("%22token%22", "token");
        case(r"\u0022token\u0022", "token");
        case("#012token=", "token");
        case("\x1b[36mtoken\x1b[0m", "token");
        case("token->x", "token");
    }

    #[test]
    fn a_word_before_may_belong_to_the_name() {
        let names = Names::builtin();
        let class =
            |text: &str, at: usize| class(&names, &mut Seen::default(), text.as_bytes(), around(text.as_bytes(), at));
        assert_eq!(class("my API key: x", 7), Some((Class::Strong, Span::new(3, 10))));
        assert_eq!(class("primary key: x", 8), None);
        assert_eq!(class("the key: x", 4), Some((Class::Weak, Span::new(4, 7))));
    }
}
