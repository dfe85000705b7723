//! `inkout run`: a program between its caller and the rules.
//!
//! The caller sees the program: its exit code, its signals, its two outputs. What becomes of us is only told where it
//! would otherwise pass for well done.

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;

use super::exit::Exit;
use super::filter;
use super::plan::{Refused, Settings};
use crate::Redactor;
use crate::child::{self, Plumbing, Signals, Stream, Target, Watch};
use crate::pipeline::{Effort, Ended, Pipeline, Run, Stop, together};
use crate::report::{Explain, Meter, Watcher, say};
use crate::sink::{Fault, Sink};
use crate::source::printable;

/// Runs `command` with its output through the rules.
///
/// # Errors
/// What stands against it before it is started.
pub(super) fn run(command: &[OsString], plumbing: Plumbing, settings: &Settings) -> Result<Exit, Refused> {
    let internal = |error: io::Error| Refused { exit: Exit::Internal, why: vec![error.to_string()] };
    let signals = Signals::block().map_err(internal)?;
    let redactor = settings.ready()?;
    let meter = Arc::new(Meter::new(&redactor, settings.stats != super::settings::Counts::Off));
    let (stop, asker) = Stop::on_drop(settings.grace).map_err(internal)?;
    let stop = Arc::new(stop);
    let started = match child::start(command, plumbing) {
        Ok(started) => started,
        Err(error) => return Ok(not_started(&redactor, command, &error)),
    };
    let (watch, streams) = Watch::new(&signals, started);
    let names: Vec<&str> = streams.iter().map(|stream| name(stream.target)).collect();
    let way = |stream: Stream| -> io::Result<Run<'_>> {
        let sink = match stream.target {
            Target::Stdout => Sink::stdout()?,
            Target::Stderr => Sink::stderr(),
        };
        let effort = Effort { threads: settings.threads, block: settings.block_size };
        let pipeline = Pipeline::new(&redactor, sink, Arc::clone(&meter), Arc::clone(&stop), effort);
        let watcher = settings.explain.then(|| Watcher::Explain(Explain::new(name(stream.target).to_owned())));
        Ok(Run { pipeline, source: stream.source, watcher })
    };
    let runs = streams.into_iter().map(way).collect::<io::Result<_>>().map_err(internal)?;
    let (ways, code) = together(runs, |done| watch.run(done, || drop(asker), |signal| filter::give_up(&meter, signal)))
        .and_then(|(ways, code)| Ok((ways, code?)))
        .map_err(internal)?;
    let all = ways.iter().zip(names).map(|(way, name)| ended(way, name));
    let ours = all.max().unwrap_or_default().max(filter::told(&meter, settings.stats));
    Ok(if code == 0 { ours } else { Exit::Command(code) })
}

/// Becomes `command` in the place of the process `was`; for [`child::start`] alone.
pub(super) fn in_place(command: &[OsString], was: &str) -> Exit {
    let error = child::in_place(command, was);
    told_why(&error, &command.first().map_or_else(String::new, |word| printable(Path::new(word))))
}

/// The rules apply to what was typed too: it goes where the output goes.
fn not_started(redactor: &Redactor, command: &[OsString], error: &io::Error) -> Exit {
    let word = command.first().map_or_else(String::new, |word| printable(Path::new(word)));
    let clean = redactor.redact(word.as_bytes()).into_owned();
    told_why(error, &String::from_utf8(clean).unwrap_or_default())
}

/// As shells have it: 127 where there is no such program, 126 where it cannot be run.
fn told_why(error: &io::Error, command: &str) -> Exit {
    say(&format!("{command}: {error}"));
    Exit::Command(if error.kind() == ErrorKind::NotFound { 127 } else { 126 })
}

fn ended(way: &Result<Ended, Fault>, name: &str) -> Exit {
    match way {
        // The program learns of it by its next write, and what that means is for it to say.
        Ok(Ended::Whole) | Err(Fault::Gone) => Exit::Done,
        Ok(Ended::Cut(lost) | Ended::Stopped(lost)) => {
            let rest = if *lost > 0 { format!("; the last {lost} bytes are blacked out") } else { String::new() };
            say(&format!("the command has ended, but another process holds its {name} open; it is read no more{rest}"));
            Exit::Done
        }
        Ok(Ended::Unreadable(error)) => {
            say(&format!("{name} of the command: {error}"));
            Exit::Partly
        }
        Ok(Ended::Wide(encoding)) => filter::unread(&format!("{name} of the command"), encoding),
        Err(fault) => filter::broken(fault, name),
    }
}

const fn name(target: Target) -> &'static str {
    match target {
        Target::Stdout => "standard output",
        Target::Stderr => "standard error",
    }
}
