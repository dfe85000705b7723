//! A password beside its user, as in `{user: bob, password: pass}`: a word that would be a placeholder or a variable
//! elsewhere is believed there.

use super::ident::is_part;
use crate::span::Span;

/// How far before the password's name the user's may begin, in bytes.
const REACH: usize = 96;

/// The name before a password's: what it says, and what stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User<'l> {
    pub(super) value: &'l [u8],
    pub(super) quoted: bool,
}

/// The user whose pair ends directly before the name at `name`.
pub(super) fn before<'l>(line: &'l [u8], name: Span) -> Option<User<'l>> {
    let from = name.start.saturating_sub(REACH);
    let text = &line[from..name.start];
    // `, "`, `; $`, `;" & "`: what parts two pairs.
    let parts = |b: &u8| matches!(b, b' ' | b'"' | b'\'' | b'\\' | b'$' | b',' | b';' | b'&' | b'+');
    let (text, between) = cut(text, parts);
    if !between.iter().any(|b| matches!(b, b',' | b';')) {
        return None;
    }
    // What stands first between the two closes the value.
    let quoted = matches!(between.first(), Some(b'"' | b'\'' | b'\\'));
    let (text, value) = cut(text, |b| is_part(*b) || *b == b'@');
    let (text, sign) = cut(text, |b| matches!(b, b':' | b'=' | b'>' | b' ' | b'"' | b'\'' | b'\\'));
    let (_, user) = cut(text, |b| is_part(*b) || *b == b' ');
    let signed = sign.iter().any(|b| matches!(b, b':' | b'='));
    (signed && !value.is_empty() && is_user(user)).then_some(User { value, quoted })
}

/// `text` before its last run of bytes of a kind, and that run.
fn cut(text: &[u8], kind: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.len() - text.iter().rev().take_while(|b| kind(b)).count())
}

/// Whether a name is that of a user.
fn is_user(name: &[u8]) -> bool {
    ["user", "username", "user_name", "login", "uid", "user id", "userid"].iter().any(|word| {
        let at = name.len().checked_sub(word.len());
        at.is_some_and(|at| {
            name[at..].eq_ignore_ascii_case(word.as_bytes()) && (at == 0 || !name[at - 1].is_ascii_alphanumeric())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str, want: Option<(&str, bool)>) {
        let at = text.to_ascii_lowercase().rfind("pass").unwrap();
        let found = before(text.as_bytes(), Span::new(at, at + 4));
        assert_eq!(found, want.map(|(value, quoted)| User { value: value.as_bytes(), quoted }), "{text}");
    }

    #[test]
    fn a_pair_before_is_a_users() {
        case("{user: bob, pass", Some(("bob", false)));
        case(r#"{"username":"bob","pass"#, Some(("bob", true)));
        case(r#"{\"user\":\"bob\", \"pass"#, Some(("bob", true)));
        case(r#"$user = "bob"; $pass"#, Some(("bob", true)));
        case(r#""User ID=bob; " & "Pass"#, Some(("bob", false)));
    }

    #[test]
    fn other_names_are_none() {
        for text in ["pass", "bob, pass", "user, pass", "{host: x, pass", "superuser: x pass", "user=x&pass"] {
            case(text, None);
        }
    }
}
