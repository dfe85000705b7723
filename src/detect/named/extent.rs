//! Where a value ends.
//!
//! A quoted value runs to the quote that is spelt as the opening one, over escaped quotes of any depth. A bare one
//! runs to the first byte that its carrier would not let stand, and what decides this lies ahead of it, never
//! behind: so two values that share a run share its end, and no run is walked twice.

use memchr::memchr;

use super::Memo;
use super::glyph::{Form, Glyph, colour, glyph, mark};
use super::ident::ahead;
use super::judge::Site;
use super::link::{Join, Link};
use crate::detect::carrier::trim_start;
use crate::span::Span;

/// The bytes of the value at `link`, and whether quotes or tags enclose them.
pub(super) fn of(site: &Site<'_>, link: &Link, memo: &mut Memo) -> (Span, bool) {
    let line = site.line;
    if link.join == Join::Markup {
        let end = element(line, link.at, link.form);
        let text = if closes_tag(line, end) { end - cdata_end(&line[link.at..end]) } else { link.at };
        return (trimmed(line, Span::new(link.at, text)), true);
    }
    if let Some(quote) = link.quote {
        if closes_outer(site, link, quote, memo) {
            return (Span::new(link.at, link.at), true);
        }
        if let Some(end) = quoted(line, link.at, quote, || memo.inside(line, link.at)) {
            if code_follows(line, link.at, end, quote) {
                return (Span::new(link.at, link.at), true);
            }
            return (Span::new(link.at, key_id(site, link.at, end)), true);
        }
    }
    let mut end = memo.bare(line, link);
    if end > link.at && matches!(line[end - 1], b'.' | b':') {
        end -= 1;
    }
    (Span::new(link.at, key_id(site, link.at, end)), false)
}

/// Whether the quote behind the sign ends the JSON string that the name stands in: `{"msg":"password=","n":1}`,
/// `"{\"password\":"}`. More than one sign of that is wanted: alone each could be made by a stray quote before, and a
/// secret would stay.
fn closes_outer(site: &Site<'_>, link: &Link, quote: Glyph, memo: &mut Memo) -> bool {
    let Form::Slashes(slashes) = quote.form else { return false };
    let line = site.line;
    let goes_on = || matches!(trim_start(&line[link.at..]).first(), None | Some(b',' | b'}' | b']'));
    match glyph(line, site.name.end).map(|name| name.form) {
        Some(Form::Slashes(deeper)) if link.named => quote.byte == b'"' && slashes < deeper && goes_on(),
        // Behind the quote that opened before the name: `\"token:\"`.
        _ if !link.named && quote.byte == b'"' && goes_on() && opened_by(&line[..site.name.start], slashes) => true,
        _ => {
            !link.named && quote.is_plain() && quote.byte == b'"' && goes_on() && memo.inside(line, link.at - quote.len)
        }
    }
}

/// Whether the quote before `at` was a closing one, with code behind it: `\"the password is \", name)"`. Only the string
/// around it ends at `end`, and what stands between begins as code does.
fn code_follows(line: &[u8], at: usize, end: usize, quote: Glyph) -> bool {
    let Form::Slashes(slashes) = quote.form else { return false };
    let backslashes = line[end..].iter().take_while(|b| **b == b'\\').count();
    backslashes < usize::from(slashes)
        && matches!(trim_start(&line[at..end]).first(), None | Some(b',' | b'}' | b']' | b')' | b'+' | b';'))
}

/// Whether `before` ends in a `"` behind so many backslashes.
fn opened_by(before: &[u8], slashes: u8) -> bool {
    before
        .strip_suffix(b"\"")
        .is_some_and(|rest| rest.iter().rev().take_while(|b| **b == b'\\').count() == usize::from(slashes))
}

/// `X-Amz-Credential=KEYID/20240506/region/...`: the key's id goes, its scope stays.
fn key_id(site: &Site<'_>, start: usize, end: usize) -> usize {
    let name = &site.line[site.name.range()];
    if !name.len().checked_sub(14).is_some_and(|at| name[at..].eq_ignore_ascii_case(b"amz-credential")) {
        return end;
    }
    let value = &site.line[start..end];
    value.iter().take(128).position(|b| matches!(b, b'/' | b'%')).map_or(end, |n| start + n)
}

fn trimmed(line: &[u8], span: Span) -> Span {
    let text = &line[span.range()];
    let start = span.start + (text.len() - text.trim_ascii_start().len());
    Span::new(start, start + text.trim_ascii().len())
}

/// Where the value that `quote` opened before `start` ends. `inside` says whether `start` stands in a JSON string:
/// an unescaped `"` ends that string, whatever else is open.
pub(super) fn quoted(line: &[u8], start: usize, quote: Glyph, inside: impl FnOnce() -> bool) -> Option<usize> {
    let Form::Slashes(slashes) = quote.form else { return spelt(line, start, quote) };
    let end = same_level(line, start, quote.byte, usize::from(slashes))?;
    if slashes == 0
        && quote.byte != b'"'
        && let Some(outer) = same_level(&line[..end], start, b'"', 0)
        && inside()
    {
        return Some(outer);
    }
    Some(end)
}

/// The next quote behind as many backslashes as the opening one, or behind fewer.
///
/// At a level of escaping where a quote has `n` backslashes, each backslash of the text itself has `2(n + 1)`: the
/// remainder tells a closing quote behind backslashes from an escaped quote.
fn same_level(line: &[u8], start: usize, byte: u8, slashes: usize) -> Option<usize> {
    let mut from = start;
    loop {
        let at = from + memchr(byte, &line[from..])?;
        let before = line[from..at].iter().rev().take_while(|b| **b == b'\\').count();
        if before <= slashes {
            return Some(at - before);
        }
        if before % (2 * (slashes + 1)) == slashes {
            return Some(at - slashes);
        }
        from = at + 1;
    }
}

/// The next quote spelt in the same way, or a byte that cannot stand in such a value.
fn spelt(line: &[u8], start: usize, quote: Glyph) -> Option<usize> {
    let mut at = start;
    while let Some(g) = glyph(line, at) {
        let same = std::mem::discriminant(&g.form) == std::mem::discriminant(&quote.form);
        let foreign = match quote.form {
            Form::Percent(_) => g.is_plain() && (g.byte <= b' ' || matches!(g.byte, b'"' | b'\'' | b'&' | b'<')),
            _ => g.is_plain() && matches!(g.byte, b'"' | b'<'),
        };
        if foreign || (same && g.byte == quote.byte) {
            return Some(at);
        }
        at += g.len;
    }
    None
}

/// Where the bare value that begins at `start` ends.
pub(super) fn bare(line: &[u8], start: usize, link: &Link) -> usize {
    let mut at = start;
    loop {
        at += dull(&line[at..]);
        let Some(g) = glyph(line, at) else { break };
        let marked = mark(line, at);
        if marked > 0 {
            at += marked;
            continue;
        }
        // What is percent-encoded belongs to the value, unless the sign before it was encoded too.
        let g = match (g.form, link.form) {
            (Form::Percent(a), Form::Percent(b)) if a == b => g,
            (Form::Percent(_), _) => {
                at += g.len;
                continue;
            }
            _ => g,
        };
        if ends(line, at, g, link) {
            break;
        }
        at += g.len;
    }
    at
}

/// How many bytes at the start of `text` stand for themselves and end no value.
fn dull(text: &[u8]) -> usize {
    text.iter().take_while(|b| DULL[usize::from(**b)]).count()
}

static DULL: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8, b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | 0x80..)
            || matches!(byte as u8, b'-' | b'_' | b'.' | b':' | b'=' | b'+' | b'@' | b'!' | b'$' | b'*' | b'~');
        byte += 1;
    }
    table
};

fn ends(line: &[u8], at: usize, g: Glyph, link: &Link) -> bool {
    let next = at + g.len;
    match g.byte {
        0..=b' ' | 0x7f | b'"' | b'`' => true,
        b'\\' => false,
        b'/' => link.join == Join::Route,
        // An apostrophe stands between letters: anything else closes a quote that is around the value.
        b'\'' => {
            let letter = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphanumeric);
            !g.is_plain() || !letter(line.get(next)) || !letter(line[..at].last())
        }
        b'&' if g.form != Form::Entity && g.is_plain() => begins_pair(line, next),
        b'&' => true,
        b'#' => link.query,
        b'?' => link.join == Join::Route,
        b';' if words_of_name(line, next) => true,
        b',' | b';' | b'|' => !g.is_plain() || begins_pair(line, next),
        b'}' if link.join == Join::Default => true,
        b')' | b']' | b'}' | b'>' => !g.is_plain() || closes(line, next),
        b'<' => !g.is_plain() || line.get(next).is_some_and(|b| *b == b'/' || b.is_ascii_alphabetic()),
        _ => false,
    }
}

/// Whether what begins at `at` is no part of a value before it: the end, a blank, a quote, a bracket, or the next
/// `name=` or `name:`.
fn begins_pair(line: &[u8], at: usize) -> bool {
    let Some(g) = glyph(line, at) else { return true };
    if g.byte <= b' ' || g.is_quote() || matches!(g.byte, b')' | b']' | b'}' | b'[' | b'{' | b'<') {
        return true;
    }
    let name = if g.byte == b'.' { 0 } else { ahead(line, at) };
    name > 0 && glyph(line, at + name).is_some_and(|g| matches!(g.byte, b'=' | b':' | b'['))
}

/// Whether a name of two or three words begins at `at`, as connection strings have them: `;Initial Catalog=`.
fn words_of_name(line: &[u8], at: usize) -> bool {
    let mut end = at;
    for word in 0..3 {
        let len = line[end..].iter().take(24).take_while(|b| b.is_ascii_alphabetic()).count();
        end += len;
        match line.get(end) {
            Some(b' ') if len > 1 => end += 1,
            Some(b'=') => return word > 0 && len > 0,
            _ => return false,
        }
    }
    false
}

/// Whether a closing bracket before `at` closes what is around the value.
fn closes(line: &[u8], at: usize) -> bool {
    let Some(g) = glyph(line, at) else { return true };
    g.byte <= b' '
        || g.is_quote()
        || matches!(g.byte, b',' | b';' | b')' | b']' | b'}' | b'<' | b'>' | b'&' | b'|')
        || (matches!(g.byte, b'.' | b':') && line.get(at + 1).is_none_or(|b| *b <= b' '))
        || colour(line, at) > 0
}

/// Where a value ends whose run ends at `end`: a run ends before a closing bracket, also before its own, as in
/// `[FILTERED]`, `{{x}}` and `${x}`.
pub(super) fn close(line: &[u8], start: usize, end: usize) -> usize {
    let at = |i: usize| line.get(i).copied();
    let own = |open, close| {
        let dollar = line[start..].iter().take(2).take_while(|b| matches!(b, b'$' | b'#' | b'%')).count();
        at(start + dollar) == Some(open) && at(end) == Some(close) && !line[start + dollar..end].contains(&close)
    };
    if end <= start || end - start > 256 || !(own(b'[', b']') || own(b'<', b'>') || own(b'{', b'}') || own(b'(', b')'))
    {
        return end;
    }
    let double = at(start) == at(start + 1) && at(end) == at(end + 1);
    end + 1 + usize::from(double)
}

/// Where the text of an element ends: at the next tag.
pub(super) fn element(line: &[u8], start: usize, form: Form) -> usize {
    if form == Form::Slashes(0) {
        return memchr(b'<', &line[start..]).map_or(line.len(), |n| start + n);
    }
    let mut at = start;
    while let Some(g) = glyph(line, at) {
        if g.byte == b'<' || (g.is_plain() && g.byte == b'"') {
            break;
        }
        at += g.len;
    }
    at
}

/// How much of an element's text closes a `CDATA` section at its end.
fn cdata_end(text: &[u8]) -> usize {
    if text.ends_with(b"]]>") { 3 } else { 0 }
}

/// Whether a closing tag begins at `at`.
fn closes_tag(line: &[u8], at: usize) -> bool {
    let slash = glyph(line, at).filter(|g| g.byte == b'<').and_then(|g| glyph(line, at + g.len));
    slash.is_some_and(|g| g.byte == b'/')
}

/// Where a header's value ends that no quotes enclose: at the end of its line, at a quote of what is around it, at
/// ` | ` or before `, Name:`. Says also whether it ended before the text did.
pub(super) fn header(line: &[u8], start: usize) -> (usize, bool) {
    let mut at = start;
    let mut end = start;
    let mut open = 0usize;
    loop {
        let skip = dull(&line[at..]);
        if skip > 0 {
            at += skip;
            end = at;
        }
        let Some(g) = glyph(line, at) else { break };
        let marked = mark(line, at);
        if marked > 0 {
            at += marked;
            end = at;
            continue;
        }
        let next = at + g.len;
        open += usize::from(matches!(g.byte, b'(' | b'[' | b'{'));
        let stop = match g.byte {
            b'\n' | b'\r' | b'"' | b'`' | 0x1b => true,
            b'\'' => begins_pair(line, next),
            b'|' => at > 0 && line[at - 1] == b' ' && line.get(next) == Some(&b' '),
            b',' | b';' => line.get(next) == Some(&b' ') && begins_name(line, next + 1),
            b')' | b']' | b'}' if open > 0 => {
                open -= 1;
                false
            }
            b')' | b']' | b'}' => g.is_plain() && closes(line, next),
            _ => false,
        };
        if stop {
            return (end, true);
        }
        if g.byte > b' ' {
            end = next;
        }
        at = next;
    }
    (end, false)
}

/// Whether `Name: ` begins at `at`.
fn begins_name(line: &[u8], at: usize) -> bool {
    let name = ahead(line, at);
    name > 0 && line.get(at + name) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bare_case(text: &str, value: &str) {
        let line = text.as_bytes();
        let link = Link::read(line, Span::new(0, 1)).unwrap();
        assert_eq!(&text[link.at..bare(line, link.at, &link)], value, "{text}");
    }

    #[test]
    fn bare_values_end_where_their_carrier_goes_on() {
        for text in [
            "p=v",
            "p=v q",
            "p=v, q=1",
            "p=v,q=1",
            "p=v;q=1",
            "p=v&q=1",
            "p=v)",
            "f(p=v)",
            "p=v]",
            "p=v}",
            "p=v\"",
            "p=v'",
            r"p=v\n",
            r#"p=v\""#,
            r"p=v\u0026q=1",
            "p=v&amp;q=1",
            "p%3Dv%26q",
            "p=v\x1b[0m",
            "p=v#012x",
            "p=v|q=1",
            "p=v;Initial Catalog=x",
            "p=v;Max Pool Size=5",
            "p=v</a>",
        ] {
            let text = text.strip_prefix("f(").unwrap_or(text);
            bare_case(text, "v");
        }
        bare_case("p=a,b", "a,b");
        bare_case("p=a,.:b", "a,.:b");
        bare_case("p=a&b c", "a&b");
        bare_case("p=m{{h}o)p${e]x} y", "m{{h}o)p${e]x");
        bare_case("p=a%26b&c=d", "a%26b");
        bare_case(r"p=a\/b", r"a\/b");
        bare_case("p=it's", "it's");
    }

    fn quoted_case(text: &str, value: &str) {
        let line = text.as_bytes();
        let link = Link::read(line, Span::new(0, 1)).unwrap();
        let end = quoted(line, link.at, link.quote.unwrap(), || false);
        assert_eq!(end.map(|end| &text[link.at..end]), Some(value), "{text}");
    }

    #[test]
    fn quoted_values_end_at_their_own_quote() {
        quoted_case(r#"p="a\"b" c""#, r#"a\"b"#);
        quoted_case(r#"p="a\\" c""#, r"a\\");
        quoted_case(r#"p=\"a\\\"b\" c"#, r#"a\\\"b"#);
        quoted_case(r#"p=\"a\\\\\" c"#, r"a\\\\");
        quoted_case(r#"p=\"a" c"#, "a");
        quoted_case(r"p=\u0022a b\u0022 c", "a b");
        quoted_case("p%3D%22a%20b%22", "a%20b");
        quoted_case("p=&quot;a b&quot;", "a b");
        quoted_case("p='a\"b'", "a\"b");
    }
}
