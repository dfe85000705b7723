//! `inkout plugin`: an answer for each message, in the agent's own form, before the next one.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};

use crate::run::{Place, SECRET, ended, expect, piped};

#[test]
fn mmexternal_answers_each_message_with_what_changes() {
    let place = Place::new();
    let mut child = piped(&mut place.command(&["plugin", "rsyslog-mmexternal"]));
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
    for (message, answer) in [
        ("nothing", "{}".to_owned()),
        (SECRET, r#"{"msg":"[REDACTED]"}"#.to_owned()),
        ("", "{}".to_owned()),
        (&format!("a \"{SECRET}\" \\ \t\x01 b"), r#"{"msg":"a \"[REDACTED]\" \\ \t\u0001 b"}"#.to_owned()),
        // rsyslog would pass the message on where an answer is too long for it.
        (&format!("{SECRET}{}", "\"".repeat(5000)), r#"{"msg":"[REDACTED: too long]"}"#.to_owned()),
        // Many messages are one text.
        ("-----BEGIN RSA PRIVATE KEY-----", "{}".to_owned()),
        (&format!("MIIEpAIBAAKCAQEA7{}", "fake".repeat(12)), r#"{"msg":"[REDACTED]"}"#.to_owned()),
        ("-----END RSA PRIVATE KEY-----", "{}".to_owned()),
    ] {
        stdin.write_all(format!("{message}\n").as_bytes()).unwrap();
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, format!("{answer}\n"), "{message:.80}");
    }
    drop(stdin);
    ended(child.wait_with_output().unwrap()).is(0, b"").is_quiet();
}

#[test]
fn a_mark_stands_in_every_answer() {
    let place = Place::new();
    let text = format!("nothing\n{SECRET} {SECRET}\n{SECRET} {}\nlast", "x\"".repeat(200));
    let want = "{\"$!\":{\"inkout\":0}}\n{\"rawmsg\":\"[REDACTED] [REDACTED]\",\"$!\":{\"inkout\":2}}\n\
        {\"rawmsg\":\"[REDACTED: too long]\",\"$!\":{\"inkout\":1}}\n{\"$!\":{\"inkout\":0}}\n";
    let args = ["plugin", "rsyslog-mmexternal", "--mark", "--property=rawmsg", "--max-reply=300"];
    place.run(&args, text.as_bytes()).is(0, want.as_bytes()).is_quiet();
    place.run(&["plugin", "rsyslog-mmexternal", "--property=tag"], b"").ends(2).says("none of msg, rawmsg");
    // rsyslog leads both outputs into one pipe: a word on the wrong one would be an answer.
    let script = format!("printf 'inkout-fault {SECRET}\\nnext\\n' | \"$INKOUT\" plugin rsyslog-mmexternal 2>&1");
    let mut command = place.bare("bash", &["-c", &script]);
    command.env("INKOUT", env!("CARGO_BIN_EXE_inkout")).env("INKOUT_RULES", "rules.toml").env("INKOUT_FAULT", "panic");
    let ran = ended(command.stdin(Stdio::null()).output().unwrap());
    assert_eq!(ran.out.iter().filter(|b| **b == b'\n').count(), 2, "{}", ran.out.escape_ascii());
    assert!(!ran.out.escape_ascii().to_string().contains(SECRET));
}

#[test]
fn omprog_confirms_when_the_file_has_it() {
    let place = Place::new();
    place.file("log", "before\n");
    let mut child =
        piped(&mut place.command(&["plugin", "rsyslog-omprog", "--confirm", "--transactions", "-o", "log"]));
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let log = || std::fs::read_to_string(place.path().join("log")).unwrap();
    expect(&mut stdout, b"OK\n");
    stdin.write_all(b"BEGIN TRANSACTION\n").unwrap();
    expect(&mut stdout, b"OK\n");
    stdin.write_all(format!("one {SECRET}\n").as_bytes()).unwrap();
    expect(&mut stdout, b"DEFER_COMMIT\n");
    assert_eq!(log(), "before\none [REDACTED]\n");
    stdin.write_all(b"COMMIT TRANSACTION\n").unwrap();
    expect(&mut stdout, b"OK\n");
    std::fs::rename(place.path().join("log"), place.path().join("log.1")).unwrap();
    kill_process(Pid::from_child(&child), Signal::HUP).unwrap();
    stdin.write_all(b"two\n").unwrap();
    expect(&mut stdout, b"DEFER_COMMIT\n");
    assert_eq!(log(), "two\n");
    // An end is asked for: what is still handed out is taken.
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    stdin.write_all(b"three\n").unwrap();
    expect(&mut stdout, b"DEFER_COMMIT\n");
    drop(stdin);
    ended(child.wait_with_output().unwrap()).ends(0).is_quiet();
    assert_eq!(log(), "two\nthree\n");
}

#[test]
fn omprog_confirms_nothing_that_could_not_be_written() {
    let place = Place::new();
    let script = format!("printf 'one {SECRET}\\ntwo\\n' | \"$INKOUT\" plugin rsyslog-omprog --confirm -o /dev/full");
    let ran = place.shell(&script);
    ran.is(0, b"OK\nthe file takes no more\nthe file takes no more\n").says("/dev/full: No space left");
    place.shell("echo one | \"$INKOUT\" plugin rsyslog-omprog -o /dev/full").ends(74);
    place.shell("ln -s there link; echo one | \"$INKOUT\" plugin rsyslog-omprog -o link").ends(1).says("link: ");
    assert!(!place.path().join("there").exists());
}

#[test]
fn exec_filter_gives_each_record_back() {
    let place = Place::new();
    let json = format!("{{\"log\":\"{SECRET}\",\"n\":1}}\n{{\"log\":\"x\"}}\n");
    let want = json.replace(SECRET, "[REDACTED]");
    place.run(&["plugin", "fluentd-exec-filter"], json.as_bytes()).is(0, want.as_bytes()).is_quiet();
    let mut child = piped(&mut place.command(&["plugin", "fluentd-exec-filter", "--format", "msgpack"]));
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let record = [b"\x82\xa3log\xb3", SECRET.as_bytes(), b"\xa1t\xd7\x00\0\0\0\x01\0\0\0\x02"].concat();
    let clean = b"\x82\xa3log\xaa[REDACTED]\xa1t\xd7\x00\0\0\0\x01\0\0\0\x02";
    for cut in [1, 5, 12, record.len()] {
        stdin.write_all(&record[..cut]).unwrap();
        stdin.write_all(&record[cut..]).unwrap();
        expect(&mut stdout, clean);
    }
    stdin.write_all(&record[..9]).unwrap();
    drop(stdin);
    let mut rest = Vec::new();
    stdout.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty());
    ended(child.wait_with_output().unwrap()).is(1, b"").says("it ends inside of a record");
}
