//! The main job: inputs through the rules to the output.

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use super::exit::Exit;
use super::plan::{Refused, Settings};
use super::settings::Counts;
use crate::pipeline::{Actions, Effort, Ended, Pipeline, Stop};
use crate::report::{Explain, Meter, Watcher, note, say};
use crate::sink::{Fault, FileId, Sink};
use crate::source::{Format, Input, Packing, printable};

/// Passes the inputs on, one after the other.
///
/// # Errors
/// What stands against it before anything is read.
pub(super) fn run(
    inputs: &[Input],
    output: Option<&Path>,
    gzip: Option<i32>,
    settings: &Settings,
) -> Result<Exit, Refused> {
    let redactor = settings.ready()?;
    let sink = packed(open(inputs, output)?, gzip)?;
    let meter = Arc::new(Meter::new(&redactor, settings.stats != Counts::Off));
    let stop = Stop::install(settings.grace, actions(&meter, settings.stats))
        .map_err(|error| Refused { exit: Exit::Internal, why: vec![format!("signals: {error}")] })?;
    let effort = Effort { threads: settings.threads, block: settings.block_size };
    let mut pipeline = Pipeline::new(&redactor, sink, Arc::clone(&meter), Arc::new(stop), effort);
    let (mut exit, mut whole) = (Exit::Done, true);
    for input in inputs {
        if pipeline.signal().is_some() {
            break;
        }
        let explain = settings.explain.then(|| Watcher::Explain(Explain::new(input.to_string())));
        match one(&mut pipeline, input, explain) {
            Ok(this) => exit = exit.max(this),
            Err(fault) => {
                exit = exit.max(broken(&fault, &name(output)));
                whole = false;
                break;
            }
        }
    }
    let signal = pipeline.signal().map_or(Exit::Done, Exit::Signal);
    let finished = if whole {
        pipeline.finish().map(drop)
    } else {
        drop(pipeline);
        Ok(())
    };
    exit = exit.max(finished.err().map_or(Exit::Done, |fault| broken(&fault, &name(output))));
    let internal = told(&meter, settings.stats);
    if !settings.holds_secrets() {
        // The process ends, and giving back thousands of pieces of memory one by one would be felt.
        std::mem::forget(redactor);
    }
    Ok(exit.max(internal).max(signal))
}

fn one(pipeline: &mut Pipeline<'_>, input: &Input, watcher: Option<Watcher>) -> Result<Exit, Fault> {
    let ended = match input.open() {
        Ok(source) => pipeline.pass(&source, watcher)?,
        Err(error) => Ended::Unreadable(error),
    };
    Ok(match ended {
        Ended::Whole | Ended::Stopped(0) | Ended::Cut(0) => Exit::Done,
        Ended::Cut(lost) => {
            say(&format!(
                "{input}: stopped by a signal in the middle of a line; its last {lost} bytes are blacked out"
            ));
            Exit::Done
        }
        Ended::Stopped(left) => {
            say(&format!("{input}: stopped by a signal; the last {left} bytes read were not passed on"));
            Exit::Partly
        }
        Ended::Unreadable(error) => {
            say(&format!("{input}: {error}"));
            Exit::Partly
        }
        Ended::Wide(encoding) => unread(input, encoding),
    })
}

/// Tells the counts at the end, where they are wanted; and whether the matcher failed.
pub(super) fn told(meter: &Meter, form: Counts) -> Exit {
    if form != Counts::Off {
        counts(meter, form);
    }
    if meter.internal_errors() > 0 { Exit::Internal } else { Exit::Done }
}

/// Says why the output called `name` takes no more.
pub(super) fn broken(fault: &Fault, name: &str) -> Exit {
    match fault {
        Fault::Gone => Exit::GONE,
        Fault::Failed { error, left } => {
            say(&format!(
                "{name}: {error}; {left} bytes that were read could not be delivered, and reading ended there"
            ));
            Exit::Output
        }
    }
}

/// Says that a text is in an encoding that no rule can read.
pub(super) fn unread(text: &impl Display, encoding: &str) -> Exit {
    say(&format!("{text}: it is {encoding}, which no rule can read; convert it: iconv -f {encoding} -t UTF-8"));
    Exit::Partly
}

fn name(output: Option<&Path>) -> String {
    output.map_or_else(|| "standard output".to_owned(), printable)
}

/// The output, once it is known to be none of the inputs.
fn open(inputs: &[Input], output: Option<&Path>) -> Result<Sink, Refused> {
    let name = name(output);
    let cannot = |error: std::io::Error| Refused { exit: Exit::Output, why: vec![format!("{name}: {error}")] };
    let sink = output.map_or_else(Sink::stdout, Sink::file).map_err(cannot)?;
    let same = |input: &&Input| input.metadata().is_ok_and(|m| sink.id().is_some() && FileId::of(&m) == sink.id());
    if let Some(input) = inputs.iter().find(same) {
        let why = format!("{input} is the output as well; write to another file");
        return Err(Refused { exit: Exit::Usage, why: vec![why] });
    }
    sink.truncate().map_err(cannot)?;
    Ok(sink)
}

fn packed(sink: Sink, gzip: Option<i32>) -> Result<Sink, Refused> {
    let Some(level) = gzip else { return Ok(sink) };
    let packing = Packing { level, ..Packing::new(Format::Gzip) };
    sink.packed(&packing).map_err(|error| Refused { exit: Exit::Output, why: vec![format!("--gzip: {error}")] })
}

/// What the threads do that wait for signals.
pub(super) fn actions(meter: &Arc<Meter>, form: Counts) -> Actions {
    let (at_usr1, at_end) = (Arc::clone(meter), Arc::clone(meter));
    Actions {
        counts: Box::new(move || counts(&at_usr1, form)),
        give_up: Box::new(move |signal| give_up(&at_end, signal)),
    }
}

/// Ends the program at once, saying what is missing.
pub(super) fn give_up(meter: &Meter, signal: i32) {
    let stats = meter.stats();
    say(&format!(
        "ended by signal {signal} before everything was passed on: {} bytes read, {} written",
        stats.bytes_in, stats.bytes_out
    ));
    std::process::exit(Exit::Signal(signal as u8).code().into());
}

/// Says the counts, as lines or JSON.
pub(super) fn counts(meter: &Meter, form: Counts) {
    let stats = meter.stats();
    note(&if form == Counts::Json { stats.json() } else { stats.text() });
}
