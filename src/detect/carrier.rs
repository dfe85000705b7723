//! What a value stands in, as far as the marker must know: a bare JSON number or boolean needs quotes to stay JSON.
//!
//! Only the value's own line decides, so that the answer is the same however the text was cut into blocks. Where that
//! line begins as JSON does its strings are counted, which is exact; elsewhere the nearest quote has to tell.

use memchr::memchr_iter;

use super::line_around;
use crate::span::{Hit, Quote, Span};

/// Tells for one value after the other which quotes the markers in their places need.
pub(crate) struct Quotes<'b> {
    block: &'b [u8],
    line: Span,
    /// The line begins as a line of JSON does.
    json: bool,
    /// Up to here the line's strings are counted, and so many are open, each inside of the one before.
    counted: usize,
    depth: u32,
    /// Where the hit before ends.
    settled: usize,
}

/// How far back a name or another element is looked for.
const REACH: usize = 256;
/// The deepest level of escaping that a marker can be quoted at.
const DEEPEST: u32 = 3;

impl<'b> Quotes<'b> {
    pub(crate) const fn new(block: &'b [u8]) -> Self {
        Self { block, line: Span::new(0, 0), json: false, counted: 0, depth: 0, settled: 0 }
    }

    /// Gives a hit the quotes that its marker needs, and a number its sign, which is no number by itself. Hits come in
    /// their order.
    pub(crate) fn settle(&mut self, hit: &mut Hit) {
        let (block, from) = (self.block, self.settled);
        self.settled = hit.span.end;
        if !bare(&block[hit.span.range()]) {
            return;
        }
        if hit.span.start > from && block[hit.span.start - 1] == b'-' {
            let signed = Span::new(hit.span.start - 1, hit.span.end);
            hit.quote = self.of(signed);
            hit.span = if hit.quote == Quote::None { hit.span } else { signed };
            return;
        }
        hit.quote = self.of(hit.span);
    }

    /// The quotes that a marker in place of `span` needs.
    fn of(&mut self, span: Span) -> Quote {
        self.enter(span.start);
        let line = &self.block[self.line.range()];
        let (start, end) = (span.start - self.line.start, span.end.min(self.line.end) - self.line.start);
        let before = trim_end(&line[start.saturating_sub(REACH)..start]);
        let after = trim_start(&line[end..]);
        let level = match (before.last(), after.first()) {
            (Some(b':'), None | Some(b',' | b'}' | b']')) => named(&before[..before.len() - 1]),
            (Some(b'[' | b','), Some(b',' | b'}' | b']')) => nearest(before),
            // An element that has its line to itself.
            (None, None | Some(b',')) if start > 0 && after.len() < 2 => Some(0),
            _ => None,
        };
        let level = if self.json { level.map(|_| self.count(start)) } else { level };
        level.filter(|level| *level <= DEEPEST).map_or(Quote::None, |level| Quote::Json(level as u8))
    }

    fn enter(&mut self, at: usize) {
        if at < self.line.end && !self.line.is_empty() {
            return;
        }
        self.line = line_around(self.block, at, self.line.end);
        let line = self.block[self.line.range()].trim_ascii();
        self.json = matches!(line.first(), Some(b'{' | b'[' | b'"'));
        (self.counted, self.depth) = (0, 0);
    }

    /// How many strings are open before `at` of the line.
    fn count(&mut self, at: usize) -> u32 {
        let line = &self.block[self.line.range()];
        for quote in memchr_iter(b'"', &line[self.counted..at]) {
            let level = level(&line[..self.counted + quote]);
            if level < self.depth {
                self.depth = level;
            } else if level == self.depth {
                self.depth += 1;
            }
        }
        self.counted = at;
        self.depth
    }
}

/// The level of the name in quotes that `text` ends in.
fn named(text: &[u8]) -> Option<u32> {
    let text = trim_end(text);
    text.strip_suffix(b"\"").map(level)
}

/// The level of the last quote in `text`, 0 where there is none.
fn nearest(text: &[u8]) -> Option<u32> {
    Some(text.iter().rposition(|b| *b == b'"').map_or(0, |quote| level(&text[..quote])))
}

/// The level of escaping of a quote that stands behind `text`.
///
/// A quote of level n has 2^n - 1 backslashes of its own, and each backslash of the string that it may end has
/// 2^(n + 1): so n is the number of trailing ones.
fn level(text: &[u8]) -> u32 {
    let backslashes = text.iter().rev().take_while(|b| **b == b'\\').count();
    backslashes.trailing_ones()
}

/// A JSON number, `true`, `false` or `null`.
fn bare(value: &[u8]) -> bool {
    match value.first() {
        Some(b'0'..=b'9' | b'-') => value.iter().all(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')),
        Some(b't' | b'f' | b'n') => matches!(value, b"true" | b"false" | b"null"),
        _ => false,
    }
}

/// Without blanks at its end, also those that are spelt `\n`, `\r` and `\t` behind any number of backslashes.
fn trim_end(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii_end();
    while let [rest @ .., b'\\', b'n' | b'r' | b't'] = text {
        let backslashes = rest.iter().rev().take_while(|b| **b == b'\\').count();
        text = rest[..rest.len() - backslashes].trim_ascii_end();
    }
    text
}

/// Without such blanks at its beginning.
pub(super) fn trim_start(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii_start();
    loop {
        let backslashes = text.iter().take_while(|b| **b == b'\\').count();
        match text[backslashes..].first() {
            Some(b'n' | b'r' | b't') if backslashes > 0 => text = text[backslashes + 1..].trim_ascii_start(),
            _ => return text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::{Confidence, RuleId};

    fn case(before: &str, value: &str, after: &str, want: Quote) {
        let text = [before, value, after].concat();
        let span = Span::new(before.len(), before.len() + value.len());
        let mut hit = Hit { span, rule: RuleId(0), confidence: Confidence::High, quote: Quote::None };
        Quotes::new(text.as_bytes()).settle(&mut hit);
        assert_eq!(hit.quote, want, "{text}");
    }

    #[test]
    fn only_bare_json_values_are_quoted() {
        case(r#"{"pin":"#, "1234", "}", Quote::Json(0));
        case(r#"{"pin": "#, "-12.5e3", " , ", Quote::Json(0));
        case(r#"{"pin": -"#, "12", " , ", Quote::Json(0));
        case("x -", "12", " , ", Quote::None);
        case(r#"{"m":"{\"pin\":"#, "true", r#"}"}"#, Quote::Json(1));
        case(r#"{"m":"{\"n\":\"{\\\"pin\\\":"#, "1", r#"}\"}"}"#, Quote::Json(2));
        case(r#"{"pins":["#, "1234", ",5]", Quote::Json(0));
        case(r#"{"pin":""#, "1234", r#""}"#, Quote::None);
        case("pin: ", "1234", ", x", Quote::None);
        case("pin=", "1234", "", Quote::None);
        case(r#"{"pin":"#, "12ab", "}", Quote::None);
    }

    #[test]
    fn escaped_blanks_and_backslashes_before_are_no_hindrance() {
        case(r#"{"m":"{\n  \"pin\": "#, "12", r#"\n}"}"#, Quote::Json(1));
        case(r#"{"m":"[\n  "#, "12", r#",\n  13\n]"}"#, Quote::Json(1));
        case(r#"x {"pins":["\\","#, "12", "]}", Quote::Json(0));
        case(r#"{"pins":["\\","#, "12", "]}", Quote::Json(0));
        case(r#"{"pins\\":"#, "12", "}", Quote::Json(0));
        case("{\n  \"pin\": ", "12", "\n}", Quote::Json(0));
        case("[\n  ", "12", ",\n  13\n]", Quote::Json(0));
        case("12 x\n", "12", "\n13\n", Quote::None);
    }

    #[test]
    fn inside_of_a_string_a_quote_is_escaped() {
        case(r#"{"a":",","#, "12", "]}", Quote::Json(0));
        case(r#"{"a":","#, "12", r#",","b":1}"#, Quote::Json(1));
        case(r#"{"a":"x","b":":"#, "12", r#",","b":1}"#, Quote::Json(1));
    }
}
