//! What the process may still do once it serves: read what it has to read, write where it has to write, and no more.
//!
//! No new privileges, no core file and no look into its memory always; the file system by Landlock. It is closed before the
//! first of our threads begins, as a thread has what its maker had. Programs that are started would have it, too, and may
//! need anything; with an `exec` part the file system stays open.

use std::io;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus,
    path_beneath_rules,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
use rustix::thread::set_no_new_privs;

use super::config::Config;
use super::log;

/// How much of it there has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sandbox {
    /// All, or the service does not begin.
    Require,
    /// As much as the system has.
    BestEffort,
    /// Nothing.
    Off,
}

/// The words for it.
pub(crate) const WORDS: &[(&str, Sandbox)] =
    &[("require", Sandbox::Require), ("best-effort", Sandbox::BestEffort), ("off", Sandbox::Off)];

/// What is read besides: names, certificates, what the system's libraries want.
const SYSTEM: &[&str] =
    &["/etc", "/usr/lib", "/usr/share", "/lib", "/lib64", "/run/systemd/resolve", "/dev/null", "/dev/urandom"];

/// Closes it. `also` is read at a reload: rules and the configuration.
///
/// # Errors
/// What it cannot do without.
pub(super) fn close(sandbox: Sandbox, config: &Config, also: &[PathBuf]) -> io::Result<()> {
    if sandbox == Sandbox::Off {
        return Ok(());
    }
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    set_no_new_privs(true)?;
    let reaches: Vec<_> = config.sources.iter().map(|source| source.spec.reach()).collect();
    let reaches: Vec<_> = reaches.into_iter().chain(config.sinks.iter().map(|sink| sink.spec.reach())).collect();
    if reaches.iter().any(|reach| reach.programs) {
        return lacking(sandbox, "the file system stays open, as other programs are started");
    }
    let read =
        reaches.iter().flat_map(|reach| &reach.read).chain(also).cloned().chain(SYSTEM.iter().map(PathBuf::from));
    let write = reaches.iter().flat_map(|reach| &reach.write).cloned().chain(config.options.state.clone());
    let read: Vec<PathBuf> = read.map(here).filter(|path| path.exists()).collect();
    let write: Vec<PathBuf> = write.map(here).filter(|path| path.exists()).collect();
    match landlock(sandbox, &read, &write).map_err(io::Error::other)? {
        RulesetStatus::FullyEnforced => {
            log::info("sandbox", "closed");
            Ok(())
        }
        RulesetStatus::PartiallyEnforced => lacking(sandbox, "the kernel has only a part of it"),
        RulesetStatus::NotEnforced => lacking(sandbox, "the kernel has no Landlock; the file system stays open"),
    }
}

fn landlock(sandbox: Sandbox, read: &[PathBuf], write: &[PathBuf]) -> Result<RulesetStatus, landlock::RulesetError> {
    // The first version that knows of truncation and of files that move between folders.
    let abi = ABI::V3;
    let level = if sandbox == Sandbox::Require { CompatLevel::HardRequirement } else { CompatLevel::BestEffort };
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    let ruleset = Ruleset::default().set_compatibility(level).handle_access(AccessFs::from_all(abi))?.create()?;
    let ruleset = ruleset.add_rules(path_beneath_rules(read, reading))?;
    let writing = AccessFs::from_all(abi) & !AccessFs::Execute;
    Ok(ruleset.add_rules(path_beneath_rules(write, writing))?.restrict_self()?.ruleset)
}

fn lacking(sandbox: Sandbox, why: &str) -> io::Result<()> {
    if sandbox == Sandbox::Require {
        return Err(io::Error::other(format!("sandbox: {why}; allow it with sandbox = \"best-effort\"")));
    }
    log::warn("sandbox", why);
    Ok(())
}

/// A path of no length means where we are.
fn here(path: PathBuf) -> PathBuf {
    if path.as_os_str().is_empty() { Path::new(".").to_owned() } else { path }
}
