//! Reads the built-in rule files when the library is built, so that a program which starts has nothing to parse.
//!
//! It uses the library's own loader, and stops the build where a file has a mistake.

#![allow(dead_code, unreachable_pub)]

use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fs, process};

#[path = "src/catalogue"]
mod catalogue {
    pub mod foreign;
    pub mod ident;
    mod index;
    pub mod lines;
    pub mod literal;
    pub mod load;
    pub mod names;
    pub mod near;
    pub mod rule;
    pub mod vendors;
    mod words;
}

use catalogue::literal::{self, Anchors, Literal};
use catalogue::load::{self, Mistake};
use catalogue::names;
use catalogue::rule::{Boundary, END, Kind, Lines, Rule};
use catalogue::vendors::{self, Shape};

fn main() {
    println!("cargo::rerun-if-changed=patterns");
    println!("cargo::rerun-if-changed=src/catalogue");
    if let Err(message) = generate() {
        eprintln!("{message}");
        process::exit(1);
    }
}

fn generate() -> Result<(), String> {
    let say = |error: std::io::Error| error.to_string();
    let mut files: Vec<PathBuf> = fs::read_dir("patterns").map_err(say)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| {
        path.extension().is_some_and(|e| e == "toml")
            && path.file_stem().is_some_and(|s| s != "names" && s != "vendors")
    });
    files.sort();
    let mut code = String::from("static RULES: &[(Rule, Option<Fixed>)] = &[\n");
    for path in files {
        let name = path.file_name().and_then(|n| n.to_str()).ok_or("a rule file's name is not text")?;
        let text = fs::read_to_string(&path).map_err(say)?;
        let rules = load::rules(name, &text).map_err(|wrong| complaint(&wrong))?;
        for rule in &rules {
            let anchors = anchors(rule)?;
            entry(&mut code, rule, anchors.as_ref());
        }
    }
    code.push_str("];\n");
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    fs::write(Path::new(&out).join("rules.rs"), code).map_err(say)?;
    let text = fs::read_to_string("patterns/names.toml").map_err(say)?;
    let list = names::parse("names.toml", &text).map_err(|wrong| complaint(&wrong))?;
    let entries: String = list.iter().map(|(name, class)| format!("({name:?}, Class::{class:?}),\n")).collect();
    let code = format!("static NAMES: &[(&str, Class)] = &[\n{entries}];\n");
    fs::write(Path::new(&out).join("names.rs"), code).map_err(say)?;
    let text = fs::read_to_string("patterns/vendors.toml").map_err(say)?;
    fs::write(Path::new(&out).join("vendors.rs"), vendors(&text)?).map_err(say)
}

/// The table of vendors as a constant.
fn vendors(text: &str) -> Result<String, String> {
    let table = vendors::parse("vendors.toml", text).map_err(|wrong| complaint(&wrong))?;
    let (first, last) = between(&table);
    let mut code = format!(
        "pub(crate) static TABLE: Table = Table {{ distance: {}, first: {first:?}, last: {last:?}, kinds: &[\n",
        table.distance
    );
    for entry in &table.vendors {
        let list = |shapes: &[String]| -> Result<String, String> {
            shapes.iter().map(|shape| Ok(format!("Shape::{:?}, ", Shape::read(shape)?))).collect()
        };
        let (shapes, told) = (list(&entry.shapes)?, list(&entry.told)?);
        // Writing to a string cannot fail.
        let _ = writeln!(
            code,
            "Kind {{ near: &{:?}, shapes: &[{shapes}], told: &[{told}], keyed: {}, free: {} }},",
            entry.near, entry.keyed, entry.free
        );
    }
    let numbered = |(number, entry): (usize, &vendors::Entry)| {
        entry.near.iter().map(move |word| (word.clone(), number)).collect::<Vec<_>>()
    };
    let mut words: Vec<(String, usize)> = table.vendors.iter().enumerate().flat_map(numbered).collect();
    words.sort();
    let mut known = [0u64; vendors::KNOWN / 64];
    for place in words.iter().filter_map(|(word, _)| vendors::place(word.as_bytes())) {
        known[place / 64] |= 1 << (place % 64);
    }
    let _ = writeln!(code, "], words: &{words:?}, known: {known:?} }};");
    Ok(code)
}

/// The words that may stand in between and whether each is telling, by their first and by their last letter, the
/// longest first.
fn between(table: &vendors::Table) -> ([Group<'_>; 26], [Group<'_>; 26]) {
    let mut words: Vec<&String> = table.between.iter().collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let group = |letter: fn(&str) -> Option<u8>| {
        std::array::from_fn(|n| {
            let is = |word: &&&String| letter(word) == Some(b'a' + n as u8);
            Group(words.iter().filter(is).map(|word| (word.as_str(), table.telling.contains(word))).collect())
        })
    };
    (group(|word| word.bytes().next()), group(|word| word.bytes().next_back()))
}

/// `Debug` is the Rust spelling of a static slice.
struct Group<'t>(Vec<(&'t str, bool)>);

impl fmt::Debug for Group<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "&{:?}", self.0)
    }
}

fn complaint(wrong: &[Mistake]) -> String {
    wrong.iter().map(|mistake| format!("patterns/{mistake}\n")).collect()
}

fn anchors(rule: &Rule) -> Result<Option<Anchors>, String> {
    let Kind::Pattern(pattern) = &rule.kind else { return Ok(None) };
    let hir = literal::parse(pattern).map_err(|what| format!("patterns/{}: rule {}: {what}", rule.origin, rule.id))?;
    Ok(literal::anchors(&hir, rule.boundary != Boundary::None))
}

/// Writes the rule as a constant. `Debug` of the parts is their Rust spelling.
fn entry(code: &mut String, rule: &Rule, anchors: Option<&Anchors>) {
    let text = |t: &str| format!("Cow::Borrowed({t:?})");
    let lines = |lines: &Lines| {
        let all: String = lines.iter().flat_map(|line| line.chars().chain([END])).collect();
        format!("Lines::fixed({all:?})")
    };
    let texts = |list: &[catalogue::rule::Text]| {
        format!("Cow::Borrowed(&[{}])", list.iter().map(|t| text(t)).collect::<Vec<_>>().join(", "))
    };
    let kind = match &rule.kind {
        Kind::Pattern(pattern) => format!("Kind::Pattern({})", text(pattern)),
        Kind::Detector(detector) => format!("Kind::Detector(Detector::{detector:?})"),
        Kind::Ident(ident) => format!("Kind::Ident(Ident::{ident:?})"),
        // No rule file of ours has any.
        Kind::Foreign(_) | Kind::Literals(_) => return,
        Kind::Known => "Kind::Known".to_owned(),
    };
    let checks = rule.checks.iter().map(|check| format!("Check::{check:?}")).collect::<Vec<_>>().join(", ");
    // Writing to a string cannot fail.
    let _ = write!(
        code,
        "(Rule {{ id: {}, title: {}, group: {}, severity: Severity::{:?}, profile: Profile::{:?}, kind: {kind}, \
         boundary: Boundary::{:?}, checks: Cow::Borrowed(&[{checks}]), near: Near {{ words: {}, not: {}, distance: {} }}, cwe: Cow::Borrowed(&{:?}), fix: {}, \
         reference: {}, examples: {}, near_misses: {}, origin: Origin {{ file: {}, line: {} }} }}, ",
        text(&rule.id),
        text(&rule.title),
        text(&rule.group),
        rule.severity,
        rule.profile,
        rule.boundary,
        texts(&rule.near.words),
        texts(&rule.near.not),
        rule.near.distance,
        rule.cwe,
        text(&rule.fix),
        text(&rule.reference),
        lines(&rule.examples),
        lines(&rule.near_misses),
        text(&rule.origin.file),
        rule.origin.line,
    );
    match anchors {
        None => code.push_str("None),\n"),
        Some(anchors) => {
            let counted = |literal: &Literal| {
                let units = literal.iter().flat_map(|unit| [unit.byte, unit.fold]);
                std::iter::once(literal.len() as u8).chain(units).collect::<Vec<u8>>()
            };
            let literals: Vec<u8> = anchors.literals.iter().flat_map(counted).collect();
            let (back, head) = (anchors.back, anchors.head);
            let _ = writeln!(code, "Some(Fixed {{ literals: &{literals:?}, back: {back:?}, head: {head} }})),");
        }
    }
}
