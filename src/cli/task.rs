//! What a verb asks for.

use std::ffi::OsString;
use std::path::PathBuf;

use clap_complete::Shell;

use super::args::{ConfigVerb, PluginVerb, RulesVerb, Verb};
use super::clean_words::CleanPlan;
use super::plugin::Plugin;
use super::scan_args::ScanPlan;
use crate::child::{Plumbing, Pty};
use crate::plugin::{MmExternal, OmProg, Property};
#[cfg(feature = "serve")]
use crate::serve::sandbox::{self, Sandbox};
use crate::source::Input;

/// What is to be done.
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
    VerifyMarks {
        files: Vec<Input>,
    },
    ConfigCheck,
    ConfigShow,
    Man {
        verb: Vec<String>,
    },
    Completions(Shell),
}

/// What stands before a verb, or without one.
pub(super) struct Before {
    pub(super) files: Vec<PathBuf>,
    pub(super) output: Option<PathBuf>,
    pub(super) gzip: Option<i32>,
}

/// What `verb` asks for.
pub(super) fn task(
    before: Before,
    verb: Option<Verb>,
    var: &impl Fn(&str) -> Option<PathBuf>,
    wrong: &mut Vec<String>,
) -> Task {
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
        Some(Verb::VerifyMarks { files }) => Task::VerifyMarks { files: files.into_iter().map(Input::new).collect() },
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
