//! A line in two halves with a pause between: what is given out meanwhile is what the whole line gives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::fs;
use std::sync::LazyLock;

use common::{Random, difference, files, root};
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

/// How many places of each line are tried; `INKOUT_CASES` has it larger.
fn tries() -> usize {
    std::env::var("INKOUT_CASES").map_or(12, |n| n.parse::<usize>().expect("INKOUT_CASES is a number").max(1))
}

/// Each place in turn where there are few, and some of them where there are many.
fn places(random: &mut Random, len: usize) -> Vec<usize> {
    if len <= tries() { (1..len).collect() } else { (0..tries()).map(|_| 1 + random.below(len - 1)).collect() }
}

#[test]
fn a_pause_changes_nothing() {
    let random = std::cell::RefCell::new(Random(1));
    check(LINES.iter().cloned(), |line| {
        let mut random = random.borrow_mut();
        let all = places(&mut random, line.len());
        // Each by itself, and all of them one after the other.
        let mut sorted = all.clone();
        sorted.sort_unstable();
        all.into_iter().map(|cut| vec![cut]).chain([sorted]).collect()
    });
}

#[test]
fn a_pause_in_a_broken_line_changes_nothing() {
    let mut random = Random(2);
    let lines: Vec<Vec<u8>> = (0..100 * tries()).map(|_| broken(&mut random)).collect();
    let random = std::cell::RefCell::new(random);
    check(lines, |line| {
        let mut random = random.borrow_mut();
        (0..3).filter(|_| line.len() > 1).map(|_| vec![1 + random.below(line.len() - 1)]).collect()
    });
}

/// A line with another one's rest in its middle, or with bytes gone or changed.
fn broken(random: &mut Random) -> Vec<u8> {
    let any = |random: &mut Random| LINES[random.below(LINES.len())].clone();
    let mut line = any(random);
    for _ in 0..=random.below(3) {
        let at = random.below(line.len() + 1);
        match random.below(4) {
            0 => {
                let other = any(random);
                line.truncate(at);
                line.extend_from_slice(&other[random.below(other.len())..]);
            }
            1 => line.insert(at, b" =:\"'@-_/&;,.0Aa\\[{\xff"[random.below(20)]),
            2 if at < line.len() => drop(line.remove(at)),
            _ => line.truncate(at.max(1)),
        }
    }
    line.truncate(1000);
    line
}
