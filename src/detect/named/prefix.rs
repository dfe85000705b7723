//! What languages write before a quoted text: the letter of a literal, a conversion, what a print wraps it in.

use super::glyph::glyph;

/// Behind the letter of a literal, as in `b'x'`, `@"x"`, `f"x"`.
pub(super) fn skip_prefix(line: &[u8], at: usize) -> usize {
    // A conversion of Go.
    let at = if line[at..].starts_with(b"[]byte(") { at + 7 } else { at };
    let at = at + wrapping(&line[at..]);
    let letters = line[at..].iter().take(2).take_while(|b| b"bBrRuUfFLN@".contains(b)).count();
    let quoted = letters > 0 && glyph(line, at + letters).is_some_and(|g| matches!(g.byte, b'"' | b'\''));
    if quoted { at + letters } else { at }
}

/// Length of what a print has before a quoted text: Rust's `Some(`, PHP's `string(11) `, Erlang's `<<`.
fn wrapping(text: &[u8]) -> usize {
    let len = match text {
        [b'S', b'o', b'm', b'e', b'(', ..] => 5,
        [b'<', b'<', ..] => 2,
        [b's', b't', b'r', b'i', b'n', b'g', b'(', rest @ ..] => {
            let digits = rest.iter().take(8).take_while(|b| b.is_ascii_digit()).count();
            if rest[digits..].starts_with(b") ") { 7 + digits + 2 } else { 0 }
        }
        _ => 0,
    };
    if len > 0 && glyph(text, len).is_some_and(|g| g.byte == b'"') { len } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_before_a_quote_is_skipped() {
        for text in ["b\"x\"", "@\"x\"", "N'x'", "Some(\"x\")", "string(11) \"x\"", "<<\"x\">>", "[]byte(\"x\")"] {
            let at = skip_prefix(text.as_bytes(), 0);
            assert!(matches!(text.as_bytes()[at], b'"' | b'\''), "{text}");
        }
        for text in ["bx", "Some(x)", "string(11)", "<<x", "N x"] {
            assert_eq!(skip_prefix(text.as_bytes(), 0), 0, "{text}");
        }
    }
}
