//! A rule whose secret is described by a pattern: compiled when first needed, matched anchored at a candidate.

use std::sync::OnceLock;

use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, HirKind};

use super::automaton::{Automaton, SIZE_LIMIT, Walk, compile};
use super::effort::Effort;
#[cfg(feature = "cli")]
use super::effort::Efforts;
#[cfg(feature = "cli")]
use super::explain::Why;
use super::near::Words;
use super::shape::Shape;
use super::{boundary, check};
use crate::catalogue::literal::{self, Anchors};
use crate::catalogue::rule::{List, Text};
use crate::catalogue::{Boundary, Check, Kind, Rule};
use crate::span::{Confidence, Hit, Quote, RuleId, Span};

/// A pattern ready to be matched.
#[derive(Debug)]
pub(crate) struct Pattern {
    rule: RuleId,
    source: Text,
    boundary: Boundary,
    checks: List<Check>,
    /// Mostly nothing.
    near: Option<Box<Words>>,
    /// Built when it is first needed: most patterns never are.
    engine: OnceLock<Engine>,
}

#[derive(Debug)]
enum Engine {
    Straight(Shape),
    Automaton(Box<Automaton>),
}

impl Pattern {
    /// The rule it belongs to.
    #[cfg(feature = "cli")]
    pub(super) const fn rule(&self) -> RuleId {
        self.rule
    }

    /// The pattern of `rule`, which [`inspect`] has accepted.
    pub(crate) fn new(id: RuleId, rule: &Rule) -> Option<Self> {
        let Kind::Pattern(source) = &rule.kind else { return None };
        let (boundary, mut checks) = (rule.boundary, rule.checks.clone());
        // The dearest one last.
        if checks.len() > 1 {
            checks.to_mut().sort_by_key(|check| matches!(check, Check::Entropy(_)));
        }
        let near = Words::new(&rule.near);
        Some(Self { rule: id, source: source.clone(), boundary, checks, near, engine: OnceLock::new() })
    }

    /// The words that are to stand near a match.
    pub(super) fn near(&self) -> Option<&Words> {
        self.near.as_deref()
    }

    /// The hit whose match begins at `start` of `line`.
    pub(crate) fn find(&self, line: &[u8], start: usize, effort: &mut Effort) -> Option<Hit> {
        if self.boundary != Boundary::None && !boundary::free_before(line, start) {
            return None;
        }
        let (all, secret) = match self.engine.get_or_init(|| Engine::new(&self.source)) {
            Engine::Straight(shape) => shape.find(line, start, effort)?,
            Engine::Automaton(automaton) => match automaton.find(line, start, effort) {
                Walk::Match(all, secret) => (all, secret),
                Walk::None => return None,
                Walk::Undecided => {
                    // Failing closed: the rest of the line may be anything.
                    let span = Span::new(start, line.len());
                    return Some(Hit { span, rule: self.rule, confidence: Confidence::Low, quote: Quote::None });
                }
            },
        };
        if secret.is_empty() || !boundary::holds(self.boundary, line, all) {
            return None;
        }
        let value = &line[secret.range()];
        let confidence = check::all(&self.checks, value)?;
        if self.near.as_ref().is_some_and(|words| !words.hold(line, all)) {
            return None;
        }
        Some(Hit { span: secret, rule: self.rule, confidence, quote: Quote::None })
    }
}

#[cfg(feature = "cli")]
impl Pattern {
    /// Why no hit begins at `start`, if none does.
    pub(crate) fn why(&self, line: &[u8], start: usize) -> Option<Why> {
        if self.boundary != Boundary::None && !boundary::free_before(line, start) {
            return Some(Why::Before);
        }
        let mut efforts = Efforts::default();
        efforts.next_line(line.len());
        let found = match self.engine.get_or_init(|| Engine::new(&self.source)) {
            Engine::Straight(shape) => shape.find(line, start, efforts.of(0)),
            Engine::Automaton(automaton) => match automaton.find(line, start, efforts.of(0)) {
                Walk::Match(all, secret) => Some((all, secret)),
                Walk::None => None,
                Walk::Undecided => return None,
            },
        };
        let Some((all, secret)) = found else { return Some(Why::Pattern) };
        if !boundary::holds(self.boundary, line, all) {
            return Some(Why::Behind);
        }
        let fails = |check: &&Check| check::all(&[**check], &line[secret.range()]).is_none();
        if let Some(check) = self.checks.iter().find(fails) {
            return Some(Why::Check(fault(*check)));
        }
        self.near.as_ref().is_some_and(|words| !words.hold(line, all)).then_some(Why::Near)
    }
}

/// What it means that a check does not hold.
#[cfg(feature = "cli")]
const fn fault(check: Check) -> &'static str {
    match check {
        Check::Entropy(_) => "the value is too even: its entropy is below what the rule wants",
        Check::Mixed => "the value has not both letters and digits",
        Check::Jwt => "its first part is no JSON object in base64",
        Check::Basic => "it is no base64 of text with a colon",
        Check::Luhn => "its digits do not pass Luhn",
        Check::NoWords => "it is made of plain words",
        Check::GithubCrc32 => "its checksum does not hold",
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
            Engine::Automaton(automaton) => automaton.may_go_on(&line[start..]),
        }
    }
}

impl Engine {
    fn new(source: &str) -> Self {
        // `inspect` accepted it when the redactor was built; a pattern that cannot match is the fail-safe default.
        let hir = literal::parse(source).unwrap_or_else(|_| Hir::fail());
        let secret = secret_group(&hir);
        if let Some(shape) = Shape::new(&hir, secret) {
            return Self::Straight(shape);
        }
        Self::Automaton(Box::new(Automaton::new(hir, secret)))
    }
}

/// Everything about a rule's pattern that makes it unfit, and where its matches are to be looked for.
///
/// # Errors
/// All reasons why it cannot be used.
pub(crate) fn inspect(rule: &Rule, marker: &[u8]) -> Result<Option<Anchors>, Vec<String>> {
    if let Kind::Foreign(foreign) = &rule.kind {
        return Ok(super::foreign::anchors(foreign));
    }
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
    if wrong.is_empty() { Ok(literal::anchors(&hir, rule.boundary != Boundary::None)) } else { Err(wrong) }
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
