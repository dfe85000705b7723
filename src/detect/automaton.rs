//! A pattern that is not straight, as an automaton of `regex-automata` that is walked by hand.
//!
//! Walking by hand tells what a search costs, and a search costs what it walks: the bytes until no match can follow.
//! The sum over a line is bounded (see [`Effort`]); what lies beyond the bound is not decided.

use regex_automata::hybrid::dfa::{self, Cache, DFA};
use regex_automata::meta::{self, Regex};
use regex_automata::nfa::thompson;
use regex_automata::util::captures::Captures;
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::Hir;

use super::effort::Effort;
use super::head::Head;
use crate::span::Span;

/// A pattern larger than this when compiled is refused, in bytes.
pub(super) const SIZE_LIMIT: usize = 1 << 20;

/// The automaton of one pattern.
#[derive(Debug)]
pub(super) struct Automaton {
    head: Head,
    walk: DFA,
    caches: Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe>>,
    /// Finds the group that is secret, once the match is known.
    groups: Option<(Regex, usize)>,
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
    /// The automaton of `hir`, whose group `secret` is the part to redact; `None` if it is too large.
    pub(super) fn new(hir: &Hir, secret: Option<u32>) -> Option<Self> {
        let nfa = thompson::Compiler::new().build_from_hir(hir).ok()?;
        let config = dfa::Config::new().starts_for_each_pattern(false).skip_cache_capacity_check(true);
        let walk = dfa::Builder::new().configure(config).build_from_nfa(nfa).ok()?;
        let groups = match secret {
            Some(index) => Some((compile(hir).ok()?, index as usize)),
            None => None,
        };
        let own = walk.clone();
        let caches: Box<dyn Fn() -> Cache + Send + Sync + std::panic::UnwindSafe + std::panic::RefUnwindSafe> =
            Box::new(move || own.create_cache());
        Some(Self { head: Head::new(hir), walk, caches: Pool::new(caches), groups })
    }

    /// The match that begins at `start`.
    pub(super) fn find(&self, line: &[u8], start: usize, effort: &mut Effort) -> Walk {
        if !self.head.begins(&line[start..]) {
            return Walk::None;
        }
        let Some(end) = self.run(line, start, effort) else { return Walk::Undecided };
        let Some(end) = end else { return Walk::None };
        let all = Span::new(start, end);
        let Some((regex, group)) = &self.groups else { return Walk::Match(all, all) };
        let mut caps = Captures::all(regex.group_info().clone());
        regex.search_captures(&Input::new(line).range(start..end).anchored(Anchored::Yes), &mut caps);
        match caps.get_group(*group) {
            Some(secret) => Walk::Match(all, Span::new(secret.start, secret.end)),
            None => Walk::None,
        }
    }

    /// Where the match ends that begins at `start`; the outer `None` where there was no work left to tell.
    fn run(&self, line: &[u8], start: usize, effort: &mut Effort) -> Option<Option<usize>> {
        let mut cache = self.caches.get();
        // What stands before the start counts where a pattern looks at it.
        let input = Input::new(line).range(start..).anchored(Anchored::Yes);
        let mut state = self.walk.start_state_forward(&mut cache, &input).ok()?;
        let mut end = None;
        for (at, byte) in line.iter().enumerate().skip(start) {
            state = self.walk.next_state(&mut cache, state, *byte).ok()?;
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
        let last = self.walk.next_eoi_state(&mut cache, state).ok()?;
        Some(if last.is_match() { Some(line.len()) } else { end })
    }

    /// Whether `text` is the head of some match, or may be.
    pub(super) fn may_go_on(&self, text: &[u8]) -> bool {
        let mut cache = self.caches.get();
        let input = Input::new(text).anchored(Anchored::Yes);
        let Ok(mut state) = self.walk.start_state_forward(&mut cache, &input) else { return true };
        for byte in text {
            match self.walk.next_state(&mut cache, state, *byte) {
                Ok(next) if next.is_dead() => return false,
                Ok(next) => state = next,
                // Undecided is held back.
                Err(_) => return true,
            }
        }
        true
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
