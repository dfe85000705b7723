//! What languages write before a quoted text: the letter of a literal, a conversion, what a print wraps it in.

use super::glyph::{Form, glyph};
use super::link::{Join, Link};

/// Behind the letter of a literal, as in `b'x'`, `@"x"`, `f"x"`.
pub(super) fn skip_prefix(line: &[u8], at: usize) -> usize {
    // A conversion of Go.
    let at = if line[at..].starts_with(b"[]byte(") { at + 7 } else { at };
    let at = at + wrapping(&line[at..]);
    let letters = line[at..].iter().take(2).take_while(|b| b"bBrRuUfFLN@".contains(b)).count();
    let quoted = letters > 0 && glyph(line, at + letters).is_some_and(|g| matches!(g.byte, b'"' | b'\''));
    if quoted { at + letters } else { at }
}

/// Behind a tag of YAML at `at` that says how its value is written, `!vault x`; `None` where it says that the value
/// stands elsewhere, as `!Ref x` does. Other tags are no tags: a password may begin in this way.
pub(super) fn skip_tag(line: &[u8], at: usize) -> Option<usize> {
    const TEXT: [&[u8]; 9] =
        [b"vault", b"!str", b"!binary", b"!int", b"!float", b"str", b"binary", b"unsafe", b"encrypted"];
    const ELSEWHERE: [&[u8]; 14] = [
        b"Ref",
        b"Sub",
        b"GetAtt",
        b"ImportValue",
        b"FindInMap",
        b"Join",
        b"Select",
        b"If",
        b"secret",
        b"env",
        b"env_var",
        b"ENV",
        b"include",
        b"reference",
    ];
    let Some(rest) = line.get(at..).and_then(|rest| rest.strip_prefix(b"!")) else { return Some(at) };
    let len = rest.iter().take(16).take_while(|b| !b.is_ascii_whitespace()).count();
    match rest.get(len) {
        // Ansible's vault: the block below is encrypted.
        Some(b' ') if rest.starts_with(b"vault |") => None,
        Some(b' ') if TEXT.contains(&&rest[..len]) => Some(at + 1 + len + 1),
        Some(b' ') if ELSEWHERE.contains(&&rest[..len]) => None,
        _ => Some(at),
    }
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

/// The quoted text that an object is made of, as in `new SecureString("x")` or `SecretStr("x")`, where the object
/// begins at `link`.
pub(super) fn wrapper(line: &[u8], link: &Link) -> Option<Link> {
    if link.quote.is_some() || !matches!(link.join, Join::Sign { .. }) {
        return None;
    }
    let at = link.at + if line[link.at..].starts_with(b"new ") { 4 } else { 0 };
    let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':');
    let len = line[at..].iter().take(64).take_while(part).count();
    let open = at + len;
    if line.get(open) != Some(&b'(') || !holds_secrets(&line[at..open]) {
        return None;
    }
    let inner = Link::new(line, open + 1, Join::Sign { colon: false, loose: true }, Form::Slashes(0), false);
    inner.quote.is_some().then_some(inner)
}

/// Whether a type's name says that its objects are credentials; a verb's does not, whose argument says which.
fn holds_secrets(name: &[u8]) -> bool {
    const HOLD: [&[u8]; 6] = [b"credential", b"secret", b"password", b"passphrase", b"guarded", b"securestring"];
    const MAKE: [&[u8]; 4] = [b"new", b"from", b"of", b"from_str"];
    const VERBS: [&[u8]; 16] = [
        b"Get", b"Read", b"Load", b"Fetch", b"Find", b"Look", b"Has", b"Is", b"Check", b"Verify", b"Valid", b"Prompt",
        b"Ask", b"Env", b"Resolve", b"Parse",
    ];
    let mut words = name.rsplit(|b| matches!(b, b'.' | b':')).filter(|word| !word.is_empty());
    let last = words.next().unwrap_or_default();
    let kind = if MAKE.contains(&last) { words.next().unwrap_or_default() } else { last };
    let holds = |word: &[u8]| kind.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word));
    kind.first().is_some_and(u8::is_ascii_uppercase)
        && HOLD.iter().any(|word| holds(word))
        && !VERBS.iter().any(|verb| kind.starts_with(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_yaml_are_no_values() {
        let case = |text: &str, want: Option<usize>| assert_eq!(skip_tag(text.as_bytes(), 0), want, "{text}");
        case("!vault x", Some(7));
        case("!!str x", Some(6));
        case("!Ref Name", None);
        case("!vault |", None);
        case("!hunter2 x", Some(0));
        case("x", Some(0));
    }

    #[test]
    fn only_types_of_credentials_wrap_one() {
        for name in ["SecretStr", "new.SecureString", "Secret::new", "SecretString.from", "my.StringCredentialValue"] {
            assert!(holds_secrets(name.as_bytes()), "{name}");
        }
        for name in ["getPassword", "GetSecret", "Password.hash", "String", "ReadPassword", "Foo", "", "secret"] {
            assert!(!holds_secrets(name.as_bytes()), "{name}");
        }
    }

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
