//! `inkout serve`, and what `inkout config check` says of its tables.

use std::path::{Path, PathBuf};

use clap::Parser;

use super::args::Typed;
use super::exit::Exit;
use super::plan::{Plan, Refused, Settings};
use super::{trust, variable};
use crate::serve::config::{self, Config};
use crate::serve::sandbox::Sandbox;
use crate::serve::{Loaded, checked, serve};
use crate::source::printable;

/// Serves until a signal, or until all sources have ended.
///
/// # Errors
/// What stands against it before anything is read.
pub(super) fn run(settings: &Settings, sandbox: Option<Sandbox>) -> Result<Exit, Refused> {
    let mut first = load(settings)?;
    first.config.options.sandbox = sandbox.unwrap_or(first.config.options.sandbox);
    settings.tell(&first.redactor);
    checked(&first.config, &first.redactor).map_err(|why| Refused { exit: Exit::Config, why })?;
    let served = serve(first, &reload).map_err(|error| Refused { exit: Exit::Output, why: vec![error.to_string()] })?;
    let left = if served.left > 0 { Exit::Output } else { Exit::Done };
    Ok(served.signal.map_or(Exit::Done, |signal| Exit::Signal(signal as u8)).max(left))
}

/// The tables of the configuration file, if there are any.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn tables(settings: &Settings) -> Result<Option<Config>, Vec<String>> {
    let Some(path) = &settings.config else { return Ok(None) };
    let name = printable(path);
    let text = trust::read(path).map_err(|error| vec![format!("{name}: {error}")])?;
    if !toml::from_str::<toml::Table>(&text).is_ok_and(|table| config::is_meant(&table)) {
        return Ok(None);
    }
    config::read(&name, &text, path.parent().unwrap_or(Path::new(""))).map(Some)
}

fn load(settings: &Settings) -> Result<Loaded, Refused> {
    let wrong = |why| Refused { exit: Exit::Config, why };
    let config = tables(settings).map_err(wrong)?.ok_or_else(|| {
        let place = settings.config.as_deref().map_or_else(|| "there is no configuration file".to_owned(), printable);
        wrong(vec![format!("{place}: there is no [[source]] and no [[sink]] to serve")])
    })?;
    Ok(Loaded { config, redactor: settings.redactor()?, grace: settings.grace, files: read_again(settings) })
}

/// The files that a reload reads.
fn read_again(settings: &Settings) -> Vec<PathBuf> {
    let rules = settings.rules.iter().map(|(path, _)| path);
    let lists = settings.literals.iter().map(|(path, _)| path);
    let leaks = settings.gitleaks.iter().map(|(path, _)| path);
    let named = rules.chain(lists).chain(leaks).chain(&settings.wanted.files).chain(&settings.config);
    // An editor makes a file anew, and with it what stands for it in a sandbox; its folder stays.
    named.map(|path| path.parent().map_or_else(PathBuf::new, Path::to_owned)).collect()
}

/// Everything anew, as the command line says.
fn reload() -> Result<Loaded, Vec<String>> {
    let typed = Typed::try_parse().map_err(|error| vec![error.kind().to_string()])?;
    let plan = Plan::new(typed, variable).map_err(|refused| refused.why)?;
    load(&plan.settings).map_err(|refused| refused.why)
}
