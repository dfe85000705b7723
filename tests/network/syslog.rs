//! Every way in and every way out, as peers have them.

use std::fs;
use std::io::Write;
use std::net::UdpSocket;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::Command;

use crate::{Place, SECRET, address, file_tables, reachable, send};

fn message(n: usize) -> String {
    format!("<13>1 2026-11-25T01:02:03Z host app 1 - [a password=\"{SECRET}\"] n={n} api_key={SECRET} end")
}

fn clean(n: usize) -> String {
    format!("<13>1 2026-11-25T01:02:03Z host app 1 - [a password=\"[REDACTED\\]\"] n={n} api_key=[REDACTED] end")
}

#[track_caller]
fn arrives(place: &Place) {
    assert_eq!(place.lines(3), (0..3).map(clean).collect::<Vec<_>>());
}

#[test]
fn lines_and_counted_messages_by_tcp() {
    for counted in [false, true] {
        let (place, address) = (Place::new(), address());
        let server = place.to_file("syslog", &format!("tcp://{address}"), "");
        let framed = |n| match counted {
            true => format!("{} {}", message(n).len(), message(n)),
            false => format!("{}\n", message(n)),
        };
        send(&address, (0..3).map(framed).collect::<String>().as_bytes());
        arrives(&place);
        assert_eq!(server.end(), Some(0));
    }
}

#[test]
fn datagrams_and_sockets_with_file_names() {
    let (place, address) = (Place::new(), address());
    let server = place.to_file("syslog", &format!("udp://{address}"), "");
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for n in 0..3 {
        socket.send_to(message(n).as_bytes(), &address).unwrap();
    }
    arrives(&place);
    assert_eq!(server.end(), Some(0));

    let place = Place::new();
    let path = place.path("log.sock");
    let server = place.to_file("syslog", &format!("unixgram://{}", path.display()), "");
    let socket = UnixDatagram::unbound().unwrap();
    for n in 0..3 {
        socket.send_to(message(n).as_bytes(), &path).unwrap();
    }
    arrives(&place);
    assert_eq!(server.end(), Some(0));
    assert!(!path.exists(), "it cleans up behind it");

    let place = Place::new();
    let path = place.path("log.sock");
    let server = place.to_file("syslog", &format!("unix://{}", path.display()), "");
    let mut socket = UnixStream::connect(&path).unwrap();
    socket.write_all((0..3).map(|n| message(n) + "\n").collect::<String>().as_bytes()).unwrap();
    drop(socket);
    arrives(&place);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_message_of_several_lines_stays_one() {
    let (place, address) = (Place::new(), address());
    let _server = place.to_file("syslog", &format!("tcp://{address}"), "");
    let text = format!("<13>Nov 25 01:02:03 host app: first\n password={SECRET}\nlast");
    send(&address, format!("{} {text}8 <13>next", text.len()).as_bytes());
    assert_eq!(place.lines(2), ["<13>Nov 25 01:02:03 host app: first#012 password=[REDACTED]#012last", "<13>next"]);
}

/// Certificates of this test: one of the server, one of the client, and a client that nobody vouches for.
pub(crate) fn certificates(place: &Place) -> bool {
    let make = |name: &str, signed: &[&str]| {
        let key = place.path(&format!("{name}.key"));
        let cert = place.path(&format!("{name}.pem"));
        let mut command = Command::new("openssl");
        command.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]);
        command.args(signed).arg("-keyout").arg(&key).arg("-out").arg(&cert);
        command.output().is_ok_and(|made| made.status.success())
    };
    let (ca, key) = (place.path("ca.pem"), place.path("ca.key"));
    let by = ["-CA", ca.to_str().unwrap(), "-CAkey", key.to_str().unwrap()];
    let name =
        ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"];
    let by: Vec<&str> = by.into_iter().chain(name).collect();
    let made = make("ca", &[]) && make("server", &by) && make("client", &by) && make("stranger", &name);
    if !made {
        eprintln!("SKIPPED: openssl is not installed, or is too old to sign with `req -CA`");
        assert!(std::env::var_os("CI").is_none(), "openssl is not installed");
    }
    made
}

#[test]
fn every_way_out_leads_to_every_way_in() {
    let place = Place::new();
    let tls = certificates(&place);
    let sockets = [place.path("a.sock"), place.path("b.sock")];
    let cases = [
        (format!("tcp://{}", address()), "", "framing = \"octet-counting\"", true),
        (format!("tcp://{}", address()), "", "framing = \"newline\"", false),
        (format!("udp://{}", address()), "", "", true),
        (format!("unix://{}", sockets[0].display()), "", "", true),
        (format!("unixgram://{}", sockets[1].display()), "", "", true),
        (
            format!("tls://{}", address()),
            "certificate = \"server.pem\"\nkey = \"server.key\"\nca = \"ca.pem\"",
            "ca = \"ca.pem\"\ncertificate = \"client.pem\"\nkey = \"client.key\"",
            true,
        ),
    ];
    for (there, behind, before, whole) in cases.iter().filter(|case| tls || case.1.is_empty()) {
        let _ = fs::remove_file(place.path("out"));
        let last = place.to_file("syslog", there, behind);
        let address = address();
        let tables = format!(
            "[[source]]\nname = \"in\"\ntype = \"syslog\"\nlisten = \"tcp://{address}\"\n\
             [[sink]]\nname = \"on\"\ntype = \"syslog\"\nto = \"{there}\"\n{before}\n"
        );
        let first = place.serve("first", &tables);
        reachable(&format!("tcp://{address}"));
        let several = format!("<13>app: a\nsecret={SECRET}");
        send(&address, format!("{} {several}{} {}", several.len(), message(1).len(), message(1)).as_bytes());
        let lines = place.lines(2);
        assert_eq!(lines, ["<13>app: a#012secret=[REDACTED]".to_owned(), clean(1)], "{there} {whole}");
        assert_eq!((first.end(), last.end()), (Some(0), Some(0)));
    }
}

#[test]
fn a_listener_for_the_network_has_to_be_asked_for() {
    let place = Place::new();
    let check = |tables: &str| {
        let config = place.config("c", tables);
        let ran = Command::new(env!("CARGO_BIN_EXE_inkout"))
            .args(["config", "check", "--config"])
            .arg(config)
            .output()
            .unwrap();
        (ran.status.success(), format!("{}{}", ran.stdout.escape_ascii(), ran.stderr.escape_ascii()))
    };
    for (listen, more, good, word) in [
        ("tcp://127.0.0.1:5514", "", true, ""),
        ("tcp://0.0.0.0:5514", "", false, "insecure-listen"),
        ("udp://[::]:5514", "", false, "insecure-listen"),
        ("udp://0.0.0.0:5514", "insecure-listen = true", true, ""),
        ("tls://0.0.0.0:6514", "", false, "certificate"),
        ("tls://0.0.0.0:6514", "certificate = \"none.pem\"\nkey = \"none.key\"", false, "none.pem"),
        ("tcp://127.0.0.1", "", false, "HOST:PORT"),
        ("ftp://127.0.0.1:1", "", false, "HOST:PORT"),
        ("unix://log.sock", "", false, "PATH"),
        ("tcp://127.0.0.1:5514", "max-message = 1", false, "max-message"),
        ("tcp://127.0.0.1:5514", "ca = \"x.pem\"", false, "tls"),
        ("tcp://127.0.0.1:5514", "ideltime = 4", false, "ideltime"),
    ] {
        let (passed, said) = check(&file_tables("syslog", listen, more));
        assert!(passed == good && said.contains(word), "{listen} {more}: {said}");
    }
}
