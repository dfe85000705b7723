//! The public API: a [`Redactor`] takes text and gives it back clean.

mod act;
mod action;
mod builder;
mod clean;
#[cfg(feature = "cli")]
mod gauge;
mod key;
mod marker;
mod masks;
mod parts;
mod session;
mod stream;
#[cfg(feature = "cli")]
mod verify;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

#[cfg(feature = "cli")]
pub(crate) use crate::detect::cost::cost;
#[cfg(feature = "cli")]
pub(crate) use crate::detect::explain::{Look, Verdict, Why};
#[cfg(feature = "serve")]
pub(crate) use crate::detect::resolve;
use act::{Acted, Acts};
pub use action::Action;
#[cfg(feature = "cli")]
pub(crate) use builder::MARKER;
pub use builder::{BuildError, Builder};
pub use clean::Clean;
#[cfg(feature = "cli")]
pub(crate) use gauge::Gauge;
pub use key::MarkKey;
#[cfg(feature = "serve")]
pub(crate) use session::State;
pub use session::{Guess, Guesser, Session};
pub use stream::Stream;
#[cfg(feature = "cli")]
pub(crate) use verify::{Signed, Verifier};

use crate::catalogue::Rule;
use crate::catalogue::allow::Use;
use crate::catalogue::foreign::Note;
use crate::catalogue::rule::Held;
#[cfg(feature = "cli")]
use crate::catalogue::rule::Text;
#[cfg(feature = "cli")]
pub(crate) use crate::detect::Secret;
use crate::detect::{Carry, Engine, Scratch};
use crate::span::{Confidence, Hit, Quote, RuleId, Span};
use marker::Marker;
use masks::Masks;

/// Finds secrets and personal data in text and replaces them.
///
/// It is built once, which is where everything that can be wrong is found, and then shared by reference between
/// threads. Text is bytes; nothing is assumed of its encoding. Lines end in `\n`.
#[derive(Debug)]
pub struct Redactor {
    engine: Engine,
    rules: Vec<Held>,
    /// Copies of them, for who wants to see them.
    shown: OnceLock<Vec<Rule>>,
    marker: Marker,
    notes: Vec<Note>,
    /// Where something else than a marker takes the place of hits.
    acts: Option<Acts>,
    drops: bool,
    /// The rule of secrets that a text names itself, where that is wanted.
    add_mask: Option<RuleId>,
}

impl Redactor {
    /// The standard profile with the default marker, to be changed step by step.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// `text` with every hit replaced by the marker; borrowed where there was none.
    ///
    /// The whole text is taken as complete: its last line ends where it ends.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let mut out = Vec::new();
        let mut session = Session::new(self);
        let mut hits = 0;
        session.whole(text, &mut |clean: Clean<'_>| {
            hits += clean.hits().len();
            clean.append_to(&mut out);
        });
        if hits == 0 { Cow::Borrowed(text) } else { Cow::Owned(out) }
    }

    /// The hits of `text`: sorted, disjoint, and never with the bytes themselves.
    #[must_use]
    pub fn find(&self, text: &[u8]) -> Vec<Hit> {
        let mut found: Vec<Hit> = Vec::new();
        let mut base = 0;
        Session::new(self).whole(text, &mut |clean: Clean<'_>| {
            // A hit that outgrew its window goes on here.
            if let (true, Some(last)) = (clean.is_swallowed(), found.last_mut()) {
                last.span.end = base + clean.text_len();
            }
            found.extend(clean.hits().iter().map(|hit| Hit { span: hit.span.shifted(base), ..*hit }));
            base += clean.text_len();
        });
        found
    }

    /// A writer that passes clean bytes on to `writer`, whatever the pieces they come in.
    pub fn stream<W: std::io::Write>(&self, writer: W) -> Stream<'_, W> {
        Stream::new(self, writer)
    }

    /// The rules that are on. A [`RuleId`] is an index into them.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        self.shown.get_or_init(|| self.rules.iter().map(|rule| (**rule).clone()).collect())
    }

    /// What they are called, in their order.
    #[cfg(feature = "cli")]
    pub(crate) fn names(&self) -> impl Iterator<Item = Text> {
        self.rules.iter().map(|rule| rule.id.clone())
    }

    /// What is not honoured of the rule files of other programs.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// What became of each rule that saw a sign in `line`, which has no newline.
    #[cfg(feature = "cli")]
    pub(crate) fn explain(&self, line: &[u8]) -> Vec<Look> {
        self.engine.explain(line)
    }

    /// How often each allowed value was let pass, in their order.
    #[must_use]
    pub fn allow_uses(&self) -> Arc<[Use]> {
        Arc::clone(self.engine.allowed().uses())
    }

    /// The rule of a hit; `None` for what was blacked out without one: [`INTERNAL_ERROR`], [`UNFINISHED`].
    #[must_use]
    pub fn rule(&self, id: RuleId) -> Option<&Rule> {
        self.rules.get(id.index()).map(|rule| &**rule)
    }

    /// Each hit of `text`, which is short, with what stands in its place, and whether its line goes.
    #[cfg(feature = "cli")]
    pub(crate) fn marked(&self, text: &[u8]) -> Vec<(Hit, Vec<u8>, bool)> {
        let (mut found, mut base) = (Vec::new(), 0);
        Session::new(self).whole(text, &mut |clean: Clean<'_>| {
            for (number, (hit, mark)) in clean.hits().iter().zip(clean.marks()).enumerate() {
                let hit = Hit { span: hit.span.shifted(base), ..*hit };
                found.push((hit, mark.to_vec(), clean.dropped(number).is_some()));
            }
            if let (true, Some((hit, ..))) = (clean.is_swallowed(), found.last_mut()) {
                hit.span.end = base + clean.text_len();
            }
            base += clean.text_len();
        });
        found
    }

    /// What stands in the place of the hits of `block` in `scratch`, where that is no marker.
    fn act(&self, block: &[u8], scratch: &Scratch, acted: &mut Vec<Acted>) {
        if let Some(acts) = &self.acts {
            acts.apply(block, scratch, acted);
        }
    }

    /// Whether all that is found gets a marker, and values are not named by the text.
    #[cfg(feature = "serve")]
    pub(crate) const fn marks_only(&self) -> bool {
        self.acts.is_none() && self.add_mask.is_none()
    }

    /// Whether lines may go.
    const fn drops(&self) -> bool {
        self.drops
    }

    fn masks(&self) -> Option<Masks> {
        self.add_mask.map(Masks::new)
    }

    /// Whether `span` of `block` is what stands in the place of a secret.
    fn is_mark(&self, block: &[u8], span: Span) -> bool {
        self.marker.all().any(|mark| *mark == block[span.range()])
            || self.engine.wishes().is_some_and(|wishes| wishes.marks.hold(block, span))
    }

    /// Puts what stands in the place of a hit behind `out`, with the quotes that it needs.
    #[cfg(feature = "cli")]
    pub(crate) fn put_marker(&self, hit: &Hit, out: &mut Vec<u8>) {
        for part in [Marker::quote(hit), self.marker.text(hit), Marker::quote(hit)] {
            out.extend_from_slice(part);
        }
    }

    /// The hits of one block, failing closed: should the matcher ever panic, every line of it is one hit.
    fn hits(&self, block: &[u8], carry: Carry, scratch: &mut Scratch) -> Carry {
        let find = || {
            #[cfg(debug_assertions)]
            fault(block);
            self.engine.find(block, carry, scratch)
        };
        if let Ok(carry) = catch_unwind(AssertUnwindSafe(find)) {
            return carry;
        }
        *scratch = Scratch::default();
        all_lines(block, &mut scratch.hits);
        Carry::default()
    }
}

impl Redactor {
    /// How much of an unfinished line is settled; nothing should the matcher ever panic.
    fn settled(&self, partial: &[u8], scratch: &mut Scratch) -> usize {
        catch_unwind(AssertUnwindSafe(|| self.engine.settled(partial, scratch))).unwrap_or_else(|_| {
            *scratch = Scratch::default();
            0
        })
    }
}

/// Every line of `block` as one hit.
fn all_lines(block: &[u8], hits: &mut Vec<Hit>) {
    let mut start = 0;
    for line in block.split_inclusive(|b| *b == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        if !text.is_empty() {
            let span = Span::new(start, start + text.len());
            hits.push(Hit { span, rule: INTERNAL_ERROR, confidence: Confidence::Low, quote: Quote::None });
        }
        start += line.len();
    }
}

/// Fails where a test wants it to. Release builds know nothing of it.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "it is what is asked for")]
fn fault(block: &[u8]) {
    let wanted = || std::env::var_os("INKOUT_FAULT").is_some_and(|what| what == "panic");
    if memchr::memmem::find(block, b"inkout-fault").is_some() && wanted() {
        panic!("a fault was asked for");
    }
}

/// The rule of hits that stand for the rest of a line that was cut off before its end: see [`Session::cut_off`].
pub const UNFINISHED: RuleId = RuleId(u16::MAX - 1);

/// The rule of hits that stand for lines on which the matcher failed.
pub const INTERNAL_ERROR: RuleId = RuleId(u16::MAX);
