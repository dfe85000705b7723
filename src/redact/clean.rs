//! Text with its secrets marked: the only thing a sink takes.

use std::io::{self, IoSlice, Write};

use super::act::Acted;
use super::marker::Marker;
use crate::span::{Hit, Span};

/// A run of text and the hits in it. What comes out of it holds no secret; the text itself is out of reach.
#[derive(Clone, Copy)]
pub struct Clean<'a> {
    text: &'a [u8],
    hits: &'a [Hit],
    /// What stands in the place of each hit where that is no marker; mostly empty.
    acted: &'a [Acted],
    marker: &'a Marker,
    /// Nothing comes out at all: the tail of a hit whose marker was given out with its head.
    swallowed: bool,
}

impl<'a> Clean<'a> {
    pub(super) fn new(text: &'a [u8], hits: &'a [Hit], marker: &'a Marker) -> Self {
        debug_assert!(hits.last().is_none_or(|h| h.span.end <= text.len()));
        Self { text, hits, acted: &[], marker, swallowed: false }
    }

    pub(super) fn swallowed(text: &'a [u8], marker: &'a Marker) -> Self {
        Self { text, hits: &[], acted: &[], marker, swallowed: true }
    }

    /// With what stands in the place of the hits, one for each.
    pub(super) fn with(self, acted: &'a [Acted]) -> Self {
        debug_assert!(acted.is_empty() || acted.len() == self.hits.len());
        Self { acted, ..self }
    }

    /// The line that goes with a hit.
    fn line(&self, number: usize) -> Option<Span> {
        self.acted.get(number).and_then(|acted| acted.line)
    }

    /// What stands in the place of a hit, without quotes; nothing where its line goes.
    fn mark(&self, number: usize, hit: &Hit) -> &'a [u8] {
        match self.acted.get(number) {
            Some(Acted { line: Some(_), .. }) => b"",
            Some(Acted { text: Some(text), .. }) => text,
            _ => self.marker.text(hit),
        }
    }

    fn quote(&self, number: usize, hit: &Hit) -> &'static [u8] {
        if self.line(number).is_some() { b"" } else { Marker::quote(hit) }
    }

    /// Whether a line goes with the hit of this number, and whether it is its last hit.
    #[cfg(feature = "cli")]
    pub(crate) fn dropped(&self, number: usize) -> Option<bool> {
        self.line(number).map(|line| self.line(number + 1) != Some(line))
    }

    /// Whether all of this is the tail of the last hit before.
    pub(crate) fn is_swallowed(&self) -> bool {
        self.swallowed
    }

    /// The hits, as spans of the text before it was cleaned.
    #[must_use]
    pub fn hits(&self) -> &'a [Hit] {
        self.hits
    }

    /// Length in bytes of the text before it was cleaned.
    #[must_use]
    pub fn text_len(&self) -> usize {
        self.text.len()
    }

    /// Where each hit begins and, last, where the text ends: line and column, both counted from 0 at the start of the
    /// text.
    pub fn positions(&self) -> impl Iterator<Item = (usize, usize)> + use<'a> {
        let (text, mut line, mut start, mut upto) = (self.text, 0, 0, 0);
        self.hits.iter().map(|hit| hit.span.start).chain(std::iter::once(text.len())).map(move |at| {
            for newline in memchr::memchr_iter(b'\n', &text[upto..at]) {
                (line, start) = (line + 1, upto + newline + 1);
            }
            upto = at;
            (line, at - start)
        })
    }

    /// Number of newlines in the text.
    #[must_use]
    pub fn newlines(&self) -> usize {
        memchr::memchr_iter(b'\n', self.text).count()
    }

    /// The clean bytes, piece by piece: gaps as they were, a marker for each hit. No piece is empty.
    pub fn pieces(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        let marks = this.hits.iter().enumerate().map(Some).chain(std::iter::once(None));
        self.gaps()
            .zip(marks)
            .flat_map(move |(gap, hit)| match hit {
                Some((i, hit)) => [gap, this.quote(i, hit), this.mark(i, hit), this.quote(i, hit)],
                None => [gap, b"", b"", b""],
            })
            .filter(move |piece| !this.swallowed && !piece.is_empty())
    }

    /// What stays between the hits: one piece before each, and one behind the last; any may be empty.
    pub fn gaps(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        let Self { text, hits, .. } = this;
        let end = move |(i, hit): (usize, &Hit)| this.line(i).map_or(hit.span.end, |line| line.end);
        let start = move |(i, hit): (usize, &Hit)| this.line(i).map_or(hit.span.start, |line| line.start);
        let starts = std::iter::once(0).chain(hits.iter().enumerate().map(end));
        let stops = hits.iter().enumerate().map(start).chain(std::iter::once(text.len()));
        // Between two hits of a line that goes nothing is left.
        starts.zip(stops).map(move |(from, to)| if this.swallowed || to < from { &text[..0] } else { &text[from..to] })
    }

    /// What stands in the place of each hit.
    pub fn markers(&self) -> impl Iterator<Item = Vec<u8>> + use<'a> {
        let this = *self;
        let all = move |(i, hit): (usize, &Hit)| [this.quote(i, hit), this.mark(i, hit), this.quote(i, hit)].concat();
        this.hits.iter().enumerate().map(all)
    }

    /// The same without the quotes that a bare JSON value needs.
    #[cfg(feature = "cli")]
    pub(crate) fn marks(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        this.hits.iter().enumerate().map(move |(i, hit)| this.mark(i, hit))
    }

    /// Puts the clean bytes behind what `out` holds.
    pub fn append_to(&self, out: &mut Vec<u8>) {
        out.reserve(self.text.len());
        self.pieces().for_each(|piece| out.extend_from_slice(piece));
    }

    /// Writes the clean bytes, gathered from where they stand.
    ///
    /// # Errors
    /// The writer's; `WriteZero` where it takes nothing.
    pub fn write_to(&self, writer: &mut (impl Write + ?Sized)) -> io::Result<()> {
        const BATCH: usize = 64;
        let mut pieces = self.pieces().peekable();
        let mut batch: Vec<IoSlice<'a>> = Vec::with_capacity(BATCH.min(self.hits.len() * 2 + 1));
        while pieces.peek().is_some() {
            batch.clear();
            batch.extend(pieces.by_ref().take(BATCH).map(IoSlice::new));
            write_all_vectored(writer, &mut batch)?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Clean<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clean")
            .field("text_len", &self.text.len())
            .field("hits", &self.hits.len())
            .finish_non_exhaustive()
    }
}

fn write_all_vectored(writer: &mut (impl Write + ?Sized), mut slices: &mut [IoSlice<'_>]) -> io::Result<()> {
    while !slices.is_empty() {
        match writer.write_vectored(slices) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(n) => IoSlice::advance_slices(&mut slices, n),
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(())
}
