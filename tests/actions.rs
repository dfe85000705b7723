//! What becomes of hits: the laws hold for masks, pseudonyms, dropped lines, signed markers and secrets that a text
//! names itself.
//!
//! `INKOUT_CASES` is the number of random chunkings that each property takes its texts through.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::sync::LazyLock;

use common::{Random, difference, streamed};
use inkout::catalogue::{Profile, builtin, placeholder};
use inkout::{Action, Builder, Clean, Confidence, Guesser, MarkKey, Redactor, Session};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

/// Chunkings of one text.
const CHUNKINGS: usize = 10;

fn key(id: &str) -> MarkKey {
    MarkKey::new(id, format!("no secret, only the key {id} of a test").repeat(2).as_bytes()).unwrap()
}

const MASK: Action = Action::Mask { first: 4, last: 4 };
const PSEUDONYM: Action = Action::Pseudonym { force: false };

/// Every kind of setting, strict and standard.
static ALL: LazyLock<Vec<Redactor>> = LazyLock::new(|| {
    let new = Redactor::builder;
    let all: Vec<Builder> = vec![
        new().default_action(MASK),
        new().default_action(MASK).profile(Profile::Strict),
        new().default_action(PSEUDONYM).mark_key(key("k1")),
        new()
            .default_action(Action::Pseudonym { force: true })
            .mark_key(key("k2"))
            .mark_key(key("k1"))
            .profile(Profile::Strict),
        new().action("email", PSEUDONYM).action("personal", MASK).action("values", Action::Label).mark_key(key("k1")),
        new().action("named-value", Action::DropLine).action("email", MASK),
        new().default_action(Action::DropLine).profile(Profile::Strict),
        new().sign(true).mark_key(key("k1")).action("email", PSEUDONYM),
        new().min_confidence(Confidence::High).label(true),
        new().add_mask(true),
        new().add_mask(true).default_action(MASK),
        new().add_mask(true).default_action(PSEUDONYM).action("email", Action::DropLine).mark_key(key("k1")),
    ];
    all.into_iter().map(|builder| builder.build().unwrap()).collect()
});

static SNIPPETS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let examples = builtin::rules().flat_map(|rule| placeholder::examples(rule).unwrap());
    let mut all: Vec<String> = examples.map(|example| example.text).collect();
    for _ in 0..40 {
        all.extend(
            [
                "::add-mask::q9-first-x",
                "::add-mask::q9%25second",
                "::add-mask::short",
                "a q9-first-x b q9%second cTktZmlyc3QteA==",
                "jo@example.com and Jo%40Example.com",
                "***",
                "ab***yz",
                "[email:k1:0123abcd]",
                "[REDACTED:email:0123abcd]",
                "nothing at all",
            ]
            .map(Into::into),
        );
    }
    all
});

fn config(each: usize) -> ProptestConfig {
    let cases = std::env::var("INKOUT_CASES").ok();
    let chunkings = cases.as_ref().map_or(10_000, |n| n.parse::<usize>().expect("INKOUT_CASES is a number"));
    let rng_seed = if cases.is_some() { RngSeed::Random } else { RngSeed::Fixed(8) };
    ProptestConfig { cases: chunkings.div_ceil(each) as u32, failure_persistence: None, rng_seed, ..Default::default() }
}

/// Examples of the catalogue, a few on a line, most lines whole.
fn text() -> impl Strategy<Value = Text> {
    let part = (any::<prop::sample::Index>(), select(vec![" ", "\n", "\n", "\r\n", ", "]));
    vec(part, 0..8).prop_map(|parts| {
        Text(parts.iter().map(|(which, joint)| [&*SNIPPETS[which.index(SNIPPETS.len())], joint].concat()).collect())
    })
}

/// A text that a failing test prints in a line.
struct Text(String);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.escape_default())
    }
}

/// `text` as several threads would take it: whole lines, looked at ahead of their turn.
fn guessed(redactor: &Redactor, text: &[u8], random: &mut Random) -> Vec<u8> {
    let (mut out, mut session, mut guesser) = (Vec::new(), Session::new(redactor), Guesser::new(redactor));
    let mut sink = |clean: Clean<'_>| clean.append_to(&mut out);
    let mut rest = text;
    while let Some(first) = rest.iter().position(|b| *b == b'\n') {
        let more = rest[first + 1..].iter().position(|b| *b == b'\n').filter(|_| random.below(2) == 0);
        let (block, behind) = rest.split_at(more.map_or(first + 1, |more| first + more + 2));
        let guess = guesser.guess(block);
        session.guessed(block, &guess, &mut sink);
        rest = behind;
    }
    while !rest.is_empty() {
        let taken = session.step(rest, true, &mut sink);
        rest = &rest[taken..];
    }
    out
}

proptest! {
    #![proptest_config(config(CHUNKINGS * 6))]

    #[test]
    fn pieces_and_threads_do_not_matter(text in text(), seed in any::<u64>()) {
        let text = text.0.as_bytes();
        let mut random = Random(seed);
        for (number, redactor) in ALL.iter().enumerate() {
            let want = redactor.redact(text);
            for _ in 0..CHUNKINGS / 2 {
                let largest = 1 + random.below(64);
                let got = streamed(redactor, text, || 1 + random.below(largest));
                prop_assert_eq!(difference(&got, &want), None, "pieces, settings {}", number);
                let got = guessed(redactor, text, &mut random);
                prop_assert_eq!(difference(&got, &want), None, "threads, settings {}", number);
            }
        }
    }

    #[test]
    fn redacting_again_changes_nothing(text in text()) {
        let mut wrong = Vec::new();
        // Not so for masks with the strict profile: what a mask keeps can be a number with what stands behind it, and that
        // goes when it is looked at again. To let it be would let a real one pass.
        for (number, redactor) in ALL.iter().enumerate().filter(|(number, _)| *number != 1) {
            let once = redactor.redact(text.0.as_bytes()).into_owned();
            wrong.extend(difference(&redactor.redact(&once), &once).map(|what| format!("settings {number}: {what}")));
        }
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Checks what comes of a text under one setting, by every path.
#[track_caller]
fn check(builder: Builder, text: &str, want: &str) {
    let redactor = builder.build().unwrap();
    let got = redactor.redact(text.as_bytes()).into_owned();
    assert_eq!(String::from_utf8(got).unwrap(), want);
    assert_eq!(difference(&streamed(&redactor, text.as_bytes(), || 1), want.as_bytes()), None, "byte by byte");
    assert_eq!(difference(&redactor.redact(want.as_bytes()), want.as_bytes()), None, "again");
}

#[test]
fn the_last_word_on_the_rule_counts_and_then_on_its_group() {
    let text = "jo@example.com 4111 1111 1111 1111 password=hunter2hunter";
    let new = Redactor::builder;
    check(
        new().default_action(Action::Label),
        text,
        "[REDACTED:email] [REDACTED:payment-card] password=[REDACTED:named-value]",
    );
    check(
        new().action("email", Action::Replace).action("personal", MASK).default_action(Action::Label),
        text,
        "[REDACTED] 411***11 password=[REDACTED:named-value]".replace("411***11", "411***111").as_str(),
    );
    check(
        new().action("email", MASK).action("email", Action::Off),
        text,
        "jo@example.com [REDACTED] password=[REDACTED]",
    );
}

#[test]
fn masks_keep_no_more_than_a_third_and_never_of_what_is_encoded() {
    let new = || Redactor::builder().default_action(Action::Mask { first: 8, last: 8 });
    check(new(), "password=hunter2", "password=***");
    check(new(), "password=hunter2hunter", "password=hu***er");
    check(new(), r#"{"password":"hunt\u00e9\u00e9hunter"}"#, r#"{"password":"[REDACTED]"}"#);
    check(new(), r#"{"card_number":4111111111111111}"#, r#"{"card_number":"41***11"}"#);
    check(new(), "Authorization: Basic dXNlcjpodW50ZXIyaHVudGVy", "Authorization: Basic [REDACTED]");
    for body in 1..200 {
        let secret: String = (0..body).map(|i| char::from(b'a' + (i * 7 % 26) as u8)).collect();
        let redactor = Redactor::builder().default_action(MASK).secret("S", format!("q9{secret}")).build();
        let Ok(redactor) = redactor else { continue };
        let out = redactor.redact(format!("q9{secret}").as_bytes()).into_owned();
        assert!((out.len() - 3) * 3 <= body + 2, "{}", String::from_utf8(out).unwrap());
    }
}

#[test]
fn the_same_value_has_the_same_pseudonym() {
    let build = |new: &str| Redactor::builder().action("email", PSEUDONYM).mark_key(key(new)).build().unwrap();
    let of =
        |redactor: &Redactor, text: &str| String::from_utf8(redactor.redact(text.as_bytes()).into_owned()).unwrap();
    let (first, second) = (build("k1"), build("k2"));
    let jo = of(&first, "jo@example.com");
    assert!(jo.starts_with("[email:k1:") && jo.len() == "[email:k1:01234567]".len(), "{jo}");
    for same in ["Jo@Example.COM", "jo%40example.com"] {
        assert_eq!(of(&first, same), jo);
    }
    assert_ne!(of(&first, "jp@example.com"), jo);
    assert_ne!(of(&second, "jo@example.com").replace("k2", "k1"), jo);
    // While both keys are in use, an old pseudonym can be found in a new one.
    let both = Redactor::builder().action("email", PSEUDONYM).mark_key(key("k2")).mark_key(key("k1")).build().unwrap();
    let (old, new) = (jo.trim_matches(['[', ']']), of(&second, "jo@example.com"));
    assert_eq!(of(&both, "jo@example.com"), format!("{}:{}", new.trim_end_matches(']'), &old["email:".len()..]) + "]");
}

#[test]
fn kinds_of_few_values_have_no_pseudonym_unless_forced() {
    let new = || Redactor::builder().mark_key(key("k1"));
    let refused = new().action("payment-card", PSEUDONYM).build().unwrap_err().to_string();
    assert!(refused.contains("payment-card=pseudonym:force") && refused.contains("finds each by trying"), "{refused}");
    let text = "4111-1111-1111-1111 4111 1111 1111 1111 password=91827364 password=hunter2";
    check(new().default_action(PSEUDONYM), text, "[REDACTED] [REDACTED] password=[REDACTED] password=[REDACTED]");
    let forced = new().action("payment-card", Action::Pseudonym { force: true }).build().unwrap();
    let out = String::from_utf8(forced.redact(text.as_bytes()).into_owned()).unwrap();
    let (first, second) = (out.split(' ').next().unwrap(), out.split(' ').nth(1).unwrap());
    assert!(first == second && first.starts_with("[payment-card:k1:"), "{out}");
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let wrong = Redactor::builder()
        .action("emial", MASK)
        .action("email", PSEUDONYM)
        .sign(true)
        .min_confidence(Confidence::High)
        .build()
        .unwrap_err();
    let all = wrong.to_string();
    for part in ["did you mean \"email\"?", "pseudonyms need a key", "sign: it needs a key"] {
        assert!(all.contains(part), "{part} is not in: {all}");
    }
    let many = ["k1", "k2", "k3"].iter().fold(Redactor::builder(), |b, id| b.mark_key(key(id))).build();
    assert!(many.unwrap_err().to_string().contains("two are the most"));
    assert!(Redactor::builder().add_mask(true).disable("known-secret").build().is_err());
}

#[test]
fn lines_go_whole() {
    let new = || Redactor::builder().action("named-value", Action::DropLine);
    check(new(), "a\njo@example.com password=hunter2 x\nb jo@example.com\npassword=hunter2", "a\nb [REDACTED]\n");
    check(new(), "password=hunter2 password=hunter3\r\n\r\n", "\r\n");
    // What overlaps a hit that takes its line goes with it.
    check(
        Redactor::builder().action("github-pat", Action::DropLine),
        &format!("a\ntoken=ghp_{}\nb", "aB3dE6gH9jK2mN5pQ8sT1vW4xY7zA0cD3fG6"),
        "a\nb",
    );
}

#[test]
fn a_line_of_megabytes_goes_from_its_hit_on() {
    let redactor = Redactor::builder().action("named-value", Action::DropLine).build().unwrap();
    for at in [10, 1 << 20, (1 << 20) + 70_000, 3 << 20] {
        let text = format!("{} password=hunter2 {}\nnext jo@example.com\n", "x ".repeat(at / 2), "y ".repeat(1 << 20));
        let want = redactor.redact(text.as_bytes()).into_owned();
        let shown = String::from_utf8(want.clone()).unwrap();
        assert!(!shown.contains("hunter2") && !shown.contains('y'), "{at}");
        assert!(shown.ends_with("[REDACTED]\nnext [REDACTED]\n"), "{at}");
        for size in [5_000, 1 << 18, 4 << 20] {
            assert_eq!(difference(&streamed(&redactor, text.as_bytes(), || size), &want), None, "{at} {size}");
        }
    }
}

#[test]
fn a_text_names_its_own_secrets() {
    let new = || Redactor::builder().add_mask(true);
    check(
        new(),
        "q9/one+x\n::add-mask::q9/one+x\nq9/one+x cTkvb25lK3g= q9%2Fone%2Bx\n",
        "q9/one+x\n::add-mask::[REDACTED]\n[REDACTED] [REDACTED]= [REDACTED]\n",
    );
    // Short and common ones in their own line alone; lines of one value each by itself.
    check(
        new(),
        "::add-mask::docker\n::add-mask::abc\ndocker abc\n",
        "::add-mask::[REDACTED]\n::add-mask::[REDACTED]\ndocker abc\n",
    );
    check(new(), "::add-mask::q9-one-x%0Aq9-two-x\na q9-two-x\n", "::add-mask::[REDACTED]\na [REDACTED]\n");
    check(Redactor::builder(), "::add-mask::q9-one-x\nq9-one-x\n", "::add-mask::q9-one-x\nq9-one-x\n");
    // More values than are looked for: bounded, and each gone in its own line.
    let text: String = (0..1100).map(|i| format!("::add-mask::q9-value-{i}-x\n")).collect();
    let out = String::from_utf8(new().build().unwrap().redact(text.as_bytes()).into_owned()).unwrap();
    assert_eq!(out, "::add-mask::[REDACTED]\n".repeat(1100));
}

#[test]
fn sure_hits_alone() {
    let text = "jo@example.com password=hunter2hunter";
    check(Redactor::builder().min_confidence(Confidence::High), text, "[REDACTED] password=hunter2hunter");
    check(Redactor::builder().min_confidence(Confidence::Medium), text, "[REDACTED] password=[REDACTED]");
}
