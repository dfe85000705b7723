//! A rule whose secret is described by a pattern: compiled when first needed, matched anchored at a candidate.

use std::sync::OnceLock;

use regex_automata::hybrid::dfa;
use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson;
use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, HirKind};

use super::shape::Shape;
use super::{boundary, check};
use crate::catalogue::literal::{self, Anchors};
use crate::catalogue::rule::{List, Text};
use crate::catalogue::{Boundary, Check, Kind, Rule};
use crate::span::{Hit, Quote, RuleId, Span};

/// A pattern ready to be matched.
#[derive(Debug)]
pub(crate) struct Pattern {
    rule: RuleId,
    source: Text,
    boundary: Boundary,
    checks: List<Check>,
    /// Furthest that one match may reach: longer ones end here, so that no byte costs more than this.
    engine: OnceLock<Engine>,
}

#[derive(Debug)]
enum Engine {
    Straight(Shape),
    Automaton(Box<Automaton>),
}

#[derive(Debug)]
struct Automaton {
    regex: Regex,
    secret: Option<usize>,
    /// The same pattern, to be walked byte by byte.
    prefixes: dfa::DFA,
}

/// A pattern larger than this when compiled is refused.
const SIZE_LIMIT: usize = 1 << 20;

impl Pattern {
    /// The pattern of `rule`, which [`inspect`] has accepted.
    pub(crate) fn new(id: RuleId, rule: &Rule) -> Option<Self> {
        let Kind::Pattern(source) = &rule.kind else { return None };
        let (boundary, checks) = (rule.boundary, rule.checks.clone());
        Some(Self { rule: id, source: source.clone(), boundary, checks, engine: OnceLock::new() })
    }

    /// The hit whose match begins at `start` of `line`.
    pub(crate) fn find(&self, line: &[u8], start: usize) -> Option<Hit> {
        if self.boundary != Boundary::None && !boundary::free_before(line, start) {
            return None;
        }
        let (all, secret) = self.engine.get_or_init(|| Engine::new(&self.source)).find(line, start)?;
        if secret.is_empty() || !boundary::holds(self.boundary, line, all) {
            return None;
        }
        let value = &line[secret.range()];
        let confidence = check::all(&self.checks, value)?;
        Some(Hit { span: secret, rule: self.rule, confidence, quote: Quote::None })
    }
}

impl Pattern {
    /// Whether a match that begins at `start` may reach over the end of `line`, an unfinished one.
    pub(crate) fn viable(&self, line: &[u8], start: usize) -> bool {
        if self.boundary != Boundary::None && !boundary::free_before(line, start) {
            return false;
        }
        match self.engine.get_or_init(|| Engine::new(&self.source)) {
            Engine::Straight(shape) => shape.viable(line, start),
            Engine::Automaton(automaton) => may_go_on(&automaton.prefixes, &line[start..]),
        }
    }
}

/// Whether `text` is the head of some match of `regex`, or of text that could become one.
fn may_go_on(prefixes: &dfa::DFA, text: &[u8]) -> bool {
    let mut cache = prefixes.create_cache();
    let Ok(mut state) = prefixes.start_state_forward(&mut cache, &Input::new(text).anchored(Anchored::Yes)) else {
        return true;
    };
    for byte in text {
        match prefixes.next_state(&mut cache, state, *byte) {
            Ok(next) if next.is_dead() => return false,
            Ok(next) => state = next,
            // Undecided is held back.
            Err(_) => return true,
        }
    }
    true
}

impl Engine {
    fn new(source: &str) -> Self {
        // `inspect` accepted it when the redactor was built; a pattern that cannot match is the fail-safe default.
        let hir = literal::parse(source).unwrap_or_else(|_| Hir::fail());
        let secret = secret_group(&hir);
        if let Some(shape) = Shape::new(&hir, secret) {
            return Self::Straight(shape);
        }
        let regex = compile(&hir).unwrap_or_else(|_| never());
        let prefixes = byte_by_byte(&hir).unwrap_or_else(|| std::process::abort());
        Self::Automaton(Box::new(Automaton { regex, secret: secret.map(|i| i as usize), prefixes }))
    }

    fn find(&self, line: &[u8], start: usize) -> Option<(Span, Span)> {
        match self {
            Self::Straight(shape) => shape.find(line, start),
            Self::Automaton(automaton) => {
                let Automaton { regex, secret, .. } = &**automaton;
                let input = Input::new(line).range(start..).anchored(Anchored::Yes);
                let Some(group) = *secret else {
                    let found = regex.search_half(&input)?;
                    let span = Span::new(start, found.offset());
                    return Some((span, span));
                };
                let mut caps = Captures::all(regex.group_info().clone());
                regex.search_captures(&input, &mut caps);
                let all = caps.get_match()?;
                let secret = caps.get_group(group)?;
                Some((Span::new(all.start(), all.end()), Span::new(secret.start, secret.end)))
            }
        }
    }
}

fn never() -> Regex {
    // The empty set always compiles; if it ever did not, aborting is failing closed.
    Regex::builder().build_from_hir(&Hir::fail()).unwrap_or_else(|_| std::process::abort())
}

/// `hir` as an automaton that is walked by hand; it was compiled once already, so this does not fail.
fn byte_by_byte(hir: &Hir) -> Option<dfa::DFA> {
    let nfa = thompson::Compiler::new().build_from_hir(hir).ok()?;
    let config = dfa::Config::new().starts_for_each_pattern(false).skip_cache_capacity_check(true);
    dfa::Builder::new().configure(config).build_from_nfa(nfa).ok()
}

fn compile(hir: &Hir) -> Result<Regex, meta::BuildError> {
    let config = meta::Config::new()
        .nfa_size_limit(Some(SIZE_LIMIT))
        .hybrid_cache_capacity(SIZE_LIMIT)
        .auto_prefilter(false)
        .utf8_empty(false);
    Regex::builder().configure(config).build_from_hir(hir)
}

/// Everything about a rule's pattern that makes it unfit, and where its matches are to be looked for.
///
/// # Errors
/// All reasons why it cannot be used.
pub(crate) fn inspect(rule: &Rule, marker: &[u8]) -> Result<Option<Anchors>, Vec<String>> {
    let Kind::Pattern(source) = &rule.kind else { return Ok(None) };
    let hir = literal::parse(source).map_err(|e| vec![e])?;
    let mut wrong = Vec::new();
    if hir.properties().minimum_len().is_none_or(|n| n == 0) {
        wrong.push("pattern: it can match nothing at all; every match must have at least one byte".to_owned());
    }
    if !hir.properties().look_set().is_empty() {
        wrong.push("pattern: ^, $ and \\b are not supported; use `boundary`".to_owned());
    }
    if everything(&hir) {
        wrong.push("pattern: it matches any text; name something fixed".to_owned());
    }
    match compile(&hir) {
        Err(error) if error.size_limit().is_some() => {
            wrong.push(format!("pattern: larger than {SIZE_LIMIT} bytes when compiled; lower its repetitions"))
        }
        Err(_) => wrong.push("pattern: cannot be compiled".to_owned()),
        Ok(regex) => {
            let hits = |at: usize| regex.is_match(Input::new(marker).range(at..).anchored(Anchored::Yes));
            if wrong.is_empty() && (0..marker.len()).any(hits) {
                wrong.push("pattern: it matches the marker itself, so redacting twice would never end".to_owned());
            }
        }
    }
    if wrong.is_empty() { Ok(literal::anchors(&hir)) } else { Err(wrong) }
}

fn everything(hir: &Hir) -> bool {
    let any = |class: &regex_syntax::hir::Class| {
        class.minimum_len() == Some(1)
            && format!("{class:?}").len() < 64
            && match class {
                regex_syntax::hir::Class::Bytes(c) => {
                    c.iter().map(|r| usize::from(r.end() - r.start()) + 1).sum::<usize>() >= 200
                }
                regex_syntax::hir::Class::Unicode(_) => false,
            }
    };
    match hir.kind() {
        HirKind::Class(class) => any(class),
        HirKind::Repetition(rep) => everything(&rep.sub),
        HirKind::Capture(group) => everything(&group.sub),
        HirKind::Concat(parts) => parts.iter().all(everything),
        _ => false,
    }
}

/// The number of the group called `secret`.
fn secret_group(hir: &Hir) -> Option<u32> {
    match hir.kind() {
        HirKind::Capture(group) if group.name.as_deref() == Some("secret") => Some(group.index),
        HirKind::Capture(group) => secret_group(&group.sub),
        HirKind::Repetition(rep) => secret_group(&rep.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(secret_group),
        _ => None,
    }
}
