//! The start of a line does not wait for its end, as far as nothing that may follow can make it part of a secret.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

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
