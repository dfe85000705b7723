//! What takes longer than a test may, or wants a release build and a quiet machine: run it by hand, as CONTRIBUTING.md
//! says. The kills come with a few rounds every day, and with more where INKOUT_ROUNDS says so.

use std::fs;
use std::io::{IoSlice, Read, Seek, SeekFrom, Write};
use std::net::{TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::sys::socket::{MsgFlags, MultiHeaders, sendmmsg};

use crate::ledger::{Figures, line, lines, number};
use crate::peers::{Kind, Peer};
use crate::real::{needed, rsyslog};
use crate::{Place, SECRET, address, file_tables, free_port, reachable, wait_until};

fn rounds() -> usize {
    std::env::var("INKOUT_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3)
}

/// Numbers from a seed, for how long a round lasts.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// The lines of the file sink: each number at least once, in order but for what was sent again.
fn highest(text: &str) -> Option<usize> {
    let mut next = 0;
    for line in text.lines() {
        let n = number(line).unwrap_or_else(|| panic!("altered: {line:?}"));
        assert!(n <= next, "{next} is missing before {n}");
        next = next.max(n + 1);
    }
    next.checked_sub(1)
}

#[test]
fn a_killed_server_alters_and_leaks_nothing_and_goes_on() {
    let (place, address) = (Place::new(), address());
    let tables = file_tables("syslog", &format!("tcp://{address}"), "");
    let (mut random, mut next) = (Random(7), 0);
    for round in 0..rounds() {
        let mut server = place.serve("file", &tables);
        reachable(&format!("tcp://{address}"));
        let mut socket = TcpStream::connect(&address).unwrap();
        let kill = Instant::now() + Duration::from_millis(20 + random.below(200));
        // Syslog has no acknowledgement: a sender that wants to lose nothing looks at what arrived.
        let mut n = next;
        while Instant::now() < kill {
            if socket.write_all(lines(n..n + 50).as_bytes()).is_err() {
                break;
            }
            n += 50;
        }
        server.0.kill().unwrap();
        server.0.wait().unwrap();
        let text = place.out();
        assert!(!text.contains(SECRET), "round {round}");
        // A line that was torn is completed or cut off at the next start, so it is looked at then.
        let whole = &text[..text.rfind('\n').map_or(0, |at| at + 1)];
        next = highest(whole).map_or(0, |n| n + 1);
    }
    let server = place.to_file("syslog", &format!("tcp://{address}"), "");
    crate::send(&address, line(next).as_bytes());
    wait_until("the last line", || place.out().contains(&format!("n={next} ")) && place.out().ends_with('\n'));
    assert_eq!(server.end(), Some(0));
    println!("{} rounds, {} lines", rounds(), highest(&place.out()).unwrap() + 1);
}

#[test]
fn a_killed_server_between_files_and_forward_loses_nothing() {
    let (place, peer) = (Place::new(), Peer::new(Kind::Forward));
    let tables = format!(
        "[[source]]\nname = \"in\"\ntype = \"files\"\npaths = [\"app.log\"]\npoll = 0.02\n\
         [[sink]]\nname = \"on\"\ntype = \"forward\"\nto = \"tcp://{}\"\n",
        peer.address
    );
    let mut log = fs::File::create(place.path("app.log")).unwrap();
    let (mut random, mut n) = (Random(11), 0);
    let mut write = |count: usize| {
        log.write_all(lines(n..n + count).as_bytes()).unwrap();
        n += count;
        n
    };
    for _ in 0..rounds() {
        let mut server = place.serve("middle", &tables);
        let kill = Instant::now() + Duration::from_millis(50 + random.below(250));
        while Instant::now() < kill {
            write(20);
            std::thread::sleep(Duration::from_millis(2));
        }
        server.0.kill().unwrap();
        server.0.wait().unwrap();
    }
    let server = place.serve("middle", &tables);
    let all = write(1);
    peer.wait_for(all - 1);
    let figures = peer.figures(all);
    println!("{} rounds, {all} lines: {figures:?}", rounds());
    assert_eq!(Figures { doubled: 0, back: 0, ..figures }, Figures::default());
    assert_eq!(server.end(), Some(0));
}

/// The most memory that a process had, in KiB.
fn peak(process: u32) -> usize {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let high = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    high.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[ignore = "campaign: a line of a gigabyte, from a file and by TCP"]
fn a_line_of_a_gigabyte_takes_bounded_memory_from_a_file_and_by_tcp() {
    let (place, address) = (Place::new(), address());
    let sink = "[[sink]]\nname = \"out\"\ntype = \"file\"\npath = \"out\"\n";
    let listen = format!("tcp://{address}");
    let sources = [
        "type = \"files\"\npaths = [\"app.log\"]\npoll = 0.02".to_owned(),
        format!("type = \"syslog\"\nlisten = \"{listen}\""),
    ];
    let end = format!("token={SECRET}\n{}", line(0));
    for (name, source) in ["files", "tcp"].into_iter().zip(sources) {
        let server = place.serve(name, &format!("[[source]]\nname = \"in\"\n{source}\n{sink}"));
        let write = |out: &mut dyn Write| {
            let block = vec![b'.'; 1 << 20];
            (0..1024).for_each(|_| out.write_all(&block).unwrap());
            out.write_all(end.as_bytes()).unwrap();
        };
        if name == "files" {
            write(&mut fs::File::create(place.path("app.log")).unwrap());
        } else {
            reachable(&listen);
            let mut socket = TcpStream::connect(&address).unwrap();
            socket.write_all(b"<13>app: ").unwrap();
            write(&mut socket);
        }
        let id = server.0.id();
        let last = || {
            let mut file = fs::File::open(place.path("out")).unwrap();
            let from = file.metadata().unwrap().len().saturating_sub(300);
            file.seek(SeekFrom::Start(from)).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            text
        };
        wait_until(name, || last().ends_with("<13>app: n=0 token=[REDACTED] end\n"));
        let peak = peak(id);
        assert_eq!(server.end(), Some(0), "{name}");
        println!("{name}: {peak} KiB");
        assert!(!last().contains(SECRET), "{name}: {}", last());
        fs::remove_file(place.path("out")).unwrap();
        assert!(peak <= 64 << 10, "{name}: {peak} KiB");
    }
}

/// Messages as servers write them, one in fifty with a secret; and how long they are in all once that is gone.
fn messages(count: usize, redacted: bool) -> (Vec<u8>, usize) {
    let (mut all, mut clean) = (Vec::new(), 0);
    for n in 0..count {
        let token = if n % 50 == 0 { format!(" token={SECRET}") } else { String::new() };
        let line = format!(
            "<134>Nov 25 01:02:03 web-1 nginx[4711]: 10.1.2.3 - - \"GET /v1/orders/{n:08}?page=2 HTTP/1.1\" 200 5316 0.017{token}\n"
        );
        clean += if redacted { line.replace(SECRET, "[REDACTED]").len() } else { line.len() };
        all.extend(line.as_bytes());
    }
    (all, clean)
}

/// Messages a second from the first byte sent to the last byte in the file.
fn rate(place: &Place, address: &str, redacted: bool) -> f64 {
    const COUNT: usize = 100_000;
    const TIMES: usize = 30;
    let (block, clean) = messages(COUNT, redacted);
    let out = place.path("out");
    let begun = Instant::now();
    let mut socket = TcpStream::connect(address).unwrap();
    (0..TIMES).for_each(|_| socket.write_all(&block).unwrap());
    drop(socket);
    wait_until("all is written", || fs::metadata(&out).is_ok_and(|file| file.len() >= (clean * TIMES) as u64));
    let rate = (COUNT * TIMES) as f64 / begun.elapsed().as_secs_f64();
    fs::remove_file(&out).unwrap();
    rate
}

#[test]
#[ignore = "campaign: wants a release build and a quiet machine"]
fn a_million_messages_a_second_by_tcp() {
    let (place, address) = (Place::new(), address());
    let server = place.to_file("syslog", &format!("tcp://{address}"), "");
    let ours = rate(&place, &address, true);
    println!("inkout, redacting: {ours:.0} messages/s");
    assert_eq!(server.end(), Some(0));
    let Some(program) = needed("rsyslogd") else { return };
    let port = free_port();
    let text = format!(
        "module(load=\"imtcp\")\ninput(type=\"imtcp\" port=\"{port}\" address=\"127.0.0.1\" ruleset=\"r\")\n\
         template(name=\"t\" type=\"string\" string=\"%rawmsg%\\n\")\n\
         ruleset(name=\"r\" queue.type=\"FixedArray\" queue.size=\"250000\" queue.dequeueBatchSize=\"4096\") \
         {{ action(type=\"omfile\" file=\"{}\" template=\"t\" ioBufferSize=\"256k\") }}\n",
        place.path("out").display()
    );
    let _rsyslog = rsyslog(&place, &program, "peer", &text);
    reachable(&format!("tcp://127.0.0.1:{port}"));
    let theirs = rate(&place, &format!("127.0.0.1:{port}"), false);
    println!("rsyslog, as it comes: {theirs:.0} messages/s");
    assert!(ours >= theirs * 0.8);
}

#[test]
#[ignore = "campaign: wants a release build and a quiet machine"]
fn three_hundred_thousand_datagrams_a_second() {
    const SECONDS: usize = 5;
    let (place, address) = (Place::new(), address());
    let server = place.to_file("syslog", &format!("udp://{address}"), "");
    let (block, _) = messages(1000, true);
    let lines: Vec<&[u8]> = block.split(|b| *b == b'\n').filter(|line| !line.is_empty()).collect();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(&address).unwrap();
    let begun = Instant::now();
    let mut sent = 0;
    while begun.elapsed() < Duration::from_secs(SECONDS as u64) {
        // As many as are due by now, many with one call.
        let due = (begun.elapsed().as_secs_f64() * 300_000.0) as usize;
        while sent < due {
            let batch: Vec<[IoSlice<'_>; 1]> =
                (sent..due.min(sent + 64)).map(|n| [IoSlice::new(lines[n % lines.len()])]).collect();
            let mut heads = MultiHeaders::<()>::preallocate(batch.len(), None);
            let to = vec![None; batch.len()];
            sent += sendmmsg(socket.as_raw_fd(), &mut heads, &batch, &to, [], MsgFlags::empty()).unwrap().count();
        }
    }
    let took = begun.elapsed().as_secs_f64();
    let came = || fs::read(place.path("out")).unwrap_or_default().iter().filter(|b| **b == b'\n').count();
    let mut before = usize::MAX;
    while came() != before {
        before = came();
        std::thread::sleep(Duration::from_millis(500));
    }
    println!("{:.0} datagrams/s sent, {sent} in all, {} lost", sent as f64 / took, sent - before);
    assert_eq!(server.end(), Some(0));
    assert_eq!(before, sent);
}
