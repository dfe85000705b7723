//! `inkout rules test`: rule files against their own examples, and what each rule costs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::exit::Exit;
use super::leaks::leaks;
use super::plan::Refused;
use super::print;
use crate::catalogue::foreign::gitleaks::{self, File};
use crate::catalogue::foreign::summary;
use crate::catalogue::load;
use crate::catalogue::placeholder::{examples, near_misses};
use crate::catalogue::{Mistake, Rule};
use crate::redact::cost;
use crate::report::say;
use crate::source::printable;
use crate::{Redactor, Span};

/// Runs the rules of each file against their own examples and near misses, and measures them.
///
/// # Errors
/// What is wrong with a file, so that its rules cannot be run at all.
pub(super) fn test(files: &[PathBuf]) -> Result<Exit, Refused> {
    let mut exit = Exit::Done;
    for file in files {
        let tested = Tested::new(file)?;
        tested.failures.iter().for_each(|line| say(line));
        exit = exit.max(print(tested.text(&printable(file))));
        if !tested.failures.is_empty() {
            exit = exit.max(Exit::Partly);
        }
    }
    Ok(exit)
}

/// What a file came to.
#[derive(Default)]
struct Tested {
    examples: usize,
    failures: Vec<String>,
    /// A line for each rule.
    costs: String,
    /// A rule file of another program has no examples.
    foreign: bool,
}

impl Tested {
    fn new(path: &Path) -> Result<Self, Refused> {
        let name = printable(path);
        let text = std::fs::read_to_string(path).map_err(|error| refused(vec![format!("{name}: {error}")]))?;
        if is_foreign(&text) { Self::foreign(path) } else { Self::own(&name, &text) }
    }

    fn own(name: &str, text: &str) -> Result<Self, Refused> {
        let rules = load::rules(name, text).map_err(|wrong| refused(lines(&wrong)))?;
        let mut tested = Self::default();
        for rule in &rules {
            let redactor = alone(rule)?;
            tested.examples += rule.examples.len() + rule.near_misses.len();
            let wrong = test_rule(rule, &redactor);
            tested.failures.extend(wrong.into_iter().map(|what| format!("{}: rule {}: {what}", rule.origin, rule.id)));
            tested.cost(rule, &redactor);
        }
        Ok(tested)
    }

    fn foreign(path: &Path) -> Result<Self, Refused> {
        let mut wrong = Vec::new();
        let files: Vec<File> = leaks(path.to_owned(), &mut wrong);
        if !wrong.is_empty() {
            return Err(refused(wrong));
        }
        let loaded = gitleaks::load(&files).map_err(|wrong| refused(lines(&wrong)))?;
        summary(&loaded.notes).iter().for_each(|line| say(line));
        let mut tested = Self { foreign: true, ..Self::default() };
        for rule in &loaded.rules {
            let redactor = alone(rule)?;
            tested.cost(rule, &redactor);
        }
        Ok(tested)
    }

    fn cost(&mut self, rule: &Rule, redactor: &Redactor) {
        let cost = cost(rule);
        let signs: Vec<String> = cost.signs.iter().take(4).map(|sign| format!("{sign:?}")).collect();
        let more = cost.signs.len().saturating_sub(4);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let signs = if signs.is_empty() { String::new() } else { format!(": {}{more}", signs.join(" ")) };
        let slow = if cost.slow { ", as no fixed text of two bytes is in every match: give it one" } else { "" };
        // Writing to a string cannot fail.
        let _ = writeln!(self.costs, "  {}: {} ns/KiB, {}{signs}{slow}", rule.id, measured(redactor), cost.class);
    }

    fn text(&self, name: &str) -> String {
        let verdict =
            if self.failures.is_empty() { "all hold".to_owned() } else { format!("{} fail", self.failures.len()) };
        let first = if self.foreign {
            format!("{name}: rules of another program, without examples\n")
        } else {
            format!("{name}: {} examples and near misses, {verdict}\n", self.examples)
        };
        first + &self.costs
    }
}

/// Whether it is a rule file of gitleaks or betterleaks: its list is called `rules`, ours `rule`.
fn is_foreign(text: &str) -> bool {
    let table: Option<BTreeMap<String, toml::Value>> = toml::from_str(text).ok();
    table.is_some_and(|table| {
        !table.contains_key("rule") && (table.contains_key("rules") || table.contains_key("extend"))
    })
}

/// A redactor with `rule` alone, on or not.
fn alone(rule: &Rule) -> Result<Redactor, Refused> {
    let builder = Redactor::builder().builtin(false).rule(rule.clone()).enable(rule.id.as_ref());
    builder.build().map_err(|error| refused(lines(error.mistakes())))
}

/// Nanoseconds that a KiB of usual log text takes, at the best of a few turns.
fn measured(redactor: &Redactor) -> u128 {
    let text = SAMPLE.repeat(SIZE / SAMPLE.len() + 1);
    let turn = || {
        let started = Instant::now();
        std::hint::black_box(redactor.find(std::hint::black_box(&text)));
        started.elapsed()
    };
    // The first one builds what is built when it is needed.
    turn();
    let best = (0..TURNS).map(|_| turn()).min().unwrap_or(Duration::ZERO);
    best.as_nanos() * 1024 / text.len() as u128
}

const SAMPLE: &[u8] = include_bytes!("../../samples/gunicorn.log");
/// Bytes of text that are searched in a turn.
const SIZE: usize = 32 << 10;
const TURNS: usize = 3;

fn refused(why: Vec<String>) -> Refused {
    Refused { exit: Exit::Config, why }
}

/// What `redactor`, which has only `rule`, does not do as the rule promises.
fn test_rule(rule: &Rule, redactor: &Redactor) -> Vec<String> {
    let mut wrong = Vec::new();
    if rule.examples.is_empty() {
        wrong.push("it has no example, so nothing shows that it works".to_owned());
    }
    let mut cases: Vec<(String, String, Vec<Span>)> = Vec::new();
    match examples(rule) {
        Ok(all) => cases.extend((1..).zip(all).map(|(i, e)| (format!("example {i}"), e.text, e.secrets))),
        Err(what) => wrong.push(what),
    }
    match near_misses(rule) {
        Ok(all) => cases.extend((1..).zip(all).map(|(i, text)| (format!("near miss {i}"), text, Vec::new()))),
        Err(what) => wrong.push(what),
    }
    wrong.extend(
        cases.iter().filter_map(|(what, text, want)| Some(format!("{what}: {}", differs(redactor, text, want)?))),
    );
    wrong
}

/// How the spans that are found differ from `want`, counted in bytes from 0 in the line with placeholders filled in.
fn differs(redactor: &Redactor, text: &str, want: &[Span]) -> Option<String> {
    let found: Vec<Span> = redactor.find(text.as_bytes()).iter().map(|hit| hit.span).collect();
    let shown = |spans: &[Span]| match spans {
        [] => "nothing".to_owned(),
        _ => spans.iter().map(Span::to_string).collect::<Vec<_>>().join(", "),
    };
    (found != want).then(|| format!("{} should be redacted, but {} is", shown(want), shown(&found)))
}

fn lines(mistakes: &[Mistake]) -> Vec<String> {
    mistakes.iter().map(Mistake::to_string).collect()
}
