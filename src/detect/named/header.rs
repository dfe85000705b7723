//! The two headers whose values have parts: `Authorization: scheme credentials` and `Cookie: name=value; ...`.

use super::Memo;
use super::extent;
use super::glyph::{Form, glyph, mark, skip_blanks};
use super::ident::is_part;
use super::innocent::{Value, listed, plainly};
use super::link::{Join, Link};
use super::shape;
use crate::catalogue::names::{Class, Key, Names};
use crate::detect::check::words;
use crate::span::{Confidence, Span};

/// Schemes that one credential follows.
#[rustfmt::skip]
const SINGLE: &[&str] = &[
    "bearer", "basic", "token", "apikey", "api-key", "api_key", "key", "jwt", "negotiate", "ntlm", "kerberos",
    "ssws", "splunk", "bot", "dpop", "genie-key", "zoho-oauthtoken", "apitoken", "accesskey", "sharedkey",
    "sharedkeylite", "private-token", "pat", "sapisidhash",
];
/// Schemes that parameters follow.
#[rustfmt::skip]
const LISTS: &[&str] = &[
    "digest", "oauth", "hawk", "hmac", "aws4-hmac-sha256", "aws4-ecdsa-p256-sha256", "signature", "mac", "vapid",
    "googlelogin", "sharedaccesssignature",
];
/// Parameters that carry the proof; what else stands there describes it.
#[rustfmt::skip]
const PROOFS: &[&str] = &[
    "response", "signature", "oauth_token", "oauth_signature", "oauth_consumer_key", "oauth_verifier", "credential",
    "mac", "t", "k", "auth", "sig", "token", "id", "hash",
];
/// What a cookie says about itself.
#[rustfmt::skip]
const ATTRIBUTES: &[&str] = &[
    "path", "domain", "expires", "max-age", "samesite", "httponly", "secure", "version", "partitioned", "priority",
    "comment",
];
/// How far a header's bare value may go on and still be prose, in bytes.
const NEAR: usize = 512;
/// How far parameters and cookies are followed.
const REACH: usize = 8 << 10;

/// Adds what goes of the value at `link`, and says up to where the line is decided.
pub(super) fn authorization(
    line: &[u8],
    link: &Link,
    memo: &mut Memo,
    out: &mut impl FnMut(Span, Confidence),
) -> usize {
    let word = line[link.at..].iter().take(32).take_while(|b| is_part(**b)).count();
    let scheme = &line[link.at..link.at + word];
    let is = |list: &[&str]| listed(list, scheme);
    let behind = skip_separator(line, link.at + word);
    if behind > link.at + word && is(LISTS) {
        return parameters(line, behind, memo, out);
    }
    // `Token token="x", email="y"`, as Rails has it.
    if behind > link.at + word && is(SINGLE) && begins_proof(line, behind) {
        return parameters(line, behind, memo, out);
    }
    if behind > link.at + word && is(SINGLE) {
        return credential(line, link, behind, memo, out);
    }
    let (span, long) = whole(line, link);
    if long {
        out(span, Confidence::Medium);
        return span.end;
    }
    // A scheme that is not known stays where a single token follows it.
    if behind > link.at + word && behind < span.end && word <= 16 && shape::token(&line[behind..span.end]) {
        return credential(line, link, behind, memo, out);
    }
    if !span.is_empty() && !descriptive(line, span, link) && !taken_out(line, behind, span.end) {
        out(span, Confidence::Medium);
        return span.end;
    }
    link.at
}

/// Whether `token=` or another proof's name begins at `at`.
fn begins_proof(line: &[u8], at: usize) -> bool {
    let len = line[at..].iter().take(16).take_while(|b| is_part(**b)).count();
    let value = line.get(at + len + 1).is_some_and(|b| !matches!(b, b'=' | b' '));
    len > 2 && line.get(at + len) == Some(&b'=') && value && listed(PROOFS, &line[at..at + len])
}

/// All of a header's value, and whether it is too long to be anything but a credential. A longer one is not judged,
/// since to look at all of it again and again would take time that its author chooses.
fn whole(line: &[u8], link: &Link) -> (Span, bool) {
    if let Some(end) = link.quote.and_then(|q| extent::quoted(line, link.at, q, || true)) {
        return (Span::new(link.at, end), false);
    }
    let near = line.len().min(link.at + NEAR);
    let (end, stopped) = extent::header(&line[..near], link.at);
    if stopped || near == line.len() {
        return (Span::new(link.at, end), false);
    }
    (Span::new(link.at, extent::header(line, link.at).0), true)
}

/// Whether a marker or a variable stands behind the scheme, in place of the credential.
fn taken_out(line: &[u8], at: usize, end: usize) -> bool {
    let at = if line.get(at) == Some(&b'=') { at + 1 } else { at };
    let text = line.get(at..end).unwrap_or_default();
    let text = if mark(text, 0) > 0 { text.split(|b| *b == b',').next().unwrap_or_default() } else { text };
    let value = Value { text, quoted: true, join: Join::Pair, behind: b"" };
    matches!(text.first(), Some(b'[' | b'<' | b'$' | b'{' | b'*')) && plainly(&value)
}

/// Whether a header's value without a known scheme is prose or code instead.
fn descriptive(line: &[u8], span: Span, link: &Link) -> bool {
    let text = &line[span.range()];
    let value = Value { text, quoted: link.quote.is_some(), join: link.join, behind: &line[span.end..] };
    let first = text.split(|b| *b == b' ').next().unwrap_or_default();
    let head = Value { text: first, quoted: false, join: Join::Sign { colon: false, loose: true }, behind: b"" };
    let words = text.iter().take(256).filter(|b| **b == b' ').count() + 1;
    plainly(&value)
        || matches!(text[0], b'{' | b'(')
        || (link.quote.is_none() && first.iter().any(|b| matches!(b, b'(' | b'.')) && plainly(&head))
        || (words > 2 && text.len() < 256 && text.split(|b| *b == b' ').all(|w| words::plain(w) || w.is_empty()))
        || (words == 1 && words::plain(text) && super::innocent_word(text))
}

fn skip_separator(line: &[u8], at: usize) -> usize {
    match glyph(line, at) {
        Some(g) if matches!(g.byte, b' ' | b'+') && g.len <= 3 => skip_blanks(line, at + g.len),
        Some(g) if g.byte == b':' && line.get(at + 1) == Some(&b' ') => skip_blanks(line, at + 1),
        _ => at,
    }
}

fn credential(line: &[u8], link: &Link, at: usize, memo: &mut Memo, out: &mut impl FnMut(Span, Confidence)) -> usize {
    // In a quoted header the credential ends where a bare value would: no scheme here allows blanks in it.
    let quote = glyph(line, at).filter(|g| g.is_quote() && Some(*g) != link.quote);
    let start = at + quote.map_or(0, |g| g.len);
    let link = Link { at: start, quote: None, join: Join::Sign { colon: false, loose: false }, ..*link };
    let end = memo.bare(line, &link);
    // The last bracket opens what is behind, as in `dXNlcjpwdw==[\r]`.
    let end = if end > start && matches!(line[end - 1], b'.' | b',' | b'[' | b'(') { end - 1 } else { end };
    let span = Span::new(start, end);
    let text = &line[span.range()];
    let value = Value { text, quoted: true, join: link.join, behind: &line[span.end..] };
    let words = words::plain(text)
        && (text.len() > 12 && text.iter().any(|b| matches!(b, b'_' | b'-')) || super::innocent_word(text));
    if !span.is_empty() && !plainly(&value) && !words && !matches!(text[0], b'+' | b'\'' | b'"') {
        out(span, Confidence::High);
        return span.end;
    }
    start
}

/// `name="value", name=value`: the proofs go.
fn parameters(line: &[u8], start: usize, memo: &mut Memo, out: &mut impl FnMut(Span, Confidence)) -> usize {
    let mut at = start;
    let limit = start + REACH;
    while at < limit {
        let len = line[at..].iter().take(40).take_while(|b| is_part(**b)).count();
        let name = &line[at..at + len];
        let Some(sign) = glyph(line, at + len).filter(|g| g.byte == b'=' && len > 0) else { break };
        let open = at + len + sign.len;
        let quote = glyph(line, open).filter(|g| g.is_quote());
        let from = open + quote.map_or(0, |g| g.len);
        let form = Form::Slashes(0);
        let link =
            Link { at: from, quote, form, join: Join::Sign { colon: false, loose: false }, named: false, query: false };
        let end = match quote.and_then(|q| extent::quoted(line, from, q, || true)) {
            Some(end) => end,
            None => memo.bare(line, &link),
        };
        if listed(PROOFS, name) {
            proof(line, name, Span::new(from, end), out);
        }
        let behind = end + quote.map_or(0, |g| g.len);
        let comma = glyph(line, behind).filter(|g| matches!(g.byte, b',' | b'&' | b';')).map_or(0, |g| g.len);
        at = skip_blanks(line, behind + comma);
        if at == behind {
            return at;
        }
    }
    at
}

fn proof(line: &[u8], name: &[u8], span: Span, out: &mut impl FnMut(Span, Confidence)) {
    let text = &line[span.range()];
    // `Credential=AKID/date/region/service/aws4_request`: the key's id goes.
    let id = if name.eq_ignore_ascii_case(b"credential") {
        text.iter().position(|b| *b == b'/' || *b == b'%')
    } else {
        None
    };
    let span = Span::new(span.start, span.start + id.unwrap_or(text.len()));
    let text = &line[span.range()];
    let value = Value { text, quoted: true, join: Join::Pair, behind: &line[span.end..] };
    if !span.is_empty() && !plainly(&value) {
        out(span, Confidence::High);
    }
}

/// Adds the values of cookies, and says up to where the line is decided.
pub(super) fn cookies(line: &[u8], link: &Link, names: &Names, out: &mut impl FnMut(Span, Confidence)) -> usize {
    let mut at = link.at;
    let limit = link.at + REACH;
    let near = &line[..line.len().min(limit + NEAR)];
    let stop = link.quote.and_then(|quote| extent::quoted(near, link.at, quote, || true));
    let line = &line[..stop.unwrap_or(line.len())];
    while at < limit {
        let start = skip_blanks(line, at);
        let name = Span::new(start, start + line[start..].iter().take(128).take_while(|b| in_name(**b)).count());
        let sign = glyph(line, name.end).filter(|g| g.byte == b'=' && !name.is_empty());
        let value = Span::new(
            sign.map_or(name.start, |g| name.end + g.len),
            cookie_end(line, sign.map_or(name.start, |g| name.end + g.len)),
        );
        if sign.is_some() {
            if !attribute(&line[name.range()]) && guilty_cookie(line, name, value, names) {
                out(unquoted(line, value), Confidence::Medium);
            }
        } else if at == link.at {
            return lone(line, link, value, out);
        }
        let expires = line[name.range()].eq_ignore_ascii_case(b"expires");
        let end = if expires {
            extent::header(&line[..line.len().min(value.end + NEAR)], value.end)
                .0
                .min(value.end + date_rest(line, value.end))
        } else {
            value.end
        };
        match glyph(line, end) {
            Some(g) if g.byte == b';' => at = end + g.len,
            _ => return end,
        }
    }
    at
}

/// `Expires=Wed, 21 Oct 2015 07:28:00 GMT` has blanks.
fn date_rest(line: &[u8], at: usize) -> usize {
    line[at..].iter().take(40).take_while(|b| b.is_ascii_alphanumeric() || b", :-".contains(b)).count()
}

/// A cookie header's value that is no pair.
fn lone(line: &[u8], link: &Link, span: Span, out: &mut impl FnMut(Span, Confidence)) -> usize {
    let text = &line[span.range()];
    let value = Value { text, quoted: link.quote.is_some(), join: link.join, behind: &line[span.end..] };
    let words = words::plain(text) || matches!(text.first(), None | Some(b'{' | b'['));
    if !words && !plainly(&value) && !super::judge::small_number(text) {
        out(span, Confidence::Medium);
        return span.end;
    }
    link.at
}

const fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$' | b'!' | b'*' | b'~' | b'|' | b'@' | b':')
}

fn attribute(name: &[u8]) -> bool {
    listed(ATTRIBUTES, name)
}

fn cookie_end(line: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(g) = glyph(line, at) {
        let marked = mark(line, at);
        if marked > 0 {
            at += marked;
            continue;
        }
        let quote_opens = at == start && g.byte == b'"' && g.len > 1;
        let ends = match g.byte {
            0..=b' ' | 0x7f | b';' | b'`' => !matches!(g.form, Form::Percent(_)),
            b'"' | b'\'' => !matches!(g.form, Form::Percent(_)) && !quote_opens,
            b',' => line.get(at + 1).is_none_or(|b| *b == b' '),
            b')' | b']' | b'}' => {
                g.is_plain() && !opened(&line[start..at], g.byte) && line.get(at + 1).is_none_or(|b| !is_part(*b))
            }
            _ => false,
        };
        if ends {
            break;
        }
        at += g.len;
    }
    at
}

/// Whether `text` has a bracket open that `close` closes.
fn opened(text: &[u8], close: u8) -> bool {
    let open = match close {
        b')' => b'(',
        b']' => b'[',
        _ => b'{',
    };
    let count = |bracket| text.iter().take(256).filter(|b| **b == bracket).count();
    count(open) > count(close)
}

fn unquoted(line: &[u8], span: Span) -> Span {
    let open = glyph(line, span.start).filter(|g| g.byte == b'"').map_or(0, |g| g.len);
    Span::new((span.start + open).min(span.end), span.end)
}

/// A cookie's value goes unless it is plainly innocent, or a short setting under a harmless name: `theme=dark`.
fn guilty_cookie(line: &[u8], name: Span, span: Span, names: &Names) -> bool {
    let text = &line[span.range()];
    let value = Value { text, quoted: true, join: Join::Pair, behind: &line[span.end..] };
    if text.is_empty() || plainly(&value) {
        return false;
    }
    let telling = names.best(&Key::new(&line[name.range()])).is_some_and(|class| class != Class::Excluded);
    let setting = text.len() <= 12 && text.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'-' | b'_'))
        || text.len() <= 2 && text.iter().all(u8::is_ascii_digit);
    telling || !setting
}
