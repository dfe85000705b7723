//! Rules of other programs: searched for as their own program does it, the leftmost match first, in one line.
//!
//! A rule sleeps until one of its fixed texts, or of its keywords, stands in the line; then the places where a match
//! may begin are searched once, in windows, so that the work stays in proportion to the line. What lies beyond the
//! bound is not decided and goes.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use regex_automata::meta::{self, Regex};
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, HirKind};

use super::Found;
use super::automaton::{Automaton, Walk};
use super::effort::{Effort, Efforts};
#[cfg(feature = "cli")]
use super::explain::Why;
use super::lets::{Ready, Text, holds_any};
use crate::catalogue::foreign::{Foreign, Let};
use crate::catalogue::literal::{self, Anchors, Literal, Unit};
use crate::span::{Confidence, Hit, Quote, RuleId, Span};

/// Longest match that is surely found, in bytes; one that reaches its window's end goes up to the next blank.
const LONGEST: usize = 8 << 10;
/// So much is searched at once: it decides about all matches that begin in its first half.
const WINDOW: usize = 2 * LONGEST;
/// Bytes of searching allowed for each byte of a line, and for any line.
const PER_BYTE: usize = 64;
const FOR_ANY: usize = 1 << 20;

/// All rules of other programs that are on.
#[derive(Debug, Default)]
pub(super) struct Foreigners {
    rules: Vec<One>,
    /// The conditions by address: many rules share one.
    lets: HashMap<usize, Arc<Ready>>,
    /// What stands in the place of secrets: no secret itself.
    marks: Vec<Box<[u8]>>,
}

#[derive(Debug)]
struct One {
    rule: RuleId,
    foreign: Arc<Foreign>,
    /// The line has to hold a keyword, and what wakes the rule is none.
    gate: bool,
    /// Built when it is first needed: most patterns never are. `None` cannot be built.
    engine: OnceLock<Option<Regex>>,
    way: Way,
    lets: Vec<Arc<Ready>>,
}

/// How a rule is looked for once it is awake.
#[derive(Debug)]
enum Way {
    /// Its matches begin in a narrow range: each start is walked by itself.
    Walk(OnceLock<Option<Automaton>>),
    /// It begins with something that may be missing. What is behind that is walked first, from so many bytes before
    /// the fixed text, and the whole is searched for only where that stands.
    Tail(OnceLock<Automaton>, Hir, (usize, usize)),
    /// It is searched for in what the line has from there on.
    Search,
}

/// Matches that begin in a range as wide as this are walked one by one.
const NARROW: usize = 4;

impl Way {
    fn new(foreign: &Foreign, wake: &Wake) -> Self {
        let Wake::Text(texts, back) = wake else { return Self::Search };
        // The word boundaries of Unicode are no states of an automaton.
        if foreign.unicode {
            return Self::Search;
        }
        if usize::from(back.1 - back.0) <= NARROW {
            return Self::Walk(OnceLock::new());
        }
        let tail = foreign.hir().ok().and_then(|hir| tail(&hir));
        let found = tail.and_then(|tail| Some((literal::anchors(&tail, false)?, tail)));
        match found {
            Some((a, tail)) if a.literals == *texts && a.back.1 - a.back.0 <= NARROW => {
                Self::Tail(OnceLock::new(), tail, a.back)
            }
            _ => Self::Search,
        }
    }
}

/// `hir` without its first part, if that may be missing.
fn tail(hir: &Hir) -> Option<Hir> {
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let (first, rest) = parts.split_first()?;
    matches!(first.kind(), HirKind::Repetition(rep) if rep.min == 0).then(|| Hir::concat(rest.to_vec()))
}

/// What wakes a rule.
#[derive(Debug)]
pub(super) enum Wake {
    /// A fixed text, which begins between so many bytes behind the match's start.
    Text(Vec<Literal>, (u8, u8)),
    /// A keyword anywhere in the line.
    Keyword(Vec<Literal>),
    /// Nothing: it is slow.
    Always,
}

impl Wake {
    /// What wakes `foreign`, and whether the line has to be asked for a keyword then.
    pub(super) fn new(foreign: &Foreign, anchors: Option<&Anchors>) -> (Self, bool) {
        let keyword = |text: &Literal| {
            let text: Vec<u8> = text.iter().map(|unit| unit.byte.to_ascii_lowercase()).collect();
            foreign.keywords.iter().any(|word| memchr::memmem::find(&text, word.as_bytes()).is_some())
        };
        let asked = !foreign.keywords.is_empty();
        let known = anchors.is_some_and(|anchors| anchors.literals.iter().all(keyword));
        let usable = foreign.keywords.iter().all(|word| word.len() >= 2);
        match anchors {
            Some(a) if !asked || known || !usable => {
                (Self::Text(a.literals.clone(), (a.back.0 as u8, a.back.1 as u8)), asked && !known)
            }
            _ if asked && usable => {
                let head = |word: &String| word.bytes().take(LONGEST_KEYWORD).map(Unit::caseless).collect();
                let cut = foreign.keywords.iter().any(|word| word.len() > LONGEST_KEYWORD);
                (Self::Keyword(foreign.keywords.iter().map(head).collect()), cut)
            }
            _ => (Self::Always, asked),
        }
    }
}

/// As much of a keyword is looked for.
const LONGEST_KEYWORD: usize = 16;

/// Where the fixed texts of `foreign` stand in its matches.
pub(crate) fn anchors(foreign: &Foreign) -> Option<Anchors> {
    literal::anchors(&foreign.hir().ok()?, false)
}

/// How far the rules have come in the current line.
#[derive(Debug, Default)]
pub(super) struct Progress {
    line: u64,
    len: usize,
    each: Vec<Done>,
    efforts: Efforts,
}

#[derive(Clone, Copy, Debug, Default)]
struct Done {
    line: u64,
    /// No match begins before, but for those that are found already.
    upto: usize,
    /// What is left to search.
    left: usize,
}

impl Progress {
    /// Another line, of `len` bytes, begins.
    pub(super) fn next_line(&mut self, len: usize) {
        self.line += 1;
        self.len = len;
        self.efforts.next_line(len);
    }

    fn of(&mut self, index: usize) -> (&mut Done, &mut Effort) {
        if self.each.len() <= index {
            self.each.resize(index + 1, Done::default());
        }
        let done = &mut self.each[index];
        if done.line != self.line {
            *done = Done { line: self.line, upto: 0, left: self.len.saturating_mul(PER_BYTE).saturating_add(FOR_ANY) };
        }
        (done, self.efforts.of(index))
    }
}

impl Foreigners {
    /// Takes a rule in and says its number.
    pub(super) fn add(&mut self, rule: RuleId, foreign: &Arc<Foreign>, wake: &Wake, gate: bool) -> usize {
        let mut ready = |one: &Arc<Let>| {
            Arc::clone(self.lets.entry(Arc::as_ptr(one).addr()).or_insert_with(|| Arc::new(Ready::new(one))))
        };
        let lets = foreign.lets.iter().map(&mut ready).collect();
        let (foreign, way) = (Arc::clone(foreign), Way::new(foreign, wake));
        self.rules.push(One { rule, foreign, gate, engine: OnceLock::new(), way, lets });
        self.rules.len() - 1
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Which rule `index` is.
    #[cfg(feature = "cli")]
    pub(super) fn rule(&self, index: usize) -> RuleId {
        self.rules[index].rule
    }

    /// Why rule `index` finds nothing in `line`.
    #[cfg(feature = "cli")]
    pub(super) fn why(&self, index: usize, line: &[u8]) -> (RuleId, Why) {
        let one = &self.rules[index];
        let why = if one.gate && !holds_any(line, &one.foreign.keywords) {
            Why::Keyword
        } else if one.engine.get_or_init(|| regex(&one.foreign)).as_ref().is_some_and(|regex| regex.is_match(line)) {
            Why::Let
        } else {
            Why::Pattern
        };
        (one.rule, why)
    }

    pub(super) fn mark(&mut self, marks: Vec<Box<[u8]>>) {
        self.marks = marks;
    }

    /// Adds the hits of rule `index` in `line`, woken at `at` by a text that begins `back` bytes behind the match's
    /// start, or by something that may stand anywhere.
    pub(super) fn find(
        &self,
        index: usize,
        back: Option<(u8, u8)>,
        (line, at): (&[u8], usize),
        progress: &mut Progress,
        found: &mut Found<'_>,
    ) {
        let (done, effort) = progress.of(index);
        let (first, last) = match back {
            Some((least, most)) => {
                let Some(last) = at.checked_sub(usize::from(least)) else { return };
                (at.saturating_sub(usize::from(most)), last)
            }
            None => (0, line.len()),
        };
        if done.upto > last {
            return;
        }
        let one = &self.rules[index];
        if one.gate && !holds_any(line, &one.foreign.keywords) {
            done.upto = usize::MAX;
            return;
        }
        done.upto = done.upto.max(first);
        match &one.way {
            Way::Walk(walker) => {
                let walker = walker.get_or_init(|| one.foreign.hir().ok().map(|hir| Automaton::new(hir, None)));
                self.walk(one, walker.as_ref(), (line, last), (done, effort), found);
            }
            Way::Tail(walker, hir, back) => {
                let walker = walker.get_or_init(|| Automaton::new(hir.clone(), None));
                if stands(walker, line, at, *back, effort) {
                    self.search(one, line, last, done, found);
                }
            }
            Way::Search => self.search(one, line, last, done, found),
        }
    }

    /// Walks from each start up to `last`.
    fn walk(
        &self,
        one: &One,
        walker: Option<&Automaton>,
        (line, last): (&[u8], usize),
        (done, effort): (&mut Done, &mut Effort),
        found: &mut Found<'_>,
    ) {
        while done.upto <= last {
            let start = done.upto;
            match walker.map_or(Walk::Undecided, |walker| walker.find(line, start, effort)) {
                Walk::None => done.upto += 1,
                Walk::Undecided => return give_up(one, start, line, done, found),
                Walk::Match(all, _) => {
                    done.upto = all.end.max(start + 1);
                    let Some(regex) = one.engine.get_or_init(|| regex(&one.foreign)) else {
                        return give_up(one, start, line, done, found);
                    };
                    if let Some(span) = self.judged(one, regex, line, all, line.len()) {
                        found.add(one.rule, span, Confidence::Medium);
                    }
                }
            }
        }
    }

    /// Searches until all matches that begin at `last` or before are found.
    fn search(&self, one: &One, line: &[u8], last: usize, done: &mut Done, found: &mut Found<'_>) {
        let Some(regex) = one.engine.get_or_init(|| regex(&one.foreign)) else {
            return give_up(one, 0, line, done, found);
        };
        while done.upto <= last.min(line.len()) {
            let (from, to) = (done.upto, line.len().min(done.upto.saturating_add(WINDOW)));
            let all = regex.search(&Input::new(line).range(from..to));
            // What was looked at behind a match cannot be told: as much as a match may have.
            let cost = all.as_ref().map_or(to - from, |all| to.min(all.end() + LONGEST) - from);
            let Some(left) = done.left.checked_sub(cost) else {
                return give_up(one, from, line, done, found);
            };
            done.left = left;
            let Some(all) = all.map(|all| Span::new(all.start(), all.end())) else {
                done.upto = if to == line.len() { usize::MAX } else { to - LONGEST };
                continue;
            };
            done.upto = all.end.max(all.start + 1);
            if let Some(span) = self.judged(one, regex, line, all, to) {
                found.add(one.rule, span, Confidence::Medium);
            }
        }
    }

    /// The secret of a match that counts. `to` is where the search ended.
    fn judged(&self, one: &One, regex: &Regex, line: &[u8], all: Span, to: usize) -> Option<Span> {
        let mut secret = secret(one, regex, line, all)?;
        if secret.end == to && to < line.len() {
            let rest = line[to..].iter().position(u8::is_ascii_whitespace).unwrap_or(line.len() - to);
            secret.end = to + rest;
        }
        let value = &line[secret.range()];
        if value.is_empty() || self.marks.iter().any(|mark| **mark == *value) {
            return None;
        }
        let text = Text { secret: value, all: &line[all.range()], line };
        (!one.lets.iter().any(|ready| ready.holds(&text))).then_some(secret)
    }
}

/// Whether what `walker` looks for stands around the text at `at`, or may.
fn stands(walker: &Automaton, line: &[u8], at: usize, back: (usize, usize), effort: &mut Effort) -> bool {
    let Some(last) = at.checked_sub(back.0) else { return false };
    (at.saturating_sub(back.1)..=last).any(|start| !matches!(walker.find(line, start, effort), Walk::None))
}

/// The group that is secret: the one that is named, else the first that holds anything, else the whole match.
fn secret(one: &One, regex: &Regex, line: &[u8], all: Span) -> Option<Span> {
    if regex.captures_len() == 1 {
        return Some(all);
    }
    let mut caps = Captures::all(regex.group_info().clone());
    regex.search_captures(&Input::new(line).range(all.start..all.end).anchored(Anchored::Yes), &mut caps);
    let group = |index: usize| caps.get_group(index).map(|g| Span::new(g.start, g.end));
    match one.foreign.secret {
        Some(index) => group(index as usize),
        None => (1..regex.captures_len()).filter_map(group).find(|g| !g.is_empty()).or(Some(all)),
    }
}

/// Failing closed: the rest of the line may be anything.
fn give_up(one: &One, from: usize, line: &[u8], done: &mut Done, found: &mut Found<'_>) {
    done.upto = usize::MAX;
    let span = Span::new(from.min(line.len()), line.len());
    if !span.is_empty() {
        found.push(Hit { span, rule: one.rule, confidence: Confidence::Low, quote: Quote::None });
    }
}

fn regex(foreign: &Foreign) -> Option<Regex> {
    let config = meta::Config::new().hybrid_cache_capacity(CACHE).utf8_empty(false);
    Regex::builder().configure(config).build_from_hir(&foreign.hir().ok()?).ok()
}

/// Memory for the states that one pattern has come across, in bytes.
pub(super) const CACHE: usize = 256 << 10;
