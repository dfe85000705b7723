//! The story that inkout was made for, for real: gunicorn serves a Flask application that logs its requests, and
//! everything it prints goes through the built program in a pipe.
//!
//! `tests/setup` installs gunicorn and Flask. Where that cannot be done the tests say so and pass, but with `CI` set
//! they fail.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use common::{difference, root};

/// What the requests carry and no log may keep.
struct Planted {
    /// Two words and a number: nothing but its name says that it is a key.
    header: &'static str,
    query: &'static str,
    /// A key as a route part has no name beside it; its issuer's prefix tells it.
    route: String,
    email: &'static str,
    token: &'static str,
    session: &'static str,
    csrf: &'static str,
    bearer: &'static str,
}

static PLANTED: LazyLock<Planted> = LazyLock::new(|| Planted {
    header: "vermilion-otter-42",
    query: "q7Zk2mPx9LwTn4Rb",
    route: ["gh", "p_", "Fake0Fake1Fake2Fake3Fake4Fake5Fake6Fa"].concat(),
    email: "ada.lovelace@example.com",
    token: "tk0N3n9vVb2Qx7Lm5Rw8",
    session: "c00k1eS3ss10nV4lue7x",
    csrf: "Xs5rfT0k3nV4lu3q9Zp2",
    bearer: "bRr3rT0k3nA1b2C3d4E5f6G7h8I9j0",
});

impl Planted {
    fn all(&self) -> [&str; 8] {
        let Self { header, query, route, email, token, session, csrf, bearer } = self;
        [header, query, route, email, token, session, csrf, bearer]
    }
}

/// What gunicorn wrote, and what came out of `inkout`.
struct Story {
    raw: String,
    clean: String,
}

#[test]
fn no_planted_value_is_left_and_all_else_is_unchanged() {
    let Some(story) = story("plain", false) else { return };
    for value in PLANTED.all() {
        assert!(story.raw.contains(value), "{value} never reached the log: the story proves nothing about it");
        assert!(!story.clean.contains(value), "{value} is left in the output");
    }
    let want = PLANTED.all().iter().fold(story.raw.clone(), |text, value| text.replace(value, "[REDACTED]"));
    assert_eq!(difference(story.clean.as_bytes(), want.as_bytes()), None);
}

/// docs/in-process-filter.md tells this in prose; each of its claims is held here.
#[test]
fn the_filter_people_write_leaks_and_breaks_where_the_docs_say() {
    let Some(Story { raw, clean }) = story("naive", true) else { return };
    let Planted { header, query, route, email, token, session, bearer, .. } = &*PLANTED;
    let says = |what: &str| assert!(raw.contains(what), "the filtered log should hold {what:?}");
    // It does what it was written for.
    says("request with X-API-Key: [REDACTED]\n");
    // Arguments are not part of `msg`.
    says(&format!("client sent api_key={header}, granted"));
    // A traceback is formatted behind the filter, from `exc_info`.
    says(&format!("RuntimeError: cannot use api_key={header}"));
    // Records of child loggers and what is printed do not meet the filter of their parent.
    says(&format!("billing with X-API-Key: {header}"));
    says(&format!("{{'api_key': '{header}'}}"));
    // gunicorn's access log belongs to another logger.
    says(&format!("GET /query?api_key={query} HTTP/1.1"));
    says(&format!("GET /key/{route}/profile HTTP/1.1"));
    // Only one value is looked for; there are others.
    says(&format!("no account for {email}: upstream refused token={token}"));
    says(&format!("session={session}"));
    says(&format!("Bearer {bearer}"));
    // Without the header, the empty text is found between any two characters.
    says("[REDACTED]n[REDACTED]o[REDACTED]t[REDACTED]h[REDACTED]i[REDACTED]n[REDACTED]g");
    // That breaks the placeholders too: the record is lost, and its arguments come out in the complaint.
    says("--- Logging error ---");
    says(&format!("Arguments: ('http://127.0.0.1:{}/query?api_key={query}'", port(&raw)));
    // Outside of a request the filter itself fails, and the call that logged fails with it.
    says("job failed: Working outside of request context.");
    // The same log through inkout.
    for value in PLANTED.all() {
        assert!(!clean.contains(value), "{value} is left in the output");
    }
}

/// gunicorn as the command of `inkout run`: no shell, no pipe, no second process to look after.
#[test]
fn under_run_nothing_planted_is_left_on_either_output() {
    let Some(bin) = virtual_environment() else { return };
    let port = free_port();
    let mut inkout = Command::new(env!("CARGO_BIN_EXE_inkout"));
    inkout.args(["run", "--"]).arg(bin.join("gunicorn"));
    let mut inkout = gunicorn(&mut inkout, port).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdout, mut stderr) = (inkout.stdout.take().unwrap(), inkout.stderr.take().unwrap());
    let read = |from: &mut dyn Read| {
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        text
    };
    let server = Server(inkout);
    let (out, err) = std::thread::scope(|scope| {
        let (out, err) = (scope.spawn(|| read(&mut stdout)), scope.spawn(|| read(&mut stderr)));
        drive(port);
        let pid = server.0.id().to_string();
        // Another worker, fresh workers, and the end: all of it is for gunicorn.
        for signal in ["-TTIN", "-HUP"] {
            assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        }
        say_plain(port);
        drop(server);
        (out.join().unwrap(), err.join().unwrap())
    });
    for value in PLANTED.all() {
        assert!(!out.contains(value) && !err.contains(value), "{value} is left in the output");
    }
    assert!(out.contains("\"GET /query?api_key=[REDACTED] HTTP/1.1\" 200"), "the access log is on standard output");
    for line in [
        "RuntimeError: cannot use api_key=[REDACTED]",
        "Handling signal: hup",
        "Handling signal: term",
        "Shutting down",
    ] {
        assert!(err.contains(line), "the error log is on standard error, with {line:?}:\n{err}");
    }
    assert_eq!(err.matches("Handling signal: ttin").count(), 1);
}

fn port(log: &str) -> &str {
    let (_, rest) = log.split_once("http://127.0.0.1:").unwrap();
    rest.split(|c: char| !c.is_ascii_digit()).next().unwrap()
}

/// Runs `gunicorn 2>&1 | tee raw.log | inkout > clean.log` and drives it; `None` where it cannot be run.
fn story(name: &str, naive: bool) -> Option<Story> {
    let bin = virtual_environment()?;
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("seed-{name}"));
    fs::create_dir_all(&folder).unwrap();
    let port = free_port();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = Command::new(bin.join("gunicorn"));
    let gunicorn = gunicorn(&mut command, port).stdout(writer.try_clone().unwrap()).stderr(writer);
    if naive {
        gunicorn.env("INKOUT_NAIVE", "1");
    }
    let server = Server(gunicorn.spawn().unwrap());
    // The command holds the pipe's writing end too, and the pipe must end with the server.
    drop(command);
    let (raw, clean) = (folder.join("raw.log"), folder.join("clean.log"));
    let mut tee = Command::new("tee").arg(&raw).stdin(reader).stdout(Stdio::piped()).spawn().unwrap();
    let mut inkout = Command::new(env!("CARGO_BIN_EXE_inkout"))
        .stdin(tee.stdout.take().unwrap())
        .stdout(File::create(&clean).unwrap())
        .spawn()
        .unwrap();
    drive(port);
    drop(server);
    assert!(tee.wait().unwrap().success());
    assert!(inkout.wait().unwrap().success(), "inkout ends well when its input ends");
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    Some(Story { raw: read(&raw), clean: read(&clean) })
}

/// The rest of the command line, and where it runs.
fn gunicorn(command: &mut Command, port: u16) -> &mut Command {
    command
        .args(["--no-control-socket", "--workers", "1", "--access-logfile", "-", "--error-logfile", "-"])
        .args(["--access-logformat", r#"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#])
        .args(["--bind", &format!("127.0.0.1:{port}"), "app:app"])
        .current_dir(root().join("tests/seed"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env_remove("INKOUT_NAIVE")
        .stdin(Stdio::null())
}

/// Ends with the test, also where that fails.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// The requests, each with what it carries.
fn drive(port: u16) {
    let Planted { header, query, route, email, token, session, csrf, bearer } = &*PLANTED;
    let key = format!("X-API-Key: {header}\r\n");
    let dump = format!(
        "{key}Authorization: Bearer {bearer}\r\nCookie: session={session}; csrftoken={csrf}\r\n\
         Referer: http://127.0.0.1:{port}/query?api_key={query}&page=2\r\n"
    );
    let form = format!("email={}&token={token}", email.replace('@', "%40"));
    let say = |method: &str, path: &str, headers: &str, body: &str, status: &str| {
        let reply = request(port, method, path, headers, body);
        assert!(reply.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path}: {reply}");
    };
    say("GET", "/header", &key, "", "200");
    say("GET", "/args", &key, "", "200");
    say("GET", &format!("/query?api_key={query}"), "", "", "200");
    say("GET", &format!("/query?page=1&api_key={query}&sort=name"), &key, "", "200");
    say("GET", &format!("/key/{route}/profile"), &key, "", "200");
    say("GET", "/denied", &key, "", "401");
    say("POST", "/charge", &key, &form, "200");
    say("GET", "/crash", &key, "", "500");
    say("GET", "/child", &key, "", "200");
    say("GET", &format!("/dump?api_key={query}&q=shoes"), &dump, "", "200");
    say("GET", "/plain", "", "", "200");
    say("GET", "/thread", "", "", "200");
}

/// A request after which the server is surely up again.
fn say_plain(port: u16) {
    assert!(request(port, "GET", "/plain", "", "").starts_with("HTTP/1.1 200"));
}

fn request(port: u16, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut socket = connect(port);
    let kind = if body.is_empty() { "" } else { "Content-Type: application/x-www-form-urlencoded\r\n" };
    let text = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: seed-story/1.0\r\nConnection: close\r\n\
         {kind}Content-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    socket.write_all(text.as_bytes()).unwrap();
    let mut reply = String::new();
    socket.read_to_string(&mut reply).unwrap();
    reply
}

/// Waits until the server listens, as one that has just started does not yet.
fn connect(port: u16) -> TcpStream {
    let begun = Instant::now();
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Ok(socket) => {
                socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
                return socket;
            }
            Err(error) => assert!(begun.elapsed() < Duration::from_secs(30), "gunicorn does not listen: {error}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The folder with `gunicorn` in it, made by `tests/setup` where it is not there yet.
fn virtual_environment() -> Option<PathBuf> {
    static SETUP: LazyLock<Result<PathBuf, String>> = LazyLock::new(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
        let output = Command::new("bash")
            .arg(root().join("tests/setup"))
            .env("CARGO_TARGET_DIR", target)
            .output()
            .map_err(|e| format!("bash: {e}"))?;
        let complaint = output.stderr.escape_ascii().to_string().replace("\\n", "\n");
        if output.status.success() { Ok(target.join("seed-venv/bin")) } else { Err(complaint) }
    });
    match &*SETUP {
        Ok(bin) => Some(bin.clone()),
        Err(reason) => {
            assert!(std::env::var_os("CI").is_none(), "tests/setup cannot install gunicorn and Flask: {reason}");
            println!("SKIPPED: the seed story needs gunicorn and Flask, and tests/setup says: {reason}");
            eprintln!("SKIPPED: the seed story needs gunicorn and Flask, and tests/setup says: {reason}");
            None
        }
    }
}
