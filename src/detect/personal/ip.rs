//! Addresses of the Internet Protocol.
//!
//! The loopback, unspecified and broadcast addresses say nothing about anyone and stay. Versions of four parts look the
//! same as addresses of version 4: what they are called tells, and what touches them.
//!
//! Sources: RFC 791, RFC 4291 section 2.2, RFC 4007 section 11 for zones.

use crate::detect::boundary::{free_before, is_word};
use crate::detect::card;
use crate::span::Span;

/// The address of version 4 that begins at `at`.
pub(super) fn v4(line: &[u8], at: usize) -> Option<Span> {
    let (octets, end) = octets(line, at)?;
    let span = Span::new(at, end);
    let special = matches!(octets, [0, ..] | [127, ..] | [255, 255, 255, 255] | [_, 0, 0, 0]);
    (!special && v4_is_free(line, span, octets[0]) && !is_version(line, at)).then_some(span)
}

fn octets(line: &[u8], at: usize) -> Option<([u32; 4], usize)> {
    let (mut octets, mut next) = ([0; 4], at);
    for (i, octet) in octets.iter_mut().enumerate() {
        if i > 0 {
            next += usize::from(line.get(next) == Some(&b'.'));
        }
        let digits = line.get(next..)?.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
        let text = &line[next..next + digits];
        *octet = text.iter().fold(0, |n, b| n * 10 + u32::from(b - b'0'));
        if !(1..=3).contains(&digits) || *octet > 255 || (digits > 1 && text[0] == b'0') {
            return None;
        }
        next += digits;
    }
    Some((octets, next))
}

fn v4_is_free(line: &[u8], span: Span, first: u32) -> bool {
    let (before, behind) = (&line[..span.start], &line[span.end..]);
    let port = matches!(behind, [b':', b'0'..=b'9', ..]);
    let left = match before {
        [.., b'.' | b':' | b'+' | b'$' | b'~' | b'^'] => {
            matches!(before, [.., b'a'..=b'z' | b'A'..=b'Z' | b' ' | b'"', b':'])
        }
        // `host/10.0.0.1:8020` and `ip-10.0.0.1`, but `nginx/1.2.3.4`.
        [.., word, b'/' | b'-'] if word.is_ascii_alphabetic() => port || first >= 10,
        _ => true,
    };
    let right = match behind {
        [b'.', next, ..] => !is_word(*next) && *next != b'[',
        [b'-', next, ..] => !next.is_ascii_alphabetic() && *next != b'[',
        [byte, ..] => !is_word(*byte),
        [] => true,
    };
    left && right && free_before(line, span.start)
}

/// Whether what stands before calls it something else.
fn is_version(line: &[u8], at: usize) -> bool {
    const WORDS: &[&str] = &[
        "version", "ver", "release", "rel", "build", "oid", "firmware", "fw", "sdk", "revision", "rev", "schema", "v",
        "section", "driver",
    ];
    let label = card::label(&line[..at]);
    let last = card::last_word(label);
    // The last letter of a token is no word.
    let tail = last.len() == 1 && label[..label.len() - 1].last().is_some_and(u8::is_ascii_alphanumeric);
    if tail {
        return false;
    }
    WORDS.iter().any(|word| last.eq_ignore_ascii_case(word.as_bytes()))
}

/// The address of version 6 whose first group stands at `at`, or behind the `::` that it begins with.
pub(super) fn v6(line: &[u8], at: usize) -> Option<Span> {
    let start = if line[..at].ends_with(b"::") { at - 2 } else { at };
    let (end, groups, compressed, digits) = groups(line, start)?;
    let wide = start < at || line[start..].iter().take_while(|b| b.is_ascii_hexdigit()).count() >= 2;
    let complete =
        if compressed { groups >= 2 - usize::from(start == at) && groups < 8 && wide && digits } else { groups == 8 };
    let before = &line[..start];
    let left = free_before(line, start) && !matches!(before.last(), Some(b':' | b'.' | b'-' | b'+' | b'%' | b'~'));
    let behind = &line[end..];
    let right = match behind {
        [b':', next, ..] => !next.is_ascii_hexdigit() && !matches!(next, b':' | b'['),
        [b'.', next, ..] => !is_word(*next) && *next != b'[',
        [b':'] => false,
        [byte, ..] => !is_word(*byte),
        [] => true,
    };
    (complete && left && right).then(|| Span::new(start, zone(line, end)))
}

/// Walks over groups from `at`: where they end, how many there are, whether `::` stands among them and a digit does.
fn groups(line: &[u8], at: usize) -> Option<(usize, usize, bool, bool)> {
    let (mut next, mut count, mut compressed, mut digits) = (at, 0, false, false);
    if line.get(at..at + 2) == Some(b"::") {
        (next, compressed) = (at + 2, true);
    }
    while count < 8 {
        let rest = line.get(next..).unwrap_or_default();
        let len = rest.iter().take(5).take_while(|b| b.is_ascii_hexdigit()).count();
        if rest.get(len) == Some(&b'.')
            && let Some((_, end)) = octets(line, next)
        {
            return Some((end, count + 2, compressed, true));
        }
        if !(1..=4).contains(&len) {
            break;
        }
        digits |= rest[..len].iter().any(u8::is_ascii_digit);
        count += 1;
        next += len;
        match (rest.get(len), rest.get(len + 1)) {
            (Some(b':'), Some(b':')) if !compressed => (next, compressed) = (next + 2, true),
            (Some(b':'), Some(hex)) if hex.is_ascii_hexdigit() && count < 8 => next += 1,
            _ => break,
        }
    }
    (count > 0).then_some((next, count, compressed, digits))
}

/// Where a zone ends that begins at `end`: `%eth0`.
fn zone(line: &[u8], end: usize) -> usize {
    let Some(rest) = line[end..].strip_prefix(b"%") else { return end };
    let len = rest.iter().take(16).take_while(|b| b.is_ascii_alphanumeric()).count();
    let letter = rest.first().is_some_and(u8::is_ascii_alphabetic);
    let escape = rest.len() >= 2 && rest[..2].iter().all(u8::is_ascii_hexdigit);
    if (1..16).contains(&len) && letter && !escape { end + 1 + len } else { end }
}

/// The hardware address that begins at `at`: `00:1a:2b:3c:4d:5e`, `00-1A-2B-3C-4D-5E`, `001a.2b3c.4d5e`. Those of
/// nobody and of everybody stay, and so do pairs in a longer row, as fingerprints are. Source: IEEE Std 802, section 8.
pub(super) fn mac(line: &[u8], at: usize) -> Option<Span> {
    let hex = |from: usize, len: usize| line.get(from..from + len).is_some_and(|t| t.iter().all(u8::is_ascii_hexdigit));
    let (len, width, separator) = match (line.get(at + 2), line.get(at + 4)) {
        (Some(separator @ (b':' | b'-')), _) => (17, 2, *separator),
        (_, Some(b'.')) => (14, 4, b'.'),
        _ => return None,
    };
    let text = line.get(at..at + len)?;
    let shaped = (at..at + len)
        .step_by(width + 1)
        .all(|i| hex(i, width) && (i + width == at + len || line.get(i + width) == Some(&separator)));
    let letters = text.iter().any(u8::is_ascii_alphabetic);
    let all = |nibbles: &[u8]| text.iter().all(|b| *b == separator || nibbles.contains(b));
    let before = &line[..at];
    let left = free_before(line, at)
        && !matches!(before, [.., b'-' | b'.'] | [.., b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F', b':']);
    let right = match &line[at + len..] {
        [b':' | b'-' | b'.', next, ..] => !is_word(*next) && *next != b'[',
        [byte, ..] => !is_word(*byte),
        [] => true,
    };
    let counts = shaped && (letters || separator == b':') && !all(b"0") && !all(b"fF");
    (counts && left && right).then(|| Span::new(at, at + len))
}
