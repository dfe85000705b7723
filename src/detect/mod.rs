//! Candidates into hits.
//!
//! At each candidate the line around it is found and the rules that own the sign confirm or reject it, anchored and
//! with bounded reach. Detectors see one line at a time, so nothing can match over a newline by accident; what spans
//! lines on purpose, a private key, travels in a [`Carry`].
//!
//! The result depends on the bytes of the block and the carry, on nothing else. It knows no sinks and no markers.

mod automaton;
mod below;
pub(crate) mod boundary;
mod build;
mod card;
mod carrier;
pub(crate) mod check;
mod effort;
mod email;
mod iban;
mod key_block;
mod known;
mod named;
pub(crate) mod pattern;
mod personal;
mod resolve;
mod scheme;
mod settled;
mod shape;
mod ssn;
#[cfg(test)]
mod trial;
mod url;
mod vendor;

use memchr::{memchr, memrchr};

use crate::catalogue::literal::Anchors;
use crate::catalogue::{Kind, Rule};
use crate::sieve::{Candidate, Sieve, What};
use crate::span::{Confidence, Hit, Quote, RuleId, Span};
use below::BelowWalk;
use effort::Efforts;
use key_block::KeyState;
pub(crate) use known::Secret;
use named::below::Below;
use pattern::Pattern;

/// The rules that are on, compiled.
#[derive(Debug)]
pub(crate) struct Engine {
    sieve: Sieve,
    /// For each needle, who asked for it.
    owners: Vec<Vec<Owner>>,
    patterns: Vec<Pattern>,
    /// Patterns without an anchor: tried at every place of every line.
    slow: Vec<usize>,
    named: named::Named,
    personal: personal::Personal,
    known: known::Known,
    on: Detectors,
}

/// Who wants to see a needle.
#[derive(Clone, Copy, Debug)]
enum Owner {
    /// A pattern by number, whose match begins between so many bytes before the needle.
    Pattern {
        index: u16,
        back: (u8, u8),
    },
    /// A stem; with a number, one whose word must begin so many bytes into it.
    Named(Option<u8>),
    Scheme,
    Key,
    /// A vendor's own word of so many bytes, or one that says that a key follows.
    Vendor {
        len: u8,
        own: bool,
    },
    /// An escaped `@` of so many bytes.
    At(u8),
    /// A fixed text of the strict profile.
    Personal(RuleId, personal::Text),
    /// A part of a known secret, by number.
    Known(u32),
}

/// The rule of each detector that is on.
#[derive(Clone, Copy, Debug, Default)]
struct Detectors {
    scheme: Option<RuleId>,
    vendor: Option<RuleId>,
    url: Option<RuleId>,
    key: Option<RuleId>,
    email: Option<RuleId>,
    card: Option<RuleId>,
    ssn: Option<RuleId>,
    iban: Option<RuleId>,
}

/// What one block hands to the next: a private key that has not ended, a name whose value is on the next line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Carry {
    key: Option<KeyState>,
    below: Option<Below>,
}

impl Carry {
    /// Whether nothing is open: the next block can be read by itself.
    pub(crate) fn is_empty(&self) -> bool {
        self.key.is_none() && self.below.is_none()
    }
}

/// Working memory, one per thread; empty between calls but for its capacity.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    candidates: Vec<Candidate>,
    /// The hits of the last block: sorted, disjoint.
    pub(crate) hits: Vec<Hit>,
    learnt: Learnt,
}

/// What is known of the current line.
#[derive(Debug, Default)]
struct Learnt {
    named: named::Memo,
    efforts: Efforts,
}

impl Learnt {
    /// Another line, of `len` bytes, begins.
    fn next_line(&mut self, len: usize) {
        self.named.clear();
        self.efforts.next_line(len);
    }
}

impl Engine {
    /// Compiles `rules`; the anchors are those that [`pattern::inspect`] found. Order gives the [`RuleId`]s. A rule of
    /// known secrets looks for `secrets`.
    ///
    /// # Errors
    /// Where there are more rules or literals than can be told apart.
    pub(crate) fn new(rules: &[(Rule, Option<Anchors>)], secrets: &[Secret], exhaustive: bool) -> Result<Self, String> {
        if rules.len() >= usize::from(u16::MAX) {
            return Err(format!("there are {} rules; {} is the most", rules.len(), u16::MAX - 1));
        }
        let mut build = build::Build::default();
        for (index, (rule, anchors)) in rules.iter().enumerate() {
            build.rule(RuleId(index as u16), rule, anchors.as_ref());
            if rule.kind == Kind::Known {
                build.known(RuleId(index as u16), secrets);
            }
        }
        build.finish(exhaustive)
    }

    /// Finds the hits of `block`, which begins at the start of a line and ends behind a newline or at the end of the
    /// text. They are left in `scratch.hits`.
    pub(crate) fn find(&self, block: &[u8], carry: Carry, scratch: &mut Scratch) -> Carry {
        let Scratch { candidates, hits, learnt } = scratch;
        hits.clear();
        self.sieve.scan(block, candidates);
        let mut key = KeyWalk { rule: self.on.key, open: carry.key, upto: 0 };
        key.follow(block, hits);
        let mut below = BelowWalk::new(self.named.rule(), carry.below);
        let mut line = Span::new(0, 0);
        for candidate in candidates.iter() {
            let at = candidate.at as usize;
            if at >= line.end || line.is_empty() {
                line = line_around(block, at, line.end);
                learnt.next_line(line.len());
                below.follow(block, line.end, hits);
            }
            if line.contains(at) {
                let mut found = Found { hits: &mut *hits, base: line.start };
                self.confirm(&Site { block, line }, *candidate, learnt, &mut key, &mut found);
                if let Some(name) = learnt.named.below.take() {
                    below.begin(&Site { block, line }, name);
                }
            }
        }
        for index in &self.slow {
            self.every_place(*index, block, learnt, hits);
        }
        below.follow(block, block.len(), hits);
        resolve::resolve(hits);
        let mut quotes = carrier::Quotes::new(block);
        for hit in hits.iter_mut() {
            quotes.settle(hit);
        }
        Carry { key: key.open, below: below.open }
    }

    fn confirm(
        &self,
        site: &Site<'_>,
        candidate: Candidate,
        learnt: &mut Learnt,
        key: &mut KeyWalk,
        found: &mut Found<'_>,
    ) {
        let at = candidate.at as usize - site.line.start;
        let text = site.text();
        match candidate.what {
            What::AT => self.address(text, at, 1, found),
            What::DIGITS => {
                found.one(self.on.card, Confidence::High, || card::find(text, at));
                found.one(self.on.ssn, Confidence::Medium, || ssn::find(text, at));
            }
            What::PERSONAL => self.personal.find(text, at, found),
            What::IBAN => found.one(self.on.iban, Confidence::High, || iban::find(text, at)),
            What(needle) => {
                for owner in &self.owners[usize::from(needle)] {
                    match *owner {
                        Owner::Pattern { index, back } => self.pattern(index, back, text, at, learnt, found),
                        Owner::Named(word) => {
                            // The sieve lets a few words begin that do not.
                            if word.is_none_or(|skip| boundary::free_before(text, at + usize::from(skip))) {
                                self.named.find(text, at, &mut learnt.named, found);
                            }
                        }
                        Owner::Scheme => found.one(self.on.scheme, Confidence::Medium, || scheme::find(text, at)),
                        Owner::Key => key.begin(site, at, found),
                        Owner::Personal(rule, about) => {
                            found.one(Some(rule), Confidence::Medium, || about.find(text, at));
                        }
                        Owner::Vendor { len, own } => {
                            let word = Span::new(at, at + usize::from(len));
                            let hit = if own { vendor::direct(text, word) } else { vendor::told(text, word) };
                            if let (Some(rule), Some((span, confidence))) = (self.on.vendor, hit) {
                                found.add(rule, span, confidence);
                            }
                        }
                        Owner::At(len) => self.address(text, at, usize::from(len), found),
                        Owner::Known(anchor) => {
                            if let Some((rule, span)) = self.known.find(text, at, anchor) {
                                found.add(rule, span, Confidence::High);
                            }
                        }
                    }
                }
            }
        }
    }

    fn pattern(&self, index: u16, back: (u8, u8), text: &[u8], at: usize, learnt: &mut Learnt, found: &mut Found<'_>) {
        let Some(last) = at.checked_sub(usize::from(back.0)) else { return };
        let effort = learnt.efforts.of(usize::from(index));
        for start in at.saturating_sub(usize::from(back.1))..=last {
            if let Some(hit) = self.patterns[usize::from(index)].find(text, start, effort) {
                found.push(hit);
            }
        }
    }

    fn address(&self, text: &[u8], at: usize, len: usize, found: &mut Found<'_>) {
        if len == 1 {
            found.one(self.on.url, Confidence::High, || url::find(text, at));
        }
        found.one(self.on.email, Confidence::High, || email::find(text, at, len));
    }

    fn every_place(&self, index: usize, block: &[u8], learnt: &mut Learnt, hits: &mut Vec<Hit>) {
        let mut next = 0;
        while next < block.len() {
            let line = line_around(block, next, next);
            let text = &block[line.range()];
            learnt.next_line(line.len());
            let effort = learnt.efforts.of(index);
            let mut found = Found { hits: &mut *hits, base: line.start };
            for start in 0..line.len() {
                if let Some(hit) = self.patterns[index].find(text, start, effort) {
                    found.push(hit);
                }
            }
            next = line_behind(block, line);
        }
    }
}

/// The line that `at` stands in, without its newline and the carriage returns before it. No newline stands between
/// `from` and the line's start.
fn line_around(block: &[u8], at: usize, from: usize) -> Span {
    let from = from.min(at);
    let start = memrchr(b'\n', &block[from..at])
        .map_or_else(|| memrchr(b'\n', &block[..from]).map_or(0, |n| n + 1), |n| from + n + 1);
    let mut end = memchr(b'\n', &block[at..]).map_or(block.len(), |n| at + n);
    while end > start && block[end - 1] == b'\r' {
        end -= 1;
    }
    Span::new(start, end)
}

/// Where the line behind `line` begins.
fn line_behind(block: &[u8], line: Span) -> usize {
    memchr(b'\n', &block[line.end..]).map_or(block.len(), |n| line.end + n + 1)
}

/// A line in its block.
struct Site<'b> {
    block: &'b [u8],
    line: Span,
}

impl<'b> Site<'b> {
    fn text(&self) -> &'b [u8] {
        &self.block[self.line.range()]
    }
}

/// Takes the hits of one line, whose spans count from the line's start.
pub(crate) struct Found<'h> {
    hits: &'h mut Vec<Hit>,
    base: usize,
}

impl Found<'_> {
    /// Adds a hit.
    pub(crate) fn push(&mut self, hit: Hit) {
        self.hits.push(Hit { span: hit.span.shifted(self.base), ..hit });
    }

    /// Adds a span for `rule`.
    pub(crate) fn add(&mut self, rule: RuleId, span: Span, confidence: Confidence) {
        self.push(Hit { span, rule, confidence, quote: Quote::None });
    }

    /// Adds what `find` finds, if the rule is on.
    fn one(&mut self, rule: Option<RuleId>, confidence: Confidence, find: impl FnOnce() -> Option<Span>) {
        if let Some(rule) = rule
            && let Some(span) = find()
        {
            self.add(rule, span, confidence);
        }
    }
}

/// A private key on its way through the lines of a block.
struct KeyWalk {
    rule: Option<RuleId>,
    open: Option<KeyState>,
    /// Everything before was looked at by `follow`.
    upto: usize,
}

impl KeyWalk {
    /// A frame begins at `at` of the site's line.
    fn begin(&mut self, site: &Site<'_>, at: usize, found: &mut Found<'_>) {
        let Some(rule) = self.rule else { return };
        if site.line.start + at < self.upto {
            return;
        }
        self.open = key_block::begin(site.text(), at, &mut |span| found.add(rule, span, Confidence::High));
        self.upto = line_behind(site.block, site.line);
        self.follow(site.block, found.hits);
    }

    /// Takes whole lines until the key has ended or the block has.
    fn follow(&mut self, block: &[u8], hits: &mut Vec<Hit>) {
        let Some(rule) = self.rule else { return };
        while self.upto < block.len()
            && let Some(state) = self.open.take()
        {
            let line = line_around(block, self.upto, self.upto);
            let mut found = Found { hits: &mut *hits, base: line.start };
            self.open =
                key_block::follow(state, &block[line.range()], &mut |span| found.add(rule, span, Confidence::High));
            self.upto = line_behind(block, line);
        }
    }
}
