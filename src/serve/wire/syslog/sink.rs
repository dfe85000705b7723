//! The sink `syslog`: messages as they came, in the peer's framing.
//!
//! A message that came by syslog keeps its header. Other lines get one: facility `user`, severity `notice`, the time at
//! which they pass. Syslog has no acknowledgement, so what a peer has taken from us and then lost is lost.

use std::io::{self, Write};
use std::net::{ToSocketAddrs, UdpSocket};
use std::os::unix::net::UnixDatagram;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::ClientConfig;

use super::header::priority;
use crate::report::time::rfc3339;
use crate::serve::fields::Fields;
use crate::serve::wire::dial::{Wire, live};
use crate::serve::wire::place::{Place, idle_keys};
use crate::serve::wire::text::{as_line, each_message};
use crate::serve::wire::tls::Files;
use crate::serve::{Event, Reach, Sink, SinkSpec, Taken, machine};

struct Spec {
    place: Place,
    files: Files,
    framing: Framing,
    timeout: Duration,
}

/// How a stream is cut into messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Framing {
    /// A message keeps its newlines.
    Counted,
    /// A newline in a message becomes `#012`.
    Newlines,
}

/// Reads a `[[sink]]` of this kind.
pub(in crate::serve) fn sink(fields: &mut Fields<'_>, _name: &str) -> Option<Box<dyn SinkSpec>> {
    let place = Place::read(fields, "to", &["udp", "tcp", "tls", "unix", "unixgram"]);
    let framing = fields.word("framing", &[("octet-counting", Framing::Counted), ("newline", Framing::Newlines)]);
    let timeout = fields.seconds("timeout", 0.1..=3600.0).unwrap_or(Duration::from_secs(30));
    let files = Files::read(fields, place.as_ref(), false);
    let place = place?;
    if matches!(place, Place::Udp(_) | Place::UnixDatagram(_)) {
        idle_keys(fields, &["framing"], "connections");
    }
    Some(Box::new(Spec { place, files, framing: framing.unwrap_or(Framing::Counted), timeout }))
}

impl SinkSpec for Spec {
    fn check(&self, wrong: &mut Vec<String>) {
        wrong.extend(self.files.client().err());
    }

    fn open(&self) -> io::Result<Box<dyn Sink>> {
        let tls = self.files.client().map_err(io::Error::other)?;
        let host = machine::name();
        Ok(Box::new(Syslog {
            place: self.place.clone(),
            tls,
            framing: self.framing,
            timeout: self.timeout,
            host,
            mouth: None,
            frames: Vec::new(),
        }))
    }

    fn reach(&self) -> Reach {
        self.files.reach(&self.place)
    }
}

struct Syslog {
    place: Place,
    tls: Option<Arc<ClientConfig>>,
    framing: Framing,
    timeout: Duration,
    host: Vec<u8>,
    mouth: Option<Mouth>,
    frames: Vec<u8>,
}

enum Mouth {
    Stream(Wire),
    Udp(UdpSocket),
    Datagrams(UnixDatagram),
}

impl Mouth {
    fn is_gone(&mut self) -> bool {
        match self {
            Self::Stream(wire) => wire.is_gone(),
            Self::Udp(_) | Self::Datagrams(_) => false,
        }
    }

    fn is_broken(&self) -> bool {
        matches!(self, Self::Stream(wire) if wire.is_broken())
    }
}

/// So much is written at once, unless one event has more.
const WRITE: usize = 256 << 10;
/// What fits into a datagram.
const LONGEST: usize = 65_000;

impl Sink for Syslog {
    fn put(&mut self, events: &[Event], taken: &mut Taken<'_>) -> io::Result<()> {
        // It is kept only where all went well: the peer must not take the rest of a frame for the start of one.
        let kept = self.mouth.take();
        if kept.as_ref().is_some_and(Mouth::is_broken) {
            // Nothing else would tell of it: the next connection is as good as this one was.
            return Err(io::Error::new(
                io::ErrorKind::ConnectionReset,
                "the connection broke off; what the peer had not read is lost",
            ));
        }
        let mut mouth = live(kept, Mouth::is_gone, || self.open())?;
        let header = self.header();
        for (n, event) in events.iter().enumerate() {
            if let Mouth::Stream(wire) = &mut mouth {
                self.framed(event, &header);
                if self.frames.len() >= WRITE || n + 1 == events.len() {
                    wire.write_all(&self.frames)?;
                    wire.flush()?;
                    self.frames.clear();
                    taken.up_to(n + 1);
                }
            } else {
                datagrams(&mouth, event, &header)?;
                taken.up_to(n + 1);
            }
        }
        self.mouth = Some(mouth);
        Ok(())
    }
}

impl Syslog {
    fn open(&mut self) -> io::Result<Mouth> {
        self.frames.clear();
        match &self.place {
            Place::Udp(host) => {
                let address = host.to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
                let socket = UdpSocket::bind(if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" })?;
                socket.connect(address)?;
                socket.set_write_timeout(Some(self.timeout))?;
                Ok(Mouth::Udp(socket))
            }
            Place::UnixDatagram(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                socket.set_write_timeout(Some(self.timeout))?;
                Ok(Mouth::Datagrams(socket))
            }
            place => Wire::open(place, self.tls.as_ref(), self.timeout).map(Mouth::Stream),
        }
    }

    /// The header of a line that has none.
    fn header(&self) -> Vec<u8> {
        let time = rfc3339(i64::try_from(machine::now().as_secs()).unwrap_or_default());
        [b"<13>1 ", time.as_bytes(), b" ", &self.host, b" inkout - - - "].concat()
    }

    fn framed(&mut self, event: &Event, header: &[u8]) {
        let (framing, frames) = (self.framing, &mut self.frames);
        each_message(&event.body, &mut |message| {
            // None is no message, and a count of nothing no frame.
            if message.is_empty() {
                return;
            }
            let header = if priority(message) > 0 { &b""[..] } else { header };
            match framing {
                Framing::Counted => {
                    put_number(header.len() + message.len(), frames);
                    frames.push(b' ');
                    frames.extend_from_slice(header);
                    frames.extend_from_slice(message);
                }
                Framing::Newlines => {
                    frames.extend_from_slice(header);
                    as_line(message, frames);
                    frames.push(b'\n');
                }
            }
        });
    }
}

fn datagrams(mouth: &Mouth, event: &Event, header: &[u8]) -> io::Result<()> {
    let mut result = Ok(());
    let mut all = Vec::new();
    each_message(&event.body, &mut |message| {
        if message.is_empty() || result.is_err() {
            return;
        }
        all.clear();
        if priority(message) == 0 {
            all.extend_from_slice(header);
        }
        all.extend_from_slice(message);
        all.truncate(LONGEST);
        result = match mouth {
            Mouth::Udp(socket) => socket.send(&all).map(drop),
            Mouth::Datagrams(socket) => socket.send(&all).map(drop),
            Mouth::Stream(_) => Ok(()),
        };
    });
    result
}

fn put_number(number: usize, out: &mut Vec<u8>) {
    let (mut digits, mut at, mut rest) = ([0; 20], 20, number);
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::{Ack, Body};

    fn frames(framing: Framing, body: Body) -> String {
        let place = Place::Tcp("127.0.0.1:1".to_owned());
        let timeout = Duration::from_secs(1);
        let mut sink =
            Syslog { place, tls: None, framing, timeout, host: b"h".to_vec(), mouth: None, frames: Vec::new() };
        let event = Event::new("s".into(), body, Ack::none());
        sink.framed(&event, b"<13>1 T h - ");
        String::from_utf8(sink.frames).unwrap()
    }

    #[test]
    fn messages_are_framed() {
        let lines = || Body::Lines(b"<1>abc\n\nplain\n".to_vec());
        let several = || Body::Syslog(vec![b"<1>a\nb".to_vec()]);
        assert_eq!(frames(Framing::Counted, lines()), "6 <1>abc17 <13>1 T h - plain");
        assert_eq!(frames(Framing::Newlines, lines()), "<1>abc\n<13>1 T h - plain\n");
        assert_eq!(frames(Framing::Counted, several()), "6 <1>a\nb");
        assert_eq!(frames(Framing::Newlines, several()), "<1>a#012b\n");
    }

    #[test]
    fn numbers_are_put() {
        for number in [0, 9, 10, 1234, usize::MAX] {
            let mut out = Vec::new();
            put_number(number, &mut out);
            assert_eq!(out, number.to_string().as_bytes());
        }
    }
}
