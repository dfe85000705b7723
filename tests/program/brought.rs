//! What people bring: rule files of other programs, lists of literals, values to let pass; and `inkout explain`.

use crate::run::{Place, SECRET};

const LEAKS: &str = r#"
[extend]
path = "base.toml"
[allowlist]
stopwords = ["harmless"]
[[rules]]
id = "frob-token"
description = "Token of Frob"
regex = '''\bfrob-([a-z0-9]{12})\b'''
keywords = ["frob-"]
entropy = 2
validate = "http.get(x)"
[[rules]]
id = "looks-back"
regex = '''(?<=a)b'''
"#;

const BASE: &str = "[[rules]]\nid = \"knack\"\nregex = '''knack=(\\S{4,})'''\nkeywords = [\"knack\"]\n";

fn place() -> Place {
    let place = Place::new();
    place.file("leaks.toml", LEAKS);
    place.file("base.toml", BASE);
    place
}

#[test]
fn rules_of_other_programs_are_taken_as_they_are() {
    let place = place();
    let text = "frob-a1b2c3d4e5f6 frob-aaaaaaaaaaaa frob-harmless0123 knack=abcd1\nknack=[REDACTED]\n";
    let clean = "frob-[REDACTED] frob-aaaaaaaaaaaa frob-harmless0123 knack=[REDACTED]\nknack=[REDACTED]\n";
    let ran = place.run(&["--gitleaks", "leaks.toml"], text.as_bytes());
    ran.is(0, clean.as_bytes());
    for want in ["leaks.toml: `validate` is not honoured", "frob-token (line 6)", "left out: pattern: look-around"] {
        ran.says(want);
    }
    let ran = place.run(&["--gitleaks", "leaks.toml", "--label", "--disable", "leaks:knack"], text.as_bytes());
    let out = String::from_utf8(ran.out).unwrap();
    assert!(out.starts_with("frob-[REDACTED:leaks:frob-token] frob-a") && out.contains("knack=abcd1"), "{out}");
}

#[test]
fn rules_of_other_programs_are_listed_with_what_is_not_honoured() {
    let place = place();
    let ran = place.run(&["rules", "list", "--format", "json", "--gitleaks", "leaks.toml"], b"");
    let all: serde_json::Value = serde_json::from_slice(&ran.out).unwrap();
    let find = |id: &str| all.as_array().unwrap().iter().find(|rule| rule["id"] == id).unwrap().clone();
    assert!(find("leaks:frob-token")["not_honoured"][0].as_str().unwrap().contains("validate"));
    assert_eq!(find("leaks:knack")["group"], "leaks");
    let ran = place.run(&["rules", "test", "leaks.toml"], b"");
    let out = String::from_utf8(ran.out).unwrap();
    assert!(out.contains("leaks:frob-token: ") && out.contains("\"frob-\""), "{out}");
}

#[test]
fn rules_that_are_too_large_are_refused_with_their_place() {
    let place = place();
    place.file(
        "big.toml",
        "[[rules]]\nid = 'b'\nregex = '''a((b{1000}){900}){900}'''\n[[rules]]\nid = 'n'\nregex = 'a*'\n",
    );
    let ran = place.run(&["--gitleaks", "big.toml"], b"x");
    ran.is(78, b"").says("big.toml:1: rule b: regex: about").says("big.toml:4: rule n: regex: it can match nothing");
    place.run(&["--gitleaks", "none.toml"], b"x").is(78, b"").says("gitleaks: none.toml: ");
}

#[test]
fn lists_of_literals_go() {
    let place = Place::new();
    let list: String = (0..10_000).map(|i| format!("Project {:x} Zephyr\n", i * 7919)).collect();
    place.file("names.txt", list);
    let text = "on Project 1eef Zephyr and Project 1eee Zephyr, Project 0 Zephyrs\n";
    let clean = "on [REDACTED] and Project 1eee Zephyr, [REDACTED]s\n";
    place.run(&["--literals", "names.txt"], text.as_bytes()).is(0, clean.as_bytes()).is_quiet();
    place.file("short.txt", "abc\n");
    let ran = place.run(&["--literals", "short.txt"], b"x");
    ran.is(78, b"").says("short.txt:1: the literal has less than 4 bytes");
    assert!(!ran.err.contains("abc"), "{}", ran.err);
}

#[test]
fn values_are_let_pass_and_counted() {
    let place = Place::new();
    let other = SECRET.replace("00", "ff");
    place.file(
        "inkout.toml",
        format!(
            "[[allow]]\nliteral = \"{SECRET}\"\nrules = [\"test-key\"]\ncomment = \"of the manual\"\n\
             [[allow]]\nregex = \"zq_ff.*\"\nexpires = \"2001-01-01\"\n\
             [[allow]]\nregex = \"zq_1+\"\nexpires = 2999-12-31\n"
        ),
    );
    let text = format!("{SECRET} {other} zq_1111111111111111\n");
    let ran = place.run(&["--stats"], text.as_bytes());
    ran.is(0, format!("{SECRET} [REDACTED] zq_1111111111111111\n").as_bytes());
    ran.says("1  allowed by inkout.toml:1 (of the manual)").says("1  allowed by inkout.toml:8");
    ran.says("inkout.toml:5: allow: it expired on 2001-01-01");
    let shown = place.run(&["config", "show"], b"");
    place.file("again.toml", &shown.out);
    let again = place.run(&["config", "show", "--config", "again.toml"], b"");
    let allow = |out: &[u8]| std::str::from_utf8(out).unwrap().split_once("[[allow]]").unwrap().1.to_owned();
    assert_eq!(allow(&again.out), allow(&shown.out));
    for (odd, says) in [
        ("[[allow]]\nliteral = \"a\"\nregex = \"b\"", "inkout.toml:1: allow: it needs a literal or a regex"),
        ("[[allow]]\nregex = \"(\"", "inkout.toml:1: allow: pattern: "),
        ("[[allow]]\nliteral = \"a\"\nrules = [\"tset-key\"]", "no rule or group is called \"tset-key\""),
        ("[[allow]]\nliteral = \"a\"\nexpires = \"soon\"", "expires is a day such as"),
        ("[[allow]]\nlitteral = \"a\"", "did you mean \"literal\"?"),
    ] {
        place.file("inkout.toml", odd);
        place.run(&[], b"x").is(78, b"").says(says);
    }
}

#[test]
fn a_line_is_explained_without_its_secret() {
    let place = place();
    let line = format!("see {SECRET} and x{SECRET} and zq_12");
    let ran = place.run(&["explain", &line], b"");
    ran.ends(0).is_quiet();
    let out = String::from_utf8(ran.out).unwrap();
    assert!(out.starts_with("see zq_***cdd and ") && out.contains("hit  column 5    test-key: 19 bytes"), "{out}");
    let ran = place.run(&["explain", "--gitleaks", "leaks.toml"], b"zq_123456789-not-hex\nfrob-aaaaaaaaaaaa\nplain\n");
    let out = String::from_utf8(ran.out).unwrap();
    for want in [
        "test-key: its sign stands here, but its pattern does not match",
        "leaks:frob-token: its own allowlist, filter or entropy lets it pass",
        "plain\n  no rule saw a sign of anything",
    ] {
        assert!(out.contains(want), "{want}: {out}");
    }
    place.file("inkout.toml", format!("[[allow]]\nliteral = \"{SECRET}\""));
    let out = String::from_utf8(place.run(&["explain", SECRET], b"").out).unwrap();
    assert!(out.contains("pass column 1    test-key: 19 bytes, allowed by inkout.toml:1"), "{out}");
}
