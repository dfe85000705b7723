//! `inkout clean`: stored files, in their place.

use std::fmt::Write;
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::clean_words::CleanPlan;
use super::exit::Exit;
use super::filter::counts;
use super::plan::{Refused, Settings};
use super::settings::Counts;
use crate::Redactor;
use crate::clean::{Claim, Cleaner, Manifest, Outcome, Report, Tally, verify};
use crate::pipeline::{Actions, Stop};
use crate::report::say;
use crate::source::printable;

/// Cleans what the plan names, or verifies a manifest.
///
/// # Errors
/// What stands against it before anything is read.
pub(super) fn run(mut plan: CleanPlan, settings: &Settings) -> Result<Exit, Refused> {
    let redactor = settings.ready()?;
    plan.orders.threads = settings.threads;
    plan.orders.block = settings.block_size;
    plan.orders.explain = settings.explain;
    // Lines of its own for each hit leave a bar no place.
    plan.orders.bar = std::io::stderr().is_terminal() && !plan.quiet && !plan.orders.diff && !settings.explain;
    let refused = |exit: Exit, why: String| Refused { exit, why: vec![why] };
    plan.paths = distinct(&plan.paths);
    let stop = Arc::new(stop(settings).map_err(|error| refused(Exit::Internal, format!("signals: {error}")))?);
    let works = plan.verify.is_none() && !plan.orders.dry_run;
    let _one_run = works.then(|| claim(plan.paths.iter())).transpose()?;
    let manifest = plan.manifest.as_deref().map(|path| {
        let opened = Manifest::open(path, &rules(&redactor, settings), plan.resume);
        opened.map_err(|error| refused(Exit::Output, format!("{}: {error}", printable(path))))
    });
    let manifest = manifest.transpose()?;
    let cleaner = Cleaner::new(&redactor, &plan.orders, Arc::clone(&stop), manifest.as_ref())
        .map_err(|why| refused(Exit::Output, why.to_string()))?;
    if let Some(inside) = inside(&plan) {
        return Err(refused(Exit::Usage, inside));
    }
    let _of_copies = works.then(|| claim(plan.orders.output.iter())).transpose()?;
    if let Some(path) = &plan.verify {
        let looked = check(&cleaner, path)?;
        return Ok(stop.signal().map_or(looked, Exit::Signal));
    }
    let done = clean(&cleaner, &plan)?;
    if settings.stats != Counts::Off {
        counts(cleaner.meter(), settings.stats);
    }
    if let Some(Err(error)) = manifest.as_ref().map(Manifest::sync) {
        say(&format!("the manifest: {error}"));
        return Ok(done.max(Exit::Output));
    }
    Ok(stop.signal().map_or(Exit::Done, Exit::Signal).max(done))
}

/// Keeps other runs from the folders among `paths`.
fn claim<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> Result<Claim, Refused> {
    Claim::new(paths.map(PathBuf::as_path)).map_err(|path| {
        let path = printable(&path);
        let why = format!("{path}: another run of inkout clean is at work there; nothing was done, run it again later");
        Refused { exit: Exit::Partly, why: vec![why] }
    })
}

fn clean(cleaner: &Cleaner<'_>, plan: &CleanPlan) -> Result<Exit, Refused> {
    let filter = plan.filter().map_err(|why| Refused { exit: Exit::Usage, why })?;
    let (tally, show) = (Mutex::new(Tally::default()), !plan.quiet && !plan.orders.diff);
    let each = |report: Report| {
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.add(&report);
        cleaner.speak(|| tell(&report, show));
    };
    let left_out = cleaner.run(plan.paths.clone(), filter, &each);
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    say(&tally.text(cleaner.meter(), left_out, cleaner.swept()));
    Ok(match tally {
        Tally { internal: 1.., .. } => Exit::Internal,
        Tally { left: 1.., .. } | Tally { members: 1.., .. } => Exit::Partly,
        _ => Exit::Done,
    })
}

/// The paths without those that are another name of a folder before them.
fn distinct(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut known = Vec::new();
    let new = |path: &&PathBuf| {
        let Ok(folder) = std::fs::metadata(path).map(|m| (m.is_dir(), m.dev(), m.ino())) else { return true };
        let new = !(folder.0 && known.contains(&folder));
        known.push(folder);
        new
    };
    paths.iter().filter(new).cloned().collect()
}

/// Says that the copies would be copied as well, if they would.
fn inside(plan: &CleanPlan) -> Option<String> {
    let output = plan.orders.output.as_deref()?.canonicalize().ok()?;
    let above = |path: &&PathBuf| path.canonicalize().is_ok_and(|path| output.starts_with(path));
    let path = printable(plan.paths.iter().find(above)?);
    Some(format!("--output-dir: the folder for copies is in {path}; name one elsewhere"))
}

/// Says how a file fared: what was done on standard output, what was not on standard error.
fn tell(report: &Report, show: bool) {
    let path = printable(&report.path);
    match &report.outcome {
        Outcome::Left(why) if why.is_usual() => {}
        Outcome::Left(why) => say(&format!("{path}: {why}")),
        Outcome::Binary(what) => say(&format!("{path}: skipped, as it is {what}; --text treats it as text")),
        Outcome::Stopped => say(&format!("{path}: stopped by a signal; it is as it was")),
        Outcome::Cleaned | Outcome::Found | Outcome::Copied if show => {
            let stats = report.meter.stats();
            let mut line = format!("{path}: {} hits", report.meter.hits());
            for (i, (rule, count)) in stats.rules.iter().enumerate() {
                let _ = write!(line, "{}{rule} {count}", if i == 0 { " (" } else { ", " });
            }
            line.push_str(if stats.rules.is_empty() { "\n" } else { ")\n" });
            let _ = super::print(line);
        }
        _ => {}
    }
    for (member, why) in &report.aside.named {
        say(&format!("{}: {why}", printable(member)));
    }
    let more = report.aside.left + report.aside.binary - report.aside.named.len() as u64;
    if more > 0 {
        say(&format!("{path}: and {more} more of the files in it were not looked through"));
    }
    if let Some(salvaged) = &report.salvaged {
        say(&format!("{path}: what could be read of it is in {}", printable(salvaged)));
    }
}

fn check(cleaner: &Cleaner<'_>, manifest: &Path) -> Result<Exit, Refused> {
    let mut wrong = 0;
    let mut each = |path: &Path, what: String| {
        wrong += 1;
        say(&format!("{}: {what}", printable(path)));
    };
    let good = verify(cleaner, manifest, &mut each)
        .map_err(|error| Refused { exit: Exit::Usage, why: vec![format!("{}: {error}", printable(manifest))] })?;
    say(&format!("{good} files are as the manifest says, {wrong} are not"));
    Ok(if wrong == 0 { Exit::Done } else { Exit::Partly })
}

/// Stands for the rules in force and everything else that decides what a clean file looks like. A manifest must not be a
/// way to try values: with known secrets it stands for this run alone.
fn rules(redactor: &Redactor, settings: &Settings) -> String {
    let mut hash = Sha256::new();
    settings.tell_apart(&mut |text| hash.update(format!("{text}\0")));
    if !settings.secrets.values.is_empty() {
        let run = (std::process::id(), std::time::SystemTime::now());
        hash.update(format!("{run:?}\0"));
    }
    for rule in redactor.rules() {
        let (boundary, checks, near) = (rule.boundary.word(), &rule.checks, &rule.near);
        hash.update(format!("{}\0{:?}\0{boundary}\0{checks:?}\0{near:?}\0", rule.id, rule.kind));
    }
    format!("{:x}", hash.finalize())
}

fn stop(settings: &Settings) -> std::io::Result<Stop> {
    let actions = Actions {
        counts: Box::new(|| {}),
        give_up: Box::new(|signal| {
            say("ended in the middle of a file, which is as it was; run it again to remove what is left over");
            std::process::exit(Exit::Signal(signal as u8).code().into());
        }),
    };
    Stop::install(settings.grace, actions)
}
