//! `inkout scan`: what is in stored logs, as a report and as an exit code.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::exit::Exit;
use super::failed;
use super::plan::{Refused, Settings};
use super::scan_args::{Outputs, ScanPlan};
use crate::pipeline::{Effort, each};
use crate::report::{Baseline, Format, Gates, Key, Progress, Report, Score, Survey, say};
use crate::scan::{Outcome, Scanner, Task};
use crate::sink::FileId;
use crate::source::{Tree, printable};

/// Scans everything that is named, reports, and judges.
///
/// # Errors
/// What stands against it before anything is read.
pub(super) fn run(plan: &ScanPlan, settings: &Settings, key: Option<PathBuf>) -> Result<Exit, Refused> {
    let redactor = settings.ready()?;
    let key = make_key(plan, key)?;
    let gates = gates(plan, &key)?;
    let tree = walk(plan)?;
    let outputs = open(plan)?;
    let ours: Vec<FileId> = outputs.iter().filter_map(|output| output.id).collect();
    let effort = Effort { threads: settings.threads, block: settings.block_size };
    let scanner = Scanner::new(&redactor, &key, effort).ratio(plan.max_ratio).ours(ours).named(&plan.paths);
    let scanner = if plan.archives { scanner.archives() } else { scanner };
    let mut survey = Survey::new(redactor.rules(), key.id().map(str::to_owned));
    let progress = Progress::new(std::io::stderr().is_terminal() && !plan.paths.is_empty());
    let scanner = scanner.progress(progress.clone());
    if progress.is_shown() {
        progress.expect(walk(plan)?.survey(|| true));
    }
    each(
        settings.threads,
        plan.stdin.then_some(Task::Stdin).into_iter().chain(tree.map(Task::Found)),
        || scanner.look(),
        |look, task| scanner.scan(look, task),
        |outcome: Outcome| outcome.add_to(&mut survey),
    );
    progress.end();
    if survey.looked == 0 && survey.problems.is_empty() && survey.skipped.is_empty() {
        survey.unscanned("-", "no file was found, so nothing can be said");
    }
    let score = Score::of(&survey);
    let verdicts = gates.judge(&survey, &score);
    let report = Report { survey, score, verdicts };
    let written = deliver(&report, plan, outputs);
    Ok(written.max(judge(&report)))
}

/// Over everything that is named, as far as the filter lets it through.
fn walk(plan: &ScanPlan) -> Result<Tree, Refused> {
    let filter = plan.filter.clone().build(SystemTime::now()).map_err(|why| Refused { exit: Exit::Usage, why })?;
    Ok(Tree::new(plan.paths.clone(), filter))
}

/// What the report comes to, and on standard error why.
fn judge(report: &Report<'_>) -> Exit {
    /// More lines would push the reason out of sight.
    const MOST: usize = 20;
    let problems = &report.survey.problems;
    for problem in problems.iter().take(MOST) {
        say(&format!("{}: {}", problem.file, problem.why));
    }
    let more = report.survey.unscanned.saturating_sub(MOST as u64);
    if more > 0 {
        say(&format!("and {more} more could not be scanned; the report names the first of them"));
    }
    for verdict in report.verdicts.iter().filter(|verdict| !verdict.pass) {
        say(&format!("{} fails: {}", verdict.gate, verdict.why));
    }
    let gate = if report.passes() { Exit::Done } else { Exit::Gate };
    let whole = if problems.is_empty() { Exit::Done } else { Exit::Unscanned };
    let internal = if report.survey.internal_errors == 0 { Exit::Done } else { Exit::Internal };
    gate.max(whole).max(internal)
}

fn make_key(plan: &ScanPlan, variable: Option<PathBuf>) -> Result<Key, Refused> {
    let refused = |what: String| Refused { exit: Exit::Config, why: vec![what] };
    if let Some(path) = &plan.key_file {
        let name = printable(path);
        let bytes = std::fs::read(path).map_err(|error| refused(format!("--key-file: {name}: {error}")))?;
        return Key::given(&bytes).map_err(|what| refused(format!("--key-file: {name}: {what}")));
    }
    match variable {
        Some(key) => Key::given(key.as_os_str().as_encoded_bytes()).map_err(|w| refused(format!("INKOUT_KEY: {w}"))),
        None => Key::drawn().map_err(|error| refused(format!("no random key: {error}"))),
    }
}

fn gates(plan: &ScanPlan, key: &Key) -> Result<Gates, Refused> {
    let baseline = |path: &PathBuf| {
        let wrong = |what: String| Refused {
            exit: Exit::Config,
            why: vec![format!("--baseline: {}: {what}", printable(path))],
        };
        if key.id().is_none() {
            return Err(Refused {
                exit: Exit::Usage,
                why: vec![
                    "--baseline: fingerprints are compared, so a key is needed: --key-file or INKOUT_KEY".to_owned(),
                ],
            });
        }
        let report = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        Baseline::read(&report, key.id()).map_err(wrong)
    };
    let known = plan.baseline.as_ref().map(baseline).transpose()?;
    Ok(Gates { fail_under: plan.fail_under, fail_on: plan.fail_on, max_new: known.map(|known| (known, plan.max_new)) })
}

/// A file that a report goes to.
struct Output {
    path: PathBuf,
    format: Format,
    file: File,
    id: Option<FileId>,
}

/// Opens the files of the reports, once they are known to be none of the inputs. They are empty from then on, so that
/// no old report is taken for this run's.
fn open(plan: &ScanPlan) -> Result<Vec<Output>, Refused> {
    let Outputs::Files(files) = &plan.outputs else { return Ok(Vec::new()) };
    let named = |path: &PathBuf| std::fs::metadata(path).ok().and_then(|m| FileId::of(&m));
    let inputs: Vec<FileId> =
        plan.paths.iter().chain(plan.baseline.as_ref()).chain(plan.key_file.as_ref()).filter_map(named).collect();
    let mut outputs = Vec::new();
    for (path, format) in files {
        let cannot =
            |error: std::io::Error| Refused { exit: Exit::Output, why: vec![format!("{}: {error}", printable(path))] };
        let file =
            OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path).map_err(cannot)?;
        let metadata = file.metadata().map_err(cannot)?;
        let id = FileId::of(&metadata);
        if id.is_some_and(|id| inputs.contains(&id)) {
            let why = format!("{} is an input as well; write to another file", printable(path));
            return Err(Refused { exit: Exit::Usage, why: vec![why] });
        }
        if metadata.is_file() {
            file.set_len(0).map_err(cannot)?;
        }
        outputs.push(Output { path: path.clone(), format: *format, file, id });
    }
    Ok(outputs)
}

fn deliver(report: &Report<'_>, plan: &ScanPlan, outputs: Vec<Output>) -> Exit {
    if let Outputs::Stdout(format) = plan.outputs {
        let mut out = BufWriter::new(std::io::stdout().lock());
        let written = format.write(report, &mut out).and_then(|()| out.flush());
        return written.map_or_else(|error| failed(&error), |()| Exit::Done);
    }
    let mut exit = Exit::Done;
    for Output { path, format, file, .. } in outputs {
        let mut out = BufWriter::new(file);
        if let Err(error) = format.write(report, &mut out).and_then(|()| out.flush()) {
            exit = exit.max(unwritten(&path, &error));
        }
    }
    say(&report.headline());
    exit
}

fn unwritten(path: &Path, error: &std::io::Error) -> Exit {
    say(&format!("{}: {error}", printable(path)));
    Exit::Output
}
