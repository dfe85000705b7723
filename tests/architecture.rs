//! The plan of the house, read off the sources: who may import whom, how long a file is, where `unsafe` may stand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::path::{Path, PathBuf};

use common::{files, root};
use regex::Regex;

/// Each part of the house and the parts it may know. What is not listed here has no place yet.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("span", &[]),
    ("catalogue", &["span"]),
    ("sieve", &["span", "catalogue"]),
    ("detect", &["span", "catalogue", "sieve"]),
    ("redact", &["span", "catalogue", "detect"]),
    // How bytes arrive and leave: they never see a rule.
    ("source", &["span"]),
    ("sink", &["span", "redact", "source"]),
    // A program that is started: its output is a source, and what is in it is no business of that part.
    ("child", &["span", "source"]),
    ("report", &["span", "catalogue", "redact"]),
    ("pipeline", &["span", "catalogue", "redact", "source", "sink", "report"]),
    ("clean", &["span", "catalogue", "redact", "source", "sink", "pipeline", "report"]),
    ("scan", &["span", "catalogue", "redact", "source", "sink", "pipeline", "report"]),
    // An agent's protocol around the texts: all that passes is cleaned on the way.
    ("plugin", &["span", "redact", "record", "source", "sink", "pipeline", "report"]),
    // Records of agents, in their own encoding.
    ("record", &["span", "redact", "sink"]),
    // Sources to sinks, for good.
    ("serve", &["span", "catalogue", "redact", "record", "source", "sink", "pipeline", "report", "plugin"]),
    // For C: the public API and no more.
    ("capi", &["span", "catalogue", "redact"]),
    (
        "cli",
        &[
            "span",
            "catalogue",
            "redact",
            "source",
            "sink",
            "pipeline",
            "report",
            "clean",
            "scan",
            "child",
            "plugin",
            "serve",
        ],
    ),
];

/// Where the names at the crate's top come from.
const RE_EXPORTS: &[(&str, &[&str])] = &[
    (
        "redact",
        &[
            "Action",
            "BuildError",
            "Builder",
            "Clean",
            "Guess",
            "Guesser",
            "INTERNAL_ERROR",
            "MarkKey",
            "Redactor",
            "Session",
            "Stream",
            "UNFINISHED",
        ],
    ),
    ("span", &["Confidence", "Hit", "Quote", "RuleId", "Span"]),
];

/// The part of a file before its tests.
fn shipped(text: &str) -> &str {
    Regex::new(r"#\[cfg\(test\)\]\s*mod \w+ \{").unwrap().split(text).next().unwrap()
}

/// The lines of a file that ship, without comments.
fn product(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    shipped(&text).lines().map(|line| line.split("//").next().unwrap()).collect::<Vec<_>>().join("\n")
}

fn sources() -> Vec<(String, PathBuf)> {
    let top = root().join("src");
    let name = |path: &Path| path.strip_prefix(&top).unwrap().to_string_lossy().replace('\\', "/");
    let ships = |path: &PathBuf| !only_tests(path);
    files(&top, ".rs").into_iter().filter(ships).map(|path| (name(&path), path)).collect()
}

/// Whether the module of this file is declared for tests alone.
fn only_tests(path: &Path) -> bool {
    let (folder, module) = (path.parent().unwrap(), path.file_stem().unwrap().to_string_lossy());
    let declared = Regex::new(&format!(r"#\[cfg\(test\)\]\s*(?:pub\(\w+\) )?mod {module};")).unwrap();
    let parents = [folder.join("mod.rs"), folder.join("lib.rs"), folder.with_extension("rs")];
    parents.iter().filter_map(|parent| std::fs::read_to_string(parent).ok()).any(|text| declared.is_match(&text))
}

/// The part of the house a source file belongs to.
fn part(name: &str) -> &str {
    name.split(['/', '.']).next().unwrap()
}

/// The parts that `code` names by `crate::` or, in the program, by `inkout::`.
fn imports(code: &str) -> Vec<String> {
    let one = Regex::new(r"\b(?:crate|inkout)::(\w+|\{[^;]*\})").unwrap();
    let first = Regex::new(r"(?:^\{|,)\s*(\w+)").unwrap();
    let mut found = Vec::new();
    for what in one.captures_iter(code).map(|c| c[1].to_owned()) {
        if what.starts_with('{') {
            let flat = without_inner_braces(&what);
            found.extend(first.captures_iter(&flat).map(|c| c[1].to_owned()));
        } else {
            found.push(what);
        }
    }
    let origin =
        |name: String| RE_EXPORTS.iter().find(|(_, all)| all.contains(&&*name)).map_or(name, |(p, _)| (*p).to_owned());
    found.into_iter().map(origin).collect()
}

/// `{a, b::{c, d}}` as `{a, b::}`.
fn without_inner_braces(group: &str) -> String {
    let mut depth = 0;
    let keep = |c: &char| {
        depth += i32::from(*c == '{') - i32::from(*c == '}');
        depth <= 1 && (*c != '}' || depth == 0)
    };
    group.chars().filter(keep).collect()
}

#[test]
fn imports_point_one_way() {
    let mut wrong = Vec::new();
    for (name, path) in sources() {
        if matches!(name.as_str(), "lib.rs" | "main.rs") {
            continue;
        }
        let me = part(&name);
        let Some((_, allowed)) = MAY_IMPORT.iter().find(|(p, _)| *p == me) else {
            wrong.push(format!("src/{name}: {me} has no place in ARCHITECTURE.md and tests/architecture.rs"));
            continue;
        };
        let foreign = |p: &String| p != me && !allowed.contains(&p.as_str());
        wrong.extend(
            imports(&product(&path)).into_iter().filter(foreign).map(|p| format!("src/{name}: {me} imports {p}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_are_read_in_every_spelling() {
    assert_eq!(imports("use crate::span::Span;\nuse crate::{a, b::{c, d}, e as f};"), ["span", "a", "b", "e"]);
    assert_eq!(imports("fn f(x: crate::sieve::Sieve) -> inkout::Redactor"), ["sieve", "redact"]);
}

#[test]
fn files_are_short_and_say_what_they_promise() {
    let mut wrong = Vec::new();
    for (name, path) in sources() {
        let text = std::fs::read_to_string(&path).unwrap();
        let lines = shipped(&text).lines().count();
        if lines > 400 {
            wrong.push(format!("src/{name}: {lines} lines before its tests; 400 is the limit"));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("src/{name}: does not open with //! and what it promises"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_and_threads_stand_where_they_may() {
    let places = [
        (r"\bunsafe\s*(?:\{|fn|impl|trait|extern)|#\[unsafe\(", &["sieve/simd/", "capi.rs"][..], "unsafe code"),
        (r"\bthread::(?:spawn|scope|Builder)\b", &["pipeline/", "serve/"], "a thread is started"),
        (r"\bfrom_utf8_lossy\b", &[], "lossy UTF-8"),
    ];
    let mut wrong = Vec::new();
    for (name, path) in sources() {
        let code = product(&path);
        for (pattern, places, what) in places {
            let may = places.iter().any(|place| name.starts_with(place));
            if !may && Regex::new(pattern).unwrap().is_match(&code) {
                wrong.push(format!("src/{name}: {what}, which may stand in {places:?} only"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_plan_on_paper_names_every_part() {
    let plan = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for (name, _) in sources() {
        let me = part(&name);
        assert!(plan.contains(&format!("`{me}")), "ARCHITECTURE.md does not speak of {me}");
    }
}
