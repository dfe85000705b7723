//! From the end of a name to the start of its value: what joins the two, in any carrier.

use super::glyph::{Form, Glyph, glyph, skip_blanks};
use super::ident::{ahead, is_part, skip_brackets};
use super::prefix::{skip_prefix, skip_tag};
use super::{fallback, tag};
use crate::span::Span;

/// What joins a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Join {
    /// `=`, `:`, `=>` and their kin; `loose` with blanks around, as code and configuration have them.
    Sign { colon: bool, loose: bool },
    /// `==`, `->`: only a quoted value is one.
    Compare,
    /// `("name", "value")`.
    Pair,
    /// `<name>value</name>`.
    Markup,
    /// `setName("value")`.
    Call,
    /// `name value`.
    Blank,
    /// `--name value`.
    Flag,
    /// `/name/value`.
    Route,
    /// `${name:-value}`.
    Default,
}

/// Where a value begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) join: Join,
    /// The first byte of the value, behind its quote.
    pub(super) at: usize,
    /// The quote that opens the value.
    pub(super) quote: Option<Glyph>,
    /// How the joining sign is spelt.
    pub(super) form: Form,
    /// The name stood in quotes.
    pub(super) named: bool,
    /// Stands in a query string, where `#` ends a value.
    pub(super) query: bool,
}

impl Link {
    /// Reads what follows the name at `name`.
    pub(super) fn read(line: &[u8], name: Span) -> Option<Self> {
        let before = &line[..name.start];
        if before.ends_with(b"${") {
            return fallback::in_braces(line, name.end);
        }
        // The user of a URL, whose password is another rule's.
        if before.ends_with(b"//") {
            return None;
        }
        let colourless = name.end + super::glyph::colour(line, name.end);
        let closing = glyph(line, colourless).filter(|g| g.is_quote());
        let mut at = closing.map_or(colourless, |g| colourless + g.len);
        if closing.is_some() && line[at..].starts_with(b"`") {
            at += 1;
        }
        at = skip_brackets(line, at);
        let markup = match closing {
            None => Self::markup(line, name, at).or_else(|| tag::next(line, before, at)),
            Some(_) => tag::attribute(line, before, at),
        };
        if let Some(link) = markup.or_else(|| fallback::behind(line, at, closing.is_some())) {
            return Some(link);
        }
        let blank = skip_number(line, skip_blanks(line, at));
        if let Some((sign, end, form)) = sign(line, blank) {
            let query = matches!(before.last(), Some(b'?' | b'&')) || before.ends_with(b"&amp;");
            let link = Self::signed(line, &sign, (at, blank, end), form, query)?;
            return Some(Self { named: closing.is_some(), ..link });
        }
        if closing.is_some() {
            return Self::beside(line, before, at, blank);
        }
        match glyph(line, blank) {
            // A list of arguments as Java prints it: `[--password, x]`.
            Some(g) if g.byte == b',' && at == blank && before.ends_with(b"--") && line.get(at + 1) == Some(&b' ') => {
                Some(Self::new(line, at + 2, Join::Flag, Form::Slashes(0), false))
            }
            Some(g) if g.byte == b'(' && blank == at => Self::quoted(line, skip_blanks(line, at + g.len), Join::Call),
            Some(g) if g.byte == b'/' && blank == at && before.ends_with(b"/") => {
                let join = Join::Route;
                Some(Self { join, at: at + g.len, quote: None, form: Form::Slashes(0), named: false, query: true })
            }
            Some(_) if blank > at => Self::blank(line, before, at, blank),
            _ => None,
        }
    }

    /// The first element where the value is a list, as Go and Java keep headers: `[Bearer x]`, `["Bearer x"]`.
    pub(super) fn first(self, line: &[u8]) -> Self {
        if self.quote.is_some() || line.get(self.at) != Some(&b'[') {
            return self;
        }
        let inner = Self::new(line, self.at + 1, self.join, self.form, self.query);
        let bare = !self.named && line.get(inner.at).is_some_and(u8::is_ascii_alphabetic);
        let text = inner.quote.is_some() || bare;
        if text && !line[inner.at..].starts_with(b"REDACTED") { inner } else { self }
    }

    /// Whether the value's quotes have nothing in them.
    pub(super) fn is_empty(&self, line: &[u8]) -> bool {
        self.quote.is_some() && glyph(line, self.at) == self.quote
    }

    /// The quoted element of a list behind this one, which ends at `end`.
    pub(super) fn next(self, line: &[u8], end: usize) -> Option<Self> {
        let comma = skip_blanks(line, end + self.quote?.len);
        let at = skip_blanks(line, comma + glyph(line, comma).filter(|g| g.byte == b',')?.len);
        let quote = glyph(line, at).filter(|g| Some(g.form) == self.quote.map(|q| q.form) && g.is_quote())?;
        Some(Self { at: at + quote.len, quote: Some(quote), ..self })
    }

    fn signed(
        line: &[u8],
        sign: &[u8],
        (at, blank, end): (usize, usize, usize),
        form: Form,
        query: bool,
    ) -> Option<Self> {
        let mut value = skip_blanks(line, end);
        if sign == b":" && value > end && line.get(value) == Some(&b'!') {
            value = skip_blanks(line, skip_tag(line, value)?);
        }
        let loose = blank > at || value > end;
        if matches!(form, Form::Percent(_)) {
            while matches!(glyph(line, value), Some(g) if matches!(g.byte, b' ' | b'+')) {
                value += glyph(line, value).map_or(1, |g| g.len);
            }
        }
        // A query holds no blanks: its last value is empty.
        if (sign == b":" && line[value..].starts_with(b"//")) || (query && value > end) {
            return None;
        }
        let join = match sign {
            b"==" | b"===" | b"!=" | b"!==" | b"->" | b"<-" | b"=~" => Join::Compare,
            b":" => Join::Sign { colon: true, loose },
            _ => Join::Sign { colon: false, loose },
        };
        let link = Self::new(line, value, join, form, query);
        if link.quote.is_none() && sign == b":" {
            return Some(typed(line, value).map_or(link, |at| Self::new(line, at, join, form, query)));
        }
        (link.quote.is_some() || join != Join::Compare).then_some(link)
    }

    pub(super) fn new(line: &[u8], at: usize, join: Join, form: Form, query: bool) -> Self {
        let at = skip_prefix(line, at);
        let Some(quote) = glyph(line, at).filter(|g| g.is_quote()) else {
            return Self { join, at, quote: None, form, named: false, query };
        };
        let mut at = at + quote.len;
        // ``value`` and """value""": the outer quotes are empty, the last one opens.
        if quote.is_plain() {
            let rest = &line[at..];
            if quote.byte == b'`' && rest.first() == Some(&b'`') {
                at += 1;
            } else if rest.starts_with(&[quote.byte, quote.byte]) {
                at += 2;
            }
        }
        Self { join, at, quote: Some(quote), form, named: false, query }
    }

    fn quoted(line: &[u8], at: usize, join: Join) -> Option<Self> {
        let link = Self::new(line, at, join, Form::Slashes(0), false);
        link.quote.is_some().then_some(link)
    }

    fn markup(line: &[u8], name: Span, at: usize) -> Option<Self> {
        if !opens_tag(&line[..name.start]) {
            return None;
        }
        let mut at = at;
        if line.get(at) == Some(&b' ') {
            at += line[at..].iter().take(128).position(|b| matches!(b, b'>' | b'<'))?;
        }
        let close = glyph(line, at).filter(|g| g.byte == b'>' && line[at.saturating_sub(1)] != b'/')?;
        let form = close.form;
        let cdata = if line[at + close.len..].starts_with(b"<![CDATA[") { 9 } else { 0 };
        Some(Self { join: Join::Markup, at: at + close.len + cdata, quote: None, form, named: false, query: false })
    }

    /// A quoted name, and its value is the next quoted one: a tuple, arguments, attributes, `"value":`.
    fn beside(line: &[u8], before: &[u8], at: usize, blank: usize) -> Option<Self> {
        // The quote behind the name has to be the name's own, and not that of a text which ends in this word.
        if !matches!(before.last(), Some(b'"' | b'\'' | b'`' | b'-' | b':' | b';' | b'2' | b'7')) {
            return None;
        }
        let comma = glyph(line, blank).filter(|g| g.byte == b',');
        let next = comma.map_or(blank, |g| skip_blanks(line, blank + g.len));
        if comma.is_none() && next == at {
            return None;
        }
        let more = comma.map_or(next, |_| skip_pairs(line, next));
        if let Some(end) = value_word(line, more) {
            let (_, end, form) = sign(line, skip_blanks(line, end))?;
            let join = Join::Sign { colon: false, loose: false };
            let link = Self::new(line, skip_blanks(line, end), join, form, false);
            return link.quote.is_some().then_some(link);
        }
        comma?;
        let flag = before.ends_with(b"-");
        Self::quoted(line, next, if flag { Join::Flag } else { Join::Pair })
    }

    fn blank(line: &[u8], before: &[u8], end: usize, at: usize) -> Option<Self> {
        if let Some(at) = typed(line, at).or_else(|| set_for(line, before, at)) {
            return Self::quoted(line, at, Join::Sign { colon: false, loose: true });
        }
        let flag = before.ends_with(b"-") && !before.iter().rev().take(3).any(u8::is_ascii_alphanumeric);
        // Help texts have their columns: a flag's own argument is one blank away.
        let join = if flag && at == end + 1 { Join::Flag } else { Join::Blank };
        // `password is 'x'`, `IDENTIFIED WITH some_password BY 'x'`.
        let verb = line.get(at..at + 3).is_some_and(|w| w == b"is " || w.eq_ignore_ascii_case(b"by "));
        let told = verb && line[at + 3..].iter().take(64).take_while(|b| **b > b' ').any(u8::is_ascii_digit);
        if line[at..].starts_with(b"is: ") {
            return Some(Self::new(line, at + 4, Join::Sign { colon: true, loose: true }, Form::Slashes(0), false));
        }
        let at = if verb && (told || glyph(line, at + 3).is_some_and(Glyph::is_quote)) { at + 3 } else { at };
        let link = Self::new(line, at, join, Form::Slashes(0), false);
        if link.quote.is_none() && (names_more(line, at) || colon_follows(line, at)) {
            return None;
        }
        (link.quote.is_some() || !matches!(line.get(at), None | Some(b'-'))).then_some(link)
    }
}

/// Whether what follows the name at `name` may join it to a value: told from a byte or two, since behind most words
/// there is nothing of the kind.
pub(super) fn may_join(line: &[u8], name: Span) -> bool {
    let Some(next) = line.get(name.end) else { return false };
    match next {
        b'/' => line[..name.start].ends_with(b"/"),
        b'.' | b'-' => matches!(line.get(name.end + 1), Some(b'=' | b'>')),
        b',' => line[..name.start].ends_with(b"--"),
        b' ' | b'\t' => line.get(name.end + 1).is_some_and(|b| *b >= b' '),
        b'=' | b':' | b'"' | b'\'' | b'`' | b'[' | b']' | b'(' | b'>' | b'<' | b'\\' | b'%' | b'&' | b'#' | b'^' => {
            true
        }
        b'?' | b'|' | b'+' | b'!' | 0x1b => true,
        _ => false,
    }
}

/// Behind a number that counts the name, as in `Unseal Key 2: `.
fn skip_number(line: &[u8], at: usize) -> usize {
    let digits = line[at..].iter().take(2).take_while(|b| b.is_ascii_digit()).count();
    if digits > 0 && line[at + digits..].starts_with(b": ") { at + digits } else { at }
}

/// Whether `name=value` begins at `at`: the next pair rather than a value.
pub(in crate::detect) fn names_more(line: &[u8], at: usize) -> bool {
    let len = ahead(line, at);
    let rest = &line[at + len..];
    len > 0 && rest.first() == Some(&b'=') && rest.get(1).is_some_and(|b| b.is_ascii_graphic() && *b != b'=')
}

/// Whether `name:` begins at `at`.
fn colon_follows(line: &[u8], at: usize) -> bool {
    let len = ahead(line, at);
    len > 0 && line.get(at + len) == Some(&b':')
}

/// The sign at `at`, where it ends and how it is spelt.
fn sign(line: &[u8], at: usize) -> Option<(Vec4, usize, Form)> {
    let first = glyph(line, at)?;
    if !matches!(first.byte, b'=' | b':' | b'?' | b'|' | b'.' | b'+' | b'&' | b'!' | b'<' | b'-') {
        return None;
    }
    let (mut text, mut ends) = (Vec4::default(), [0; 4]);
    // Nearly always it is one character, and what follows is no part of a sign.
    let alone = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'"');
    if first.is_plain() && matches!(first.byte, b'=' | b':') && line.get(at + 1).is_some_and(alone) {
        text.push(first.byte);
        return Some((text, at + 1, first.form));
    }
    let mut next = at;
    while text.len < 4
        && let Some(g) = glyph(line, next)
    {
        next += g.len;
        ends[text.len] = next;
        text.push(g.byte);
    }
    let found = SIGNS.iter().find(|sign| text.starts_with(sign))?;
    if *found == b"::" {
        return None;
    }
    text.len = found.len();
    Some((text, ends[found.len() - 1], first.form))
}

const SIGNS: &[&[u8]] = &[
    b":::=", b"::=", b"||=", b"===", b"!==", b"=>", b":=", b"?=", b"->", b"<-", b"==", b"!=", b".=", b"+=", b"|=",
    b"&=", b"=~", b"=", b"::", b":",
];

/// Up to four bytes.
#[derive(Clone, Copy, Debug, Default)]
struct Vec4 {
    bytes: [u8; 4],
    len: usize,
}

impl Vec4 {
    fn push(&mut self, byte: u8) {
        self.bytes[self.len] = byte;
        self.len += 1;
    }
}

impl std::ops::Deref for Vec4 {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// Whether `before` ends in `<`, with or without a namespace behind it.
fn opens_tag(before: &[u8]) -> bool {
    let local = before.strip_suffix(b":").map(|rest| {
        let len = rest.iter().rev().take(32).take_while(|b| is_part(**b)).count();
        &rest[..rest.len() - len]
    });
    let before = local.unwrap_or(before);
    [&b"<"[..], b"&lt;", b"\\u003c", b"\\u003C", b"%3C", b"%3c"].iter().any(|open| before.ends_with(open))
}

/// Where the word `value` that begins at `at`, quoted or not, ends.
fn value_word(line: &[u8], at: usize) -> Option<usize> {
    let open = glyph(line, at).filter(|g| g.is_quote()).map_or(0, |g| g.len);
    let start = at + open;
    let len = line.get(start..)?.iter().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
    let word = &line[start..start + len];
    if !(word.eq_ignore_ascii_case(b"value") || word.eq_ignore_ascii_case(b"val")) {
        return None;
    }
    let end = start + len;
    Some(end + glyph(line, end).filter(|g| open > 0 && g.is_quote()).map_or(0, |g| g.len))
}

/// Behind up to two pairs of JSON such as `"type":"String",`, which describe the value that follows.
fn skip_pairs(line: &[u8], start: usize) -> usize {
    let mut at = start;
    for _ in 0..2 {
        let pair = || {
            let open = glyph(line, at).filter(|g| g.byte == b'"')?.len;
            let name = line[at + open..].iter().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
            let close = at + open + name;
            let sign = close + glyph(line, close).filter(|g| g.byte == b'"' && name > 0)?.len;
            let text = skip_blanks(line, sign + usize::from(line.get(sign) == Some(&b':')));
            let plain = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'"' | b'\\' | b'_' | b'-' | b' ');
            let len = line[text..].iter().take(48).take_while(plain).count();
            (text > sign && line.get(text + len) == Some(&b',')).then(|| skip_blanks(line, text + len + 1))
        };
        match pair() {
            Some(next) if value_word(line, at).is_none() => at = next,
            _ => break,
        }
    }
    at
}

/// Where the value begins in MySQL's `SET PASSWORD FOR 'user'@'host' = 'value'`, read from `FOR` on.
fn set_for(line: &[u8], before: &[u8], at: usize) -> Option<usize> {
    let set = before.len() >= 4 && before[before.len() - 4..].eq_ignore_ascii_case(b"set ");
    let rest = line.get(at..).filter(|rest| set && rest.len() > 4 && rest[..4].eq_ignore_ascii_case(b"for "))?;
    let sign = rest.iter().take(160).position(|b| *b == b'=')?;
    Some(skip_blanks(line, at + sign + 1))
}

/// Where the quote is in `Type = "value"`, read from the type on.
fn typed(line: &[u8], at: usize) -> Option<usize> {
    let rest = line.get(at..)?;
    if !rest.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'*') && !rest.starts_with(b"[]") {
        return None;
    }
    let kind = rest.iter().take(40).take_while(|b| is_part(**b) || b"<>[]?*,|&".contains(b)).count();
    let (sign, end, _) = sign(line, skip_blanks(line, at + kind))?;
    let at = skip_blanks(line, end);
    let quoted = glyph(line, skip_prefix(line, at)).is_some_and(Glyph::is_quote);
    (matches!(&*sign, b"=" | b":=" | b":") && &*sign != b":" && quoted).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::named::ident;

    fn case(text: &str, value: &str) {
        let line = text.as_bytes();
        let name = ident::around(line, text.find("pass").unwrap());
        let link = Link::read(line, name);
        assert_eq!(link.map(|l| &text[l.at..]), Some(value), "{text}");
    }

    #[test]
    fn values_are_found_behind_every_sign() {
        for text in [
            "pass=v",
            "pass: v",
            "pass := v",
            "pass :::= v",
            "\"pass\":v",
            r#"\"pass\":v"#,
            "pass => v",
            "pass ?= v",
            "pass||=v",
            ":pass=>v",
            "--pass v",
            "pass%3Dv",
            r"pass\u003dv",
            "pass[]=v",
            "u[pass]=v",
            "['pass'] = v",
            "%22pass%22%3Av",
            "<pass>v",
            "<a:pass>v",
            "&lt;pass&gt;v",
            "<pass a=\"b\">v",
            "\x1b[1mpass\x1b[0m=\x1b[2mv",
        ] {
            case(text, "v");
        }
        for text in [
            "pass=\"v\"",
            "pass = b\"v\"",
            "pass: String = \"v\"",
            "var pass string = \"v\"",
            "('pass', \"v\"",
            "\"pass\",\"value\":\"v\"",
            "key=\"pass\" value=\"v\"",
            "setPass(\"v\"",
            "pass == \"v\"",
            "pass \"v\"",
            "pass=``v\"",
        ] {
            case(&text.replace("setPass", "pass"), "v\"");
        }
    }

    #[test]
    fn what_joins_nothing_is_no_link() {
        for text in ["pass", "pass.", "pass::x", "pass://x", "${pass:?x}", "pass == x", "pass -x", "(pass)", "\"pass\""]
        {
            let line = text.as_bytes();
            assert_eq!(Link::read(line, ident::around(line, text.find("pass").unwrap())), None, "{text}");
        }
    }
}
