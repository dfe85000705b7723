//! What takes longer than a test may, or wants a release build and a quiet machine: run it by hand, as CONTRIBUTING.md
//! says.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::run::{Place, SECRET, ended, expect};

/// The worst of a hundred round trips through `command`, which gives each line back.
fn p99(command: &mut Command) -> Duration {
    const TRIPS: usize = 20_000;
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let line = format!("{} a line as long as they usually are: GET /v1/orders?page=2 HTTP/1.1\n", "x".repeat(60));
    let mut trips: Vec<Duration> = (0..TRIPS)
        .map(|_| {
            let begun = Instant::now();
            stdin.write_all(line.as_bytes()).unwrap();
            expect(&mut stdout, line.as_bytes());
            begun.elapsed()
        })
        .collect();
    drop(stdin);
    child.wait().unwrap();
    trips.sort();
    println!("p50 {:?}, p99 {:?}", trips[TRIPS / 2], trips[TRIPS * 99 / 100]);
    trips[TRIPS * 99 / 100]
}

/// A program that gives each line back, and the time that each line took.
struct Echo {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    trips: Vec<Duration>,
}

impl Echo {
    fn new(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, stdin, stdout, trips: Vec::new() }
    }

    fn trip(&mut self, line: &[u8]) {
        let begun = Instant::now();
        self.stdin.write_all(line).unwrap();
        expect(&mut self.stdout, line);
        self.trips.push(begun.elapsed());
    }

    /// The median and the worst of a hundred.
    fn end(self) -> (Duration, Duration) {
        let Self { mut child, stdin, stdout, mut trips } = self;
        drop((stdin, stdout));
        child.wait().unwrap();
        trips.sort();
        (trips[trips.len() / 2], trips[trips.len() * 99 / 100])
    }
}

/// One line every few milliseconds, through us and through `cat` in turns.
#[test]
#[ignore = "campaign: wants a release build and a quiet machine"]
fn a_line_of_a_quiet_stream_is_a_tenth_of_a_millisecond_late_at_most() {
    let place = Place::new();
    let line = format!("{} a line as long as they usually are: GET /v1/orders?page=2 HTTP/1.1\n", "x".repeat(60));
    let (mut cat, mut us) = (Echo::new(&mut place.bare("cat", &[])), Echo::new(&mut place.command(&[])));
    for _ in 0..4000 {
        for echo in [&mut cat, &mut us] {
            std::thread::sleep(Duration::from_millis(2));
            echo.trip(line.as_bytes());
        }
    }
    let threads = std::fs::read_dir(format!("/proc/{}/task", us.child.id())).unwrap().count();
    let (cat, us) = (cat.end(), us.end());
    println!("p50 {:?}, p99 {:?}; cat {:?}, {:?}; {threads} threads", us.0, us.1, cat.0, cat.1);
    // One more waits for signals.
    assert_eq!(threads, 2);
    assert!(us.1 <= cat.1 + Duration::from_micros(100));
}

#[test]
#[ignore = "campaign: wants a release build and a quiet machine"]
fn run_adds_a_fifth_of_a_millisecond_at_most() {
    let place = Place::new();
    let bare = p99(&mut place.bare("cat", &[]));
    let under = p99(&mut place.command(&["run", "--", "cat"]));
    assert!(under <= bare + Duration::from_micros(200), "{under:?}, without us {bare:?}");
}

#[test]
#[ignore = "campaign: a million lines"]
fn nothing_of_a_million_lines_is_lost() {
    let place = Place::new();
    for _ in 0..10 {
        let child = place.command(&["run", "--grace=0", "--", "seq", "1000000"]).stdout(Stdio::piped()).spawn();
        let ran = ended(child.unwrap().wait_with_output().unwrap());
        let want: String = (1..=1_000_000).map(|n| format!("{n}\n")).collect();
        assert!(ran.code == Some(0) && ran.out == want.as_bytes(), "{} bytes, not {}", ran.out.len(), want.len());
    }
}

#[test]
#[ignore = "campaign: a line of a gigabyte"]
fn a_line_of_a_gigabyte_streams_in_bounded_memory() {
    let place = Place::new();
    let script = format!("head -c 1073741824 /dev/zero | tr '\\0' .; printf '%s\\n' {SECRET}");
    let mut child = place.command(&["run", "--", "sh", "-c", &script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let (mut piece, mut last, mut all, mut peak) = (vec![0; 1 << 20], Vec::new(), 0, 0);
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let high = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = high.map_or(peak, |high| high.trim().trim_end_matches(" kB").parse().unwrap());
        match stdout.read(&mut piece).unwrap() {
            0 => break,
            n => {
                all += n;
                last.extend_from_slice(&piece[..n]);
                last.drain(..last.len().saturating_sub(100));
            }
        }
    }
    println!("{peak} KiB");
    assert!(last.ends_with(b".[REDACTED]\n"), "{}", last.escape_ascii());
    assert_eq!(all, (1 << 30) + "[REDACTED]\n".len());
    assert!(peak < 64 << 10, "{peak} KiB");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
#[ignore = "campaign: ten thousand orphans"]
fn no_zombie_of_ten_thousand_is_left() {
    let script = "unshare -rpf --mount-proc \"$INKOUT\" run -- bash -c 'for n in {1..10000}; do (true &); done; sleep 1; \
        cat /proc/[0-9]*/stat 2>/dev/null | grep -c \" Z \"'; true";
    Place::new().shell(script).is(0, b"0\n");
}

#[test]
#[ignore = "campaign: wants a release build and a quiet machine"]
fn mmexternal_answers_fifty_thousand_times_a_second() {
    const MESSAGES: usize = 200_000;
    let place = Place::new();
    for (text, want) in [
        (
            "GET /v1/orders?page=2 HTTP/1.1 200 5098 and so on until it is as long as a usual message is, 150 bytes",
            "{}\n",
        ),
        ("login password=hunter2 and so on", "{\"msg\":\"login password=[REDACTED] and so on\"}\n"),
    ] {
        let mut command = place.command(&["plugin", "rsyslog-mmexternal"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let line = format!("{text}\n");
        let begun = Instant::now();
        for _ in 0..MESSAGES {
            stdin.write_all(line.as_bytes()).unwrap();
            expect(&mut stdout, want.as_bytes());
        }
        let rate = MESSAGES as f64 / begun.elapsed().as_secs_f64();
        println!("{rate:.0} round trips a second");
        drop(stdin);
        assert_eq!(child.wait().unwrap().code(), Some(0));
        // The other takes longer by what the answer is longer: it is shown, and the usual message has to be fast.
        assert!(want != "{}\n" || rate >= 50_000.0, "{rate:.0} round trips a second");
    }
}
