//! The password in `scheme://user:password@host`.
//!
//! It is looked for at each `@`: the last one before the path ends the credentials, since people leave `@` in
//! passwords. Both walks are bounded. Scheme, user, host and path stay.

use super::named::{innocent, link::Join, shape};
use crate::span::Span;

/// The longest credentials and host that are looked at, in bytes.
const REACH: usize = 512;

/// The password that ends at the `@` at `at` of `line`.
pub(crate) fn find(line: &[u8], at: usize) -> Option<Span> {
    if another_at(line, at) {
        return None;
    }
    let start = authority(line, at)?;
    let (user, password) = match line[start..at].iter().position(|b| *b == b':') {
        Some(colon) => (Span::new(start, start + colon), Span::new(start + colon + 1, at)),
        None => (Span::new(start, at), Span::new(at, at)),
    };
    if line[user.range()].iter().any(|b| matches!(b, b'/' | b'?' | b'#')) {
        return None;
    }
    // A token may stand alone, as the user.
    let span = if password.is_empty() { user } else { password };
    let text = &line[span.range()];
    let value = innocent::Value { text, quoted: true, join: Join::Flag, behind: &line[at..] };
    let guilty = if password.is_empty() {
        shape::token(text)
    } else {
        !(example(line, at) && text.len() <= 8 && text.iter().all(u8::is_ascii_alphabetic))
    };
    (!text.is_empty() && guilty && !innocent::plainly(&value)).then_some(span)
}

/// Whether the same authority holds an `@` further on.
fn another_at(line: &[u8], at: usize) -> bool {
    let rest = &line[at + 1..];
    let ahead = rest
        .iter()
        .take(REACH)
        .take_while(|b| !ends_authority(**b) && !matches!(b, b'/' | b'?' | b','))
        .position(|b| *b == b'@');
    ahead.is_some()
}

/// Where the credentials begin that end before `at`: behind `://`, which may be escaped as `:\/\/`.
fn authority(line: &[u8], at: usize) -> Option<usize> {
    let mut start = at;
    while start > 0 && at - start < REACH {
        match line[start - 1] {
            b'/' => {
                let before = &line[..start];
                let scheme = before.strip_suffix(b"://").or_else(|| before.strip_suffix(b":\\/\\/"))?;
                return scheme.last().is_some_and(u8::is_ascii_alphanumeric).then_some(start);
            }
            b'?' => return None,
            byte if ends_authority(byte) => return None,
            _ => start -= 1,
        }
    }
    None
}

const fn ends_authority(byte: u8) -> bool {
    byte <= b' ' || matches!(byte, b'"' | b'`' | b'\\' | 0x7f)
}

/// Whether the host is the word `host`: the URL explains itself.
fn example(line: &[u8], at: usize) -> bool {
    let host = &line[at + 1..];
    let len = host.iter().take(16).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')).count();
    [&b"host"[..], b"hostname", b"HOST", b"server", b"your-host"].contains(&&host[..len])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str, want: Option<&str>) {
        let spans = text.match_indices('@').filter_map(|(at, _)| find(text.as_bytes(), at));
        let found: Vec<&str> = spans.map(|s| &text[s.range()]).collect();
        assert_eq!(found, want.into_iter().collect::<Vec<_>>(), "{text}");
    }

    #[test]
    fn only_the_password_is_found() {
        case("x postgres://app:hunter2@db:5432/x", Some("hunter2"));
        case("redis://:pw1@cache", Some("pw1"));
        case("sqlserver://sa:Adm1n@pass@localhost/", Some("Adm1n@pass"));
        case(r"amqp:\/\/a:b1c@h\/v", Some("b1c"));
        case("db://user:p@ss!@host/x", Some("p@ss!"));
        case("nats://user2:user2@%s:%d", Some("user2"));
        case("https://0123456789abcdef0123456789abcdef@sentry.example/1", Some("0123456789abcdef0123456789abcdef"));
    }

    #[test]
    fn what_holds_no_password_stays() {
        for text in [
            "postgres://app@db/x",
            "http://h:80/a@b",
            "http://h/a:b@c",
            "a:b@c",
            "postgres://u:${PW}@h",
            "amqp://u:*****@h",
            "x://u:<pw>@h",
            "db://user:pass@host/x",
            "https://h?x=a:b@c",
            "https://user@example.com",
        ] {
            case(text, None);
        }
    }
}
