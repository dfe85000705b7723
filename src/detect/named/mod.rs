//! A sensitive name and its value, in any carrier.
//!
//! One rule for all of them: a stem is found by the sieve, the whole name around it is read ([`ident`]) and looked up
//! in the list of names, what joins it to a value is read through escapes and colours ([`link`]), the value's end is
//! found ([`extent`]), and the value is judged ([`judge`], [`innocent`], [`shape`]). Only the value's bytes go.
//!
//! Every step but the walk over the value is bounded, and [`Memo`] sees to it that no byte of a line belongs to two
//! such walks, so a line costs what its length is. The result depends on the line's bytes alone.

pub(super) mod below;
mod code;
mod command;
mod example;
mod extent;
mod fallback;
pub(super) mod glyph;
mod header;
mod ident;
pub(super) mod innocent;
mod judge;
pub(super) mod link;
mod login;
mod prefix;
mod route;
mod row;
mod seen;
pub(super) mod shape;
mod stems;
mod tag;
#[cfg(test)]
mod tests;

use crate::catalogue::names::{Class, Names};
use crate::detect::Found;
use crate::sieve::Needle;
use crate::span::{Confidence, RuleId, Span};
use below::Below;
use judge::Site;
use link::{Join, Link};

/// The names, compiled.
#[derive(Debug, Default)]
pub(crate) struct Named {
    rule: Option<RuleId>,
    names: Names,
}

/// What was learnt about the current line, so that no byte of it is walked over twice, and about names.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    /// Everything before was decided: names, and values that go.
    upto: usize,
    /// The last bare run: any value that begins inside ends where it ends.
    run: Option<(Span, bool, glyph::Form)>,
    /// How many unescaped `"` stand before a place of the line.
    quotes: (usize, usize),
    /// The last list of names.
    list: row::Run,
    /// A name whose value stands on the next line.
    pub(super) below: Option<Below>,
    /// Outlives the line.
    seen: seen::Seen,
}

/// How long the default of a variable may be, in bytes.
const DEFAULT: usize = 128;

impl Memo {
    pub(crate) fn clear(&mut self) {
        (self.upto, self.run, self.quotes, self.list) = (0, None, (0, 0), row::Run::default());
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
        // Its run ends within another one, at its brace.
        if link.join == Join::Default {
            return extent::bare(&line[..line.len().min(link.at + DEFAULT)], link.at, link);
        }
        if let Some((run, query, form)) = self.run
            && run.contains(link.at)
            && query == link.query
            && form == link.form
        {
            return extent::close(line, link.at, run.end);
        }
        let end = extent::bare(line, link.at, link);
        self.run = Some((Span::new(link.at, end), link.query, link.form));
        extent::close(line, link.at, end)
    }
}

impl Named {
    pub(crate) fn new(rule: RuleId) -> Self {
        Self { rule: Some(rule), names: Names::builtin() }
    }

    /// The rule, if it is on.
    pub(crate) const fn rule(&self) -> Option<RuleId> {
        self.rule
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
        let whole = ident::around(line, at);
        memo.upto = memo.upto.max(whole.end);
        let ends = line[whole.end..].trim_ascii_start().is_empty();
        if let Some(span) = route::token(line, whole) {
            return out(span, Confidence::Medium);
        }
        let list = memo.list.ending(line, whole);
        if (ends || list != row::Ending::Other || link::may_join(line, whole))
            && let Some((class, name)) = ident::class(&self.names, &mut memo.seen, line, whole)
        {
            let pair = Below::pair(line, name, class);
            match ends {
                _ if pair.is_some() => memo.below = pair,
                _ if self.row(&Site { line, name, class }, list, memo, &mut out) => {}
                true => memo.below = Below::open(line, name, class, whole.end, None),
                false => self.value(&Site { line, name, class }, memo, &mut out),
            }
        }
        if let Some(span) = judge::compared(line, whole, &self.names) {
            out(span, Confidence::Medium);
        }
        if let Some(span) = judge::joined(line, whole, &self.names) {
            out(span, Confidence::Medium);
        }
    }

    fn value(&self, site: &Site<'_>, memo: &mut Memo, out: &mut impl FnMut(Span, Confidence)) {
        let line = site.line;
        let Some(link) = Link::read(line, site.name) else { return };
        if link.quote.is_none()
            && let Some(below) = Below::open(line, site.name, site.class, link.at, Some(link.join))
        {
            memo.below = Some(below);
            return;
        }
        let list = link.quote.is_none() && line.get(link.at) == Some(&b'[');
        let link = if matches!(site.class, Class::Authorization | Class::Cookies) { link.first(line) } else { link };
        // A header is text: a bare value of a quoted name is a number.
        let header =
            matches!(link.join, Join::Sign { .. } | Join::Pair | Join::Flag) && (link.quote.is_some() || !link.named);
        match site.class {
            Class::Authorization | Class::Cookies if header => {
                let mut next = Some(link);
                while let Some(link) = next {
                    let end = match site.class {
                        _ if link.is_empty(line) => link.at,
                        Class::Cookies => header::cookies(line, &link, &self.names, out),
                        _ => header::authorization(line, &link, memo, out),
                    };
                    memo.upto = memo.upto.max(end);
                    let quote = link.quote.filter(|_| list);
                    let end = quote.and_then(|q| extent::quoted(line, link.at, q, || memo.inside(line, link.at)));
                    next = end.and_then(|end| link.next(line, end));
                }
            }
            _ if link.quote.is_none() && line.get(link.at) == Some(&b'[') && self.list(site, &link, memo, out) => {}
            _ if link.quote.is_none() && link.named && matches!(line.get(link.at), Some(b'[' | b'{')) => {}
            _ => {
                let called = if link.quote.is_none() { fallback::in_call(line, link.at) } else { None };
                let inner = called.or_else(|| prefix::wrapper(line, &link));
                let link = inner.unwrap_or(link);
                let (span, quoted) = extent::of(site, &link, memo);
                if site.is_secret(&self.names, &link, span, quoted) {
                    memo.upto = memo.upto.max(span.end);
                    out(span, if site.class == Class::Weak { Confidence::Low } else { Confidence::Medium });
                }
            }
        }
    }

    /// A name in a list whose values stand in another, behind what ends it; says whether it is one.
    fn row(
        &self,
        site: &Site<'_>,
        ending: row::Ending,
        memo: &mut Memo,
        out: &mut impl FnMut(Span, Confidence),
    ) -> bool {
        let line = site.line;
        let mut take = |cell: row::Cell| {
            let site = Site { line, name: cell.name, class: cell.class };
            if site.is_secret(&self.names, &cell.link, cell.value, true) {
                out(cell.value, Confidence::Medium);
            }
        };
        match ending {
            row::Ending::Other => false,
            row::Ending::Values(at) => row::insert(line, (site.name, at), &self.names, memo, &mut take),
            row::Ending::Sign(at) => {
                let cell = row::tuple(line, site.name, site.class, at, memo);
                cell.map(&mut take).is_some()
            }
        }
    }

    /// `["a","b"]`, `[1,2]`: each element is a value. Says whether there was one.
    fn list(&self, site: &Site<'_>, link: &Link, memo: &mut Memo, out: &mut impl FnMut(Span, Confidence)) -> bool {
        let line = site.line;
        let mut next = glyph::skip_blanks(line, link.at + 1);
        let mut any = false;
        while let Some((element, end)) = Self::element(line, link, next, memo) {
            let span = Span::new(element.at, end);
            if site.is_secret(&self.names, &element, span, true) {
                out(span, Confidence::Medium);
            }
            any = true;
            memo.upto = memo.upto.max(end);
            next = glyph::skip_blanks(line, end + element.quote.map_or(0, |g| g.len));
            match glyph::glyph(line, next) {
                Some(g) if g.byte == b',' => next = glyph::skip_blanks(line, next + g.len),
                _ => break,
            }
        }
        any
    }

    /// The element of a list that begins at `at`, quoted or a number, and where it ends.
    fn element(line: &[u8], link: &Link, at: usize, memo: &mut Memo) -> Option<(Link, usize)> {
        if let Some(quote) = glyph::glyph(line, at).filter(|g| g.is_quote()) {
            let start = at + quote.len;
            let end = extent::quoted(line, start, quote, || memo.inside(line, start))?;
            return Some((Link { at: start, quote: Some(quote), ..*link }, end));
        }
        let digits = line.get(at..)?.iter().take_while(|b| b.is_ascii_digit()).count();
        let ends = matches!(line.get(at + digits), Some(b',' | b']' | b' '));
        (link.named && digits > 0 && ends).then_some((Link { at, quote: None, ..*link }, at + digits))
    }
}

/// A plain word that stands for a credential instead of being one: `token`, `api_key`.
fn innocent_word(text: &[u8]) -> bool {
    ["token", "key", "credential", "password", "auth", "secret", "jwt", "missing", "required", "header", "none"]
        .iter()
        .any(|w| text.len() >= w.len() && text[text.len() - w.len()..].eq_ignore_ascii_case(w.as_bytes()))
}
