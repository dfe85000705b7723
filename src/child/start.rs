//! Starting the program.
//!
//! It gets an empty signal mask and SIGPIPE with its usual meaning; descriptors and variables go on as they came. What
//! names a process by its number, as service managers do for sockets they hand over, is made true by starting ourselves
//! in between: only the process that becomes the program knows its number.

use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::signal::{SigSet, Signal};
use nix::{spawn, unistd};
use rustix::process::Pid;

use super::outlet::{Outlets, Plumbing, Ptys, Stream};

/// Variables that name the process they are meant for.
const OURS: [&str; 3] = ["LISTEN_PID", "WATCHDOG_PID", "SYSTEMD_EXEC_PID"];

/// A program that runs.
pub(crate) struct Started {
    pub(super) pid: Pid,
    pub(super) ptys: Ptys,
    /// It shares our process group, and what is typed at the terminal reaches both.
    pub(super) shares_terminal: bool,
    /// Its output.
    pub(crate) streams: Vec<Stream>,
}

/// Starts `words`: a program and its arguments.
///
/// # Errors
/// The system's: `NotFound` where there is no such program.
pub(crate) fn start(words: &[OsString], plumbing: Plumbing) -> io::Result<Started> {
    // With a terminal its foreground group has to stay as the shell made it, or Ctrl-C, Ctrl-Z and the other programs of
    // a pipeline would no longer work. Without one, a signal to our group must not reach the program past us, or it
    // would get it twice.
    let shares_terminal = File::open("/dev/tty").is_ok();
    // Our copies of what it writes to are gone when this returns.
    let Outlets { streams, theirs: [out, err], ptys } = Outlets::open(plumbing)?;
    let mut files = spawn::PosixSpawnFileActions::init()?;
    files.add_dup2(out.as_raw_fd(), 1)?;
    files.add_dup2(err.as_raw_fd(), 2)?;
    let words = adopted(words);
    let text = |word: OsString| CString::new(word.into_vec()).map_err(io::Error::from);
    let args = words.into_iter().map(text).collect::<io::Result<Vec<_>>>()?;
    let entry = |(mut name, value): (OsString, OsString)| {
        name.push("=");
        name.push(value);
        text(name)
    };
    let variables = std::env::vars_os().map(entry).collect::<io::Result<Vec<_>>>()?;
    let program = args.first().ok_or(io::ErrorKind::NotFound)?;
    let pid = spawn::posix_spawnp(program, &files, &attributes(!shares_terminal)?, &args, &variables)?;
    let pid = Pid::from_raw(pid.as_raw()).ok_or(io::ErrorKind::NotFound)?;
    Ok(Started { pid, ptys, shares_terminal, streams })
}

fn attributes(own_group: bool) -> io::Result<spawn::PosixSpawnAttr> {
    use spawn::PosixSpawnFlags as Flags;
    let mut attributes = spawn::PosixSpawnAttr::init()?;
    let mut flags = Flags::POSIX_SPAWN_SETSIGMASK | Flags::POSIX_SPAWN_SETSIGDEF;
    flags.set(Flags::POSIX_SPAWN_SETPGROUP, own_group);
    attributes.set_flags(flags)?;
    attributes.set_sigmask(&SigSet::empty())?;
    // The standard library ignores it, for us.
    attributes.set_sigdefault(&SigSet::from_iter([Signal::SIGPIPE]))?;
    attributes.set_pgroup(unistd::Pid::from_raw(0))?;
    Ok(attributes)
}

/// The command, with ourselves before it where a variable names this process.
fn adopted(words: &[OsString]) -> Vec<OsString> {
    let me = std::process::id().to_string();
    if OURS.iter().any(|name| std::env::var_os(name).as_deref() == Some(OsStr::new(&me))) {
        let before = ["/proc/self/exe", "run", "--in-place", &me, "--"].map(OsString::from);
        return before.into_iter().chain(words.iter().cloned()).collect();
    }
    words.to_vec()
}

/// Becomes the program `words`. Variables that name the process `was` name this one instead. Returns only with an error.
pub(crate) fn in_place(words: &[OsString], was: &str) -> io::Error {
    let [program, args @ ..] = words else { return io::ErrorKind::NotFound.into() };
    let mut command = Command::new(program);
    for name in OURS.iter().filter(|name| std::env::var_os(name).as_deref() == Some(OsStr::new(was))) {
        command.env(name, std::process::id().to_string());
    }
    // It names the process in a way that cannot be made true; without it the number counts.
    command.env_remove("LISTEN_PIDFDID").args(args).exec()
}
