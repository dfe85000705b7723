//! The main job: inputs through the rules to the output.

use std::path::Path;
use std::sync::Arc;

use super::exit::Exit;
use super::plan::{Refused, Settings};
use super::settings::Counts;
use crate::pipeline::{Actions, Effort, Ended, Pipeline, Stop};
use crate::report::{Explain, Meter, note, say};
use crate::sink::{Fault, FileId, Sink};
use crate::source::{Input, printable};

/// Passes the inputs on, one after the other.
///
/// # Errors
/// What stands against it before anything is read.
pub(super) fn run(inputs: &[Input], output: Option<&Path>, settings: &Settings) -> Result<Exit, Refused> {
    settings.secrets.notes.iter().for_each(|note| say(note));
    let redactor = settings.redactor()?;
    let sink = open(inputs, output)?;
    let meter = Arc::new(Meter::new(&redactor, settings.stats != Counts::Off));
    let stop = Stop::install(settings.grace, actions(&meter, settings.stats))
        .map_err(|error| Refused { exit: Exit::Internal, why: vec![format!("signals: {error}")] })?;
    let effort = Effort { threads: settings.threads, block: settings.block_size };
    let mut pipeline = Pipeline::new(&redactor, sink, Arc::clone(&meter), stop, effort);
    let mut exit = Exit::Done;
    for input in inputs {
        if pipeline.signal().is_some() {
            break;
        }
        let explain = settings.explain.then(|| Explain::new(input.to_string()));
        match one(&mut pipeline, input, explain) {
            Ok(this) => exit = exit.max(this),
            Err(fault) => {
                exit = exit.max(broken(&fault, output));
                break;
            }
        }
    }
    if settings.stats != Counts::Off {
        counts(&meter, settings.stats);
    }
    let internal = if meter.internal_errors() > 0 { Exit::Internal } else { Exit::Done };
    let signal = pipeline.signal().map_or(Exit::Done, Exit::Signal);
    Ok(exit.max(internal).max(signal))
}

fn one(pipeline: &mut Pipeline<'_>, input: &Input, explain: Option<Explain>) -> Result<Exit, Fault> {
    let ended = match input.open() {
        Ok(source) => pipeline.pass(&source, explain)?,
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
        Ended::Wide(name) => {
            say(&format!("{input}: the text is {name}, which no rule can read; convert it: iconv -f {name} -t UTF-8"));
            Exit::Partly
        }
    })
}

fn broken(fault: &Fault, output: Option<&Path>) -> Exit {
    match fault {
        Fault::Gone => Exit::GONE,
        Fault::Failed { error, left } => {
            let name = output.map_or_else(|| "standard output".to_owned(), printable);
            say(&format!(
                "{name}: {error}; {left} bytes that were read could not be delivered, and reading ended there"
            ));
            Exit::Output
        }
    }
}

/// The output, once it is known to be none of the inputs.
fn open(inputs: &[Input], output: Option<&Path>) -> Result<Sink, Refused> {
    let name = output.map_or_else(|| "standard output".to_owned(), printable);
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

fn actions(meter: &Arc<Meter>, form: Counts) -> Actions {
    let (at_usr1, at_end) = (Arc::clone(meter), Arc::clone(meter));
    Actions {
        counts: Box::new(move || counts(&at_usr1, form)),
        give_up: Box::new(move |signal| {
            let stats = at_end.stats();
            say(&format!(
                "ended by signal {signal} before everything was passed on: {} bytes read, {} written",
                stats.bytes_in, stats.bytes_out
            ));
            std::process::exit(Exit::Signal(signal as u8).code().into());
        }),
    }
}

fn counts(meter: &Meter, form: Counts) {
    let stats = meter.stats();
    note(&if form == Counts::Json { stats.json() } else { stats.text() });
}
