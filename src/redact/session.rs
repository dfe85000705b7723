//! One text on its way through a redactor, in pieces of any size.
//!
//! The text is taken in blocks of whole lines. A line longer than [`LONG`] is taken in windows that overlap, cut at
//! distances counted from its own start, so that the result depends on the bytes alone and never on how they came.
//! What a container runtime has cut into parts is held until it is whole: see [`parts`](super::parts).

use memchr::{memchr, memrchr};

use super::act::Acted;
use super::masks::Masks;
use super::parts::{Head, Parts};
use super::{Clean, Redactor, UNFINISHED};
use crate::detect::{Carry, Scratch};
use crate::span::{Confidence, Hit, Quote, Span};

/// The longest line that is looked at in one piece, and the largest block, in bytes.
pub(crate) const LONG: usize = 1 << 20;
/// How much of a window of a long line is left for the next one to decide.
const OVERLAP: usize = 64 << 10;
/// How much of what is decided stays before the next window, so that names and boundaries are seen.
const BACK: usize = 4 << 10;

/// State of one text between blocks; keeps its memory from one text to the next.
#[derive(Debug)]
pub struct Session<'r> {
    redactor: &'r Redactor,
    scratch: Scratch,
    /// What stands in the place of the hits in `scratch`, where that is no marker.
    acted: Vec<Acted>,
    carry: Carry,
    /// Secrets that the text names itself.
    masks: Option<Masks>,
    long: Option<LongLine>,
    parts: Parts,
    /// Bytes of the line that is under way which were given out before it was whole.
    given: usize,
}

/// A session without its redactor, for who holds that another way.
#[cfg(feature = "serve")]
#[derive(Debug, Default)]
pub(crate) struct State {
    scratch: Scratch,
    acted: Vec<Acted>,
    carry: Carry,
    /// Outer: whether the text has a session already.
    masks: Option<Option<Masks>>,
    long: Option<LongLine>,
    parts: Parts,
    given: usize,
}

#[cfg(feature = "serve")]
impl State {
    /// Whether nothing is open: the text could be read on from here by another session, with other rules.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.long.is_none() && self.given == 0 && self.carry.is_empty() && !self.parts.is_open()
    }
}

#[cfg(feature = "serve")]
impl<'r> Session<'r> {
    /// What is read is decided at this length at the latest.
    pub(crate) const LONGEST: usize = LONG;

    /// Goes on where [`into_state`](Self::into_state) left off, under the same rules.
    pub(crate) fn resume(redactor: &'r Redactor, state: State) -> Self {
        let State { scratch, acted, carry, masks, long, parts, given } = state;
        let masks = masks.unwrap_or_else(|| redactor.masks());
        Self { redactor, scratch, acted, carry, masks, long, parts, given }
    }

    /// All but the redactor.
    pub(crate) fn into_state(self) -> State {
        let Self { scratch, acted, carry, masks, long, parts, given, .. } = self;
        State { scratch, acted, carry, masks: Some(masks), long, parts, given }
    }
}

/// What a block of whole lines holds if nothing was open before it: see [`Session::guessed`].
#[derive(Debug, Default)]
pub struct Guess {
    hits: Vec<Hit>,
    acted: Vec<Acted>,
    carry: Carry,
}

/// Looks at blocks ahead of their turn; one a thread.
#[derive(Debug)]
pub struct Guesser<'r> {
    redactor: &'r Redactor,
    scratch: Scratch,
}

impl<'r> Guesser<'r> {
    /// A guesser of its own memory.
    #[must_use]
    pub fn new(redactor: &'r Redactor) -> Self {
        Self { redactor, scratch: Scratch::default() }
    }

    /// What `block` holds: whole lines, at most [`Self::LARGEST`] bytes, the last one a newline.
    pub fn guess(&mut self, block: &[u8]) -> Guess {
        debug_assert!(block.len() <= LONG && block.last() == Some(&b'\n'));
        let carry = self.redactor.hits(block, Carry::default(), &mut self.scratch);
        let mut acted = Vec::new();
        self.redactor.act(block, &self.scratch, &mut acted);
        Guess { hits: std::mem::take(&mut self.scratch.hits), acted, carry }
    }

    /// The largest block, in bytes.
    pub const LARGEST: usize = LONG;
}

/// A line in windows. The window begins at the buffer's start.
#[derive(Clone, Copy, Debug)]
struct LongLine {
    /// Bytes of the window that were given out already.
    done: usize,
    /// A hit reached the last window's end: what follows goes too, up to a byte that no token has.
    open: bool,
    /// The same up to the line's end.
    lost: bool,
}

impl<'r> Session<'r> {
    /// At the start of a text.
    #[must_use]
    pub fn new(redactor: &'r Redactor) -> Self {
        let (scratch, acted, carry, masks) = (Scratch::default(), Vec::new(), Carry::default(), redactor.masks());
        Self { redactor, scratch, acted, carry, masks, long: None, parts: Parts::default(), given: 0 }
    }

    /// Gives out as much of `buffer` as can be decided, and says how many of its bytes are done with.
    ///
    /// Call it again with the rest and what has come since, until it takes nothing; with `end` once no more will
    /// come. Then it takes everything.
    pub fn step(&mut self, buffer: &[u8], end: bool, sink: &mut dyn FnMut(Clean<'_>)) -> usize {
        if self.long.is_some() {
            return self.window(buffer, end, sink);
        }
        let chunk = &buffer[..buffer.len().min(LONG)];
        match memrchr(b'\n', chunk) {
            Some(_) if !self.parts.is_off() => self.lines(chunk, end && chunk.len() == buffer.len(), sink),
            Some(last) => self.block(&buffer[..=last], sink),
            None if chunk.len() == LONG => {
                self.parts.close();
                self.long = Some(LongLine { done: std::mem::take(&mut self.given), open: false, lost: false });
                self.window(buffer, end, sink)
            }
            None if end && !chunk.is_empty() => self.lines(chunk, true, sink),
            None => 0,
        }
    }

    /// How many of the first bytes of `block`, whole lines from where the text was taken up to, may be looked at ahead of
    /// their turn; what is behind them is for [`step`](Self::step).
    pub fn ahead(&mut self, block: &[u8]) -> usize {
        self.parts.plain(block)
    }

    /// Gives out what is settled of `partial`, the unfinished line that [`step`](Self::step) left in the buffer:
    /// bytes that no continuation can make part of a hit, such as a prompt. They stay in the buffer all the same, as
    /// what follows is judged with them before it. Says how many bytes of the line are out.
    pub fn settle(&mut self, partial: &[u8], sink: &mut dyn FnMut(Clean<'_>)) -> usize {
        if self.parts.holds(partial) {
            return self.given;
        }
        // A line that may go, or may hold a secret that is not looked for there, waits for its end.
        if self.long.is_some() || !self.carry.is_empty() || self.redactor.drops() || self.masks.is_some() {
            return 0;
        }
        let settled = self.redactor.settled(partial, &mut self.scratch);
        if settled > self.given {
            sink(Clean::new(&partial[self.given..settled], &[], &self.redactor.marker));
            self.given = settled;
        }
        self.given
    }

    /// Ends the text in the middle of the line that `partial` holds: what is settled goes out, and one marker for the
    /// rest, which might be half a secret. Says how many bytes it stands for.
    pub fn cut_off(&mut self, partial: &[u8], sink: &mut dyn FnMut(Clean<'_>)) -> usize {
        let (from, open) = match self.long {
            Some(line) => (line.done, line.open),
            None => (self.settle(partial, sink), false),
        };
        let rest = &partial[from.min(partial.len())..];
        if open {
            self.swallow(rest, sink);
        } else if !rest.is_empty() {
            let span = Span::new(0, rest.len());
            let hit = Hit { span, rule: UNFINISHED, confidence: Confidence::Low, quote: Quote::None };
            sink(Clean::new(rest, &[hit], &self.redactor.marker));
        }
        *self = Self::new(self.redactor);
        rest.len()
    }

    /// Gives out a block of whole lines that was looked at ahead of its turn, on another thread.
    ///
    /// The guess was made as if nothing were open before the block; where a private key is, or the block's first line
    /// is under way already, the block is looked at again. The text so far must have been taken up to the block. A
    /// record in parts is whole only in a block that [`ahead`](Self::ahead) has not shortened.
    pub fn guessed(&mut self, block: &[u8], guess: &Guess, sink: &mut dyn FnMut(Clean<'_>)) {
        let asked = self.masks.as_ref().is_some_and(|masks| masks.want(block));
        if self.long.is_some() || self.given > 0 || !self.carry.is_empty() || asked || self.ahead(block) < block.len() {
            // Its last byte is a newline, so that it ends makes a difference to parts alone.
            return self.whole(block, sink);
        }
        self.carry = guess.carry.clone();
        sink(Clean::new(block, &guess.hits, &self.redactor.marker).with(&guess.acted));
    }

    /// All of a text.
    pub(crate) fn whole(&mut self, text: &[u8], sink: &mut dyn FnMut(Clean<'_>)) {
        let mut rest = text;
        while !rest.is_empty() {
            let taken = self.step(rest, true, sink);
            rest = &rest[taken..];
        }
    }

    /// Some of the lines of `chunk`, to whose end they go where it is `over`.
    fn lines(&mut self, chunk: &[u8], over: bool, sink: &mut dyn FnMut(Clean<'_>)) -> usize {
        let len = if over { chunk.len() } else { memrchr(b'\n', chunk).map_or(0, |last| last + 1) };
        match self.parts.head(&chunk[..len], chunk.len() == LONG, over) {
            Head::Open => 0,
            Head::Group(len, whole) => self.group(&chunk[..len], whole, sink),
            Head::Plain(len) => {
                let taken = self.block(&chunk[..len], sink);
                self.parts.took(&chunk[..taken]);
                taken
            }
        }
    }

    /// A group of lines with records in parts, or a window of one.
    fn group(&mut self, group: &[u8], is_whole: bool, sink: &mut dyn FnMut(Clean<'_>)) -> usize {
        let (whole, before) = (self.parts.whole(group), self.carry.clone());
        self.look(&whole.text);
        let mut found = whole.back(&self.scratch.hits, &self.acted);
        let taken = self.parts.window(group, &whole, &mut found, (is_whole, OVERLAP));
        if taken < group.len() {
            let decided = self.parts.whole(&group[..taken]);
            self.carry = self.redactor.hits(&decided.text, before, &mut self.scratch);
        }
        (self.scratch.hits, self.acted) = found.into_iter().unzip();
        let given = std::mem::take(&mut self.given);
        self.give(&group[given..taken], given, sink);
        self.acted.clear();
        taken
    }

    fn block(&mut self, block: &[u8], sink: &mut dyn FnMut(Clean<'_>)) -> usize {
        // What a line names is looked for behind it.
        let block = &block[..self.masks.as_ref().map_or(block.len(), |masks| masks.end(block))];
        self.look(block);
        match std::mem::take(&mut self.given) {
            0 => sink(Clean::new(block, &self.scratch.hits, &self.redactor.marker).with(&self.acted)),
            given => self.give(&block[given..], given, sink),
        }
        if let Some(masks) = &mut self.masks {
            masks.learn(block);
        }
        block.len()
    }

    /// Finds the hits of `block`, and what stands in their place.
    fn look(&mut self, block: &[u8]) {
        if let Some(masks) = &mut self.masks {
            masks.find(self.redactor, block, &mut self.scratch.extra);
        }
        self.carry = self.redactor.hits(block, std::mem::take(&mut self.carry), &mut self.scratch);
        self.redactor.act(block, &self.scratch, &mut self.acted);
    }

    /// The same for a window of a long line. Where a hit is to take its line, what was given out before stays, and all
    /// from the hit on goes.
    fn look_through(&mut self, window: &[u8], limit: usize) -> bool {
        self.look(window);
        let kept = self.scratch.hits.partition_point(|hit| hit.span.start < limit);
        self.scratch.hits.truncate(kept);
        self.acted.truncate(kept);
        // What every hit of the line says, the first that is not out yet says.
        let done = self.long.map_or(0, |line| line.done);
        let Some(first) = self
            .scratch
            .hits
            .iter()
            .position(|hit| hit.span.end > done)
            .filter(|first| self.acted.iter().skip(*first).any(|acted| acted.line.is_some()))
        else {
            return false;
        };
        let end = window.strip_suffix(b"\n").unwrap_or(window).len();
        self.scratch.hits.truncate(first + 1);
        self.scratch.hits[first].span.end = end;
        self.acted.clear();
        true
    }

    fn window(&mut self, buffer: &[u8], end: bool, sink: &mut dyn FnMut(Clean<'_>)) -> usize {
        let Some(mut line) = self.long else { return 0 };
        if line.open {
            let ends = |b: &u8| if line.lost { *b == b'\n' } else { ends_token(*b) };
            let eaten = buffer[line.done..].iter().position(ends);
            let upto = eaten.map_or(buffer.len(), |n| line.done + n);
            // The marker of the hit that began this stands already: these bytes leave without another.
            self.swallow(&buffer[line.done..upto], sink);
            line = LongLine { done: upto, open: eaten.is_none() && !end, ..line };
            self.long = Some(line);
            // The next window begins where the bytes say, not where a read ended.
            let gone = self.forget(upto);
            if line.open || gone > 0 {
                return gone;
            }
        }
        let reach = &buffer[..buffer.len().min(LONG)];
        let newline = memchr(b'\n', &reach[line.done.min(reach.len())..]).map(|n| line.done + n + 1);
        match newline {
            Some(stop) => self.last_window(&buffer[..stop], line.done, sink),
            None if reach.len() == LONG => self.middle_window(reach, line.done, sink),
            None if end => self.last_window(reach, line.done, sink),
            None => 0,
        }
    }

    fn middle_window(&mut self, window: &[u8], done: usize, sink: &mut dyn FnMut(Clean<'_>)) -> usize {
        let limit = LONG - OVERLAP;
        let lost = self.look_through(window, limit);
        let reached = self.scratch.hits.last().map_or(0, |hit| hit.span.end);
        let upto = limit.max(reached).max(done);
        self.give(&window[done..upto], done, sink);
        self.long = Some(LongLine { done: upto, open: reached == window.len(), lost });
        self.forget(upto)
    }

    fn last_window(&mut self, window: &[u8], done: usize, sink: &mut dyn FnMut(Clean<'_>)) -> usize {
        self.look_through(window, window.len());
        self.give(&window[done..], done, sink);
        self.long = None;
        window.len()
    }

    /// Gives out `text`, which begins `done` bytes into the window that the hits were found in.
    fn give(&mut self, text: &[u8], done: usize, sink: &mut dyn FnMut(Clean<'_>)) {
        let inside = |hit: &Hit| {
            let span = Span { start: hit.span.start.max(done), end: hit.span.end };
            (span.start < span.end).then(|| Hit { span: Span::new(span.start - done, span.end - done), ..*hit })
        };
        let hits: Vec<Hit> = self.scratch.hits.iter().filter_map(inside).collect();
        // The hits are in order, so those that are out are the first ones.
        let acted = &self.acted[self.acted.len().saturating_sub(hits.len())..];
        sink(Clean::new(text, &hits, &self.redactor.marker).with(acted));
    }

    fn swallow(&self, text: &[u8], sink: &mut dyn FnMut(Clean<'_>)) {
        if !text.is_empty() {
            sink(Clean::swallowed(text, &self.redactor.marker));
        }
    }

    /// Keeps a little before `upto` as the next window's start; the rest of the buffer is done with.
    fn forget(&mut self, upto: usize) -> usize {
        let gone = upto.saturating_sub(BACK);
        if let Some(line) = &mut self.long {
            line.done -= gone;
        }
        gone
    }
}

/// A byte that no token has in it: where a hit that outgrew its window is taken to end.
pub(super) const fn ends_token(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'<' | b'>' | b',' | b';' | b'&' | 0)
}
