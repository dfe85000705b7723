//! rsyslog's omprog: it writes a line for each message, and where it is asked to, waits until we have it.
//!
//! The lines go to a file of ours. A message is confirmed when the file has it; what could not be written is not, and
//! rsyslog gives it again. So nothing is lost, and after a fault a line may be there twice.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::SIGHUP;

use super::Broken;
use super::lines::{Line, Lines};
use crate::report::say;
use crate::sink::{Fault, Framed, Sink};
use crate::source::printable;
use crate::{Redactor, Session};

/// Where lines go and what is answered.
#[derive(Debug)]
pub(crate) struct OmProg {
    /// The file, which is written to at its end, and opened again at SIGHUP.
    pub(crate) output: PathBuf,
    /// Each message is confirmed: `confirmMessages="on"`.
    pub(crate) confirm: bool,
    /// Messages come in transactions: `useTransactions="on"`.
    pub(crate) transactions: bool,
}

impl OmProg {
    /// Takes lines until the end.
    ///
    /// # Errors
    /// [`Broken`], and where the file cannot be opened at the start.
    pub(crate) fn run(&self, redactor: &Redactor, lines: &mut Lines, agent: &mut Sink) -> Result<(), Broken> {
        let moved = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(SIGHUP, Arc::clone(&moved))?;
        let mut file = Sink::append(&self.output)?;
        let (mut session, mut torn) = (Session::new(redactor), false);
        self.say(agent, "OK\n")?;
        while let Some(line) = lines.next()? {
            if let Some(word) = self.frame(&line) {
                self.say(agent, word)?;
                continue;
            }
            if moved.swap(false, Ordering::Relaxed) {
                match Sink::append(&self.output) {
                    Ok(new) => file = new,
                    Err(error) => say(&format!("{}: {error}; the old file is written on", printable(&self.output))),
                }
            }
            match write(&mut session, &line, &mut file, &mut torn) {
                Ok(()) => self.say(agent, if self.transactions { "DEFER_COMMIT\n" } else { "OK\n" })?,
                Err(fault) => self.failed(agent, fault)?,
            }
        }
        Ok(())
    }

    /// What to answer to a word around messages, if it is one.
    fn frame(&self, line: &Line<'_>) -> Option<&'static str> {
        match line {
            Line::Whole(b"BEGIN TRANSACTION" | b"COMMIT TRANSACTION") if self.transactions => Some("OK\n"),
            _ => None,
        }
    }

    fn say(&self, agent: &mut Sink, word: &'static str) -> Result<(), Fault> {
        if self.confirm { agent.put_framed(Framed::default().word(word)) } else { Ok(()) }
    }

    fn failed(&self, agent: &mut Sink, fault: Fault) -> Result<(), Broken> {
        let error = match fault {
            Fault::Failed { error, .. } => error,
            Fault::Gone => io::ErrorKind::BrokenPipe.into(),
        };
        say(&format!("{}: {error}", printable(&self.output)));
        if self.confirm {
            return Ok(self.say(agent, "the file takes no more\n")?);
        }
        // Nobody waits to be told, so the only way not to lose more without a word is to end.
        Err(Broken::Untold(Fault::Failed { error, left: 0 }))
    }
}

/// Writes a line. What a write that failed has left of another one is closed before.
fn write(session: &mut Session<'_>, line: &Line<'_>, file: &mut Sink, torn: &mut bool) -> Result<(), Fault> {
    if *torn {
        file.put_framed(Framed::default().word("\n"))?;
    }
    *torn = true;
    match line {
        Line::TooLong => file.put_framed(Framed::default().word("[REDACTED: too long]\n"))?,
        Line::Whole(text) => {
            let text = [text, &b"\n"[..]].concat();
            let mut result = Ok(());
            session.whole(&text, &mut |clean| {
                if result.is_ok() {
                    result = file.put(&clean).map(drop);
                }
            });
            result?;
        }
    }
    *torn = false;
    Ok(())
}
