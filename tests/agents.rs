//! The files below `packaging/`, with the agents they are for: rsyslog, syslog-ng, LuaJIT, and the checkers of the rest.
//!
//! `tests/setup-agents` installs what it can; what is not there is skipped, loudly, but with `CI` set it fails. It takes
//! longer than an everyday test may:
//!   tests/setup-agents && cargo test --test agents -- --ignored
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops where it fails")]

mod common;

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{files, root};
use regex::Regex;

const INKOUT: &str = env!("CARGO_BIN_EXE_inkout");
/// It is nobody's.
const SECRET: &str = "vermilion-otter-42";

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

/// The program called `name`, or where one of `places` is.
fn program(name: &str, places: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    let mut all = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]).map(|folder| folder.join(name));
    let found = all.find(|file| file.is_file()).or_else(|| places.iter().find(|file| file.is_file()).cloned());
    if found.is_none() {
        eprintln!("SKIPPED: {name} is not installed; tests/setup-agents installs it where there is a package");
    }
    found
}

/// As [`program`], for what tests/setup-agents can install.
fn needed(name: &str, places: &[PathBuf]) -> Option<PathBuf> {
    let found = program(name, places);
    assert!(found.is_some() || std::env::var_os("CI").is_none(), "{name} is not installed");
    found
}

/// A file of `packaging/` for this machine: our program, a folder for what it writes, a free port.
fn adapted(name: &str, folder: &Path, port: u16) -> PathBuf {
    let text = fs::read_to_string(root().join("packaging").join(name)).unwrap();
    let text = text.replace("/usr/bin/inkout", INKOUT).replace("/var/log", &folder.to_string_lossy());
    let text = Regex::new(r#"port(=|\()"?\d+"?"#).unwrap().replace_all(&text, |c: &regex::Captures<'_>| {
        if &c[1] == "=" { format!("port=\"{port}\"") } else { format!("port({port}") }
    });
    let path = folder.join(Path::new(name).file_name().unwrap());
    fs::write(&path, &*text).unwrap();
    path
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Asserts that a command ends well.
#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let said = format!("{}{}", output.stdout.escape_ascii(), output.stderr.escape_ascii()).replace("\\n", "\n");
    assert!(output.status.success(), "{command:?}: {}\n{said}", output.status);
    said
}

#[track_caller]
fn wait_until(what: &str, is: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A daemon, ended with the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        let _ = self.0.wait();
    }
}

/// rsyslog with a file of ours, on `port`.
fn rsyslog(program: &Path, config: &Path, folder: &Path, port: u16) -> Daemon {
    let text = fs::read_to_string(config).unwrap();
    fs::write(config, format!("global(workDirectory=\"{}\")\n{text}", folder.display())).unwrap();
    succeeds(Command::new(program).args(["-N1", "-f"]).arg(config));
    let mut command = Command::new(program);
    command.args(["-n", "-f"]).arg(config).arg("-i").arg(folder.join("pid"));
    let log = fs::File::create(folder.join("rsyslog.err")).unwrap();
    let daemon = Daemon(command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
    wait_until("rsyslog listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    daemon
}

/// Sends messages by TCP, a line each.
fn send(port: u16, count: usize) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
    for n in 0..count {
        writeln!(socket, "<13>Nov 25 01:02:03 host app: n={n} api_key={SECRET} \"q\" end").unwrap();
    }
    socket.write_all(b"<13>Nov 25 01:02:03 host app: no utf-8 \xff\xfe and plain\n").unwrap();
}

fn lines(path: &Path) -> Vec<Vec<u8>> {
    let text = fs::read(path).unwrap_or_default();
    text.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

#[test]
#[ignore = "agents: tests/setup-agents installs them"]
fn mmexternal_redacts_in_place_and_fails_closed() {
    let Some(program) = needed("rsyslogd", &[]) else { return };
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let folder = folder.path();
    let config = adapted("rsyslog/mmexternal.conf", folder, port);
    let (out, aside) = (folder.join("redacted.log"), folder.join("inkout-quarantine.log"));
    let daemon = rsyslog(&program, &config, folder, port);
    send(port, 200);
    wait_until("all is written", || lines(&out).len() == 201);
    drop(daemon);
    let text = lines(&out);
    assert!(text.iter().take(200).all(|line| line.ends_with(b"api_key=[REDACTED] \"q\" end\n")));
    assert!(text[200].ends_with(b"no utf-8 \xff\xfe and plain\n"), "{}", text[200].escape_ascii());
    assert!(lines(&aside).is_empty());
    // A filter that does not work: nothing gets where it is redacted.
    fs::remove_file(&out).unwrap();
    let broken = fs::read_to_string(&config).unwrap().replace(&format!("{INKOUT} plugin"), "/bin/echo no");
    fs::write(&config, broken.lines().skip(1).map(|line| format!("{line}\n")).collect::<String>()).unwrap();
    let daemon = rsyslog(&program, &config, folder, port);
    send(port, 3);
    wait_until("all is set aside", || lines(&aside).len() == 4);
    drop(daemon);
    assert!(lines(&out).is_empty());
}

#[test]
#[ignore = "agents: tests/setup-agents installs them"]
fn omprog_confirms_what_the_file_has() {
    let Some(program) = needed("rsyslogd", &[]) else { return };
    for transactions in [false, true] {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let folder = folder.path();
        let config = adapted("rsyslog/omprog.conf", folder, port);
        if transactions {
            let text = fs::read_to_string(&config).unwrap();
            let text = text.replace("--confirm ", "--confirm --transactions ");
            fs::write(&config, text.replace("confirmMessages=\"on\"", "confirmMessages=\"on\" useTransactions=\"on\""))
                .unwrap();
        }
        let out = folder.join("redacted.log");
        let daemon = rsyslog(&program, &config, folder, port);
        send(port, 2000);
        wait_until("all is written", || lines(&out).len() == 2001);
        // A rotation: the file is moved, rsyslog is told, and a new one begins.
        fs::rename(&out, folder.join("redacted.log.1")).unwrap();
        succeeds(Command::new("kill").args(["-HUP", &daemon.0.id().to_string()]));
        wait_until("the new file begins", || {
            send(port, 1);
            out.exists()
        });
        drop(daemon);
        let text = lines(&folder.join("redacted.log.1"));
        for (n, line) in text.iter().take(2000).enumerate() {
            let want = format!("n={n} api_key=[REDACTED] \"q\" end\n");
            assert!(line.ends_with(want.as_bytes()), "{}", line.escape_ascii());
        }
    }
}

#[test]
#[ignore = "agents: tests/setup-agents installs them"]
fn syslog_ng_writes_through_us() {
    let place = target().join("agents/syslog-ng");
    let Some(program) = needed("syslog-ng", &[place.join("usr/sbin/syslog-ng")]) else { return };
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let config = adapted("syslog-ng/inkout.conf", folder.path(), port);
    let modules = place.join("usr/lib/syslog-ng/3.38");
    let command = || {
        let mut command = Command::new(&program);
        command.env("LD_LIBRARY_PATH", place.join("usr/lib/syslog-ng"));
        if modules.exists() {
            command.arg("--module-path").arg(&modules);
        }
        command.arg("--cfgfile").arg(&config);
        command
    };
    succeeds(command().arg("--syntax-only"));
    let mut daemon = command();
    for (option, file) in [("--persist-file", "persist"), ("--pidfile", "pid"), ("--control", "control")] {
        daemon.arg(option).arg(folder.path().join(file));
    }
    let daemon = Daemon(daemon.args(["--foreground", "--no-caps"]).stdin(Stdio::null()).spawn().unwrap());
    wait_until("syslog-ng listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    send(port, 500);
    let out = folder.path().join("redacted.log");
    wait_until("all is written", || lines(&out).len() == 501);
    drop(daemon);
    let is = |line: &Vec<u8>| line.ends_with(b" api_key=[REDACTED] \"q\" end\n");
    assert_eq!(lines(&out).iter().filter(|line| is(line)).count(), 500);
}

/// Fluent Bit's side: what it hands to `redact`, and what it wants back.
const LUA: &str = r#"
dofile("inkout.lua")
local function show(value)
    if type(value) ~= "table" then return tostring(value) end
    local keys, out = {}, {}
    for key in pairs(value) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for _, key in ipairs(keys) do out[#out + 1] = tostring(key) .. "=" .. show(value[key]) end
    return "{" .. table.concat(out, " ") .. "}"
end
local function try(record)
    local code, time, out = redact("tag", 7, record)
    print(code, time, show(out))
end
try({ log = "plain \255 text", n = 5, yes = true })
try({ log = "GET /?api_key=vermilion-otter-42 HTTP/1.1", password = "hunter2", pin = { password = 12345 } })
try({ nested = { list = { "a", "token=abc123 \"q\"\n\\ end" } }, ["token=abc123"] = "x" })
local big = ("y "):rep(100000) .. "password=hunter2"
print(#select(3, redact("tag", 7, { log = big })).log)
local loop = {}; loop.loop = loop
try(loop)
for n = 1, 20000 do redact("tag", n, { log = "login password=hunter2 and " .. n }) end
print("done")
"#;

#[test]
#[ignore = "agents: tests/setup-agents installs them"]
fn the_lua_filter_redacts_and_fails_closed() {
    let Some(luajit) = needed("luajit", &[]) else { return };
    // The library for C, built as its users build it.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let build = ["rustc", "--locked", "--lib", "--no-default-features", "--features", "capi", "--crate-type", "cdylib"];
    succeeds(Command::new(cargo).args(build).current_dir(root()).env("CARGO_TARGET_DIR", target()));
    let library = target().join("debug/libinkout.so");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(root().join("packaging/fluent-bit/inkout.lua"), folder.path().join("inkout.lua")).unwrap();
    fs::write(folder.path().join("test.lua"), LUA).unwrap();
    let run = || {
        let mut command = Command::new(&luajit);
        command.arg("test.lua").current_dir(folder.path()).env("INKOUT_LIBRARY", &library);
        command
    };
    let said = succeeds(&mut run());
    let want = [
        "2\\t7\\t{log=plain \\xff text n=5 yes=true}",
        "2\\t7\\t{log=GET /?api_key=[REDACTED] HTTP/1.1 password=[REDACTED] pin={password=[REDACTED]}}",
        "2\\t7\\t{[REDACTED]=[REDACTED] nested={list={1=a 2=token=[REDACTED] \\\"q\\\"",
        "\\\\ end}}}",
        "200019",
        "2\\t7\\t{inkout=this record could not be redacted and was emptied}",
        "done",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), want);
    assert!(succeeds(run().env("INKOUT_ON_FAILURE", "drop")).contains("-1\\t7\\t{}"));
    // What is wrong at the start leaves Fluent Bit without the function, and it does not start.
    for (name, value) in [("INKOUT_LIBRARY", "/nowhere.so"), ("INKOUT_SETTINGS", "profile = 'all'")] {
        let output = run().env(name, value).output().unwrap();
        assert!(!output.status.success() && output.stdout.is_empty(), "{name}");
    }
}

#[test]
#[ignore = "agents: tests/setup-agents installs them"]
fn the_other_files_pass_their_own_checkers() {
    let folder = tempfile::tempdir().unwrap();
    let unit = |name: &str, to: &str| {
        let text = fs::read_to_string(root().join("packaging/systemd").join(name)).unwrap();
        let text = text.replace("/usr/bin/inkout", INKOUT).replace("/usr/bin/gunicorn", "/bin/true");
        fs::write(folder.path().join(to), text).unwrap();
    };
    unit("app.service", "app.service");
    unit("inkout-pipe@.service", "inkout-pipe@x.service");
    unit("inkout-pipe@.socket", "inkout-pipe@x.socket");
    if let Some(analyze) = program("systemd-analyze", &[]) {
        let units = ["./app.service", "./inkout-pipe@x.service", "./inkout-pipe@x.socket"];
        succeeds(Command::new(&analyze).arg("verify").args(units).current_dir(folder.path()));
        // 0 is the safest, 10 has no restriction at all.
        let limit = ["security", "--offline=true", "--threshold=20"];
        succeeds(Command::new(&analyze).args(limit).args(&units[..2]).current_dir(folder.path()));
    }
    if let Some(check) = needed("kubernetes-validate", &[target().join("agents/python/bin/kubernetes-validate")]) {
        for file in files(&root().join("packaging/kubernetes"), ".yaml") {
            succeeds(Command::new(&check).arg("--strict").arg(file));
        }
    }
    if let Some(gunicorn) = program("gunicorn", &[target().join("seed-venv/bin/gunicorn")]) {
        let config = root().join("packaging/gunicorn/gunicorn.conf.py");
        let mut command = Command::new(gunicorn);
        command.args(["--check-config", "--config"]).arg(config).arg("app:app");
        succeeds(command.current_dir(root().join("tests/seed")).env("PYTHONDONTWRITEBYTECODE", "1"));
    }
    for (name, args) in [
        ("fluentd", &["--dry-run", "-c", "packaging/fluentd/exec_filter.conf"][..]),
        ("vector", &["validate", "--no-environment", "packaging/vector/vector.yaml"]),
        ("fluent-bit", &["--dry-run", "-c", "packaging/fluent-bit/exec.conf"]),
    ] {
        if let Some(program) = program(name, &[]) {
            succeeds(Command::new(program).args(args).current_dir(root()));
        }
    }
}

/// Whatever agent cannot be installed here: the words that its file has for us are known.
#[test]
fn every_command_in_packaging_is_one_of_ours() {
    let command =
        Regex::new(r#"(?:/usr/bin/)?inkout((?: (?:run|plugin|--?[a-z-]+|[a-z]+-[a-z-]+|json|msgpack))+)"#).unwrap();
    let mut found = 0;
    for file in files(&root().join("packaging"), "") {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        for words in command.captures_iter(&text).map(|c| c[1].to_owned()) {
            let words: Vec<&str> = words.split_whitespace().filter(|word| *word != "--").collect();
            if !["run", "plugin"].contains(&words[0]) {
                continue;
            }
            found += 1;
            let verbs =
                words.iter().take_while(|word| !word.starts_with('-')).filter(|w| !["json", "msgpack"].contains(w));
            let help = Command::new(INKOUT).args(verbs).arg("--help").output().unwrap();
            assert!(help.status.success(), "{}: inkout {words:?}", file.display());
            let help = String::from_utf8(help.stdout).unwrap();
            for option in words.iter().filter(|word| word.starts_with("--")) {
                assert!(help.contains(*option), "{}: {option} is not known to inkout {words:?}", file.display());
            }
        }
    }
    assert!(found >= 8, "{found} commands");
}
