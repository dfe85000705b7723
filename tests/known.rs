//! Known secrets in random encodings, surroundings and pieces: none may come through.
//!
//! Secrets are random, many over small alphabets, so that they overlap themselves and their surroundings.
//! `INKOUT_CASES=1000000 cargo test --release --test known` tries a hundred times as many.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

use std::io::Write;

use inkout::{Redactor, Session};

/// A generator of numbers: each case is its seed.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d);
        dice.below(2);
        dice
    }

    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn text(&mut self, alphabet: &[&str], len: usize) -> String {
        (0..len).map(|_| *self.one(alphabet)).collect()
    }
}

const ALNUM: &[&str] = &["a", "b", "z", "q", "K", "X", "0", "1", "7", "9"];
const MIXED: &[&str] =
    &["a", "b", "1", "+", "/", "=", "-", "_", ".", "$", "%", "&", "'", "\"", "\\", "<", " ", "k", "Z", "~"];
const SIGNS: &[&str] = &["$", "#", "@", "!", "%", "^", "&", "\"", "'", "\\", "/", "+", "=", "(", "?"];
const WIDE: &[&str] = &["п", "а", "é", "😀", "漢", "a", "1", "\""];
const SMALL: &[&str] = &["a", "b", "-"];
const LINES: &[&str] = &["a", "b", "7", "{", "\"", "\n", "xyzw12", "K9"];
const ALPHABETS: &[&[&str]] = &[ALNUM, ALNUM, MIXED, MIXED, SIGNS, WIDE, SMALL, LINES];

fn percent(bytes: &[u8], keep: &[u8], upper: bool, plus: bool) -> String {
    let one = |b: &u8| match b {
        b' ' if plus => "+".to_owned(),
        b if b.is_ascii_alphanumeric() || keep.contains(b) => char::from(*b).to_string(),
        b if upper => format!("%{b:02X}"),
        b => format!("%{b:02x}"),
    };
    bytes.iter().map(one).collect()
}

fn json(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap();
    quoted[1..quoted.len() - 1].to_owned()
}

/// Python's `json.dumps` and JavaScript's ASCII ways.
fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in json(text).chars() {
        let mut pair = [0; 2];
        match c {
            c if c.is_ascii() => out.push(c),
            c => c.encode_utf16(&mut pair).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out
}

/// Python's `repr` of bytes, and Go's `%+q` in spirit.
fn repr(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

fn xml(text: &str, numbers: bool) -> String {
    let one = |c: char| match c {
        '<' | '>' | '&' | '\'' | '"' if numbers => format!("&#{};", u32::from(c)),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#x27;".to_owned(),
        '\n' => "&#xA;".to_owned(),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}

fn shell(text: &str) -> String {
    text.replace('\'', "'\\''")
}

/// What `printf %q` prints where nothing but ASCII is in it.
fn slashed(text: &str) -> String {
    let one = |c: char| match c {
        '\n' => "\\n".to_owned(),
        c if c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/') || !c.is_ascii() => c.to_string(),
        c => format!("\\{c}"),
    };
    text.chars().map(one).collect()
}

fn base64(bytes: &[u8], url: bool) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let last = if url { b"-_" } else { b"+/" };
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0_u32, |bits, i| bits << 8 | u32::from(three.get(i).copied().unwrap_or(0)));
        for i in 0..=three.len() {
            let six = (bits >> (18 - 6 * i) & 63) as usize;
            out.push(char::from(*alphabet.get(six).unwrap_or_else(|| &last[six - 62])));
        }
    }
    out
}

/// An encoding of `secret`, with what it stands in, and what may not be seen in the outcome: pieces of the encoded text
/// that depend on the secret alone.
fn encoded(dice: &mut Dice, secret: &str) -> (String, Vec<String>) {
    let bytes = secret.as_bytes();
    let way = dice.below(17);
    let text = match way {
        0 => secret.to_owned(),
        1 => percent(bytes, b"-_.~", true, false),
        2 => percent(bytes, b"-_.~", false, false),
        3 => percent(bytes, b"-_.*", true, true),
        4 => percent(bytes, b"-_.!~*'()", true, false),
        5 => percent(bytes, b"-_.!~*'();/?:@&=+$,#", true, false),
        6 => json(secret),
        7 => json(&json(secret)),
        8 => ascii(secret),
        9 => json(&ascii(secret)),
        10 => repr(bytes),
        11 => xml(secret, dice.below(2) == 0),
        12 => shell(secret),
        13 => slashed(secret),
        14 => json(&shell(secret)),
        15 => {
            let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            if dice.below(2) == 0 { hex } else { hex.to_uppercase() }
        }
        _ => {
            let (before, behind) = (dice.text(ALNUM, dice.0 as usize % 5), dice.text(ALNUM, dice.0 as usize % 4));
            let url = dice.below(2) == 0;
            let text = base64([before.as_bytes(), bytes, behind.as_bytes()].concat().as_slice(), url);
            let (first, stop) = (8 * before.len(), 8 * (before.len() + bytes.len()));
            let core = text[first.div_ceil(6)..stop / 6].to_owned();
            let escaped = !url && dice.below(3) == 0;
            let spelt = |text: String| if escaped { text.replace('+', "%2B").replace('/', "%2F") } else { text };
            return (spelt(text), vec![spelt(core)]);
        }
    };
    // A text that still has line ends is one of several lines.
    let parts = text.split('\n').map(str::trim).filter(|line| line.len() >= 6 || !text.contains('\n'));
    let worth = parts.filter(|line| !text.contains('\n') || line.bytes().any(|b| b != line.as_bytes()[0]));
    let worth = worth.map(str::to_owned).collect();
    (text, worth)
}

/// The first `len` characters.
fn head(text: &str, len: usize) -> &str {
    text.char_indices().nth(len).map_or(text, |(at, _)| &text[..at])
}

fn surroundings(dice: &mut Dice, secret: &str) -> String {
    const WORDS: &[&str] = &[" ", "x", "=", "\"", "aab", "-", "k: ", "7", "{", ",", "é", "/", "a", "b", ":"];
    match dice.below(4) {
        0 => String::new(),
        // Its own beginning, so that a search that gives up the first try loses the second.
        1 => head(secret, dice.below(5)).replace(['\n', '\\'], ""),
        _ => (0..dice.below(6)).map(|_| *dice.one(WORDS)).collect(),
    }
}

fn through(redactor: &Redactor, dice: &mut Dice, text: &[u8]) -> Vec<u8> {
    let mut stream = redactor.stream(Vec::new());
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(1 + dice.below(rest.len()));
        stream.write_all(piece).unwrap();
        rest = behind;
    }
    stream.finish().unwrap()
}

/// With a pause at `cut`, at which what is settled goes out.
fn paused(redactor: &Redactor, text: &[u8], cut: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut session = Session::new(redactor);
    let mut at = 0;
    for (upto, end) in [(cut, false), (text.len(), true)] {
        loop {
            let taken = session.step(&text[at..upto], end, &mut |clean| clean.append_to(&mut out));
            at += taken;
            if taken == 0 || at == upto {
                break;
            }
        }
        if !end {
            session.settle(&text[at..upto], &mut |clean| clean.append_to(&mut out));
        }
    }
    out
}

fn holds(text: &[u8], what: &str) -> bool {
    text.windows(what.len()).any(|w| w == what.as_bytes())
}

/// One secret in one line or a few; what of it came through, if anything did.
fn case(seed: u64) {
    let mut dice = Dice::new(seed);
    let alphabet = *dice.one(ALPHABETS);
    let most = if dice.below(9) == 0 { 300 } else { 30 };
    let len = 6 + dice.below(most);
    let secret = dice.text(alphabet, len);
    // The same redactor as a user would have, or by itself, so that no other rule helps.
    let builder = Redactor::builder().builtin(false).sieve(dice.below(2) == 0);
    let Ok(redactor) = builder.secret("NAME", &secret).build() else { return };
    let secret = secret.trim_end_matches('\n');
    let (hidden, cores) = encoded(&mut dice, secret);
    let before = surroundings(&mut dice, secret);
    let behind = surroundings(&mut dice, secret);
    let text = format!("{before}{hidden}{behind}\nnext {before}{hidden}");
    let out = redactor.redact(text.as_bytes()).into_owned();
    assert!(!holds(&out, "internal error"), "seed {seed}: the matcher failed: {secret:?} in {text:?}");
    for core in cores {
        assert!(!holds(&out, &core), "seed {seed}: {secret:?} as {hidden:?} in {text:?}: {}", out.escape_ascii());
    }
    let shown = |bytes: &[u8]| bytes.escape_ascii().to_string();
    let pieced = through(&redactor, &mut dice, text.as_bytes());
    assert_eq!(shown(&pieced), shown(&out), "seed {seed}: pieces matter: {secret:?} in {text:?}");
    // Asking what is settled takes longer than all the rest.
    if dice.below(8) == 0 {
        let cut = dice.below(text.len() + 1);
        let waited = paused(&redactor, text.as_bytes(), cut);
        assert_eq!(shown(&waited), shown(&out), "seed {seed}: a pause at {cut} matters: {secret:?} in {text:?}");
    }
    let again = redactor.redact(&out);
    assert_eq!(shown(&again), shown(&out), "seed {seed}: twice is not once: {secret:?} in {text:?}");
}

#[test]
fn cases_that_failed_once() {
    [44_633, 122_546].into_iter().for_each(case);
}

#[test]
fn no_known_secret_comes_through() {
    let cases = std::env::var("INKOUT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(10_000_u64);
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || (thread..cases).step_by(threads as usize).for_each(case));
        }
    });
}

#[test]
fn a_secret_anywhere_in_a_line_of_megabytes_is_found_once() {
    let secret = "s3cr3t/v4lue+for\"long\"lines".repeat(40);
    let redactor = Redactor::builder().builtin(false).secret("NAME", &secret).build().unwrap();
    let spelt =
        [secret.clone(), json(&secret), percent(secret.as_bytes(), b"", true, false), base64(secret.as_bytes(), false)];
    let edge = 1 << 20;
    for (i, hidden) in spelt.iter().enumerate() {
        for at in [edge - (64 << 10), edge, 2 * edge - (128 << 10)] {
            for shift in [0, 1, hidden.len() / 2, hidden.len() - 1, hidden.len()] {
                let before = "x ".repeat(at / 2)[shift..].to_owned();
                let text = format!("{before} {hidden} {}\n", "y ".repeat(edge / 2));
                let out = redactor.redact(text.as_bytes());
                let want = text.len() - hidden.len() + "[REDACTED]".len();
                assert_eq!(out.len(), want, "way {i} at {at}, {shift} before it");
            }
        }
    }
}
