//! The program: what was typed becomes a plan, the plan is carried out, and how that went becomes an exit code.
//!
//! One verb a file. Nothing imports this.

mod allow;
mod args;
mod bench;
mod clean;
mod clean_words;
mod config;
mod config_verb;
mod exit;
mod explain;
mod filter;
mod leaks;
mod mark_keys;
mod papers;
mod plan;
mod plugin;
mod rules;
mod rules_test;
mod run;
mod scan;
mod scan_args;
mod secret_file;
mod secrets;
#[cfg(feature = "serve")]
mod serve;
mod settings;
mod task;
mod trust;
mod verify_marks;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Once;

use clap::Parser;
use clap::error::ErrorKind;

pub use exit::Exit;

use crate::report::say;
use args::{Typed, Verb};
use plan::{Plan, Refused};
use task::Task;

/// Runs the program with the process's arguments. `closed` has a bit for each of standard input, output and error
/// that was closed when the process began.
#[must_use]
pub fn run(closed: u8) -> Exit {
    let names = ["standard input", "standard output", "standard error"];
    if let Some((_, name)) = names.iter().enumerate().find(|(bit, _)| closed & (1 << bit) != 0) {
        // Going on would mean to read nothing, or to write into nothing, and call it done.
        say(&format!("{name} is closed; nothing was read (to discard it, use /dev/null)"));
        return Exit::Usage;
    }
    quiet_panics();
    catch_unwind(AssertUnwindSafe(planned)).unwrap_or(Exit::Internal)
}

fn planned() -> Exit {
    let typed = match Typed::try_parse() {
        Ok(typed) => typed,
        Err(error) => return parsing(&error),
    };
    if let Some(Verb::Run { in_place: Some(was), command, .. }) = &typed.verb {
        return run::in_place(command, was);
    }
    Plan::new(typed, variable).and_then(carry_out).unwrap_or_else(|refused| {
        refused.why.iter().for_each(|line| say(line));
        refused.exit
    })
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn carry_out(plan: Plan) -> Result<Exit, Refused> {
    let Plan { task, settings } = plan;
    settings.secrets.notes.iter().for_each(|note| say(note));
    // A program that is started would have the limit, too; that our memory cannot be dumped does for ours.
    if settings.holds_secrets() && !matches!(task, Task::Run { .. }) {
        secrets::no_core_files().map_err(|error| {
            let why = vec![format!("secrets: this process cannot be kept from core files: {error}")];
            Refused { exit: Exit::Internal, why }
        })?;
    }
    match task {
        Task::Filter { inputs, output, gzip } => filter::run(&inputs, output.as_deref(), gzip, &settings),
        Task::Clean(plan) => clean::run(*plan, &settings),
        Task::Scan { plan, key } => scan::run(&plan, &settings, key),
        Task::Run { command, plumbing } => run::run(&command, plumbing, &settings),
        #[cfg(feature = "serve")]
        Task::Serve { sandbox } => serve::run(&settings, sandbox),
        Task::Plugin(plugin) => plugin::run(&plugin, &settings),
        Task::Bench(input) => bench::run(&input, &settings),
        Task::RulesList { json } => rules::list(&settings, json),
        Task::RulesShow { id } => rules::show(&settings, &id),
        Task::RulesTest { files } => rules_test::test(&files),
        Task::Explain { line } => explain::run(line, &settings),
        Task::VerifyMarks { files } => verify_marks::run(&files, &settings),
        Task::ConfigCheck => config_verb::check(&settings),
        Task::ConfigShow => Ok(config_verb::show(&settings)),
        Task::Man { verb } => papers::man(&verb),
        Task::Completions(shell) => Ok(papers::completions(shell)),
    }
}

/// clap's own word on what it could not read, or what it was asked to show.
fn parsing(error: &clap::Error) -> Exit {
    let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    match error.print() {
        Err(error) if asked => failed(&error),
        _ if asked => Exit::Done,
        _ => Exit::Usage,
    }
}

/// Puts a text of our own on standard output.
fn print(text: impl AsRef<[u8]>) -> Exit {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_ref()).and_then(|()| out.flush()) {
        Ok(()) => Exit::Done,
        Err(error) => failed(&error),
    }
}

fn failed(error: &std::io::Error) -> Exit {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        return Exit::GONE;
    }
    say(&format!("standard output: {error}"));
    Exit::Output
}

/// A panic's message may hold anything, so only its place is told, and only the first one's.
fn quiet_panics() {
    static FIRST: Once = Once::new();
    std::panic::set_hook(Box::new(|info| {
        FIRST.call_once(|| {
            let place = info.location().map_or_else(String::new, |l| format!(" at {}:{}", l.file(), l.line()));
            say(&format!("internal error{place}; please report it. What it concerns is blacked out"));
        });
    }));
}
