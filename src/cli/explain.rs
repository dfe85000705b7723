//! `inkout explain`: a line's candidates, which rule hit, and why another did not.
//!
//! The line is shown with its secrets masked: never more than a third of one, and nothing of a short one.

use std::fmt::Write;
use std::io::{BufRead, stdin};

use super::exit::Exit;
use super::plan::{Refused, Settings};
use super::print;
use crate::redact::{Look, Redactor, Verdict, Why};
use crate::report::say;

/// Explains `line`, or each line of standard input.
///
/// # Errors
/// Everything that is wrong with settings and rules.
pub(super) fn run(line: Option<String>, settings: &Settings) -> Result<Exit, Refused> {
    let redactor = settings.ready()?;
    if let Some(text) = line {
        let all: String = text.lines().map(|line| explained(&redactor, line.as_bytes())).collect();
        return Ok(print(all));
    }
    let mut input = stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => return Ok(Exit::Done),
            Ok(_) => {
                let text = line.strip_suffix(b"\n").unwrap_or(&line);
                let exit = print(explained(&redactor, text.strip_suffix(b"\r").unwrap_or(text)));
                if exit != Exit::Done {
                    return Ok(exit);
                }
            }
            Err(error) => {
                say(&format!("standard input: {error}"));
                return Ok(Exit::Partly);
            }
        }
    }
}

fn explained(redactor: &Redactor, line: &[u8]) -> String {
    let mut out = format!("{}\n", masked(redactor, line));
    let looks = redactor.explain(line);
    if looks.is_empty() {
        out.push_str("  no rule saw a sign of anything\n");
    }
    for Look { at, rule, verdict } in looks {
        let Some(rule) = redactor.rule(rule) else { continue };
        let (word, what) = match verdict {
            Verdict::Hit(span) => ("hit ", format!("{} bytes", span.len())),
            Verdict::Allowed(span, entry) => {
                let uses = redactor.allow_uses();
                let name = uses.get(entry).map_or("the allowlist", |one| one.name.as_str());
                ("pass", format!("{} bytes, allowed by {name}", span.len()))
            }
            Verdict::No(why) => ("no  ", reason(why).to_owned()),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {word} column {:<4} {}: {what}", at + 1, rule.id);
    }
    out
}

const fn reason(why: Why) -> &'static str {
    match why {
        Why::Keyword => "the line holds none of its keywords",
        Why::Before => "a letter, digit or _ stands directly before it",
        Why::Pattern => "its sign stands here, but its pattern does not match",
        Why::Detector => "its sign stands here, but nothing beside it is a secret to it",
        Why::Behind => "a letter, digit or _ stands directly behind it",
        Why::Check(what) => what,
        Why::Near => "no word that it is to be near to stands before it, or one that lets it pass is near",
        Why::Let => "its own allowlist, filter or entropy lets it pass",
        Why::Unsure => "it is less sure than min-confidence asks for",
        Why::Mark => "it is what we put in the place of a secret",
    }
}

/// The line with its hits masked and nothing in it that a terminal would obey.
fn masked(redactor: &Redactor, line: &[u8]) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for hit in redactor.find(line) {
        out += &shown(&line[at..hit.span.start]);
        let value = &line[hit.span.range()];
        // A sixth at each end is a third at the most.
        let keep = (value.len() / 6).min(4);
        out += &format!("{}***{}", shown(&value[..keep]), shown(&value[value.len() - keep..]));
        at = hit.span.end;
    }
    out + &shown(&line[at..])
}

fn shown(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
        }
        Err(_) => bytes.escape_ascii().to_string(),
    }
}
