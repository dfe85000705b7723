//! Standard input as a source; standard output and standard error as sinks.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::time::Duration;

use super::fields::Fields;
use super::{Ack, Body, Event, Intake, Lane, Reach, Sink, SinkSpec, Source, SourceSpec, Taken};

/// What is read at once.
const READ: usize = 64 << 10;

/// Reads the table of a source `stdin`, which has no keys of its own.
pub(super) fn source(_: &mut Fields<'_>, name: &str) -> Option<Box<dyn SourceSpec>> {
    Some(Box::new(Stdin(name.to_owned())))
}

struct Stdin(String);

impl SourceSpec for Stdin {
    fn open(&self) -> io::Result<Box<dyn Source>> {
        Ok(Box::new(Self(self.0.clone())))
    }

    fn reach(&self) -> Reach {
        Reach::default()
    }
}

impl Source for Stdin {
    fn run(&mut self, intake: &Intake) -> io::Result<()> {
        let fd = rustix::stdio::stdin();
        let read = |buffer: &mut [u8]| match rustix::io::read(fd, buffer) {
            Err(rustix::io::Errno::AGAIN) => Err(io::ErrorKind::WouldBlock.into()),
            other => other.map_err(Into::into),
        };
        text(&self.0, intake, fd, read).map(|_| ())
    }
}

/// Passes a text on from a descriptor, to its end or until it is to end. Says whether it came to its end.
///
/// # Errors
/// The system's.
pub(super) fn text(
    name: &str,
    intake: &Intake,
    fd: impl AsFd,
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> io::Result<bool> {
    let (mut lane, mut buffer) = (Lane::new(intake), vec![0; READ]);
    loop {
        let ready = intake.halt().readable(Some(fd.as_fd()), Duration::from_secs(1));
        let got = match ready {
            true => read(&mut buffer),
            // All that is there was taken in.
            false if intake.halt().is_asked() => Ok(0),
            false => continue,
        };
        let got = match got {
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock) => continue,
            other => other?,
        };
        let over = got == 0;
        let clean = match (over, ready) {
            (false, _) => lane.feed(intake, &buffer[..got])?,
            (true, true) => lane.end(intake)?,
            (true, false) => lane.cut_off(intake),
        };
        let event = Event::new(name.into(), Body::Lines(clean), Ack::none());
        if event.body.len() > 0 && !intake.send(event) {
            return Err(io::Error::other("what was read last could not be handed on in time"));
        }
        if over || (intake.halt().is_asked() && intake.halt().is_over()) {
            return Ok(over && ready);
        }
    }
}

/// Reads the table of a sink `stdout`.
pub(super) fn stdout(_: &mut Fields<'_>, _: &str) -> Option<Box<dyn SinkSpec>> {
    Some(Box::new(Out::Stdout))
}

/// The same for `stderr`.
pub(super) fn stderr(_: &mut Fields<'_>, _: &str) -> Option<Box<dyn SinkSpec>> {
    Some(Box::new(Out::Stderr))
}

#[derive(Clone, Copy)]
enum Out {
    Stdout,
    Stderr,
}

impl SinkSpec for Out {
    fn open(&self) -> io::Result<Box<dyn Sink>> {
        Ok(Box::new(Lines::new(*self)))
    }

    fn reach(&self) -> Reach {
        Reach::default()
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout => rustix::io::write(rustix::stdio::stdout(), bytes),
            Self::Stderr => rustix::io::write(rustix::stdio::stderr(), bytes),
        }
        .map_err(Into::into)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Events as lines to a writer that takes any part of them: where one was cut off, it goes on there.
pub(super) struct Lines<W> {
    pub(super) writer: W,
    /// The first event as bytes, and how many of them were taken.
    text: Vec<u8>,
    taken: usize,
    pub(super) joint: Joint,
}

impl<W: Write> Lines<W> {
    pub(super) fn new(writer: W) -> Self {
        Self { writer, text: Vec::new(), taken: 0, joint: Joint::default() }
    }
}

impl<W: Write + Send> Sink for Lines<W> {
    fn put(&mut self, events: &[Event], taken: &mut Taken<'_>) -> io::Result<()> {
        for (before, event) in events.iter().enumerate() {
            taken.up_to(before);
            if self.taken == 0 {
                self.text.clear();
                self.joint.append(event, &mut self.text);
            }
            while self.taken < self.text.len() {
                match self.writer.write(&self.text[self.taken..]) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(n) => self.taken += n,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            self.taken = 0;
        }
        Ok(())
    }
}

/// Where events of several streams meet: a line that was left open by one is closed before another's begins.
#[derive(Clone, Default)]
pub(super) struct Joint(Option<std::sync::Arc<str>>);

impl Joint {
    /// A line that none of our streams left open.
    pub(super) fn open() -> Self {
        Self(Some("".into()))
    }

    /// Puts the event's lines behind what `out` holds.
    pub(super) fn append(&mut self, event: &Event, out: &mut Vec<u8>) {
        if self.0.as_ref().is_some_and(|stream| *stream != event.stream) {
            out.push(b'\n');
        }
        let before = out.len();
        event.body.append_lines(out);
        if out.len() > before {
            self.0 = (out.last() != Some(&b'\n')).then(|| event.stream.clone());
        }
    }
}
