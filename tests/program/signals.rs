//! Signals: what was read goes out, and the exit code says which one it was.

use std::io::{BufRead, BufReader, Write};
use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use crate::run::{Place, SECRET, ended, expect, piped};

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

#[test]
fn an_end_is_asked_for_in_the_middle_of_a_line() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130)] {
        let place = Place::new();
        let mut child = piped(&mut place.command(&["--grace=0.1", "--stats"]));
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(format!("whole\npart {SECRET}").as_bytes()).unwrap();
        expect(child.stdout.as_mut().unwrap(), b"whole\n");
        send(&child, signal);
        // The writer stays: only the grace period ends this, and what might be half a secret goes.
        let ran = ended(child.wait_with_output().unwrap());
        ran.is(code, b"part [REDACTED]").says("its last 19 bytes are blacked out").says("1  unfinished-line");
        drop(stdin);
    }
}

#[test]
fn what_comes_within_the_grace_period_is_taken_in() {
    let place = Place::new();
    let mut child = piped(&mut place.command(&["--grace=60", "--stats"]));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"first\n").unwrap();
    expect(child.stdout.as_mut().unwrap(), b"first\n");
    send(&child, Signal::TERM);
    stdin.write_all(format!("second {SECRET}\n").as_bytes()).unwrap();
    expect(child.stdout.as_mut().unwrap(), b"second [REDACTED]\n");
    stdin.write_all(b"last").unwrap();
    drop(stdin);
    ended(child.wait_with_output().unwrap()).is(143, b"last").says("1  test-key");
}

#[test]
fn a_stuck_output_does_not_outlive_the_grace_period() {
    let place = Place::new();
    let mut child = piped(&mut place.command(&["--grace=0"]));
    let mut stdin = child.stdin.take().unwrap();
    // More than both pipes hold, and nobody reads on after the first line.
    stdin.write_all(b"first\n").unwrap();
    let mut stdout = child.stdout.take().unwrap();
    expect(&mut stdout, b"first\n");
    let writer = std::thread::spawn(move || stdin.write_all(&vec![b'\n'; 4 << 20]));
    send(&child, Signal::TERM);
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(143));
    drop(stdout);
    drop(writer.join().unwrap());
}

#[test]
fn a_stored_file_is_left_at_once() {
    let place = Place::new();
    place.file("big", "line\n".repeat(1 << 20));
    let mut child = piped(&mut place.command(&["--grace=60", "big"]));
    let mut stdout = child.stdout.take().unwrap();
    expect(&mut stdout, b"line\n");
    send(&child, Signal::INT);
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut stdout, &mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest.len() < 5 << 20, "it went on to the end");
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let place = Place::new();
    let mut command = place.bare("bash", &["-c", "trap '' INT; exec \"$INKOUT\""]);
    let mut child = piped(command.env("INKOUT", env!("CARGO_BIN_EXE_inkout")));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"first\n").unwrap();
    expect(child.stdout.as_mut().unwrap(), b"first\n");
    send(&child, Signal::INT);
    stdin.write_all(b"second\n").unwrap();
    expect(child.stdout.as_mut().unwrap(), b"second\n");
    drop(stdin);
    ended(child.wait_with_output().unwrap()).is(0, b"");
}

#[test]
fn counts_are_told_on_request() {
    let place = Place::new();
    let mut child = piped(&mut place.command(&["--stats=json"]));
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(format!("{SECRET} {SECRET}\nheld").as_bytes()).unwrap();
    expect(child.stdout.as_mut().unwrap(), b"[REDACTED] [REDACTED]\n");
    let mut messages = BufReader::new(child.stderr.take().unwrap());
    let mut counts = || {
        let mut line = String::new();
        messages.read_line(&mut line).unwrap();
        serde_json::from_str::<serde_json::Value>(&line).unwrap()
    };
    for _ in 0..2 {
        send(&child, Signal::USR1);
        let now = counts();
        assert_eq!((&now["hits"], &now["rules"]["test-key"]), (&2.into(), &2.into()), "{now}");
    }
    drop(stdin);
    let at_end = counts();
    assert_eq!((&at_end["bytes_in"], &at_end["bytes_out"]), (&44.into(), &26.into()), "{at_end}");
    assert_eq!((&at_end["lines"], &at_end["internal_errors"]), (&1.into(), &0.into()), "{at_end}");
    ended(child.wait_with_output().unwrap()).is(0, b"held");
}
