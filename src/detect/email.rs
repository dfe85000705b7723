//! E-mail addresses.
//!
//! At an `@`, in any spelling that a carrier gives it, the local part is read backward and the domain forward: RFC
//! 5321's dot-atoms, less what in a log stands around an address rather than in it (`=`, `/`, `?`, `&`, quotes ...).
//! `user@host` without a dot, versions (`pkg@1.2.3`), files (`icon@2x.png`), the user in a URL, `git@` remotes, the
//! target of `ssh` and the id of a message are no addresses of people.

use super::boundary::{ends_in_escape, is_word};
use crate::span::Span;

/// Spellings of `@` inside other carriers: a form, a form in a form, JSON, HTML.
pub(crate) const ESCAPED_AT: &[&str] = &["%40", "%2540", "\\u0040", "&#64;"];

/// `address` with its `@` as it is.
pub(crate) fn escaped_at(address: &[u8]) -> Vec<u8> {
    let place = |spelling: &&str| {
        let at = address.windows(spelling.len()).rposition(|w| w.eq_ignore_ascii_case(spelling.as_bytes()))?;
        Some((at, at + spelling.len()))
    };
    match ESCAPED_AT.iter().find_map(place) {
        Some((at, end)) => [&address[..at], b"@", &address[end..]].concat(),
        None => address.to_vec(),
    }
}

/// RFC 5321, section 4.5.3.1.
const LOCAL: usize = 64;
const DOMAIN: usize = 255;

/// The address whose `@`, `len` bytes long, stands at `at`.
pub(crate) fn find(line: &[u8], at: usize, len: usize) -> Option<Span> {
    let before = &line[..at];
    let backslashes = before.iter().rev().take(8).take_while(|b| len == 6 && **b == b'\\').count();
    let start = local(&line[..at - backslashes])?;
    let end = at + len + domain(&line[at + len..])?;
    let local = &line[start..at];
    let told = in_url(&line[..start])
        || (len == 1 && super::url::find(line, at).is_some())
        || remote(local, &line[end..])
        || other_by_name(&line[..start])
        || program(&line[at + len..end]);
    (!told).then(|| Span::new(start, end))
}

/// Where the local part at the end of `text` begins.
fn local(text: &[u8]) -> Option<usize> {
    let mut start = text.len();
    while start > 0 && text.len() - start < LOCAL {
        let step = step_back(&text[..start]);
        if step == 0 {
            break;
        }
        start -= step;
    }
    let lead = text[start..].iter().take_while(|b| matches!(b, b'.' | b'-' | b'+')).count();
    (start + lead < text.len()).then_some(start + lead)
}

/// Length of the character of a local part that `text` ends in; 0 if it ends in something else.
fn step_back(text: &[u8]) -> usize {
    if let [.., b'%', a, b] = text
        && let Some(byte) = hex(*a, *b)
    {
        return if matches!(byte, b'+' | b'.' | b'-' | b'_') { 3 } else { 0 };
    }
    if let [.., b'\\', b'u', b'0', a @ b'0'..=b'2', b, c] = text
        && let Some(low) = hex(*b, *c)
    {
        return if *a > b'0' || low >= 0xc0 { 6 } else { 0 };
    }
    if let [.., b'%', b'2', b'5', a, b] = text
        && hex(*a, *b).is_some()
    {
        return 0;
    }
    match text {
        [.., 0xc3..=0xc9, 0x80..=0xbf] => 2,
        [.., last] if (is_word(*last) || matches!(last, b'.' | b'-' | b'+')) && !ends_in_escape(text) => 1,
        [.., name @ (b'o' | b'O' | b'd' | b'D'), b'\'']
            if !text[..text.len() - 2].last().is_some_and(|b| is_word(*b)) =>
        {
            debug_assert!(name.is_ascii_alphabetic());
            1
        }
        _ => 0,
    }
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    Some((digit(high)? * 16 + digit(low)?) as u8)
}

/// Length of the domain that `text` begins with.
fn domain(text: &[u8]) -> Option<usize> {
    let text = &text[..text.len().min(DOMAIN)];
    let (mut from, mut dots, mut best) = (0, 0, None);
    loop {
        let len = label(&text[from..]);
        if len == 0 {
            break;
        }
        let end = from + len;
        if dots > 0 {
            best = top_level(&text[from..end], text.get(end) == Some(&b'.')).map(|n| from + n).or(best);
        }
        if text.get(end) != Some(&b'.') {
            break;
        }
        dots += 1;
        from = end + 1;
    }
    best.filter(|end| !version(text) && !file(&text[..*end]))
}

/// Length of the run of letters, digits and dashes that `text` begins with; letters beyond ASCII as far as Latin goes.
fn label(text: &[u8]) -> usize {
    let mut len = 0;
    while let Some(byte) = text.get(len) {
        match (byte, text.get(len + 1)) {
            (b'-', _) if len > 0 => len += 1,
            (byte, _) if byte.is_ascii_alphanumeric() => len += 1,
            (0xc3..=0xc9, Some(0x80..=0xbf)) => len += 2,
            _ => break,
        }
    }
    len
}

/// Length of the top-level domain that a domain's last label begins with: two letters or more, or one in punycode.
fn top_level(label: &[u8], goes_on: bool) -> Option<usize> {
    if label.len() > 4 && label[..4].eq_ignore_ascii_case(b"xn--") {
        return Some(label.len() - label.iter().rev().take_while(|b| **b == b'-').count());
    }
    let letters = label.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let ends = letters == label.len() || (label[letters] == b'-' && !goes_on);
    (ends && letters >= 2).then_some(letters)
}

/// `7.24.0`, `v1.2.beta`.
fn version(domain: &[u8]) -> bool {
    let rest = domain.strip_prefix(b"v").unwrap_or(domain);
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && rest.get(digits) == Some(&b'.') && rest.get(digits + 1).is_some_and(u8::is_ascii_digit)
}

/// Whether the last part is the ending of a file or of a systemd unit.
fn file(domain: &[u8]) -> bool {
    #[rustfmt::skip]
    const ENDINGS: [&str; 62] = [
        "js", "mjs", "cjs", "ts", "jsx", "tsx", "vue", "py", "pyc", "rb", "go", "java", "kt", "php", "cs", "cpp", "so",
        "dll", "exe", "jar", "war", "class", "png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "scss", "less",
        "html", "htm", "json", "xml", "yml", "yaml", "toml", "txt", "log", "csv", "conf", "cfg", "ini", "lock", "map",
        "tmp", "bak", "gz", "tar", "tgz", "zip", "woff", "wasm", "service", "socket", "timer", "mount", "target",
        "slice", "scope",
    ];
    let last = domain.rsplit(|b| *b == b'.').next().unwrap_or_default();
    ENDINGS.iter().any(|ending| last.eq_ignore_ascii_case(ending.as_bytes()))
}

/// Whether the user part of a URL stands here: `scheme://alice@host`, `scheme://user:password@host`.
fn in_url(before: &[u8]) -> bool {
    const REACH: usize = 128;
    let tail = &before[before.len().saturating_sub(REACH)..];
    let ends =
        |b: &u8| matches!(b, b'/' | b'?' | b'#' | b'@' | b'"' | b'\'' | b'<' | b'>' | b',') || b.is_ascii_whitespace();
    tail.iter().rposition(ends).is_some_and(|at| [&b"://"[..], b":\\/\\/"].iter().any(|s| tail[..=at].ends_with(s)))
}

/// `git@github.com:org/repo`.
fn remote(local: &[u8], behind: &[u8]) -> bool {
    matches!(local, b"git" | b"hg") && matches!(behind, [b':' | b'/', b, ..] if !b.is_ascii_whitespace())
}

/// Whether the domain is one whose addresses are accounts of programs.
fn program(domain: &[u8]) -> bool {
    domain.to_ascii_lowercase().ends_with(b".gserviceaccount.com")
}

/// Whether the words before say that this is a login on a host, or the id of a message.
fn other_by_name(before: &[u8]) -> bool {
    if let Some(words) = before.strip_suffix(b" ") {
        return ["ssh", "scp", "rsync", "sftp"].iter().any(|word| {
            words.strip_suffix(word.as_bytes()).is_some_and(|rest| !rest.last().is_some_and(|b| is_word(*b)))
        });
    }
    let Some(name) = before.strip_suffix(b"<") else { return false };
    let name = &name[..name.len() - name.iter().rev().take(4).take_while(|b| b" =:\"\\".contains(b)).count()];
    ["message-id", "msgid", "message_id", "messageid", "in-reply-to", "references"]
        .iter()
        .any(|key| name.len().checked_sub(key.len()).is_some_and(|at| name[at..].eq_ignore_ascii_case(key.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::super::trial;

    fn case(marked: &str) {
        trial::case("email", marked);
    }

    #[test]
    fn the_address_goes_and_nothing_else() {
        for marked in [
            "user «alice.smith@example.com» logged in",
            "«alice@example.com»",
            "to <«alice+tag@mail.example.co.uk»>, «bob_7@example.org»; bounced: «c-d@a.io».",
            "mailto:«alice@example.com»?subject=x",
            "GET /u?mail=«alice%40example.org»&x=1 q=a%3D«alice%2Btag%40example.org»%26",
            "u=https%253A%252F%252Fx%253F«alice%2540example.org»%2526",
            r#"{"email":"«alice@example.com»","m":"a\n«bob@example.com»\n\u003c«carol\u0040example.com»\u003e"}"#,
            r#"\"m\":\"«carol\\u0040example.com»\""#,
            "[('email', '«alice@example.com»'), (b'«bob@example.com»')] «o'brien@example.com»",
            "«user@xn--80ak6aa92e.com» «user@example.xn--p1ai», «jürgen@münchen.de»",
            r"«j\u00fcrgen@example.de»",
            "mail «alice&#64;example.com»",
            "«alice@example.com»: permission denied; «alice@example.com»-- «alice@example.com»_x",
            "key:«alice@example.com»,«bob@example.com»|«carol@example.com»#012«dave@example.com»",
            "\x1b[32m«alice@example.com»\x1b[0m ...«alice@example.com»... --«alice@example.com»",
            "«HELLO@EXAMPLE.COM» «1234@qq.com» «a@163.com» «root@db-1.local»",
            "https://x.example/?email=«alice@example.com» email=«alice@example.com»",
            "from=<«alice@example.com»> msg <«1@example.com»>",
        ] {
            case(marked);
        }
    }

    #[test]
    fn what_only_looks_like_one_stays() {
        for text in [
            "added @babel/core@7.24.0 and left-pad@1.0.0-rc.beta and x@v1.2.beta",
            "ssh deploy@web-01 uptime; ssh deploy@web-01.example.com uptime; scp root@a.example.com:/x .",
            "bean com.acme.TigerService@1a2b3c4d created",
            "icon@2x.png app@main.js:3 getty@tty1.service user@1000.slice libc@x.so",
            "Cloning into git@github.com:acme/orders.git",
            r"https:\/\/alice:pw1@api.example.com\/v1",
            "postgres://app@db-1.example.com/x https://alice:pw@example.com/ ssh://git@example.com/x",
            "registry.example.com/a@sha256:0123 my email is info@presidio. root@10.0.0.1",
            "message-id=<2024@mx1.example.com> Message-ID: <1@mx1.example.com>",
            "@example.com @ a@ @@ a@b a@.com a@b.c %40 x%40y",
            "@app.route('/') decorator, foo @bar.baz",
        ] {
            case(text);
        }
    }

    #[test]
    fn bounds_hold_on_long_runs() {
        for unit in ["@", "a@", "a@b.cc", "a%40", "%40", "a.", "aaaaaaaaaaaaaaaa"] {
            let mut line = unit.repeat((1 << 18) / unit.len());
            line.push_str("@example.com");
            trial::redacted("email", line.as_bytes());
        }
    }
}
