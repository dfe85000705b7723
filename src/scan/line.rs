//! What a line says of the circumstances of a value in it.
//!
//! Looks at what stands before the value, a bounded part of it; in doubt it says nothing, as a weakness too few is
//! better than one that is not there.

use memchr::memmem::find;

use crate::report::Situation;

/// How far into a line a level is looked for.
const HEAD: usize = 256;
/// How far back in a line it is looked for the beginning of a URL.
const BACK: usize = 2048;

/// The circumstances of a whole line; `before` is the text before the line, as far as it is at hand.
pub(super) fn of_line(line: &[u8], before: &[u8]) -> Situation {
    let head = &line[..line.len().min(HEAD)];
    let mut found = Situation::default();
    if is_debug(head) {
        found = found.and(Situation::DEBUG);
    }
    if is_error(head, before) {
        found = found.and(Situation::ERROR);
    }
    found
}

/// The circumstances of a value; `before` is what stands before it on its line.
pub(super) fn of_value(before: &[u8]) -> Situation {
    let before = &before[before.len().saturating_sub(BACK)..];
    let ends = |b: &u8| matches!(b, b' ' | b'\t' | b'"' | b'\'' | b'<' | b'>' | b'(' | b'`' | 0);
    let token = &before[before.iter().rposition(ends).map_or(0, |n| n + 1)..];
    let query = memchr::memchr(b'?', token).is_some_and(|at| {
        let path = &token[..at];
        find(path, b"://").is_some() || path.starts_with(b"/") || find(path, b"=/").is_some()
    });
    let user = [&b"http://"[..], b"https://"].iter().any(|scheme| {
        find(token, scheme).is_some_and(|at| memchr::memchr(b'/', &token[at + scheme.len()..]).is_none())
    });
    if query || user { Situation::URL } else { Situation::default() }
}

fn is_debug(head: &[u8]) -> bool {
    words(head).any(|(at, word)| match word {
        b"DEBUG" | b"TRACE" | b"DEBUGGING" => true,
        b"debug" | b"trace" | b"Debug" | b"Trace" | b"dbg" | b"DBG" | b"DBUG" => {
            let before = &head[..at];
            let bare = before.strip_suffix(b"\"").unwrap_or(before);
            before.ends_with(b"[")
                || [&b"level="[..], b"level\":", b"level\": ", b"lvl=", b"severity\":", b"severity="]
                    .iter()
                    .any(|key| bare.ends_with(key))
        }
        _ => false,
    })
}

fn is_error(head: &[u8], before: &[u8]) -> bool {
    const KEYS: [&[u8]; 9] = [
        b"Traceback (most recent call last)",
        b"Exception in thread ",
        b"Caused by: ",
        b"goroutine ",
        b"\"error\":",
        b"\"exception\":",
        b"\"stack\":",
        b"\"stack_trace\":",
        b"\"traceback\":",
    ];
    KEYS.iter().any(|key| find(head, key).is_some())
        || head.starts_with(b"panic: ")
        || is_named_error(head)
        || is_frame(head)
        || is_in_traceback(head, before)
}

/// `billing.BillingError: no account`, `java.lang.IllegalStateException: x`.
fn is_named_error(head: &[u8]) -> bool {
    let word = head.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$')).count();
    let (name, rest) = head.split_at(word);
    rest.starts_with(b": ") && (name.ends_with(b"Error") || name.ends_with(b"Exception"))
}

/// A line of a stack trace: Java's and JavaScript's `at`, Python's `File`.
fn is_frame(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    text.len() < head.len() && (text.starts_with(b"at ") || text.starts_with(b"File \"") || text.starts_with(b"... "))
}

/// The source line below a frame: indented, in the wake of a line that is one.
fn is_in_traceback(head: &[u8], before: &[u8]) -> bool {
    if !head.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
        return false;
    }
    before.rsplit(|b| *b == b'\n').skip(1).take(2).any(|line| is_frame(&line[..line.len().min(HEAD)]))
}

/// Words of letters and `_`, with where each begins.
fn words(head: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    head.chunk_by(move |a, b| word(*a) == word(*b)).scan(0, |at, chunk| {
        let start = *at;
        *at += chunk.len();
        Some((start, chunk))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_say_what_they_are() {
        let (debug, error, none) = (Situation::DEBUG, Situation::ERROR, Situation::default());
        let cases: &[(&str, &str, Situation)] = &[
            ("", "2026-11-25 DEBUG db: x", debug),
            ("", r#"{"level":"debug","msg":"x"}"#, debug),
            ("", r#"{"level": "trace","msg":"x"}"#, debug),
            ("", "ts=1 lvl=dbg msg=x", debug),
            ("", "[debug] x", debug),
            ("", "running in debug mode", none),
            ("", "trace_id=1 TRACE_ID=2", none),
            ("", "billing.BillingError: no account", error),
            ("", "java.lang.IllegalStateException: x", error),
            ("", "ERROR in app: x", none),
            ("", "\tat com.example.Main(Main.java:3)", error),
            ("", "  File \"/srv/app.py\", line 3, in f", error),
            (
                "Traceback (most recent call last):\n  File \"/srv/app.py\", line 3, in f\n",
                "    connect(password)",
                error,
            ),
            ("x\n", "    indented", none),
            ("", r#"{"status":500,"error":"bad token"}"#, error),
        ];
        for (before, line, want) in cases {
            assert_eq!(of_line(line.as_bytes(), before.as_bytes()), *want, "{line}");
        }
    }

    #[test]
    fn urls_are_seen_before_a_value() {
        let cases = [
            ("GET /v1?page=2&api_key=", true),
            ("\"GET https://example.com/a?token=", true),
            ("from https://user:", true),
            ("uri=/v1/x?k=", true),
            ("postgres://app:", false),
            ("why? token=", false),
            ("https://example.com/a/", false),
        ];
        for (before, url) in cases {
            assert_eq!(of_value(before.as_bytes()).has(Situation::URL), url, "{before}");
        }
    }
}
