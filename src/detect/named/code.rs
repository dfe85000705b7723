//! Values that are a piece of source code or of a sentence: what stands behind a name in a traceback or in prose.
//!
//! Code is believed only where the value is bare, and more readily where blanks stand around the sign.

use super::glyph::mark;
use super::innocent::{Value, listed};
use super::link::Join;
use crate::detect::check::words;
use crate::detect::text::Kinds;

/// What stands between two strings that code joins, `' + name + '`, or a question, `Password for x: `.
pub(super) fn spliced(text: &[u8]) -> bool {
    let signs = |b: &u8| matches!(b, b'\'' | b'"' | b'`' | b' ' | b'.' | b'+');
    let plus = text.iter().take_while(|b| signs(b)).any(|b| *b == b'+')
        && text.iter().rev().take_while(|b| signs(b)).any(|b| *b == b'+');
    let asks = text.ends_with(b": ") && text.iter().all(|b| b.is_ascii_alphabetic() || b" :".contains(b));
    // `'Password for "'`, before the user's name.
    let opens = text
        .strip_suffix(b"\"")
        .map(|t| t.trim_suffix_slashes())
        .and_then(|t| t.strip_suffix(b" "))
        .is_some_and(|words| words.iter().all(|b| b.is_ascii_alphabetic() || *b == b' '));
    // PHP's, `'password = '.$x['y']`.
    plus || asks || opens || text.starts_with(b".$") || text.starts_with(b". $")
}

/// Several words that make a sentence rather than a passphrase.
pub(super) fn sentence(text: &[u8]) -> bool {
    #[rustfmt::skip]
    const GRAMMAR: &[&str] = &[
        "is", "are", "the", "a", "an", "to", "of", "for", "your", "must", "be", "not", "in", "and", "with", "was",
        "at", "from", "this", "that", "has", "you", "or", "no", "please", "by", "on", "it", "cannot", "should",
    ];
    let words = || text.split(|b| *b == b' ').filter(|w| !w.is_empty());
    words().count() >= 3
        && words().all(|w| words::plain(w.trim_ascii_end().trim_suffix_signs()))
        && (words().any(|w| listed(GRAMMAR, w)) || text.ends_with(b"."))
}

trait TrimSigns {
    fn trim_suffix_signs(&self) -> &Self;
    fn trim_suffix_slashes(&self) -> &Self;
}

impl TrimSigns for [u8] {
    fn trim_suffix_signs(&self) -> &Self {
        let signs = self.iter().rev().take_while(|b| b".,:;!?'\"()".contains(b)).count();
        &self[..self.len() - signs]
    }

    fn trim_suffix_slashes(&self) -> &Self {
        &self[..self.len() - self.iter().rev().take_while(|b| **b == b'\\').count()]
    }
}

/// A call, an index, a member: what a bare value is in source code.
pub(super) fn code(value: &Value<'_>, kinds: Kinds) -> bool {
    let text = value.text;
    let is_name = |t: &[u8]| {
        t.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$' | b'&' | b'*' | b'@'))
            && t[1..].iter().all(|b| b.is_ascii_alphanumeric() || b"_.:>-$?!".contains(b))
    };
    let tail = value.behind.first();
    // `{request.headers['X-API-Key']}` in an f-string.
    if let Some([inner @ .., b'[' | b'(']) = text.strip_prefix(b"{")
        && matches!(tail, Some(b'\'' | b'"' | b'\\'))
        && !inner.is_empty()
        && is_name(inner)
    {
        return true;
    }
    if structure(value) || (colon(value) && value.behind.starts_with(b" = ")) {
        return true;
    }
    if kinds.any(Kinds::OPEN)
        && let Some(open) = text.iter().position(|b| matches!(b, b'(' | b'['))
    {
        let shut = text[open..].iter().any(|b| matches!(b, b')' | b']')) || matches!(tail, Some(b')' | b']'));
        let rest = &text[open + 1..];
        let opened = rest.is_empty()
            || (value.loose() && rest.iter().all(|b| b.is_ascii_alphanumeric() || b"_.[](*&".contains(b)));
        return is_name(&text[..open.max(1)]) && open > 0 && (shut || opened);
    }
    #[rustfmt::skip]
    const RECEIVERS: &[&str] = &[
        "self.", "this.", "os.", "process.env", "request.", "req.", "config.", "settings.", "cls.", "env.", "args.",
        "options.", "opts.", "params.", "ctx.", "context.", "app.", "data.", "var.", "local.", "module.", "secrets.",
    ];
    if kinds.any(Kinds::DOT) && RECEIVERS.iter().any(|r| text.starts_with(r.as_bytes())) {
        return is_name(text);
    }
    let letters = !kinds.any(Kinds::DIGIT) && is_name(text);
    letters
        && match value.join {
            Join::Sign { colon: false, loose: true } => {
                words::plain(text) || (text.len() < 20 && words::changes_case_as_words_do(text))
            }
            Join::Sign { colon: true, loose: true } => compound(text),
            Join::Sign { .. } => {
                compound(text)
                    && (text.contains(&b'_') && !text.iter().any(u8::is_ascii_lowercase)
                        || (member(text) && is_cased(text)))
            }
            _ => false,
        }
}

/// A number as C writes flags, or a switch.
pub(super) fn constant(text: &[u8]) -> bool {
    if matches!(text, b"0" | b"1" | b"-1") {
        return true;
    }
    let text = text.strip_prefix(b"-").unwrap_or(text);
    text.len() <= 10 && text.strip_prefix(b"0x").is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
}

/// The beginning of a structure, `{user=`, `[{`, `&Foo{`; not a bracket that closes again with more behind it.
fn structure(value: &Value<'_>) -> bool {
    let text = value.text;
    let close = match text.first() {
        Some(b'[') if text.starts_with(b"[]") => return true,
        Some(b'[') => b']',
        Some(b'{') => b'}',
        Some(b'(') => b')',
        _ => return text.ends_with(b"{") || text.starts_with(b"&") || text == b"\\",
    };
    let closed = text.iter().position(|b| *b == close).is_some_and(|at| at + 1 < text.len());
    !closed && (value.loose() || text.iter().any(|b| matches!(b, b'=' | b':')))
}

fn colon(value: &Value<'_>) -> bool {
    matches!(value.join, Join::Sign { colon: true, .. })
}

/// Made of parts, as identifiers are: `fooBar`, `foo.bar`, `FOO_BAR`.
fn compound(text: &[u8]) -> bool {
    let humps = text.windows(2).any(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase());
    (humps && words::plain(text)) || member(text) || (text.contains(&b'_') && words::plain(text))
}

/// `foo.bar`, `foo->bar`, `Foo::bar`.
fn member(text: &[u8]) -> bool {
    let parts = text.iter().filter(|b| matches!(b, b'.' | b'>' | b':')).count();
    parts > 0 && words::plain(text.trim_suffix_signs())
}

/// In runs that change case as words do, short ones too: what a generator makes of letters and dots seldom is.
fn is_cased(text: &[u8]) -> bool {
    text.split(|b| !b.is_ascii_alphabetic()).all(|run| run.len() < 5 || words::changes_case_as_words_do(run))
}

/// A word that a sentence goes on behind, after `name: ` or `name `.
pub(super) fn prose(value: &Value<'_>) -> bool {
    let text = value.text.trim_suffix_signs();
    if !value.loose() || !text.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'\'')) {
        return false;
    }
    let Some((b' ', rest)) = value.behind.split_first() else { return false };
    if mark(rest, 0) > 0 {
        return true;
    }
    let word = rest.iter().take(20).take_while(|b| b.is_ascii_alphabetic()).count();
    (word > 0 || rest.first() == Some(&b'/')) && !matches!(rest.get(word), Some(b'=' | b':' | b'_' | b'"'))
}
