//! Bytes through pipes: nothing lost, nothing changed, nothing late, whatever the pipes do.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::pipe::{PipeFlags, pipe_with};

use crate::run::{Place, SECRET, ended, expect, piped};

/// The same bytes at every run (an xorshift generator).
fn noise(len: usize, mut seed: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len + 8);
    while bytes.len() < len {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        bytes.extend(seed.to_le_bytes());
    }
    bytes.truncate(len);
    bytes
}

/// Lines, every tenth with a secret; and what should come of them.
fn lines(count: usize) -> (Vec<u8>, Vec<u8>) {
    let text: String = (0..count)
        .map(|n| if n % 10 == 0 { format!("{n} key {SECRET} end\n") } else { format!("{n} nothing\n") })
        .collect();
    let clean = text.replace(SECRET, "[REDACTED]");
    (text.into(), clean.into())
}

#[test]
fn arbitrary_bytes_pass_unchanged() {
    let place = Place::new();
    for (seed, len) in [(1, 0), (2, 1), (3, 4095), (4, 300_000), (5, 2_000_000)] {
        let bytes = noise(len, seed);
        // A short name, a sign and a value do stand in so much noise.
        place.run(&["--disable=named-value"], &bytes).is(0, &bytes).is_quiet();
    }
    for text in [&b"\n"[..], b"\r\n\r", b"\0\0\n\0", b"no end", b"\xff\xff\n\xc3"] {
        place.run(&[], text).is(0, text).is_quiet();
    }
}

#[test]
fn small_blocks_and_tiny_writes_give_the_same() {
    let place = Place::new();
    let (text, clean) = lines(3000);
    place.run(&["--block-size=4K"], &text).is(0, &clean).is_quiet();
    for piece in [1, 7, 100] {
        let mut child = piped(&mut place.command(&[]));
        let mut stdin = child.stdin.take().unwrap();
        let part = text[..9000].to_vec();
        let writer = std::thread::spawn(move || part.chunks(piece).try_for_each(|chunk| stdin.write_all(chunk)));
        let ran = ended(child.wait_with_output().unwrap());
        writer.join().unwrap().unwrap();
        let want = place.run(&[], &text[..9000]);
        ran.is(0, &want.out);
    }
}

#[test]
fn a_line_comes_out_before_the_next_one_goes_in() {
    let place = Place::new();
    let mut child = piped(&mut place.command(&[]));
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    for _ in 0..50 {
        stdin.write_all(format!("a {SECRET}\nb\n").as_bytes()).unwrap();
        expect(&mut stdout, b"a [REDACTED]\nb\n");
    }
    stdin.write_all(b"\n").unwrap();
    expect(&mut stdout, b"\n");
    drop(stdin);
    ended(child.wait_with_output().unwrap()).is(0, b"");
}

#[test]
fn a_reader_that_goes_is_a_clean_end() {
    let place = Place::new();
    let script = "yes | \"$INKOUT\" | head -c 10; echo ${PIPESTATUS[1]}";
    place.shell(script).is(0, b"y\ny\ny\ny\ny\n141\n").is_quiet();
    // Also while nothing comes in: the input stays open here.
    let mut child = piped(&mut place.command(&[]));
    let stdin = child.stdin.take().unwrap();
    drop(child.stdout.take());
    let ran = ended(child.wait_with_output().unwrap());
    ran.ends(141).is_quiet();
    drop(stdin);
}

#[test]
fn a_full_output_is_told_with_what_is_missing() {
    let place = Place::new();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    place.file("in", "four\nfive\npart");
    let child = place.command(&["in"]).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
    ended(child.wait_with_output().unwrap()).ends(74).says("No space left on device").says("; 14 bytes that were read");
    let script = "ulimit -f 1; head -c 100000 /dev/zero | \"$INKOUT\" >big";
    place.shell(script).ends(74).says("File too large");
}

#[test]
fn descriptors_that_do_not_block_are_waited_for() {
    let place = Place::new();
    let (text, clean) = lines(20_000);
    let (input, feed) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC).unwrap();
    let (drain, output) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC).unwrap();
    let nonblocking = |fd: &OwnedFd| rustix::fs::fcntl_getfl(fd).unwrap().contains(rustix::fs::OFlags::NONBLOCK);
    let (keep_in, keep_out) = (input.try_clone().unwrap(), output.try_clone().unwrap());
    let child = place.command(&[]).stdin(input).stdout(output).stderr(Stdio::piped()).spawn().unwrap();
    rustix::fs::fcntl_setfl(&feed, rustix::fs::OFlags::empty()).unwrap();
    rustix::fs::fcntl_setfl(&drain, rustix::fs::OFlags::empty()).unwrap();
    let writer = std::thread::spawn(move || File::from(feed).write_all(&text));
    let mut out = vec![0; clean.len()];
    let mut drain = File::from(drain);
    drain.read_exact(&mut out).unwrap();
    assert!(out == clean);
    assert!(nonblocking(&keep_in) && nonblocking(&keep_out), "the flag belongs to others too");
    drop((keep_in, keep_out));
    writer.join().unwrap().unwrap();
    ended(child.wait_with_output().unwrap()).ends(0).is_quiet();
}

#[test]
fn waiting_costs_no_time() {
    let place = Place::new();
    let (input, feed) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC).unwrap();
    let mut command = place.command(&[]);
    let mut child = command.stdin(input).stdout(Stdio::piped()).spawn().unwrap();
    drop(command);
    let mut feed = File::from(feed);
    feed.write_all(b"line\nheld back").unwrap();
    expect(child.stdout.as_mut().unwrap(), b"line\n");
    let ticks = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let fields: Vec<&str> = stat[stat.rfind(')').unwrap()..].split(' ').collect();
        fields[12].parse::<u64>().unwrap() + fields[13].parse::<u64>().unwrap()
    };
    // Not to let something happen, but to see that nothing does; it may still be busy with what it has read.
    let still = || {
        let (before, started) = (ticks(), Instant::now());
        while started.elapsed() < Duration::from_millis(400) {
            std::thread::park_timeout(Duration::from_millis(100));
        }
        ticks() - before <= 2
    };
    assert!((0..5).any(|_| still()), "it spins");
    drop(feed);
    ended(child.wait_with_output().unwrap()).is(0, b"held back");
}

#[test]
fn a_line_without_end_streams_in_bounded_memory() {
    const LINE: usize = 64 << 20;
    let place = Place::new();
    let mut child = piped(&mut place.command(&[]));
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let writer = std::thread::spawn(move || {
        let piece = [b'.'; 64 << 10];
        (0..LINE / piece.len()).for_each(|_| stdin.write_all(&piece).unwrap());
        stdin.write_all(SECRET.as_bytes()).unwrap();
    });
    let mut piece = vec![0; 1 << 20];
    for _ in 0..LINE / piece.len() - 2 {
        stdout.read_exact(&mut piece).unwrap();
        assert!(piece.iter().all(|b| *b == b'.'));
    }
    // It is still there, as no pipe holds what was not yet read of it.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 40 << 10, "{kib} KiB");
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
    let mut want = vec![b'.'; 2 << 20];
    want.extend(b"[REDACTED]");
    assert!(rest == want, "{} bytes, not {}", rest.len(), want.len());
    writer.join().unwrap();
    ended(child.wait_with_output().unwrap()).ends(0).is_quiet();
}
