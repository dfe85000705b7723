//! Private keys, over many lines or escaped inside one.
//!
//! The frame stays and the body goes, each line's base64 by itself, so that line breaks, log prefixes and quotes stay
//! as they were. A line that spells line breaks (`\n` in JSON, `#012`, `%0A`) is read as the lines it holds; a key
//! is followed through those and through the lines of the log alike.
//!
//! A key that has no end is given up after [`LINES`] lines, or after [`IDLE`] lines in a row without a line of its
//! body. Until then whatever looks like base64 counts as body: other lines that stand between pass, unless they end
//! in a long run or hold one. The state moves on line by line and holds nothing of the text.
//!
//! Sources: RFC 7468 and RFC 1421 (PEM), RFC 4716 (SSH2), RFC 9580 section 6.2 (OpenPGP armor), PuTTY's manual,
//! appendix C.

mod text;

use memchr::memmem;

use super::text::contains;
use crate::span::Span;
use text::Frame;

/// What begins one.
pub(crate) const NEEDLES: &[&str] = &["-----BEGIN ", "-----BEGIN+", "---- BEGIN SSH2 ", PUTTY];
const PUTTY: &str = "PuTTY-User-Key-File-";

/// More lines than this no key has: RSA with 16384 bits takes about 200.
const LINES: u16 = 1024;
/// So many lines in a row that are not the body's end it. Other threads' lines stand between a key's in threes at most.
const IDLE: u8 = 4;
/// A run of this length is base64 wherever it stands.
const LONG: usize = 40;
/// A run of this length is base64 at a line's end.
const SHORT: usize = 16;

/// A key whose end has not been seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyState {
    format: Format,
    /// Lines since the beginning.
    lines: u16,
    /// Lines since the last one that was surely the body's.
    idle: u8,
    /// Length of the body's first line; 0 before it.
    width: usize,
    /// Where in its line the body stands.
    column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Between two frames.
    Framed,
    /// PuTTY's, in the part that may be read.
    PuttyPublic,
    PuttyPrivate,
}

/// A frame begins at `at` of `line`: reports what of this line goes; the state if the body goes on in the next line.
pub(crate) fn begin(line: &[u8], at: usize, say: &mut dyn FnMut(Span)) -> Option<KeyState> {
    walk(None, line, at, say)
}

/// The next line of an open key.
pub(crate) fn follow(state: KeyState, line: &[u8], say: &mut dyn FnMut(Span)) -> Option<KeyState> {
    walk(Some(state), line, 0, say)
}

fn walk(mut state: Option<KeyState>, line: &[u8], from: usize, say: &mut dyn FnMut(Span)) -> Option<KeyState> {
    // Behind the last frame only an open key is of interest.
    let last = || ["----", PUTTY].iter().filter_map(|word| memmem::rfind(line, word.as_bytes())).max().unwrap_or(0);
    let mut known = None;
    for span in text::lines(line, from) {
        state = one_line(state, line, span, say);
        if state.is_none() && span.end > *known.get_or_insert_with(last) {
            break;
        }
    }
    state
}

/// One line, without line breaks of any spelling.
fn one_line(mut state: Option<KeyState>, text: &[u8], line: Span, say: &mut dyn FnMut(Span)) -> Option<KeyState> {
    let whole = &text[..line.end];
    let (mut from, mut framed) = (line.start, false);
    loop {
        let frame = text::frame(whole, from);
        let end = frame.map_or(line.end, |(_, span)| span.start);
        let piece =
            Piece { text: whole, span: Span::new(from, end), line: line.start, framed, closed: frame.is_some() };
        state = match state {
            Some(state) => state.take(&piece, say),
            None => putty(&piece),
        };
        let Some((kind, span)) = frame else { return state };
        state = (kind == Frame::Begin).then(|| KeyState::new(Format::Framed));
        from = span.end;
        framed = kind == Frame::Begin;
    }
}

fn putty(piece: &Piece<'_>) -> Option<KeyState> {
    memmem::find(piece.bytes(), PUTTY.as_bytes()).map(|_| KeyState::new(Format::PuttyPublic))
}

impl KeyState {
    const fn new(format: Format) -> Self {
        Self { format, lines: 0, idle: 0, width: 0, column: 0 }
    }

    /// Takes a piece of a line; the state behind it, unless it is given up.
    fn take(mut self, piece: &Piece<'_>, say: &mut dyn FnMut(Span)) -> Option<Self> {
        if piece.framed {
            piece.behind_frame(say);
            return Some(self);
        }
        self.lines += 1;
        if self.format != Format::Framed && self.putty(piece, say)? {
            return (self.lines < LINES).then_some(self);
        }
        if piece.bytes().trim_ascii().is_empty() || piece.header() {
            return (self.lines < LINES).then_some(self);
        }
        let sure = piece.body(&mut self, say);
        self.idle = if sure { 0 } else { self.idle + 1 };
        (self.lines < LINES && self.idle < IDLE).then_some(self)
    }

    /// PuTTY's own lines: whether this is one that has no body, or is before it; `None` behind the last one.
    fn putty(&mut self, piece: &Piece<'_>, say: &mut dyn FnMut(Span)) -> Option<bool> {
        let behind =
            |name: &str| memmem::find(piece.bytes(), name.as_bytes()).map(|at| piece.span.start + at + name.len());
        if behind("Private-Lines:").is_some() {
            self.format = Format::PuttyPrivate;
            return Some(true);
        }
        if let Some(at) = behind("Private-MAC:").or_else(|| behind("Private-Hash:")) {
            let mut runs = text::runs(piece.text, Span::new(at, piece.span.end));
            if let Some(run) = runs.next().filter(|run| run.len() >= SHORT) {
                say(run);
            }
            return None;
        }
        Some(self.format == Format::PuttyPublic)
    }
}

/// A line, or what of it stands between frames.
struct Piece<'t> {
    /// The text up to the line's end.
    text: &'t [u8],
    span: Span,
    /// Where the line begins.
    line: usize,
    /// A private key's frame stands before it.
    framed: bool,
    /// A frame stands behind it.
    closed: bool,
}

impl<'t> Piece<'t> {
    fn bytes(&self) -> &'t [u8] {
        &self.text[self.span.range()]
    }

    /// A header of RFC 1421, RFC 4716 or OpenPGP, which says nothing of the key.
    fn header(&self) -> bool {
        const NAMES: [&str; 8] =
            ["Proc-Type: ", "DEK-Info: ", "Key-Info: ", "Version: ", "Comment: ", "Charset: ", "Hash: ", "Subject: "];
        // Few lines of a body have a colon.
        contains(self.bytes(), b": ") && NAMES.iter().any(|name| memmem::find(self.bytes(), name.as_bytes()).is_some())
    }

    /// Behind a frame in the same line stands a body with blanks for line breaks or with none at all, if there is a
    /// long run; otherwise it is prose about keys.
    fn behind_frame(&self, say: &mut dyn FnMut(Span)) {
        let long = |run: &Span| run.len() >= SHORT && (self.closed || convinces(&self.text[run.range()]));
        let all = || text::runs(self.text, self.span).filter(|run| self.stands_free(*run));
        if !all().any(|run| long(&run)) {
            return;
        }
        // What a pass before has taken out was the body.
        let marker = memmem::find(self.bytes(), b"[REDACTED").map(|at| self.span.start + at);
        let mut last: Option<Span> = None;
        for run in all() {
            let goes = match last {
                _ if self.closed => true,
                None if marker.is_some_and(|marker| marker < run.start) => false,
                None => long(&run),
                Some(last) => self.text[last.end..run.start].iter().all(u8::is_ascii_whitespace),
            };
            if goes {
                say(run);
                last = Some(run);
            } else if last.is_some() {
                break;
            }
        }
    }

    /// Neither part of a header nor of a word with other characters in it.
    fn stands_free(&self, run: Span) -> bool {
        let free =
            |b: &u8| !b.is_ascii() || b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'\\' | b'<' | b'|');
        let before = run.start == self.span.start
            || free(&self.text[run.start - 1])
            || matches!(self.text[run.start - 1], b'>' | b'=');
        before && (run.end == self.span.end || free(&self.text[run.end]))
    }

    /// Reports the body in a line of its own; whether it surely is the body.
    fn body(&self, state: &mut KeyState, say: &mut dyn FnMut(Span)) -> bool {
        let content = self.content_end();
        let mut sure = false;
        for run in text::runs(self.text, self.span) {
            let run = self.without_name(Span::new(run.start, run.end.min(content.max(run.start))));
            let Some(kind) = self.judge(run, state, run.end == content) else { continue };
            say(run);
            if kind == Line::Sure {
                sure = true;
                if state.width == 0 {
                    (state.width, state.column) = (run.len(), run.start - self.line);
                }
            }
        }
        sure
    }

    fn judge(&self, run: Span, state: &KeyState, last: bool) -> Option<Line> {
        let text = &self.text[run.range()];
        // A comment's sign, or a name before the frame: `// -----END`, `msg=-----END`.
        let name = self.closed && text.strip_suffix(b"=").is_some_and(|name| name.iter().all(u8::is_ascii_lowercase));
        if name || !text.iter().any(u8::is_ascii_alphanumeric) {
            return None;
        }
        let len = run.len();
        let bare = last && self.text[self.span.start..run.start].iter().all(|b| !b.is_ascii_alphanumeric());
        if state.width == 0 {
            let ends = last || (len >= LONG && self.stands_free(run));
            // Whatever stands alone behind the frame and could be base64 is believed, words too: what was made up for a
            // test looks no different from a key that a generator made.
            let follows = bare && state.lines == 1 && len >= 6 && (unlike_a_word(text) || len >= SHORT || der(text));
            return ((ends && len >= SHORT && convinces(text)) || follows).then_some(Line::Sure);
        }
        let column = run.start - self.line == state.column && self.stands_free(run) && !self.goes_on(run);
        let wide = len == state.width || len >= LONG;
        match () {
            () if wide && (last || self.stands_free(run)) => Some(Line::Sure),
            () if (bare || column) && len >= SHORT => Some(Line::Sure),
            () if bare || column => Some(Line::Maybe),
            () if last && (len >= SHORT || (self.closed && len.is_multiple_of(4) && text.ends_with(b"="))) => {
                Some(Line::Maybe)
            }
            () => None,
        }
    }

    /// Whether a blank and more text follow the run, as behind the first word of a message.
    fn goes_on(&self, run: Span) -> bool {
        matches!(self.text.get(run.end..self.span.end), Some([b' ' | b'\t', rest @ ..]) if !rest.trim_ascii().is_empty())
    }

    /// Where the line ends without the quotes, commas and signs behind its content.
    fn content_end(&self) -> usize {
        let mut end = self.span.end;
        while end > self.span.start {
            let tail = &self.text[self.span.start..end];
            let trimmed = match tail {
                [.., b' ' | b'\t', b'+' | b'.'] | [b'+'] => 1,
                [.., b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' | b'\\' | b',' | b';' | b')' | b']' | b'}'] => 1,
                _ => 0,
            };
            if trimmed == 0 {
                break;
            }
            end -= trimmed;
        }
        end
    }

    /// The run without a name and `=` before the body, which are characters of base64 too.
    fn without_name(&self, run: Span) -> Span {
        let text = &self.text[run.range()];
        match text.iter().position(|b| *b == b'=') {
            Some(at)
                if (1..=16).contains(&at) && text.len() > at + 3 && text[..at].iter().all(u8::is_ascii_alphabetic) =>
            {
                Span::new(run.start + at + 1, run.end)
            }
            _ => run,
        }
    }
}

/// How a line counts that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// The body's.
    Sure,
    /// The body's last, or another line that ends in a long run.
    Maybe,
}

/// Whether a run can be taken for base64 without a line of the body before it: both cases and digits, and no path.
fn convinces(run: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| run.iter().any(class);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && run[0] != b'/';
    mixed && (has(u8::is_ascii_digit) || der(run))
}

/// Whether a run begins as the base64 of a DER sequence of a key's length does.
fn der(run: &[u8]) -> bool {
    run.starts_with(b"MII") || run.starts_with(b"MIG") || run.starts_with(b"MHc")
}

fn unlike_a_word(run: &[u8]) -> bool {
    run.iter().any(|b| !b.is_ascii_alphabetic()) && run.iter().any(u8::is_ascii_alphabetic) && run[0] != b'/'
}

#[cfg(test)]
mod tests;
