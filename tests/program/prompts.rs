//! The start of a line does not wait for its end, as far as nothing that may follow can make it part of a secret.

use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::run::{Place, SECRET, ended, expect, piped};

/// What of `line`, which stays unfinished, comes out by itself; and all of it in the end.
#[track_caller]
fn check(line: &str, shown: &str, all: &str) {
    let place = Place::new();
    let mut child = piped(&mut place.command(&[]));
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    stdin.write_all(b"first\n").unwrap();
    expect(&mut stdout, b"first\n");
    let started = Instant::now();
    stdin.write_all(line.as_bytes()).unwrap();
    expect(&mut stdout, shown.as_bytes());
    // On a busy machine a fast answer can be late, but not this late.
    assert!(started.elapsed() < Duration::from_secs(2), "{line}: {:?}", started.elapsed());
    drop(stdin);
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
    assert_eq!(format!("{shown}{}", rest.escape_ascii()), all);
    ended(child.wait_with_output().unwrap()).ends(0).is_quiet();
}

#[test]
fn prompts_are_seen_before_they_are_answered() {
    for prompt in ["Name? ", "Password: ", "Continue? [y/N] ", "$ ", ">>> ", "(gdb) "] {
        check(prompt, prompt, prompt);
    }
    check(&format!("key {SECRET}"), "key ", "key [REDACTED]");
    check("pass=abc", "", "pass=[REDACTED]");
    check("mail to ada@example.co", "mail to ", "mail to [REDACTED]");
}

/// Lines of the golden logs in two halves, the second after the first has been looked at.
#[test]
fn a_pause_changes_nothing() {
    let place = Place::new();
    let mut child = piped(&mut place.command(&[]));
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut all, mut out) = (Vec::new(), Vec::new());
    for case in ["gunicorn-error", "structlog", "yaml-env", "java"] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(case).join("in.log");
        let text = std::fs::read(file).unwrap();
        for line in text.split_inclusive(|b| *b == b'\n').take(10) {
            let (head, tail) = line.split_at((all.len() * 7919) % line.len());
            stdin.write_all(head).unwrap();
            // Until nothing has come for longer than a prompt takes.
            while readable(&stdout) {
                let mut some = [0; 4096];
                let n = stdout.read(&mut some).unwrap();
                out.extend_from_slice(&some[..n]);
            }
            stdin.write_all(tail).unwrap();
            all.extend_from_slice(line);
        }
    }
    drop(stdin);
    stdout.read_to_end(&mut out).unwrap();
    let want = place.run(&[], &all);
    assert_eq!(out.escape_ascii().to_string(), want.out.escape_ascii().to_string());
    ended(child.wait_with_output().unwrap()).ends(0).is_quiet();
}

fn readable(fd: &impl AsFd) -> bool {
    let time = Timespec { tv_sec: 0, tv_nsec: 80_000_000 };
    poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&time)).unwrap() > 0
}

#[test]
fn the_answer_is_judged_with_its_prompt() {
    let place = Place::new();
    let mut child = piped(&mut place.command(&["--explain"]));
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for _ in 0..3 {
        stdin.write_all(b"Password: ").unwrap();
        expect(&mut stdout, b"Password: ");
        stdin.write_all(b"hunter2\n").unwrap();
        expect(&mut stdout, b"[REDACTED]\n");
    }
    drop(stdin);
    let ran = ended(child.wait_with_output().unwrap());
    assert_eq!(ran.err, (1..=3).map(|n| format!("-:{n}:11 1-8 named-value\n")).collect::<String>());
}
