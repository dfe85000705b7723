//! What was typed behind `inkout clean`, and what it means.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use clap::Args;

use crate::clean::{Orders, Times, is_temporary};
use crate::source::{Filter, FilterBuilder};

/// The words of `inkout clean`.
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub(super) struct CleanWords {
    /// Files, and folders with everything in them
    #[arg(value_name = "PATH", required_unless_present = "verify")]
    paths: Vec<PathBuf>,

    /// Change nothing; say what would be cleaned, with counts
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// Show the changed lines on standard output, with the rule's name where a secret stood; with --dry-run only show
    #[arg(long)]
    diff: bool,

    /// Say nothing of files that were cleaned, only of those that were not
    #[arg(short, long)]
    quiet: bool,

    /// Write clean copies of all files with text below DIR, and leave the files as they are
    #[arg(long, value_name = "DIR", conflicts_with = "verify")]
    output_dir: Option<PathBuf>,

    /// Write a line of JSON for each file: hashes before and after, hits by rule
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,

    /// Go on with the manifest of a run that was ended: what it was done with is not read again
    #[arg(long, requires = "manifest")]
    resume: bool,

    /// Whether everything is as this manifest says, and no rule finds anything in it
    #[arg(long, value_name = "MANIFEST", conflicts_with_all = ["paths", "dry_run", "manifest"])]
    verify: Option<PathBuf>,

    /// Only files with such a name, or path below PATH where there is a slash; may be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Which files")]
    glob: Vec<String>,

    /// No files or folders with such a name or path; may be repeated
    #[arg(long, value_name = "GLOB", help_heading = "Which files")]
    exclude: Vec<String>,

    /// Only files last changed longer ago: 90s, 15m, 12h, 7d, 2w
    #[arg(long, value_name = "AGE", value_parser = age, help_heading = "Which files")]
    older_than: Option<Duration>,

    /// Only files changed since
    #[arg(long, value_name = "AGE", value_parser = age, help_heading = "Which files")]
    newer_than: Option<Duration>,

    /// How many folders deep; 1 is PATH itself
    #[arg(long, value_name = "N", help_heading = "Which files")]
    max_depth: Option<usize>,

    /// Pay no attention to .inkoutignore files, which have the syntax of .gitignore
    #[arg(long, help_heading = "Which files")]
    no_ignore: bool,

    /// Look into tar archives, packed or not, and clean the files in them
    #[arg(long, help_heading = "Which files")]
    archives: bool,

    /// Treat what looks like binary data as text
    #[arg(long, help_heading = "Which files")]
    text: bool,

    /// Follow symbolic links in PATH itself; those that are come across never are
    #[arg(long, help_heading = "What is allowed")]
    follow_named: bool,

    /// Files with several names: leave them alone, or replace the name that was found (refuse, break)
    #[arg(long, value_name = "WORD", default_value = "refuse", value_parser = ["refuse", "break"], help_heading = "What is allowed")]
    hardlinks: String,

    /// The new file may belong to you where it cannot belong to the old one's owner
    #[arg(long, help_heading = "What is allowed")]
    allow_owner_change: bool,

    /// Go into folders that others may write to or own
    #[arg(long, help_heading = "What is allowed")]
    trust_dir: bool,

    /// How many times its size a packed file may unpack to, beyond the first 64 MiB
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..), help_heading = "What is allowed")]
    max_ratio: u64,

    /// Write what can be read of a torn packed file beside it, as NAME.salvaged, clean
    #[arg(long)]
    salvage: bool,

    /// Access and change times of cleaned files: keep or new
    #[arg(long, value_name = "WORD", default_value = "keep", value_parser = ["keep", "new"])]
    times: String,
}

/// What `inkout clean` is to do.
#[derive(Debug)]
pub(super) struct CleanPlan {
    pub(super) paths: Vec<PathBuf>,
    pub(super) filter: FilterBuilder,
    /// What the settings say is filled in later.
    pub(super) orders: Orders,
    pub(super) quiet: bool,
    pub(super) manifest: Option<PathBuf>,
    pub(super) resume: bool,
    pub(super) verify: Option<PathBuf>,
}

impl CleanPlan {
    /// The filter.
    ///
    /// # Errors
    /// Globs that are none.
    pub(super) fn filter(&self) -> Result<Filter, Vec<String>> {
        self.filter.clone().build(SystemTime::now())
    }
}

impl From<CleanWords> for CleanPlan {
    fn from(words: CleanWords) -> Self {
        let filter = FilterBuilder {
            globs: words.glob,
            excludes: words.exclude,
            older_than: words.older_than,
            newer_than: words.newer_than,
            max_depth: words.max_depth,
            no_ignore: words.no_ignore,
            follow_named: words.follow_named,
            // What a killed run left over goes, whatever is cleaned besides.
            always: Some(is_temporary),
        };
        let orders = Orders {
            dry_run: words.dry_run,
            diff: words.diff,
            times: if words.times == "new" { Times::New } else { Times::Keep },
            break_links: words.hardlinks == "break",
            owner_may_change: words.allow_owner_change,
            trust_folders: words.trust_dir,
            text: words.text,
            archives: words.archives,
            salvage: words.salvage,
            ratio: words.max_ratio,
            output: words.output_dir,
            explain: false,
            threads: 1,
            block: 0,
            bar: false,
        };
        Self {
            paths: words.paths,
            filter,
            orders,
            quiet: words.quiet,
            manifest: words.manifest,
            resume: words.resume,
            verify: words.verify,
        }
    }
}

/// An age such as `7d`.
pub(super) fn age(text: &str) -> Result<Duration, String> {
    let wrong = || "an age is a whole number and s, m, h, d or w, such as 7d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds: u64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

const AFTER: &str = "\
Text is cleaned as it is, and in gz, zst, bz2, xz and lz4 files, told by their content. A file with hits is \
written anew beside the old one and takes its name at once, with the same mode, owner, access list, attributes and \
times; a file without hits is not touched. Left alone, with the reason: files that are being written, files with \
several names, immutable ones, folders that others may write to, torn packed files. Symbolic links are never \
followed. With --archives the texts in tar archives are cleaned too, and their lengths in the heads with them; \
everything else in an archive stays byte for byte. What is packed or an archive inside of one is left, and named. \
There is one run at a time in a folder.

Examples:
  inkout clean --dry-run /var/log/myapp                      what would be cleaned
  inkout clean /var/log/myapp --glob '*.gz' --older-than 1d   rotated logs
  inkout clean --output-dir clean/ logs/                      clean copies
  inkout clean --manifest m.jsonl logs/ && inkout clean --verify m.jsonl

Exit codes: 0 everything was cleaned or has no hits; 1 something was left alone, or --verify found a difference; \
2, 70, 74, 78 and 128+n as for the filter.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        assert_eq!(age("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(age("2w").unwrap(), Duration::from_secs(14 * 86_400));
        for wrong in ["", "7", "d", "1.5h", "7 d", "-1d", "99999999999999999999d", "9999999999999999999w", "1ä"] {
            assert!(age(wrong).is_err(), "{wrong}");
        }
    }
}
