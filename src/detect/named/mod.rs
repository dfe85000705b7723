//! A sensitive name and its value, in any carrier.
//!
//! One rule for all of them: a stem is found by the sieve, the whole name around it is read ([`ident`]) and looked up
//! in the list of names, what joins it to a value is read through escapes and colours ([`link`]), the value's end is
//! found ([`extent`]), and the value is judged ([`innocent`], [`shape`]). Only the value's bytes go.
//!
//! Every step but the walk over the value is bounded, and [`Memo`] sees to it that no byte of a line belongs to two
//! such walks, so a line costs what its length is. The result depends on the line's bytes alone.

mod command;
mod extent;
mod glyph;
mod header;
mod ident;
pub(super) mod innocent;
pub(super) mod link;
pub(super) mod shape;
mod stems;
#[cfg(test)]
mod tests;

use crate::catalogue::names::{Class, Key, Names};
use crate::detect::Found;
use crate::sieve::Needle;
use crate::span::{Confidence, RuleId, Span};
use innocent::Value;
use link::{Join, Link};

/// The names, compiled.
#[derive(Debug, Default)]
pub(crate) struct Named {
    rule: Option<RuleId>,
    names: Names,
}

/// What was learnt about the current line, so that no byte of it is walked over twice.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    /// Everything before was decided: names, and values that go.
    upto: usize,
    /// The last bare run: any value that begins inside ends where it ends.
    run: Option<(Span, bool, glyph::Form)>,
    /// How many unescaped `"` stand before a place of the line.
    quotes: (usize, usize),
}

impl Memo {
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether `at` stands inside `"`.
    fn inside(&mut self, line: &[u8], at: usize) -> bool {
        let (from, count) = if self.quotes.0 <= at { self.quotes } else { (0, 0) };
        let text = &line[..at];
        let more = memchr::memchr_iter(b'"', &line[from..at]).filter(|i| !text[..from + i].ends_with(b"\\")).count();
        self.quotes = (at, count + more);
        self.quotes.1 % 2 == 1
    }

    fn bare(&mut self, line: &[u8], link: &Link) -> usize {
        if let Some((run, query, form)) = self.run
            && run.contains(link.at)
            && query == link.query
            && form == link.form
        {
            return run.end;
        }
        let end = extent::bare(line, link.at, link);
        self.run = Some((Span::new(link.at, end), link.query, link.form));
        end
    }
}

impl Named {
    pub(crate) fn new(rule: RuleId) -> Self {
        Self { rule: Some(rule), names: Names::builtin() }
    }

    /// The stems that the sieve shall look for.
    pub(crate) fn needles(&self) -> Vec<Needle> {
        stems::needles(&self.names)
    }

    /// A stem stands at `at` of `line`: adds what goes.
    pub(crate) fn find(&self, line: &[u8], at: usize, memo: &mut Memo, found: &mut Found<'_>) {
        let Some(rule) = self.rule else { return };
        let mut out = |span: Span, confidence: Confidence| {
            if !span.is_empty() {
                found.add(rule, span, confidence);
            }
        };
        if let Some(span) = command::find(line, at) {
            return out(span, Confidence::Medium);
        }
        if at < memo.upto {
            return;
        }
        let name = ident::around(line, at);
        memo.upto = memo.upto.max(name.end);
        if let Some((class, name)) = ident::class(&self.names, line, name) {
            self.value(&Line { line, name, class }, memo, &mut out);
        }
        if let Some(span) = joined(line, name, &self.names) {
            out(span, Confidence::Medium);
        }
    }

    fn value(&self, at: &Line<'_>, memo: &mut Memo, out: &mut impl FnMut(Span, Confidence)) {
        let line = at.line;
        let Some(link) = Link::read(line, at.name) else { return };
        match at.class {
            Class::Authorization if !matches!(link.join, Join::Blank | Join::Call | Join::Compare) => {
                memo.upto = memo.upto.max(header::authorization(line, &link, memo, out));
            }
            Class::Cookies if !matches!(link.join, Join::Blank | Join::Call | Join::Compare) => {
                memo.upto = memo.upto.max(header::cookies(line, &link, &self.names, out));
            }
            _ if link.quote.is_none() && line.get(link.at) == Some(&b'[') && self.list(at, &link, memo, out) => {}
            _ => {
                let (span, quoted) = self.extent(line, &link, memo);
                if self.is_secret(at, &link, span, quoted) {
                    memo.upto = memo.upto.max(span.end);
                    out(span, if at.class == Class::Weak { Confidence::Low } else { Confidence::Medium });
                }
            }
        }
    }

    /// The value's bytes, and whether quotes enclose them.
    fn extent(&self, line: &[u8], link: &Link, memo: &mut Memo) -> (Span, bool) {
        if link.join == Join::Markup {
            let end = extent::element(line, link.at, link.form);
            return (trimmed(line, Span::new(link.at, end)), true);
        }
        if let Some(quote) = link.quote
            && let Some(end) = extent::quoted(line, link.at, quote, || memo.inside(line, link.at))
        {
            return (Span::new(link.at, end), true);
        }
        let mut end = memo.bare(line, link);
        // A run ends before a closing bracket, also before its own.
        let pair = (line.get(link.at), line.get(end));
        if matches!(
            pair,
            (Some(b'['), Some(b']')) | (Some(b'<'), Some(b'>')) | (Some(b'('), Some(b')')) | (Some(b'{'), Some(b'}'))
        ) {
            end += 1;
            while line.get(end) == line.get(end - 1) && line.get(link.at) == line.get(link.at + 1) && end - link.at < 64
            {
                end += 1;
            }
        } else if matches!(line.get(link.at..link.at + 2), Some(b"${" | b"#{" | b"%{")) && line.get(end) == Some(&b'}')
        {
            end += 1;
        }
        if end > link.at && matches!(line[end - 1], b'.' | b':') {
            end -= 1;
        }
        (Span::new(link.at, end), false)
    }

    fn is_secret(&self, at: &Line<'_>, link: &Link, span: Span, quoted: bool) -> bool {
        let text = &at.line[span.range()];
        let value = Value { text, quoted, join: link.join, behind: &at.line[span.end..] };
        if text.is_empty() || innocent::plainly(&value) || self.says_its_name(at, &value) {
            return false;
        }
        match (at.class, link.join) {
            (Class::Weak, Join::Blank) => !quoted && shape::free_token(text),
            (Class::Weak, _) => shape::token(text),
            (_, Join::Call) => {
                let setter = at.line[at.name.range()].get(..3).is_some_and(|w| w.eq_ignore_ascii_case(b"set"));
                setter || shape::token(text)
            }
            (_, Join::Pair) => closed_pair(at.line, at.name, span.end) || shape::token(text),
            (Class::Password, Join::Blank) => quoted || shape::free_token(text),
            (_, Join::Blank) => shape::free_token(text),
            (Class::Strong, _) => !small_number(text) && !(prompt(at, &value)),
            _ => !prompt(at, &value),
        }
    }

    /// Whether the value is a sensitive name itself: `token=token`, `client_secret=secret`, `key: "api_key"`.
    fn says_its_name(&self, at: &Line<'_>, value: &Value<'_>) -> bool {
        if value.text.len() > 40
            || !value.text.iter().all(|b| ident::is_part(*b))
            || value.text.iter().any(u8::is_ascii_digit)
        {
            return false;
        }
        let (name, own) = (Key::new(&at.line[at.name.range()]), Key::new(value.text));
        let same = name.text().ends_with(own.text()) || own.text().ends_with(name.text());
        if value.quoted {
            name.text() == own.text()
        } else {
            same || self.names.best(&own).is_some_and(|c| c < Class::Weak && value.text.contains(&b'_'))
        }
    }

    /// `["a","b"]`: each quoted element is a value. Says whether there was one.
    fn list(&self, at: &Line<'_>, link: &Link, memo: &mut Memo, out: &mut impl FnMut(Span, Confidence)) -> bool {
        let line = at.line;
        let mut next = glyph::skip_blanks(line, link.at + 1);
        let mut any = false;
        while let Some(quote) = glyph::glyph(line, next).filter(|g| g.is_quote()) {
            let start = next + quote.len;
            let Some(end) = extent::quoted(line, start, quote, || memo.inside(line, start)) else { break };
            let element = Link { at: start, quote: Some(quote), ..*link };
            let span = Span::new(start, end);
            if self.is_secret(at, &element, span, true) {
                out(span, Confidence::Medium);
            }
            any = true;
            memo.upto = memo.upto.max(end);
            next = glyph::skip_blanks(line, end + quote.len);
            match glyph::glyph(line, next) {
                Some(g) if g.byte == b',' => next = glyph::skip_blanks(line, next + g.len),
                _ => break,
            }
        }
        any
    }
}

/// A sensitive name in its line.
struct Line<'l> {
    line: &'l [u8],
    name: Span,
    class: Class,
}

/// Whether `(` or `[` opens directly before the quoted name, and closes directly behind the value's quote.
fn closed_pair(line: &[u8], name: Span, end: usize) -> bool {
    let before = &line[..name.start];
    let before = before.trim_suffix(|b| matches!(b, b'"' | b'\'' | b'\\' | b'b'));
    let after = line[end..].iter().skip_while(|b| matches!(b, b'"' | b'\'' | b'\\')).find(|b| **b != b' ');
    matches!((before.last(), after), (Some(b'(' | b'['), Some(b')' | b']')))
}

trait TrimSuffix {
    fn trim_suffix(&self, of: impl Fn(u8) -> bool) -> &Self;
}

impl TrimSuffix for [u8] {
    fn trim_suffix(&self, of: impl Fn(u8) -> bool) -> &Self {
        let n = self.iter().rev().take(16).take_while(|b| of(**b)).count();
        &self[..self.len() - n]
    }
}

/// A count or a flag, rather than something issued.
fn small_number(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    (digits.len() <= 6 && digits.iter().all(|b| b.is_ascii_digit() || *b == b'.'))
        || (text.len() <= 18 && text.strip_prefix(b"0x").is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)))
}

/// PAM's `(passwd:chauthtok)`, and a path behind `PWD`.
fn prompt(at: &Line<'_>, value: &Value<'_>) -> bool {
    let tight = matches!(value.join, Join::Sign { colon: true, loose: false });
    let opened = at.name.start > 0 && at.line[at.name.start - 1] == b'(';
    (tight && opened && value.behind.first() == Some(&b')') && value.text.iter().all(u8::is_ascii_alphabetic))
        || (at.line[at.name.range()].eq_ignore_ascii_case(b"pwd") && value.text.starts_with(b"/"))
}

/// A value that hangs on its name by a dash: `vendor-secret-key-5f4dcc3b5aa765d6`.
fn joined(line: &[u8], name: Span, names: &Names) -> Option<Span> {
    let text = &line[name.range()];
    let dash = text.iter().rposition(|b| *b == b'-').filter(|i| *i > 0)?;
    let span = Span::new(name.start + dash + 1, line.len().min(name.end));
    let value = &line[span.range()];
    let ends = line.get(name.end).is_none_or(|b| !ident::is_part(*b));
    let hangs = value.len() >= 20 && value.iter().all(u8::is_ascii_alphanumeric) && shape::token(value) && ends;
    let class = if hangs { names.best(&Key::new(&text[..dash])) } else { None };
    matches!(class, Some(Class::Password | Class::Strong | Class::Weak)).then_some(span)
}

fn trimmed(line: &[u8], span: Span) -> Span {
    let text = &line[span.range()];
    let start = span.start + (text.len() - text.trim_ascii_start().len());
    Span::new(start, start + text.trim_ascii().len())
}

/// A plain word that stands for a credential instead of being one: `token`, `api_key`.
fn innocent_word(text: &[u8]) -> bool {
    ["token", "key", "credential", "password", "auth", "secret", "jwt", "missing", "required", "header", "none"]
        .iter()
        .any(|w| text.to_ascii_lowercase().ends_with(w.as_bytes()))
}
