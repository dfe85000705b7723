//! What was typed becomes what is meant, in this one step, where everything that is wrong with it is found.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap_complete::Shell;

use super::allow::Entry;
use super::args::{ConfigVerb, PluginVerb, RulesVerb, Typed, Verb, Words};
use super::clean_words::CleanPlan;
use super::config;
use super::exit::Exit;
use super::plugin::Plugin;
use super::scan_args::ScanPlan;
use super::secrets::{Secrets, Wanted};
use super::settings::{Counts, Given, Layer, WORDS};
use super::trust;
use crate::Redactor;
use crate::catalogue::foreign::gitleaks::{File, extends};
use crate::catalogue::{Mistake, Profile, Rule};
use crate::child::{Plumbing, Pty};
use crate::plugin::{MmExternal, OmProg, Property};
use crate::redact::{BuildError, Builder, MARKER};
#[cfg(feature = "serve")]
use crate::serve::sandbox::{self, Sandbox};
use crate::source::{Input, printable};

/// What is to be done, and with which settings.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) task: Task,
    pub(super) settings: Settings,
}

#[derive(Debug)]
pub(super) enum Task {
    Filter {
        inputs: Vec<Input>,
        output: Option<PathBuf>,
        gzip: Option<i32>,
    },
    Clean(Box<CleanPlan>),
    Scan {
        plan: Box<ScanPlan>,
        key: Option<PathBuf>,
    },
    Run {
        command: Vec<OsString>,
        plumbing: Plumbing,
    },
    #[cfg(feature = "serve")]
    Serve {
        sandbox: Option<Sandbox>,
    },
    Plugin(Plugin),
    Bench(Input),
    RulesList {
        json: bool,
    },
    RulesShow {
        id: String,
    },
    RulesTest {
        files: Vec<PathBuf>,
    },
    Explain {
        line: Option<String>,
    },
    ConfigCheck,
    ConfigShow,
    Man {
        verb: Vec<String>,
    },
    Completions(Shell),
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
        let settings = Settings::new(flags.or(variables).or(file), config, &mut setup);
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

    /// What of the allowlist is over.
    pub(super) fn over(&self) -> impl Iterator<Item = String> {
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

    fn builder(&self) -> Builder {
        let mut builder = Redactor::builder().profile(self.profile).label(self.label);
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
        builder = self.enable.iter().fold(builder, |b, word| b.enable(word));
        self.disable.iter().fold(builder, |b, word| b.disable(word)).marker(&self.marker)
    }
}

/// A rule file of another program, and those that it extends.
pub(super) fn leaks(path: PathBuf, wrong: &mut Vec<String>) -> Vec<File> {
    /// As far as gitleaks follows, and once more.
    const DEEPEST: usize = 3;
    let (mut files, mut next) = (Vec::new(), Some(path));
    while let Some(path) = next.take() {
        let name = printable(&path);
        if files.len() > DEEPEST {
            wrong.push(format!("gitleaks: {name}: {DEEPEST} files that extend each other are the most"));
            break;
        }
        match trust::read(&path) {
            Ok(text) => {
                // A path is meant as seen from the file it stands in, else from here, as gitleaks has it.
                next = extends(&text).map(|base| {
                    let beside = path.parent().unwrap_or(Path::new("")).join(&base);
                    if beside.exists() { beside } else { PathBuf::from(base) }
                });
                files.push(File { name, text });
            }
            Err(error) => wrong.push(format!("gitleaks: {name}: {error}")),
        }
    }
    files
}

fn refused(error: &BuildError) -> Refused {
    let line = |mistake: &Mistake| match &*mistake.origin.file {
        setting @ ("enable" | "disable" | "marker" | "rules" | "secret") => format!("{setting}: {}", mistake.what),
        _ => mistake.to_string(),
    };
    Refused { exit: Exit::Config, why: error.mistakes().iter().map(line).collect() }
}

/// Half of the second-level cache of a usual core; larger reads gain nothing.
const BLOCK: usize = 256 << 10;
/// Service managers wait ten seconds and more before they kill.
const GRACE: Duration = Duration::from_secs(2);

/// Beyond a few threads reading and writing is what takes the time.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(4)
}

/// What stands before a verb, or without one.
struct Before {
    files: Vec<PathBuf>,
    output: Option<PathBuf>,
    gzip: Option<i32>,
}

fn task(before: Before, verb: Option<Verb>, var: &impl Fn(&str) -> Option<PathBuf>, wrong: &mut Vec<String>) -> Task {
    let Before { files, output, gzip } = before;
    if verb.is_some() && (output.is_some() || gzip.is_some() || !files.is_empty()) {
        wrong.push("verbs such as clean and rules take no FILE before them, no --output and no --gzip".to_owned());
    }
    match verb {
        None if files.is_empty() => Task::Filter { inputs: vec![Input::Stdin], output, gzip },
        None => Task::Filter { inputs: files.into_iter().map(Input::new).collect(), output, gzip },
        Some(Verb::Clean(words)) => Task::Clean(Box::new((*words).into())),
        Some(Verb::Scan(args)) => Task::Scan { plan: Box::new(ScanPlan::new(*args, wrong)), key: var("INKOUT_KEY") },
        Some(Verb::Run { pty, merge, command, .. }) => {
            let pty = match pty.as_str() {
                "auto" => Pty::Auto,
                "never" => Pty::Never,
                "always" => Pty::Always,
                other => {
                    wrong.push(format!("--pty: {other:?} is none of auto, never, always"));
                    Pty::Auto
                }
            };
            Task::Run { command, plumbing: Plumbing { pty, merge } }
        }
        #[cfg(feature = "serve")]
        Some(Verb::Serve { sandbox }) => Task::Serve { sandbox: sandbox.and_then(|word| sandboxed(&word, wrong)) },
        Some(Verb::Plugin(verb)) => Task::Plugin(plugin(verb, wrong)),
        Some(Verb::Bench { file }) => Task::Bench(Input::new(file)),
        Some(Verb::Rules(RulesVerb::List { format })) => {
            if !matches!(format.as_str(), "text" | "json") {
                wrong.push(format!("--format: {format:?} is none of text, json"));
            }
            Task::RulesList { json: format == "json" }
        }
        Some(Verb::Rules(RulesVerb::Show { id })) => Task::RulesShow { id },
        Some(Verb::Rules(RulesVerb::Test { files })) => Task::RulesTest { files },
        Some(Verb::Explain { line }) => Task::Explain { line },
        Some(Verb::Config(ConfigVerb::Check)) => Task::ConfigCheck,
        Some(Verb::Config(ConfigVerb::Show)) => Task::ConfigShow,
        Some(Verb::Man { verb }) => Task::Man { verb },
        Some(Verb::Completions { shell }) => Task::Completions(shell),
    }
}

#[cfg(feature = "serve")]
fn sandboxed(word: &str, wrong: &mut Vec<String>) -> Option<Sandbox> {
    let found = sandbox::WORDS.iter().find(|(known, _)| *known == word);
    if found.is_none() {
        wrong.push(format!("--sandbox: {word:?} is none of require, best-effort, off"));
    }
    found.map(|(_, sandbox)| *sandbox)
}

fn plugin(verb: PluginVerb, wrong: &mut Vec<String>) -> Plugin {
    match verb {
        PluginVerb::RsyslogMmexternal { property, mark, max_reply } => {
            let known = match property.as_str() {
                "msg" => Some(Property::Msg),
                "rawmsg" => Some(Property::RawMsg),
                _ => None,
            };
            if known.is_none() {
                wrong.push(format!("--property: {property:?} is none of msg, rawmsg"));
            }
            if max_reply < 256 {
                wrong.push("--max-reply: an answer takes up to 256 bytes with nothing in it".to_owned());
            }
            Plugin::MmExternal(MmExternal { property: known.unwrap_or(Property::Msg), mark, most: max_reply })
        }
        PluginVerb::RsyslogOmprog { output, confirm, transactions } => {
            Plugin::OmProg(OmProg { output, confirm, transactions })
        }
        PluginVerb::FluentdExecFilter { format } => match format.as_str() {
            "msgpack" => Plugin::MessagePack,
            other => {
                if other != "json" {
                    wrong.push(format!("--format: {other:?} is none of json, msgpack"));
                }
                Plugin::Json
            }
        },
    }
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
        ("stats", words.stats),
        ("explain", words.explain),
        ("threads", words.threads),
        ("block-size", words.block_size),
        ("grace", words.grace),
    ];
    let lists = [("enable", words.enable), ("disable", words.disable), ("secret-env", words.secret_env)];
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
        let files = match *word {
            "rules" => Some(&mut layer.rules),
            "gitleaks" => Some(&mut layer.gitleaks),
            "literals" => Some(&mut layer.literals),
            "secret-file" => Some(&mut layer.secret_file),
            _ => None,
        };
        if let Some(files) = files {
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
