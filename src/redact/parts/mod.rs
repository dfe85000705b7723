//! Records that a container runtime has cut into parts: matched whole, given out in their parts.
//!
//! A text is of such a form if one of its first lines is; any other pays no more than a look at those. Lines from the
//! first part of a record up to where no record is open are a *group* (the two streams may stand mixed) and are held
//! until they are all there, as an unfinished line is. What a group holds depends on the bytes alone. One that outgrows
//! what is looked at in one piece is looked at in windows of whole lines, which overlap.

mod form;
mod whole;

use memchr::memchr_iter;

use super::act::Acted;
use crate::span::{Hit, Quote, Span};
use form::{Form, STREAMS};
use whole::{Found, Line, Whole, line_goes, merged};

/// What is known of the parts of one text.
#[derive(Debug, Default)]
pub(super) struct Parts {
    look: Look,
    /// How far the lines of the group under way were walked through, from the start of what is not taken yet.
    upto: usize,
    /// The streams with a record that is open there.
    open: [bool; STREAMS],
    /// What the window before has left.
    left: Option<Left>,
}

/// Whether the text is of a form.
#[derive(Clone, Copy, Debug)]
enum Look {
    /// So many of its first lines are still to be looked at.
    First(usize),
    Is(Form),
    No,
}

/// So many lines are looked at: what was started may say a word before the first line.
const FIRST: usize = 16;
/// Docker's first lines say whether the ends of lines are in them, if so many do not hide it.
const ENDS: usize = 8;

impl Default for Look {
    fn default() -> Self {
        Self::First(FIRST)
    }
}

/// What a window of a group hands to the next one.
#[derive(Debug, Default)]
struct Left {
    /// What was found in lines that both have.
    found: Vec<Found>,
    /// So many bytes of the next window were in this one.
    seen: usize,
    /// A hit that reached the window's end in a record that goes on: what follows goes too, up to a byte that no token
    /// has in it, or to the end of the record if its line goes.
    reached: [Option<(Hit, bool)>; STREAMS],
}

/// What stands at the head of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// So many bytes without a part of anything.
    Plain(usize),
    /// A group of so many, whole or not.
    Group(usize, bool),
    /// That is not known before more has come.
    Open,
}

impl Parts {
    /// Whether lines are to be looked at for parts at all.
    pub(super) const fn is_off(&self) -> bool {
        matches!(self.look, Look::No)
    }

    /// Whether what follows depends on what came.
    #[cfg(feature = "serve")]
    pub(super) const fn is_open(&self) -> bool {
        self.left.is_some()
    }

    /// Whether an unfinished line behind all that is taken could be a part.
    pub(super) fn holds(&self, partial: &[u8]) -> bool {
        match self.look {
            Look::No => false,
            Look::Is(_) => true,
            Look::First(_) => Form::of(partial).is_some() || partial.contains(&b'\n'),
        }
    }

    /// What `text` begins with: whole lines, or all that is left where it is `over`. Where it is `full`, no more of it
    /// can be held.
    pub(super) fn head(&mut self, text: &[u8], full: bool, over: bool) -> Head {
        let Some(form) = self.form(text) else {
            let wait = self.waits(text) && !full && !over;
            return if wait { Head::Open } else { Head::Plain(text.len()) };
        };
        if self.upto == 0 && self.left.is_none() {
            match form.first(text) {
                None => return Head::Plain(text.len()),
                Some(0) => {}
                Some(first) => return Head::Plain(first),
            }
        }
        for line in text[self.upto..].split_inclusive(|b| *b == b'\n') {
            let Some(part) = form.part(line).or_else(|| form.torn(line, self.open)) else {
                // The runtime has not written that: whatever was open is over.
                return if self.upto > 0 { Head::Group(self.upto, true) } else { self.abandoned(text, full, over) };
            };
            self.upto += line.len();
            self.open[part.stream] = !part.last;
            if self.open == [false; STREAMS] {
                return Head::Group(self.upto, true);
            }
        }
        match () {
            () if over => Head::Group(text.len(), true),
            () if full && self.upto > 0 => Head::Group(self.upto, false),
            () => Head::Open,
        }
    }

    fn abandoned(&mut self, text: &[u8], full: bool, over: bool) -> Head {
        self.close();
        self.head(text, full, over)
    }

    /// All of a group is taken, or it is given up.
    pub(super) fn close(&mut self) {
        *self = Self { look: self.look, ..Self::default() };
    }

    /// How much of `block`, whole lines behind all that is taken, begins no group.
    pub(super) fn plain(&mut self, block: &[u8]) -> usize {
        match self.form(block) {
            Some(form) if self.left.is_none() => form.first(block).unwrap_or(block.len()),
            None if self.is_off() => block.len(),
            _ => 0,
        }
    }

    /// `text` was taken, and is no group.
    pub(super) fn took(&mut self, text: &[u8]) {
        if let Look::First(left) = self.look {
            self.look = match left.saturating_sub(memchr_iter(b'\n', text).take(left).count()) {
                0 => Look::No,
                left => Look::First(left),
            };
        }
    }

    /// The form of the text, which goes on with `text`, as soon as it is known.
    fn form(&mut self, text: &[u8]) -> Option<Form> {
        let Look::First(left) = self.look else {
            return if let Look::Is(form) = self.look { Some(form) } else { None };
        };
        let found = lines(text).take(left).enumerate().find_map(|(n, line)| Some((n, Form::of(line)?)));
        let Some((number, first)) = found else {
            if lines(text).nth(left - 1).is_some() {
                self.look = Look::No;
            }
            return None;
        };
        let form = match first {
            Form::Cri => Form::Cri,
            Form::Docker(piece) => {
                let mut few = lines(text).skip(number).take(ENDS);
                match few.find(|line| Form::cuts(line) || line.len() > piece) {
                    Some(_) => Form::Docker(0),
                    None if lines(text).nth(number + ENDS - 1).is_some() => first,
                    // The few lines are not all there.
                    None => return None,
                }
            }
        };
        self.look = Look::Is(form);
        Some(form)
    }

    /// Whether more of `text` would show its form.
    fn waits(&self, text: &[u8]) -> bool {
        matches!(self.look, Look::First(left) if lines(text).take(left).any(|line| Form::of(line).is_some()))
    }

    /// The records of a group.
    pub(super) fn whole(&self, group: &[u8]) -> Whole {
        let form = if let Look::Is(form) = self.look { form } else { Form::Cri };
        Whole::of(form, group)
    }

    /// Takes what was found in a group, whole or a window of it, puts to it what is left of the window before, and says
    /// where what of it is decided ends.
    pub(super) fn window(
        &mut self,
        group: &[u8],
        whole: &Whole,
        found: &mut Vec<Found>,
        (is_whole, common): (bool, usize),
    ) -> usize {
        if let Some(left) = self.left.take() {
            found.extend(left.found);
            for (stream, reached) in left.reached.into_iter().enumerate() {
                if let Some((hit, line)) = reached {
                    let rest =
                        whole.lines.iter().filter(|line| line.part.stream == stream && line.span.start >= left.seen);
                    go_on(group, (hit, line), rest, found);
                }
            }
            *found = merged(std::mem::take(found));
        }
        self.close();
        if is_whole {
            return group.len();
        }
        let cut = cut(whole, group.len(), common);
        let behind = found.partition_point(|(hit, _)| hit.span.start < cut);
        let shifted = |(hit, acted): Found| {
            let line = acted.line.map(|line| Span::new(line.start - cut, line.end - cut));
            (Hit { span: Span::new(hit.span.start - cut, hit.span.end - cut), ..hit }, Acted { line, ..acted })
        };
        let reached = whole.open(group.len()).map(|last| {
            let last = last?;
            let ends = |(hit, acted): &&Found| hit.span.end == last.part.content.end || acted.line == Some(last.span);
            found.iter().rev().find(ends).map(|(hit, acted)| (*hit, acted.line.is_some()))
        });
        let seen = group.len() - cut;
        self.open = whole.open(cut).map(|line| line.is_some());
        self.left = Some(Left { found: found.drain(behind..).map(shifted).collect(), seen, reached });
        cut
    }
}

/// What follows a hit that reached the end of the window before.
fn go_on<'w>(group: &[u8], (hit, line_too): (Hit, bool), rest: impl Iterator<Item = &'w Line>, found: &mut Vec<Found>) {
    for Line { span, part } in rest {
        if line_too {
            found.push(line_goes(&hit, *span));
        }
        let content = &group[part.content.range()];
        let len = content.iter().position(|b| super::session::ends_token(*b)).filter(|_| !line_too);
        let gone = Span::new(part.content.start, part.content.start + len.unwrap_or(content.len()));
        if !line_too && !gone.is_empty() {
            found.push((Hit { span: gone, quote: Quote::None, ..hit }, Acted::default()));
        }
        if part.last || len.is_some() {
            break;
        }
    }
}

/// The start of a line of which the window's last `common` bytes are still to be decided; never the window's.
fn cut(whole: &Whole, len: usize, common: usize) -> usize {
    let limit = len.saturating_sub(common);
    let starts = || whole.lines.iter().map(|line| line.span.start).filter(|start| *start > 0);
    starts().take_while(|start| *start <= limit).last().or_else(|| starts().next()).unwrap_or(len)
}

/// The whole lines of a text.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|b| *b == b'\n').filter(|line| line.ends_with(b"\n"))
}
