//! Other programs: what one writes as a source, and a sink that one reads.
//!
//! A program that ends is started again, after a while that grows. It has a process group of its own, so that what it
//! started ends with it. A source's standard error is taken as its output where that is asked for, else it goes nowhere,
//! as it may hold anything; so does what a sink's program says.

use std::io::{self, ErrorKind, PipeWriter, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::fields::Fields;
use super::standard::{Lines, text};
use super::{Event, Intake, Reach, Sink, SinkSpec, Source, SourceSpec, Taken, log};

/// How long a program may take to end when it is asked to.
const LAST: Duration = Duration::from_secs(2);

#[derive(Clone)]
struct Spec {
    name: String,
    command: Vec<String>,
    stderr: bool,
    restart: bool,
}

/// Reads the table of a source `exec`.
pub(super) fn source(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SourceSpec>> {
    let stderr = fields.bool("stderr").unwrap_or(false);
    let restart = fields.bool("restart").unwrap_or(true);
    Some(Box::new(Spec { name: name.to_owned(), command: command(fields)?, stderr, restart }))
}

/// Reads the table of a sink `exec`.
pub(super) fn sink(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SinkSpec>> {
    Some(Box::new(Spec { name: name.to_owned(), command: command(fields)?, stderr: false, restart: true }))
}

fn command(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    let command = fields.list("command");
    if command.is_empty() {
        fields.refuse("command", "it is a program and its arguments, such as [\"tail\", \"-F\", \"x\"]");
    }
    (!command.is_empty()).then_some(command)
}

impl Spec {
    fn command(&self) -> Command {
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]).process_group(0);
        command
    }

    fn find(&self, what: &str, wrong: &mut Vec<String>) {
        find(&self.command[0], &format!("{what} {:?}", self.name), wrong);
    }
}

/// That a program is missing is known before it is started. `what` wants it.
pub(super) fn find(program: &str, what: &str, wrong: &mut Vec<String>) {
    let word = std::path::Path::new(program);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = |folder: std::path::PathBuf| folder.join(word).is_file();
    if !(if word.components().count() > 1 { word.is_file() } else { std::env::split_paths(&path).any(there) }) {
        wrong.push(format!("{what}: there is no program {program:?}"));
    }
}

impl SourceSpec for Spec {
    fn check(&self, wrong: &mut Vec<String>) {
        self.find("source", wrong);
    }

    fn open(&self) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(self.clone()))
    }

    fn reach(&self) -> Reach {
        Reach { programs: true, ..Reach::default() }
    }
}

impl Source for Spec {
    fn run(&mut self, intake: &Intake) -> io::Result<()> {
        let (mut output, input) = io::pipe()?;
        let child = {
            let other = if self.stderr { Stdio::from(input.try_clone()?) } else { Stdio::null() };
            let input: PipeWriter = input;
            // The command holds the pipe's other end until it is dropped.
            Program(self.command().stdin(Stdio::null()).stdout(input).stderr(other).spawn()?)
        };
        let reader = output.try_clone()?;
        text(&self.name, intake, &reader, |buffer| output.read(buffer))?;
        if intake.halt().is_asked() {
            return Ok(());
        }
        let status = child.end()?;
        if self.restart { Err(io::Error::other(format!("the program ended: {status}"))) } else { Ok(()) }
    }
}

impl SinkSpec for Spec {
    fn check(&self, wrong: &mut Vec<String>) {
        self.find("sink", wrong);
    }

    fn open(&self) -> io::Result<Box<dyn Sink>> {
        Ok(Box::new(ExecSink { spec: self.clone(), running: None }))
    }

    fn reach(&self) -> Reach {
        Reach { programs: true, ..Reach::default() }
    }
}

struct ExecSink {
    spec: Spec,
    running: Option<(Program, Lines<ChildStdin>)>,
}

impl Sink for ExecSink {
    fn put(&mut self, events: &[Event], taken: &mut Taken<'_>) -> io::Result<()> {
        if self.running.is_none() {
            let mut command = self.spec.command();
            let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            let stdin = child.stdin.take().ok_or(ErrorKind::BrokenPipe)?;
            self.running = Some((Program(child), Lines::new(stdin)));
        }
        let Some((_, lines)) = &mut self.running else { return Ok(()) };
        let put = lines.put(events, taken);
        if put.is_err() {
            self.running = None;
        }
        put
    }

    fn finish(&mut self) -> io::Result<()> {
        // It sees the end of its input and may take its time for what it has.
        let Some((program, lines)) = self.running.take() else { return Ok(()) };
        drop(lines);
        let status = program.end()?;
        if !status.success() {
            log::warn(&self.spec.name, &format!("the program ended: {status}"));
        }
        Ok(())
    }
}

/// A program that is over when this is dropped.
pub(super) struct Program(pub(super) Child);

impl Program {
    /// Waits for its end, and asks for it where it does not come by itself.
    pub(super) fn end(mut self) -> io::Result<std::process::ExitStatus> {
        if let Some(status) = self.wait()? {
            return Ok(status);
        }
        self.stop();
        self.0.wait()
    }

    /// Waits for its end, but not for long.
    fn wait(&mut self) -> io::Result<Option<std::process::ExitStatus>> {
        let until = Instant::now() + LAST;
        while Instant::now() < until {
            if let Some(status) = self.0.try_wait()? {
                return Ok(Some(status));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(None)
    }

    fn stop(&mut self) {
        let group = Pid::from_child(&self.0);
        let _ = kill_process_group(group, Signal::TERM);
        if matches!(self.wait(), Ok(None)) {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if matches!(self.0.try_wait(), Ok(None)) {
            self.stop();
            let _ = self.0.wait();
        }
    }
}
