//! Messages out of a stream of bytes: octet counting or newlines (RFC 6587), told apart by how a connection begins.
//!
//! With newlines nothing is copied: whole lines are given out where they stand, many at a time. Counted messages are
//! put one behind the other as lines; one that holds a newline itself goes out alone, so that it stays one message.
//! What a peer says of a length is believed up to the limit only.

use memchr::{memchr, memrchr};

/// What a stream was cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'b> {
    /// Messages, each with a newline behind it and none inside.
    Lines(&'b [u8]),
    /// One message, whatever it holds.
    One(&'b [u8]),
    /// The head of a message that was cut off: its rest has not come, or was more than the limit.
    Cut(&'b [u8]),
}

/// Why a connection cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oversize;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// Too little has come to tell.
    Unknown,
    Newlines,
    Counted,
    /// Newlines; the rest of a line that was too long goes by.
    Skipping,
}

/// Cuts the bytes of one connection.
#[derive(Debug)]
pub(crate) struct Framer {
    mode: Mode,
    limit: usize,
    lines: Vec<u8>,
    malformed: u64,
}

/// What stands at the head of a counted message.
enum Head {
    /// The message begins after so many bytes, and has so many.
    Counted(usize, usize),
    Short,
    None,
}

/// The longest count that is read: more digits are no length.
const DIGITS: usize = 9;

impl Framer {
    /// For messages of up to `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { mode: Mode::Unknown, limit, lines: Vec::new(), malformed: 0 }
    }

    /// How often something was no message, or was cut, since this was asked last.
    pub(crate) fn malformed(&mut self) -> u64 {
        std::mem::take(&mut self.malformed)
    }

    /// Gives out what is whole in `buffer` and says how many of its bytes are done with.
    ///
    /// # Errors
    /// [`Oversize`]: a count above the limit. What stood before it was given out.
    pub(crate) fn cut(&mut self, buffer: &[u8], give: &mut dyn FnMut(Piece<'_>)) -> Result<usize, Oversize> {
        if self.mode == Mode::Unknown {
            self.mode = match head(buffer) {
                Head::Short => return Ok(0),
                Head::Counted(at, _) if buffer.len() == at => return Ok(0),
                // A text may begin with a number; a message that is counted begins with its priority.
                Head::Counted(at, _) if buffer[at] == b'<' => Mode::Counted,
                _ => Mode::Newlines,
            };
        }
        match self.mode {
            Mode::Counted => self.counted(buffer, give),
            _ => Ok(self.newlines(buffer, give)),
        }
    }

    /// Gives out what is left at the end. `whole` says that the peer ended the stream itself.
    pub(crate) fn finish(&mut self, rest: &[u8], whole: bool, give: &mut dyn FnMut(Piece<'_>)) {
        if rest.is_empty() || self.mode == Mode::Skipping {
            return;
        }
        if whole && self.mode != Mode::Counted && rest.len() <= self.limit {
            give(Piece::One(rest));
        } else {
            self.malformed += 1;
            give(Piece::Cut(&rest[..rest.len().min(self.limit)]));
        }
    }

    fn newlines(&mut self, buffer: &[u8], give: &mut dyn FnMut(Piece<'_>)) -> usize {
        let mut at = 0;
        if self.mode == Mode::Skipping {
            let Some(newline) = memchr(b'\n', buffer) else { return buffer.len() };
            self.mode = Mode::Newlines;
            at = newline + 1;
        }
        let end = memrchr(b'\n', &buffer[at..]).map_or(at, |n| at + n + 1);
        self.lines(&buffer[at..end], give);
        let rest = &buffer[end..];
        if rest.len() <= self.limit {
            return end;
        }
        self.malformed += 1;
        give(Piece::Cut(&rest[..self.limit]));
        self.mode = Mode::Skipping;
        buffer.len()
    }

    /// Gives out whole lines, and of those above the limit their heads.
    fn lines(&mut self, block: &[u8], give: &mut dyn FnMut(Piece<'_>)) {
        let (mut from, mut at) = (0, 0);
        // No line in a block is longer than the block.
        while block.len() - at > self.limit + 1 {
            let reach = &block[at..=at + self.limit];
            if let Some(newline) = memrchr(b'\n', reach) {
                at += newline + 1;
                continue;
            }
            if from < at {
                give(Piece::Lines(&block[from..at]));
            }
            self.malformed += 1;
            give(Piece::Cut(&block[at..at + self.limit]));
            at += memchr(b'\n', &block[at..]).map_or(block.len() - at, |n| n + 1);
            from = at;
        }
        if from < block.len() {
            give(Piece::Lines(&block[from..]));
        }
    }

    fn counted(&mut self, buffer: &[u8], give: &mut dyn FnMut(Piece<'_>)) -> Result<usize, Oversize> {
        let mut at = 0;
        let mut lines = std::mem::take(&mut self.lines);
        let result = loop {
            match head(&buffer[at..]) {
                Head::Short => break Ok(at),
                Head::None => {
                    self.malformed += 1;
                    self.mode = Mode::Newlines;
                    flush(&mut lines, give);
                    break Ok(at + self.newlines(&buffer[at..], give));
                }
                Head::Counted(_, len) if len > self.limit => {
                    self.malformed += 1;
                    break Err(Oversize);
                }
                Head::Counted(from, len) => {
                    let from = at + from;
                    let Some(message) = buffer.get(from..from + len) else { break Ok(at) };
                    at = from + len;
                    put(message, &mut lines, give);
                }
            }
        };
        flush(&mut lines, give);
        self.lines = lines;
        result
    }
}

/// Adds a message to the lines, or gives it out behind them if it is no line.
pub(crate) fn put(message: &[u8], lines: &mut Vec<u8>, give: &mut dyn FnMut(Piece<'_>)) {
    // Some senders count a newline at the end, or a zero byte, which is none of the message.
    let message = message.strip_suffix(b"\0").unwrap_or(message);
    let message = message.strip_suffix(b"\n").unwrap_or(message);
    if memchr(b'\n', message).is_some() {
        flush(lines, give);
        give(Piece::One(message));
    } else {
        lines.extend_from_slice(message);
        lines.push(b'\n');
    }
}

/// Gives out the lines that were put together.
pub(crate) fn flush(lines: &mut Vec<u8>, give: &mut dyn FnMut(Piece<'_>)) {
    if !lines.is_empty() {
        give(Piece::Lines(lines));
        lines.clear();
    }
}

/// Reads `LEN SP`, where LEN has no zero before it.
fn head(bytes: &[u8]) -> Head {
    let digits = bytes.iter().take(DIGITS + 1).take_while(|b| b.is_ascii_digit()).count();
    if digits > DIGITS || bytes.first() == Some(&b'0') {
        return Head::None;
    }
    match bytes.get(digits) {
        None => Head::Short,
        Some(b' ') if digits > 0 => {
            let len = bytes[..digits].iter().fold(0, |n, digit| n * 10 + usize::from(digit - b'0'));
            Head::Counted(digits + 1, len)
        }
        Some(_) => Head::None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What comes out of `stream` when it comes in pieces of `size`.
    fn frames(stream: &[u8], limit: usize, size: usize) -> (Vec<String>, Result<(), Oversize>, u64) {
        let (mut framer, mut buffer, mut out) = (Framer::new(limit), Vec::new(), Vec::new());
        let mut say = |piece: Piece<'_>| match piece {
            Piece::Lines(lines) => {
                out.extend(lines.split_inclusive(|b| *b == b'\n').map(|line| format!("line {}", line.escape_ascii())));
            }
            Piece::One(text) => out.push(format!("one {}", text.escape_ascii())),
            Piece::Cut(text) => out.push(format!("cut {}", text.escape_ascii())),
        };
        for piece in stream.chunks(size.max(1)) {
            buffer.extend_from_slice(piece);
            match framer.cut(&buffer, &mut say) {
                Ok(done) => drop(buffer.drain(..done)),
                Err(why) => return (out, Err(why), framer.malformed()),
            }
        }
        framer.finish(&buffer, true, &mut say);
        (out, Ok(()), framer.malformed())
    }

    #[track_caller]
    fn case(stream: &[u8], want: &[&str], malformed: u64) {
        for size in [1, 2, 7, 4096] {
            let (got, result, count) = frames(stream, 16, size);
            assert_eq!(
                (got, result, count),
                (want.iter().map(|w| (*w).to_owned()).collect(), Ok(()), malformed),
                "{size}"
            );
        }
    }

    #[test]
    fn messages_are_cut_by_newlines_or_by_their_counts() {
        case(b"<1>a\n<2>b\n", &["line <1>a\\n", "line <2>b\\n"], 0);
        case(b"<1>a\n\n<2>b", &["line <1>a\\n", "line \\n", "one <2>b"], 0);
        case(b"4 <1>a4 <2>b", &["line <1>a\\n", "line <2>b\\n"], 0);
        case(b"6 <1>a\nb4 <2>b5 <3>c\n", &["one <1>a\\nb", "line <2>b\\n", "line <3>c\\n"], 0);
        case(b"5 <1>a\x005 <2>b\n", &["line <1>a\\n", "line <2>b\\n"], 0);
        // Text that begins with a number.
        case(b"2024 was\n4 <1>\n", &["line 2024 was\\n", "line 4 <1>\\n"], 0);
        case(b"2024-01-02 x\n", &["line 2024-01-02 x\\n"], 0);
        case(b"0 <1>\n", &["line 0 <1>\\n"], 0);
        case(b"-1 <1>\n", &["line -1 <1>\\n"], 0);
        case(b"12345678901234567890 <1>\n", &["cut 1234567890123456"], 1);
        case(b"68 ", &["one 68 "], 0);
        // What is no count: lines from there.
        case(b"4 <1>a<2>b\n<3>c\n", &["line <1>a\\n", "line <2>b\\n", "line <3>c\\n"], 1);
        case(b"4 <1>a04 <2>b\n", &["line <1>a\\n", "line 04 <2>b\\n"], 1);
        // An end within a message.
        case(b"4 <1>a9 <2>b", &["line <1>a\\n", "cut 9 <2>b"], 1);
    }

    #[test]
    fn what_is_too_long_is_cut_or_ends_the_connection() {
        case(b"<1>a\n<2>bbbbbbbbbbbbbbbbbbbb\n<3>c\n", &["line <1>a\\n", "cut <2>bbbbbbbbbbbbb", "line <3>c\\n"], 1);
        case(b"<2>bbbbbbbbbbbbb\n<2>bbbbbbbbbbbbbb\n", &["line <2>bbbbbbbbbbbbb\\n", "cut <2>bbbbbbbbbbbbb"], 1);
        for size in [1, 3, 4096] {
            let (got, result, _) = frames(b"4 <1>a17 <2>bbbbbbbbbbbbbbbbb", 16, size);
            assert_eq!((got, result), (vec!["line <1>a\\n".to_owned()], Err(Oversize)));
            let (_, result, _) = frames(b"999999999 <1>", 16, size);
            assert_eq!(result, Err(Oversize));
        }
    }

    proptest! {
        #[test]
        fn the_pieces_a_stream_comes_in_do_not_matter(
            stream in prop::collection::vec(prop::sample::select(b"<13>0 9\n\0ab".to_vec()), 0..80),
            limit in 1_usize..40,
            size in 1_usize..20,
        ) {
            prop_assert_eq!(frames(&stream, limit, size), frames(&stream, limit, 4096));
        }

        #[test]
        fn counted_messages_come_out_as_they_were(messages in prop::collection::vec("<1>[a-z]{1,9}(\n[a-z]{1,9})?", 1..9)) {
            let stream: String = messages.iter().map(|m| format!("{} {m}", m.len())).collect();
            let want: Vec<_> = messages.iter().map(|m| match m.contains('\n') {
                true => format!("one {}", m.as_bytes().escape_ascii()),
                false => format!("line {m}\\n"),
            }).collect();
            prop_assert_eq!(frames(stream.as_bytes(), 100, 5), (want, Ok(()), 0));
        }
    }
}
