//! `inkout run`: its caller sees the command, and nobody sees its secrets.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::run::{Place, Ran, SECRET, ended, expect, piped};

/// `inkout run` with a script.
fn script(place: &Place, options: &[&str], text: &str) -> Command {
    let mut command = place.command(&["run"]);
    command.args(options).args(["--", "bash", "-c", text]).stdin(Stdio::null());
    command
}

fn run(options: &[&str], text: &str) -> Ran {
    ended(script(&Place::new(), options, text).output().unwrap())
}

#[test]
fn both_outputs_are_redacted_and_stay_apart() {
    let ran = run(&["--stats"], &format!("echo out {SECRET}; echo err {SECRET} >&2; printf 'end {SECRET}'"));
    ran.is(0, b"out [REDACTED]\nend [REDACTED]").says("err [REDACTED]\n").says("3  test-key");
    let ran = run(&["--merge"], "for n in 1 2 3; do echo out $n; echo err $n >&2; done");
    ran.is(0, b"out 1\nerr 1\nout 2\nerr 2\nout 3\nerr 3\n").is_quiet();
    // Each half alone is no key, and what reads the merged output has to see none.
    let (head, tail) = SECRET.split_at(9);
    let ran = run(&["--merge"], &format!("printf 'a {head}'; printf '{tail} b' >&2"));
    ran.is(0, b"a [REDACTED] b").is_quiet();
}

#[test]
fn what_it_reads_comes_to_the_command() {
    let place = Place::new();
    place.run(&["run", "--", "cat"], format!("in {SECRET}\n").as_bytes()).is(0, b"in [REDACTED]\n").is_quiet();
}

#[test]
fn every_exit_code_is_the_commands() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for codes in [0..=127, 128..=255] {
            let place = &place;
            scope.spawn(move || {
                for code in codes {
                    ended(script(place, &[], &format!("exit {code}")).output().unwrap()).is(code, b"").is_quiet();
                }
            });
        }
    });
}

#[test]
fn a_death_by_signal_is_128_and_its_number() {
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 24, 25, 26, 27, 29, 30, 31, 34, 50, 64] {
        // Bash ignores SIGQUIT; and whoever runs the tests may ignore others, which is passed on.
        let text = format!("ulimit -c 0; echo last; exec env --default-signal sh -c 'kill -{n} $$'");
        run(&[], &text).is(128 + n, b"last\n").is_quiet();
    }
}

#[test]
fn what_cannot_be_started_is_told_as_shells_do() {
    let place = Place::new();
    place.file("plain", "no program");
    let start = |word: &str| place.run(&["run", "--", word], b"");
    start("./missing").is(127, b"").says("inkout: ./missing: No such file");
    start("no-such-program").is(127, b"").says("inkout: no-such-program: No such file");
    start("./plain").is(126, b"").says("inkout: ./plain: Permission denied");
    start(&format!("./{SECRET}")).is(127, b"").says("inkout: ./[REDACTED]: No such file");
    place.run(&["run"], b"").ends(2).says("COMMAND");
    place.run(&["run", "--pty=maybe", "--", "true"], b"").ends(2).says("none of auto, never, always");
    place.run(&["--profile=all", "run", "--", "touch", "begun"], b"").ends(2);
    assert!(!place.path().join("begun").exists(), "it was started without rules");
}

/// Says `ready`, then the number of each signal as often as it comes.
const COUNTS: &str = "for n in {1..64}; do case $n in 9|17|19|32|33) ;; *) trap \"echo $n\" $n;; esac; done; \
    sleep 60 & trap \"echo 64; kill $!; exit 8\" 64; echo ready; while :; do wait; done";

#[test]
fn every_signal_is_passed_on_once() {
    let place = Place::new();
    let mut child = place.command(&["run", "--", "env", "--default-signal", "bash", "-c", COUNTS]);
    let mut child = child.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = || {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        line
    };
    assert_eq!(line(), "ready\n");
    for n in (1..=64).filter(|n| ![9, 17, 19, 32, 33].contains(n)) {
        let kill = Command::new("kill").args([format!("-{n}"), child.id().to_string()]).status().unwrap();
        assert!(kill.success(), "signal {n}");
        // Twice would be seen in the place of the next one.
        assert_eq!(line(), format!("{n}\n"));
    }
    assert_eq!(child.wait().unwrap().code(), Some(8));
}

#[test]
fn a_signal_to_the_group_comes_once() {
    use std::os::unix::process::CommandExt;
    let place = Place::new();
    let text = "trap 'echo term' TERM; sleep 60 & s=$!; echo ready; wait; kill $s; wait; exit 3";
    let mut child = script(&place, &[], text).process_group(0).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    expect(&mut stdout, b"ready\n");
    kill_process_group(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!((rest.as_str(), child.wait().unwrap().code()), ("term\n", Some(3)));
}

#[test]
fn a_stopped_command_stops_us_and_goes_on_with_us() {
    let place = Place::new();
    let mut child = script(&place, &[], "echo ready; while read -r line; do echo \"$line\"; done");
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    expect(&mut stdout, b"ready\n");
    kill_process(Pid::from_child(&child), Signal::TSTP).unwrap();
    let stopped = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        stat[stat.rfind(')').unwrap() + 2..].starts_with('T')
    };
    wait_until("it stops", stopped);
    kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
    stdin.write_all(b"on\n").unwrap();
    expect(&mut stdout, b"on\n");
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// What is waited for here shows nowhere in a pipe.
#[track_caller]
fn wait_until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

#[test]
fn the_command_is_free_of_what_is_ours() {
    let text = "grep -E '^(SigBlk|SigPnd)' /proc/self/status; trap -p; ls /proc/self/fd";
    let plain = Place::new().bare("bash", &["-c", text]).stdin(Stdio::null()).output().unwrap();
    run(&[], text).is(0, &plain.stdout).is_quiet();
}

#[test]
fn handed_over_sockets_are_the_commands() {
    let place = Place::new();
    let script = "export LISTEN_PID=$$ WATCHDOG_PID=$$ LISTEN_FDS=1 NOTIFY_SOCKET=/run/x; exec 3<rules.toml; \
        exec \"$INKOUT\" run -- bash -c 'read -r line <&3; echo $LISTEN_FDS $NOTIFY_SOCKET \"$line\"; \
        [ $LISTEN_PID = $$ ] && [ $WATCHDOG_PID = $$ ] && exit 5'";
    place.shell(script).is(5, b"1 /run/x group = \"test\"\n").is_quiet();
    place
        .shell(&format!("export LISTEN_PID=$$; exec \"$INKOUT\" run -- ./{SECRET}"))
        .ends(127)
        .says("./[REDACTED]: No");
    // Those of somebody else stay somebody else's.
    place.shell("LISTEN_PID=1 \"$INKOUT\" run -- bash -c 'echo $LISTEN_PID'").is(0, b"1\n").is_quiet();
}

#[test]
fn a_process_that_outlives_the_command_is_waited_for_within_bounds() {
    let begun = Instant::now();
    let ran = run(&["--grace=0.2"], &format!("echo x; printf 'part {SECRET}'; sleep 3 &"));
    ran.is(0, b"x\npart [REDACTED]").says("another process holds its standard output open");
    // One that never stops writing too.
    let ran = run(&["--grace=0.2", "--merge"], "timeout 3 yes &");
    ran.ends(0).says("another process holds");
    assert!(begun.elapsed() < Duration::from_secs(20));
    // What it says within the time is taken in.
    run(&["--grace=60"], "(sleep 0.2; echo late) & echo x").is(0, b"x\nlate\n").is_quiet();
}

#[test]
fn nothing_is_lost_of_a_command_that_ends_at_once() {
    let ran = run(&["--grace=0"], "seq 200000");
    let want: String = (1..=200_000).map(|n| format!("{n}\n")).collect();
    assert!(ran.out == want.as_bytes(), "{} bytes, not {}", ran.out.len(), want.len());
    ran.ends(0).is_quiet();
    // Though its reader takes its time, and no time is given.
    let script = "\"$INKOUT\" run --grace=0 -- seq 20000 | (sleep 0.5; tail -n 1)";
    Place::new().shell(script).is(0, b"20000\n").is_quiet();
}

#[test]
fn nothing_gets_out_when_we_are_killed() {
    let place = Place::new();
    let (alive, held) = pipe_with(PipeFlags::empty()).unwrap();
    let text = format!("echo ready; while echo {SECRET} && echo {SECRET} >&2; do sleep 0.01; done");
    let mut child = piped(&mut script(&place, &[], &text));
    rustix::io::fcntl_setfd(&alive, rustix::io::FdFlags::CLOEXEC).unwrap();
    drop(held);
    expect(child.stdout.as_mut().unwrap(), b"ready\n");
    kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
    let ran = ended(child.wait_with_output().unwrap());
    assert!(!ran.out.escape_ascii().to_string().contains(SECRET) && !ran.err.contains(SECRET));
    // The command held that pipe: it has ended as well, of its next write.
    let mut rest = Vec::new();
    File::from(alive).read_to_end(&mut rest).unwrap();
}

#[test]
fn a_reader_that_goes_is_the_commands_affair() {
    let place = Place::new();
    let script = "\"$INKOUT\" run -- yes | head -c 4; echo ${PIPESTATUS[0]}";
    place.shell(script).is(0, b"y\ny\n141\n").is_quiet();
    place.shell("\"$INKOUT\" run -- echo text >/dev/full").ends(74).says("standard output: No space left");
    place.shell("\"$INKOUT\" run -- bash -c 'echo text; exit 3' >/dev/full").ends(3).says("5 bytes that were read");
}

/// As process 1 of a namespace: where one cannot be made, this says so.
#[test]
fn process_one_leaves_no_zombies() {
    let place = Place::new();
    let probe = place.shell("unshare -rpf --mount-proc true");
    if probe.code != Some(0) {
        eprintln!("SKIPPED: zombies are counted in a process namespace, and there is none: {}", probe.err);
        return;
    }
    // Every one is left by its parent, and process 1 gets it.
    let orphans = "for n in {1..500}; do (sleep 0.01 &); done; echo $$; \
        for n in {1..1000}; do grep -sq '^State:.*[ZS] .*' /proc/[0-9]*/status; \
        z=$(cat /proc/[0-9]*/stat 2>/dev/null | grep -c ' Z '); s=$(pgrep -c sleep); \
        [ $s = 0 ] && [ $z = 0 ] && exit 9; sleep 0.02; done; exit 1";
    place.file("orphans", orphans);
    place.shell("unshare -rpf --mount-proc \"$INKOUT\" run -- bash orphans").is(9, b"2\n").is_quiet();
    // The system keeps signals without a handler from process 1; from the command it does not.
    let script = "unshare -rpf --mount-proc --kill-child \"$INKOUT\" run -- bash -c 'kill -TERM 1; sleep 60'";
    place.shell(script).is(143, b"");
}

/// A command on a terminal of its own, `inkout run` in front of it.
struct Terminal {
    child: Child,
    ours: File,
}

impl Terminal {
    fn new(place: &Place, options: &[&str], text: &str) -> Self {
        use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let ours = openpt(flags).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let theirs = ioctl_tiocgptpeer(&ours, flags).unwrap();
        let size = |ws_row, ws_col| rustix::termios::Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&ours, size(40, 100)).unwrap();
        let inkout = env!("CARGO_BIN_EXE_inkout");
        let mut command = place.bare("setsid", &["--ctty", inkout, "--rules", "rules.toml", "run"]);
        command.args(options).args(["--", "bash", "-c", text]);
        command.stdin(theirs.try_clone().unwrap()).stdout(theirs.try_clone().unwrap()).stderr(theirs);
        Self { child: command.spawn().unwrap(), ours: ours.into() }
    }

    /// Reads up to `last`, and gives everything before it.
    fn until(&mut self, last: &str) -> String {
        let mut seen = Vec::new();
        while !seen.ends_with(last.as_bytes()) {
            let mut byte = [0];
            // A terminal whose other end has gone gives an error.
            let read = self.ours.read(&mut byte).unwrap_or(0);
            assert_eq!(read, 1, "{last:?} did not come behind {}", seen.escape_ascii());
            seen.push(byte[0]);
        }
        String::from_utf8(seen).unwrap().strip_suffix(last).unwrap().to_owned()
    }
}

#[test]
fn on_a_terminal_the_command_has_a_terminal() {
    let place = Place::new();
    // A shell may overlook Ctrl-C between two commands; this program waits for its signals.
    let program = "import os, signal as s; all = {s.SIGINT, s.SIGQUIT, s.SIGWINCH}; s.pthread_sigmask(s.SIG_BLOCK, all)
print('hello', input(), flush=True)
while (one := s.sigwait(all)) != s.SIGQUIT:
    print('int' if one == s.SIGINT else os.get_terminal_size(1), flush=True)
print('quit', flush=True); exit(6)";
    let text = format!(
        "[ -t 0 ] && [ -t 1 ] && [ -t 2 ] && stty size <&1; echo err {SECRET} >&2; echo out {SECRET}; \
         printf 'Name? ' >&2; exec python3 -c \"{program}\""
    );
    let mut terminal = Terminal::new(&place, &[], &text);
    // One terminal for both: the order is that of writing.
    assert_eq!(terminal.until("Name? "), "40 100\r\nerr [REDACTED]\r\nout [REDACTED]\r\n");
    terminal.ours.write_all(b"Ada\n").unwrap();
    assert_eq!(terminal.until("hello Ada\r\n"), "Ada\r\n");
    // What is typed reaches the command by the terminal, and not by us besides.
    for _ in 0..3 {
        terminal.ours.write_all(b"\x03").unwrap();
        assert_eq!(terminal.until("int\r\n"), "^C");
    }
    let size = rustix::termios::Winsize { ws_row: 50, ws_col: 132, ws_xpixel: 0, ws_ypixel: 0 };
    rustix::termios::tcsetwinsize(&terminal.ours, size).unwrap();
    terminal.until("(columns=132, lines=50)\r\n");
    terminal.ours.write_all(b"\x1c").unwrap();
    terminal.until("quit\r\n");
    assert_eq!(terminal.child.wait().unwrap().code(), Some(6));
}

#[test]
fn a_terminal_is_given_and_withheld_as_asked() {
    let place = Place::new();
    let text = "[ -t 1 ] && echo yes || echo no; exit 4";
    for (when, want) in [("never", "no\r\n"), ("always", "yes\r\n")] {
        let mut terminal = Terminal::new(&place, &["--pty", when], text);
        terminal.until(want);
        assert_eq!(terminal.child.wait().unwrap().code(), Some(4));
    }
    // Bytes come through as they were written.
    run(&["--pty=always"], "[ -t 1 ] && printf 'a\\nb\\r\\n\\tc'").is(0, b"a\nb\r\n\tc").is_quiet();
    run(&["--pty=auto"], "[ -t 1 ] || [ -t 2 ] || echo none").is(0, b"none\n").is_quiet();
}
