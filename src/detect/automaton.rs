//! A pattern that is not straight, as an automaton of `regex-automata` that is walked by hand.
//!
//! Walking by hand tells what a search costs, and a search costs what it walks: the bytes until no match can follow.
//! The sum over a line is bounded (see [`Effort`]); what lies beyond the bound is not decided.

use std::sync::OnceLock;

use regex_automata::hybrid::dfa::{self, Cache, DFA};
use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson;
use regex_automata::util::captures::Captures;
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Hir, HirKind};

use super::effort::Effort;
use super::head::Head;
use crate::span::Span;

/// A pattern larger than this when compiled is refused, in bytes.
pub(super) const SIZE_LIMIT: usize = 1 << 20;

/// The automaton of one pattern, built when the head of a match is first seen.
#[derive(Debug)]
pub(super) struct Automaton {
    head: Head,
    inner: Option<Inner>,
    hir: Hir,
    /// The group that is to go.
    secret: Option<u32>,
    /// `None` where it is too large; then nothing is decided.
    machine: OnceLock<Option<Machine>>,
    /// Finds that group, once a match is known.
    groups: OnceLock<Option<Regex>>,
}

#[derive(Debug)]
struct Machine {
    walk: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>>,
}

/// What a walk has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// No match begins here.
    None,
    /// A match, and the part of it that is secret.
    Match(Span, Span),
    /// The line has had its share of work: nobody can say.
    Undecided,
}

impl Automaton {
    /// The automaton of `hir`, whose group `secret` is the part to redact.
    pub(super) fn new(hir: Hir, secret: Option<u32>) -> Self {
        let (machine, groups) = (OnceLock::new(), OnceLock::new());
        Self { head: Head::new(&hir), inner: Inner::new(&hir), hir, secret, machine, groups }
    }

    fn machine(&self) -> Option<&Machine> {
        self.machine.get_or_init(|| Machine::new(&self.hir)).as_ref()
    }

    /// The match that begins at `start`.
    pub(super) fn find(&self, line: &[u8], start: usize, effort: &mut Effort) -> Walk {
        if !self.head.begins(&line[start..]) {
            return Walk::None;
        }
        if let Some(Inner { text, reach }) = &self.inner
            && effort.next(text, line, start).is_none_or(|at| at - start > *reach)
        {
            return Walk::None;
        }
        let Some(end) = self.run(line, start, effort) else { return Walk::Undecided };
        let Some(end) = end else { return Walk::None };
        let all = Span::new(start, end);
        let Some(group) = self.secret else { return Walk::Match(all, all) };
        let Some(regex) = self.groups.get_or_init(|| compile(&self.hir).ok()) else { return Walk::Undecided };
        let mut caps = Captures::all(regex.group_info().clone());
        regex.search_captures(&Input::new(line).range(start..end).anchored(Anchored::Yes), &mut caps);
        match caps.get_group(group as usize) {
            Some(secret) => Walk::Match(all, Span::new(secret.start, secret.end)),
            None => Walk::None,
        }
    }

    /// Where the match ends that begins at `start`; the outer `None` where there was no work left to tell.
    fn run(&self, line: &[u8], start: usize, effort: &mut Effort) -> Option<Option<usize>> {
        let Machine { walk, caches } = self.machine()?;
        let mut cache = caches.get();
        // What stands before the start counts where a pattern looks at it.
        let input = Input::new(line).range(start..).anchored(Anchored::Yes);
        let mut state = walk.start_state_forward(&mut cache, &input).ok()?;
        let mut end = None;
        for (at, byte) in line.iter().enumerate().skip(start) {
            state = walk.next_state(&mut cache, state, *byte).ok()?;
            if state.is_tagged() {
                if state.is_dead() {
                    effort.spend(at + 1 - start)?;
                    return Some(end);
                }
                if state.is_match() {
                    end = Some(at);
                }
                if state.is_quit() {
                    return None;
                }
            }
        }
        effort.spend(line.len() - start)?;
        let last = walk.next_eoi_state(&mut cache, state).ok()?;
        Some(if last.is_match() { Some(line.len()) } else { end })
    }

    /// Whether `text` is the head of some match, or may be.
    pub(super) fn may_go_on(&self, text: &[u8]) -> bool {
        let Some(Machine { walk, caches }) = self.machine() else { return true };
        let mut cache = caches.get();
        let input = Input::new(text).anchored(Anchored::Yes);
        let Ok(mut state) = walk.start_state_forward(&mut cache, &input) else { return true };
        for byte in text {
            match walk.next_state(&mut cache, state, *byte) {
                Ok(next) if next.is_dead() => return false,
                Ok(next) => state = next,
                // Undecided is held back.
                Err(_) => return true,
            }
        }
        true
    }
}

impl Machine {
    fn new(hir: &Hir) -> Option<Self> {
        let nfa = thompson::Compiler::new().build_from_hir(hir).ok()?;
        let config = dfa::Config::new().starts_for_each_pattern(false).skip_cache_capacity_check(true);
        let walk = dfa::Builder::new().configure(config).build_from_nfa(nfa).ok()?;
        let own = walk.clone();
        let caches: Box<dyn Fn() -> Cache + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe> =
            Box::new(move || own.create_cache());
        Some(Self { walk, caches: Pool::new(caches) })
    }
}

/// A text that every match holds somewhere behind its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    text: Box<[u8]>,
    /// It begins so many bytes behind the match's start, at the most.
    reach: usize,
}

impl Inner {
    /// The longest one of `hir`.
    fn new(hir: &Hir) -> Option<Self> {
        /// A shorter one stands too often where there is no match.
        const LEAST: usize = 4;
        let HirKind::Concat(parts) = hir.kind() else {
            return if let HirKind::Capture(group) = hir.kind() { Self::new(&group.sub) } else { None };
        };
        let mut reach = 0usize;
        let mut longest: Option<Self> = None;
        for part in parts {
            let own = match part.kind() {
                // What the match begins with is looked at anyway.
                HirKind::Literal(_) if reach == 0 => None,
                HirKind::Literal(literal) => Some(Self { text: literal.0.clone(), reach: 0 }),
                _ => Self::new(part),
            };
            let own = own.filter(|own| own.text.len() >= LEAST.max(longest.as_ref().map_or(0, |l| l.text.len())));
            longest = own.map(|own| Self { reach: own.reach.saturating_add(reach), ..own }).or(longest);
            reach = reach.saturating_add(part.properties().maximum_len().unwrap_or(usize::MAX));
        }
        longest
    }
}

/// `hir` for searches that report groups.
///
/// # Errors
/// Where it is larger than [`SIZE_LIMIT`].
pub(super) fn compile(hir: &Hir) -> Result<Regex, Box<meta::BuildError>> {
    let config = meta::Config::new()
        .nfa_size_limit(Some(SIZE_LIMIT))
        .hybrid_cache_capacity(SIZE_LIMIT)
        .auto_prefilter(false)
        .utf8_empty(false);
    Regex::builder().configure(config).build_from_hir(hir).map_err(Box::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::literal;

    #[test]
    fn an_inner_text_is_known_with_its_reach() {
        let case = |pattern: &str, want: Option<(&str, usize)>| {
            let inner = Inner::new(&literal::parse(pattern).unwrap());
            let want = want.map(|(text, reach)| Inner { text: text.as_bytes().into(), reach });
            assert_eq!(inner, want, "{pattern}");
        };
        case("ab-[a-z]{2,60}ABCD[a-z]{3}", Some(("ABCD", 63)));
        case("ab-[a-z]{2,}(?:x?ABCDE|ABCDF)[a-z]{3}ABCD", Some(("ABCD", usize::MAX)));
        case("ab-(?P<secret>[a-z]{2}ABCD[0-9]{3}ABCDE)", Some(("ABCDE", 12)));
        case("[a-z]{1,2}ABC[0-9]", None);
        case("ABCD[0-9]{2}", None);
    }
}
