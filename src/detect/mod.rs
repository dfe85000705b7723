//! Candidates into hits.
//!
//! At each candidate the line around it is found and the rules that own the sign confirm or reject it, anchored and
//! with bounded reach. Detectors see one line at a time, so nothing can match over a newline by accident; what spans
//! lines on purpose, a private key, travels in a [`Carry`].
//!
//! The result depends on the bytes of the block and the carry, on nothing else. It knows no sinks and no markers.

pub(crate) mod allow;
mod automaton;
mod below;
pub(crate) mod boundary;
mod build;
mod card;
mod carrier;
pub(crate) mod check;
mod claims;
#[cfg(feature = "cli")]
pub(crate) mod cost;
mod effort;
mod email;
mod encoded;
#[cfg(feature = "cli")]
pub(crate) mod explain;
pub(crate) mod foreign;
mod found;
#[cfg(feature = "cli")]
pub(crate) mod gauge;
mod head;
mod iban;
mod key_block;
mod key_walk;
mod known;
mod lets;
mod line;
mod literals;
mod named;
mod near;
pub(crate) mod pattern;
mod personal;
mod resolve;
mod scheme;
mod settled;
mod shape;
mod slow;
mod ssn;
mod text;
#[cfg(test)]
mod trial;
mod url;
mod vendor;
pub(crate) mod wishes;

use crate::catalogue::Kind;
use crate::catalogue::literal::Anchors;
use crate::catalogue::rule::Held;
use crate::sieve::{Candidate, Sieve, What};
use crate::span::{Confidence, Hit, RuleId, Span};
use below::BelowWalk;
use effort::Efforts;
pub(crate) use email::escaped_at;
pub(crate) use found::Found;
use key_block::KeyState;
use key_walk::KeyWalk;
pub(crate) use known::Secret;
use line::{Site, line_around, line_behind};
use named::below::Below;
use pattern::Pattern;
#[cfg(feature = "serve")]
pub(crate) use resolve::resolve;

/// The rules that are on, compiled.
#[derive(Debug)]
pub(crate) struct Engine {
    sieve: Sieve,
    /// For each needle, who asked for it.
    owners: claims::Owners,
    patterns: Vec<Pattern>,
    /// Patterns without an anchor: tried at every place of every line.
    slow: Vec<usize>,
    named: named::Named,
    personal: personal::Personal,
    known: known::Known,
    on: Detectors,
    foreigners: foreign::Foreigners,
    /// Rules of other programs that nothing wakes: tried in every line.
    slow_foreign: Vec<usize>,
    allowed: allow::Allowed,
    literals: literals::Literals,
    /// How deep encoded text is looked into.
    decode: u8,
    /// What is asked of hits besides; mostly nothing.
    wishes: Option<Box<wishes::Wishes>>,
}

/// Who wants to see a needle.
#[derive(Clone, Copy, Debug)]
enum Owner {
    /// A pattern by number, whose match begins between so many bytes before the needle.
    Pattern {
        index: u16,
        back: (u8, u8),
    },
    /// A word of so many bytes near which a pattern by number is looked for that has nothing fixed in it.
    Near {
        index: u16,
        len: u8,
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
    /// A rule of another program by number, and where its match begins before the needle, if that is known.
    Foreign(u16, Option<(u8, u8)>),
    /// A text as it stands, by number.
    Literal(u32),
    /// A part of a known secret, by number.
    Known(u32),
    /// A text as an encoding spells it.
    Encoded(encoded::Form),
}

impl Owner {
    /// Whether `other` would look a second time.
    fn asks_what(self, other: Self) -> bool {
        match (self, other) {
            (Self::Encoded(a), Self::Encoded(b)) => a == b,
            (Self::Named(a), Self::Named(b)) => a == b,
            _ => false,
        }
    }
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
    /// Hits that somebody else has found in the next block.
    pub(crate) extra: Vec<Hit>,
    /// The numbers of those hits that overlapping ones of other extent went up in, where [`wishes`] ask for that.
    pub(crate) mixed: Vec<usize>,
    learnt: Learnt,
}

/// What is known of the current line.
#[derive(Debug, Default)]
struct Learnt {
    named: named::Memo,
    efforts: Efforts,
    foreign: foreign::Progress,
    encoded: encoded::Memo,
}

impl Learnt {
    /// Another line, of `len` bytes, begins.
    fn next_line(&mut self, len: usize) {
        self.named.clear();
        self.efforts.next_line(len);
        self.foreign.next_line(len);
        self.encoded.clear();
    }
}

impl Engine {
    /// Compiles `rules`; the anchors are those that [`pattern::inspect`] found. Order gives the [`RuleId`]s. A rule of
    /// known secrets looks for `secrets`. Base64 and hexadecimal are looked into `decode` deep.
    ///
    /// # Errors
    /// Where there are more rules or literals than can be told apart.
    pub(crate) fn new(
        rules: &[Held],
        anchors: Vec<Option<Anchors>>,
        secrets: &[Secret],
        decode: u8,
        exhaustive: bool,
    ) -> Result<Self, String> {
        if rules.len() >= usize::from(u16::MAX) {
            return Err(format!("there are {} rules; {} is the most", rules.len(), u16::MAX - 1));
        }
        let mut build = build::Build::new(decode, rules.len());
        for (index, (rule, anchors)) in rules.iter().zip(anchors).enumerate() {
            build.rule(RuleId(index as u16), rule, anchors);
            if rule.kind == Kind::Known {
                build.known(RuleId(index as u16), secrets);
            }
        }
        build.finish(exhaustive)
    }

    /// Finds the hits of `block`, which begins at the start of a line and ends behind a newline or at the end of the
    /// text. They are left in `scratch.hits`.
    pub(crate) fn find(&self, block: &[u8], carry: Carry, scratch: &mut Scratch) -> Carry {
        let carry = self.raw(block, carry, scratch);
        let hits = &mut scratch.hits;
        self.allowed.apply(block, hits);
        match &self.wishes {
            None => resolve::resolve(hits),
            Some(wishes) => wishes.apply(block, hits, &mut scratch.extra, &mut scratch.mixed),
        }
        let mut quotes = carrier::Quotes::new(block);
        for hit in hits {
            quotes.settle(hit);
        }
        carry
    }

    /// Every hit as its rule says it.
    fn raw(&self, block: &[u8], carry: Carry, scratch: &mut Scratch) -> Carry {
        let Scratch { candidates, hits, learnt, .. } = scratch;
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
                let mut found = Found::in_line(line.start, hits);
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
        if !self.slow_foreign.is_empty() {
            self.every_line(block, learnt, hits);
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
                    self.ask(*owner, site, at, learnt, key, found);
                }
            }
        }
    }

    /// Asks one owner of the needle at `at` of the line.
    fn ask(
        &self,
        owner: Owner,
        site: &Site<'_>,
        at: usize,
        learnt: &mut Learnt,
        key: &mut KeyWalk,
        found: &mut Found<'_>,
    ) {
        let text = site.text();
        match owner {
            Owner::Pattern { index, back } => self.pattern(index, back, text, at, learnt, found),
            Owner::Near { index, len } => {
                self.near(index, text, Span::new(at, at + usize::from(len)), learnt, found);
            }
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
            Owner::Foreign(index, back) => {
                self.foreigners.find(index.into(), back, (text, at), &mut learnt.foreign, found);
            }
            Owner::Literal(index) => self.literals.find(index, text, at, found),
            Owner::Encoded(form) => self.look_inside(form, text, at, learnt, found),
            Owner::At(len) => self.address(text, at, usize::from(len), found),
            Owner::Known(anchor) => {
                if let Some((rule, span)) = self.known.find(text, at, anchor) {
                    found.add(rule, span, Confidence::High);
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

    /// What is asked of hits besides.
    pub(crate) fn wish(&mut self, wishes: wishes::Wishes) {
        self.wishes = Some(Box::new(wishes));
    }

    pub(crate) fn wishes(&self) -> Option<&wishes::Wishes> {
        self.wishes.as_deref()
    }

    /// Adds every hit of `block` to `found`, as one of `rule`.
    pub(crate) fn all_as(&self, rule: RuleId, block: &[u8], scratch: &mut Scratch, found: &mut Vec<Hit>) {
        self.raw(block, Carry::default(), scratch);
        found.extend(scratch.hits.drain(..).map(|hit| Hit { rule, ..hit }));
    }

    /// Values that pass.
    pub(crate) fn allow(&mut self, allowed: allow::Allowed) {
        self.allowed = allowed;
    }

    pub(crate) fn allowed(&self) -> &allow::Allowed {
        &self.allowed
    }

    /// What stands in the place of secrets, which no rule of another program is to take for one.
    pub(crate) fn mark(&mut self, marks: impl Iterator<Item = Box<[u8]>>) {
        self.foreigners.mark(marks.collect());
    }
}
