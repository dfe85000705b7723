//! With real peers: rsyslog and syslog-ng on both sides, and `logger`. What is not installed is skipped, loudly; with `CI` set it fails.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Place, SECRET, Server, address, free_port, reachable, wait_until};

/// Where tests/setup-agents unpacks what cannot be installed.
fn unpacked() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("agents/syslog-ng")
}

/// Where a program is.
pub(crate) fn needed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    let more = [PathBuf::from("/usr/sbin"), unpacked().join("usr/sbin")];
    let found = std::env::split_paths(&path).chain(more).map(|folder| folder.join(name));
    let found = found.into_iter().find(|file| file.is_file());
    if found.is_none() {
        eprintln!("SKIPPED: {name} is not installed; tests/setup-agents installs it where there is a package");
        assert!(std::env::var_os("CI").is_none(), "{name} is not installed");
    }
    found
}

/// rsyslog with a configuration.
pub(crate) fn rsyslog(place: &Place, program: &Path, name: &str, text: &str) -> Server {
    let folder = place.path(&format!("{name}.work"));
    fs::create_dir_all(&folder).unwrap();
    let config = place.path(&format!("{name}.conf"));
    fs::write(&config, format!("global(workDirectory=\"{}\")\n{text}", folder.display())).unwrap();
    let log = fs::File::create(place.path(&format!("{name}.log"))).unwrap();
    let mut command = Command::new(program);
    command.args(["-n", "-f"]).arg(&config).arg("-i").arg(place.path(&format!("{name}.pid")));
    Server(command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
}

#[test]
#[ignore = "agents: tests/setup-agents installs them"]
fn rsyslog_before_us_and_behind_us() {
    let Some(program) = needed("rsyslogd") else { return };
    for framing in ["traditional", "octet-counted"] {
        let (place, ours, first, last) = (Place::new(), address(), free_port(), free_port());
        let out = place.path("last.log");
        let receiver = format!(
            "module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"{last}\" address=\"127.0.0.1\" ruleset=\"r\")\n\
             template(name=\"t\" type=\"string\" string=\"%rawmsg%\\n\")\n\
             ruleset(name=\"r\") {{ action(type=\"omfile\" file=\"{}\" template=\"t\") }}\n",
            out.display()
        );
        let _last = rsyslog(&place, &program, "last", &receiver);
        reachable(&format!("tcp://127.0.0.1:{last}"));
        let tables = format!(
            "[[source]]\nname = \"in\"\ntype = \"syslog\"\nlisten = \"tcp://{ours}\"\n\
             [[sink]]\nname = \"on\"\ntype = \"syslog\"\nto = \"tcp://127.0.0.1:{last}\"\n"
        );
        let us = place.serve("us", &tables);
        reachable(&format!("tcp://{ours}"));
        let port = ours.rsplit(':').next().unwrap();
        let sender = format!(
            "module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"{first}\" address=\"127.0.0.1\" ruleset=\"r\")\n\
             ruleset(name=\"r\") {{ action(type=\"omfwd\" target=\"127.0.0.1\" port=\"{port}\" protocol=\"tcp\" \
             TCP_Framing=\"{framing}\" template=\"RSYSLOG_SyslogProtocol23Format\") }}\n"
        );
        let _first = rsyslog(&place, &program, "first", &sender);
        reachable(&format!("tcp://127.0.0.1:{first}"));
        let message = |n| format!("<13>Nov 25 01:02:03 host app[7]: n={n} api_key={SECRET} \"q\" end\n");
        crate::send(&format!("127.0.0.1:{first}"), (0..10_000).map(message).collect::<String>().as_bytes());
        wait_until("all has come", || fs::read_to_string(&out).is_ok_and(|text| text.lines().count() >= 10_000));
        let text = fs::read_to_string(&out).unwrap();
        for (n, line) in text.lines().enumerate() {
            let end = format!("host app 7 - -  n={n} api_key=[REDACTED] \"q\" end");
            assert!(line.starts_with("<13>1 ") && line.ends_with(&end), "{framing}: {line}");
        }
        assert_eq!(us.end(), Some(0));
    }
}

/// syslog-ng with a configuration.
fn syslog_ng(place: &Place, program: &Path, name: &str, text: &str) -> Server {
    let config = place.path(&format!("{name}.conf"));
    fs::write(&config, format!("@version: 3.38\noptions {{ keep-hostname(yes); stats-freq(0); }};\n{text}")).unwrap();
    let log = fs::File::create(place.path(&format!("{name}.log"))).unwrap();
    let mut command = Command::new(program);
    command.env("LD_LIBRARY_PATH", unpacked().join("usr/lib/syslog-ng"));
    let modules = unpacked().join("usr/lib/syslog-ng/3.38");
    if modules.exists() {
        command.arg("--module-path").arg(modules);
    }
    for (option, file) in [("--persist-file", "persist"), ("--pidfile", "pid"), ("--control", "control")] {
        command.arg(option).arg(place.path(&format!("{name}.{file}")));
    }
    command.args(["--foreground", "--no-caps", "--cfgfile"]).arg(&config).stdin(Stdio::null());
    Server(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap())
}

#[test]
#[ignore = "agents: tests/setup-agents installs them"]
fn syslog_ng_before_us_and_behind_us() {
    const COUNT: usize = 10_000;
    let Some(program) = needed("syslog-ng") else { return };
    // Its drivers: by `syslog` it counts and speaks RFC 5424, by `network` it ends lines and speaks RFC 3164.
    for (before, listens, behind, framing, count) in [
        ("network", "tcp", "network", "newline", COUNT),
        ("syslog", "tcp", "syslog", "octet-counting", COUNT),
        ("syslog", "tcp", "network flags(syslog-protocol)", "newline", COUNT),
        ("network", "udp", "network", "newline", 300),
    ] {
        let (place, ours, first, last) = (Place::new(), address(), free_port(), free_port());
        let out = place.path("last.log");
        let (driver, flags) = behind.split_once(' ').unwrap_or((behind, ""));
        let receiver = format!(
            "source s {{ {driver}(ip(\"127.0.0.1\") port({last}) transport(\"tcp\") {flags}); }};\n\
             destination d {{ file(\"{}\" template(\"${{HOST}} ${{MSGHDR}}${{MSG}}\\n\")); }};\n\
             log {{ source(s); destination(d); flags(flow-control); }};\n",
            out.display()
        );
        let _last = syslog_ng(&place, &program, "last", &receiver);
        reachable(&format!("tcp://127.0.0.1:{last}"));
        let tables = format!(
            "[[source]]\nname = \"in\"\ntype = \"syslog\"\nlisten = \"{listens}://{ours}\"\n[[sink]]\nname = \"on\"\n\
             type = \"syslog\"\nto = \"tcp://127.0.0.1:{last}\"\nframing = \"{framing}\"\n"
        );
        let us = place.serve("us", &tables);
        reachable(&format!("{listens}://{ours}"));
        let port = ours.rsplit(':').next().unwrap();
        let sender = format!(
            "source s {{ network(ip(\"127.0.0.1\") port({first}) transport(\"tcp\")); }};\n\
             destination d {{ {before}(\"127.0.0.1\" port({port}) transport(\"{listens}\")); }};\n\
             log {{ source(s); destination(d); flags(flow-control); }};\n"
        );
        let _first = syslog_ng(&place, &program, "first", &sender);
        reachable(&format!("tcp://127.0.0.1:{first}"));
        let message = |n| format!("<13>Nov 25 01:02:03 host app[7]: n={n} api_key={SECRET} \"q\" end\n");
        crate::send(&format!("127.0.0.1:{first}"), (0..count).map(message).collect::<String>().as_bytes());
        let come = || fs::read_to_string(&out).unwrap_or_default().lines().count();
        wait_until(&format!("all of {before} by {listens}"), || come() >= count);
        for (n, line) in fs::read_to_string(&out).unwrap().lines().enumerate() {
            assert_eq!(line, format!("host app[7]: n={n} api_key=[REDACTED] \"q\" end"), "{before} by {listens}");
        }
        assert_eq!(us.end(), Some(0));
    }
}

/// `logger` with words of ours, and what it reads, sent to us; gives the lines that come out.
fn logged(logger: &Path, kind: &str, args: &[&str], text: &[u8], count: usize) -> Vec<String> {
    let (place, address) = (Place::new(), address());
    let socket = place.path("log.sock");
    let listen = match kind {
        "unix" | "unixgram" => format!("{kind}://{}", socket.display()),
        _ => format!("{kind}://{address}"),
    };
    let server = place.to_file("syslog", &listen, "");
    let mut command = Command::new(logger);
    match kind {
        "unix" | "unixgram" => command.arg("--socket-errors=on").arg("--socket").arg(&socket),
        _ => command.args(["--server", "127.0.0.1", "--port", address.rsplit(':').next().unwrap()]),
    };
    match kind {
        "udp" | "unixgram" => command.arg("--udp"),
        _ => command.arg("--tcp"),
    };
    let mut child = command.args(["--tag", "app"]).args(args).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    assert!(child.wait().unwrap().success(), "{kind} {args:?}");
    let lines = place.lines(count);
    assert_eq!(server.end(), Some(0));
    lines
}

#[test]
#[ignore = "agents: tests/setup-agents installs them"]
fn logger_in_all_framings() {
    let Some(logger) = needed("logger") else { return };
    const DATA: [&str; 2] = ["--sd-id=a@1", "--sd-param=password=\"vermilion-otter-42\""];
    let text = format!("token={SECRET} \"x\" end\n");
    let forms: [&[&str]; 5] = [
        &[],
        &["--rfc3164"],
        &["--rfc5424", "--msgid=ID47", DATA[0], DATA[1]],
        &["--rfc5424=notime,notq,nohost"],
        &["--id=7", "--priority=auth.err"],
    ];
    for kind in ["udp", "tcp", "tcp counted", "unixgram", "unix", "unix counted"] {
        for form in forms {
            let (kind, counted) = kind.split_once(' ').map_or((kind, None), |(kind, _)| (kind, Some("--octet-count")));
            let args: Vec<&str> = form.iter().copied().chain(counted).collect();
            let lines = logged(&logger, kind, &args, text.as_bytes(), 1);
            let line = &lines[0];
            let head = if form.len() == 2 { "<35>" } else { "<13>" };
            assert!(line.starts_with(head) && line.ends_with("token=[REDACTED] \"x\" end"), "{kind} {args:?}: {line}");
            assert!(lines.len() == 1 && !line.contains(SECRET) && line.contains("app"), "{kind} {args:?}: {lines:?}");
            assert!(form.len() != 4 || line.contains("ID47") && line.contains("password=\"[REDACTED\\]\""), "{line}");
        }
    }
    // What it reads, line by line, empty lines left out, with priorities of their own that hold until the next.
    let several = format!("<11>one token={SECRET}\n\n<14>two\nthree api_key={SECRET}\n");
    for (kind, args) in [("udp", &[][..]), ("tcp", &[]), ("tcp", &["--octet-count"]), ("unixgram", &[]), ("unix", &[])]
    {
        let args = [args, &["--rfc5424=notime,notq,nohost", "--prio-prefix", "--skip-empty"]].concat();
        let lines = logged(&logger, kind, &args, several.as_bytes(), 3);
        let line = |priority: &str, text: &str| format!("<{priority}>1 - - app - - - {text}");
        let want = [line("11", "one token=[REDACTED]"), line("14", "two"), line("14", "three api_key=[REDACTED]")];
        assert_eq!(lines, want, "{kind} {args:?}");
    }
}
