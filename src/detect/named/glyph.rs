//! One character of a line, however it is escaped.
//!
//! A log line is text inside text: a JSON string in a JSON string, a percent-encoded form, HTML, rsyslog's octal.
//! Names and separators are read character by character through these escapes; the same spelling that opened a
//! quoted value must close it.

/// How a character is spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Behind so many backslashes, as in `\"`; none is the plain character.
    Slashes(u8),
    /// `\u0022` or `\x22` behind so many backslashes.
    Code(u8),
    /// `%22`, or `%2522` at depth 2.
    Percent(u8),
    /// `&quot;`, `&#34;`.
    Entity,
    /// `#012`.
    Octal,
}

/// A character and the bytes that spell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Glyph {
    pub(super) byte: u8,
    pub(super) len: usize,
    pub(super) form: Form,
}

impl Glyph {
    const fn plain(byte: u8) -> Self {
        Self { byte, len: 1, form: Form::Slashes(0) }
    }

    pub(super) const fn is_quote(self) -> bool {
        matches!(self.byte, b'"' | b'\'' | b'`')
    }

    pub(super) fn is_plain(self) -> bool {
        self.form == Form::Slashes(0)
    }
}

/// More backslashes than four levels of JSON need are no escape.
const MAX_SLASHES: usize = 15;

/// The character at `at`; `None` at the end.
pub(super) fn glyph(line: &[u8], at: usize) -> Option<Glyph> {
    let byte = *line.get(at)?;
    let escaped = match byte {
        b'\\' => backslash(&line[at..]),
        b'%' => percent(&line[at..]),
        b'&' => entity(&line[at..]),
        b'#' => octal(&line[at..]),
        b'^' if line[at..].starts_with(b"^[[") => Some(Glyph { byte: 0x1b, len: 2, form: Form::Octal }),
        _ => None,
    };
    Some(escaped.unwrap_or(Glyph::plain(byte)))
}

/// How many bytes a colour sequence at `at` has; 0 if there is none.
pub(super) fn colour(line: &[u8], at: usize) -> usize {
    let Some(Glyph { byte: 0x1b, len, .. }) = glyph(line, at) else { return 0 };
    let rest = &line[at + len..];
    if rest.first() != Some(&b'[') {
        return 0;
    }
    let digits = rest[1..].iter().take(16).take_while(|b| b.is_ascii_digit() || **b == b';').count();
    if matches!(rest.get(1 + digits), Some(b'm' | b'K')) { len + 2 + digits } else { 0 }
}

/// How many bytes the marker at `at` has, with its label; 0 if there is none. It stands for what was there before, so
/// whoever looks for the end of a value goes over it in one step.
pub(in crate::detect) fn mark(line: &[u8], at: usize) -> usize {
    let Some(rest) = line.get(at..).and_then(|text| text.strip_prefix(MARKER)) else { return 0 };
    let label =
        rest.iter().take(64).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'-' | b' ')).count();
    let labelled = label == 0 || rest[0] == b':';
    if labelled && rest.get(label) == Some(&b']') { MARKER.len() + label + 1 } else { 0 }
}

/// How a marker begins.
pub(super) const MARKER: &[u8] = b"[REDACTED";

/// Where blanks and colours that begin at `at` end. Blanks are looked at for 64 bytes.
pub(super) fn skip_blanks(line: &[u8], mut at: usize) -> usize {
    let limit = at + 64;
    while at < limit {
        match line.get(at) {
            Some(b' ' | b'\t') => at += 1,
            Some(0x1b | b'\\' | b'#' | b'^') if colour(line, at) > 0 => at += colour(line, at),
            _ => break,
        }
    }
    at
}

fn backslash(text: &[u8]) -> Option<Glyph> {
    let n = text.iter().take_while(|b| **b == b'\\').count();
    if n > MAX_SLASHES {
        // Read in part, the rest of them would be an escape.
        return Some(Glyph { len: n, ..Glyph::plain(b'\\') });
    }
    let form = Form::Slashes(n as u8);
    let code = Form::Code(n as u8);
    match *text.get(n)? {
        byte @ (b'"' | b'\'' | b'`' | b'/') => Some(Glyph { byte, len: n + 1, form }),
        b'n' => Some(Glyph { byte: b'\n', len: n + 1, form }),
        b'r' => Some(Glyph { byte: b'\r', len: n + 1, form }),
        b't' => Some(Glyph { byte: b'\t', len: n + 1, form }),
        b'u' => {
            let digits = text.get(n + 1..n + 5)?.strip_prefix(b"00")?;
            Some(Glyph { byte: hex(digits)?, len: n + 5, form: code })
        }
        b'x' => Some(Glyph { byte: hex(text.get(n + 1..n + 3)?)?, len: n + 3, form: code }),
        b'e' if text.get(n + 1) == Some(&b'[') => Some(Glyph { byte: 0x1b, len: n + 1, form }),
        b'0' if text[n..].starts_with(b"033[") => Some(Glyph { byte: 0x1b, len: n + 3, form }),
        _ => None,
    }
}

fn percent(text: &[u8]) -> Option<Glyph> {
    let byte = hex(text.get(1..3)?)?;
    if byte == b'%'
        && let Some(byte) = text.get(3..5).and_then(hex)
    {
        return Some(Glyph { byte, len: 5, form: Form::Percent(2) });
    }
    Some(Glyph { byte, len: 3, form: Form::Percent(1) })
}

fn entity(text: &[u8]) -> Option<Glyph> {
    const ENTITIES: &[(&[u8], u8)] = &[
        (b"&quot;", b'"'),
        (b"&#34;", b'"'),
        (b"&#x22;", b'"'),
        (b"&apos;", b'\''),
        (b"&#39;", b'\''),
        (b"&#x27;", b'\''),
        (b"&amp;", b'&'),
        (b"&#38;", b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&#61;", b'='),
        (b"&nbsp;", b' '),
    ];
    let (spelt, byte) = ENTITIES.iter().find(|(spelt, _)| text.starts_with(spelt))?;
    Some(Glyph { byte: *byte, len: spelt.len(), form: Form::Entity })
}

/// What rsyslog writes for control characters: `#` and three octal digits.
fn octal(text: &[u8]) -> Option<Glyph> {
    let byte = match text.get(1..4)? {
        b"011" => b'\t',
        b"012" => b'\n',
        b"015" => b'\r',
        b"033" => 0x1b,
        _ => return None,
    };
    Some(Glyph { byte, len: 4, form: Form::Octal })
}

fn hex(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0u8, |value, digit| {
        let digit = (*digit as char).to_digit(16)?;
        Some(value << 4 | digit as u8)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str, byte: u8, len: usize, form: Form) {
        assert_eq!(glyph(text.as_bytes(), 0), Some(Glyph { byte, len, form }), "{text}");
    }

    #[test]
    fn characters_are_read_through_their_escapes() {
        case("\"x", b'"', 1, Form::Slashes(0));
        case(r#"\"x"#, b'"', 2, Form::Slashes(1));
        case(r#"\\\"x"#, b'"', 4, Form::Slashes(3));
        case(r"\u003dx", b'=', 6, Form::Code(1));
        case(r"\x3ax", b':', 4, Form::Code(1));
        case("%3Dx", b'=', 3, Form::Percent(1));
        case("%253dx", b'=', 5, Form::Percent(2));
        case("&quot;x", b'"', 6, Form::Entity);
        case("#012x", b'\n', 4, Form::Octal);
        case(r"\nx", b'\n', 2, Form::Slashes(1));
        case(r"\qx", b'\\', 1, Form::Slashes(0));
        case("%zz", b'%', 1, Form::Slashes(0));
        case("#12", b'#', 1, Form::Slashes(0));
    }

    #[test]
    fn colours_are_seen_in_every_spelling() {
        for text in ["\x1b[36mx", r"\u001b[36mx", r"\x1b[36mx", r"\033[36mx", r"\e[36mx", "#033[36mx", "^[[36mx"] {
            assert_eq!(&text.as_bytes()[colour(text.as_bytes(), 0)..], b"x", "{text}");
        }
        assert_eq!(colour(b"[36mx", 0), 0);
    }
}
