//! `inkout config check` and `inkout config show`.

use std::path::Path;

use super::allow::Entry;
use super::exit::Exit;
use super::plan::{Refused, Settings};
use super::print;
use super::settings::Counts;
use crate::redact::Action;
use crate::source::printable;

/// Builds everything the settings name, and says that it could be.
///
/// # Errors
/// Everything that is wrong.
pub(super) fn check(settings: &Settings) -> Result<Exit, Refused> {
    let redactor = settings.ready()?;
    #[cfg(feature = "serve")]
    if let Some(config) = super::serve::tables(settings).map_err(wrong)? {
        crate::serve::checked(&config, &redactor).map_err(wrong)?;
    }
    let place = settings.config.as_deref().map_or_else(|| "no configuration file".to_owned(), printable);
    Ok(print(format!("{place}: in order, {} rules are on\n", redactor.rules().len())))
}

#[cfg(feature = "serve")]
fn wrong(why: Vec<String>) -> Refused {
    Refused { exit: Exit::Config, why }
}

/// The settings in force, in the words of a configuration file.
pub(super) fn show(settings: &Settings) -> Exit {
    let text = |text: &str| toml::Value::from(text).to_string();
    let list = |words: &[String]| toml::Value::from(words.to_vec()).to_string();
    let path = |path: &Path| path.to_str().map_or_else(|| printable(path), str::to_owned);
    let files: Vec<String> = settings.rules.iter().map(|(file, _)| path(file)).collect();
    let leaks: Vec<String> = settings.gitleaks.iter().map(|(file, _)| path(file)).collect();
    let lists: Vec<String> = settings.literals.iter().map(|(file, _)| path(file)).collect();
    let wanted = &settings.wanted;
    let secret_files: Vec<String> = wanted.files.iter().map(|file| path(file)).collect();
    let stats = match settings.stats {
        Counts::Off => "off",
        Counts::Text => "text",
        Counts::Json => "json",
    };
    let read = settings.config.as_deref().map_or_else(|| "none".to_owned(), printable);
    let allow: String = settings.allow.iter().map(Entry::text).collect();
    print(format!(
        "# configuration file: {read}\n\
         profile = {}\nrules = {}\ngitleaks = {}\nliterals = {}\nenable = {}\ndisable = {}\nsecret-env = {}\n\
         secret-env-defaults = {}\nsecret-file = {}\ndecode = {}\nmarker = {}\nlabel = {}\naction = {}\n\
         mark-key = {}\nsign = {}\nmin-confidence = {}\nadd-mask = {}\nstats = {}\nexplain = {}\n\
         threads = {}\nblock-size = {}\ngrace = {}\n{allow}",
        text(settings.profile.word()),
        list(&files),
        list(&leaks),
        list(&lists),
        list(&settings.enable),
        list(&settings.disable),
        list(&wanted.globs),
        wanted.defaults,
        list(&secret_files),
        settings.decode,
        text(&settings.marker),
        settings.label,
        list(&settings.action.iter().map(|(word, action)| asked(word.as_deref(), *action)).collect::<Vec<_>>()),
        list(&settings.mark_key.iter().map(ToString::to_string).collect::<Vec<_>>()),
        settings.sign,
        text(settings.min_confidence.word()),
        settings.add_mask,
        text(stats),
        settings.explain,
        settings.threads,
        settings.block_size,
        settings.grace.as_secs_f64(),
    ))
}

fn asked(word: Option<&str>, action: Action) -> String {
    word.map_or_else(|| action.to_string(), |word| format!("{word}={action}"))
}
