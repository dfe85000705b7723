//! The table of a source `files`.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::book::Book;
use super::walk::Walk;
use super::{Files, Options};
use crate::serve::fields::Fields;
use crate::serve::{Reach, Source, SourceSpec, log, store};
use crate::source::printable;

struct Spec {
    name: String,
    walk: Walk,
    options: Options,
    state: PathBuf,
}

/// Reads the table.
pub(crate) fn spec(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SourceSpec>> {
    let include = fields.paths("paths");
    if include.is_empty() && !fields.has("paths") {
        fields.missing("paths");
    }
    let exclude = fields.paths("exclude");
    let links = fields.paths("links");
    let poll = fields.seconds("poll", 0.01..=3600.0).unwrap_or(Duration::from_millis(250));
    let wait = fields.seconds("rotate-wait", 0.0..=86400.0).unwrap_or(Duration::from_secs(10));
    let from_end = fields.word("start", &[("beginning", false), ("end", true)]).unwrap_or(false);
    let state = fields.state();
    match Walk::new(&include, &exclude, links) {
        Ok(walk) => {
            let options = Options { poll, wait, from_end };
            Some(Box::new(Spec { name: name.to_owned(), walk, options, state }))
        }
        Err(why) => {
            fields.refuse("paths", &why);
            None
        }
    }
}

impl SourceSpec for Spec {
    fn check(&self, wrong: &mut Vec<String>) {
        for folder in self.walk.folders() {
            if let Err(error) = std::fs::read_dir(folder) {
                wrong.push(format!("source {:?}: {}: {error}", self.name, printable(folder)));
            }
        }
    }

    fn open(&self) -> io::Result<Box<dyn Source>> {
        store::folder(&self.state)?;
        let notes = self.state.join(format!("{}.checkpoints", self.name));
        let book = Book::open(&notes, &mut |what| log::warn(&self.name, &format!("{}: it {what}", printable(&notes))))?;
        let (begun, mut walk) = (!book.all().is_empty(), self.walk.clone());
        book.all().iter().for_each(|(_, note)| walk.remember(&note.path));
        Ok(Box::new(Files {
            name: self.name.clone(),
            walk,
            options: self.options.clone(),
            notes,
            book,
            followed: Vec::new(),
            leaving: Vec::new(),
            names: HashMap::new(),
            refused: HashMap::new(),
            complained: HashSet::new(),
            told: HashSet::new(),
            life: 0,
            begun,
            looked_back: false,
            taken_on: false,
        }))
    }

    fn reach(&self) -> Reach {
        Reach {
            read: self.walk.folders().map(Path::to_owned).collect(),
            write: vec![self.state.clone()],
            ..Reach::default()
        }
    }

    fn reads(&self, path: &Path) -> bool {
        self.walk.fits(path)
    }
}
