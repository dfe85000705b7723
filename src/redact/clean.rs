//! Text with its secrets marked: the only thing a sink takes.

use std::io::{self, IoSlice, Write};

use super::marker::Marker;
use crate::span::Hit;

/// A run of text and the hits in it. What comes out of it holds no secret; the text itself is out of reach.
#[derive(Clone, Copy)]
pub struct Clean<'a> {
    text: &'a [u8],
    hits: &'a [Hit],
    marker: &'a Marker,
    /// Nothing comes out at all: the tail of a hit whose marker was given out with its head.
    swallowed: bool,
}

impl<'a> Clean<'a> {
    pub(super) fn new(text: &'a [u8], hits: &'a [Hit], marker: &'a Marker) -> Self {
        debug_assert!(hits.last().is_none_or(|h| h.span.end <= text.len()));
        Self { text, hits, marker, swallowed: false }
    }

    pub(super) fn swallowed(text: &'a [u8], marker: &'a Marker) -> Self {
        Self { text, hits: &[], marker, swallowed: true }
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
        let Self { hits, marker, swallowed, .. } = *self;
        let marks = hits.iter().map(Some).chain(std::iter::once(None));
        self.gaps()
            .zip(marks)
            .flat_map(move |(gap, hit)| match hit {
                Some(hit) => [gap, Marker::quote(hit), marker.text(hit), Marker::quote(hit)],
                None => [gap, b"", b"", b""],
            })
            .filter(move |piece| !swallowed && !piece.is_empty())
    }

    /// What stays between the hits: one piece before each, and one behind the last; any may be empty.
    pub fn gaps(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let Self { text, hits, .. } = *self;
        let starts = std::iter::once(0).chain(hits.iter().map(|h| h.span.end));
        let stops = hits.iter().map(|h| h.span.start).chain(std::iter::once(text.len()));
        let visible = !self.swallowed;
        starts.zip(stops).map(move |(from, to)| if visible { &text[from..to] } else { &text[..0] })
    }

    /// What stands in the place of each hit.
    pub fn markers(&self) -> impl Iterator<Item = Vec<u8>> + use<'a> {
        let Self { hits, marker, .. } = *self;
        hits.iter().map(move |hit| [Marker::quote(hit), marker.text(hit), Marker::quote(hit)].concat())
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
