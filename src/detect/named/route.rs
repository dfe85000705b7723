//! The token of a link that sets a password anew: `/reset-password/TOKEN`, `/password/reset/TOKEN`. Whoever has the link
//! has the account.

use super::shape;
use crate::span::Span;

/// What such a path calls itself, in the segment that says `password`.
const PAGES: &[&str] = &[
    "password",
    "passwords",
    "resetpassword",
    "passwordreset",
    "passwordresets",
    "forgotpassword",
    "changepassword",
    "setpassword",
    "newpassword",
    "recoverpassword",
    "createpassword",
];
/// Segments that may stand before the token.
const STEPS: &[&str] = &["reset", "edit", "change", "confirm", "new", "token", "verify", "create", "set", "done"];

/// The token in a path one of whose segments is the name at `name`.
pub(super) fn token(line: &[u8], name: Span) -> Option<Span> {
    if !line[..name.start].ends_with(b"/") || !listed(PAGES, &line[name.range()]) {
        return None;
    }
    let mut at = name.end;
    for _ in 0..3 {
        let rest = line[at..].strip_prefix(b"/")?;
        let len = rest.iter().take(256).take_while(|b| is_part(**b)).count();
        let segment = Span::new(at + 1, at + 1 + len);
        let text = &line[segment.range()];
        if shape::token(text) || shape::uuid(text) {
            return Some(segment);
        }
        if !listed(STEPS, text) {
            return None;
        }
        at = segment.end;
    }
    None
}

const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'=' | b':')
}

/// Whether `text`, less `-` and `_`, is one of `words` in either case.
fn listed(words: &[&str], text: &[u8]) -> bool {
    let letters = || text.iter().filter(|b| !matches!(b, b'-' | b'_')).map(u8::to_ascii_lowercase);
    text.len() <= 32 && words.iter().any(|word| letters().eq(word.bytes()))
}

#[cfg(test)]
mod tests {
    use crate::detect::trial;

    fn case(marked: &str) {
        trial::case("named-value", marked);
    }

    #[test]
    fn the_tokens_of_links_go() {
        case("GET /reset-password/«a1b2c3d4e5f6a7b8c9d0» HTTP/1.1");
        case("https://x.example/users/password/reset/«aB3dE6gH9jK2mN5pQ8sT»?lang=en");
        case("mail: <https://x.example/password_resets/«aB3dE6gH9jK2mN5pQ8sT»/edit>");
        case("/auth/forgotPassword/confirm/«01234567-89ab-4cde-8f01-23456789abcd»");
    }

    #[test]
    fn other_paths_stay() {
        for text in [
            "GET /password/reset HTTP/1.1",
            "GET /reset-password/alice HTTP/1.1",
            "GET /static/js/password.5f4dcc3b5aa765d61d83.js",
            "POST /passwords/42/edit",
        ] {
            case(text);
        }
    }
}
