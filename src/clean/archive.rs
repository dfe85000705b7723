//! The files in a tar archive: their texts cleaned, their lengths in the heads made true, every other byte as it was.
//!
//! A member's length stands before its data, so the archive is gone through twice: once for what becomes of each member
//! and how long it will be, once to write. The same bytes come out the same both times; were they not to, the archive
//! would be left alone. Memory is a pair of numbers for each member with hits.

use std::collections::HashMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use super::one::{Open, Report, broken, unreadable};
use super::{Cleaner, Why};
use crate::pipeline::{Ended, Pipeline};
use crate::report::Meter;
use crate::sink::Sink;
use crate::source::{Content, Member, Tar};

/// What is to become of an archive's members.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// The new lengths of those with hits, by their numbers.
    lens: HashMap<u64, u64>,
    aside: Aside,
}

/// The members that stay as they are without having been looked through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Aside {
    /// How many may hold secrets.
    pub(crate) left: u64,
    /// How many hold no text.
    pub(crate) binary: u64,
    /// The first of both, with the reason.
    pub(crate) named: Vec<(PathBuf, String)>,
}

impl Aside {
    /// More of one archive are only counted.
    pub(crate) const MOST: usize = 20;

    fn add(&mut self, path: PathBuf, why: String) {
        if self.named.len() < Self::MOST {
            self.named.push((path, why));
        }
    }
}

impl Members {
    fn leave(&mut self, path: PathBuf, why: &Why) {
        self.aside.left += 1;
        self.aside.add(path, why.to_string());
    }
}

impl Cleaner<'_> {
    /// Whether there is anything to clean in an archive; in a dry run every hit is counted. `None`: a signal came.
    pub(super) fn look_into(&self, open: &Open, report: &Report) -> Result<Option<bool>, Why> {
        let Some(members) = self.members(open, report)? else { return Ok(None) };
        let any = !members.lens.is_empty();
        open.members.replace(Some(members));
        Ok(Some(any))
    }

    /// Those of its members that were not looked through, once it was looked at.
    pub(super) fn aside(open: &Open) -> Aside {
        open.members.borrow().as_ref().map_or_else(Aside::default, |members| members.aside.clone())
    }

    fn members(&self, open: &Open, report: &Report) -> Result<Option<Members>, Why> {
        let meter = if self.orders.dry_run { Arc::clone(&report.meter) } else { Arc::new(self.total.another()) };
        let sink = Sink::nowhere(false);
        let _turn = self.turns.take();
        let (effort, _alone) = self.effort(open);
        let mut pipeline = Pipeline::new(self.redactor, sink, Arc::clone(&meter), Arc::clone(&self.stop), effort);
        let (mut tar, mut members) = (self.tar(open, &meter)?, Members::default());
        while let Some(member) = tar.next().map_err(unreadable)? {
            let path = member.path(&report.path);
            match tar.content(&member).map_err(unreadable)? {
                Content::Nothing => continue,
                Content::Binary(_) if self.orders.text => {}
                Content::Binary(what) => {
                    members.aside.binary += 1;
                    members.aside.add(path, format!("skipped, as it is {what}; --text treats it as text"));
                    continue;
                }
                Content::Closed(what) => {
                    members.leave(path, &Why::Archive(what));
                    continue;
                }
                Content::Text => {}
            }
            let watcher = self.watcher(&path).filter(|_| self.orders.dry_run);
            let before = Counts::of(&meter);
            let new = match pipeline.pass(&tar.text(), watcher).map_err(broken)? {
                Ended::Whole => Counts::of(&meter).since(before)?,
                Ended::Stopped(_) | Ended::Cut(_) => return Ok(None),
                Ended::Unreadable(error) => return Err(unreadable(error)),
                Ended::Wide(name) => {
                    members.leave(path, &Why::Wide(name));
                    continue;
                }
            };
            if new.hits > 0 && member.head_for(new.bytes).is_none() {
                members.leave(path, &Why::Length);
            } else if new.hits > 0 {
                members.lens.insert(member.number, new.bytes);
            }
        }
        Ok(Some(members))
    }

    /// Writes the archive anew with clean texts. `None`: a signal came.
    pub(super) fn write_members(&self, open: &Open, new: File, report: &Report) -> Result<Option<File>, Why> {
        if open.members.borrow().is_none() && self.look_into(open, report)?.is_none() {
            return Ok(None);
        }
        let members = open.members.borrow();
        let Some(Members { lens, .. }) = members.as_ref() else { return Ok(None) };
        let (sink, meter) = (self.sink(open, new)?, Arc::clone(&report.meter));
        let mut tar = self.tar(open, &meter)?;
        let _turn = self.turns.take();
        let (effort, _alone) = self.effort(open);
        let mut pipeline = Pipeline::new(self.redactor, sink, meter, Arc::clone(&self.stop), effort);
        let mut piece = Vec::new();
        while let Some(member) = tar.next().map_err(unreadable)? {
            if self.stop.signal().is_some() {
                return Ok(None);
            }
            if let Some(len) = lens.get(&member.number) {
                if !self.write_clean(&mut pipeline, &tar, &member, *len, report)? {
                    return Ok(None);
                }
                continue;
            }
            pipeline.frame(&member.head).map_err(broken)?;
            while tar.piece(&mut piece).map_err(unreadable)? {
                pipeline.frame(&piece).map_err(broken)?;
            }
        }
        pipeline.finish().map_err(broken)
    }

    /// Writes a member with hits, which becomes `len` bytes long. `false`: a signal came.
    fn write_clean(
        &self,
        pipeline: &mut Pipeline<'_>,
        tar: &Tar,
        member: &Member,
        len: u64,
        report: &Report,
    ) -> Result<bool, Why> {
        let before = Counts::of(&report.meter);
        pipeline.frame(&member.head_for(len).ok_or(Why::Length)?).map_err(broken)?;
        let watcher = self.watcher(&member.path(&report.path));
        match pipeline.pass(&tar.text(), watcher).map_err(broken)? {
            Ended::Whole if Counts::of(&report.meter).since(before)?.bytes != len => return Err(Why::Changed),
            Ended::Whole => {}
            Ended::Stopped(_) | Ended::Cut(_) => return Ok(false),
            Ended::Unreadable(error) => return Err(unreadable(error)),
            Ended::Wide(_) => return Err(Why::Changed),
        }
        pipeline.frame(Member::padding(len)).map_err(broken)?;
        Ok(true)
    }

    fn tar(&self, open: &Open, meter: &Arc<Meter>) -> Result<Tar, Why> {
        Tar::new(&open.file, &open.kind, self.orders.ratio, open.reached(meter)).map_err(Why::step("read it"))
    }
}

/// What a meter has counted, or how much more of it.
#[derive(Clone, Copy)]
struct Counts {
    hits: u64,
    bytes: u64,
    internal: u64,
}

impl Counts {
    fn of(meter: &Meter) -> Self {
        Self { hits: meter.hits(), bytes: meter.bytes_out(), internal: meter.internal_errors() }
    }

    /// Fails where the matcher has.
    fn since(self, before: Self) -> Result<Self, Why> {
        if self.internal > before.internal {
            return Err(Why::Internal);
        }
        Ok(Self { hits: self.hits - before.hits, bytes: self.bytes - before.bytes, internal: 0 })
    }
}
