//! What may be typed after `inkout scan`, and what is meant by it.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

use super::clean_words::age;
use crate::catalogue::Severity;
use crate::report::Format;
use crate::source::{FilterBuilder, Input};

/// The words of `inkout scan`.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct ScanArgs {
    /// Files and folders, stored logs packed or not; `-` is standard input, as is no PATH
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The report's form: text, json, ndjson, sarif, junit, github, markdown or html
    /// [default: text, or as the output file's ending says]
    #[arg(long, value_name = "FORM")]
    format: Option<String>,

    /// Write the report to FILE, for its owner alone if it is new; may be repeated, for several forms at once:
    /// .txt, .json, .ndjson, .sarif, .xml (JUnit), .md, .html [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Vec<PathBuf>,

    /// Fail if the score is under N, 0 to 100
    #[arg(long, value_name = "N", help_heading = "Gates")]
    fail_under: Option<String>,

    /// Fail if a finding is of this severity or above: low, medium, high or critical
    #[arg(long, value_name = "SEVERITY", help_heading = "Gates")]
    fail_on: Option<String>,

    /// An earlier report in JSON: what it has is known; needs a key
    #[arg(long, value_name = "FILE", help_heading = "Gates")]
    baseline: Option<PathBuf>,

    /// Fail if more than N values are not in the baseline [default: 0]
    #[arg(long, value_name = "N", help_heading = "Gates", requires = "baseline")]
    max_new: Option<String>,

    /// The key of the fingerprints, at least 16 bytes; the variable INKOUT_KEY has the key itself
    /// [default: drawn for the run, so that fingerprints mean nothing beyond the report]
    #[arg(long, value_name = "FILE", help_heading = "Gates")]
    key_file: Option<PathBuf>,

    /// Look into tar archives file by file, packed or not; without it they are read as they are
    #[arg(long, help_heading = "Files")]
    archives: bool,

    /// Only files whose name, or path below PATH, matches; may be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Files")]
    glob: Vec<String>,

    /// Neither files nor folders that match; may be repeated. Folders called .git are always left out
    #[arg(long, value_name = "GLOB", help_heading = "Files")]
    exclude: Vec<String>,

    /// Only files last changed longer ago: 90s, 15m, 12h, 7d, 2w
    #[arg(long, value_name = "AGE", help_heading = "Files")]
    older_than: Option<String>,

    /// Only files changed since
    #[arg(long, value_name = "AGE", help_heading = "Files")]
    newer_than: Option<String>,

    /// How many folders deep, 1 being PATH itself
    #[arg(long, value_name = "N", help_heading = "Files")]
    max_depth: Option<String>,

    /// Pay no attention to .inkoutignore files
    #[arg(long, help_heading = "Files")]
    no_ignore: bool,

    /// A packed file may unpack to so many times its size [default: 1000]
    #[arg(long, value_name = "N", help_heading = "Files")]
    max_ratio: Option<String>,
}

/// What is to be scanned, and what for.
#[derive(Debug)]
pub(super) struct ScanPlan {
    /// Whether standard input is one of the texts.
    pub(super) stdin: bool,
    pub(super) paths: Vec<PathBuf>,
    pub(super) filter: FilterBuilder,
    /// The form on standard output, or of each file.
    pub(super) outputs: Outputs,
    pub(super) fail_under: Option<u8>,
    pub(super) fail_on: Option<Severity>,
    pub(super) baseline: Option<PathBuf>,
    pub(super) max_new: u64,
    pub(super) key_file: Option<PathBuf>,
    pub(super) max_ratio: u64,
    pub(super) archives: bool,
}

/// Where the report goes.
#[derive(Debug)]
pub(super) enum Outputs {
    Stdout(Format),
    Files(Vec<(PathBuf, Format)>),
}

impl ScanPlan {
    /// Everything that is wrong is added to `wrong`.
    pub(super) fn new(args: ScanArgs, wrong: &mut Vec<String>) -> Self {
        let outputs = outputs(args.output, args.format.as_deref(), wrong);
        let (stdin, paths): (Vec<Input>, Vec<Input>) =
            args.paths.into_iter().map(Input::new).partition(|input| *input == Input::Stdin);
        let paths: Vec<PathBuf> = paths
            .into_iter()
            .filter_map(|input| match input {
                Input::File(path) => Some(path),
                Input::Stdin => None,
            })
            .collect();
        let mut exclude = args.exclude;
        exclude.push(".git".to_owned());
        let severity = |word: String| Severity::from_str(&word);
        Self {
            stdin: !stdin.is_empty() || paths.is_empty(),
            paths,
            outputs,
            fail_under: read("--fail-under", args.fail_under, |text| number(&text, 0, 100), wrong),
            fail_on: read("--fail-on", args.fail_on, severity, wrong),
            max_new: read("--max-new", args.max_new, |text| number(&text, 0, u64::MAX), wrong).unwrap_or(0),
            max_ratio: read("--max-ratio", args.max_ratio, |text| number(&text, 1, u64::MAX), wrong).unwrap_or(RATIO),
            archives: args.archives,
            baseline: args.baseline,
            key_file: args.key_file,
            filter: FilterBuilder {
                globs: args.glob,
                excludes: exclude,
                older_than: read("--older-than", args.older_than, |text| age(&text), wrong),
                newer_than: read("--newer-than", args.newer_than, |text| age(&text), wrong),
                max_depth: read("--max-depth", args.max_depth, |text| number(&text, 1, u64::MAX), wrong),
                no_ignore: args.no_ignore,
                // Nothing is changed, so a link leads to what its name says.
                follow_named: true,
                ..FilterBuilder::default()
            },
        }
    }
}

/// What gzip reaches on the dullest text there is.
const RATIO: u64 = 1000;

fn outputs(files: Vec<PathBuf>, format: Option<&str>, wrong: &mut Vec<String>) -> Outputs {
    let format =
        format.and_then(|word| Format::from_str(word).map_err(|what| wrong.push(format!("--format: {what}"))).ok());
    match (files.len(), format) {
        (0, format) => Outputs::Stdout(format.unwrap_or(Format::Text)),
        (1, Some(format)) => Outputs::Files(files.into_iter().map(|file| (file, format)).collect()),
        (_, Some(_)) => {
            wrong.push("--format: several files have the forms that their endings say".to_owned());
            Outputs::Files(Vec::new())
        }
        (_, None) => Outputs::Files(
            files
                .into_iter()
                .filter_map(|file| match Format::of(&file) {
                    Some(format) => Some((file, format)),
                    None => {
                        let name = crate::source::printable(&file);
                        wrong.push(format!("--output: {name}: its ending says no form; use --format"));
                        None
                    }
                })
                .collect(),
        ),
    }
}

fn read<T>(
    word: &str,
    text: Option<String>,
    parse: impl FnOnce(String) -> Result<T, String>,
    wrong: &mut Vec<String>,
) -> Option<T> {
    parse(text?).map_err(|what| wrong.push(format!("{word}: {what}"))).ok()
}

fn number<T: TryFrom<u64>>(text: &str, least: u64, most: u64) -> Result<T, String> {
    let found = text.parse::<u64>().ok().filter(|n| (least..=most).contains(n)).and_then(|n| T::try_from(n).ok());
    found.ok_or_else(|| match most {
        u64::MAX => format!("the value is a whole number from {least}"),
        most => format!("the value is a whole number from {least} to {most}"),
    })
}

const AFTER: &str = "\
A finding is a value in a file: rule, severity, confidence, weaknesses (CWE), place, count, when it was logged, a \
masked preview, a keyed fingerprint and what to do. The value itself is in no report. Packed files (gz, zst, bz2, \
xz, lz4) are read by their content, tar archives as they are or, with --archives, file by file: `archive!file`. Of \
the settings, marker, label, stats, explain and grace have no effect.

The score is 100 less, for each rule, weight x confidence x (1 + log2(different values)), at most twice the \
weight; weights are 40 for critical, 15 for high, 5 for medium, 1 for low. A critical finding keeps it at 49 or \
below, a high one at 79. Grades: A from 90, B from 80, C from 70, D from 60, F.

Examples:
  inkout scan /var/log/myapp                                   what is there, for people
  inkout scan --fail-under 75 build.log                        a gate in a build
  inkout scan -o report.sarif -o report.html logs/             two forms at once
  inkout scan --key-file k --format json -o known.json logs/   a baseline,
  inkout scan --key-file k --baseline known.json logs/         and later: nothing new?

Exit codes: 0 every gate holds; 1 a gate fails; 2 wrong usage; 3 something could not be scanned, whatever the \
gates say; 70 internal error; 74 the report could not be written; 78 settings or rules are wrong.";
