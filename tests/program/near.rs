//! Rules for values that have no form of their own, by the words that stand near them.

use crate::run::Place;

const RULES: &str = r#"group = "mine"

[[rule]]
id = "acme-key"
title = "Key of Acme"
severity = "high"
pattern = '[0-9a-f]{32}'
near = ["acme", "Frob Key"]
not_near = ["blk_", "commit"]
distance = 12
examples = ['acme key is «{{hex:32}}» ok', 'FROB KEY=«{{hex:32}}»']
near_misses = ['key is {{hex:32}}', 'acme of a long time ago: {{hex:32}}', 'acme commit {{hex:32}}', '{{hex:32}} acme']

[[rule]]
id = "plain-number"
title = "Number of a customer"
severity = "low"
pattern = 'K[0-9]{7}'
not_near = ["order"]
examples = ['of «K{{digit:7}}»']
near_misses = ['order K{{digit:7}}', 'K{{digit:7}} is an order']
"#;

fn place() -> Place {
    let place = Place::new();
    place.file("near.toml", RULES);
    place
}

#[test]
fn values_go_where_a_word_is_near() {
    let place = place();
    let value = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let line = |text: &str| text.replace('V', value);
    let text = line("Acme: V, acme-key V\nxacme1 V\nV acme\nacme            V\nacme             V\nacme commit V V\n")
        + &line("K1234567 frob key V V\norder K1234567\n");
    let hidden = |text: &str| text.replace('V', "[REDACTED]");
    let want = hidden("Acme: V, acme-key V\nxacme1 V\n")
        + &line("V acme\n")
        + &hidden("acme            V\n")
        + &line("acme             V\nacme commit V V\n")
        + &hidden("V frob key V ")
        + &line("V\norder K1234567\n");
    for threads in ["1", "4"] {
        for size in ["4K", "64K"] {
            let args = ["--rules", "near.toml", "--threads", threads, "--block-size", size];
            place.run(&args, text.as_bytes()).is(0, want.as_bytes()).is_quiet();
        }
    }
    // What stands before a value may be far before it in the text, and a value far behind in a line.
    let far = format!("{}acme {value} end", "lorem ipsum ".repeat(200_000));
    let ran = place.run(&["--rules", "near.toml"], far.as_bytes());
    ran.is(0, far.replace(value, "[REDACTED]").as_bytes());
}

#[test]
fn such_rules_prove_themselves_and_are_shown() {
    let place = place();
    let ran = place.run(&["rules", "test", "near.toml"], b"");
    ran.ends(0).is_quiet();
    let out = String::from_utf8(ran.out).unwrap();
    assert!(out.contains("all hold") && out.contains("behind a word: \"acme\" \"Frob Key\""), "{out}");
    let ran = place.run(&["rules", "show", "acme-key", "--rules", "near.toml"], b"");
    let out = String::from_utf8(ran.out).unwrap();
    assert!(out.contains("near       acme, Frob Key (within 12 bytes)") && out.contains("blk_, commit"), "{out}");
    let value = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    let ran = place.run(&["explain", "--rules", "near.toml", &format!("acme commit {value}")], b"");
    let out = String::from_utf8(ran.out).unwrap();
    assert!(out.contains("acme-key: no word that it is to be near to"), "{out}");
}

#[test]
fn what_is_wrong_with_them_is_named_at_once() {
    let place = place();
    let check = |from: &str, to: &str, says: &str| {
        assert!(RULES.contains(from));
        place.file("odd.toml", RULES.replace(from, to));
        place.run(&["--rules", "odd.toml"], b"x").is(78, b"").says(says);
    };
    check("distance = 12", "distance = 2000", "odd.toml:3: rule acme-key: distance is a number of bytes from 0 to 256");
    check("\"commit\"", "\"ACME\"", "odd.toml:3: rule acme-key: near: \"acme\" is in not_near, too");
    check("near = [\"acme\"", "near = [\"ac\"", "odd.toml:3: rule acme-key: near: \"ac\" has 2 bytes");
    check("not_near = [\"order\"]", "distance = 3", "odd.toml:14: rule plain-number: distance says how far");
    check("not_near = [\"order\"]", "not_near = 3", "odd.toml:14: rule plain-number: ");
}
