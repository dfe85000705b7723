//! The files that patterns name, found anew at each look: regular files only.
//!
//! No link below a pattern's fixed folder is followed, but for one that a pattern names and that leads to a regular file in
//! a folder that links may lead into. Such a file goes by its own name: there its rotated files are, wherever the link leads
//! later.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::written;

/// A file and where it is.
pub(super) type Named = (PathBuf, fs::Metadata);

/// Patterns, and where to look for what they match.
#[derive(Clone)]
pub(super) struct Walk {
    include: GlobSet,
    exclude: GlobSet,
    roots: Vec<(PathBuf, usize)>,
    /// Folders that links may lead into.
    links: Vec<PathBuf>,
    /// What links led to, now or before.
    targets: HashSet<PathBuf>,
}

impl Walk {
    /// Of patterns such as `/var/log/app/*.log` or `/srv/**/log`.
    ///
    /// # Errors
    /// The pattern and what is wrong with it.
    pub(super) fn new(include: &[PathBuf], exclude: &[PathBuf], links: Vec<PathBuf>) -> Result<Self, String> {
        let roots = include.iter().map(|pattern| root(pattern)).collect();
        Ok(Self { include: set(include)?, exclude: set(exclude)?, roots, links, targets: HashSet::new() })
    }

    /// A file that a link led to before, if it was one.
    pub(super) fn remember(&mut self, path: &Path) {
        if self.may_lead_to(path) && !self.fits(path) {
            self.targets.insert(path.to_owned());
        }
    }

    /// Whether a file is there for a link that leads or led to it.
    pub(super) fn is_target(&self, path: &Path) -> bool {
        self.targets.contains(path)
    }

    fn may_lead_to(&self, path: &Path) -> bool {
        // The folders may be links themselves, as the owner of the configuration has it.
        self.links.iter().any(|folder| fs::canonicalize(folder).is_ok_and(|folder| path.starts_with(folder)))
    }

    /// The folders that have to be readable.
    pub(super) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.roots.iter().map(|(folder, _)| folder.as_path()).chain(self.links.iter().map(PathBuf::as_path))
    }

    /// Whether a file of this name is meant.
    pub(super) fn fits(&self, path: &Path) -> bool {
        self.include.is_match(path) && !self.exclude.is_match(path) || self.targets.contains(path)
    }

    /// The name under which a file at `path` is known: a rotated file's is the one that it had when it was meant.
    pub(super) fn name<'a>(&self, path: &'a Path) -> Cow<'a, Path> {
        if self.fits(path) { path.into() } else { self.family(path).into() }
    }

    /// The shortest beginning of a file's name that is meant by itself: what the file was called before it was rotated, also
    /// where a pattern takes rotated files.
    pub(super) fn family<'a>(&self, path: &'a Path) -> &'a Path {
        let bytes = path.as_os_str().as_bytes();
        let folder = memchr::memrchr(b'/', bytes).map_or(0, |at| at + 1);
        let cut = |at| Path::new(OsStr::from_bytes(&bytes[..folder + at]));
        let mut names = memchr::memrchr2_iter(b'.', b'-', &bytes[folder..]).map(cut);
        names.find(|name| self.fits(name)).unwrap_or(path)
    }

    /// All files there are, the ones that were written last at the end. `tell` hears of folders that cannot be read.
    pub(super) fn files(&mut self, tell: &mut dyn FnMut(&Path, std::io::Error)) -> Vec<Named> {
        let mut found = Vec::new();
        for (folder, depth) in &self.roots {
            self.descend(folder, *depth, &mut found, tell);
        }
        for (path, _) in &found {
            if !self.include.is_match(path) {
                self.targets.insert(path.clone());
            }
        }
        found.sort_by(|(a, x), (b, y)| (written(x), a).cmp(&(written(y), b)));
        found.dedup_by(|(a, _), (b, _)| a == b);
        found
    }

    fn descend(
        &self,
        folder: &Path,
        depth: usize,
        found: &mut Vec<Named>,
        tell: &mut dyn FnMut(&Path, std::io::Error),
    ) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return tell(folder, error),
        };
        for entry in entries.flatten() {
            let (path, Ok(metadata)) = (entry.path(), entry.metadata()) else { continue };
            if metadata.is_dir() && depth > 0 {
                self.descend(&path, depth - 1, found, tell);
            } else if metadata.is_file() && self.fits(&path) {
                found.push((path, metadata));
            } else if metadata.is_symlink() && self.fits(&path) {
                found.extend(self.target(&path));
            }
        }
    }

    /// The regular file that a link leads to, over any number of others, where it may.
    fn target(&self, link: &Path) -> Option<(PathBuf, fs::Metadata)> {
        let path = if self.links.is_empty() { None } else { fs::canonicalize(link).ok() }?;
        let metadata = path.symlink_metadata().ok().filter(fs::Metadata::is_file)?;
        self.may_lead_to(&path).then_some((path, metadata))
    }
}

/// The regular files beside `path` whose names begin with its name and `.` or `-`, as rotated files' do.
pub(super) fn rotated(path: &Path) -> Vec<Named> {
    let mut found = files(folder(path));
    found.retain(|(other, _)| is_rotation(path, other));
    found
}

/// The folder that a file is in.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// The regular files of a folder, the ones that were written last at the end.
pub(super) fn files(folder: &Path) -> Vec<Named> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let found = entries.filter_map(|entry| entry.metadata().ok().map(|metadata| (entry.path(), metadata)));
    let mut found: Vec<_> = found.filter(|(_, metadata)| metadata.is_file()).collect();
    found.sort_by_key(|(_, metadata)| written(metadata));
    found
}

/// Whether `other` is named as a rotated `path`.
pub(super) fn is_rotation(path: &Path, other: &Path) -> bool {
    let names = path.file_name().zip(other.file_name()).filter(|_| path.parent() == other.parent());
    names.is_some_and(|(name, other)| {
        let rest = other.as_encoded_bytes().strip_prefix(name.as_encoded_bytes());
        rest.is_some_and(|rest| matches!(rest.first(), Some(b'.' | b'-')))
    })
}

/// The folder that a pattern begins with, and how many folders below it are looked into.
fn root(pattern: &Path) -> (PathBuf, usize) {
    const DEEPEST: usize = 32;
    let parts: Vec<_> = pattern.components().collect();
    let is_glob = |text: &OsStr| text.as_encoded_bytes().iter().any(|b| matches!(b, b'*' | b'?' | b'[' | b'{'));
    let fixed = parts.iter().position(|part| is_glob(part.as_os_str())).unwrap_or(parts.len());
    let fixed = fixed.min(parts.len().saturating_sub(1));
    let deep = parts.iter().any(|part| part.as_os_str() == "**");
    let depth = if deep { DEEPEST } else { parts.len().saturating_sub(fixed + 1) };
    (parts[..fixed].iter().collect(), depth)
}

fn set(patterns: &[PathBuf]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let text = pattern.to_str().ok_or("a pattern is UTF-8")?;
        let glob = GlobBuilder::new(text).literal_separator(true).build();
        set.add(glob.map_err(|error| format!("{text:?}: {}", error.kind()))?);
    }
    set.build().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_a_folder_and_a_depth() {
        let cases = [
            ("/var/log/a.log", "/var/log", 0),
            ("/var/log/*.log", "/var/log", 0),
            ("/srv/*/log/x", "/srv", 2),
            ("/s/**/x", "/s", 32),
        ];
        for (pattern, folder, depth) in cases {
            assert_eq!(root(Path::new(pattern)), (PathBuf::from(folder), depth), "{pattern}");
        }
    }

    #[test]
    fn a_rotated_file_has_the_name_that_was_meant() {
        let walk = Walk::new(&["/l/*.log".into(), "/l/deep-in/x".into()], &["/l/b.log".into()], Vec::new()).unwrap();
        let cases = [
            ("/l/app.log", "/l/app.log"),
            ("/l/app.log.1", "/l/app.log"),
            ("/l/my-app.log-20251124.gz", "/l/my-app.log"),
            ("/l/a.log.b.log.2", "/l/a.log.b.log"),
            ("/l/b.log.1", "/l/b.log.1"),
            ("/l/other", "/l/other"),
        ];
        for (path, want) in cases {
            assert_eq!(walk.name(Path::new(path)), Path::new(want), "{path}");
        }
        let walk = Walk::new(&["/l/app.log*".into()], &[], Vec::new()).unwrap();
        for path in ["/l/app.log", "/l/app.log.1", "/l/app.log.2.gz", "/l/app.log-20251124"] {
            let path = Path::new(path);
            assert_eq!((&*walk.name(path), walk.family(path)), (path, Path::new("/l/app.log")));
        }
    }

    #[test]
    fn a_link_leads_only_where_it_may() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().canonicalize().unwrap();
        for name in ["links", "pods", "else"] {
            fs::create_dir(top.join(name)).unwrap();
        }
        for name in ["pods/0.log", "else/0.log"] {
            fs::write(top.join(name), "x").unwrap();
        }
        let link =
            |to: &str, name: &str| std::os::unix::fs::symlink(top.join(to), top.join("links").join(name)).unwrap();
        link("pods/0.log", "good.log");
        link("links/good.log", "over.log");
        link("else/0.log", "bad.log");
        link("pods", "folder.log");
        link("pods/none", "broken.log");
        link("pods/0.log", "unnamed");
        let found = |links: Vec<PathBuf>| {
            let mut walk = Walk::new(&[top.join("links/*.log")], &[], links).unwrap();
            let found = walk.files(&mut |_, _| {});
            assert!(found.iter().all(|(path, _)| walk.fits(path) && walk.is_target(path)));
            found.into_iter().map(|(path, _)| path).collect::<Vec<_>>()
        };
        assert_eq!(found(Vec::new()), Vec::<PathBuf>::new());
        assert_eq!(found(vec![top.join("pods")]), [top.join("pods/0.log")]);
    }

    #[test]
    fn rotated_files_are_known_by_their_names() {
        let base = Path::new("/l/app.log");
        let cases = [
            ("/l/app.log.1", true),
            ("/l/app.log-2025.gz", true),
            ("/l/app.log", false),
            ("/m/app.log.1", false),
            ("/l/app.logs", false),
        ];
        for (other, want) in cases {
            assert_eq!(is_rotation(base, Path::new(other)), want, "{other}");
        }
    }
}
