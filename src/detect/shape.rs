//! Straight patterns, matched without an automaton: literals and runs of one class, one after the other.
//!
//! Most token formats are `prefix`, `class{n,m}`, `infix`, `class{n,}`. Where no run can eat what the next element
//! needs, greedy matching never has to go back, so one forward walk decides, in nanoseconds, with nothing to build.
//! What is not so simple is turned away here and matched by `regex-automata` (see [`super::pattern`]). Both are held
//! against the plain `regex` crate by the tests.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::effort::Effort;
use crate::span::Span;

/// A pattern as alternatives, tried in order.
#[derive(Debug)]
pub(super) struct Shape {
    alternatives: Vec<Vec<Step>>,
}

#[derive(Clone, Debug)]
enum Step {
    Run(Run),
    SecretStarts,
    SecretEnds,
}

#[derive(Clone, Debug)]
struct Run {
    class: ByteSet,
    min: usize,
    max: usize,
}

/// Most alternatives a pattern may unfold to.
const MAX_ALTERNATIVES: usize = 48;
/// Most steps in all of them.
const MAX_STEPS: usize = 2_000;

impl Shape {
    /// The shape of `hir`, where `secret` is the number of its group `(?P<secret>...)`; `None` if it is not straight.
    pub(super) fn new(hir: &Hir, secret: Option<u32>) -> Option<Self> {
        let mut alternatives = unfold(hir, secret)?;
        for steps in &mut alternatives {
            join(steps);
        }
        let steps: usize = alternatives.iter().map(Vec::len).sum();
        let straight = alternatives.iter().all(|steps| is_straight(steps));
        (straight && steps <= MAX_STEPS).then_some(Self { alternatives })
    }

    /// The match that begins at `start`, and the part of it that is secret.
    pub(super) fn find(&self, text: &[u8], start: usize, effort: &mut Effort) -> Option<(Span, Span)> {
        self.alternatives.iter().find_map(|steps| walk(steps, text, start, effort))
    }

    /// Whether a match may begin at `start` that needs, or could take, more than the text has.
    pub(super) fn viable(&self, text: &[u8], start: usize) -> bool {
        self.alternatives.iter().any(|steps| reaches_end(steps, text, start))
    }
}

fn reaches_end(steps: &[Step], text: &[u8], start: usize) -> bool {
    let mut at = start;
    for step in steps {
        let Step::Run(run) = step else { continue };
        let rest = &text[at..];
        let reach = &rest[..rest.len().min(run.max)];
        let taken = reach.iter().position(|b| !run.class.has(*b)).unwrap_or(reach.len());
        at += taken;
        if at == text.len() {
            return true;
        }
        if taken < run.min {
            return false;
        }
    }
    false
}

fn walk(steps: &[Step], text: &[u8], start: usize, effort: &mut Effort) -> Option<(Span, Span)> {
    let mut at = start;
    let mut secret = (None, None);
    for step in steps {
        match step {
            Step::SecretStarts => secret.0 = Some(at),
            Step::SecretEnds => secret.1 = Some(at),
            Step::Run(run) => {
                let taken = effort.run(&run.class, text, at, run.max);
                if taken < run.min {
                    return None;
                }
                at += taken;
            }
        }
    }
    let all = Span::new(start, at);
    let secret = match secret {
        (Some(from), Some(to)) => Span::new(from, to),
        _ => all,
    };
    (!secret.is_empty()).then_some((all, secret))
}

/// All ways through `hir`, in the order in which leftmost-first matching prefers them.
fn unfold(hir: &Hir, secret: Option<u32>) -> Option<Vec<Vec<Step>>> {
    let one = |run| Some(vec![vec![Step::Run(run)]]);
    match hir.kind() {
        HirKind::Empty => Some(vec![Vec::new()]),
        HirKind::Look(_) => None,
        HirKind::Literal(literal) => {
            let steps = literal.0.iter().map(|b| Step::Run(Run { class: ByteSet::of(*b), min: 1, max: 1 }));
            Some(vec![steps.collect()])
        }
        HirKind::Class(class) => one(Run { class: ByteSet::from_class(class)?, min: 1, max: 1 }),
        HirKind::Capture(group) => {
            let inner = unfold(&group.sub, secret)?;
            if Some(group.index) != secret {
                return Some(inner);
            }
            let marked = |steps: Vec<Step>| [vec![Step::SecretStarts], steps, vec![Step::SecretEnds]].concat();
            Some(inner.into_iter().map(marked).collect())
        }
        HirKind::Alternation(parts) => {
            let all: Option<Vec<_>> = parts.iter().map(|part| unfold(part, secret)).collect();
            few(all?.concat())
        }
        HirKind::Concat(parts) => {
            let mut ways = vec![Vec::new()];
            for part in parts {
                ways = product(&ways, &unfold(part, secret)?)?;
            }
            Some(ways)
        }
        HirKind::Repetition(rep) => {
            if !rep.greedy {
                return None;
            }
            if let HirKind::Class(class) = rep.sub.kind() {
                let max = rep.max.map_or(usize::MAX, |m| m as usize);
                return one(Run { class: ByteSet::from_class(class)?, min: rep.min as usize, max });
            }
            let (min, max) = (rep.min, rep.max?);
            if max > 8 {
                return None;
            }
            let once = unfold(&rep.sub, secret)?;
            let mut ways = Vec::new();
            for turns in (min..=max).rev() {
                let mut power = vec![Vec::new()];
                for _ in 0..turns {
                    power = product(&power, &once)?;
                }
                ways.extend(power);
            }
            // With more than one way through each turn, preference is not simply "more turns first".
            if once.len() > 1 && min != max && max > 1 { None } else { few(ways) }
        }
    }
}

fn product(a: &[Vec<Step>], b: &[Vec<Step>]) -> Option<Vec<Vec<Step>>> {
    if a.len() * b.len() > MAX_ALTERNATIVES {
        return None;
    }
    Some(a.iter().flat_map(|x| b.iter().map(move |y| [x.as_slice(), y].concat())).collect())
}

fn few(ways: Vec<Vec<Step>>) -> Option<Vec<Vec<Step>>> {
    (ways.len() <= MAX_ALTERNATIVES).then_some(ways)
}

/// Makes one run of neighbours of the same class: `x` and `x*` are `x+`.
fn join(steps: &mut Vec<Step>) {
    let mut joined: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps.drain(..) {
        match (joined.last_mut(), step) {
            (Some(Step::Run(last)), Step::Run(run)) if last.class == run.class => {
                last.min += run.min;
                last.max = last.max.saturating_add(run.max);
            }
            (_, step) => joined.push(step),
        }
    }
    *steps = joined;
}

/// Whether no run of variable length can eat what a later one needs.
fn is_straight(steps: &[Step]) -> bool {
    let runs: Vec<&Run> = steps.iter().filter_map(|s| if let Step::Run(run) = s { Some(run) } else { None }).collect();
    runs.iter().enumerate().all(|(i, run)| {
        if run.min == run.max {
            return true;
        }
        for next in &runs[i + 1..] {
            if run.class.meets(&next.class) {
                return false;
            }
            if next.min > 0 {
                return true;
            }
        }
        true
    })
}

/// A set of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSet([u64; 4]);

impl ByteSet {
    pub(crate) const EMPTY: Self = Self([0; 4]);

    /// One byte.
    pub(super) const fn of(byte: u8) -> Self {
        let mut set = Self::EMPTY;
        set.0[(byte >> 6) as usize] |= 1 << (byte & 63);
        set
    }

    /// The members of a class; `None` if some have more than one byte.
    pub(super) fn from_class(class: &Class) -> Option<Self> {
        let mut set = Self::EMPTY;
        let mut add = |from: u8, to: u8| (from..=to).for_each(|b| set.0[usize::from(b >> 6)] |= 1 << (b & 63));
        match class {
            Class::Bytes(class) => class.iter().for_each(|r| add(r.start(), r.end())),
            Class::Unicode(class) => {
                for range in class.iter() {
                    if range.end() as u32 > 0x7f {
                        return None;
                    }
                    add(range.start() as u8, range.end() as u8);
                }
            }
        }
        Some(set)
    }

    pub(crate) const fn has(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
    }

    /// What is in one of both.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::effort::Efforts;

    fn shape(pattern: &str) -> Option<Shape> {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).unwrap();
        Shape::new(&hir, pattern.contains("(?P<secret>").then_some(1))
    }

    fn case(pattern: &str, text: &str, want: Option<(Span, Span)>) {
        assert_eq!(
            shape(pattern).unwrap().find(text.as_bytes(), 0, Efforts::default().of(0)),
            want,
            "{pattern} on {text}"
        );
    }

    #[test]
    fn straight_patterns_match_as_a_regex_would() {
        let all = |n| Some((Span::new(0, n), Span::new(0, n)));
        case("ab_[0-9]{2,3}", "ab_1234", all(6));
        case("ab_[0-9]{2,3}", "ab_1", None);
        case("(?:a|ab)(?:c|bcd)", "abcd", all(4));
        case("x(?:-[a-z]+)?[0-9]+", "x-ab12", all(6));
        case("x(?:-[a-z]+)?[0-9]+", "x12", all(3));
        case("k=(?P<secret>[a-z]+);", "k=abc;", Some((Span::new(0, 6), Span::new(2, 5))));
        case("[a-z][a-z]*", "abc1", all(3));
    }

    #[test]
    fn what_would_have_to_go_back_is_turned_away() {
        assert!(shape("[a-z0-9]{10,}[0-9]").is_none());
        assert!(shape("a*?b").is_none());
        assert!(shape("[a-z]+(?:[0-9]*)[a-z]").is_none());
        assert!(shape("(?:a|ab){1,3}c").is_none());
    }
}
