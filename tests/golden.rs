//! Realistic logs and exactly what has to come out of them, by every path.
//!
//! A case is a folder of `tests/golden`: `in.log` and `out.log`. A new case is a new folder.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use common::{difference, files, program, root, splice, streamed};
use inkout::Redactor;

/// With the sieve and without: the result must not show which.
static REDACTORS: LazyLock<[Redactor; 2]> = LazyLock::new(|| {
    let build = |sieve| Redactor::builder().sieve(sieve).build().unwrap();
    [build(true), build(false)]
});

/// One expectation, every path: what came out of each, by its name.
fn paths(text: &[u8], file: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    for (redactor, sieve) in REDACTORS.iter().zip(["sieve", "no sieve"]) {
        all.push((format!("redact, {sieve}"), redactor.redact(text).into_owned()));
        all.push((format!("find and splice, {sieve}"), splice(text, &redactor.find(text))));
        for size in [1, 7, 4096, 65_536] {
            all.push((format!("stream in pieces of {size}, {sieve}"), streamed(redactor, text, || size)));
        }
    }
    let file = file.to_str().unwrap();
    for args in [&[][..], &["--threads", "1"], &["--threads", "4"], &["-"], &[file], &["--threads", "4", file]] {
        all.push((format!("program {args:?}"), program(args, text)));
    }
    all
}

/// Lines that were JSON and are not any more.
fn broken_json(text: &[u8], clean: &[u8]) -> Vec<usize> {
    let json = |line: &[u8]| line.starts_with(b"{") && serde_json::from_slice::<serde_json::Value>(line).is_ok();
    let lines = text.split(|b| *b == b'\n').zip(clean.split(|b| *b == b'\n')).enumerate();
    lines.filter(|(_, (before, after))| json(before) && !json(after)).map(|(i, _)| i + 1).collect()
}

/// Every line that is not as it should be.
fn differences(got: &[u8], want: &[u8]) -> Vec<String> {
    let lines = got.split(|b| *b == b'\n').zip(want.split(|b| *b == b'\n')).enumerate();
    let show = |line: &[u8]| String::from_utf8(line.to_vec()).unwrap_or_else(|_| line.escape_ascii().to_string());
    lines
        .filter(|(_, (got, want))| got != want)
        .map(|(i, (got, want))| format!("line {}\n  got  {}\n  want {}", i + 1, show(got), show(want)))
        .chain((got.len() != want.len()).then(|| format!("{} bytes, want {}", got.len(), want.len())))
        .collect()
}

/// Everything that is wrong with the case in `folder`.
fn check(folder: &Path) -> Vec<String> {
    let (file, want) = (folder.join("in.log"), fs::read(folder.join("out.log")).unwrap());
    let text = fs::read(&file).unwrap();
    let mut wrong: Vec<String> = Vec::new();
    let mut say = |what: String| wrong.push(format!("{}: {what}", folder.file_name().unwrap().display()));
    let all = paths(&text, &file);
    let (_, first) = &all[0];
    differences(first, &want).into_iter().for_each(&mut say);
    for (path, got) in &all[1..] {
        if let Some(difference) = difference(got, first) {
            say(format!("{path} parts from {}: {difference}", all[0].0));
        }
    }
    let clean = REDACTORS[0].redact(&text);
    if let Some(difference) = difference(&REDACTORS[0].redact(&clean), &clean) {
        say(format!("redacted again: {difference}"));
    }
    for line in broken_json(&text, &clean) {
        say(format!("line {line} is no JSON any more"));
    }
    wrong
}

#[test]
fn every_golden_case_comes_out_as_written_by_every_path() {
    let inputs = files(&root().join("tests/golden"), "in.log");
    assert!(inputs.len() >= 15, "the golden folders are there");
    let wrong: Vec<String> = inputs.iter().flat_map(|input| check(input.parent().unwrap())).collect();
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// What must hold of the cases themselves: a forgotten marker would make any output right.
#[test]
fn cases_are_sound() {
    for input in files(&root().join("tests/golden"), "in.log") {
        let (text, want) = (fs::read(&input).unwrap(), fs::read(input.with_file_name("out.log")).unwrap());
        let count = |text: &[u8]| text.iter().filter(|b| **b == b'\n').count();
        assert_eq!(count(&text), count(&want), "{}: lines", input.display());
        let same = text == want;
        assert_eq!(same, input.parent().unwrap().ends_with("look-alikes"), "{}: something goes", input.display());
        assert!(broken_json(&text, &want).is_empty(), "{}: out.log has broken JSON", input.display());
    }
}
