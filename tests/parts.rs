//! Records that a container runtime has cut into parts come out as the whole ones would, part by part.
//!
//! What is wanted is made of the whole records, by the slowest means. `INKOUT_CASES` is the number of random logs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::sync::LazyLock;

use common::{Random, difference, splice, streamed};
use inkout::catalogue::Profile;
use inkout::{Action, Clean, Redactor, Session};

static REDACTORS: LazyLock<[Redactor; 3]> = LazyLock::new(|| {
    let build = |sieve| Redactor::builder().sieve(sieve).build().unwrap();
    [build(true), build(false), Redactor::builder().profile(Profile::Strict).build().unwrap()]
});

#[derive(Clone, Copy, Debug, PartialEq)]
enum Form {
    Cri,
    Docker,
}

const FORMS: [Form; 2] = [Form::Cri, Form::Docker];

/// A record of a log, and where it is cut.
struct Record {
    stream: &'static str,
    text: String,
    cuts: Vec<usize>,
}

impl Record {
    fn parts(&self) -> Vec<&str> {
        let mut at = 0;
        let mut parts: Vec<_> =
            self.cuts.iter().map(|cut| &self.text[std::mem::replace(&mut at, *cut)..*cut]).collect();
        parts.push(&self.text[at..]);
        parts
    }
}

impl Form {
    /// A line in three: before its text, the text, behind it.
    fn line(self, number: usize, stream: &str, text: &str, last: bool) -> [String; 3] {
        match self {
            Self::Cri => {
                let tag = if last { "F" } else { "P" };
                [format!("2026-11-25T09:00:00.{number:09}Z {stream} {tag} "), text.into(), "\n".into()]
            }
            Self::Docker => {
                let end = if last { "\n" } else { "" };
                let quoted = serde_json::to_string(&format!("{text}{end}")).unwrap();
                let attrs = if number.is_multiple_of(3) { ",\"attrs\":{\"token\":\"q9attrsq9\"}" } else { "" };
                let behind =
                    format!("\",\"stream\":\"{stream}\"{attrs},\"time\":\"2026-11-25T09:00:00.{number:09}Z\"}}\n");
                ["{\"log\":\"".into(), quoted[1..quoted.len() - 1].into(), behind]
            }
        }
    }
}

/// The log of `records`, whose parts are mixed as `turn` says, and what has to come out of it.
fn log(form: Form, records: &[Record], redactor: &Redactor, mut turn: impl FnMut() -> usize) -> (Vec<u8>, Vec<u8>) {
    // Each stream is in order; which one is next does not matter.
    let mut queues: [Vec<(usize, usize)>; 2] = Default::default();
    for (number, record) in records.iter().enumerate() {
        let queue = usize::from(record.stream == "stderr");
        queues[queue].extend((0..record.parts().len()).map(|part| (number, part)));
    }
    queues.iter_mut().for_each(|queue| queue.reverse());
    let mut order = Vec::from_iter(queues[0].pop());
    while let Some(next) = queues[turn() % 2].pop().or_else(|| queues.iter_mut().find_map(Vec::pop)) {
        order.push(next);
    }
    let lines: Vec<[String; 3]> = order
        .iter()
        .enumerate()
        .map(|(i, (number, part))| {
            let parts = records[*number].parts();
            form.line(i, records[*number].stream, parts[*part], part + 1 == parts.len())
        })
        .collect();
    // Each record as one line where its first part is: every byte with the place that it has in the log.
    let mut starts = vec![0];
    starts.extend(lines.iter().scan(0, |at, line| {
        *at += line.concat().len();
        Some(*at)
    }));
    let (mut joined, mut places) = (Vec::new(), Vec::new());
    for (number, part) in &order {
        let own: Vec<usize> = (0..order.len()).filter(|i| order[*i].0 == *number).collect();
        for (k, i) in own.iter().enumerate().filter(|_| *part == 0) {
            let [head, text, end] = &lines[*i];
            let head_len = head.len();
            let mut put = |from: usize, text: &str| {
                places.extend((from..from + text.len()).map(|at| starts[*i] + at));
                joined.extend_from_slice(text.as_bytes());
            };
            if k == 0 {
                put(0, head);
            }
            put(head_len, text);
            if k + 1 == own.len() {
                put(head_len + text.len(), end);
            }
        }
    }
    let text = lines.concat().concat().into_bytes();
    let mut hit = vec![0; text.len()];
    for (n, found) in redactor.find(&joined).into_iter().enumerate() {
        found.span.range().for_each(|at| hit[places[at]] = n + 1);
    }
    // What docker was told to put to every line is in all of them.
    if form == Form::Docker {
        for at in 0..text.len() - 9 {
            if &text[at..at + 9] == b"q9attrsq9" {
                hit[at..at + 9].fill(usize::MAX);
            }
        }
    }
    let mut want = Vec::new();
    for at in 0..text.len() {
        match hit[at] {
            0 => want.push(text[at]),
            n if at == 0 || hit[at - 1] != n => want.extend_from_slice(b"[REDACTED]"),
            _ => {}
        }
    }
    (text, want)
}

/// One expectation, every path.
fn check(text: &[u8], want: &[u8], redactor: &Redactor, random: &mut Random, what: &str) {
    let is = |got: &[u8], path: &str| {
        if let Some(difference) = difference(got, want) {
            panic!("{what}, {path}: {difference}");
        }
    };
    is(&redactor.redact(text), "redact");
    is(&splice(text, &redactor.find(text)), "find and splice");
    for size in [1, 7, 4096, 65_536] {
        is(&streamed(redactor, text, || size), "stream");
    }
    is(&streamed(redactor, text, || 1 + random.below(300)), "stream in random pieces");
    is(&redactor.redact(want), "redacted again");
}

fn record(random: &mut Random, cut: usize) -> Record {
    const PIECES: &[&str] = &[
        "level=info msg=\"login\" user=alice password=hunter2-and-more ip=10.0.0.7 ",
        "{\"user\":\"bob\",\"api_key\":\"abc-123-def\",\"n\":3} ",
        "GET /v1/items?token=tk0N3n9vVb2Qx7Lm5Rw8 200 12ms ",
        "mail to ada@example.com queued ",
        "card 4111 1111 1111 1111 declined ",
        "redis://:s3cr3t-redis@cache.example.com:6379/0 ",
        "Authorization: Bearer abcdef.0123456789.ghijkl ",
        "nothing to see here, move along \u{e9}\u{4e16} ",
        "{\"deep\":\"{\\\"password\\\":\\\"in\\\\nner\\\"}\"} ",
        "retries=3 elapsed=12ms path=/healthz ",
    ];
    let token = format!("key ghp_{} ", (0..36).map(|i| char::from(b'A' + (i * 7 + 3) % 26)).collect::<String>());
    let mut text = String::from("start ");
    for _ in 0..1 + random.below(4) {
        text += if random.below(4) == 0 { &token } else { random.pick(PIECES) };
    }
    text += "end";
    let mut cuts: Vec<usize> = (0..random.below(cut)).map(|_| random.below(text.len())).collect();
    cuts.retain(|cut| text.is_char_boundary(*cut));
    cuts.sort_unstable();
    Record { stream: ["stdout", "stderr"][random.below(2)], text, cuts }
}

fn whole(stream: &'static str, text: &str) -> Record {
    Record { stream, text: text.into(), cuts: Vec::new() }
}

#[test]
fn records_in_parts_come_out_as_whole_ones() {
    let cases = std::env::var("INKOUT_CASES").map_or(150, |n| n.parse::<u64>().unwrap());
    for seed in 0..cases {
        let mut random = Random(seed);
        for form in FORMS {
            let redactor = &REDACTORS[random.below(3)];
            let mut records = vec![whole("stdout", "starting shop 3.2.1")];
            records.extend((0..1 + random.below(6)).map(|_| record(&mut random, 5)));
            let mut turns = Random(seed);
            let (text, want) = log(form, &records, redactor, || turns.below(2));
            check(&text, &want, redactor, &mut random, &format!("{form:?}, seed {seed}"));
        }
    }
}

#[test]
fn no_border_lets_a_secret_through() {
    let token = format!("ghp_{}", "Ab3dE6gH9j".repeat(4).split_at(36).0);
    for form in FORMS {
        let text = format!("say password=correct-horse-9 and {token} and {{\"pin\": 123456}} to it");
        for cut in 1..text.len() {
            let records = [
                whole("stdout", "starting"),
                Record { stream: "stdout", text: text.clone(), cuts: vec![cut] },
                whole("stderr", "other"),
            ];
            let (log, _) = log(form, &records, &REDACTORS[0], || 1);
            let clean = String::from_utf8(REDACTORS[0].redact(&log).into_owned()).unwrap();
            let lines: Vec<&str> = clean.lines().collect();
            for line in &lines {
                let json = serde_json::from_str::<serde_json::Value>(line);
                assert!(form == Form::Cri || json.is_ok(), "cut at {cut}: {line}");
            }
            assert_eq!(lines.len(), 4);
            for half in ["correct", "horse", "Ab3dE6gH9j", "12345", "23456"] {
                // What is left of a secret that was cut a character behind its start is one character.
                assert!(!clean.contains(half), "{form:?}, cut at {cut}: {clean}");
            }
        }
    }
}

/// A private key of three kilobytes, escaped inside of a record, in parts of any size.
#[test]
fn a_key_over_many_parts_is_gone() {
    let body: Vec<String> =
        (0..40).map(|i| format!("MIIEowIBAAKCAQEAfakefakefakefakefakefakefakefake{i:016}")).collect();
    let key = format!("-----BEGIN RSA PRIVATE KEY-----\\n{}\\n-----END RSA PRIVATE KEY-----\\n", body.join("\\n"));
    let text = format!("{{\"msg\":\"loaded\",\"pem\":\"{key}\",\"then\":\"ready\"}}");
    for (form, size) in FORMS.into_iter().flat_map(|form| [40, 100, 1000, 2000].map(|size| (form, size))) {
        let cuts = (1..).map(|n| n * size).take_while(|cut| *cut < text.len()).collect();
        let records = [whole("stdout", "starting"), Record { stream: "stdout", text: text.clone(), cuts }];
        let (log, want) = log(form, &records, &REDACTORS[0], || 0);
        let clean = String::from_utf8(REDACTORS[0].redact(&log).into_owned()).unwrap();
        assert!(!clean.contains("fakefake") && clean.contains("ready") && clean.contains("loaded"), "{clean}");
        check(&log, &want, &REDACTORS[0], &mut Random(1), &format!("{form:?}, parts of {size}"));
    }
}

/// Where the text says that it is none, nothing waits for another part.
#[test]
fn lines_that_are_no_parts_are_not_held() {
    for text in [
        // An agent has taken the ends of lines off.
        "{\"log\":\"password=hunter2\",\"stream\":\"stdout\"}\n".repeat(30),
        "2026-11-25T09:00:00Z stdout F password=hunter2\n".repeat(30),
        "2026-11-25T09:00:00Z stdout Perhaps password=hunter2\n".repeat(30),
        // Not seen in so many lines.
        format!("{}2026-11-25T09:00:00Z stdout P password=hunter2\n", "x\n".repeat(16)),
    ] {
        let mut session = Session::new(&REDACTORS[0]);
        let (mut at, mut held) = (0, 0);
        let mut out = Vec::new();
        for line in text.split_inclusive('\n') {
            let upto = at + held + line.len();
            let taken =
                session.step(&text.as_bytes()[at..upto], false, &mut |clean: Clean<'_>| clean.append_to(&mut out));
            at += taken;
            held = upto - at;
        }
        assert_eq!(held, 0, "{text}");
        assert_eq!(String::from_utf8(out).unwrap(), text.replace("hunter2", "[REDACTED]"));
    }
}

/// More than is looked at in one piece.
#[test]
fn records_of_megabytes_are_looked_at_in_windows() {
    for (form, seed) in FORMS.into_iter().flat_map(|form| [1, 2, 3].map(|seed| (form, seed))) {
        let mut random = Random(seed);
        let mut text = String::new();
        while text.len() < 3 << 20 {
            let gap = random.below(20_000);
            text.extend((0..gap).map(|i| char::from(b"lorem ipsum "[i % 12])));
            text += &format!(" password=hunter{:012} ghp_{:036} ", random.below(1 << 30), random.below(1 << 30));
        }
        let cuts = (1..).map(|n| n * 16_384).take_while(|cut| *cut < text.len()).collect();
        let records = [
            whole("stdout", "starting"),
            Record { stream: "stdout", text, cuts },
            whole("stderr", "password=hunter2"),
            whole("stdout", "password=hunter3"),
        ];
        let (log, want) = log(form, &records, &REDACTORS[0], || random.below(8) / 7);
        let clean = REDACTORS[0].redact(&log);
        assert_eq!(difference(&clean, &want), None, "{form:?}, seed {seed}");
        let mut pieces = Random(seed);
        for largest in [4 << 20, 300_000, 5_000] {
            let got = streamed(&REDACTORS[0], &log, || 1 + pieces.below(largest));
            assert_eq!(difference(&got, &want), None, "{form:?}, seed {seed}, pieces of {largest}");
        }
    }
}

/// A value that outgrows every window, and a record that never ends.
#[test]
fn nothing_comes_through_where_no_end_is_in_sight() {
    let secret = "Zq9".repeat(700_000);
    for form in FORMS {
        let text = format!("token=ghp_{secret} behind");
        let cuts: Vec<usize> = (1..).map(|n| n * 16_384).take_while(|cut| *cut < text.len()).collect();
        let records = [whole("stdout", "starting"), Record { stream: "stdout", text, cuts }];
        let (mut log, _) = log(form, &records, &REDACTORS[0], || 0);
        for end in [0, 100] {
            log.truncate(log.len() - end);
            let clean = REDACTORS[0].redact(&log);
            assert!(!clean.windows(6).any(|w| w == b"Zq9Zq9"), "{form:?}");
            let got = streamed(&REDACTORS[0], &log, || 100_000);
            assert_eq!(difference(&got, &clean), None, "{form:?}");
        }
    }
}

/// Quotes around two markers would be no value: the first one stands for all of it.
#[test]
fn a_bare_number_gets_one_marker() {
    let record = Record { stream: "stdout", text: "{\"pin\": 123456, \"n\": 3}".into(), cuts: vec![10] };
    let (log, _) = log(Form::Cri, &[whole("stdout", "starting"), record], &REDACTORS[0], || 0);
    let clean = String::from_utf8(REDACTORS[0].redact(&log).into_owned()).unwrap();
    assert!(clean.contains("P {\"pin\": \"[REDACTED]\"\n") && clean.ends_with("F , \"n\": 3}\n"), "{clean}");
}

#[test]
fn lines_that_go_take_all_their_parts_with_them() {
    let drop = |rule: &str| Redactor::builder().action(rule, Action::DropLine);
    let redactor = drop("named-value").build().unwrap();
    for form in FORMS {
        let text = "one two password=hunter2 three";
        for cuts in [vec![3], vec![18], vec![3, 20, 20, 26]] {
            let record = Record { stream: "stdout", text: text.into(), cuts };
            let records = [whole("stdout", "starting"), whole("stderr", "stays"), record, whole("stdout", "stays too")];
            let (log, _) = log(form, &records, &REDACTORS[0], || 0);
            let got = String::from_utf8(redactor.redact(&log).into_owned()).unwrap();
            let want: String = String::from_utf8(log)
                .unwrap()
                .split_inclusive('\n')
                .filter(|line| line.contains("starting") || line.contains("stays"))
                .map(|line| line.replace("q9attrsq9", "[REDACTED]"))
                .collect();
            let lines =
                |text: &str| text.lines().filter(|line| !line.contains("attrs")).map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(lines(&got), lines(&want));
        }
    }
}
