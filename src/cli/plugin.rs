//! `inkout plugin`: the part of an agent that it leaves to another program.

use std::sync::Arc;

use super::exit::Exit;
use super::filter;
use super::plan::{Refused, Settings};
use crate::pipeline::Stop;
use crate::plugin::{Broken, Lines, MmExternal, OmProg, records};
use crate::report::{Meter, say};
use crate::sink::Sink;
use crate::source::{Input, metadata_of, printable};

/// An agent's protocol.
#[derive(Debug)]
pub(super) enum Plugin {
    /// rsyslog's mmexternal.
    MmExternal(MmExternal),
    /// rsyslog's omprog.
    OmProg(OmProg),
    /// Fluentd's `exec_filter` with JSON on both sides.
    Json,
    /// The same with MessagePack.
    MessagePack,
}

/// Talks to the agent until it ends.
///
/// # Errors
/// What stands against it before a word is read.
pub(super) fn run(plugin: &Plugin, settings: &Settings) -> Result<Exit, Refused> {
    if matches!(plugin, Plugin::Json) {
        // A record a line is a text like any other.
        return filter::run(&[Input::Stdin], None, None, settings);
    }
    let refused = |error: std::io::Error| Refused { exit: Exit::Internal, why: vec![error.to_string()] };
    if matches!(plugin, Plugin::MmExternal(_)) {
        hush().map_err(refused)?;
    }
    let redactor = settings.ready()?;
    let meter = Arc::new(Meter::new(&redactor, false));
    let stop = Stop::install(settings.grace, filter::actions(&meter, settings.stats)).map_err(refused)?;
    let mut lines = Lines::new(Input::Stdin.open().map_err(refused)?, stop, settings.grace);
    let mut agent = Sink::stdout().map_err(refused)?;
    let ended = match plugin {
        Plugin::MmExternal(how) => how.run(&redactor, &mut lines, &mut agent),
        Plugin::OmProg(how) => how.run(&redactor, &mut lines, &mut agent),
        Plugin::MessagePack | Plugin::Json => records(&redactor, &mut lines, &mut agent),
    };
    Ok(match ended {
        Ok(()) => Exit::Done,
        Err(Broken::Unreadable(error)) => {
            let what = if let Plugin::OmProg(how) = plugin { printable(&how.output) } else { "-".to_owned() };
            say(&format!("{what}: {error}"));
            Exit::Partly
        }
        Err(Broken::Untold(fault)) => filter::broken(&fault, "output"),
        Err(Broken::Foreign(why)) => {
            say(&format!("-: {why}; what follows cannot be told apart, so it ends here"));
            Exit::Partly
        }
    })
}

/// Where messages would be taken for answers, none are given.
fn hush() -> std::io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let id = |fd| metadata_of(fd).map(|m| (m.dev(), m.ino()));
    if id(rustix::stdio::stdout())? == id(rustix::stdio::stderr())? {
        rustix::stdio::dup2_stderr(std::fs::File::options().write(true).open("/dev/null")?)?;
    }
    Ok(())
}
