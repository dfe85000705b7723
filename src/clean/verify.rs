//! Whether what a manifest says still holds: every file is there, byte for byte and attribute for attribute what it was
//! when the run was done with it, and the rules find nothing in it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;

use super::manifest::{Mark, last, path, read};
use super::one::Open;
use super::print::Print;
use super::seen::Seen;
use super::{Cleaner, Outcome, Report};
use crate::source::{FilterBuilder, Step, Tree};

/// Looks at every file of the manifest and tells `each` what is wrong. Gives the number of files that are as they
/// should be.
///
/// # Errors
/// The manifest cannot be read.
pub(crate) fn verify(cleaner: &Cleaner<'_>, manifest: &Path, each: &mut dyn FnMut(&Path, String)) -> io::Result<u64> {
    let (lines, _) = read(&File::open(manifest)?)?;
    if lines.first().is_none_or(|head| head["manifest"] != 1) {
        return Err(io::Error::other("is no manifest of inkout clean"));
    }
    let mut all: Vec<(PathBuf, Value)> = last(lines).into_iter().collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    let mut good = 0;
    for (original, line) in all {
        if cleaner.stop.signal().is_some() {
            break;
        }
        let place = path(&serde_json::json!({ "path": line["copy"] })).unwrap_or_else(|| original.clone());
        match wrong(cleaner, &place, &line) {
            None => good += 1,
            Some(what) => each(&original, what),
        }
    }
    Ok(good)
}

/// What is wrong with one file.
fn wrong(cleaner: &Cleaner<'_>, place: &Path, line: &Value) -> Option<String> {
    match line["status"].as_str() {
        Some("cleaned" | "copied" | "untouched") => {}
        Some("binary" | "passed") => return None,
        _ => {
            let why = line["why"].as_str().unwrap_or("it was not cleaned");
            return Some(format!("was left alone and may hold secrets: {why}"));
        }
    }
    if let Some(left) = line["members_left"].as_u64() {
        return Some(format!("{left} files in it were left alone and may hold secrets"));
    }
    let (Some(print), Some(mark)) = (Print::from_json(&line["after"]), Mark::from_json(line)) else {
        return Some("the manifest says nothing of its content".to_owned());
    };
    let filter = FilterBuilder::default().build(SystemTime::now()).ok()?;
    let entry = match Tree::new(vec![place.to_path_buf()], filter).next() {
        Some(Step::File(entry)) => entry,
        Some(Step::Passed { why, .. }) => return Some(why.to_string()),
        None => return Some("is a folder now".to_owned()),
    };
    let look = || {
        let file = Arc::new(entry.open().map_err(super::Why::step("open it"))?);
        let seen = Seen::new(&file)?;
        let (now, is) = (Print::of(&file)?, Mark::of(&file)?);
        if now != print {
            return Ok(Some("its content was changed since".to_owned()));
        }
        let differs = mark.differs(&is);
        if !differs.is_empty() {
            return Ok(Some(format!("its {} changed since", differs.join(", "))));
        }
        let open = Open::new(Arc::clone(&file), seen, cleaner.kind(&file)?, cleaner.progress.begin());
        let report = Report::new(place.to_path_buf(), cleaner.meter().another(), Outcome::Untouched);
        Ok(match cleaner.look(&open, &report)? {
            Some(false) => None,
            Some(true) => Some("the rules find something in it".to_owned()),
            None => Some("was not looked at to its end".to_owned()),
        })
    };
    look().unwrap_or_else(|why: super::Why| Some(why.to_string()))
}
