//! Peers that are slow, many, lost or hostile: the others do not notice, and no secret comes through.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::syslog::certificates;
use crate::{Place, SECRET, address, file_tables, reachable, send, wait_until};

/// Whether the other side ends the connection, within ten seconds.
fn is_ended(socket: &mut TcpStream) -> bool {
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    loop {
        match socket.read(&mut [0; 1024]) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

#[test]
fn a_thousand_connections_and_one_too_many() {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    setrlimit(Resource::RLIMIT_NOFILE, hard.min(4096), hard).unwrap();
    let (place, address) = (Place::new(), address());
    let server = place.to_file("syslog", &format!("tcp://{address}"), "max-connections = 1000");
    let mut all: Vec<TcpStream> = (0..1000).map(|_| TcpStream::connect(&address).unwrap()).collect();
    for (n, socket) in all.iter_mut().enumerate() {
        socket.write_all(format!("<13>app: n={n} token={SECRET}\n").as_bytes()).unwrap();
    }
    let mut lines = place.lines(1000);
    lines.sort();
    let mut want: Vec<String> = (0..1000).map(|n| format!("<13>app: n={n} token=[REDACTED]")).collect();
    want.sort();
    assert_eq!(lines, want);
    assert!(is_ended(&mut TcpStream::connect(&address).unwrap()), "there is no room for one more");
    drop(all);
    wait_until("there is room again", || {
        let mut socket = TcpStream::connect(&address).unwrap();
        socket.write_all(b"<13>again\n").unwrap();
        std::thread::sleep(Duration::from_millis(50));
        place.out().contains("again")
    });
    assert_eq!(server.end(), Some(0));
}

#[test]
fn who_trickles_is_cut_off_and_its_half_secret_with_it() {
    let (place, address) = (Place::new(), address());
    let server = place.to_file("syslog", &format!("tcp://{address}"), "message-timeout = 0.3");
    let mut slow = TcpStream::connect(&address).unwrap();
    let begun = Instant::now();
    slow.write_all(format!("<13>app: password={}", &SECRET[..9]).as_bytes()).unwrap();
    let mut other = TcpStream::connect(&address).unwrap();
    while begun.elapsed() < Duration::from_secs(2) {
        // A byte now and then does not buy more time.
        if slow.write_all(b"x").is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(is_ended(&mut slow));
    other.write_all(b"<13>other\n").unwrap();
    let lines = place.lines(2);
    assert_eq!(lines, ["<13>app:[REDACTED]", "<13>other"]);
    assert_eq!(server.end(), Some(0));
}

#[test]
fn what_is_too_long_is_cut_or_ends_the_connection() {
    let (place, address) = (Place::new(), address());
    let server = place.to_file("syslog", &format!("tcp://{address}"), "max-message = 1000");
    send(&address, format!("<13>app: {} password={SECRET}\n<13>next\n", "x".repeat(2000)).as_bytes());
    assert_eq!(place.lines(2), ["<13>app:[REDACTED]", "<13>next"]);
    let mut counted = TcpStream::connect(&address).unwrap();
    counted.write_all(b"9 <13>first999999999 <13>").unwrap();
    assert!(is_ended(&mut counted));
    assert_eq!(place.lines(3)[2], "<13>first");
    for bad in ["0 <13>x\n", "-1 <13>x\n", "9999999999999999999999 <13>x\n", "05 <13>x\n", "<\n", "<999999>x\n", "\0\n"]
    {
        send(&address, bad.as_bytes());
    }
    let lines = place.lines(10);
    assert!(lines.contains(&"-1 <13>x".to_owned()) && lines.contains(&"<999999>x".to_owned()), "{lines:?}");
    assert_eq!(server.end(), Some(0));
}

#[test]
fn a_line_of_a_hundred_megabytes_costs_a_bounded_amount() {
    let (place, address) = (Place::new(), address());
    let server = place.to_file("syslog", &format!("tcp://{address}"), "");
    let mut socket = TcpStream::connect(&address).unwrap();
    let block = vec![b'.'; 1 << 20];
    socket.write_all(b"<13>app: ").unwrap();
    (0..100).for_each(|_| socket.write_all(&block).unwrap());
    socket.write_all(format!(" password={SECRET}\n<13>next\n").as_bytes()).unwrap();
    let lines = place.lines(2);
    assert!(lines[0].len() < 300_000 && lines[0].ends_with("[REDACTED]") && lines[1] == "<13>next");
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.0.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(peak < 64 << 10, "{peak} KiB");
}

/// `openssl` with the certificate of this name, which sends a line.
fn client(place: &Place, address: &str, name: &str) {
    let mut command = Command::new("openssl");
    command.args(["s_client", "-quiet", "-no_ign_eof", "-connect", address, "-CAfile"]).arg(place.path("ca.pem"));
    if !name.is_empty() {
        command.arg("-cert").arg(place.path(&format!("{name}.pem")));
        command.arg("-key").arg(place.path(&format!("{name}.key")));
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let _ = child.stdin.as_mut().unwrap().write_all(format!("<13>{name}: token={SECRET}\n").as_bytes());
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn garbage_on_a_tls_port_is_turned_away() {
    let place = Place::new();
    if !certificates(&place) {
        return;
    }
    let address = address();
    let more = "certificate = \"server.pem\"\nkey = \"server.key\"\nca = \"ca.pem\"\nhandshake-timeout = 0.5";
    let server = place.to_file("syslog", &format!("tls://{address}"), more);
    for garbage in [&b"<13>plain text on a TLS port\n"[..], b"\x16\x03\x01\x02\x00\x01\x00\x01", &[0xff; 4096], b""] {
        let mut socket = TcpStream::connect(&address).unwrap();
        let _ = socket.write_all(garbage);
        assert!(is_ended(&mut socket), "{}", garbage.escape_ascii());
    }
    let client = |name: &str| client(&place, &address, name);
    client("");
    client("stranger");
    client("client");
    assert_eq!(place.lines(1), ["<13>client: token=[REDACTED]"]);
    assert_eq!(server.end(), Some(0));
}

/// Bytes that look random, the same each time.
fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut byte = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..len).map(|_| byte()).collect()
}

#[test]
fn random_greetings_and_silence_on_a_tls_port_take_nobodys_place() {
    let place = Place::new();
    if !certificates(&place) {
        return;
    }
    let rounds = std::env::var("INKOUT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(300);
    let address = address();
    let more = "certificate = \"server.pem\"\nkey = \"server.key\"\nca = \"ca.pem\"\nhandshake-timeout = 0.5\n\
        max-connections = 50";
    let server = place.to_file("syslog", &format!("tls://{address}"), more);
    for n in 0..rounds {
        // Half of them begin as a greeting does, and say truly how long it is.
        let mut bytes = noise(n, 1 + n as usize % 700);
        if n % 2 == 0 {
            let len = (bytes.len() as u16).to_be_bytes();
            bytes.splice(0..0, [0x16, 3, 1, len[0], len[1], 1]);
        }
        let mut socket = TcpStream::connect(&address).unwrap();
        let _ = socket.write_all(&bytes);
        let _ = socket.shutdown(Shutdown::Write);
        assert!(is_ended(&mut socket), "{n}");
    }
    // As many as there are places say nothing, or half of something, for ever.
    let silent: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(&address).unwrap()).collect();
    for mut socket in silent.iter().step_by(2) {
        socket.write_all(b"\x16\x03\x01\x02\x00\x01").unwrap();
    }
    wait_until("there is a place", || {
        client(&place, &address, "client");
        place.out().contains("client")
    });
    drop(silent);
    assert!(place.out().lines().all(|line| line == "<13>client: token=[REDACTED]"), "{}", place.out());
    assert_eq!(server.end(), Some(0));
}

#[test]
fn three_hundred_who_trickle_do_not_hold_up_who_does_not() {
    for kind in ["syslog", "forward"] {
        let (place, address) = (Place::new(), address());
        let server = place.to_file(kind, &format!("tcp://{address}"), "message-timeout = 1");
        let mut slow: Vec<TcpStream> = (0..300).map(|_| TcpStream::connect(&address).unwrap()).collect();
        let (mut good, begun) = (TcpStream::connect(&address).unwrap(), Instant::now());
        let head: &[u8] = if kind == "syslog" { b"<13>app: password=verm" } else { b"\x93\xa3app\xd9\xff" };
        slow.iter_mut().for_each(|socket| socket.write_all(head).unwrap());
        let (mut sent, mut late) = (0, Duration::ZERO);
        while begun.elapsed() < Duration::from_secs(2) {
            slow.retain_mut(|socket| socket.write_all(b"x").is_ok());
            if kind == "syslog" {
                let now = Instant::now();
                good.write_all(format!("<13>good: n={sent} token={SECRET} end\n").as_bytes()).unwrap();
                wait_until("it comes", || place.out().contains(&format!("n={sent} ")));
                (sent, late) = (sent + 1, late.max(now.elapsed()));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(slow.is_empty(), "{kind}: {} are there still", slow.len());
        assert!(late < Duration::from_millis(500), "{kind}: {late:?}");
        assert!(!place.out().contains("verm"), "{kind}: {}", place.out());
        // The places are free, for who speaks as one should.
        if kind == "forward" {
            good.write_all(b"\x93\xa3app\x07\x81\xa1n\x01").unwrap();
            assert!(place.lines(1)[0].ends_with("{\"n\":1}"), "{}", place.out());
        }
        assert_eq!(server.end(), Some(0));
    }
}

#[test]
fn without_a_descriptor_left_those_who_are_in_are_served_and_nothing_spins() {
    let (place, address) = (Place::new(), address());
    let listen = format!("tcp://{address}");
    place.config("us", &file_tables("syslog", &listen, ""));
    let server = place.start("us", Command::new("prlimit").args(["--nofile=40:40", env!("CARGO_BIN_EXE_inkout")]));
    reachable(&listen);
    let mut first = TcpStream::connect(&address).unwrap();
    first.write_all(b"<13>app: n=0\n").unwrap();
    place.lines(1);
    let more: Vec<TcpStream> = (0..100).map(|_| TcpStream::connect(&address).unwrap()).collect();
    let spent = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", server.0.id())).unwrap();
        let behind = stat[stat.rfind(')').unwrap()..].split(' ').skip(12).take(2);
        // Ticks of a hundredth of a second.
        behind.map(|ticks| ticks.parse::<u64>().unwrap()).sum::<u64>()
    };
    let held = || std::fs::read_dir(format!("/proc/{}/fd", server.0.id())).unwrap().count();
    wait_until("it has no descriptor left", || held() >= 40);
    let (before, begun) = (spent(), Instant::now());
    let mut n = 1;
    while begun.elapsed() < Duration::from_secs(1) {
        first.write_all(format!("<13>app: n={n} token={SECRET}\n").as_bytes()).unwrap();
        n += 1;
        place.lines(n);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(spent() - before < 50, "{} hundredths of a second in one", spent() - before);
    drop(more);
    wait_until("there is room again", || {
        let mut socket = TcpStream::connect(&address).unwrap();
        socket.write_all(b"<13>again\n").unwrap();
        place.out().contains("again")
    });
    assert!(!place.out().contains(SECRET));
    assert_eq!(server.end(), Some(0));
}
