//! What was typed. Words are only split here; what they mean is seen in [`super::plan`].

use std::ffi::OsString;
use std::path::PathBuf;

use super::scan_args::ScanArgs;
use clap::{Args, Parser, Subcommand};

use super::clean_words::CleanWords;

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

    /// Pack the output as gz, with LEVEL from 1 to 9 [default: off, 6 without a value]
    #[arg(long, value_name = "LEVEL", num_args = 0..=1, require_equals = true, default_missing_value = "6", value_parser = clap::value_parser!(i32).range(1..=9))]
    pub(super) gzip: Option<i32>,

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

    /// Rules of gitleaks or betterleaks, as their TOML file; what is not honoured is listed; may be repeated
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) gitleaks: Vec<PathBuf>,

    /// Texts that go wherever they stand, one a line; may be repeated
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) literals: Vec<PathBuf>,

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

    /// How often base64 and base64url, from 2 on hexadecimal too, are decoded to look for secrets inside, 0 to 3; where a
    /// rule hits, all of the encoded text goes. Looked into are runs of 16 bytes to 32 KiB that hold, encoded, the head of
    /// one of the commonest token formats or a word such as password [default: 1]
    #[arg(long, global = true, value_name = "N")]
    pub(super) decode: Option<String>,

    /// What stands in the place of a secret [default: [REDACTED]]
    #[arg(long, global = true, value_name = "TEXT")]
    pub(super) marker: Option<String>,

    /// Name the rule in the marker, as in [REDACTED:github-pat] [default: false]
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) label: Option<String>,

    /// What becomes of what is found: replace, label, mask, mask:N, mask:FIRST:LAST, pseudonym, drop-line or off, for all
    /// rules, or with WORD= for a rule or a group; separated by commas; may be repeated [default: replace]
    #[arg(long, global = true, value_name = "[WORD=]ACTION")]
    pub(super) action: Vec<String>,

    /// The key of pseudonyms and of --sign, called ID: 32 bytes or more in a file for its owner alone, or in a variable;
    /// repeat it with the key before while both are in use
    #[arg(long, global = true, value_name = "ID=FILE|ID=env:NAME")]
    pub(super) mark_key: Vec<String>,

    /// Sign each marker, as in [REDACTED:github-pat:9f2c41d0], so that nobody without the key can write one into the
    /// log; see inkout verify-marks [default: false]
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) sign: Option<String>,

    /// Let pass what is less sure than low, medium (a telling name) or high (an issuer's format, a checksum)
    /// [default: low]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(super) min_confidence: Option<String>,

    /// Have a line ::add-mask::VALUE black out VALUE, in it and in the rest of that text [default: false]
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) add_mask: Option<String>,

    /// Counts on standard error at the end and on SIGUSR1: text, json or off [default: off, text without a value]
    #[arg(long, global = true, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    pub(super) stats: Option<String>,

    /// Each hit on standard error: file:line:column, length class, rule; never the bytes [default: false]
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(super) explain: Option<String>,

    /// Threads that search, 1 to 256 [default: the number of processors, at most 4]. They change how fast much text goes
    /// through, never what comes out; a quiet stream uses only one. Each takes two blocks of memory
    #[arg(long, global = true, value_name = "N")]
    pub(super) threads: Option<String>,

    /// Bytes to read at once, 4K to 64M [default: 256K]. Smaller takes less memory and, below 128K, more time; larger
    /// gains nothing where it outgrows the processor's second-level cache. A line that has come never waits for more
    #[arg(long, global = true, value_name = "SIZE")]
    pub(super) block_size: Option<String>,

    /// After SIGTERM or SIGINT, and once the command of `run` has ended: seconds to take in what still comes, 0 to 3600
    /// [default: 2]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub(super) grace: Option<String>,

    /// Configuration file [default: the first of ./inkout.toml, $XDG_CONFIG_HOME/inkout/config.toml or
    /// ~/.config/inkout/config.toml, /etc/inkout/config.toml]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Say what is in stored logs, score it, and fail a build
    Scan(Box<ScanArgs>),
    /// Clean stored files in their place
    Clean(Box<CleanWords>),
    /// Run a program with its output redacted
    #[command(override_usage = "inkout run [OPTIONS] -- COMMAND [ARG]...", after_help = RUN)]
    Run {
        /// Give it a terminal: auto (where ours is one), never or always
        #[arg(long, value_name = "WHEN", default_value = "auto")]
        pty: String,

        /// Both of its outputs as one, to standard output, in the order they are written
        #[arg(long)]
        merge: bool,

        /// Become COMMAND, for the process that was number PID
        #[arg(long, hide = true, value_name = "PID")]
        in_place: Option<String>,

        /// The program and its arguments
        #[arg(required = true, trailing_var_arg = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
    /// Take logs from files, sockets and programs and hand them on, for as long as the machine is up
    #[cfg(feature = "serve")]
    #[command(after_help = SERVE)]
    Serve {
        /// What the process may do once it serves: require (nothing but its work, or it does not begin), best-effort or off
        /// [default: best-effort]
        #[arg(long, value_name = "HOW")]
        sandbox: Option<String>,
    },
    /// Be the part of an agent that it leaves to another program: its protocol on standard input and output
    #[command(subcommand)]
    Plugin(PluginVerb),
    /// Measure how fast the rules are on a log of yours, and where the time goes
    #[command(after_help = BENCH)]
    Bench {
        /// The log: its first 256 MiB are read into memory; `-` is standard input
        #[arg(value_name = "FILE", default_value = "-")]
        file: PathBuf,
    },
    /// Look at the rules and try them out
    #[command(subcommand)]
    Rules(RulesVerb),
    /// Say of a line which rules saw something in it, which one hit, and why another did not; secrets are masked
    Explain {
        /// The line [default: each line of standard input]
        #[arg(value_name = "LINE", allow_hyphen_values = true)]
        line: Option<String>,
    },
    /// Say whether each marker in a log is signed with our key, which --mark-key names
    #[command(after_help = VERIFY)]
    VerifyMarks {
        /// Logs that were written with --sign; `-` is standard input
        #[arg(value_name = "FILE", default_value = "-")]
        files: Vec<PathBuf>,
    },
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigVerb),
    /// The manual page, for man(1): of inkout, or of a verb
    Man {
        /// The verb, such as clean or rules list
        #[arg(value_name = "VERB")]
        verb: Vec<String>,
    },
    /// Completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum PluginVerb {
    /// For rsyslog's mmexternal: one message a line in, what changes in it as a line of JSON out
    ///
    /// rsyslog passes a message on unchanged when it gets no answer. With --mark every answer sets $!inkout, and a
    /// ruleset can set aside what has none; packaging/rsyslog has one.
    #[command(verbatim_doc_comment)]
    RsyslogMmexternal {
        /// What is given and changed, as interface.input says: msg or rawmsg
        #[arg(long, value_name = "NAME", default_value = "msg")]
        property: String,

        /// Set $!inkout in every answer, to the number of hits
        #[arg(long)]
        mark: bool,

        /// The longest answer; a longer one becomes a marker, as rsyslog would pass the message on unchanged
        #[arg(long, value_name = "BYTES", default_value_t = 8096)]
        max_reply: usize,
    },
    /// For rsyslog's omprog: one message a line in, appended to a file
    RsyslogOmprog {
        /// Write behind what FILE holds; a new one is for its owner alone. SIGHUP opens it again
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,

        /// Confirm each message when the file has it: confirmMessages="on"
        #[arg(long)]
        confirm: bool,

        /// Messages come in transactions: useTransactions="on"
        #[arg(long, requires = "confirm")]
        transactions: bool,
    },
    /// For Fluentd's exec_filter: records in, the same records out
    FluentdExecFilter {
        /// json (one record a line) or msgpack, the same in `<format>` and `<parse>`
        #[arg(long, value_name = "FORM", default_value = "json")]
        format: String,
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
    /// Run rule files against their own examples and near misses, and tell what each rule costs
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
Settings come from flags, then from variables such as INKOUT_PROFILE or INKOUT_BLOCK_SIZE, then from the \
configuration file, which has the same words: profile = \"strict\", disable = [\"email\"], block-size = \"1M\". The \
lists of rules, enable and disable add up.

Examples:
  gunicorn app:app 2>&1 | inkout               black out what an application logs
  inkout -o clean.log app.log                  a clean copy
  zcat app.log.gz | inkout --stats >clean.log  with counts at the end
  inkout clean --dry-run /var/log/myapp        what is in stored logs
  inkout run -- gunicorn app:app               start it, with both outputs redacted; its exit code is ours
  inkout --explain app.log >/dev/null          only where the secrets stand
  inkout --disable email,ssn --label app.log   fewer rules, and which one it was
  deploy 2>&1 | inkout --secret-env 'DEPLOY_*'  its own secrets too, in base64, hex, URLs ...
  inkout scan --fail-under 75 build.log        a report and an exit code; see inkout scan --help
  inkout rules test my-rules.toml              before you use them with --rules
  inkout --gitleaks .gitleaks.toml app.log     with the rules you have for gitleaks or betterleaks
  inkout explain 'token=abc123'                why, or why not
  inkout --action email=pseudonym,card=mask --mark-key k1=/etc/inkout/key app.log
                                               the same person is the same digits, and a card its last four

Exit codes: 0 done; 1 an input could not be read, the others are done, or a gate of scan fails; 2 wrong usage, or \
standard input, output or error is closed; 3 scan could not look at everything; 70 internal error, the lines in \
question are blacked out; 74 the output takes no more; 78 settings or rules are wrong; 128+n ended by signal n, and \
141 when the reader of the output has gone.";

const BENCH: &str = "\
One thread takes the log five times, as the filter would, --block-size bytes at a time. Figures are by the thread's \
time on a processor: MB are millions of bytes, the shares are medians. Reading is timed once, so a file that was not \
read lately is slower; writing goes to a pipe. A candidate is a place where a rule has to look; `looks` and `hits` \
say for each rule how often it looked and how often it found something. Signs that several rules share, such as @ \
and digits, are candidates of no single rule. Nothing of the log is printed.

Examples:
  inkout bench app.log
  zcat app.log.gz | inkout bench --profile strict

Exit codes: 0 done; 1 the log cannot be read or is empty; 78 settings or rules are wrong.";

#[cfg(feature = "serve")]
const SERVE: &str = "\
Sources and sinks are tables of the configuration file, beside the settings that every verb has; docs/serve.md has \
all of their keys. Where a source can be read again it is told that its lines are through only when the sinks have \
them, so after any end, kill -9 included, none is missing. SIGHUP reads the file anew: all of what it says comes \
into force, or none.

Example, as /etc/inkout/config.toml:
  profile = \"standard\"
  [serve]
  state = \"/var/lib/inkout\"
  [[source]]
  name = \"app\"
  type = \"files\"
  paths = [\"/var/log/app/*.log\"]
  [[sink]]
  name = \"clean\"
  type = \"file\"
  path = \"/var/log/clean/app.log\"

  inkout config check --config /etc/inkout/config.toml
  inkout serve --config /etc/inkout/config.toml

Exit codes: 0 all sources came to their end; 74 something that was read could not be handed on; 78 the configuration \
is wrong; 128+n ended by signal n.";

const VERIFY: &str = "\
Each marker that is not signed with one of the keys is told by file:line:column, and why: unsigned, or forged (or \
signed with another key). A signature holds for the rule's id: who can read a signed marker can copy it, but cannot \
make one for another rule.

Examples:
  inkout verify-marks --mark-key k1=/etc/inkout/key app.log
  inkout verify-marks --mark-key k2=new.key --mark-key k1=old.key app.log.1 app.log

Exit codes: 0 every marker is ours; 1 one is not, or a file cannot be read; 78 settings are wrong.";

const RUN: &str = "\
Standard output and standard error are redacted each by itself and stay apart. Where ours is a terminal the program \
has one too. Every signal that can be caught is passed on, once; what the program was given besides, such as sockets \
and NOTIFY_SOCKET, it has. When it has ended, its output is taken in to the end; where another process still holds \
it open, for --grace seconds. As process 1 of a container it also waits for processes that nobody else waits for.

Should inkout be killed, the program's next write fails. It never gets past the rules.

Examples:
  inkout run -- gunicorn --access-logfile - app:app
  inkout run --merge --profile strict -- make test >build.log
  ENTRYPOINT [\"inkout\", \"run\", \"--\"]

Exit codes: that of COMMAND; 128+n where signal n ended it; 127 there is no such program; 126 it cannot be run. \
Where COMMAND ends with 0: 70 and 74 as for inkout alone. 2 and 78: it was not started.";
