//! Disks that are full: a sink's, and a spool's. Nothing is lost, it is told, and it goes on when there is room.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::ledger::{Figures, holds, leaks, line, lines, number};
use crate::peers::{Kind, Mood, Peer};
use crate::{Place, Server, address, figure, reachable, wait_until};

/// A small disk, in a name space of its own, so that it is gone with the test whatever happens to that.
struct Disk {
    holder: Child,
    place: PathBuf,
}

impl Disk {
    /// None, loudly, where nothing can be mounted.
    fn new(place: &Path, size: &str) -> Option<Self> {
        fs::create_dir(place).unwrap();
        let script = "mount -t tmpfs -o size=$1,mode=700 none \"$0\" && echo ready && exec cat";
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", script]).arg(place).arg(size);
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut holder = spawned.expect("unshare is not installed");
        let mut said = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
        if said != "ready\n" {
            let why = std::io::read_to_string(holder.stderr.take().unwrap()).unwrap();
            eprintln!("SKIPPED: a small disk is mounted in a name space, which root may: {}", why.trim());
            holder.wait().unwrap();
            return None;
        }
        Some(Self { holder, place: place.to_owned() })
    }

    /// The program, where it sees the disk.
    fn serve(&self, place: &Place) -> Server {
        let space = format!("--mount=/proc/{}/ns/mnt", self.holder.id());
        place.start("us", Command::new("nsenter").arg(space).arg(env!("CARGO_BIN_EXE_inkout")))
    }

    /// A file of it, from here.
    fn path(&self, name: &str) -> PathBuf {
        let inside = self.place.strip_prefix("/").unwrap().join(name);
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inside)
    }

    /// Leaves no room.
    fn fill(&self) {
        let mut ballast = fs::OpenOptions::new().create(true).append(true).open(self.path("ballast")).unwrap();
        while ballast.write_all(&[0; 4096]).is_ok() {}
    }

    fn room(&self) {
        fs::remove_file(self.path("ballast")).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// Where lines come from.
enum From {
    Files(fs::File),
    Tcp(TcpStream),
}

/// The table of a source, `files` or `tcp`.
fn source(from: &str, listen: &str) -> String {
    let more = match from {
        "files" => "type = \"files\"\npaths = [\"app.log\"]\npoll = 0.02".to_owned(),
        _ => format!("type = \"syslog\"\nlisten = \"tcp://{listen}\""),
    };
    format!("[[source]]\nname = \"in\"\n{more}\n")
}

impl From {
    fn new(from: &str, place: &Place, listen: &str) -> Self {
        if from == "files" {
            return Self::Files(fs::File::create(place.path("app.log")).unwrap());
        }
        reachable(&format!("tcp://{listen}"));
        Self::Tcp(TcpStream::connect(listen).unwrap())
    }

    /// Sends lines, and waits for nobody.
    fn send(&mut self, numbers: std::ops::Range<usize>) {
        let text = lines(numbers);
        match self {
            Self::Files(file) => file.write_all(text.as_bytes()).unwrap(),
            Self::Tcp(socket) => {
                let mut socket = socket.try_clone().unwrap();
                std::thread::spawn(move || socket.write_all(text.as_bytes()));
            }
        }
    }
}

const FULL: &str = "No space left";

/// The lines of a file sink and of its rotated files, the oldest first.
fn all(disk: &Disk) -> String {
    let mut text = String::new();
    for n in (1..100).rev() {
        text += &fs::read_to_string(disk.path(&format!("out.{n}"))).unwrap_or_default();
        let packed = disk.path(&format!("out.{n}.gz"));
        if packed.exists() {
            let plain = Command::new("gzip").arg("-dc").arg(packed).output().unwrap();
            assert!(plain.status.success());
            text += std::str::from_utf8(&plain.stdout).unwrap();
        }
    }
    text + &fs::read_to_string(disk.path("out")).unwrap()
}

/// Fills the disk of a file sink again and again; with `kill` the service is killed meanwhile. `state` is its folder for
/// notes, there or elsewhere, and `more` stands in the sink's table.
#[track_caller]
fn full(from: &str, state: &str, more: &str, kill: bool) {
    const ROUND: usize = 15_000;
    let (place, listen, metrics) = (Place::new(), address(), address());
    let Some(disk) = Disk::new(&place.path("small"), "4m") else { return };
    let tables = format!(
        "[serve]\nstate = \"{state}\"\nmetrics = \"{metrics}\"\n{}[[sink]]\nname = \"out\"\ntype = \"file\"\n\
         path = \"small/out\"\n{more}\n",
        source(from, &listen)
    );
    fs::write(place.path("us.toml"), tables).unwrap();
    let out = || fs::read_to_string(disk.path("out")).unwrap_or_default();
    let came = |sent: usize| {
        let last = line(sent - 1).replace(crate::SECRET, "[REDACTED]");
        wait_until(&last, || out().ends_with(&last));
    };
    let mut server = disk.serve(&place);
    let mut input = From::new(from, &place, &listen);
    let mut sent = 500;
    input.send(0..sent);
    came(sent);
    for round in 1..=3 {
        disk.fill();
        input.send(sent..sent + ROUND);
        sent += ROUND;
        let told = format!("out: {}: {FULL}", place.path("small/out").display());
        wait_until("it is told", || place.said("us").matches(&told).count() >= round);
        assert!(figure(&metrics, "inkout_errors_total{sink=\"out\"}") > 0);
        // What is there is whole.
        let now = out();
        assert!(
            (now.is_empty() || now.ends_with('\n')) && now.lines().all(|line| number(line).is_some()),
            "{from} {state}: round {round}"
        );
        if kill {
            server.kill();
            server = disk.serve(&place);
            wait_until("it is up", || TcpStream::connect(&metrics).is_ok());
        }
        disk.room();
        came(sent);
    }
    assert_eq!(server.end(), Some(0));
    let figures = Figures::of(sent, all(&disk).lines());
    assert!(
        !fs::read_dir(disk.path(""))
            .unwrap()
            .any(|file| holds(file.unwrap().file_name().as_encoded_bytes(), "packing"))
    );
    let figures = if kill { Figures { doubled: 0, back: 0, ..figures } } else { figures };
    assert_eq!(figures, Figures::default(), "{from} {state}");
    let said = place.said("us");
    assert!(said.contains("it takes events again") || kill, "{said}");
    assert!(said.matches(FULL).count() < 30, "it is told, and not again and again: {said}");
    assert_eq!(leaks(&place.path(""), &["app.log"]), Vec::<PathBuf>::new());
    assert_eq!(leaks(&disk.path(""), &[]), Vec::<PathBuf>::new());
}

#[test]
fn a_full_disk_stops_a_file_sink_and_nothing_else() {
    full("files", "state", "", false);
    full("tcp", "state", "", false);
}

#[test]
fn a_full_disk_that_has_the_notes_too_loses_nothing() {
    full("files", "small/state", "", false);
}

#[test]
fn a_kill_while_the_disk_is_full_loses_and_tears_nothing() {
    full("files", "state", "", true);
    full("files", "small/state", "", true);
}

#[test]
fn a_disk_that_is_full_when_a_file_is_to_be_packed_loses_nothing() {
    full("files", "state", "rotate-size = \"300K\"\nkeep = 99\ncompress = \"gz\"", false);
}

/// A sink is down, and the disk of its spool is full.
fn spooled(from: &str, kill: bool) {
    let (place, listen, behind, metrics) = (Place::new(), address(), address(), address());
    let Some(disk) = Disk::new(&place.path("small"), "3m") else { return };
    let tables = format!(
        "[serve]\nstate = \"small/state\"\nmetrics = \"{metrics}\"\n{}[[sink]]\nname = \"on\"\ntype = \"forward\"\n\
         to = \"tcp://{behind}\"\nspool = \"64M\"\n",
        source(from, &listen)
    );
    fs::write(place.path("us.toml"), tables).unwrap();
    let mut server = disk.serve(&place);
    let mut input = From::new(from, &place, &listen);
    wait_until("it is up", || TcpStream::connect(&metrics).is_ok());
    fs::write(disk.path("ballast"), vec![0; 2 << 20]).unwrap();
    let sent = 120_000;
    input.send(0..sent);
    let told = |times: usize| place.said("us").matches(FULL).count() >= times;
    wait_until("it is told", || told(1));
    assert!(figure(&metrics, "inkout_errors_total{sink=\"on\"}") > 0);
    let kept = figure(&metrics, "inkout_spool_bytes{sink=\"on\"}");
    assert!(kept > 300 << 10, "{kept} bytes");
    if kill {
        server.kill();
        server = disk.serve(&place);
        wait_until("it is up", || TcpStream::connect(&metrics).is_ok());
    }
    // Some room, which does not last.
    let before = place.said("us").matches(FULL).count();
    disk.room();
    wait_until("it is told again", || told(before + 1));
    assert!(figure(&metrics, "inkout_spool_bytes{sink=\"on\"}") > kept + (1 << 20));
    assert_eq!(leaks(&disk.path(""), &[]), Vec::<PathBuf>::new());
    let peer = Peer::at(Kind::Forward, &behind, Mood::Well);
    peer.wait_for(sent - 1);
    wait_until("the spool is empty", || figure(&metrics, "inkout_spool_bytes{sink=\"on\"}") == 0);
    assert_eq!(server.end(), Some(0));
    let figures = peer.figures(sent);
    let figures = if kill { Figures { doubled: 0, back: 0, ..figures } } else { figures };
    assert_eq!(figures, Figures::default(), "{from}: {}", place.said("us"));
    let said = place.said("us");
    assert!(said.contains(&format!("on: spool: {FULL}")) && !said.contains("damaged"), "{said}");
    assert!(said.matches(FULL).count() < 30, "it is told, and not again and again: {said}");
    assert_eq!(leaks(&place.path(""), &["app.log"]), Vec::<PathBuf>::new());
}

#[test]
fn a_full_disk_of_a_spool_makes_the_source_wait_and_loses_nothing() {
    spooled("files", false);
    spooled("tcp", false);
}

#[test]
fn a_kill_while_the_disk_of_a_spool_is_full_loses_nothing() {
    spooled("files", true);
}
