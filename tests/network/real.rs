//! With real peers: rsyslog on both sides, and `logger`. What is not installed is skipped, loudly; with `CI` set it fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Place, SECRET, Server, address, free_port, reachable, wait_until};

/// Where a program is.
pub(crate) fn needed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]).map(|folder| folder.join(name));
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

#[test]
#[ignore = "agents: tests/setup-agents installs them"]
fn logger_in_all_framings() {
    let Some(logger) = needed("logger") else { return };
    let text = format!("token={SECRET} \"x\" end");
    for (kind, args) in [
        ("udp", &["--udp"][..]),
        ("udp", &["--udp", "--rfc3164"]),
        ("udp", &["--udp", "--rfc5424", "--sd-id=a@1", "--sd-param=password=\"vermilion-otter-42\""]),
        ("tcp", &["--tcp"]),
        ("tcp", &["--tcp", "--rfc3164"]),
        ("tcp", &["--tcp", "--octet-count"]),
        ("tcp", &["--tcp", "--octet-count", "--rfc3164"]),
        ("unixgram", &["--socket-errors=on"]),
    ] {
        let (place, address) = (Place::new(), address());
        let socket = place.path("log.sock");
        let listen = match kind {
            "unixgram" => format!("unixgram://{}", socket.display()),
            _ => format!("{kind}://{address}"),
        };
        let server = place.to_file("syslog", &listen, "");
        let mut command = Command::new(&logger);
        match kind {
            "unixgram" => command.arg("--socket").arg(&socket),
            _ => command.args(["--server", "127.0.0.1", "--port", address.rsplit(':').next().unwrap()]),
        };
        assert!(command.args(args).args(["-t", "app", "--", &text]).status().unwrap().success());
        let line = &place.lines(1)[0];
        assert!(line.starts_with("<13>") && line.ends_with("token=[REDACTED] \"x\" end"), "{args:?}: {line}");
        assert!(!line.contains(SECRET) && line.contains("app"), "{line}");
        assert_eq!(server.end(), Some(0));
    }
}
