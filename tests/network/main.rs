//! Drives `inkout serve` over the network: loopback and sockets with file names, nothing else.
//!
//! Nothing sleeps to let something happen first: a test waits for what shows that it did.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod campaign;
mod faults;
mod forward;
mod full;
mod hostile;
mod http;
mod ledger;
mod peers;
mod real;
mod reload;
mod syslog;

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// It is nobody's.
pub(crate) const SECRET: &str = "vermilion-otter-42";

/// A folder of its own for one test.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The file names of the configuration are seen from this folder.
    pub(crate) fn config(&self, name: &str, tables: &str) -> PathBuf {
        let state = self.path(&format!("{name}.state"));
        fs::create_dir_all(&state).unwrap();
        let config = self.path(&format!("{name}.toml"));
        fs::write(&config, format!("[serve]\nstate = {state:?}\n{tables}")).unwrap();
        config
    }

    /// Starts the program.
    pub(crate) fn serve(&self, name: &str, tables: &str) -> Server {
        self.config(name, tables);
        self.start(name, &mut Command::new(env!("CARGO_BIN_EXE_inkout")))
    }

    /// Starts a command that is the program, or becomes it, with a configuration that is there.
    pub(crate) fn start(&self, name: &str, command: &mut Command) -> Server {
        let log = self.path(&format!("{name}.err"));
        let log = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        command.args(["serve", "--config"]).arg(self.path(&format!("{name}.toml")));
        Server(command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
    }

    /// What the program has said of itself.
    pub(crate) fn said(&self, name: &str) -> String {
        fs::read_to_string(self.path(&format!("{name}.err"))).unwrap_or_default()
    }

    /// Starts the program with a source of `listen` and a file sink `out`, and waits until it can be reached.
    pub(crate) fn to_file(&self, kind: &str, listen: &str, more: &str) -> Server {
        let server = self.serve("file", &file_tables(kind, listen, more));
        reachable(listen);
        server
    }

    pub(crate) fn out(&self) -> String {
        String::from_utf8(fs::read(self.path("out")).unwrap_or_default()).unwrap()
    }

    /// Waits until the file sink has so many lines, and gives them.
    #[track_caller]
    pub(crate) fn lines(&self, count: usize) -> Vec<String> {
        wait_until(&format!("{count} lines"), || self.out().lines().count() >= count);
        self.out().lines().map(str::to_owned).collect()
    }
}

pub(crate) fn file_tables(kind: &str, listen: &str, more: &str) -> String {
    format!(
        "[[source]]\nname = \"in\"\ntype = \"{kind}\"\nlisten = \"{listen}\"\n{more}\n\
         [[sink]]\nname = \"out\"\ntype = \"file\"\npath = \"out\"\n"
    )
}

/// Waits until somebody listens.
#[track_caller]
pub(crate) fn reachable(listen: &str) {
    let (kind, place) = listen.split_once("://").unwrap();
    match kind {
        "udp" => {
            // The kernel's own list: a probe would be a message.
            let port: u16 = place.rsplit_once(':').unwrap().1.parse().unwrap();
            let sign = format!(":{port:04X} ");
            wait_until(listen, || fs::read_to_string("/proc/net/udp").unwrap().contains(&sign));
        }
        "unix" | "unixgram" => wait_until(listen, || Path::new(place).exists()),
        _ => wait_until(listen, || TcpStream::connect(place).is_ok()),
    }
}

#[track_caller]
pub(crate) fn wait_until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// One of the figures that the program tells at an address.
#[track_caller]
pub(crate) fn figure(address: &str, name: &str) -> u64 {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\n\r\n").unwrap();
    let text = std::io::read_to_string(stream).unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub(crate) fn address() -> String {
    format!("127.0.0.1:{}", free_port())
}

/// A process, ended with the test.
pub(crate) struct Server(pub(crate) Child);

impl Server {
    /// Sends it a signal by its name.
    pub(crate) fn signal(&self, name: &str) {
        let signal: nix::sys::signal::Signal = format!("SIG{name}").parse().unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(self.0.id() as i32), signal).unwrap();
    }

    /// As `kill -9` does.
    pub(crate) fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Asks for the end, and waits for it. That it was asked, and came, is no failure.
    pub(crate) fn end(mut self) -> Option<i32> {
        Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        let code = self.0.wait().unwrap().code();
        if code == Some(128 + 15) { Some(0) } else { code }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Sends bytes over a connection of its own and ends it.
pub(crate) fn send(address: &str, bytes: &[u8]) {
    let mut socket = TcpStream::connect(address).unwrap();
    socket.write_all(bytes).unwrap();
}
