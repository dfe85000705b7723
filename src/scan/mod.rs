//! A text on its way through a scan: hits become findings.
//!
//! It sees the values, and lets nothing of them out but a [`Finding`]: a place, a count, a keyed fingerprint and a
//! preview. Equal values are one finding. How many are listed is bounded; what is not listed is counted.

mod files;
mod line;
mod stamp;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

pub(crate) use files::{Outcome, Scanner, Task};
use memchr::{memchr, memchr_iter, memrchr};

use crate::catalogue::{Detector, Kind};
use crate::report::{Finding, Key, Place, Scanned, Situation, is_listed, preview};
use crate::{Clean, Hit, INTERNAL_ERROR, Redactor, RuleId, Span};

/// How far back and on a line is looked at around a value.
const AROUND: usize = 4096;

/// What is known of a text before its bytes are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Facts {
    /// Stored, readable for others, source: what holds for all of its values.
    pub(crate) situation: Situation,
    /// When it was last written to, in seconds since 1970: its youngest line.
    pub(crate) latest: i64,
}

/// Follows one text, piece by piece.
pub(crate) struct Scan<'r> {
    redactor: &'r Redactor,
    key: &'r Key,
    facts: Facts,
    seen: Seen,
    here: Here,
    done: Scanned,
    /// By rule, how many findings are listed.
    listed: HashMap<RuleId, u32>,
    last: Last,
}

/// Which values have been seen, by hashes of two secret keys: no value is kept.
struct Seen {
    hashers: [RandomState; 2],
    findings: HashMap<(RuleId, u128), usize>,
}

/// Where the next piece begins.
#[derive(Clone, Copy, Default)]
struct Here {
    bytes: u64,
    /// Newlines before.
    lines: u64,
    /// Bytes of the line before.
    column: u64,
}

/// What is known of the last line that was looked at, and of the last hit.
#[derive(Default)]
struct Last {
    line: Option<u64>,
    situation: Situation,
    moment: Option<i64>,
    /// A finding whose value may go on: its place in the list, and the line of its end.
    open: Option<(RuleId, usize, u64)>,
}

/// A piece of the text with the place of its newlines so far.
struct Piece<'t> {
    text: &'t [u8],
    /// Where the current line begins in it; `None` where it began before.
    start: Option<usize>,
    upto: usize,
    line: u64,
}

impl<'r> Scan<'r> {
    /// At the start of a text.
    pub(crate) fn new(redactor: &'r Redactor, key: &'r Key, facts: Facts) -> Self {
        let seen = Seen { hashers: [RandomState::new(), RandomState::new()], findings: HashMap::new() };
        Self {
            redactor,
            key,
            facts,
            seen,
            here: Here::default(),
            done: Scanned::default(),
            listed: HashMap::new(),
            last: Last::default(),
        }
    }

    /// Takes the next piece: its bytes, and what was found in them.
    pub(crate) fn piece(&mut self, text: &[u8], clean: &Clean<'_>) {
        let start = (self.here.column == 0).then_some(0);
        let mut piece = Piece { text, start, upto: 0, line: self.here.lines };
        if let (true, Some((_, index, _))) = (clean.is_swallowed(), self.last.open) {
            self.grow(index, text.len() as u64);
        }
        for hit in clean.hits() {
            piece.go_to(hit.span.start);
            match self.redactor.rule(hit.rule) {
                Some(_) => self.hit(hit, &piece),
                None if hit.rule == INTERNAL_ERROR => self.done.internal_errors += 1,
                None => {}
            }
        }
        piece.go_to(text.len());
        let column = piece.start.map_or(self.here.column + text.len() as u64, |start| (text.len() - start) as u64);
        self.here = Here { bytes: self.here.bytes + text.len() as u64, lines: piece.line, column };
    }

    /// What the text came to.
    pub(crate) fn finish(mut self) -> Scanned {
        self.done.bytes = self.here.bytes;
        self.done.lines = self.here.lines + u64::from(self.here.column > 0);
        self.done
    }

    fn hit(&mut self, hit: &Hit, piece: &Piece<'_>) {
        if self.goes_on(hit, piece) {
            return;
        }
        let line = piece.line_of(hit.span);
        let situation = self.look_at_line(piece, line).and(line::of_value(&piece.text[line.start..hit.span.start]));
        let value = &piece.text[hit.span.range()];
        let id = (hit.rule, self.seen.hash(value));
        let moment = self.last.moment;
        if let (Some(moment), Some(rule)) = (moment, self.redactor.rule(hit.rule)) {
            self.done.timeline.add(moment, rule.severity);
        }
        if let Some(index) = self.seen.findings.get(&id).copied() {
            self.done.findings[index].again(hit, situation, moment);
            self.last.open = None;
            return;
        }
        let listed = self.listed.entry(hit.rule).or_default();
        if !is_listed(*listed, self.done.findings.len() as u32) {
            *self.done.unlisted.entry(hit.rule).or_default() += 1;
            self.last.open = None;
            return;
        }
        *listed += 1;
        self.seen.findings.insert(id, self.done.findings.len());
        self.last.open = Some((hit.rule, self.done.findings.len(), piece.line));
        let finding = self.finding(hit, piece, line, situation);
        self.done.findings.extend(finding);
    }

    /// Whether the hit is a further line of the private key before it.
    fn goes_on(&mut self, hit: &Hit, piece: &Piece<'_>) -> bool {
        let Some((rule, index, line)) = self.last.open else { return false };
        let key = |id| self.redactor.rule(id).is_some_and(|rule| rule.kind == Kind::Detector(Detector::PrivateKey));
        if rule != hit.rule || piece.line > line + 1 || !key(rule) {
            return false;
        }
        let end = self.here.bytes + hit.span.end as u64;
        if let Some(finding) = self.done.findings.get_mut(index) {
            finding.place.len = end - finding.place.offset;
        }
        self.last.open = Some((rule, index, piece.line));
        true
    }

    fn grow(&mut self, index: usize, by: u64) {
        if let Some(finding) = self.done.findings.get_mut(index).filter(|finding| finding.count == 1) {
            finding.place.len += by;
        }
    }

    /// What the line says, looked up once a line.
    fn look_at_line(&mut self, piece: &Piece<'_>, line: Span) -> Situation {
        if self.last.line != Some(piece.line) {
            let before = &piece.text[line.start.saturating_sub(AROUND)..line.start];
            let text = &piece.text[line.range()];
            self.last.situation = line::of_line(text, before);
            // A line without a time belongs to the one before that has one: a traceback to its message.
            self.last.moment =
                stamp::stamp(text, self.facts.latest).or_else(|| self.moment_before(before)).or(self.last.moment);
            self.last.line = Some(piece.line);
        }
        self.last.situation
    }

    fn moment_before(&self, before: &[u8]) -> Option<i64> {
        before.rsplit(|b| *b == b'\n').skip(1).take(32).find_map(|line| stamp::stamp(line, self.facts.latest))
    }

    fn finding(&self, hit: &Hit, piece: &Piece<'_>, line: Span, situation: Situation) -> Option<Finding> {
        let rule = self.redactor.rule(hit.rule)?;
        let (text, value) = (piece.text, &piece.text[hit.span.range()]);
        let before = &text[line.start..hit.span.start];
        let column =
            piece.start.map_or(self.here.column + hit.span.start as u64, |start| (hit.span.start - start) as u64);
        let whole = piece.start == Some(line.start);
        Some(Finding {
            rule: hit.rule,
            confidence: hit.confidence,
            situation: situation.and(self.facts.situation),
            place: Place {
                line: piece.line + 1,
                column: column + 1,
                utf16: whole.then(|| units(before) + 1).map(|from| (from, from + units(value))),
                offset: self.here.bytes + hit.span.start as u64,
                len: hit.span.len() as u64,
            },
            count: 1,
            logged: self.last.moment.map(|moment| (moment, moment)),
            preview: preview(rule, value, before),
            fingerprint: self.key.fingerprint(&rule.id, value),
        })
    }
}

impl Finding {
    /// The value stands at one place more.
    fn again(&mut self, hit: &Hit, situation: Situation, moment: Option<i64>) {
        self.count += 1;
        self.confidence = self.confidence.max(hit.confidence);
        self.situation = self.situation.and(situation);
        self.logged = match (self.logged, moment) {
            (Some((first, last)), Some(moment)) => Some((first.min(moment), last.max(moment))),
            (logged, moment) => logged.or(moment.map(|moment| (moment, moment))),
        };
    }
}

impl Seen {
    fn hash(&self, value: &[u8]) -> u128 {
        let [one, two] = &self.hashers;
        u128::from(one.hash_one(value)) << 64 | u128::from(two.hash_one(value))
    }
}

impl Piece<'_> {
    fn go_to(&mut self, at: usize) {
        let between = &self.text[self.upto..at];
        if let Some(last) = memrchr(b'\n', between) {
            self.start = Some(self.upto + last + 1);
            self.line += memchr_iter(b'\n', between).count() as u64;
        }
        self.upto = at;
    }

    /// The line of a value, or as much of it as is at hand and worth a look.
    fn line_of(&self, value: Span) -> Span {
        let start = self.start.unwrap_or(0).max(value.start.saturating_sub(AROUND));
        let reach = &self.text[value.start..self.text.len().min(value.start + AROUND)];
        Span::new(start, memchr(b'\n', reach).map_or(value.start + reach.len(), |n| value.start + n))
    }
}

/// The length in UTF-16 units; bytes that are no UTF-8 are shown as one unit each sequence.
fn units(text: &[u8]) -> u64 {
    if text.is_ascii() {
        return text.len() as u64;
    }
    let chunk = |chunk: std::str::Utf8Chunk<'_>| {
        let valid = chunk.valid().chars().map(char::len_utf16).sum::<usize>();
        valid + usize::from(!chunk.invalid().is_empty())
    };
    text.utf8_chunks().map(chunk).sum::<usize>() as u64
}

#[cfg(test)]
mod tests;
