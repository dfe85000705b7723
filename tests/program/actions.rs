//! Actions, keys, signed markers and secrets that a log names, through the built program.

use std::os::unix::fs::PermissionsExt;

use crate::run::{Place, SECRET, feed};

const KEY: &str = "a key of these tests, and of nothing else at all\n";
const MAIL: &str = "jo@example.com";

fn place() -> Place {
    let place = Place::new();
    let key = place.file("key", KEY);
    std::fs::set_permissions(key, std::fs::Permissions::from_mode(0o600)).unwrap();
    place
}

#[test]
fn flags_variables_and_the_file_say_what_becomes_of_hits() {
    let place = place();
    let text = format!("{MAIL} password=hunter2hunter\n");
    place.run(&["--action", "mask"], text.as_bytes()).is(0, b"***.com password=***nter\n");
    place.run(&["--action", "mask,email=replace"], text.as_bytes()).is(0, b"[REDACTED] password=***nter\n");
    place.file("etc/c.toml", "action = [\"email=off\", \"drop-line\"]\nmark-key = \"k1=../key\"\n");
    place.run(&["--config", "etc/c.toml"], text.as_bytes()).is(0, b"");
    place
        .run(&["--config", "etc/c.toml", "--action", "named-value=label"], text.as_bytes())
        .is(0, format!("{MAIL} password=[REDACTED:named-value]\n").as_bytes());
    let mut command = place.command(&["--action", "named-value=replace"]);
    command.env("INKOUT_ACTION", "named-value=off,email=label");
    feed(command, text.as_bytes()).is(0, b"[REDACTED:email] password=[REDACTED]\n");
    let shown = place.run(&["config", "show", "--config", "etc/c.toml"], b"");
    let shown = String::from_utf8(shown.ends(0).out.clone()).unwrap();
    assert!(shown.contains("action = [\"email=off\", \"drop-line\"]\nmark-key = [\"k1=etc/../key\"]\n"), "{shown}");
    place.run(&["--min-confidence", "high"], text.as_bytes()).is(0, b"[REDACTED] password=hunter2hunter\n");
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_no_key_is() {
    let place = place();
    place.file("open", KEY);
    std::fs::set_permissions(place.path().join("open"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let short = place.file("short", "zq-short");
    std::fs::set_permissions(short, std::fs::Permissions::from_mode(0o600)).unwrap();
    let args = ["--action=email=hide", "--mark-key=zq-key", "--min-confidence=sure", "--sign=perhaps"];
    let ran = place.run(&args, b"");
    ran.is(2, b"").says("--action: \"hide\" is none of replace").says("--mark-key: a key is ID=FILE");
    ran.says("--min-confidence: \"sure\" is none of low").says("--sign: \"perhaps\"");
    assert!(!ran.err.contains("zq-"), "{}", ran.err);
    let ran = place.run(&["--mark-key", "k1=open,k2=short,k3=none,k4=env:NO_SUCH"], b"");
    ran.is(78, b"")
        .says("open: its group or others may read")
        .says("key k2: it has 8 bytes")
        .says("none: No such file");
    ran.says("there is no variable NO_SUCH");
    let args = ["--action", "emial=mask,payment-card=pseudonym,ssn=pseudonym:force", "--sign"];
    let ran = place.run(&args, b"");
    ran.is(78, b"").says("action: no rule or group is called \"emial\"; did you mean \"email\"?");
    ran.says("action: payment-card=pseudonym: there are so few").says("sign: it needs a key");
    ran.says("action: pseudonyms need a key: give mark-key");
    place.run(&["--action", "off"], b"").is(78, b"").says("no rule is on");
    let ran = place.run(&["run", "--mark-key", "k1=env:HOME", "--", "true"], b"");
    ran.is(78, b"").says("COMMAND would have the variable HOME too");
}

#[test]
fn signed_markers_are_told_from_written_ones() {
    let place = place();
    let mut text = format!("{MAIL} {SECRET}\nx\n");
    let ran = place.run(&["--sign", "--mark-key", "k1=key"], text.as_bytes());
    let signed = String::from_utf8(ran.ends(0).out.clone()).unwrap();
    assert!(signed.starts_with("[REDACTED:email:"), "{signed}");
    let again = place.run(&["--sign", "--mark-key", "k1=key"], signed.as_bytes());
    again.is(0, signed.as_bytes());
    let verify = ["verify-marks", "--mark-key", "k1=key"];
    place.run(&verify, signed.as_bytes()).is(0, b"-: 2 markers are ours, 0 are not signed, 0 are forged\n");
    text = format!("{signed}y [REDACTED:email:00000000]\n  [REDACTED]");
    place.run(&verify, text.as_bytes()).is(
        1,
        b"-:3:3: forged, or signed with another key\n-:4:3: not signed\n\
          -: 2 markers are ours, 1 are not signed, 1 are forged\n",
    );
    let mut command = place.command(&["verify-marks", "--mark-key", "k2=env:OTHER", "--mark-key", "k1=env:MINE"]);
    command.env("OTHER", KEY.repeat(2)).env("MINE", KEY);
    feed(command, signed.as_bytes()).is(0, b"-: 2 markers are ours, 0 are not signed, 0 are forged\n");
    place.run(&["verify-marks"], b"").is(78, b"").says("it needs the key");
    place.run(&["verify-marks", "--mark-key", "k1=key", "none"], b"").ends(1).says("none: No such file");
}

#[test]
fn a_log_names_its_secrets_at_one_and_many_threads() {
    let place = place();
    let value = "q9/one+x";
    let filler = "nothing to see on this line of the log\n".repeat(20_000);
    let text = format!("{filler}{value}\n::add-mask::{value}\n{filler}a {value} q9%2Fone%2Bx\n{filler}{value}\n");
    let want =
        format!("{filler}{value}\n::add-mask::[REDACTED]\n{filler}a [REDACTED] [REDACTED]\n{filler}[REDACTED]\n");
    place.file("in.log", &text);
    for threads in ["1", "2", "4"] {
        place.run(&["--add-mask", "--threads", threads], text.as_bytes()).is(0, want.as_bytes());
        place.run(&["--add-mask", "--threads", threads, "in.log"], b"").is(0, want.as_bytes());
    }
    place.run(&["--threads", "2"], text.as_bytes()).is(0, text.as_bytes());
    place.run(&["clean", "--add-mask", "in.log"], b"").ends(0);
    assert!(std::fs::read(place.path().join("in.log")).unwrap() == want.as_bytes());
    let script = "echo ::add-mask::q9/one+x; echo a q9/one+x";
    place.run(&["run", "--add-mask", "--", "sh", "-c", script], b"").is(0, b"::add-mask::[REDACTED]\na [REDACTED]\n");
}

/// Whatever the action, the same comes out with one thread and several, of files cleaned in place and of a program; and
/// scan finds the same.
#[test]
fn every_path_gives_the_same() {
    let place = place();
    let line =
        format!("user {MAIL} card 4111 1111 1111 1111 x\nplain line number two of the log\npassword=hunter2hunter\n");
    let text = line.repeat(8_000);
    for action in ["mask:2", "label", "pseudonym", "email=pseudonym,named-value=drop-line,payment-card=mask"] {
        let all = ["--action", action, "--mark-key", "k1=key"];
        let with = |more: &[&'static str]| [more, &all].concat();
        let want = place.run(&with(&["--threads", "1"]), text.as_bytes()).ends(0).out.clone();
        assert!(!want.windows(4).any(|w| w == b"nter") || action == "mask:2");
        place.run(&with(&["--threads", "3"]), text.as_bytes()).is(0, &want);
        place.file("in.log", &text);
        place.run(&[&["run"][..], &all, &["--", "cat", "in.log"]].concat(), b"").is(0, &want);
        let counts = |args: &[&str]| String::from_utf8(place.run(args, b"").out.clone()).unwrap();
        assert_eq!(
            counts(&with(&["scan", "--format", "github", "in.log"])),
            counts(&["scan", "--format", "github", "in.log"])
        );
        place.run(&with(&["clean", "in.log"]), b"").ends(0);
        assert!(std::fs::read(place.path().join("in.log")).unwrap() == want, "clean: {action}");
        place.run(&with(&["clean", "in.log"]), b"").ends(0).says("untouched");
    }
}

#[test]
fn agents_that_wait_get_an_answer_for_a_line_that_goes() {
    let place = place();
    let text = format!("a {MAIL}\nnothing\n");
    let args = ["plugin", "rsyslog-mmexternal", "--mark", "--action", "drop-line"];
    place
        .run(&args, text.as_bytes())
        .is(0, b"{\"msg\":\"[REDACTED: line dropped]\",\"$!\":{\"inkout\":1}}\n{\"$!\":{\"inkout\":0}}\n");
    // A record of two fields: {"m": "a jo@example.com", "n": "b"}.
    let record = [b"\x82\xa1m\xb0a ", MAIL.as_bytes(), b"\xa1n\xa1b"].concat();
    let gone = [&b"\xb8"[..], b"[REDACTED: line dropped]"].concat();
    let args = ["plugin", "fluentd-exec-filter", "--format", "msgpack"];
    // Names are values too: what is not known to be clean does not come back.
    let ran = place.run(&[&args[..], &["--action", "drop-line"]].concat(), &record);
    let shown = ran.ends(0).out.clone();
    assert!(shown.windows(gone.len()).any(|w| w == gone) && !shown.windows(3).any(|w| w == b"jo@"));
    let masked = [&b"\x82\xa1m\xa9a ***.com\xa1n\xa1b"[..]].concat();
    place.run(&[&args[..], &["--action", "mask"]].concat(), &record).is(0, &masked);
}
