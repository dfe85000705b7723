//! The papers are true: their examples are run, their links lead somewhere.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use common::{difference, root};
use regex::Regex;

/// What the reader types first; here the built program stands in for the installed one.
const INSTALL: &str = "cargo install --path . --locked && ";

fn paper(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The blocks of `text` in a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let block = Regex::new(&format!(r"(?ms)^```{language}\n(.*?)^```$")).unwrap();
    block.captures_iter(text).map(|c| c[1].to_owned()).collect()
}

/// Each `$ command` of a block with what it is said to print.
fn commands(block: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command.to_owned(), String::new())),
            (None, Some((_, output))) => *output += &format!("{line}\n"),
            (None, None) => panic!("a block begins with `$ `: {line}"),
        }
    }
    found
}

/// Runs `command` as a reader in the project's folder would, with no settings of their own.
fn run(command: &str, folder: &Path) -> Vec<u8> {
    let program = Path::new(env!("CARGO_BIN_EXE_inkout")).parent().unwrap();
    let path = std::env::var("PATH").unwrap();
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:{path}", program.display()))
        .env("HOME", folder)
        .output()
        .unwrap();
    output.stdout
}

#[test]
fn every_example_of_the_readme_prints_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["samples", "packaging"] {
        symlink(root().join(name), folder.path().join(name)).unwrap();
    }
    let readme = paper("README.md");
    let all: Vec<_> = blocks(&readme, "console").iter().flat_map(|block| commands(block)).collect();
    assert!(all[0].0.starts_with(INSTALL), "the first command installs and runs");
    let mut wrong = Vec::new();
    for (command, want) in &all {
        let got = run(command.strip_prefix(INSTALL).unwrap_or(command), folder.path());
        if let Some(difference) = difference(&got, want.as_bytes()) {
            wrong.push(format!("$ {command}\n{difference}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The crate's documentation has the same code, and there `cargo test` runs it.
#[test]
fn the_library_example_is_the_one_that_is_tested() {
    let docs = paper("src/lib.rs");
    for block in blocks(&paper("README.md"), "rust") {
        for line in block.lines().filter(|line| !line.is_empty()) {
            assert!(docs.contains(&format!("//! {line}\n")), "src/lib.rs does not run: {line}");
        }
    }
}

#[test]
fn every_option_the_readme_names_is_known() {
    let help = String::from_utf8(run("inkout --help", root())).unwrap();
    let readme = paper("README.md");
    let table = readme.split("## Options").nth(1).unwrap().split("\n## ").next().unwrap();
    let option = Regex::new(r"--[a-z][a-z-]+").unwrap();
    for word in option.find_iter(table).map(|m| m.as_str()).filter(|word| *word != "--help") {
        assert!(help.contains(word), "inkout --help does not know {word}");
    }
}

#[test]
fn links_lead_somewhere() {
    let link = Regex::new(r"\]\(([^)#:]+)\)").unwrap();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"] {
        for target in link.captures_iter(&paper(name)).map(|c| c[1].to_owned()) {
            assert!(root().join(&target).exists(), "{name}: {target} is not there");
        }
    }
}

/// docs/in-process-filter.md speaks of the filter that tests/seed_story.rs runs.
#[test]
fn the_filter_on_paper_is_the_one_that_is_run() {
    let app = paper("tests/seed/app.py");
    let block = blocks(&paper("docs/in-process-filter.md"), "python").remove(0);
    let lines = block.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.for_each(|line| assert!(app.contains(line), "tests/seed/app.py does not run: {line}"));
}

/// The container's entrypoint, as it is written there, passes on what it is asked for: signals, exit codes, the last line.
///
/// Nothing is read from the surroundings: standard input is empty, and a shell that ignores signals does not matter.
#[test]
fn the_entrypoint_waits_for_the_last_line() {
    let dockerfile = paper("packaging/container/Dockerfile");
    let line = dockerfile.lines().rev().find_map(|line| line.strip_prefix("ENTRYPOINT ")).unwrap();
    let entrypoint: Vec<String> = serde_json::from_str(line).unwrap();
    let run = |script: &str| {
        let command = format!("{} {script} </dev/null; echo $?", entrypoint.join(" "));
        String::from_utf8(run(&command, root())).unwrap()
    };
    assert_eq!(run("sh -c 'printf password=hunter2'"), "password=[REDACTED]0\n");
    assert_eq!(run("sh -c 'echo password=hunter2 >&2; exit 7'"), "password=[REDACTED]\n7\n");
    // The command is asked to stop, takes its time and says goodbye.
    let asked = r#"sh -c 'trap "sleep 0.1; echo token=s3cr3t-bye; exit 5" TERM; kill -TERM $PPID; while :; do sleep 0.05; done'"#;
    assert_eq!(run(asked), "token=[REDACTED]\n5\n");
}
