//! The journal as a source of `inkout serve`: a stand-in for journalctl that writes what it would, and the real one on a
//! journal that systemd-journal-remote made, as no journald runs where tests do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// It is nobody's.
const SECRET: &str = "vermilion-otter-42";

struct Place(tempfile::TempDir);

impl Place {
    fn new(source: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let text = format!(
            "[serve]\nstate = \"state\"\n[[source]]\nname = \"j\"\ntype = \"journald\"\n{source}\n\
             [[sink]]\nname = \"out\"\ntype = \"file\"\npath = \"out\"\n"
        );
        fs::write(place.at("inkout.toml"), text).unwrap();
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Starts the service; `bin` is looked for programs first.
    fn start(&self) -> Serve {
        let path = std::env::join_paths(
            [self.at("bin")].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
        );
        let errors = fs::OpenOptions::new().create(true).append(true).open(self.at("errors")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_inkout"));
        command.arg("serve").arg("--config").arg(self.at("inkout.toml")).env("PATH", path.unwrap());
        Serve(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).spawn().unwrap())
    }

    /// What a file holds; each byte that is no ASCII is shown as `?`.
    fn text(&self, name: &str) -> String {
        let bytes = fs::read(self.at(name)).unwrap_or_default();
        bytes.iter().map(|byte| if byte.is_ascii() { char::from(*byte) } else { '?' }).collect()
    }

    #[track_caller]
    fn wait_for(&self, name: &str, text: &str) {
        let until = Instant::now() + Duration::from_secs(60);
        while !self.text(name).contains(text) {
            assert!(Instant::now() < until, "{text}: {}{}", self.text(name), self.text("errors"));
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

struct Serve(Child);

impl Drop for Serve {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// An entry with a secret in a text, in a text of several lines and under a telling name.
fn entry(n: usize) -> Vec<u8> {
    let message = format!("request {n} token={SECRET}\nsecond line");
    let mut out = format!(
        "__CURSOR=s=0639;i={n:x};b=1\n__REALTIME_TIMESTAMP={}\n__MONOTONIC_TIMESTAMP={n}\n\
         _BOOT_ID=3c7b4e0f1d2a4b5c8d9e0f1a2b3c4d5e\n_CMDLINE=app --password={SECRET}\nAPI_KEY={SECRET}\nMESSAGE\n",
        1_700_000_000_000_000 + n as u64
    )
    .into_bytes();
    out.extend((message.len() as u64).to_le_bytes());
    out.extend(message.as_bytes());
    out.extend(b"\nBLOB\n\x03\0\0\0\0\0\0\0\xff\n\xfe\n\n");
    out
}

#[test]
fn the_journal_is_read_on_behind_what_the_sinks_have() {
    let place = Place::new("matches = [\"_SYSTEMD_UNIT=app.service\"]");
    fs::create_dir(place.at("bin")).unwrap();
    let script = format!(
        "#!/bin/sh\necho \"$*\" >>{0:?}/asked\ncase \"$*\" in *i=2*) exit 3;; *i=1*) cat {0:?}/second;; *) cat {0:?}/first;; esac\n\
         exec sleep 600\n",
        place.0.path()
    );
    fs::write(place.at("bin/journalctl"), script).unwrap();
    fs::set_permissions(place.at("bin/journalctl"), fs::Permissions::from_mode(0o755)).unwrap();
    // What is not whole comes again.
    let half = entry(2);
    fs::write(place.at("first"), [entry(0), entry(1), half[..half.len() - 5].to_vec()].concat()).unwrap();
    fs::write(place.at("second"), half).unwrap();
    let serve = place.start();
    place.wait_for("state/j.cursor", "i=1;");
    drop(serve);
    let serve = place.start();
    place.wait_for("state/j.cursor", "i=2;");
    drop(serve);
    // journalctl fails, and is started again.
    let _serve = place.start();
    place.wait_for("errors", "journalctl ended: exit status: 3; it begins again");
    let out = place.text("out");
    assert_eq!(out.lines().count(), 3, "{out}");
    for (n, line) in out.lines().enumerate() {
        let want = format!(
            "\"_CMDLINE\":\"app --password=[REDACTED]\",\"API_KEY\":\"[REDACTED]\",\
             \"MESSAGE\":\"request {n} token=[REDACTED]\\nsecond line\",\"BLOB\":"
        );
        assert!(line.starts_with("2023-11-14T22:13:20.00000") && line.contains("\tjournald\t{\"__CURSOR\":"), "{line}");
        assert!(line.contains(&want), "{line}");
    }
    assert!(!out.contains(SECRET));
    let asked = place.text("asked");
    let mut asked = asked.lines();
    let common = "--follow --output=export --quiet --no-pager --lines=all";
    assert_eq!(asked.next().unwrap(), format!("{common} _SYSTEMD_UNIT=app.service"));
    assert_eq!(asked.next().unwrap(), format!("{common} --after-cursor=s=0639;i=1;b=1 _SYSTEMD_UNIT=app.service"));
}

#[test]
fn the_real_journalctl_is_understood() {
    let remote = ["/lib/systemd/systemd-journal-remote", "/usr/lib/systemd/systemd-journal-remote"];
    let remote = remote.into_iter().find(|path| Path::new(path).exists());
    let Some(remote) = remote.filter(|_| Command::new("journalctl").arg("--version").output().is_ok()) else {
        eprintln!("SKIPPED: journalctl and systemd-journal-remote are not installed; tests/setup installs them");
        assert!(std::env::var_os("CI").is_none(), "systemd-journal-remote is not installed");
        return;
    };
    let place = Place::new("directory = \"journal\"");
    fs::create_dir(place.at("journal")).unwrap();
    let add = |entries: Vec<u8>| {
        fs::write(place.at("entries"), entries).unwrap();
        let output = format!("--output={}", place.at("journal/remote-test.journal").display());
        let ran = Command::new(remote).arg(output).arg(place.at("entries")).output().unwrap();
        assert!(ran.status.success(), "{}", ran.stderr.escape_ascii());
    };
    add((1..=100).flat_map(entry).collect());
    let serve = place.start();
    place.wait_for("out", "request 100 token=[REDACTED]\\nsecond line");
    add((101..=110).flat_map(entry).collect());
    place.wait_for("out", "request 110 ");
    place.wait_for("state/j.cursor", "i=");
    drop(serve);
    add((111..=120).flat_map(entry).collect());
    let _serve = place.start();
    place.wait_for("out", "request 120 ");
    let out = place.text("out");
    let number = |line: &str| line.split_once("\"request ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    let mut numbers: Vec<usize> = out.lines().filter_map(number).collect();
    // A kill may have the last ones sent again.
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, (1..=120).collect::<Vec<_>>(), "{}", place.text("errors"));
    assert!(!out.contains(SECRET));
}
