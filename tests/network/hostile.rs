//! Peers that are slow, many, lost or hostile: the others do not notice, and no secret comes through.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::syslog::certificates;
use crate::{Place, SECRET, address, send, wait_until};

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
    let client = |name: &str| {
        let mut command = std::process::Command::new("openssl");
        command.args(["s_client", "-quiet", "-no_ign_eof", "-connect", &address, "-CAfile"]).arg(place.path("ca.pem"));
        if !name.is_empty() {
            command.arg("-cert").arg(place.path(&format!("{name}.pem")));
            command.arg("-key").arg(place.path(&format!("{name}.key")));
        }
        let null = std::process::Stdio::null;
        let mut child = command.stdin(std::process::Stdio::piped()).stdout(null()).stderr(null()).spawn().unwrap();
        let _ = child.stdin.as_mut().unwrap().write_all(format!("<13>{name}: token={SECRET}\n").as_bytes());
        drop(child.stdin.take());
        child.wait().unwrap();
    };
    client("");
    client("stranger");
    client("client");
    assert_eq!(place.lines(1), ["<13>client: token=[REDACTED]"]);
    assert_eq!(server.end(), Some(0));
}
