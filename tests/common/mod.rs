//! What several proofs share: taking text through each public path, and randomness from a seed.
#![allow(dead_code, reason = "every test program uses its own part")]

use std::io::Write;
use std::path::{Path, PathBuf};
#[cfg(feature = "cli")]
use std::process::{Command, Stdio};

use inkout::{Hit, Quote, Redactor};

/// The top of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `text` with its hits replaced as the documentation of [`Hit`] says, by the slowest means.
pub(crate) fn splice(text: &[u8], hits: &[Hit]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    for hit in hits {
        let quote = match hit.quote {
            Quote::None => Vec::new(),
            Quote::Json(level) => [vec![b'\\'; (1 << level) - 1], vec![b'"']].concat(),
        };
        out.extend([&text[at..hit.span.start], &quote, b"[REDACTED]", &quote].concat());
        at = hit.span.end;
    }
    out.extend_from_slice(&text[at..]);
    out
}

/// `text` through [`Redactor::stream`], in pieces as long as `size` says each time it is asked.
pub(crate) fn streamed(redactor: &Redactor, text: &[u8], mut size: impl FnMut() -> usize) -> Vec<u8> {
    let mut stream = redactor.stream(Vec::new());
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(size().clamp(1, rest.len()));
        stream.write_all(piece).unwrap();
        rest = behind;
    }
    stream.finish().unwrap()
}

/// What the built program makes of `text`: standard output. It has to end well.
#[cfg(feature = "cli")]
pub(crate) fn program(args: &[&str], text: &[u8]) -> Vec<u8> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_inkout"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = child.stdin.take().unwrap();
    let out = std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that was given a file may end without reading this.
            let _ = input.write_all(text);
        });
        child.wait_with_output().unwrap()
    });
    assert!(out.status.success(), "inkout {args:?}: {}", out.status);
    out.stdout
}

/// Where `got` and `want` part, in words: line, and the line in both, from a little before that place.
pub(crate) fn difference(got: &[u8], want: &[u8]) -> Option<String> {
    if got == want {
        return None;
    }
    let at = got.iter().zip(want).take_while(|(a, b)| a == b).count();
    let line = got[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let start = got[..at].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1).max(at.saturating_sub(80));
    let show = |text: &[u8]| text[start..text.len().min(at + 120)].escape_ascii().to_string();
    Some(format!("line {line}, byte {at}\n  got  {}\n  want {}", show(got), show(want)))
}

/// Every file below `folder` whose name ends in `ending`.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Sebastiano Vigna's `SplitMix64`.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }

    /// One of `from`.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}
