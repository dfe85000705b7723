//! A ledger: numbered lines with a secret in each, and what became of them.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::SECRET;

/// A line as it is sent.
pub(crate) fn line(n: usize) -> String {
    format!("<13>app: n={n} token={SECRET} end\n")
}

/// Lines as they are sent.
pub(crate) fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(line).collect()
}

/// The number in a line that came through as it should.
pub(crate) fn number(line: &str) -> Option<usize> {
    let whole = line.strip_prefix("<13>app: n=").and_then(|rest| rest.strip_suffix(" token=[REDACTED] end"));
    whole.and_then(|n| n.parse().ok())
}

/// What became of the lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) missing: usize,
    pub(crate) doubled: usize,
    pub(crate) reordered: usize,
    pub(crate) altered: usize,
    pub(crate) leaked: usize,
    /// Places at which lines are missing.
    pub(crate) gaps: usize,
    /// As far as the order ever went back: no more than what is under way at once may come twice.
    pub(crate) back: usize,
}

impl Figures {
    /// Of so many lines that were sent, and what arrived.
    pub(crate) fn of<'a>(sent: usize, arrived: impl IntoIterator<Item = &'a str>) -> Self {
        let (mut figures, mut seen, mut next) = (Self::default(), HashSet::new(), 0_usize);
        for line in arrived {
            figures.leaked += usize::from(line.contains(SECRET));
            let Some(n) = number(line).filter(|n| *n < sent) else {
                figures.altered += 1;
                continue;
            };
            figures.gaps += usize::from(n > next);
            figures.back = figures.back.max(next.saturating_sub(n + 1));
            if !seen.insert(n) {
                figures.doubled += 1;
            } else if n < next {
                figures.reordered += 1;
            }
            next = next.max(n + 1);
        }
        figures.missing = sent - seen.len();
        figures
    }
}

/// Lines that are written on and on, until it ends.
pub(crate) struct Flow {
    over: Arc<AtomicBool>,
    writer: Option<JoinHandle<usize>>,
}

impl Flow {
    /// So many lines each time, and then a rest.
    pub(crate) fn begin(mut out: impl Write + Send + 'static, pace: usize, rest: Duration) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&over);
        let writer = std::thread::spawn(move || {
            let mut n = 0;
            while !asked.load(Ordering::Relaxed) {
                out.write_all(lines(n..n + pace).as_bytes()).unwrap();
                n += pace;
                std::thread::sleep(rest);
            }
            n
        });
        Self { over, writer: Some(writer) }
    }

    /// How many there were.
    pub(crate) fn end(mut self) -> usize {
        self.over.store(true, Ordering::Relaxed);
        self.writer.take().unwrap().join().unwrap()
    }
}

impl Drop for Flow {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// Files below a folder that hold a secret, but for those of the names that are said to.
pub(crate) fn leaks(top: &Path, but: &[&str]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(top).unwrap().flatten() {
        let (kind, name) = (entry.file_type().unwrap(), entry.file_name());
        if but.iter().any(|other| name == *other) {
            continue;
        }
        if kind.is_dir() {
            found.extend(leaks(&entry.path(), but));
        } else if kind.is_file() && holds(&std::fs::read(entry.path()).unwrap(), SECRET) {
            found.push(entry.path());
        }
    }
    found
}

/// Whether a text stands somewhere in these bytes.
pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    memchr::memmem::find(bytes, text.as_bytes()).is_some()
}
