//! Text made to be slow: what each family costs beside a healthy log, and how that grows with its length.
//!
//! A family's speed is taken at the largest size, its exponent from all of them: the slope of the logarithm of time over
//! the logarithm of size, whichever of the whole range's and its upper half's is worse.

use std::time::Duration;

use inkout::Redactor;

use crate::corpus::{ALNUM, Rng};
use crate::measure::{rate, thread_time};

/// What every family must reach: this share of the clean speed, and so many MB/s.
const SHARE: f64 = 1.0 / 20.0;
const FLOOR: f64 = 50.0;
/// The time of n bytes is about n to the power of this, at the most.
const EXPONENT: f64 = 1.1;
/// What a busy machine may take from a figure before it counts as missed.
const TOLERANCE: f64 = 0.7;
const EXPONENT_TOLERANCE: f64 = 0.1;
/// A family that takes longer than this at some size is not tried at the next: here, and where more is asked for.
const PATIENCE: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(4)];
/// Sizes up to here are for every day.
const EVERY_DAY: usize = 4 << 20;

/// Families that are known to miss the goal, with the MB/s that they must keep until they reach it.
const KNOWN: &[(&str, f64)] = &[
    ("keywords joined", 14.0),
    ("keyword: ", 10.0),
    ("keyword alone", 11.0),
    ("BEGIN KEY", 11.0),
    ("keywords by _", 21.0),
    ("prefix sk-", 10.0),
    ("all hits, joined by &", 22.0),
    ("keyword &", 18.0),
    ("keyword apart from base64", 17.0),
    ("A", 13.0),
    ("all hits, named", 26.0),
    ("prefix xoxb-", 13.0),
    ("keywords by .", 15.0),
    ("command line", 23.0),
    ("names of columns", 27.0),
    ("all hits, bearer", 31.0),
    ("keyword, masked", 26.0),
    ("keyword and base64", 33.0),
    (":", 19.0),
    ("keyword, no value", 29.0),
    ("Authorization", 26.0),
    ("keyword in JSON", 29.0),
    ("keyword=", 30.0),
    ("YAML below", 28.0),
    ("Cookie", 35.0),
    ("keyword in escaped JSON", 31.0),
    ("XML", 32.0),
    ("all hits, cards", 28.0),
    ("prefix SG.", 36.0),
];

/// How a family's text is made: a piece again and again, or by code that is given a length.
enum Make {
    Again(&'static str),
    Code(fn(&mut Rng, usize) -> Vec<u8>),
}

use Make::{Again, Code};

const FAMILIES: &[(&str, Make)] = &[
    ("keyword=", Again("password=")),
    ("keyword: ", Again("password: ")),
    ("keyword alone", Again("password ")),
    ("keywords joined", Again("passwordtokensecret")),
    ("keywords by _", Again("secret_key_")),
    ("keywords by .", Again("api.key.token.")),
    ("keyword=keyword=", Again("token=secret=key=")),
    ("keyword in JSON", Again("\"password\":\"")),
    ("keyword in JSON, whole", Again("{\"api_key\":\"q7w8e9r0t1y2u3i4\"},")),
    ("keyword in escaped JSON", Again("\\\"password\\\":\\\"")),
    ("keyword and base64", Code(|rng, len| keyed(rng, len, "password="))),
    ("keyword apart from base64", Code(|rng, len| keyed(rng, len, "secret key "))),
    ("keyword, no value", Again("password=\"\" ")),
    ("keyword, masked", Again("password=*** ")),
    ("keyword %3D", Again("password%3D")),
    ("keyword &", Again("token=a&")),
    ("names of columns", Again("password|")),
    ("Authorization", Again("Authorization: Bearer ")),
    ("Basic", Again("Basic ")),
    ("Cookie", Again("Cookie: a=b; ")),
    ("prefix ghp_", Again(concat!("gh", "p_"))),
    ("prefix AKIA", Again(concat!("AK", "IA"))),
    ("prefix eyJ", Again("eyJ")),
    ("prefix eyJ.", Again("eyJhbGciOi.")),
    ("prefix sk-", Again("sk-")),
    ("prefix xoxb-", Again(concat!("xo", "xb-"))),
    ("prefix SG.", Again("SG.")),
    ("prefix hooks", Again("https://hooks.slack.com/services/T")),
    ("BEGIN", Again("-----BEGIN ")),
    ("BEGIN KEY", Again(concat!("-----BEGIN PRI", "VATE KEY-----"))),
    ("near miss, GitHub", Code(|rng, len| near(rng, len, concat!("gh", "p_"), 35))),
    ("near miss, AWS", Code(|rng, len| near(rng, len, concat!("AK", "IA"), 15))),
    ("near miss, sk-", Code(|rng, len| near(rng, len, "sk-", 19))),
    ("near miss, JWT", Again("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0 ")),
    ("near miss, card", Again("4111 1111 1111 1112 ")),
    ("near miss, SSN", Again("000-12-3456 ")),
    ("near miss, IBAN", Again("DE00 1234 5678 9012 3456 78 ")),
    ("near miss, IBANs joined", Again("DE00")),
    ("vendor's word", Again("datadog stripe heroku ")),
    ("vendor's word and hex", Again("datadog 0123456789abcdef0123456789abcde ")),
    ("A", Again("A")),
    ("a", Again("a")),
    ("digits", Again("4")),
    ("random digits", Code(|rng, len| rng.text(b"0123456789", len).into_bytes())),
    ("digits by spaces", Again("4 ")),
    ("digits by -", Again("4-")),
    ("digits by .", Again("1.")),
    ("random base64", Code(|rng, len| rng.text(BASE64, len).into_bytes())),
    ("random hex", Code(|rng, len| rng.text(b"0123456789abcdef", len).into_bytes())),
    ("random letters", Code(|rng, len| rng.text(ALNUM, len).into_bytes())),
    ("random bytes", Code(|rng, len| (0..len).map(|_| rng.next() as u8).filter(|b| *b != b'\n').collect())),
    ("random signs", Code(|rng, len| rng.text(b"=:\"'&;,@ {}[]()\\%-_./", len).into_bytes())),
    ("de Bruijn, signs", Code(|_, len| de_bruijn(b"=:\"@k-_ ", 6, len))),
    ("de Bruijn, letters", Code(|_, len| de_bruijn(b"abcdefghijklmnop", 5, len))),
    ("@", Again("@")),
    ("a@", Again("a@")),
    ("a.", Again("a.")),
    ("a@a.", Again("a@a.")),
    ("a.a.a@", Again("first.last.name@")),
    ("addresses", Again("ada.smith@mail.acme-shop.net ")),
    ("%40", Again("a%40")),
    ("://", Again("://")),
    ("a://b:", Again("a://b:")),
    ("a://b:c@", Again("a://b:c@")),
    ("=", Again("=")),
    (":", Again(":")),
    ("\"", Again("\"")),
    ("\\", Again("\\")),
    ("{", Again("{")),
    ("[", Again("[")),
    ("&", Again("&")),
    ("space", Again(" ")),
    ("tab", Again("\t")),
    ("-", Again("-")),
    ("_", Again("_")),
    (".", Again(".")),
    ("%25", Again("%25")),
    ("\\u003d", Again("\\u003d")),
    ("combining marks", Again("e\u{301}")),
    ("zero width", Again("p\u{200b}")),
    ("ANSI", Again("\x1b[31m")),
    ("NUL", Again("\0")),
    ("CR", Again("\r")),
    ("all hits, named", Again("password=q7w8e9r0t1 ")),
    ("all hits, joined by &", Again("api_key=q7w8e9r0t1&")),
    ("all hits, issued", Code(|rng, len| near(rng, len, concat!("gh", "p_"), 36))),
    ("all hits, cards", Again("4111111111111111 ")),
    ("all hits, bearer", Again("Authorization: Bearer q7w8e9r0t1y2u3i4o5p6 ")),
    ("YAML below", Again("password:\n  ")),
    ("XML", Again("<password>")),
    ("command line", Again("--password ")),
    ("curl -u", Again("curl -u a:b ")),
];

const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// What one family came to in one shape.
struct Outcome {
    family: &'static str,
    name: String,
    rate: f64,
    exponent: f64,
}

/// Runs all families whose name holds `word`, beside `clean` MB/s; prints them, the slowest first; gives what is missed.
pub(crate) fn run(redactor: &Redactor, clean: f64, most: usize, word: &str) -> Vec<String> {
    let mut all: Vec<Outcome> = Vec::new();
    for (family, make) in FAMILIES.iter().filter(|(family, _)| family.contains(word)) {
        for lines in [false, true] {
            let name = format!("{family}, {}", if lines { "many lines" } else { "one line" });
            all.push(measure(redactor, family, name, most, |size| text(make, size, lines)));
        }
    }
    all.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    println!(
        "\nhostile text to {} KiB; clean: {clean:.0} MB/s, goal {:.0} MB/s and exponent {EXPONENT}",
        most >> 10,
        goal(clean)
    );
    println!("{:44} {:>8} {:>10} {:>9}", "family", "MB/s", "of clean", "exponent");
    for one in &all {
        let short = if is_short(one, clean) { "short" } else { "" };
        println!(
            "{:44} {:8.0} {:>10} {:9.2} {short}",
            one.name,
            one.rate,
            format!("1/{:.1}", clean / one.rate),
            one.exponent
        );
    }
    let short = all.iter().filter(|one| is_short(one, clean)).count();
    println!("{short} of {} are short of the goal", all.len());
    for (family, _) in KNOWN {
        let mut of = all.iter().filter(|one| one.family == *family).peekable();
        if of.peek().is_some() && of.all(|one| !is_short(one, clean)) {
            println!("{family} reaches the goal: strike it from KNOWN");
        }
    }
    all.iter().filter_map(|one| missed(one, clean)).collect()
}

fn is_short(one: &Outcome, clean: f64) -> bool {
    one.rate < goal(clean) || one.exponent > EXPONENT
}

fn goal(clean: f64) -> f64 {
    FLOOR.max(clean * SHARE)
}

fn missed(one: &Outcome, clean: f64) -> Option<String> {
    let known = KNOWN.iter().find(|(name, _)| *name == one.family).map(|(_, rate)| *rate);
    let floor = known.unwrap_or_else(|| goal(clean)) * TOLERANCE;
    (one.rate < floor || one.exponent > EXPONENT + EXPONENT_TOLERANCE).then(|| {
        format!("{}: {:.0} MB/s, exponent {:.2}; wanted {floor:.0} and {EXPONENT}", one.name, one.rate, one.exponent)
    })
}

fn measure(
    redactor: &Redactor,
    family: &'static str,
    name: String,
    most: usize,
    text: impl Fn(usize) -> Vec<u8>,
) -> Outcome {
    let patience = PATIENCE[usize::from(most > EVERY_DAY)];
    let mut points: Vec<(f64, f64)> = Vec::new();
    let mut last = f64::NAN;
    let mut size = 1 << 10;
    while size <= most {
        let text = text(size);
        // Short texts often enough that the clock can tell.
        let (rounds, times) = (3, ((64 << 10) / size).max(1));
        let once = || thread_time(|| (0..times).map(|_| redactor.redact(&text).len()).sum::<usize>());
        let first = once();
        let rounds = if first > Duration::from_millis(50) { 1 } else { rounds };
        let time = (1..rounds).map(|_| once()).fold(first, Duration::min);
        last = rate(text.len() * times, time);
        points.push(((text.len() as f64).ln(), (time.as_secs_f64() / times as f64).ln()));
        if time > patience {
            break;
        }
        size *= 4;
    }
    let upper = &points[points.len().saturating_sub(points.len() / 2 + 1)..];
    Outcome { family, name, rate: last, exponent: slope(&points).max(slope(upper)) }
}

/// The slope of the straight line through the points, by least squares.
fn slope(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
    let (above, below) =
        points.iter().fold((0.0, 0.0), |(a, b), p| (a + (p.0 - x) * (p.1 - y), b + (p.0 - x) * (p.0 - x)));
    above / below
}

/// `size` bytes in one line, or in lines of about 200.
fn text(make: &Make, size: usize, lines: bool) -> Vec<u8> {
    const LINE: usize = 200;
    let mut rng = Rng(size as u64);
    let whole = match make {
        Again(piece) => {
            let mut out = Vec::with_capacity(size + 64);
            let mut begun = 0;
            while out.len() < size {
                out.extend_from_slice(piece.as_bytes());
                if lines && out.len() - begun >= LINE {
                    out.push(b'\n');
                    begun = out.len();
                }
            }
            return out;
        }
        Code(make) => make(&mut rng, size),
    };
    if lines { whole.chunks(LINE).collect::<Vec<_>>().join(&b'\n') } else { whole }
}

fn keyed(rng: &mut Rng, len: usize, key: &str) -> Vec<u8> {
    repeat(len, || format!("{key}{} ", rng.text(BASE64, 64)))
}

fn near(rng: &mut Rng, len: usize, prefix: &str, rest: usize) -> Vec<u8> {
    repeat(len, || format!("{prefix}{} ", rng.text(ALNUM, rest).to_ascii_uppercase()))
}

fn repeat(len: usize, mut piece: impl FnMut() -> String) -> Vec<u8> {
    let mut out = Vec::with_capacity(len + 128);
    while out.len() < len {
        out.extend_from_slice(piece().as_bytes());
    }
    out
}

/// The first `len` bytes of a sequence that holds every word of `n` letters, again from its start where it is shorter
/// (Fredricksen and Maiorana: Lyndon words in order).
fn de_bruijn(alphabet: &[u8], n: usize, len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(len);
    let mut word: Vec<usize> = vec![0];
    while out.len() < len {
        if n.is_multiple_of(word.len()) {
            out.extend(word.iter().map(|i| alphabet[*i]));
        }
        let period = word.len();
        word = (0..n).map(|i| word[i % period]).collect();
        while word.last().is_some_and(|i| *i == alphabet.len() - 1) {
            word.pop();
        }
        match word.last_mut() {
            Some(i) => *i += 1,
            None => word.push(0),
        }
    }
    out.truncate(len);
    out
}
