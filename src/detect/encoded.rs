//! Rules inside of base64 and hexadecimal: what a program has encoded, it has not hidden.
//!
//! The sieve looks for the texts that token formats begin with, and for a few telling words, as base64 and hexadecimal
//! spell them. Of base64 there are three spellings, by how many bytes stand before the text; of each only those
//! characters are looked for that depend on the text alone. Around such a sign the run is decoded, all rules are asked
//! about what comes out, and where one hits, the whole run goes.
//!
//! A run is decoded at most once for each way to read it, so a line costs what its length is. A run longer than
//! [`MOST`] is no secret's but a picture's, and stays.

use super::{Carry, Engine, Found, Learnt, Scratch};
use crate::catalogue::literal::{Literal, Unit};
use crate::detect::check::{certain, decode, words};
use crate::detect::text::hex_digits;
use crate::span::Span;

/// How a sign stands in its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Base64 or base64url; the sign's first character is the group's of this number, 0 to 3.
    Base64(u8),
    Hex,
}

/// The shortest run that is looked into.
const LEAST: usize = 16;
/// The longest, in bytes. Less than what two windows of a long line have in common.
const MOST: usize = 32 << 10;
/// From this depth on hexadecimal is looked into, too.
const HEX: u8 = 2;
/// A sign has so many characters at the least, so that text which is not encoded rarely holds one.
const SHORTEST: usize = 4;

/// Words that stand before secrets in what is encoded whole, such as a request's body.
#[rustfmt::skip]
pub(super) const WORDS: &[&str] = &[
    "password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "uthorization", "-----BEGIN ",
    "postgres", "mysql://", "mongodb", "redis://", "amqp://",
];

/// Heads of token formats that are looked for inside encoded text: those that programs are given most often. All six
/// hundred would make the sieve a third slower, since a few characters of base64 stand in many words.
pub(super) const HEADS: &[&[u8]] = &[
    b"ghp_",
    b"gho_",
    b"ghs_",
    b"github_pat_",
    b"glpat-",
    b"AKIA",
    b"ASIA",
    b"sk_live_",
    b"xoxb-",
    b"AIzaSy",
    b"sk-ant-",
    b"npm_",
    b"hooks.slack.com",
    b"hvs.",
    b"dop_v1_",
    b"pypi-",
];

/// What to look for where `anchor` is encoded, up to `depth` times.
pub(super) fn signs(anchor: &[u8], depth: u8) -> Vec<(Literal, Form)> {
    let (mut signs, mut texts) = (Vec::new(), vec![anchor.to_vec()]);
    for _ in 0..depth {
        let spelt: Vec<(Vec<u8>, u8)> = texts.iter().flat_map(|text| spellings(text)).collect();
        signs.extend(spelt.iter().map(|(text, group)| (exact(text), Form::Base64(*group))));
        // Eight digits stand in many an id, so that these cost the sieve five percent (base64: one): for those who ask.
        let asked = if depth >= HEX { &texts[..] } else { &[] };
        let digits = |text: &Vec<u8>| text.iter().flat_map(|b| hex_digits(*b)).collect();
        let hex: Vec<Vec<u8>> = asked.iter().map(digits).collect();
        signs.extend(hex.iter().map(|text| (text.iter().copied().map(Unit::caseless).collect(), Form::Hex)));
        texts = spelt.into_iter().map(|(text, _)| text).chain(hex).collect();
    }
    signs
}

fn exact(text: &[u8]) -> Literal {
    text.iter().copied().map(Unit::exact).collect()
}

/// The characters of base64 that depend on `text` alone, for each number of bytes before it, and which of its group
/// the first one is.
fn spellings(text: &[u8]) -> impl Iterator<Item = (Vec<u8>, u8)> + '_ {
    (0..3).filter_map(move |before| {
        let (first, spelt) = certain(text, before);
        let spelt: Vec<u8> = spelt.collect();
        // Those of the two alphabets differ in two characters.
        let certain = spelt.len() >= SHORTEST && !spelt.iter().any(|b| matches!(b, b'+' | b'/'));
        certain.then_some((spelt, first as u8))
    })
}

/// What is known of the runs of the current line.
#[derive(Debug, Default)]
pub(super) struct Memo {
    run: Span,
    /// Ways to read it that were tried, a bit each.
    tried: u8,
    /// How often what is looked at was decoded.
    depth: u8,
    inner: Option<Box<Scratch>>,
}

impl Memo {
    pub(super) fn clear(&mut self) {
        (self.run, self.tried) = (Span::new(0, 0), 0);
    }

    /// The run around `at`, unless it was read in this way before.
    fn fresh(&mut self, line: &[u8], at: usize, form: Form) -> Option<Span> {
        if at >= self.run.end {
            self.run = run(line, at, self.run.end);
            self.tried = 0;
        }
        let bit = match form {
            Form::Base64(_) => 1 << phase(self.run, at, form),
            Form::Hex => 16 << phase(self.run, at, form),
        };
        let fresh = self.tried & bit == 0;
        self.tried |= bit;
        (fresh && (LEAST..=MOST).contains(&self.run.len())).then_some(self.run)
    }
}

/// The run of base64 around `at`, not further back than `from`.
fn run(line: &[u8], at: usize, from: usize) -> Span {
    let back = line[from..at].iter().rev().take_while(|b| is_part(**b)).count();
    let ahead = line[at..].iter().take_while(|b| is_part(**b)).count();
    let (mut start, end) = (at - back, at + ahead);
    // The folders of a path before it are characters of base64 too.
    while let Some(len) = line[start..at].iter().position(|b| *b == b'/')
        && (len == 0 || words::plain(&line[start..start + len]) || len < 4)
    {
        start += len + 1;
    }
    let padding = line[end..].iter().take(2).take_while(|b| **b == b'=').count();
    Span::new(start, end + padding)
}

const fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// How many characters of the run stand before the first whole group, or pair of digits.
fn phase(run: Span, at: usize, form: Form) -> usize {
    let before = at - run.start;
    match form {
        Form::Base64(group) => (before + 4 - usize::from(group)) % 4,
        Form::Hex => before % 2,
    }
}

impl Engine {
    /// A sign stands at `at` of `line`: looks into the run around it.
    pub(super) fn look_inside(&self, form: Form, line: &[u8], at: usize, learnt: &mut Learnt, found: &mut Found<'_>) {
        let memo = &mut learnt.encoded;
        if memo.depth >= self.decode {
            return;
        }
        let Some(run) = memo.fresh(line, at, form) else { return };
        let start = run.start + phase(run, at, form);
        let text = &line[start..run.end];
        let decoded = match form {
            Form::Base64(_) => decode(text, text.len()).unwrap_or_default(),
            Form::Hex => hex(text, at - start),
        };
        let mut inner = memo.inner.take().unwrap_or_default();
        inner.learnt.encoded.depth = memo.depth + 1;
        self.raw(&decoded, Carry::default(), &mut inner);
        self.allowed().apply(&decoded, &mut inner.hits);
        if let Some(hit) = inner.hits.iter().max_by_key(|hit| hit.confidence) {
            found.add(hit.rule, run, hit.confidence);
        }
        inner.hits.clear();
        memo.inner = Some(inner);
    }
}

/// What the digits around `at` of `text` stand for.
fn hex(text: &[u8], at: usize) -> Vec<u8> {
    let back = text[..at].iter().rev().take_while(|b| b.is_ascii_hexdigit()).count() & !1;
    let digits = text[at - back..].iter().map_while(|b| char::from(*b).to_digit(16)).map(|digit| digit as u8);
    let mut out = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for digit in digits {
        match high.take() {
            None => high = Some(digit),
            Some(first) => out.push(first << 4 | digit),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::Redactor;

    fn encode(bytes: &[u8]) -> String {
        let mut out = String::new();
        for group in bytes.chunks(3) {
            let bits = group.iter().fold(0u32, |value, b| value << 8 | u32::from(*b)) << (8 * (3 - group.len()));
            for i in 0..4 {
                const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
                let sextet = (bits >> (18 - 6 * i) & 63) as usize;
                out.push(if i > group.len() { '=' } else { char::from(ALPHABET[sextet]) });
            }
        }
        out
    }

    fn hexed(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    fn redact(redactor: &Redactor, text: &str) -> String {
        String::from_utf8(redactor.redact(text.as_bytes()).into_owned()).unwrap()
    }

    const TOKEN: &str = concat!("gh", "p_", "0a1B2c3D4e5F6g7H8i9J0kL1mN2oP3qR4sT5");

    #[test]
    fn a_run_with_a_token_in_it_goes_whole() {
        let redactor = Redactor::builder().build().unwrap();
        let deep = Redactor::builder().decode(2).build().unwrap();
        for before in ["", "=", "::", "abc: ", "{\"clone\":\"https://x\",\"k\":\""] {
            let inside = format!("{before}{TOKEN} and more");
            let encoded = encode(inside.as_bytes());
            for (head, tail) in [("blob ", " end"), ("{\"data\":\"", "\"}"), ("x=", "&y=1"), ("\t", "")] {
                let text = format!("{head}{encoded}{tail}");
                assert_eq!(redact(&redactor, &text), format!("{head}[REDACTED]{tail}"), "{text}");
                let text = format!("{head}{}{tail}", hexed(inside.as_bytes()));
                assert_eq!(redact(&deep, &text), format!("{head}[REDACTED]{tail}"), "{text}");
            }
        }
        let url = encode(format!("??>>{TOKEN}").as_bytes()).replace('+', "-").replace('/', "_");
        assert_eq!(redact(&redactor, &format!("GET /v1/blobs/{url} 200")), "GET /v1/blobs/[REDACTED] 200");
    }

    #[test]
    fn named_values_inside_go_and_other_text_stays() {
        let redactor = Redactor::builder().build().unwrap();
        let body = encode(b"{\"user\":\"alice\",\"password\":\"hunter2\"}");
        assert_eq!(redact(&redactor, &format!("body={body} n=1")), "body=[REDACTED] n=1");
        let url = encode(b"postgres://app:hunter2@db/app");
        assert_eq!(redact(&redactor, &format!("  DB_URL: {url}")), "  DB_URL: [REDACTED]");
        for text in
            ["{\"user\":\"alice\",\"password\":null}", "the token expired, ask for a new one", "hello, world, ghp_"]
        {
            let text = format!("body {} n=1", encode(text.as_bytes()));
            assert_eq!(redact(&redactor, &text), text);
        }
    }

    #[test]
    fn depth_is_obeyed() {
        let twice = format!("x {}", encode(encode(format!("k {TOKEN}").as_bytes()).as_bytes()));
        for (depth, goes) in [(0, false), (1, false), (2, true), (3, true)] {
            let redactor = Redactor::builder().decode(depth).build().unwrap();
            assert_eq!(redact(&redactor, &twice) != twice, goes, "{depth}");
        }
        let once = format!("x {}", encode(TOKEN.as_bytes()));
        let never = Redactor::builder().decode(0).build().unwrap();
        assert_eq!(redact(&never, &once), once);
    }

    #[test]
    fn a_picture_stays_and_a_line_of_signs_takes_linear_time() {
        let redactor = Redactor::builder().build().unwrap();
        let sign = encode(b"xx password");
        let long = sign.repeat(70_000);
        let begun = cpu_time::ThreadTime::now();
        assert_eq!(redact(&redactor, &long), long);
        let many = format!("{} ", sign.repeat(60)).repeat(1000);
        redact(&redactor, &many);
        assert!(begun.elapsed().as_secs() < 20);
    }
}
