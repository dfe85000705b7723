//! Authorization schemes before a long value, without the header's name: `Bearer 5f4dcc3b...`.
//!
//! The scheme's word stays. Without a header's name only a value that no prose has is believed.

use super::boundary::free_before;
use super::check;
use super::named::link::{self, Join};
use super::named::{innocent, shape};
use crate::span::Span;

/// What begins one.
pub(crate) const NEEDLES: &[&str] =
    &["bearer", "basic ", "basic%20", "digest ", "apikey ", "negotiate ", "ntlm ", "ssws "];

/// How far a parameter of a digest is looked for.
const REACH: usize = 1024;

/// The credential of the scheme whose word begins at `at`.
pub(crate) fn find(line: &[u8], at: usize) -> Option<Span> {
    if !free_before(line, at) {
        return None;
    }
    let word = line[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let scheme = &line[at..at + word];
    let start = blanks(line, at + word)?;
    if scheme.eq_ignore_ascii_case(b"digest") {
        return digest(line, start);
    }
    // `token_type=bearer expires_in=3600`.
    if link::names_more(line, start) {
        return None;
    }
    let len = line[start..].iter().take_while(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(b)).count();
    let mut end = start + len;
    while end > start && line[end - 1] == b'.' {
        end -= 1;
    }
    let text = &line[start..end];
    let value = innocent::Value { text, quoted: true, join: Join::Flag, behind: &line[end..] };
    let basic = scheme.eq_ignore_ascii_case(b"basic");
    let guilty = if basic {
        text.len() >= 8 && (check::basic(text) || (text.len().is_multiple_of(4) && shape::token(text)))
    } else {
        opaque(text)
    };
    (guilty && !innocent::plainly(&value)).then_some(Span::new(start, end))
}

/// Behind the blanks at `at`; there must be some.
fn blanks(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let spelt = [&b" "[..], b"%20", b"+", b"\\u0020"].into_iter().find(|s| rest.starts_with(s))?;
    let rest = &rest[spelt.len()..];
    let rest = &rest[rest.iter().take_while(|b| **b == b' ').count()..];
    Some(line.len() - rest.len())
}

fn opaque(text: &[u8]) -> bool {
    let count = |class: fn(&u8) -> bool| text.iter().filter(|b| class(b)).count();
    let mixed = text.len() >= 12 && count(u8::is_ascii_digit) >= 3 && count(u8::is_ascii_alphabetic) >= 3;
    shape::token(text) || shape::uuid(text) || (mixed && check::entropy(text) >= 3.0 && !text.contains(&b'/'))
}

/// The proof in `Digest username="x", ..., response="5f4d..."`.
fn digest(line: &[u8], start: usize) -> Option<Span> {
    let rest = &line[start..line.len().min(start + REACH)];
    let sign = memchr::memmem::find(rest, b"response=")?;
    let from = start + sign + 9;
    let from = from + line[from..].iter().take(8).take_while(|b| matches!(b, b'"' | b'\\')).count();
    let len = line[from..].iter().take_while(|b| b.is_ascii_hexdigit()).count();
    (len >= 32).then_some(Span::new(from, from + len))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str, at: usize, want: Option<&str>) {
        assert_eq!(find(text.as_bytes(), at).map(|s| &text[s.range()]), want, "{text}");
    }

    #[test]
    fn only_the_credential_is_found() {
        let token = "5f4dcc3b5aa765d61d8327deb882cf99";
        case(&format!("Bearer {token}"), 0, Some(token));
        case(&format!("bearer%20{token}&x"), 0, Some(token));
        case(&format!("Bearer {token}."), 0, Some(token));
        case("Basic dXNlcjpwdzEyMw==", 0, Some("dXNlcjpwdzEyMw=="));
        case(&format!("Digest username=\"a\", response=\"{token}\", qop=auth"), 0, Some(token));
    }

    #[test]
    fn prose_stays() {
        case("Bearer token missing", 0, None);
        case("Basic authentication required", 0, None);
        case("AuthBearer 5f4dcc3b5aa765d61d8327deb882cf99", 4, None);
        case("Bearer ${TOKEN}", 0, None);
        case("bearer", 0, None);
        case("bearer expires_in=360012", 0, None);
    }
}
