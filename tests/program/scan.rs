//! `inkout scan` as its users run it: reports, gates, exit codes. No form of a report may show a value.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::run::{Place, Ran, SECRET};

const FORMS: [&str; 8] = ["text", "json", "ndjson", "sarif", "junit", "github", "markdown", "html"];
const KEY: &str = "0123456789abcdef0123456789abcdef";

/// Values that are no secret of anybody's, in the situations a scan tells apart; each with the line it stands on.
fn canaries() -> Vec<(String, String)> {
    let token = format!("gh{}{}", "p_", "Zk9QmT4vXw2LrB7nYc5HdJ8sGf3AeU6pKi1M");
    let password = "Tr0ub4dor-and-3-horses".to_owned();
    let query = "9f8e7d6c5b4a39281706f5e4d3c2b1a0".to_owned();
    let mail = "grace.hopper.canary@example.com".to_owned();
    let card = "4111111111111111".to_owned();
    let bearer = "q8W2e7R4t6Y1u3I5o9P0a2S4d6F8g1H3".to_owned();
    let lines = [
        format!("2026-11-25T09:14:03Z INFO deploy with {token}"),
        format!("2026-11-25T09:15:03Z DEBUG login password={password}"),
        format!("10.0.0.7 - - [25/Nov/2026:09:16:03 +0000] \"GET /v1?api_key={query} HTTP/1.1\" 200 7"),
        format!("app.errors.LoginError: no account for {mail}"),
        format!("{{\"time\":\"2026-11-25T09:17:03Z\",\"card\":\"{card}\"}}"),
        format!("Authorization: Bearer {bearer}"),
    ];
    [token, password, query, mail, card, bearer].into_iter().zip(lines).collect()
}

pub(crate) fn logs(place: &Place) {
    let text: String = canaries().into_iter().map(|(_, line)| line + "\n").collect();
    place.file("logs/app.log", format!("{text}{text}"));
    place.file("logs/deep/quiet.log", "2026-11-25T09:14:03Z INFO nothing to see\n");
    place.file("key", KEY);
}

fn json(ran: &Ran) -> Value {
    serde_json::from_slice(&ran.out).unwrap_or_else(|error| panic!("{error}: {}", ran.err))
}

fn findings(report: &Value) -> Vec<Value> {
    report["findings"].as_array().unwrap().clone()
}

/// No run of more than a third of a value, nor six bytes of it.
pub(crate) fn holds_none(text: &str, what: &str) {
    for (value, _) in canaries() {
        let len = (value.len() / 3 + 1).max(6);
        for part in value.as_bytes().windows(len) {
            let part = std::str::from_utf8(part).unwrap();
            // The parts of an address that everybody has.
            let common = "@example.com".contains(part) || "111111111111111".contains(part);
            assert!(common || !text.contains(part), "{what} shows a part of a value");
        }
    }
}

#[test]
fn no_form_shows_a_value() {
    let place = Place::new();
    logs(&place);
    // Names are text of others as well.
    let (mail, token) = (canaries()[3].0.clone(), canaries()[0].0.clone());
    place.file(&format!("logs/{mail}/{token}.log"), "password=hunter2-canary\n");
    place.file(&format!("logs/{token}.zip"), b"PK\x03\x04zipped");
    for form in FORMS {
        let ran = place.run(&["scan", "logs", "--format", form, "--fail-under", "90"], b"");
        ran.ends(3);
        let text = String::from_utf8(ran.out.clone()).unwrap();
        assert!(text.len() > 500, "{form}: {text}");
        holds_none(&text, form);
        holds_none(&ran.err, "standard error");
        assert!(!text.contains("hunter2"), "{form}");
    }
}

#[test]
fn findings_have_everything_but_the_value() {
    let place = Place::new();
    logs(&place);
    std::fs::set_permissions(place.path().join("logs/app.log"), PermissionsExt::from_mode(0o644)).unwrap();
    let report = json(place.run(&["scan", "logs", "--format", "json", "--key-file", "key"], b"").ends(0));
    assert_eq!((&report["files"], &report["lines"], &report["grade"]), (&2.into(), &13.into(), &"F".into()));
    let taken: f64 = report["penalties"].as_array().unwrap().iter().map(|part| part["penalty"].as_f64().unwrap()).sum();
    assert_eq!(report["score"].as_f64(), Some((100.0 - taken).round().clamp(0.0, 49.0)));
    let all = findings(&report);
    assert_eq!(all.len(), 6, "{report:#}");
    for (value, line) in canaries() {
        let at = line.find(&value).unwrap() as u64;
        let number = canaries().iter().position(|(v, _)| *v == value).unwrap() as u64 + 1;
        let found = all.iter().find(|f| f["line"] == number).unwrap();
        assert_eq!((&found["column"], &found["byteLength"]), (&(at + 1).into(), &value.len().into()), "{found:#}");
        assert_eq!((&found["count"], &found["file"]), (&2.into(), &"logs/app.log".into()));
        assert_eq!(found["fingerprint"].as_str().unwrap().len(), 32);
        assert!(!found["remediation"].as_str().unwrap().is_empty());
        let has = |cwe: u32| found["cwe"].as_array().unwrap().contains(&cwe.into());
        assert!(has(532) && has(312) && has(538), "{found:#}");
        assert_eq!((has(215), has(598), has(209)), (number == 2, number == 3, number == 4), "{found:#}");
        assert_eq!((has(359), has(522)), (matches!(number, 4 | 5), !matches!(number, 4 | 5)), "{found:#}");
    }
    let by_line = |n: u64| all.iter().find(|f| f["line"] == n).unwrap();
    assert_eq!(
        (&by_line(3)["first"], &by_line(2)["preview"]),
        (&"2026-11-25T09:16:03Z".into(), &"password=[...]".into())
    );
    // The line without a time belongs to the one before it.
    assert_eq!(by_line(4)["first"], "2026-11-25T09:16:03Z");
    // Who has the key has the same fingerprints, and nobody else.
    let prints = |args: &[&str]| {
        findings(&json(&place.run(args, b""))).iter().map(|f| f["fingerprint"].to_string()).collect::<Vec<_>>()
    };
    let keyed = prints(&["scan", "logs", "--format", "json", "--key-file", "key", "--threads", "1"]);
    assert_eq!(keyed, all.iter().map(|f| f["fingerprint"].to_string()).collect::<Vec<_>>());
    assert_ne!(prints(&["scan", "logs", "--format", "json"]), prints(&["scan", "logs", "--format", "json"]));
}

#[test]
fn gates_and_their_exit_codes() {
    let place = Place::new();
    place.file("clean.log", "nothing\n");
    place.file("mail.log", "to ada@example.com\n");
    place.file("key", KEY);
    let cases: &[(&[&str], i32, &str)] = &[
        (&["clean.log", "--fail-under", "100", "--fail-on", "low"], 0, ""),
        (&["mail.log"], 0, ""),
        (&["mail.log", "--fail-under", "95"], 0, ""),
        (&["mail.log", "--fail-under", "96"], 1, "--fail-under fails: the score is 95, 96 is asked for"),
        (&["mail.log", "--fail-on", "high"], 0, ""),
        (&["mail.log", "--fail-on", "medium"], 1, "--fail-on fails: 1 findings"),
        (&["mail.log", "--fail-under", "101"], 2, "--fail-under: the value is a whole number from 0 to 100"),
        (&["mail.log", "--fail-on", "bad"], 2, "--fail-on: severity"),
        (&["mail.log", "--format", "pdf"], 2, "--format: \"pdf\" is none of text, json"),
        (&["mail.log", "--max-new", "1"], 2, "--baseline"),
        (&["mail.log", "--baseline", "clean.log"], 2, "a key is needed"),
        (&["mail.log", "--baseline", "clean.log", "--key-file", "key"], 78, "--baseline: clean.log: is no report"),
        (&["mail.log", "--key-file", "clean.log"], 78, "--key-file: clean.log: the key has 7 bytes"),
        (&["mail.log", "-o", "report"], 2, "its ending says no form"),
        (&["mail.log", "-o", "mail.log", "--format", "text"], 2, "mail.log is an input as well"),
        (&["mail.log", "-o", "no/where.json"], 74, "no/where.json: No such file"),
        // Fail closed: what could not be looked at is worse than a gate.
        (&["missing.log", "mail.log", "--fail-under", "96"], 3, "missing.log: No such file"),
        (&["empty", "--fail-under", "96"], 3, "no file was found"),
    ];
    std::fs::create_dir(place.path().join("empty")).unwrap();
    for (args, code, says) in cases {
        place.run(&[&["scan"], *args].concat(), b"").ends(*code).says(says);
    }
    assert_eq!(std::fs::read(place.path().join("mail.log")).unwrap(), b"to ada@example.com\n");
}

#[test]
fn a_baseline_knows_what_was_there() {
    let place = Place::new();
    place.file("key", KEY);
    place.file("a.log", "to ada@example.com\n");
    let scan = |args: &[&str]| place.run(&[&["scan", "--key-file", "key"], args].concat(), b"");
    scan(&["a.log", "-o", "known.json"]).ends(0).says("inkout: score 95 of 100, grade A: 1 finding in 1 file, 1 line");
    let gate = ["--baseline", "known.json"];
    scan(&[&["a.log"][..], &gate].concat()).ends(0);
    // Logs move on: the same value in another file is known, another value is not.
    place.file("a.log.1", "x\nto ada@example.com\n");
    scan(&[&["a.log.1"][..], &gate].concat()).ends(0);
    place.file("a.log", "to ada@example.com\nto bob@example.com\n");
    scan(&[&["a.log"][..], &gate].concat()).ends(1).says("--max-new fails: 1 values are not in the baseline");
    scan(&[&["a.log", "--max-new", "1"][..], &gate].concat()).ends(0);
    place.file("other", "another key of 16 bytes and more");
    place
        .run(&["scan", "a.log", "--key-file", "other", "--baseline", "known.json"], b"")
        .ends(78)
        .says("was made with another key");
    let mut command = place.command(&["scan", "a.log.1", "--baseline", "known.json"]);
    crate::run::ended(command.env("INKOUT_KEY", KEY).output().unwrap()).ends(0);
}

#[test]
fn what_cannot_be_scanned_is_named_and_the_rest_is() {
    let place = Place::new();
    let gz = |text: &str| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(text.as_bytes()).unwrap();
        out.finish().unwrap()
    };
    let text = format!("one\nkey {SECRET}\n");
    let packed = gz(&text.repeat(1000));
    place.file("logs/a.log", &text);
    // By content, not by name; members one after another.
    place.file("logs/b.log", [gz(&text), gz("three\n")].concat());
    place.file("logs/torn.gz", &packed[..packed.len() / 2]);
    place.file("logs/wide.log", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    place.file("logs/x.zip", b"PK\x03\x04zipped");
    place.file("logs/picture.log", b"\x89PNG\r\n\x1a\n");
    place.file("logs/.git/config", &text);
    place.file("logs/ignored/c.log", &text);
    place.file("logs/.inkoutignore", "ignored/\n");
    let ran = place.run(&["scan", "logs", "--format", "json"], b"");
    ran.ends(3)
        .says("inkout: logs/torn.gz: ends in the middle")
        .says("wide.log: the text is UTF-16LE")
        .says("x.zip: is a zip archive");
    let report = json(&ran);
    let places: Vec<String> = findings(&report)
        .iter()
        .map(|f| format!("{}:{}:{} {}", f["file"], f["line"], f["column"], f["count"]))
        .collect();
    assert!(
        places.contains(&"\"logs/a.log\":2:5 1".to_owned()) && places.contains(&"\"logs/b.log\":2:5 1".to_owned()),
        "{places:?}"
    );
    assert!(places.iter().all(|p| ["a.log", "b.log", "torn.gz"].iter().any(|f| p.contains(f))), "{places:?}");
    assert_eq!(report["leftOut"][0]["file"], "logs/picture.log");
    place.run(&["scan", "logs", "--exclude", "*.gz", "--exclude", "wide.log", "--exclude", "x.zip"], b"").ends(0);
    place.run(&["scan", "logs", "--glob", "a.log", "--no-ignore"], b"").ends(0);
}

#[test]
fn only_files_of_an_age() {
    let place = Place::new();
    place.file("logs/new.log", "password=hunter2-canary\n");
    let old = place.file("logs/old.log", "password=hunter2-canary\n");
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs(90_000);
    std::fs::File::options().write(true).open(old).unwrap().set_modified(then).unwrap();
    for (age, file) in [("--older-than=1d", "logs/old.log"), ("--newer-than=1d", "logs/new.log")] {
        let report = json(place.run(&["scan", "logs", "--format", "json", age], b"").ends(0));
        assert_eq!((&report["files"], &findings(&report)[0]["file"]), (&1.into(), &file.into()), "{age}");
    }
    place.run(&["scan", "logs", "--older-than=soon"], b"").ends(2).says("such as 7d");
}

#[test]
fn on_a_terminal_it_shows_how_far_it_is() {
    let place = Place::new();
    for i in 0..30 {
        place.file(&format!("logs/{i}.log"), "password=hunter2-canary\n".repeat(2000));
    }
    if place.shell("script -qec true /dev/null").code != Some(0) {
        println!("SKIPPED: script is not installed");
        return;
    }
    for verb in ["scan -o r.json", "clean"] {
        let shown = place.shell(&format!("script -qec \"$INKOUT {verb} logs\" /dev/null")).out;
        let shown = String::from_utf8(shown).unwrap();
        assert!(shown.contains("/30 files, ") && shown.contains(" left, "), "{verb}: {shown}");
    }
    let ran = place.run(&["scan", "logs", "-o", "r.json"], b"");
    assert!(!ran.err.contains("/30 files"), "{}", ran.err);
}

#[test]
fn archives_are_looked_into_file_by_file() {
    let place = Place::new();
    place.file("in/a.log", format!("one\nkey {SECRET}\n"));
    place.file("in/app.py", format!("KEY = '{SECRET}'\n"));
    place.file("in/b.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03");
    place.file("in/c.png", b"\x89PNG\r\n\x1a\n");
    place.shell("mkdir logs; tar -C in -czf logs/x.tgz a.log app.py b.gz c.png").ends(0);
    let ran = place.run(&["scan", "logs", "--archives", "--format", "json"], b"");
    ran.ends(3).says("logs/x.tgz!b.gz: is packed by itself");
    let report = json(&ran);
    let places: Vec<String> = findings(&report).iter().map(|f| format!("{}:{}", f["file"], f["line"])).collect();
    assert!(places.contains(&"\"logs/x.tgz!a.log\":2".to_owned()), "{places:?}");
    assert!(places.contains(&"\"logs/x.tgz!app.py\":1".to_owned()), "{places:?}");
    assert_eq!(report["leftOut"][0]["file"], "logs/x.tgz!c.png");
    // Without it the archive is one text.
    let ran = place.run(&["scan", "logs", "--format", "json"], b"");
    ran.ends(0);
    assert!(findings(&json(&ran)).iter().all(|f| f["file"] == "logs/x.tgz"));
    let whole = std::fs::read(place.path().join("logs/x.tgz")).unwrap();
    place.file("logs/x.tgz", &whole[..whole.len() - 20]);
    place.run(&["scan", "logs", "--archives"], b"").ends(3).says("logs/x.tgz: ends in the middle");
}

#[test]
fn bombs_are_bounded() {
    let place = Place::new();
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    (0..80).for_each(|_| out.write_all(&vec![b'\n'; 1 << 20]).unwrap());
    place.file("bomb.gz", out.finish().unwrap());
    place.run(&["scan", "bomb.gz", "--max-ratio", "10"], b"").ends(3).says("unpacks to more than 10 times its size");
}

#[test]
fn several_reports_at_once_and_none_of_them_scanned() {
    let place = Place::new();
    logs(&place);
    let files =
        ["r.txt", "r.json", "r.ndjson", "r.sarif", "r.xml", "r.md", "r.html"].map(|name| format!("logs/{name}"));
    let outputs: Vec<&str> = files.iter().flat_map(|file| ["-o", file]).collect();
    let args = [&["scan", "logs"][..], &outputs].concat();
    for _ in 0..2 {
        place.run(&args, b"").is(0, b"").says("grade F");
        let report: Value = serde_json::from_slice(&std::fs::read(place.path().join(&files[1])).unwrap()).unwrap();
        assert_eq!((&report["files"], &report["findingsCount"]), (&2.into(), &6.into()));
        let mode = std::fs::metadata(place.path().join(&files[6])).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn threads_change_nothing() {
    let place = Place::new();
    place.file("key", KEY);
    for n in 0..120 {
        place.file(
            &format!("logs/{}/{n}.log", n % 7),
            format!("user{n}@example.com\npassword=p-{}-word\n", n % 50).repeat(n % 5),
        );
    }
    let large: String = (0..60_000).map(|n| format!("2026-11-25T09:14:03Z to u{}@example.com\n", n % 3000)).collect();
    place.file("logs/large.log", &large);
    let args = ["scan", "logs", "-", "--format", "json", "--key-file", "key", "--threads"];
    let scan = |threads| place.run(&[&args[..], &[threads]].concat(), large.as_bytes());
    let one = scan("1");
    assert_eq!(json(&one)["unlistedOccurrences"].as_u64().map(|n| n > 30_000), Some(true));
    for threads in ["2", "5"] {
        assert!(scan(threads).out == one.out, "{threads} threads");
    }
}

#[test]
fn standard_input_and_odd_names() {
    let place = Place::new();
    let report = json(place.run(&["scan", "--format", "json"], format!("x\n {SECRET}").as_bytes()).ends(0));
    let found = &findings(&report)[0];
    assert_eq!((&found["file"], &found["line"], &found["column"]), (&"-".into(), &2.into(), &2.into()));
    assert!(!found["cwe"].as_array().unwrap().contains(&312.into()), "a stream is not stored");
    place.file("-rf", format!("{SECRET}\n"));
    place.file("a\nb", format!("{SECRET}\n"));
    let text = place.run(&["scan", "--", "-rf", "a\nb"], b"");
    let out = String::from_utf8(text.ends(0).out.clone()).unwrap();
    assert!(out.contains("-rf:1:1") && out.contains("a\\nb:1:1"), "{out}");
    let source = place.file("app.py", format!("KEY = '{SECRET}'\n"));
    std::fs::set_permissions(source, PermissionsExt::from_mode(0o644)).unwrap();
    let report = json(&place.run(&["scan", "app.py", "--format", "json"], b""));
    assert_eq!(findings(&report)[0]["cwe"][0], 540);
}

#[test]
fn what_is_not_honoured_is_told_whatever_is_done() {
    let place = Place::new();
    logs(&place);
    place.file("leaks.toml", "surprise = 1\n[[rules]]\nid = 'x'\nregex = 'never-[0-9]{9}'\n");
    let options = ["--gitleaks", "leaks.toml"];
    for verb in [&["scan", "logs"][..], &["clean", "--dry-run", "logs"], &["explain", "x"]] {
        place.run(&[verb, &options].concat(), b"").says("`surprise` is not honoured");
    }
}

/// What the action's steps that follow are told, and its exit code.
#[test]
fn the_action_passes_on_what_came_out() {
    let place = Place::new();
    logs(&place);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/github-action/scan");
    let program = Path::new(env!("CARGO_BIN_EXE_inkout")).parent().unwrap();
    let run = |paths: &str, under: &str| {
        let mut command = place.bare("bash", &[script.to_str().unwrap()]);
        let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
        let inputs = [("PATHS", paths), ("EXCLUDE", "quiet.*\n"), ("FAIL_UNDER", under), ("MAX_NEW", "0")];
        let empty = ["FAIL_ON", "BASELINE", "INKOUT_KEY"].map(|name| (name, ""));
        let files =
            [("GITHUB_OUTPUT", "out"), ("GITHUB_STEP_SUMMARY", "summary"), ("RUNNER_TEMP", "temp"), ("PATH", &path)];
        command.envs(inputs).envs(empty).envs(files).env("INKOUT_PROFILE", "secrets");
        crate::run::ended(command.output().unwrap())
    };
    let ran = run("logs\n", "75");
    ran.ends(1).says("--fail-under fails");
    let out = std::fs::read_to_string(place.path().join("out")).unwrap();
    let rest = out.strip_prefix("score=").unwrap().trim_start_matches(|c: char| c.is_ascii_digit());
    assert_eq!(rest, "\ngrade=F\nfindings-count=4\nreport=temp/inkout-report/report.html\n");
    assert!(std::fs::read_to_string(place.path().join("summary")).unwrap().starts_with("## inkout: "));
    assert!(String::from_utf8(ran.out).unwrap().contains("::error file=logs/app.log,line=1,"));
    run("logs\nmissing", "0").ends(3);
    run("logs", "x").ends(2);
}

/// `tests/setup` installs the checker. The schema is OASIS's, as the crate serde-sarif has it.
#[test]
fn sarif_is_valid() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), Into::into);
    let python = target.join("seed-venv/bin/python");
    let there =
        Command::new(&python).args(["-c", "import jsonschema"]).output().is_ok_and(|output| output.status.success());
    if !there {
        assert!(std::env::var_os("CI").is_none(), "tests/setup has not installed jsonschema");
        eprintln!("SKIPPED: the SARIF schema is checked with jsonschema, which tests/setup installs");
        return;
    }
    let place = Place::new();
    logs(&place);
    place.file("logs/x y.zip", b"PK\x03\x04zipped");
    place
        .file("many/a.log", (0..9000).map(|n| format!("u{n}@example.com p{n}:password=w-{n}-w\n")).collect::<String>());
    let check = "import json, sys, jsonschema\n\
        schema = json.load(open(sys.argv[1]))\n\
        log = json.load(open(sys.argv[2]))\n\
        run = log['runs'][0]\n\
        assert len(run['results']) <= 5000, len(run['results'])\n\
        assert len(run['tool']['driver']['rules']) <= 25000\n\
        assert all(len(r['properties']['tags']) <= 20 for r in run['tool']['driver']['rules'])\n\
        assert all(run['tool']['driver']['rules'][r['ruleIndex']]['id'] == r['ruleId'] for r in run['results'])\n\
        count = len(run['results'])\n\
        del run['results'][100:]\n\
        jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)\n\
        print(count)";
    for (folder, key) in [("logs", true), ("logs", false), ("many", true), ("empty", false)] {
        std::fs::create_dir_all(place.path().join("empty")).unwrap();
        let key = if key { &["--key-file", "key"][..] } else { &[] };
        place.run(&[&["scan", folder, "-o", "r.sarif"], key].concat(), b"");
        let schema = root.join("tests/program/sarif-schema-2.1.0.json");
        let output =
            Command::new(&python).args(["-c", check]).arg(schema).arg(place.path().join("r.sarif")).output().unwrap();
        let ran = crate::run::ended(output);
        ran.ends(0);
        let most = ran.out.trim_ascii() == b"4000";
        assert_eq!(most, folder == "many", "each of two rules lists 2,000");
    }
}
