//! A line in two halves with a pause between: what is given out meanwhile is what the whole line gives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::fs;
use std::sync::LazyLock;

use common::{difference, files, root};
use inkout::catalogue::{Profile, builtin, placeholder};
use inkout::{Clean, Redactor, Session};

static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| Redactor::builder().profile(Profile::Strict).build().unwrap());

/// Lines of the golden logs and the catalogue's own.
static LINES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let golden = files(&root().join("tests/golden"), "in.log").into_iter().flat_map(|file| {
        let text = fs::read(file).unwrap();
        text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>()
    });
    let rules = builtin::rules().flat_map(|rule| {
        let examples = placeholder::examples(rule).unwrap().into_iter().map(|e| e.text);
        examples.chain(placeholder::near_misses(rule).unwrap()).map(String::into_bytes).collect::<Vec<_>>()
    });
    let all = golden.chain(rules).flat_map(|text| text.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>());
    let mut all: Vec<_> = all.filter(|line| !line.is_empty() && line.len() < 1000).collect();
    all.sort();
    all.dedup();
    all
});

/// What comes of `line` with a pause at each of `cuts`.
fn paused(session: &mut Session<'_>, line: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut take = |clean: Clean<'_>| clean.append_to(&mut out);
    for cut in cuts {
        session.settle(&line[..*cut], &mut take);
    }
    let mut rest = line;
    while !rest.is_empty() {
        rest = &rest[session.step(rest, true, &mut take)..];
    }
    out
}

fn check(lines: impl IntoIterator<Item = Vec<u8>>, cuts: impl Fn(&[u8]) -> Vec<Vec<usize>>) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in lines {
        let want = REDACTOR.redact(&line);
        for cuts in cuts(&line) {
            count += 1;
            let got = paused(&mut Session::new(&REDACTOR), &line, &cuts);
            if let Some(difference) = difference(&got, &want) {
                wrong.push(format!("cut at {cuts:?}: {difference}"));
                break;
            }
        }
    }
    println!("{count} pauses");
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_line_with_a_pause_at_every_place() {
    check(LINES.iter().cloned(), |line| (1..line.len()).map(|cut| vec![cut]).collect());
}
