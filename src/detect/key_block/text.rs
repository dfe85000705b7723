//! A line as the carriers of a key spell it: line breaks, frames and runs of base64, raw or escaped.

use memchr::memmem;

use crate::span::Span;

/// The lines that `text` holds between spelled line breaks: `\n` and `\r` behind any number of backslashes, `\u000a`,
/// `\x0a`, `#012`, `%0A`, `&#10;` and those for a carriage return. Breaks belong to no line.
pub(super) fn lines(text: &[u8], from: usize) -> impl Iterator<Item = Span> + '_ {
    let mut next = Some(from);
    std::iter::from_fn(move || {
        let start = next?;
        let hit = memchr::memchr3_iter(b'\\', b'%', b'#', &text[start..])
            .find_map(|at| line_break(&text[start + at..]).map(|len| (start + at, len)));
        next = hit.map(|(at, len)| at + len);
        let mut end = hit.map_or(text.len(), |(at, _)| at);
        if end > start && text.get(end) == Some(&b'#') && text[end - 1] == b'&' {
            end -= 1;
        }
        Some(Span::new(start, end))
    })
}

/// Length of the spelled line break that `text` begins with.
fn line_break(text: &[u8]) -> Option<usize> {
    let spelled = |word: &str, back: usize| {
        text.get(back..back + word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word.as_bytes()))
    };
    match text.first()? {
        b'\\' => {
            let back = text.iter().take(16).take_while(|b| **b == b'\\').count();
            let long = |word: &str| spelled(word, back).then_some(back + word.len());
            match text.get(back)? {
                b'n' | b'r' => Some(back + 1),
                _ => ["u000a", "u000d", "x0a", "x0d"].iter().find_map(|word| long(word)),
            }
        }
        b'%' => (spelled("0a", 1) || spelled("0d", 1)).then_some(3),
        _ if spelled("10;", 1) || spelled("13;", 1) => Some(4),
        _ => (spelled("012", 1) || spelled("015", 1)).then_some(4),
    }
}

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A private key begins.
    Begin,
    /// Something begins that may be read, such as a certificate.
    BeginOther,
    End,
}

/// The first frame of `text` at or behind `from`, `-----BEGIN ...-----` or SSH2's `---- BEGIN ... ----`.
pub(super) fn frame(text: &[u8], from: usize) -> Option<(Frame, Span)> {
    let mut at = from;
    loop {
        let start = at + memmem::find(&text[at..], b"----")?;
        let word = start + dashes(&text[start..]);
        let word = word + usize::from(text.get(word) == Some(&b' '));
        let rest = &text[word..];
        if rest.starts_with(b"BEGIN ") || rest.starts_with(b"BEGIN+") {
            let (frame, len) = label(&rest[6..]);
            return Some((frame, Span::new(start, word + 6 + len)));
        }
        if rest.starts_with(b"END ") || rest.starts_with(b"END+") {
            return Some((Frame::End, Span::new(start, word + 4 + label(&rest[4..]).1)));
        }
        at = word;
    }
}

/// What a frame's label says, and its length with the dashes behind it.
fn label(text: &[u8]) -> (Frame, usize) {
    const LONGEST: usize = 64;
    let allowed = |b: &&u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b' ' | b'+');
    let run = &text[..text.iter().take(LONGEST).take_while(allowed).count()];
    let private = [&b"PRIVATE KEY BLOCK"[..], b"PRIVATE+KEY+BLOCK", b"PRIVATE KEY", b"PRIVATE+KEY"]
        .iter()
        .find_map(|word| memmem::find(run, word).map(|at| at + word.len()));
    let closed = |len: usize| {
        let blank = usize::from(text.get(len) == Some(&b' ') && text.get(len + 1) == Some(&b'-'));
        len + blank + dashes(&text[len + blank..])
    };
    // As OpenVPN spells it.
    let fixed = [&b"OpenVPN Static key V1"[..], b"OpenVPN tls-crypt-v2 client key"]
        .into_iter()
        .find(|word| text.starts_with(word));
    match private.or(fixed.map(<[u8]>::len)) {
        Some(len) => (Frame::Begin, closed(len)),
        None => (Frame::BeginOther, closed(run.trim_ascii_end().len())),
    }
}

fn dashes(text: &[u8]) -> usize {
    text.iter().take_while(|b| **b == b'-').count()
}

/// The runs of base64 in `within`. The letter of an escape is in none; an escaped `/`, `+` or `=` is in one whole.
pub(super) fn runs(text: &[u8], within: Span) -> impl Iterator<Item = Span> + '_ {
    let text = &text[..within.end];
    let mut at = within.start;
    std::iter::from_fn(move || {
        while at < text.len() {
            let start = at;
            loop {
                at += text[at..].iter().take_while(|b| PLAIN[usize::from(**b)]).count();
                let Some(len) = spelled(text, at) else { break };
                at += len;
            }
            if at > start {
                return Some(Span::new(start, at));
            }
            at = escape(text, at).unwrap_or(at + 1);
        }
        None
    })
}

/// By byte, whether it is a character of base64.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0;
    while byte < plain.len() {
        plain[byte] = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'+' | b'/' | b'=');
        byte += 1;
    }
    plain
};

/// Length of the character of base64 that is spelled as an escape at `at`.
fn spelled(text: &[u8], at: usize) -> Option<usize> {
    const SPELLED: [&str; 7] = ["\\/", "\\u002b", "\\u002f", "\\u003d", "%2B", "%2F", "%3D"];
    if !matches!(text.get(at)?, b'\\' | b'%') || (at > 0 && text[at - 1] == b'\\') {
        return None;
    }
    let begins = |word: &&str| text.get(at..at + word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word.as_bytes()));
    SPELLED.into_iter().find(begins).map(str::len)
}

/// Where the escape that begins at `at` ends.
fn escape(text: &[u8], at: usize) -> Option<usize> {
    if text[at] == b'%' {
        return text.get(at + 1..at + 3)?.iter().all(u8::is_ascii_hexdigit).then_some(at + 3);
    }
    if text[at] != b'\\' {
        return None;
    }
    let letter = at + text[at..].iter().take_while(|b| **b == b'\\').count();
    let long = |len: usize| text.get(letter + 1..letter + 1 + len).is_some_and(|t| t.iter().all(u8::is_ascii_hexdigit));
    Some(match text.get(letter) {
        Some(b'u') if long(4) => letter + 5,
        Some(b'x') if long(2) => letter + 3,
        Some(b'n' | b'r' | b't' | b'b' | b'f' | b'/') => letter + 1,
        _ => letter,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, spans: impl Iterator<Item = Span>) -> Vec<&str> {
        spans.map(|span| &text[span.range()]).collect()
    }

    #[test]
    fn line_breaks_in_every_spelling() {
        for broken in ["\\n", "\\\\n", "\\r\\n", "\\u000a", "\\u000D\\u000A", "#012", "%0a", "%0D%0A", "&#10;", "\\x0a"]
        {
            let text = format!("MIIE{broken}ab+/{broken}");
            let mut got = texts(&text, lines(text.as_bytes(), 0));
            got.retain(|line| !line.is_empty());
            assert_eq!(got, ["MIIE", "ab+/"], "{broken}");
        }
    }

    #[test]
    fn runs_leave_escapes_whole() {
        let case = |text: &str, want: &[&str]| {
            let all = Span::new(0, text.len());
            assert_eq!(texts(text, runs(text.as_bytes(), all)), want, "{text}");
        };
        case("ab+/= cd", &["ab+/=", "cd"]);
        case(r"a\/b\u003d\u003d", &[r"a\/b\u003d\u003d"]);
        case(r"\tab \\/cd \u0041ef \ngh", &["ab", "cd", "ef", "gh"]);
        case("a%2Bb%2fc%3D %20d", &["a%2Bb%2fc%3D", "d"]);
    }

    #[test]
    fn frames_of_every_kind() {
        let case = |text: &str, want: Option<(Frame, &str)>| {
            let got = frame(text.as_bytes(), 0).map(|(frame, span)| (frame, &text[span.range()]));
            assert_eq!(got, want, "{text}");
        };
        for kind in ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "ANY "] {
            let text = format!("-----BEGIN {kind}PRIVATE KEY-----");
            case(&format!("x {text}MII"), Some((Frame::Begin, &text)));
        }
        let block = "-----BEGIN PGP PRIVATE KEY BLOCK-----";
        case(block, Some((Frame::Begin, block)));
        let openvpn = "-----BEGIN OpenVPN Static key V1-----";
        case(openvpn, Some((Frame::Begin, openvpn)));
        let ssh2 = "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----";
        case(ssh2, Some((Frame::Begin, ssh2)));
        for other in ["CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE REQUEST", "DH PARAMETERS"] {
            let text = format!("-----BEGIN {other}-----");
            case(&text, Some((Frame::BeginOther, &text)));
        }
        let end = "-----END X PRIVATE KEY-----";
        case(&format!("abc{end}\""), Some((Frame::End, end)));
        case("-----------", None);
        case("---- BEGINNING", None);
    }
}
