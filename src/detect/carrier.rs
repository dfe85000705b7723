//! What a value stands in, as far as the marker must know: a bare JSON number or boolean needs quotes to stay JSON.

use crate::span::{Quote, Span};

/// The quotes that a marker in place of `span` needs.
///
/// A bare value stands behind `:` and a quoted name, or behind `[` or `,`, and before `,`, `}` or `]`. The level of
/// escaping is read off the nearest quote before it.
pub(crate) fn quote(text: &[u8], span: Span) -> Quote {
    if !bare(&text[span.range()]) {
        return Quote::None;
    }
    let after = text[span.end..].iter().find(|b| !b.is_ascii_whitespace());
    if !matches!(after, Some(b',' | b'}' | b']')) {
        return Quote::None;
    }
    let before = trim(&text[span.start.saturating_sub(REACH)..span.start]);
    match before.split_last() {
        Some((b':', name)) => match trim(name).split_last() {
            Some((b'"', escapes)) => level(escapes),
            _ => Quote::None,
        },
        Some((b'[' | b',', rest)) => match rest.iter().rposition(|b| *b == b'"') {
            Some(quote) => level(&rest[..quote]),
            None => Quote::None,
        },
        _ => Quote::None,
    }
}

/// How far back a name is looked for.
const REACH: usize = 256;

/// A JSON number, `true`, `false` or `null`.
fn bare(value: &[u8]) -> bool {
    match value.first() {
        Some(b'0'..=b'9' | b'-') => value.iter().all(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')),
        Some(b't' | b'f' | b'n') => matches!(value, b"true" | b"false" | b"null"),
        _ => false,
    }
}

fn trim(text: &[u8]) -> &[u8] {
    text.trim_ascii_end()
}

/// From the backslashes before a quote to the level of escaping: 0, 1, 3, 7 are levels 0, 1, 2, 3.
fn level(escapes: &[u8]) -> Quote {
    let backslashes = escapes.iter().rev().take_while(|b| **b == b'\\').count();
    Quote::Json((backslashes + 1).ilog2() as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(before: &str, value: &str, after: &str, want: Quote) {
        let text = [before, value, after].concat();
        assert_eq!(quote(text.as_bytes(), Span::new(before.len(), before.len() + value.len())), want, "{text}");
    }

    #[test]
    fn only_bare_json_values_are_quoted() {
        case(r#"{"pin":"#, "1234", "}", Quote::Json(0));
        case(r#"{"pin": "#, "-12.5e3", " , ", Quote::Json(0));
        case(r#"{"m":"{\"pin\":"#, "true", r#"}"}"#, Quote::Json(1));
        case(r#"{"m":"{\"n\":\"{\\\"pin\\\":"#, "1", r#"}\"}"}"#, Quote::Json(2));
        case(r#"{"pins":["#, "1234", ",5]", Quote::Json(0));
        case(r#"{"pin":""#, "1234", r#""}"#, Quote::None);
        case("pin: ", "1234", ", x", Quote::None);
        case("pin=", "1234", "", Quote::None);
        case(r#"{"pin":"#, "12ab", "}", Quote::None);
    }
}
