//! `inkout verify-marks`: whether the markers of a log are ours.

use std::fmt::Write;
use std::io;

use super::exit::Exit;
use super::plan::{Refused, Settings};
use super::print;
use crate::redact::{Signed, Verifier};
use crate::report::say;
use crate::source::Input;

/// Markers of one text.
#[derive(Default)]
struct Tally {
    ours: u64,
    not: u64,
    forged: u64,
}

/// Where the part of a text begins that is looked at.
struct Place {
    line: u64,
    column: usize,
}

/// What is read at once.
const READ: usize = 64 << 10;
/// More than this is looked at before a line has ended.
const BLOCK: usize = 1 << 20;

/// Looks at each input.
///
/// # Errors
/// Where there is no key, or the settings are wrong.
pub(super) fn run(inputs: &[Input], settings: &Settings) -> Result<Exit, Refused> {
    if settings.keys.is_empty() {
        let why = vec!["verify-marks: it needs the key that the log was signed with: --mark-key k1=FILE".to_owned()];
        return Err(Refused { exit: Exit::Config, why });
    }
    settings.redactor()?;
    let verifier = Verifier::new(&settings.marker, &settings.keys);
    let mut exit = Exit::Done;
    for input in inputs {
        let mut tally = Tally::default();
        match one(input, &verifier, &mut tally) {
            Ok(Exit::Done) => {}
            Ok(other) => return Ok(other),
            Err(error) => {
                say(&format!("{input}: {error}"));
                exit = exit.max(Exit::Partly);
            }
        }
        let Tally { ours, not, forged } = tally;
        let printed = print(format!("{input}: {ours} markers are ours, {not} are not signed, {forged} are forged\n"));
        if printed != Exit::Done {
            return Ok(printed);
        }
        if not + forged > 0 {
            exit = exit.max(Exit::Gate);
        }
    }
    Ok(exit)
}

fn one(input: &Input, verifier: &Verifier<'_>, tally: &mut Tally) -> io::Result<Exit> {
    let source = input.open()?;
    let mut buffer = Vec::new();
    let mut place = Place { line: 1, column: 0 };
    loop {
        buffer.reserve(READ);
        let end = match source.read(&mut buffer)? {
            None => {
                source.wait()?;
                continue;
            }
            Some(new) => new == 0,
        };
        let newline = memchr::memrchr(b'\n', &buffer).map_or(0, |at| at + 1);
        let upto = match newline {
            _ if end => buffer.len(),
            // A marker may go on in what comes.
            0 if buffer.len() > BLOCK => buffer.len() - Verifier::LONGEST,
            newline => newline,
        };
        let told = look(&buffer, upto, verifier, input, &mut place, tally);
        buffer.drain(..upto);
        let printed = if told.is_empty() { Exit::Done } else { print(told) };
        if end || printed != Exit::Done {
            return Ok(printed);
        }
    }
}

/// What is to be said of the markers that begin in the first `upto` bytes of `text`.
fn look(
    text: &[u8],
    upto: usize,
    verifier: &Verifier<'_>,
    input: &Input,
    place: &mut Place,
    tally: &mut Tally,
) -> String {
    let (mut told, mut at) = (String::new(), 0);
    let mut go = |place: &mut Place, to: usize| {
        let part = &text[at..to];
        place.line += memchr::memchr_iter(b'\n', part).count() as u64;
        place.column = memchr::memrchr(b'\n', part).map_or(place.column + part.len(), |last| part.len() - last - 1);
        at = to;
    };
    for (mark, signed) in verifier.marks(text).take_while(|(mark, _)| *mark < upto) {
        let what = match signed {
            Signed::Ours(_) => {
                tally.ours += 1;
                continue;
            }
            Signed::Not => {
                tally.not += 1;
                "not signed"
            }
            Signed::Forged => {
                tally.forged += 1;
                "forged, or signed with another key"
            }
        };
        go(place, mark);
        let _ = writeln!(told, "{input}:{}:{}: {what}", place.line, place.column + 1);
    }
    go(place, upto);
    told
}
