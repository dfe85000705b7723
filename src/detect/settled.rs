//! How much of a line that is not whole yet can be given out: a prompt must not wait for its answer.
//!
//! Bytes are settled when nothing that may still come can make them part of a hit. This is asked seldom, on idle
//! streams and short lines, so it may be slow; it must not be wrong. Where it is in doubt it holds back.

use super::{Engine, Owner, Scratch, What, boundary};

/// Longer unfinished lines are held back whole: prompts are short, and a line that trickles in costs this every time.
const LONGEST: usize = 1 << 10;

impl Engine {
    /// The number of leading bytes of `line`, an unfinished line, that are settled.
    pub(crate) fn settled(&self, line: &[u8], scratch: &mut Scratch) -> usize {
        // Rules of other programs may hang on what comes last, such as a keyword.
        if line.len() > LONGEST || !self.foreigners.is_empty() {
            return 0;
        }
        self.find(line, super::Carry::default(), scratch);
        let mut held = scratch.hits.first().map_or(line.len(), |hit| hit.span.start);
        self.sieve.scan(line, &mut scratch.candidates);
        for candidate in &scratch.candidates {
            held = held.min(self.held_by(line, candidate.what, candidate.at as usize));
        }
        held = held.min(word_start(line, b"://").unwrap_or(line.len()));
        held = held.min(self.tail(line));
        held = held.min(self.known.held(line));
        if self.personal.is_on() {
            held = held.min(personal_tail(line));
        }
        for start in 0..held {
            if self.literals.may_go_on(&line[start..]) {
                return start;
            }
            if self.patterns.iter().any(|pattern| pattern.viable(line, start)) {
                return start;
            }
        }
        held
    }

    /// From where a sign that stands at `at` holds the line.
    fn held_by(&self, line: &[u8], what: What, at: usize) -> usize {
        match what {
            What::AT => word_begin(line, at),
            What::DIGITS | What::IBAN => at,
            // A sign or a bracket before the word may be a part of it.
            What::PERSONAL => at.saturating_sub(2),
            What(needle) => {
                let one = |owner: &Owner| match owner {
                    // Patterns are asked at every place, and so are known secrets.
                    Owner::Pattern { .. } | Owner::Near { .. } | Owner::Known(_) => line.len(),
                    Owner::Foreign(..) => 0,
                    // What it is the head of is looked at below.
                    Owner::Literal(_) => line.len(),
                    Owner::Named(_) | Owner::Scheme | Owner::Vendor { .. } => value_begin(line, at),
                    Owner::Key => at,
                    // All of the run goes, and what came before it may belong to it.
                    Owner::Encoded(_) => word_begin(line, at),
                    // What is before the name may go too.
                    Owner::Personal(..) => at.saturating_sub(64),
                    Owner::At(_) => word_begin(line, at),
                };
                self.owners[usize::from(needle)].iter().map(one).min().unwrap_or(line.len())
            }
        }
    }

    /// Where the line's end begins that could grow into an address or a number.
    fn tail(&self, line: &[u8]) -> usize {
        let trailing = |is: fn(u8) -> bool| line.iter().rev().take_while(|b| is(**b)).count();
        let address = trailing(|b| {
            boundary::is_word(b) || matches!(b, b'.' | b'+' | b'-' | b'/' | b'%' | b'\\' | b'\'' | b'=') || b >= 0x80
        });
        let number =
            trailing(|b| b.is_ascii_alphanumeric() && !b.is_ascii_lowercase() || matches!(b, b' ' | b'-' | b'.'));
        let tail = &line[line.len() - number..];
        // Blanks and words before the first digit or capital pair begin no number.
        let begins =
            tail.iter().position(|b| b.is_ascii_digit() || b.is_ascii_uppercase()).map_or(0, |skip| number - skip);
        line.len() - address.max(begins)
    }
}

/// Where the line's end begins that could become personal data: the last word and short ones before it, and from the
/// first digit on, as a date may wait for its name. Nothing of that kind is longer than `LONGEST_PIECE`.
fn personal_tail(line: &[u8]) -> usize {
    const LONGEST_PIECE: usize = 192;
    let from = line.len().saturating_sub(LONGEST_PIECE);
    let digit = line[from..].iter().position(u8::is_ascii_digit).map_or(line.len(), |i| from + i);
    let mut last = word_begin(line, line.len());
    // `AB 12 34 56 C` begins with letters.
    while let Some(before) = line[..last].strip_suffix(b" ") {
        let begin = word_begin(before, before.len());
        if before.len() - begin > 6 || begin == before.len() {
            break;
        }
        last = begin;
    }
    last.min(digit.saturating_sub(8))
}

/// Where the word around `at` begins, words being cut at blanks.
fn word_begin(line: &[u8], at: usize) -> usize {
    line[..at].iter().rposition(|b| b.is_ascii_whitespace()).map_or(0, |n| n + 1)
}

/// Where the last word begins that holds `sign`, if it reaches the line's end.
fn word_start(line: &[u8], sign: &[u8]) -> Option<usize> {
    let begin = word_begin(line, line.len());
    line[begin..].windows(sign.len()).any(|w| w == sign).then_some(begin)
}

/// Where the value begins behind a name at `at`: behind the rest of the name, blanks, quotes and separators. What is
/// left of the line may be all or part of it.
fn value_begin(line: &[u8], at: usize) -> usize {
    let name = line[at..].iter().take_while(|b| boundary::is_word(**b) || matches!(b, b'-' | b'.')).count();
    let between = |b: &u8| {
        matches!(b, b' ' | b'\t' | b':' | b'=' | b'>' | b'"' | b'\'' | b'(' | b'[' | b']' | b')' | b'\\' | b'?')
    };
    at + name + line[at + name..].iter().take_while(|b| between(b)).count()
}
