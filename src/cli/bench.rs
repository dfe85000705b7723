//! `inkout bench`: how fast the rules are on a log of one's own, and where the time goes.
//!
//! The log is read into memory once and taken several times; nothing of it is printed. Times are the thread's own, so
//! that a busy machine does not change them much.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Write};
use std::time::Duration;

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::time::{ClockId, clock_gettime};

use super::exit::Exit;
use super::filter::unread;
use super::plan::{Refused, Settings};
use super::print;
use crate::redact::Gauge;
use crate::report::say;
use crate::source::{Input, Verdict, verdict};
use crate::{Clean, Redactor, Session};

/// Bytes that are taken of a log.
const MOST: usize = 256 << 20;
/// Times that it is taken; of each share the median counts.
const ROUNDS: usize = 5;
/// What a pipe takes without anybody reading, unless its size was changed.
const PIPE: usize = 32 << 10;
/// Rules that are listed.
const RULES: usize = 12;

/// Measures `input` and prints what it came to.
///
/// # Errors
/// What is wrong with settings and rules.
pub(super) fn run(input: &Input, settings: &Settings) -> Result<Exit, Refused> {
    let redactor = settings.ready()?;
    let (text, read) = match load(input, settings.block_size) {
        Ok(loaded) => loaded,
        Err(error) => {
            say(&format!("{input}: {error}"));
            return Ok(Exit::Partly);
        }
    };
    if let Verdict::Wide(encoding) = verdict(&text, true) {
        return Ok(unread(input, encoding));
    }
    if text.is_empty() {
        say(&format!("{input}: it is empty, so there is nothing to measure"));
        return Ok(Exit::Partly);
    }
    match times(&redactor, &text, settings.block_size) {
        Ok((times, counts)) => Ok(print(page(&redactor, &text, &Times { read, ..times }, &counts))),
        Err(error) => {
            say(&format!("pipe: {error}"));
            Ok(Exit::Internal)
        }
    }
}

/// What each part of the way took.
#[derive(Clone, Copy, Default)]
struct Times {
    read: Duration,
    sieve: Duration,
    detect: Duration,
    splice: Duration,
    write: Duration,
}

/// The log, and the time of reading it.
fn load(input: &Input, block: usize) -> io::Result<(Vec<u8>, Duration)> {
    let source = input.open()?;
    let (mut text, mut piece, mut time) = (Vec::new(), Vec::with_capacity(block), Duration::ZERO);
    while text.len() < MOST {
        piece.clear();
        let begun = now();
        let n = source.read(&mut piece)?;
        time += now().saturating_sub(begun);
        match n {
            Some(0) => break,
            Some(_) => text.extend_from_slice(&piece),
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    Ok((text, time))
}

/// What the rules found, and what they were asked to look at.
struct Counts<'r> {
    gauge: Gauge<'r>,
    /// For each rule.
    hits: Vec<u64>,
}

/// All rounds; counts are of the first.
fn times<'r>(redactor: &'r Redactor, text: &[u8], block: usize) -> io::Result<(Times, Counts<'r>)> {
    let mut counts = Counts { gauge: Gauge::new(redactor), hits: vec![0; redactor.rules().len()] };
    let mut pipe = Pipe::new()?;
    let mut rounds = Vec::new();
    for number in 0..ROUNDS {
        let (mut times, mut session) = (Times::default(), Session::new(redactor));
        let mut out = Vec::with_capacity(block * 2);
        let (mut at, mut upto) = (0, block.min(text.len()));
        while at < text.len() {
            let took = step(&mut session, &text[at..], upto - at, &mut out, &mut times, &mut counts);
            if number == 0 {
                counts.gauge.count();
            }
            times.write += pipe.write(&out)?;
            at += took;
            // Part of a line longer than a block: with more of it there is something to decide.
            upto = if took == 0 { upto + block } else { at + block }.min(text.len());
        }
        // A step is sieve, confirmation and splice.
        times.detect = times.detect.saturating_sub(times.sieve + times.splice);
        rounds.push(times);
    }
    // Every round finds the same.
    counts.hits.iter_mut().for_each(|hits| *hits /= ROUNDS as u64);
    Ok((medians(rounds), counts))
}

/// As much of the first `len` bytes of `text` as can be decided, into `out`; says how much that was.
fn step(
    session: &mut Session<'_>,
    text: &[u8],
    len: usize,
    out: &mut Vec<u8>,
    times: &mut Times,
    counts: &mut Counts<'_>,
) -> usize {
    out.clear();
    let begun = now();
    let took = session.step(&text[..len], len == text.len(), &mut |clean: Clean<'_>| {
        let begun = now();
        clean.append_to(out);
        times.splice += now().saturating_sub(begun);
        for hit in clean.hits() {
            counts.hits.get_mut(hit.rule.index()).into_iter().for_each(|count| *count += 1);
        }
    });
    times.detect += now().saturating_sub(begun);
    let begun = now();
    counts.gauge.sift(&text[..took]);
    times.sieve += now().saturating_sub(begun);
    took
}

/// Of each part by itself.
fn medians(mut rounds: Vec<Times>) -> Times {
    let mut median = |part: fn(&Times) -> Duration| {
        rounds.sort_by_key(part);
        rounds.get(rounds.len() / 2).map_or(Duration::ZERO, part)
    };
    Times {
        read: Duration::ZERO,
        sieve: median(|t| t.sieve),
        detect: median(|t| t.detect),
        splice: median(|t| t.splice),
        write: median(|t| t.write),
    }
}

/// A pipe with both of its ends here: writing costs what it does to another program.
struct Pipe {
    reader: File,
    writer: File,
    bin: Vec<u8>,
}

impl Pipe {
    fn new() -> io::Result<Self> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        Ok(Self { reader: reader.into(), writer: writer.into(), bin: vec![0; PIPE] })
    }

    /// Puts `bytes` through; gives the time of writing alone.
    fn write(&mut self, bytes: &[u8]) -> io::Result<Duration> {
        let mut time = Duration::ZERO;
        for piece in bytes.chunks(PIPE) {
            let begun = now();
            self.writer.write_all(piece)?;
            time += now().saturating_sub(begun);
            self.reader.read_exact(&mut self.bin[..piece.len()])?;
        }
        Ok(time)
    }
}

/// The time that this thread has had of a processor.
fn now() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

fn page(redactor: &Redactor, text: &[u8], times: &Times, counts: &Counts<'_>) -> String {
    let Counts { gauge, hits } = counts;
    let megabytes = text.len() as f64 / 1e6;
    let lines = memchr::memchr_iter(b'\n', text).count();
    let Times { read, sieve, detect, splice, write } = *times;
    let library = sieve + detect + splice;
    let all = library + read + write;
    let speed = |time: Duration| megabytes / time.as_secs_f64().max(1e-9);
    let mut page = String::new();
    // Writing into a String does not fail.
    let _ = writeln!(page, "{} bytes, {lines} lines, {} rules, one thread", text.len(), redactor.rules().len());
    let _ = writeln!(page, "find and replace {:8.0} MB/s", speed(library));
    let _ = writeln!(page, "with read, write {:8.0} MB/s", speed(all));
    let parts = [("read", read), ("sieve", sieve), ("detect", detect), ("splice", splice), ("write", write)];
    for (name, time) in parts {
        let share = 100.0 * time.as_secs_f64() / all.as_secs_f64().max(1e-9);
        let _ = writeln!(page, "  {name:14} {share:8.1} %");
    }
    let _ = writeln!(page, "candidates       {:8} {:8.0} per MB", gauge.all(), gauge.all() as f64 / megabytes);
    for (kind, count) in gauge.by_kind() {
        let _ = writeln!(page, "  {kind:14} {count:8} {:8.0} per MB", count as f64 / megabytes);
    }
    let _ = writeln!(page, "hits             {:8}", hits.iter().sum::<u64>());
    page + &rules(redactor, counts)
}

/// The rules that had the most to do.
fn rules(redactor: &Redactor, counts: &Counts<'_>) -> String {
    let all = redactor.rules().iter().zip(counts.gauge.by_rule()).zip(&counts.hits);
    let mut rows: Vec<(u64, u64, &str)> = all
        .map(|((rule, looks), hits)| (*looks, *hits, &*rule.id))
        .filter(|(looks, hits, _)| looks + hits > 0)
        .collect();
    rows.sort_by(|a, b| (b.0 + b.1, a.2).cmp(&(a.0 + a.1, b.2)));
    let mut page = String::new();
    let _ = writeln!(page, "{:>8} {:>8}  rule", "looks", "hits");
    for (looks, hits, rule) in rows.iter().take(RULES) {
        let _ = writeln!(page, "{looks:8} {hits:8}  {rule}");
    }
    if rows.len() > RULES {
        let _ = writeln!(page, "and {} rules with fewer", rows.len() - RULES);
    }
    page
}
