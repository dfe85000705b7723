//! The known secrets: from variables by name, and from files of values. No message shows a value.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::secret_file;
use super::trust;
use crate::redact::Secret;
use crate::source::printable;

/// Where secrets are looked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    pub(super) globs: Vec<String>,
    pub(super) defaults: bool,
    pub(super) files: Vec<PathBuf>,
}

/// What was found there.
#[derive(Clone, Debug, Default)]
pub(super) struct Secrets {
    pub(super) values: Vec<Secret>,
    /// What the user should know, though nothing is wrong.
    pub(super) notes: Vec<String>,
}

/// Names of variables that are secrets by habit.
pub(super) const DEFAULTS: &[&str] = &["*_TOKEN", "*_SECRET", "*_PASSWORD", "*_API_KEY", "*_KEY"];

impl Wanted {
    /// Whether there is anything to look for.
    pub(super) fn is_some(&self) -> bool {
        !self.globs.is_empty() || self.defaults || !self.files.is_empty()
    }

    /// Reads them all. From then on no other process of this user can look into this one's memory.
    pub(super) fn gather(&self, wrong: &mut Vec<String>) -> Secrets {
        let mut found = Secrets::default();
        if !self.is_some() {
            return found;
        }
        if let Err(error) = seal() {
            wrong.push(format!("secrets: this process cannot be kept from others: {error}"));
            return found;
        }
        self.variables(&mut found);
        for file in &self.files {
            match values(file) {
                Ok(values) => {
                    let refused = |s: &Secret| Some(format!("secret-file: {}: the value {}", s.name, s.refused()?));
                    wrong.extend(values.iter().filter_map(refused));
                    found.values.extend(values);
                }
                Err(why) => wrong.extend(why.into_iter().map(|why| format!("secret-file: {why}"))),
            }
        }
        found
    }

    fn variables(&self, found: &mut Secrets) {
        let defaults = DEFAULTS.iter().filter(|_| self.defaults).copied();
        let globs: Vec<&str> = self.globs.iter().map(String::as_str).chain(defaults).collect();
        let mut hit = vec![false; globs.len()];
        for (name, value) in std::env::vars_os() {
            let value = Zeroizing::new(value.into_encoded_bytes());
            let mut wanted = false;
            for (glob, hit) in globs.iter().zip(&mut hit) {
                let is = matches(glob.as_bytes(), name.as_bytes());
                (wanted, *hit) = (wanted | is, *hit | is);
            }
            if !wanted {
                continue;
            }
            let secret = Secret::new(printable(Path::new(&name)), &value);
            match secret.refused() {
                Some(why) => found.notes.push(format!("{}: the value {why}; it is not looked for", secret.name)),
                None => found.values.push(secret),
            }
        }
        let unmatched = self.globs.iter().zip(&hit).filter(|(_, hit)| !**hit);
        found.notes.extend(unmatched.map(|(glob, _)| format!("secret-env: no variable is called {glob:?}")));
    }
}

fn values(file: &Path) -> Result<Vec<Secret>, Vec<String>> {
    let name = printable(file);
    let text = trust::read(file).map(Zeroizing::new).map_err(|error| vec![format!("{name}: {error}")])?;
    let values = secret_file::read(&name, &text)?;
    if values.is_empty() {
        return Err(vec![format!("{name}: it holds no value")]);
    }
    Ok(values)
}

/// Whether `name` is what `glob` says, where `*` is any text, `?` any character, and case does not matter.
fn matches(glob: &[u8], name: &[u8]) -> bool {
    match glob.split_first() {
        None => name.is_empty(),
        // As many stars in a row are one.
        Some((b'*', rest)) => (0..=name.len()).any(|skip| matches(rest, &name[skip..])),
        Some((one, rest)) => name
            .split_first()
            .is_some_and(|(b, name)| (*one == b'?' || one.eq_ignore_ascii_case(b)) && matches(rest, name)),
    }
}

/// Keeps this process's memory from other processes, and on Linux from core files by that.
pub(super) fn seal() -> rustix::io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Keeps this process, and what it starts, from leaving core files.
pub(super) fn no_core_files() -> rustix::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn globs_match_names() {
        for (glob, name, want) in [
            ("*_TOKEN", "NPM_TOKEN", true),
            ("*_TOKEN", "npm_token", true),
            ("*_TOKEN", "NPM_TOKENS", false),
            ("A?C*", "ABCD", true),
            ("A?C", "AC", false),
            ("*", "", true),
            ("DB_*_KEY", "DB__KEY", true),
        ] {
            assert_eq!(matches(glob.as_bytes(), name.as_bytes()), want, "{glob} {name}");
        }
    }
}
