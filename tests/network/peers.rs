//! Peers behind us that take lines by TCP syslog, Forward or HTTP, and misbehave when they are told to.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::ledger::{Figures, holds, number};
use crate::{SECRET, wait_until};

/// What it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Syslog,
    Forward,
    Http,
}

/// What it does with who comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// It ends its connections as one does who restarts, and listens no more.
    Refuses,
    /// It takes connections and never reads; when that is over they are lost.
    Blackhole,
    /// It reads nothing for a while, and then goes on.
    Stalls,
    /// It takes what comes, and says nothing.
    Mute,
    /// It ends each connection in the middle of a message.
    Resets,
    /// It answers this, by HTTP, and keeps nothing.
    Answers(u16),
}

/// The peer; it ends with the test.
pub(crate) struct Peer {
    pub(crate) address: String,
    shared: Arc<Shared>,
}

struct Shared {
    kind: Kind,
    mood: Mutex<Mood>,
    /// What it was given, a line each, by connection.
    lines: Mutex<Vec<Vec<String>>>,
    stop: AtomicBool,
}

impl Peer {
    pub(crate) fn new(kind: Kind) -> Self {
        Self::at(kind, &crate::address(), Mood::Well)
    }

    pub(crate) fn at(kind: Kind, address: &str, mood: Mood) -> Self {
        let (mood, lines) = (Mutex::new(mood), Mutex::default());
        let shared = Arc::new(Shared { kind, mood, lines, stop: AtomicBool::new(false) });
        let (ours, place) = (Arc::clone(&shared), address.to_owned());
        std::thread::spawn(move || listen(&place, &ours));
        Self { address: address.to_owned(), shared }
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.shared.mood.lock().unwrap() = mood;
    }

    /// Waits for the line of this number.
    #[track_caller]
    pub(crate) fn wait_for(&self, n: usize) {
        let is = |line: &String| number(line) == Some(n);
        let last = |lines: &Vec<String>| lines.iter().rev().take(100).any(is);
        wait_until(&format!("line {n}"), || self.shared.lines.lock().unwrap().iter().any(last));
    }

    /// What became of so many lines.
    pub(crate) fn figures(&self, sent: usize) -> Figures {
        Figures::of(sent, self.shared.lines.lock().unwrap().iter().flatten().map(String::as_str))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    /// What it is to do; nothing else once the test is over.
    fn mood(&self) -> Mood {
        if self.stop.load(Ordering::Relaxed) { Mood::Refuses } else { *self.mood.lock().unwrap() }
    }

    /// A connection has come; its number.
    fn begin(&self) -> usize {
        let mut lines = self.lines.lock().unwrap();
        lines.push(Vec::new());
        lines.len() - 1
    }

    fn take(&self, connection: usize, lines: impl IntoIterator<Item = String>) {
        self.lines.lock().unwrap()[connection].extend(lines);
    }
}

/// Between two looks at something.
const LOOK: Duration = Duration::from_millis(2);

fn listen(address: &str, shared: &Arc<Shared>) {
    let mut listener = None;
    while !shared.stop.load(Ordering::Relaxed) {
        if shared.mood() == Mood::Refuses {
            listener = None;
        } else if listener.is_none() {
            listener = TcpListener::bind(address).ok();
        }
        let accepted = listener.as_ref().map(|listener: &TcpListener| {
            // What is on the way to who does not read is little.
            rustix::net::sockopt::set_socket_recv_buffer_size(listener, 64 << 10).unwrap();
            listener.set_nonblocking(true).unwrap();
            listener.accept()
        });
        let Some(Ok((socket, _))) = accepted else {
            std::thread::sleep(LOOK);
            continue;
        };
        socket.set_nonblocking(false).unwrap();
        socket.set_read_timeout(Some(LOOK)).unwrap();
        let (shared, connection) = (Arc::clone(shared), shared.begin());
        std::thread::spawn(move || talk(socket, connection, &shared));
    }
}

/// One connection.
fn talk(mut socket: TcpStream, connection: usize, shared: &Shared) {
    let (mut buffer, mut more, mut lost, mut since) = (Vec::new(), vec![0; 64 << 10], false, None::<Instant>);
    loop {
        let mood = shared.mood();
        match mood {
            Mood::Blackhole => lost = true,
            _ if lost => return,
            Mood::Refuses => {
                // Whoever restarts says so, and reads what is under way still.
                let _ = socket.shutdown(Shutdown::Write);
                if since.get_or_insert_with(Instant::now).elapsed() > Duration::from_millis(300) {
                    return;
                }
            }
            Mood::Mute => lost = shared.kind != Kind::Syslog,
            _ => {}
        }
        if lost && mood == Mood::Blackhole || mood == Mood::Stalls {
            std::thread::sleep(LOOK);
            continue;
        }
        let most = if mood == Mood::Resets { 1 + buffer.len() % 3000 } else { more.len() };
        match socket.read(&mut more[..most]) {
            Ok(0) => return,
            Ok(new) => buffer.extend(&more[..new]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
            Err(_) => return,
        }
        if !answer(&mut socket, &mut buffer, mood, |lines| shared.take(connection, lines), shared.kind) {
            return;
        }
        if mood == Mood::Resets && !buffer.is_empty() {
            // The peer is told by a reset, not by an end.
            rustix::net::sockopt::set_socket_linger(&socket, Some(Duration::ZERO)).unwrap();
            return;
        }
    }
}

/// Takes what is whole of what came. Says whether the connection goes on.
fn answer(
    socket: &mut TcpStream,
    buffer: &mut Vec<u8>,
    mood: Mood,
    mut take: impl FnMut(Vec<String>),
    kind: Kind,
) -> bool {
    while let Some((len, mut lines, name)) = whole(kind, buffer) {
        // What the lines do not hold, such as heads, must not hold it either.
        lines.extend(holds(&buffer[..len], SECRET).then(|| SECRET.to_owned()));
        buffer.drain(..len);
        let status = if let Mood::Answers(status) = mood { status } else { 204 };
        if status == 204 {
            take(lines);
        }
        let said = match kind {
            _ if mood == Mood::Mute => continue,
            Kind::Syslog => continue,
            Kind::Forward => socket.write_all(&[&b"\x81\xa3ack\xd9\x20"[..], &name].concat()),
            Kind::Http if status == 204 => socket.write_all(b"HTTP/1.1 204 No Content\r\n\r\n"),
            Kind::Http => write!(socket, "HTTP/1.1 {status} No\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n"),
        };
        if said.is_err() {
            return false;
        }
    }
    true
}

/// The first message: how long it is, the lines in it, and the name of its chunk.
fn whole(kind: Kind, bytes: &[u8]) -> Option<(usize, Vec<String>, Vec<u8>)> {
    match kind {
        Kind::Syslog => frame(bytes),
        Kind::Forward => packed(bytes),
        Kind::Http => request(bytes),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn frame(bytes: &[u8]) -> Option<(usize, Vec<String>, Vec<u8>)> {
    if !bytes.first()?.is_ascii_digit() {
        let end = memchr::memchr(b'\n', bytes)?;
        return Some((end + 1, vec![text(&bytes[..end])], Vec::new()));
    }
    let blank = memchr::memchr(b' ', bytes)?;
    let len: usize = text(&bytes[..blank]).parse().unwrap();
    let message = bytes.get(blank + 1..blank + 1 + len)?;
    Some((blank + 1 + len, vec![text(message)], Vec::new()))
}

fn packed(bytes: &[u8]) -> Option<(usize, Vec<String>, Vec<u8>)> {
    // It ends behind `size`, which stands behind the 32 digits of the chunk.
    let at = memchr::memmem::find(bytes, b"\xa5chunk\xd9\x20")?;
    let len = match bytes.get(at + 45)? {
        0xcc => 2,
        0xcd => 3,
        0xce => 5,
        _ => 1,
    };
    let end = Some(at + 45 + len).filter(|end| *end <= bytes.len())?;
    let mut rest = &bytes[memchr::memmem::find(bytes, b"\x92\xd7\x00").unwrap()..at - 1];
    let mut lines = Vec::new();
    while !rest.is_empty() {
        // Time, and one text of up to 255 bytes.
        let entry = rest.strip_prefix(b"\x92\xd7\x00").unwrap()[8..].strip_prefix(b"\x81\xa7message").unwrap();
        let (len, behind) = if entry[0] == 0xd9 { (entry[1], &entry[2..]) } else { (entry[0] & 31, &entry[1..]) };
        let (line, behind) = behind.split_at(len.into());
        lines.push(text(line));
        rest = behind;
    }
    Some((end, lines, bytes[at + 8..at + 40].to_vec()))
}

fn request(bytes: &[u8]) -> Option<(usize, Vec<String>, Vec<u8>)> {
    let head = memchr::memmem::find(bytes, b"\r\n\r\n")? + 4;
    let lower = text(&bytes[..head]).to_ascii_lowercase();
    let len: usize = lower.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap();
    let body = bytes.get(head..head + len)?;
    let line = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["message"].as_str().unwrap().to_owned()
    };
    Some((head + len, text(body).lines().map(line).collect(), Vec::new()))
}
