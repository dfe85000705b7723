//! What was typed becomes what is meant, in this one step, where everything that is wrong with it is found.

use std::path::PathBuf;
use std::time::Duration;

use super::allow::Entry;
use super::args::{Typed, Words};
use super::config;
use super::exit::Exit;
use super::leaks::leaks;
use super::mark_keys::{self, KeySource};
use super::secrets::{Secrets, Wanted};
use super::settings::{Counts, Given, Layer, WORDS};
use super::task::{Before, Task, task};
use super::trust;
use crate::catalogue::foreign::gitleaks::File;
use crate::catalogue::foreign::summary;
use crate::catalogue::{Mistake, Profile, Rule};
use crate::redact::{Action, BuildError, Builder, MARKER, MarkKey};
use crate::report::say;
use crate::source::printable;
use crate::{Confidence, Redactor};

/// What is to be done, and with which settings.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) task: Task,
    pub(super) settings: Settings,
}

/// Every setting with its value.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) profile: Profile,
    /// Rule files: name for messages, and text.
    pub(super) rules: Vec<(PathBuf, String)>,
    /// Rule files of other programs, each with those that it extends behind it.
    pub(super) gitleaks: Vec<(PathBuf, Vec<File>)>,
    pub(super) enable: Vec<String>,
    pub(super) disable: Vec<String>,
    /// Lists of literals: name and text.
    pub(super) literals: Vec<(PathBuf, String)>,
    pub(super) allow: Vec<Entry>,
    /// Where known secrets come from, and what was found there.
    pub(super) wanted: Wanted,
    pub(super) secrets: Secrets,
    pub(super) marker: String,
    pub(super) label: bool,
    /// The strongest first.
    pub(super) action: Vec<(Option<String>, Action)>,
    pub(super) mark_key: Vec<KeySource>,
    pub(super) keys: Vec<MarkKey>,
    pub(super) sign: bool,
    pub(super) min_confidence: Confidence,
    pub(super) add_mask: bool,
    pub(super) decode: u8,
    pub(super) stats: Counts,
    pub(super) explain: bool,
    pub(super) threads: usize,
    pub(super) block_size: usize,
    pub(super) grace: Duration,
    /// The configuration file that was read.
    pub(super) config: Option<PathBuf>,
}

/// Everything that is wrong, as lines for the user.
#[derive(Debug)]
pub(super) struct Refused {
    pub(super) exit: Exit,
    pub(super) why: Vec<String>,
}

impl Plan {
    /// # Errors
    /// Every mistake in flags, variables and configuration file at once.
    pub(super) fn new(typed: Typed, var: impl Fn(&str) -> Option<PathBuf>) -> Result<Self, Refused> {
        let Typed { files, output, gzip, words, verb } = typed;
        let mut usage = Vec::new();
        let task = task(Before { files, output, gzip }, verb, &var, &mut usage);
        let named = words.config.clone().or_else(|| var("INKOUT_CONFIG"));
        let flags = flags(words, &mut usage);
        let mut setup = Vec::new();
        let variables = variables(&var, &mut setup);
        let config = config::find(named, var);
        let file = config.as_deref().map_or(Ok(Layer::default()), config::read).unwrap_or_else(|wrong| {
            setup.extend(wrong);
            Layer::default()
        });
        let layer = flags.or(variables).or(file);
        if matches!(task, Task::Run { .. }) {
            setup.extend(layer.mark_key.iter().filter_map(KeySource::shared));
        }
        let settings = Settings::new(layer, config, &mut setup);
        let exit = if usage.is_empty() { Exit::Config } else { Exit::Usage };
        usage.extend(setup);
        if usage.is_empty() { Ok(Self { task, settings }) } else { Err(Refused { exit, why: usage }) }
    }
}

impl Settings {
    fn new(layer: Layer, config: Option<PathBuf>, wrong: &mut Vec<String>) -> Self {
        let gitleaks = layer.gitleaks.into_iter().map(|path| (path.clone(), leaks(path, wrong))).collect();
        let wanted = Wanted {
            globs: layer.secret_env,
            defaults: layer.secret_env_defaults.unwrap_or(false),
            files: layer.secret_file,
        };
        let secrets = wanted.gather(wrong);
        let keys = mark_keys::read(&layer.mark_key, wrong);
        let mut read = |word: &str, path: PathBuf| match trust::read(&path) {
            Ok(text) => Some((path, text)),
            Err(error) => {
                wrong.push(format!("{word}: {}: {error}", printable(&path)));
                None
            }
        };
        Self {
            wanted,
            secrets,
            rules: layer.rules.into_iter().filter_map(|path| read("rules", path)).collect(),
            gitleaks,
            literals: layer.literals.into_iter().filter_map(|path| read("literals", path)).collect(),
            profile: layer.profile.unwrap_or(Profile::Standard),
            allow: layer.allow,
            enable: layer.enable,
            disable: layer.disable,
            marker: layer.marker.unwrap_or_else(|| MARKER.to_owned()),
            label: layer.label.unwrap_or(false),
            action: layer.action,
            mark_key: layer.mark_key,
            keys,
            sign: layer.sign.unwrap_or(false),
            min_confidence: layer.min_confidence.unwrap_or(Confidence::Low),
            add_mask: layer.add_mask.unwrap_or(false),
            decode: layer.decode.unwrap_or(1),
            stats: layer.stats.unwrap_or(Counts::Off),
            explain: layer.explain.unwrap_or(false),
            threads: layer.threads.unwrap_or_else(threads),
            block_size: layer.block_size.unwrap_or(BLOCK),
            grace: layer.grace.unwrap_or(GRACE),
            config,
        }
    }

    /// The redactor of these settings.
    ///
    /// # Errors
    /// Everything that is wrong with the rules and the marker.
    pub(super) fn redactor(&self) -> Result<Redactor, Refused> {
        self.builder().build().map_err(|error| refused(&error))
    }

    /// The same, having told what the user should know of it.
    ///
    /// # Errors
    /// The same.
    pub(super) fn ready(&self) -> Result<Redactor, Refused> {
        let redactor = self.redactor()?;
        self.tell(&redactor);
        Ok(redactor)
    }

    /// Tells what is not honoured of rules, and what of the allowlist is over.
    pub(super) fn tell(&self, redactor: &Redactor) {
        summary(redactor.notes()).into_iter().chain(self.over()).for_each(|line| say(&line));
    }

    /// Whether there is anything in memory that nobody else may see.
    pub(super) fn holds_secrets(&self) -> bool {
        self.wanted.is_some() || self.add_mask || !self.keys.is_empty()
    }

    /// What of the allowlist is over.
    fn over(&self) -> impl Iterator<Item = String> {
        let over = self.allow.iter().filter(|entry| entry.is_over());
        over.map(|entry| {
            let day = entry.expires.as_deref().unwrap_or_default();
            format!("{}: allow: it expired on {day} and lets nothing pass any more", entry.allow.origin)
        })
    }

    /// Every rule there is, on or not.
    ///
    /// # Errors
    /// Everything that is wrong with the rule files.
    pub(super) fn catalogue(&self) -> Result<Vec<Rule>, Refused> {
        self.builder().catalogue().map_err(|error| refused(&error))
    }

    /// Says all that decides what a clean text looks like beside the rules that are on and the values of secrets.
    pub(super) fn tell_apart(&self, say: &mut dyn FnMut(String)) {
        let Self { marker, label, decode, action, sign, min_confidence, add_mask, .. } = self;
        say(format!("{marker:?} {label} {decode} {action:?} {sign} {min_confidence:?} {add_mask}"));
        self.keys.iter().for_each(|key| say(key.id().to_owned()));
        self.allow.iter().filter(|entry| !entry.is_over()).for_each(|entry| say(entry.text()));
    }

    fn builder(&self) -> Builder {
        let mut builder = Redactor::builder().profile(self.profile).label(self.label).decode(self.decode);
        for (path, text) in &self.rules {
            builder = builder.rules(printable(path), text.clone());
        }
        for (path, text) in &self.literals {
            builder = builder.literals(printable(path), text.clone());
        }
        for (_, files) in &self.gitleaks {
            builder = builder.gitleaks(files.clone());
        }
        let good = self.allow.iter().filter(|entry| !entry.is_over());
        builder = good.fold(builder, |b, entry| b.allow(entry.allow.clone()));
        builder = self.secrets.values.iter().fold(builder, |b, secret| b.known(secret.clone()));
        // The last word on a rule counts, and flags are the first here.
        builder = self.action.iter().rev().fold(builder, |b, (word, action)| match word {
            Some(word) => b.action(word, *action),
            None => b.default_action(*action),
        });
        builder = self.keys.iter().fold(builder, |b, key| b.mark_key(key.clone()));
        builder = builder.sign(self.sign).min_confidence(self.min_confidence).add_mask(self.add_mask);
        builder = self.enable.iter().fold(builder, |b, word| b.enable(word));
        self.disable.iter().fold(builder, |b, word| b.disable(word)).marker(&self.marker)
    }
}

fn refused(error: &BuildError) -> Refused {
    Refused { exit: Exit::Config, why: error.mistakes().iter().map(Mistake::to_string).collect() }
}

/// Half of the second-level cache of a usual core; larger reads gain nothing.
const BLOCK: usize = 256 << 10;
/// Service managers wait ten seconds and more before they kill.
const GRACE: Duration = Duration::from_secs(2);

/// Beyond a few threads reading and writing is what takes the time.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(4)
}

fn flags(words: Words, wrong: &mut Vec<String>) -> Layer {
    let mut layer = Layer {
        rules: words.rules,
        gitleaks: words.gitleaks,
        literals: words.literals,
        secret_file: words.secret_file,
        ..Layer::default()
    };
    let single = [
        ("profile", words.profile),
        ("secret-env-defaults", words.secret_env_defaults),
        ("marker", words.marker),
        ("label", words.label),
        ("sign", words.sign),
        ("min-confidence", words.min_confidence),
        ("add-mask", words.add_mask),
        ("decode", words.decode),
        ("stats", words.stats),
        ("explain", words.explain),
        ("threads", words.threads),
        ("block-size", words.block_size),
        ("grace", words.grace),
    ];
    let lists = [
        ("enable", words.enable),
        ("disable", words.disable),
        ("secret-env", words.secret_env),
        ("action", words.action),
        ("mark-key", words.mark_key),
    ];
    let lists = lists.into_iter().flat_map(|(word, texts)| texts.into_iter().map(move |text| (word, text)));
    for (word, text) in single.into_iter().filter_map(|(word, text)| Some((word, text?))).chain(lists) {
        wrong.extend(layer.set(word, &Given::Text(text)).err().map(|what| format!("--{word}: {what}")));
    }
    layer
}

fn variables(var: &impl Fn(&str) -> Option<PathBuf>, wrong: &mut Vec<String>) -> Layer {
    let mut layer = Layer::default();
    for word in WORDS {
        let name = format!("INKOUT_{}", word.replace('-', "_").to_uppercase());
        let Some(value) = var(&name) else { continue };
        if let Some(files) = layer.files(word) {
            files.extend(std::env::split_paths(&value));
            continue;
        }
        let said = match value.into_os_string().into_string() {
            Ok(text) => layer.set(word, &Given::Text(text)),
            Err(_) => Err("the value is not UTF-8".to_owned()),
        };
        wrong.extend(said.err().map(|what| format!("{name}: {what}")));
    }
    layer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Input;
    use clap::Parser;

    fn plan(args: &[&str], vars: &[(&str, &str)]) -> Result<Plan, Refused> {
        let typed = Typed::try_parse_from(std::iter::once("inkout").chain(args.iter().copied())).unwrap();
        Plan::new(typed, |name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| PathBuf::from(v)))
    }

    #[test]
    fn flags_come_before_variables() {
        let settings = plan(&["--profile", "strict"], &[("INKOUT_PROFILE", "secrets")]).unwrap().settings;
        assert_eq!(settings.profile, Profile::Strict);
        let settings = plan(&[], &[("INKOUT_PROFILE", "secrets"), ("INKOUT_LABEL", "1")]).unwrap().settings;
        assert_eq!((settings.profile, settings.label), (Profile::Secrets, true));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let refused = plan(&["--threads", "0", "--stats=xml"], &[("INKOUT_GRACE", "x")]).unwrap_err();
        assert_eq!((refused.exit, refused.why.len()), (Exit::Usage, 3));
        let refused = plan(&[], &[("INKOUT_GRACE", "x")]).unwrap_err();
        assert_eq!(refused.exit, Exit::Config);
    }

    #[test]
    fn a_dash_is_standard_input() {
        let Task::Filter { inputs, .. } = plan(&["a", "-"], &[]).unwrap().task else { panic!() };
        assert_eq!(inputs, [Input::File("a".into()), Input::Stdin]);
    }
}
