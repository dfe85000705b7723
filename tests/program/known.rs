//! Known secrets out of variables and files, with the real environment of a process.

use crate::run::{Place, feed, piped};

const TOKEN: &str = "zq/Tok3n+with$igns";

#[test]
fn variables_are_named_by_globs() {
    let place = Place::new();
    let run = |args: &[&str], want: &str| {
        let mut command = place.command(args);
        command.env("APP_TOKEN", TOKEN).env("OTHER_SECRET", "q9-other-x").env("PLAIN", "q9-plain-x");
        // What the tests themselves run in is nobody's business here.
        command.env_remove("GITHUB_TOKEN").env_remove("CARGO_REGISTRY_TOKEN");
        let text = format!("{TOKEN} enEvVG9rM24rd2l0aCRpZ25z zq%2FTok3n%2Bwith%24igns q9-other-x q9-plain-x");
        let ran = feed(command, text.as_bytes());
        ran.is(0, want.as_bytes());
        ran
    };
    let encoded = "[REDACTED] [REDACTED] [REDACTED]";
    run(&["--secret-env", "APP_*"], &format!("{encoded} q9-other-x q9-plain-x")).is_quiet();
    run(&["--secret-env", "app_token", "--secret-env", "PLAI?"], &format!("{encoded} q9-other-x [REDACTED]"));
    run(&["--secret-env-defaults"], &format!("{encoded} [REDACTED] q9-plain-x"));
    let ran = run(&["--secret-env", "APP_TOKEN,NO_SUCH_*"], &format!("{encoded} q9-other-x q9-plain-x"));
    ran.says("inkout: secret-env: no variable is called \"NO_SUCH_*\"");
    place.file("inkout.toml", "secret-env = [\"APP_TOKEN\"]\nlabel = true\n");
    let labelled = encoded.replace("REDACTED", "REDACTED:known-secret");
    run(&[], &format!("{labelled} q9-other-x q9-plain-x"));
}

#[test]
fn variables_that_are_no_secrets_are_named_and_left() {
    let place = Place::new();
    let mut command = place.command(&["--secret-env", "T_*"]);
    command.env("T_WORD", "docker").env("T_SHORT", "q9x").env("T_NOTHING", "").env("T_GOOD", "q9-good-x");
    let ran = feed(command, b"docker q9x q9-good-x");
    ran.is(0, b"docker q9x [REDACTED]");
    ran.says("inkout: T_WORD: the value is a common word; it is not looked for").says("T_SHORT: ").says("T_NOTHING: ");
    assert!(!ran.err.contains("docker") && !ran.err.contains("q9"), "{}", ran.err);
}

#[test]
fn files_of_values() {
    let place = Place::new();
    place.file("lines", "q9-one-x\n\nq9-two-x\r\n");
    place.file(".env", "# mine\nexport A='q9-three-x'\nB=\"q9-four\\nq9-five\" # both\n");
    place.file("flat.json", "{\"a\": \"q9-six-x\", \"b\": 987650}");
    let args = ["--secret-file", "lines", "--secret-file", ".env", "--secret-file", "flat.json"];
    place
        .run(&args, b"q9-one-x q9-two-x q9-three-x q9-four q9-five q9-six-x 987650")
        .is(0, b"[REDACTED] [REDACTED] [REDACTED] [REDACTED] [REDACTED] [REDACTED] [REDACTED]");
    place.file("etc/c.toml", "secret-file = \"../lines\"");
    place.run(&["--config", "etc/c.toml"], b"q9-one-x").is(0, b"[REDACTED]");
}

#[test]
fn everything_that_is_wrong_in_a_file_is_told_at_once() {
    let place = Place::new();
    place.file("lines", "q9x\nq9-one-x\npassword\n");
    place.file("deep.json", "{\"a\": {\"q9-key\": \"q9-two-x\"}, \"b\": \"\"}");
    place.file("empty", "");
    let args =
        ["--secret-file", "lines", "--secret-file", "deep.json", "--secret-file", "none", "--secret-file", "empty"];
    let ran = place.run(&args, b"q9-one-x");
    ran.is(78, b"").says("inkout: secret-file: lines:1: the value is shorter than 6 bytes");
    ran.says("lines:3: the value is a common word").says("deep.json: \"a\": the value is no text");
    ran.says("secret-file: none: No such file").says("empty: it holds no value");
    assert!(!ran.err.contains("q9"), "{}", ran.err);
}

#[test]
fn counts_and_settings_show_names_alone() {
    let place = Place::new();
    let mut command = place.command(&["--secret-env", "APP_TOKEN", "--stats"]);
    command.env("APP_TOKEN", TOKEN);
    feed(command, TOKEN.as_bytes()).is(0, b"[REDACTED]").says("known-secret");
    let mut command = place.command(&["config", "show", "--secret-env", "APP_TOKEN", "--secret-env-defaults"]);
    command.env("APP_TOKEN", TOKEN);
    let ran = feed(command, b"");
    ran.ends(0);
    let shown = String::from_utf8(ran.out).unwrap();
    assert!(shown.contains("secret-env = [\"APP_TOKEN\"]\nsecret-env-defaults = true\nsecret-file = []"), "{shown}");
    assert!(!shown.contains("Tok3n"));
}

/// Not dumpable, so that no core file and no other process shows the values.
#[cfg(target_os = "linux")]
#[test]
fn a_process_that_knows_secrets_is_sealed() {
    use std::io::{Read, Write};
    let place = Place::new();
    let limit = |args: &[&str]| {
        let mut command = place.command(args);
        let mut child = piped(command.env("APP_TOKEN", TOKEN));
        // What comes back shows that the settings were read.
        child.stdin.as_mut().unwrap().write_all(b"a\n").unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0; 2]).unwrap();
        let limits = std::fs::read_to_string(format!("/proc/{}/limits", child.id())).unwrap();
        drop(child.stdin.take());
        child.wait().unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap().to_owned();
        core.split_ascii_whitespace().skip(4).take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(limit(&["--secret-env", "APP_TOKEN"]), ["0", "0"]);
}
