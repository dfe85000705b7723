//! Records put together out of their parts, and what is found in them told of the parts again.
//!
//! The text is the lines of a block in another order: each record as one line, where its first part stands. The heads of
//! its other parts are left out. So the matcher sees what the application wrote, and knows nothing of parts.

use memchr::memmem;

use super::form::{Form, Part, STREAMS};
use crate::redact::act::Acted;
use crate::span::{Hit, Quote, Span};

/// A hit and what stands in its place.
pub(in crate::redact) type Found = (Hit, Acted);

/// The records of a block.
pub(in crate::redact) struct Whole {
    pub(in crate::redact) text: Vec<u8>,
    pub(super) lines: Vec<Line>,
    /// In the order of the text.
    places: Vec<Place>,
}

/// A line of the block.
#[derive(Clone, Copy)]
pub(super) struct Line {
    pub(super) span: Span,
    /// Its content as a span of the block.
    pub(super) part: Part,
}

/// A piece of the text, and where it comes from.
#[derive(Clone, Copy)]
struct Place {
    at: usize,
    from: Span,
    /// The line that it is of.
    line: Span,
}

impl Whole {
    /// The records of `block`: lines of `form`, at whose end all records end as far as they are known.
    pub(super) fn of(form: Form, block: &[u8]) -> Self {
        let lines = lines(form, block);
        let records = records(&lines);
        let mut whole = Self { text: Vec::with_capacity(block.len() + 1), lines, places: Vec::new() };
        for record in &records {
            whole.shells(block, record);
        }
        for (number, record) in records.iter().enumerate() {
            whole.record(block, record);
            // The last line of a text may have no end.
            if number + 1 < records.len() && whole.text.last() != Some(&b'\n') {
                whole.text.push(b'\n');
            }
        }
        whole
    }

    fn record(&mut self, block: &[u8], record: &[usize]) {
        for (number, index) in record.iter().enumerate() {
            let Line { span, part } = self.lines[*index];
            let start = if number == 0 { span.start } else { part.content.start };
            let end = if number + 1 == record.len() { span.end } else { part.content.end };
            self.put(block, Span::new(start, end), span);
        }
    }

    /// What docker was told to put to each part, as lines of their own: there is nothing like it in other heads.
    fn shells(&mut self, block: &[u8], record: &[usize]) {
        for pair in record.windows(2) {
            let (line, next) = (self.lines[pair[0]], self.lines[pair[1]]);
            let behind = Span::new(line.part.content.end, line.span.end);
            if memmem::find(&block[behind.range()], b"\"attrs\":").is_some() {
                self.put(block, Span::new(next.span.start, next.part.content.start), next.span);
                self.put(block, behind, line.span);
            }
        }
    }

    fn put(&mut self, block: &[u8], from: Span, line: Span) {
        self.places.push(Place { at: self.text.len(), from, line });
        self.text.extend_from_slice(&block[from.range()]);
    }

    /// What was found in the text, as found in the block: a hit over several parts is one in each. In the order of the
    /// block.
    pub(in crate::redact) fn back(&self, hits: &[Hit], acted: &[Acted]) -> Vec<Found> {
        let mut found = Vec::new();
        let mut gone = None;
        for (number, hit) in hits.iter().enumerate() {
            let acted = acted.get(number).cloned().unwrap_or_default();
            match acted.line {
                Some(line) if self.places(line).nth(1).is_some() => {
                    if gone != Some(line) {
                        found.extend(self.places(line).map(|place| line_goes(hit, place.line)));
                    }
                    gone = Some(line);
                }
                _ => self.pieces(hit, acted, &mut found),
            }
        }
        merged(found)
    }

    fn pieces(&self, hit: &Hit, acted: Acted, found: &mut Vec<Found>) {
        for place in self.places(hit.span) {
            let cut = |at: usize| place.from.start + at.saturating_sub(place.at).min(place.from.len());
            let span = Span::new(cut(hit.span.start), cut(hit.span.end));
            let line = acted.line.map(|_| place.line);
            if span.is_empty() {
                continue;
            }
            if span.start == cut(hit.span.start) && place.at <= hit.span.start {
                found.push((Hit { span, ..*hit }, Acted { line, ..acted.clone() }));
            } else {
                // A bare value of JSON gets one marker with quotes: no other could stand behind it.
                let text = (hit.quote != Quote::None).then(Box::default);
                found.push((Hit { span, quote: Quote::None, ..*hit }, Acted { text, line }));
            }
        }
    }

    /// The places in which `span` of the text is; one of them may be empty.
    fn places(&self, span: Span) -> impl Iterator<Item = &Place> {
        let first = self.places.partition_point(|place| place.at + place.from.len() <= span.start);
        self.places[first..].iter().take_while(move |place| place.at < span.end)
    }

    /// The last part so far of each stream whose record has not ended before `upto` of the block.
    pub(super) fn open(&self, upto: usize) -> [Option<Line>; STREAMS] {
        let mut open = [None; STREAMS];
        for line in self.lines.iter().take_while(|line| line.span.start < upto) {
            open[line.part.stream] = (!line.part.last).then_some(*line);
        }
        open
    }
}

/// The hits in order, overlapping ones as one.
pub(super) fn merged(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|(hit, _)| hit.span.start);
    let mut all: Vec<Found> = Vec::with_capacity(found.len());
    for (hit, acted) in found {
        match all.last_mut() {
            Some((last, has)) if hit.span.start < last.span.end => {
                if last.span != hit.span {
                    has.text = None;
                }
                has.line = has.line.or(acted.line);
                last.span.end = last.span.end.max(hit.span.end);
            }
            _ => all.push((hit, acted)),
        }
    }
    all
}

/// The line of a part goes.
pub(super) fn line_goes(hit: &Hit, line: Span) -> Found {
    (
        Hit { span: Span::new(line.start, line.end - 1), quote: Quote::None, ..*hit },
        Acted { text: None, line: Some(line) },
    )
}

fn lines(form: Form, block: &[u8]) -> Vec<Line> {
    let (mut start, mut open) = (0, [false; STREAMS]);
    let line = |text: &[u8]| {
        let span = Span::new(start, start + text.len());
        start = span.end;
        let part = form.part(text).or_else(|| form.torn(text, open))?;
        open[part.stream] = !part.last;
        Some(Line { span, part: Part { content: part.content.shifted(span.start), ..part } })
    };
    block.split_inclusive(|b| *b == b'\n').filter_map(line).collect()
}

/// The numbers of the lines of each record, in the order of their first parts.
fn records(lines: &[Line]) -> Vec<Vec<usize>> {
    let mut records: Vec<Vec<usize>> = Vec::new();
    let mut open = [None; STREAMS];
    for (number, Line { part, .. }) in lines.iter().enumerate() {
        let record = open[part.stream].take().unwrap_or(records.len());
        if record == records.len() {
            records.push(Vec::new());
        }
        records[record].push(number);
        open[part.stream] = (!part.last).then_some(record);
    }
    records
}
