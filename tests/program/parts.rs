//! Logs of containers whose runtime has cut long lines into parts, by the verbs that read logs.

use std::fs;

use crate::run::{Place, feed_in_pieces};

const KEY: &str = "correct-horse-battery";

fn token() -> String {
    format!("ghp_{}", "Ab3dE6gH9jK2".repeat(3))
}

/// A pod's log and what has to come out: parts of 16 KiB, a secret over each border, both streams mixed.
fn pod(records: usize) -> (String, String) {
    let time = |n: usize| format!("2026-11-25T09:00:{:02}.{n:09}Z", n % 60);
    let (mut text, mut want) = (String::new(), String::new());
    let mut put = |line: &str, clean: &str| {
        text += line;
        want += clean;
    };
    for i in 0..records {
        let filler = "x y z ".repeat(2700);
        let (key, token) = (KEY.split_at(3 + i % 12), token());
        let token = token.split_at(7 + i % 20);
        let heads: Vec<String> = (0..5).map(|n| time(10 * i + n)).collect();
        let [a, b, c, d, e] = &heads[..] else { panic!() };
        put(
            &format!("{a} stdout P {filler}password={}\n", key.0),
            &format!("{a} stdout P {filler}password=[REDACTED]\n"),
        );
        put(&format!("{b} stderr F token={}\n", token.1), &format!("{b} stderr F token=[REDACTED]\n"));
        let middle = format!("{} and {filler}", key.1);
        put(
            &format!("{c} stdout P {middle}{}\n", token.0),
            &format!("{c} stdout P [REDACTED] and {filler}[REDACTED]\n"),
        );
        put(&format!("{d} stdout F {} end\n", token.1), &format!("{d} stdout F [REDACTED] end\n"));
        put(&format!("{e} stdout F whole line {i}\n"), &format!("{e} stdout F whole line {i}\n"));
    }
    (text, want)
}

/// The same of docker's json-file.
fn docker(records: usize) -> (String, String) {
    let line = |log: &str, n: usize| {
        format!(
            "{}\n",
            serde_json::json!({"log": log, "stream": "stdout", "time": format!("2026-11-25T09:00:00.{n:09}Z")})
        )
    };
    let (mut text, mut want) = (String::new(), String::new());
    for i in 0..records {
        let filler =
            format!("{{\"n\":{i},\"text\":\"{}\",\"password\":\"", "é \" z ".repeat(2700).replace('"', "\\\""));
        let key = KEY.split_at(3 + i % 12);
        text += &line(&format!("start {i}\n"), i);
        text += &line(&format!("{filler}{}", key.0), i);
        text += &line(&format!("{}\",\"user\":\"alice\"}}\n", key.1), i);
        want += &line(&format!("start {i}\n"), i);
        want += &line(&format!("{filler}[REDACTED]"), i);
        want += &line("[REDACTED]\",\"user\":\"alice\"}\n", i);
    }
    (text, want)
}

#[test]
fn the_filter_hides_what_stands_over_a_border() {
    let place = Place::new();
    for (text, want) in [pod(3), docker(3), pod(40)] {
        for args in [&["--threads", "1"][..], &["--threads", "4"], &["--block-size", "64K", "--threads", "4"]] {
            assert!(place.run(args, text.as_bytes()).out == want.as_bytes(), "{args:?}");
        }
        assert!(place.run(&[], want.as_bytes()).out == want.as_bytes(), "redacted again");
    }
    let (text, want) = pod(1);
    for size in [1, 7, 5000] {
        assert!(feed_in_pieces(place.command(&[]), text.as_bytes(), size).out == want.as_bytes(), "pieces of {size}");
    }
}

/// Plain blocks go through the threads, and records in parts among them do not leave their place.
#[test]
fn many_threads_keep_the_order() {
    let place = Place::new();
    let (mut text, mut want) = (String::new(), String::new());
    let plain: String = (0..9000).map(|i| format!("2026-11-25T09:00:00.{i:09}Z stdout F GET /{i} 200\n")).collect();
    for _ in 0..3 {
        let (log, clean) = pod(2);
        text += &(plain.clone() + &log);
        want += &(plain.clone() + &clean);
    }
    for threads in ["1", "2", "4"] {
        let ran = place.run(&["--threads", threads, "--stats"], text.as_bytes());
        assert!(ran.out == want.as_bytes(), "{threads} threads");
    }
}

#[test]
fn stored_files_are_cleaned_and_scanned() {
    let place = Place::new();
    for (name, (text, want)) in [("pod.log", pod(3)), ("abc-json.log", docker(3))] {
        let path = place.file(name, &text);
        place.run(&["clean", name], b"").ends(0);
        assert!(fs::read_to_string(&path).unwrap() == want, "{name}");
        place.file(name, &text);
        let ran = place.run(&["scan", "--format", "json", name], b"");
        let report = String::from_utf8(ran.out).unwrap();
        assert!(report.contains("named-value"), "{name}: {report}");
    }
}

#[test]
fn a_part_whose_rest_does_not_come_is_given_out_at_the_end() {
    let place = Place::new();
    let text = "2026-11-25T09:00:00Z stdout F a\n2026-11-25T09:00:00Z stdout P password=hunter2 and\n2026-11-25T09:00:00Z stderr F b\n";
    place.run(&[], text.as_bytes()).is(0, text.replace("hunter2", "[REDACTED]").as_bytes());
    let torn = format!("{text}2026-11-25T09:00:00Z stdout F more secret=hunter2");
    place.run(&[], torn.as_bytes()).is(0, torn.replace("hunter2", "[REDACTED]").as_bytes());
}

#[cfg(feature = "serve")]
#[test]
fn followed_files_are_held_up_to_the_last_part() {
    use std::io::Write;
    use std::time::{Duration, Instant};
    let place = Place::new();
    let (text, want) = pod(4);
    let half = text.find(" stderr ").unwrap();
    let log = place.file("log/pod.log", &text[..half]);
    fs::create_dir(place.path().join("out")).unwrap();
    place.file(
        "inkout.toml",
        "[serve]\nstate = \"state\"\n[[source]]\nname = \"app\"\ntype = \"files\"\npaths = [\"log/pod.log\"]\npoll = 0.02\n\
         [[sink]]\nname = \"clean\"\ntype = \"file\"\npath = \"out/pod.log\"\n",
    );
    let mut command = place.bare(env!("CARGO_BIN_EXE_inkout"), &["serve", "--config", "inkout.toml"]);
    let mut service = command.stdin(std::process::Stdio::null()).spawn().unwrap();
    let mut log = fs::OpenOptions::new().append(true).open(log).unwrap();
    log.write_all(&text.as_bytes()[half..]).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    let out = || fs::read_to_string(place.path().join("out/pod.log")).unwrap_or_default();
    while out().len() < want.len() && Instant::now() < end {
        std::thread::yield_now();
    }
    rustix::process::kill_process(rustix::process::Pid::from_child(&service), rustix::process::Signal::TERM).unwrap();
    service.wait().unwrap();
    assert!(out() == want, "{}", out().len());
}
