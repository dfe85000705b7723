//! Flags, variables and configuration files: which one counts, and what is said of a wrong one.

use crate::run::{Place, SECRET, feed};

/// A configuration file with one mistake: exit 78, nothing read, and a message with file, line and remedy.
#[track_caller]
fn bad(text: &str, says: &str) {
    let place = Place::new();
    place.file("c.toml", text);
    place.run(&["--config", "c.toml"], SECRET.as_bytes()).is(78, b"").says(says);
}

#[test]
fn wrong_configuration_files() {
    bad("profle = \"strict\"", "inkout: c.toml:1: unknown key \"profle\"; did you mean \"profile\"?");
    bad("\n\nthread = 2", "c.toml:3: unknown key \"thread\"; did you mean \"threads\"?");
    bad("block_size = 65536", "unknown key \"block_size\"; did you mean \"block-size\"?");
    bad("output = \"x\"", "unknown key \"output\"; known are profile, rules");
    bad("[inkout]\nprofile = \"strict\"", "unknown key \"inkout\"");
    bad("profile = \"all\"", "c.toml:1: profile: profile \"all\" is none of secrets, standard, strict");
    bad("profile = 3", "profile: the value is a text in quotes");
    bad("enable = [1]", "enable: the value is a text, a number, true, false or a list of texts");
    bad("enable = true", "enable: the value is a list of texts");
    bad("enable = [\"emial\"]", "enable: no rule or group is called \"emial\"; did you mean \"email\"?");
    bad("disable = [\"nothing-like-it\"]", "disable: no rule or group is called \"nothing-like-it\"");
    bad("marker = \"<x>\"", "could break the text around it");
    bad("marker = \"\"", "marker \"\": it has 1 to 64 characters");
    bad("label = \"perhaps\"", "label: \"perhaps\" is neither true nor false");
    bad("stats = \"xml\"", "stats: \"xml\" is none of text, json, off");
    bad("threads = 0", "threads: the value is a whole number from 1 to 256");
    bad("threads = 1.5", "threads: the value is a whole number from 1 to 256");
    bad("block-size = \"1G\"", "block-size: the value is a whole number from 4K to 64M");
    bad("grace = -1", "grace: the value is a number of seconds from 0 to 3600");
    bad("rules = [\"missing.toml\"]", "rules: missing.toml: No such file");
    bad("rules = [\"c.toml\"]", "c.toml:");
    bad("profile = strict", "c.toml:1: ");
    bad("profile = \"strict\"\nprofile = \"strict\"", "c.toml:2: ");
    bad("\u{1b}[31m = 1", "c.toml:1: ");
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let place = Place::new();
    place.run(&["--config", "none.toml"], b"").is(78, b"").says("none.toml: No such file");
    place.file("bad.toml", b"\xff");
    place.run(&["--config", "bad.toml"], b"").is(78, b"").says("bad.toml: ");
}

#[test]
fn wrong_flags() {
    let place = Place::new();
    let all = place.run(&["--threads=x", "--grace=y", "--profile=z", "--stats=w"], b"");
    all.is(2, b"").says("--threads: ").says("--grace: ").says("--profile: ").says("--stats: ");
    place.run(&["--no-such-flag"], b"").is(2, b"").says("--no-such-flag");
    place.run(&["-o", "x", "rules", "list"], b"").is(2, b"").says("take no FILE");
    place.run(&["--rules", "none.toml"], b"").is(78, b"").says("none.toml: No such file");
}

#[test]
fn the_nearest_setting_counts() {
    let place = Place::new();
    let shown = |text: &[u8]| text.escape_ascii().to_string();
    let check = |args: &[&str], variable: Option<&str>, marker: &str| {
        let mut command = place.command(args);
        command.envs(variable.map(|value| ("INKOUT_MARKER", value)));
        let ran = feed(command, SECRET.as_bytes());
        ran.ends(0);
        assert_eq!(shown(&ran.out), marker);
    };
    check(&[], None, "[REDACTED]");
    place.file(".config/inkout/config.toml", "marker = \"[home]\"");
    check(&[], None, "[home]");
    place.file("inkout.toml", "marker = \"[folder]\"");
    check(&[], None, "[folder]");
    place.file("c.toml", "marker = \"[named]\"");
    check(&["--config", "c.toml"], None, "[named]");
    check(&["--config", "c.toml"], Some("[variable]"), "[variable]");
    check(&["--config", "c.toml", "--marker=[flag]"], Some("[variable]"), "[flag]");
    check(&["--config", "c.toml"], Some(""), "[named]");
}

#[test]
fn rule_files_are_found_beside_the_configuration() {
    let place = Place::new();
    place
        .file("etc/more.toml", std::fs::read_to_string(place.path().join("rules.toml")).unwrap().replace("zq_", "zr_"));
    place.file("etc/c.toml", "rules = [\"more.toml\"]");
    let other = SECRET.replace("zq_", "zr_");
    // The later file's rule replaces the one of the same id.
    place.run(&["--config", "etc/c.toml"], other.as_bytes()).is(0, b"[REDACTED]");
}

#[test]
fn settings_are_checked_and_shown() {
    let place = Place::new();
    place.file("inkout.toml", "profile = \"strict\"\ngrace = 0.5\n");
    let ran = place.run(&["config", "check"], b"");
    ran.ends(0).is_quiet();
    assert!(ran.out.starts_with(b"inkout.toml: in order, "), "{}", ran.out.escape_ascii());
    let shown = place.run(&["config", "show", "--disable", "email"], b"");
    shown.ends(0).is_quiet();
    let table: toml::Table = String::from_utf8(shown.out.clone()).unwrap().parse().unwrap();
    assert_eq!(table["profile"].as_str(), Some("strict"));
    assert_eq!(table["marker"].as_str(), Some("[REDACTED]"));
    assert_eq!(table["grace"].as_float(), Some(0.5));
    assert_eq!(table["disable"].as_array().map(Vec::len), Some(1));
    // What is shown can be read again.
    place.file("again.toml", &shown.out);
    assert_eq!(place.run(&["config", "show", "--config", "again.toml"], b"").code, Some(0));
    place.file("inkout.toml", "profile = 1");
    place.run(&["config", "check"], b"").is(78, b"").says("inkout.toml:1: profile: ");
}

#[test]
fn root_obeys_no_file_that_others_may_write() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    place.file("c.toml", "profile = \"strict\"");
    place.run(&["--config", "c.toml"], SECRET.as_bytes()).is(0, b"[REDACTED]");
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED: only root is careful");
        return;
    }
    for (name, mode) in [("c.toml", 0o664), ("c.toml", 0o646), ("rules.toml", 0o666)] {
        let set = |mode| std::fs::set_permissions(place.path().join(name), PermissionsExt::from_mode(mode)).unwrap();
        set(mode);
        let ran = place.run(&["--config", "c.toml"], SECRET.as_bytes());
        ran.is(78, b"").says(name).says("others may write it, so root does not obey it; chmod go-w");
        set(0o644);
    }
}

#[test]
fn papers_are_made_from_the_definition() {
    let place = Place::new();
    let man = place.run(&["man"], b"");
    man.ends(0).is_quiet();
    let man = String::from_utf8(man.out).unwrap();
    assert!(man.contains(".TH inkout 1") && man.contains("block\\-size") && man.contains("Exit codes"), "{man}");
    for (verb, has) in [(&["clean"][..], "archives"), (&["scan"], "fail\\-under"), (&["rules", "list"], "format")] {
        let man = place.run(&[&["man"], verb].concat(), b"");
        man.ends(0).is_quiet();
        let man = String::from_utf8(man.out).unwrap();
        let name = format!("inkout-{}", verb.join("-"));
        assert!(man.contains(&format!(".TH {name} 1")) && man.contains(has) && man.contains("block\\-size"), "{man}");
    }
    place.run(&["man", "rules", "lost"], b"").is(2, b"").says("\"lost\" is no verb here; there are: list, show, test");
    for shell in ["bash", "zsh", "fish"] {
        let script = place.run(&["completions", shell], b"");
        script.ends(0).is_quiet();
        assert!(String::from_utf8(script.out).unwrap().contains("block-size"), "{shell}");
    }
    place.run(&["completions", "tcsh"], b"").is(2, b"").says("tcsh");
}

#[test]
fn rules_are_switched_by_name() {
    let place = Place::new();
    place.run(&["--disable", "test-key"], SECRET.as_bytes()).is(0, SECRET.as_bytes());
    place.run(&["--disable", "email,test"], SECRET.as_bytes()).is(0, SECRET.as_bytes());
    let off = std::fs::read_to_string(place.path().join("rules.toml")).unwrap() + "profile = \"off\"\n";
    place.file("rules.toml", off);
    place.run(&[], SECRET.as_bytes()).is(0, SECRET.as_bytes());
    place.run(&["--enable", "test-key"], SECRET.as_bytes()).is(0, b"[REDACTED]");
}

#[test]
fn help_has_examples_and_exit_codes() {
    let place = Place::new();
    let ran = place.run(&["--help"], b"");
    ran.ends(0).is_quiet();
    let help = String::from_utf8(ran.out).unwrap();
    for part in ["gunicorn app:app 2>&1 | inkout", "Exit codes:", "[default: 256K]", "INKOUT_PROFILE"] {
        assert!(help.contains(part), "{part:?} is not in: {help}");
    }
    place.run(&["--version"], b"").is(0, concat!("inkout ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
    place.shell("\"$INKOUT\" --help >/dev/full").ends(74);
}
