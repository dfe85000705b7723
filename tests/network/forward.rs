//! Fluent Forward as its peers speak it, byte by byte, and with a library of theirs.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::{Place, SECRET, address, reachable};

fn list(parts: &[&[u8]]) -> Vec<u8> {
    [&[0x90 | parts.len() as u8][..], &parts.concat()].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&[0xda][..], &(text.len() as u16).to_be_bytes(), text.as_bytes()].concat()
}

fn binary(bytes: &[u8]) -> Vec<u8> {
    [&[0xc6][..], &(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

/// A record with a number and a password.
fn record(n: u8) -> Vec<u8> {
    [&[0x82][..], &text("n"), &[n], &text("password"), &text(SECRET)].concat()
}

const TIME: &[u8] = b"\xd7\x00\x65\x00\x00\x00\x00\x00\x00\x07";

fn option(chunk: &str, compressed: Option<&str>) -> Vec<u8> {
    let mut out = [&[0x81][..], &text("chunk"), &text(chunk)].concat();
    if let Some(how) = compressed {
        out[0] = 0x82;
        out.extend([text("compressed"), text(how)].concat());
    }
    out
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut child =
        Command::new("gzip").stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(bytes).unwrap();
    child.wait_with_output().unwrap().stdout
}

fn line(n: u8) -> String {
    format!("{{\"n\":{n},\"password\":\"[REDACTED]\"}}")
}

/// The next acknowledgement, as it is.
fn acked(socket: &mut TcpStream, chunk: &str) -> bool {
    let mut want = b"\x81\xa3ack".to_vec();
    want.push(0xa0 | chunk.len() as u8);
    want.extend(chunk.as_bytes());
    let mut got = vec![0; want.len()];
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    socket.read_exact(&mut got).is_ok() && got == want
}

#[test]
fn all_modes_are_acknowledged_and_written() {
    let (place, address) = (Place::new(), address());
    let server = place.to_file("forward", &format!("tcp://{address}"), "");
    let mut socket = TcpStream::connect(&address).unwrap();
    let entry = |n| list(&[TIME, &record(n)]);
    let tag = text("app");
    let messages = [
        list(&[&tag, TIME, &record(0), &option("a", None)]),
        list(&[&tag, &list(&[&entry(1), &entry(2)]), &option("b", None)]),
        list(&[&tag, &binary(&[entry(3), entry(4)].concat()), &option("c", None)]),
        list(&[&tag, &binary(&[gzip(&entry(5)), gzip(&entry(6))].concat()), &option("d", Some("gzip"))]),
    ];
    for (message, chunk) in messages.iter().zip(["a", "b", "c", "d"]) {
        // In pieces, with a heartbeat between.
        socket.write_all(b"\xc0").unwrap();
        let (head, rest) = message.split_at(message.len() / 2);
        socket.write_all(head).unwrap();
        socket.write_all(rest).unwrap();
        assert!(acked(&mut socket, chunk), "{chunk}");
        // What is acknowledged is written.
        assert!(!place.out().is_empty());
    }
    let lines = place.lines(7);
    for (n, got) in lines.iter().enumerate() {
        assert!(got.ends_with(&line(n as u8)), "{got}");
    }
    assert_eq!(server.end(), Some(0));
}

/// Reads one packed message of ours and gives the entries and the name of the chunk.
fn packed(socket: &mut TcpStream) -> (Vec<u8>, Vec<u8>) {
    let mut all = Vec::new();
    loop {
        let mut more = [0; 4096];
        let new = socket.read(&mut more).unwrap();
        assert!(new > 0);
        all.extend(&more[..new]);
        // The chunk is 32 digits, and `size` follows.
        let found = all.windows(8).position(|w| w == b"\xa5chunk\xd9\x20");
        if let Some(at) = found.filter(|at| all.len() >= at + 8 + 32 + 6) {
            return (all[..at].to_vec(), all[at + 8..at + 40].to_vec());
        }
    }
}

#[test]
fn the_sender_is_told_only_when_the_next_has_it() {
    let (place, address) = (Place::new(), address());
    let peer = TcpListener::bind("127.0.0.1:0").unwrap();
    let tables = format!(
        "[[source]]\nname = \"in\"\ntype = \"forward\"\nlisten = \"tcp://{address}\"\n\
         [[sink]]\nname = \"on\"\ntype = \"forward\"\nto = \"tcp://{}\"\ntimeout = 1\n",
        peer.local_addr().unwrap()
    );
    let server = place.serve("middle", &tables);
    reachable(&format!("tcp://{address}"));
    let mut socket = TcpStream::connect(&address).unwrap();
    socket.write_all(&list(&[&text("app"), TIME, &record(1), &option("first", None)])).unwrap();
    // The peer takes it and says nothing, then something wrong, then what it should.
    let (entries, name) = packed(&mut peer.accept().unwrap().0);
    assert!(
        entries.windows(10).any(|w| w == b"[REDACTED]") && !entries.windows(9).any(|w| w == &SECRET.as_bytes()[..9])
    );
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(socket.read(&mut [0; 1]).is_err(), "nobody has it yet");
    let (mut wrong, _) = peer.accept().unwrap();
    assert_eq!(packed(&mut wrong).1, name, "the same chunk has the same name");
    wrong.write_all(b"\x81\xa3ack\xa5wrong").unwrap();
    let (mut right, _) = peer.accept().unwrap();
    assert_eq!(packed(&mut right), (entries, name.clone()));
    assert!(socket.read(&mut [0; 1]).is_err(), "nobody has it yet");
    right.write_all(&[&b"\x81\xa3ack\xd9\x20"[..], &name].concat()).unwrap();
    assert!(acked(&mut socket, "first"));
    drop(socket);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_shared_key_is_proved_by_both() {
    for (key, good) in [("otter", true), ("weasel", false)] {
        let (place, there, here) = (Place::new(), address(), address());
        fs::write(place.path("right"), "otter\n").unwrap();
        fs::write(place.path("tried"), key).unwrap();
        let last = place.to_file("forward", &format!("tcp://{there}"), "shared-key-file = \"right\"");
        let tables = format!(
            "[[source]]\nname = \"in\"\ntype = \"syslog\"\nlisten = \"tcp://{here}\"\n[[sink]]\nname = \"on\"\n\
             type = \"forward\"\nto = \"tcp://{there}\"\nshared-key-file = \"tried\"\ntag = \"of.syslog\"\n"
        );
        let first = place.serve("first", &tables);
        reachable(&format!("tcp://{here}"));
        crate::send(&here, format!("<13>app: token={SECRET}\n").as_bytes());
        if good {
            assert!(place.lines(1)[0].ends_with("{\"message\":\"<13>app: token=[REDACTED]\"}"));
            assert_eq!((first.end(), last.end()), (Some(0), Some(0)));
        } else {
            let log = place.path("first.err");
            crate::wait_until("it is told", || fs::read_to_string(&log).unwrap().contains("shared key"));
            assert_eq!(place.out(), "");
            // Whoever does not say who he is gets no message in.
            let mut socket = TcpStream::connect(&there).unwrap();
            socket.write_all(&list(&[&text("app"), TIME, &record(1), &option("a", None)])).unwrap();
            assert!(!acked(&mut socket, "a"));
            assert_eq!(place.out(), "");
        }
    }
}

#[test]
fn what_is_no_message_ends_its_connection_and_no_other() {
    let (place, address) = (Place::new(), address());
    let server = place.to_file("forward", &format!("tcp://{address}"), "max-message = \"1M\"\nmessage-timeout = 1");
    let mut good = TcpStream::connect(&address).unwrap();
    for bad in [
        &b"\x01"[..],
        b"{\"json\":1}",
        b"\xdd\xff\xff\xff\xff\xc1",
        b"\x93\xa1t\xc6\xff\xff\xff\xff",
        &[0x91; 100_000],
        &list(&[&text("a\nb"), TIME, &record(1)]),
        &list(&[&text("t"), &binary(b"\x1f\x8b\x08"), &option("x", Some("gzip"))]),
    ] {
        let mut socket = TcpStream::connect(&address).unwrap();
        let _ = socket.write_all(bad);
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let read = socket.read(&mut [0; 16]);
        assert!(matches!(read, Ok(0) | Err(_)), "{}", bad[..bad.len().min(40)].escape_ascii());
        assert!(
            !matches!(&read, Err(e) if e.kind() == std::io::ErrorKind::WouldBlock),
            "{}",
            bad[..bad.len().min(40)].escape_ascii()
        );
    }
    good.write_all(&list(&[&text("app"), TIME, &record(1), &option("a", None)])).unwrap();
    assert!(acked(&mut good, "a"));
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_library_of_python_speaks_to_it() {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("seed-venv/bin/python");
    if !Command::new(&python).args(["-c", "import fluent.sender"]).output().is_ok_and(|ran| ran.status.success()) {
        eprintln!("SKIPPED: fluent-logger is not installed; tests/setup installs it");
        assert!(std::env::var_os("CI").is_none(), "fluent-logger is not installed");
        return;
    }
    let (place, address) = (Place::new(), address());
    let server = place.to_file("forward", &format!("tcp://{address}"), "");
    let script = format!(
        "from fluent import sender\n\
         s = sender.FluentSender('py', host='127.0.0.1', port={}, nanosecond_precision=True)\n\
         for n in range(100):\n    assert s.emit('log', {{'n': n, 'deep': [{{'api_key': '{SECRET}'}}], 'b': b'token={SECRET}'}})\n\
         s.close()\n",
        address.rsplit(':').next().unwrap()
    );
    assert!(Command::new(&python).args(["-c", &script]).status().unwrap().success());
    let lines = place.lines(100);
    for (n, line) in lines.iter().enumerate() {
        let want = format!("{{\"n\":{n},\"deep\":[{{\"api_key\":\"[REDACTED]\"}}],\"b\":\"token=[REDACTED]\"}}");
        assert!(line.ends_with(&want), "{line}");
    }
    assert_eq!(server.end(), Some(0));
}
