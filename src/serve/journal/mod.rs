//! The source `journald`: what `journalctl` follows, as records with all their fields.
//!
//! journalctl writes the journal's export format; the cursor of the last entry that every sink has is kept in the state
//! folder, and at the next start it goes on behind that. When it ends it is started again, after a while that grows.
//! Reading the journal's files is left to it: their format is systemd's own affair.
//!
//! An entry becomes a record of Forward: its time is when journald took it, its fields keep their names and their order, a
//! value that is no UTF-8 stays bytes, and a name that is there several times has a list. Every value is judged with its
//! name.

mod export;

use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::clerk::{Clerk, News};
use super::fields::Fields;
use super::program::{Program, find};
use super::wire::forward::message::{Batch, begin};
use super::{Ack, Body, Event, Intake, Reach, Source, SourceSpec, log, store};
use crate::record::put;
use crate::source::printable;
use export::{Entry, Export};

/// The program that reads the journal.
const PROGRAM: &str = "journalctl";
/// What is read at once.
const READ: usize = 64 << 10;

#[derive(Clone)]
struct Spec {
    name: String,
    tag: String,
    /// Where the journal's files are, if not where systemd has them.
    directory: Option<PathBuf>,
    /// As journalctl takes them: `FIELD=value` and `+`.
    matches: Vec<String>,
    from_end: bool,
    state: PathBuf,
}

/// Reads the table.
pub(super) fn spec(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SourceSpec>> {
    let matches = fields.list("matches");
    let good = |text: &String| {
        text == "+" || text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_') && text.contains('=')
    };
    if let Some(wrong) = matches.iter().find(|text| !good(text)) {
        fields.refuse("matches", &format!("{wrong:?} is not of the form FIELD=value"));
    }
    let tag = fields.text("tag").unwrap_or_else(|| "journald".to_owned());
    if tag.is_empty() || tag.chars().any(char::is_control) {
        fields.refuse("tag", "a tag has a character and no control character");
    }
    let from_end = fields.word("start", &[("beginning", false), ("end", true)]).unwrap_or(false);
    let (directory, state) = (fields.path("directory"), fields.state());
    Some(Box::new(Spec { name: name.to_owned(), tag, directory, matches, from_end, state }))
}

impl SourceSpec for Spec {
    fn check(&self, wrong: &mut Vec<String>) {
        let what = format!("source {:?}", self.name);
        find(PROGRAM, &what, wrong);
        if let Some(folder) = &self.directory
            && let Err(error) = std::fs::read_dir(folder)
        {
            wrong.push(format!("{what}: {}: {error}", printable(folder)));
        }
    }

    fn open(&self) -> io::Result<Box<dyn Source>> {
        store::folder(&self.state)?;
        let path = self.state.join(format!("{}.cursor", self.name));
        let said = |what: String| log::warn(&self.name, &format!("{}: it {what}", printable(&path)));
        let text = store::read(&path, &mut |what| said(what))?.unwrap_or_default();
        let cursor = text.trim_end().to_owned();
        Ok(Box::new(Journal { spec: self.clone(), place: Place::new(path, cursor), read: 0 }))
    }

    fn reach(&self) -> Reach {
        Reach { read: self.directory.iter().cloned().collect(), write: vec![self.state.clone()], programs: true }
    }
}

/// How far the sinks have it.
#[derive(Clone)]
struct Place {
    path: PathBuf,
    /// The entry's number since the start, and its cursor.
    reached: Arc<Mutex<(u64, String)>>,
    news: News,
}

impl Place {
    fn new(path: PathBuf, cursor: String) -> Self {
        Self { path, reached: Arc::new(Mutex::new((0, cursor))), news: News::default() }
    }

    /// Every sink has the entry of this number.
    fn reach(&self, number: u64, cursor: &str) {
        let mut reached = self.reached.lock().unwrap_or_else(PoisonError::into_inner);
        // Two sinks may tell of two events at once.
        if number > reached.0 {
            *reached = (number, cursor.to_owned());
            self.news.tell();
        }
    }

    fn cursor(&self) -> String {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    fn save(&self, sync: bool) -> io::Result<()> {
        if !self.news.take() {
            return Ok(());
        }
        let write = if sync { store::write } else { store::write_soon };
        write(&self.path, &format!("{}\n", self.cursor())).inspect_err(|_| self.news.tell())
    }
}

struct Journal {
    spec: Spec,
    place: Place,
    /// Entries that were read since the start.
    read: u64,
}

impl Source for Journal {
    fn run(&mut self, intake: &Intake) -> io::Result<()> {
        let (place, path) = (self.place.clone(), self.place.path.clone());
        let _clerk = Clerk::begin(&self.spec.name, path, &self.place.news, move |sync| place.save(sync))?;
        let mut child = self.command().spawn()?;
        let mut output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let child = Program(child);
        let (mut export, mut buffer) = (Export::default(), vec![0; READ]);
        loop {
            if !intake.halt().readable(Some(output.as_fd()), Duration::from_secs(60)) {
                if intake.halt().is_asked() {
                    return Ok(());
                }
                continue;
            }
            let got = output.read(&mut buffer)?;
            if got == 0 {
                return Err(io::Error::other(format!("{PROGRAM} ended: {}", child.end()?)));
            }
            export.feed(&buffer[..got]);
            if !self.hand_on(&mut export, intake)? || intake.halt().is_asked() {
                return Ok(());
            }
        }
    }

    fn end(&mut self) {
        if let Err(error) = self.place.save(true) {
            log::warn(&self.spec.name, &format!("{}: {error}", printable(&self.place.path)));
        }
    }
}

impl Journal {
    fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(["--follow", "--output=export", "--quiet", "--no-pager"]).process_group(0);
        let cursor = self.place.cursor();
        let at_end = cursor.is_empty() && self.spec.from_end;
        command.arg(if at_end { "--lines=0" } else { "--lines=all" });
        if !cursor.is_empty() {
            command.arg(format!("--after-cursor={cursor}"));
        }
        if let Some(folder) = &self.spec.directory {
            command.arg("--directory").arg(folder);
        }
        command.args(&self.spec.matches).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }

    /// Hands on every entry that is whole, as one event; says no when nobody takes it any more.
    fn hand_on(&mut self, export: &mut Export, intake: &Intake) -> io::Result<bool> {
        let (mut entries, mut last) = (Vec::new(), None);
        while let Some(entry) = export.next()? {
            record(&entry, &mut entries);
            self.read += 1;
            // It goes into an argument of a command and a line of a file, so it is looked at.
            let cursor = entry.get(b"__CURSOR").and_then(|cursor| std::str::from_utf8(cursor).ok());
            last = cursor
                .filter(|cursor| cursor.len() < 512 && cursor.bytes().all(|b| b.is_ascii_graphic()))
                .map(str::to_owned);
        }
        if entries.is_empty() {
            return Ok(true);
        }
        intake.came(&entries);
        let (redactor, mut said) = (intake.redactor(), Vec::new());
        let mut batch = Batch { tag: self.spec.tag.clone().into_bytes(), ..Batch::default() };
        batch.add(&entries, &redactor, &mut said).map_err(|_| io::Error::other("an entry is no record"))?;
        intake.counts().hit(&redactor, said.into_iter());
        let ack = last.map_or_else(Ack::none, |cursor| {
            let (place, number) = (self.place.clone(), self.read);
            Ack::new(move || place.reach(number, &cursor))
        });
        let body = Body::Forward { tag: batch.tag, entries: batch.entries, count: batch.count };
        Ok(intake.send(Event::new(self.spec.name.as_str().into(), body, ack)))
    }
}

/// Puts an entry behind `out` as a record with its time.
fn record(entry: &Entry, out: &mut Vec<u8>) {
    let micros = entry.get(b"__REALTIME_TIMESTAMP").and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
    begin(Duration::from_micros(micros.unwrap_or_default()), out);
    let mut names: Vec<(&[u8], Vec<&[u8]>)> = Vec::new();
    for (name, value) in &entry.fields {
        match names.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value),
            None => names.push((name, vec![value])),
        }
    }
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    // Writing into memory does not fail.
    drop(rmp::encode::write_map_len(out, count(names.len())));
    for (name, values) in names {
        put(name, false, out);
        if values.len() > 1 {
            drop(rmp::encode::write_array_len(out, count(values.len())));
        }
        for value in values {
            put(value, std::str::from_utf8(value).is_err(), out);
        }
    }
}
