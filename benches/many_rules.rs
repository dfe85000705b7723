//! Ten times the rules: what a catalogue that grows costs where there is nothing to find.

use std::fmt::Write;

use inkout::{BuildError, Redactor};

use crate::corpus::{Corpus, Rng};
use crate::measure::{paired, redact};

/// The most that ten times the rules may take of the plain catalogue's time, and what a busy machine may add.
const LIMIT: f64 = 1.5;
const TOLERANCE: f64 = 0.2;

/// Prints both speeds; says what is missed.
pub(crate) fn run(plain: &Redactor, clean: &Corpus) -> Result<Option<String>, BuildError> {
    let more = plain.rules().len() * 9;
    let begun = std::time::Instant::now();
    let many = Redactor::builder().rules("synthetic.toml", rules(more)).build()?;
    let built = begun.elapsed();
    let found = many.find(&clean.text).len();
    let rates = paired(&clean.blocks(), &mut [redact(plain), redact(&many)]);
    let ratio = rates[0] / rates[1];
    println!(
        "\n{} rules: {:.0} MB/s; {} rules: {:.0} MB/s, {ratio:.2} times the time (limit {LIMIT}); built in {built:.0?}",
        plain.rules().len(),
        rates[0],
        many.rules().len(),
        rates[1]
    );
    if found != clean.planted {
        return Ok(Some(format!("synthetic rules: {found} hits where there are {}", clean.planted)));
    }
    Ok((ratio > LIMIT + TOLERANCE).then(|| format!("ten times the rules take {ratio:.2} times the time")))
}

/// Rules as an issuer of tokens would have them: its name, a sign, a run of random characters.
pub(crate) fn rules(count: usize) -> String {
    let mut rng = Rng(10);
    let mut text = "group = \"synthetic\"\n".to_owned();
    for number in 0..count {
        let len = 3 + rng.below(4);
        let name = rng.text(b"abcdefghijklmnopqrstuvwxyz", len);
        let sign = rng.pick(&["_", "-", "_live_", "-api-", "_pat_"]);
        let (class, placeholder) = if rng.below(3) == 0 { ("[0-9a-f]", "hex") } else { ("[A-Za-z0-9]", "alnum") };
        let run = 20 + rng.below(28);
        // Writing into a String does not fail.
        let _ = write!(
            text,
            "\n[[rule]]\nid = \"synthetic-{number}\"\ntitle = \"Token {number}\"\nseverity = \"high\"\n\
             pattern = '{name}{sign}{class}{{{run}}}'\nexamples = ['using «{name}{sign}{{{{{placeholder}:{run}}}}}» now']\n"
        );
    }
    text
}
