//! What was typed. Words are only split here; what they mean is seen in [`super::plan`].

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Blacks out secrets and personal data in log streams and passes every other byte on untouched.
#[derive(Debug, Parser)]
#[command(name = "inkout", version, after_help = AFTER, max_term_width = 110, disable_help_subcommand = true)]
pub(super) struct Typed {
    /// Files to read, one after another; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// Write to FILE: created for its owner alone, or truncated; never one of the inputs [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    #[command(flatten)]
    pub(super) words: Words,

    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
}

/// The settings, as text.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings")]
pub(super) struct Words {
    /// Which rules are on: secrets, standard or strict, each with the ones before [default: standard]
    #[arg(long, global = true, value_name = "NAME")]
    pub(super) profile: Option<String>,

    /// More rules, of the same form as the built-in ones, which they replace by id; may be repeated
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) rules: Vec<PathBuf>,

    /// Rules or groups to have on besides, separated by commas; may be repeated
    #[arg(long, global = true, value_name = "ID|GROUP")]
    pub(super) enable: Vec<String>,

    /// Rules or groups to have off, stronger than --enable
    #[arg(long, global = true, value_name = "ID|GROUP")]
    pub(super) disable: Vec<String>,

    /// Black out the values of the variables that GLOB names, in every encoding; may be repeated
    #[arg(long, global = true, value_name = "GLOB")]
    pub(super) secret_env: Vec<String>,

    /// The same for *_TOKEN, *_SECRET, *_PASSWORD, *_API_KEY and *_KEY [default: false]
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) secret_env_defaults: Option<String>,

    /// The same for the values in FILE: one a line, NAME=value as in .env, or a flat JSON object; may be repeated
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) secret_file: Vec<PathBuf>,

    /// What stands in the place of a secret [default: [REDACTED]]
    #[arg(long, global = true, value_name = "TEXT")]
    pub(super) marker: Option<String>,

    /// Name the rule in the marker, as in [REDACTED:github-pat] [default: false]
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) label: Option<String>,

    /// Counts on standard error at the end and on SIGUSR1: text, json or off [default: off, text without a value]
    #[arg(long, global = true, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    pub(super) stats: Option<String>,

    /// Each hit on standard error: file:line:column, length class, rule; never the bytes [default: false]
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) explain: Option<String>,

    /// Threads that search, 1 to 256; a quiet stream uses only one [default: the number of processors, at most 4]
    #[arg(long, global = true, value_name = "N")]
    pub(super) threads: Option<String>,

    /// Bytes to read at once, 4K to 64M [default: 256K]
    #[arg(long, global = true, value_name = "SIZE")]
    pub(super) block_size: Option<String>,

    /// After SIGTERM or SIGINT, seconds to take in what is still in the pipe, 0 to 3600 [default: 2]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub(super) grace: Option<String>,

    /// Configuration file [default: the first of ./inkout.toml, $XDG_CONFIG_HOME/inkout/config.toml or
    /// ~/.config/inkout/config.toml, /etc/inkout/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Look at the rules and try them out
    #[command(subcommand)]
    Rules(RulesVerb),
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigVerb),
    /// The manual page, for man(1)
    Man,
    /// Completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum RulesVerb {
    /// Every rule, and whether it is on
    List {
        /// text or json
        #[arg(long, value_name = "FORM", default_value = "text")]
        format: String,
    },
    /// Everything about one rule
    Show {
        /// The rule's id
        id: String,
    },
    /// Run rule files against their own examples and near misses
    Test {
        /// Rule files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigVerb {
    /// Say whether settings and rules are in order
    Check,
    /// The settings in force, as a configuration file
    Show,
}

const AFTER: &str = "\
Settings come from flags, then from variables such as INKOUT_PROFILE or INKOUT_BLOCK_SIZE, then from the
configuration file, which has the same words: profile = \"strict\", disable = [\"email\"], block-size = \"1M\".
The lists of rules, enable and disable add up.

Examples:
  gunicorn app:app 2>&1 | inkout               black out what an application logs
  inkout -o clean.log app.log                  a clean copy
  zcat app.log.gz | inkout --stats >clean.log  with counts at the end
  inkout --explain app.log >/dev/null          only where the secrets stand
  inkout --disable email,ssn --label app.log   fewer rules, and which one it was
  deploy 2>&1 | inkout --secret-env 'DEPLOY_*'  its own secrets too, in base64, hex, URLs ...
  inkout rules test my-rules.toml              before you use them with --rules

Exit codes: 0 done; 1 an input could not be read, the others are done; 2 wrong usage, or standard input, output or
error is closed; 70 internal error, the lines in question are blacked out; 74 the output takes no more; 78 settings or
rules are wrong; 128+n ended by signal n, and 141 when the reader of the output has gone.";
