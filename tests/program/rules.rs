//! `inkout rules`.

use crate::run::Place;

#[test]
fn rules_are_listed() {
    let place = Place::new();
    let text = place.run(&["rules", "list", "--disable", "test-key"], b"");
    text.ends(0).is_quiet();
    let text = String::from_utf8(text.out).unwrap();
    let line = |id: &str| text.lines().find(|line| line.contains(id)).unwrap_or_else(|| panic!("{id}: {text}"));
    assert!(line(" email ").starts_with("on "));
    assert!(line(" test-key ").starts_with("off"));
    let json = place.run(&["rules", "list", "--format", "json"], b"");
    let all: serde_json::Value = serde_json::from_slice(&json.out).unwrap();
    let found = all.as_array().unwrap().iter().find(|rule| rule["id"] == "test-key").unwrap();
    assert_eq!((&found["on"], &found["severity"]), (&true.into(), &"low".into()));
    place.run(&["rules", "list", "--format", "xml"], b"").is(2, b"").says("none of text, json");
}

#[test]
fn one_rule_is_shown() {
    let place = Place::new();
    let ran = place.run(&["rules", "show", "test-key"], b"");
    ran.ends(0).is_quiet();
    let text = String::from_utf8(ran.out).unwrap();
    for part in ["Key for tests", "zq_[0-9a-f]{16}", "rules.toml:3", "near miss  zq_"] {
        assert!(text.contains(part), "{part:?} is not in: {text}");
    }
    place.run(&["rules", "show", "tset-key"], b"").is(2, b"").says("did you mean \"test-key\"?");
}

#[test]
fn rule_files_prove_themselves() {
    let place = Place::new();
    let ran = place.run(&["rules", "test", "rules.toml"], b"");
    ran.ends(0).is_quiet();
    let text = String::from_utf8(ran.out).unwrap();
    assert!(text.starts_with("rules.toml: 2 examples and near misses, all hold\n  test-key: "), "{text}");
    assert!(text.ends_with(" ns/KiB, token start: \"zq_\"\n"), "{text}");
    let good = std::fs::read_to_string(place.path().join("rules.toml")).unwrap();
    let check = |from: &str, to: &str, code: i32, says: &str| {
        place.file("other.toml", good.replace(from, to));
        place.run(&["rules", "test", "other.toml"], b"").ends(code).says(says);
    };
    let example = "other.toml:3: rule test-key: example 1: 4..23 should be redacted, but nothing is";
    check("{16}'\n", "{20}'\n", 1, example);
    check("{16}'\n", "{15,16}'\nboundary = \"left\"\n", 0, "");
    check("key «", "«key ", 1, "example 1: 0..23 should be redacted, but 4..23 is");
    check("zq_{{hex:4}}", "zq_{{hex:16}}", 1, "near miss 1: nothing should be redacted, but 0..19 is");
    check("examples = ['key «zq_{{hex:16}}» end']\n", "", 1, "it has no example");
    check("severity = \"low\"", "severity = \"huge\"", 78, "is none of low, medium");
    check("'zq_[", "'zq_([", 78, "other.toml:3: rule test-key: ");
    place.run(&["rules", "test", "none.toml"], b"").is(78, b"").says("none.toml: No such file");
}
