//! The sink `forward`: to Fluent Bit, Fluentd or another inkout, each event done with once the peer acknowledges it.
//!
//! An event's chunk is named by what it holds, so what has to be sent again has the name it had.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio_rustls::rustls::ClientConfig;

use super::message::begin;
use super::words::{SharedKey, acked, foreign, hex, is_welcome, ping};
use crate::record::{Stuck, Walk, put};
use crate::serve::fields::Fields;
use crate::serve::wire::dial::{Wire, live};
use crate::serve::wire::place::Place;
use crate::serve::wire::text::each_message;
use crate::serve::wire::tls::Files;
use crate::serve::{Body, Event, Reach, Sink, SinkSpec, Taken, machine};

struct Spec {
    place: Place,
    files: Files,
    timeout: Duration,
    tag: String,
    key: Option<SharedKey>,
}

/// Reads a `[[sink]]` of this kind.
pub(in crate::serve) fn sink(fields: &mut Fields<'_>, _name: &str) -> Option<Box<dyn SinkSpec>> {
    let place = Place::read(fields, "to", &["tcp", "tls", "unix"]);
    let timeout = fields.seconds("timeout", 0.1..=3600.0).unwrap_or(Duration::from_secs(60));
    let tag = fields.text("tag").unwrap_or_else(|| "inkout".to_owned());
    if tag.is_empty() || tag.chars().any(char::is_control) {
        fields.refuse("tag", "a tag has a character and no control character");
    }
    let key = SharedKey::read(fields);
    let files = Files::read(fields, place.as_ref(), false);
    Some(Box::new(Spec { place: place?, files, timeout, tag, key }))
}

impl SinkSpec for Spec {
    fn check(&self, wrong: &mut Vec<String>) {
        wrong.extend(self.files.client().err());
    }

    fn open(&self) -> io::Result<Box<dyn Sink>> {
        let tls = self.files.client().map_err(io::Error::other)?;
        let (place, key, tag) = (self.place.clone(), self.key.clone(), self.tag.clone().into_bytes());
        Ok(Box::new(Forward { place, tls, timeout: self.timeout, tag, key, peer: None }))
    }

    fn reach(&self) -> Reach {
        self.files.reach(&self.place)
    }
}

struct Forward {
    place: Place,
    tls: Option<Arc<ClientConfig>>,
    timeout: Duration,
    tag: Vec<u8>,
    key: Option<SharedKey>,
    peer: Option<Peer>,
}

/// So much may wait for the peer's word at once: enough to keep a line busy, and no more, as it is sent again after a kill.
const WINDOW: usize = 1 << 20;
/// No word of a peer is longer.
const WORD: usize = 64 << 10;

impl Sink for Forward {
    fn put(&mut self, events: &[Event], taken: &mut Taken<'_>) -> io::Result<()> {
        // It is kept only where all went well.
        let kept = self.peer.take();
        let mut peer = live(kept, |peer| peer.wire.is_gone(), || Peer::open(self))?;
        while taken.count() < events.len() {
            let (mut words, mut chunks) = (Vec::new(), Vec::new());
            for event in &events[taken.count()..] {
                chunks.push(message(event, &self.tag, &mut words));
                if words.len() >= WINDOW {
                    break;
                }
            }
            peer.wire.write_all(&words)?;
            peer.wire.flush()?;
            for chunk in chunks {
                let word = peer.word()?;
                if acked(&word).map_err(foreign)? != &chunk[..] {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "the server acknowledges another chunk"));
                }
                taken.up_to(taken.count() + 1);
            }
        }
        self.peer = Some(peer);
        Ok(())
    }
}

/// Puts an event behind `out` as a packed message and gives the name of its chunk.
fn message(event: &Event, tag: &[u8], out: &mut Vec<u8>) -> Vec<u8> {
    let packed;
    let (tag, entries, count) = match &event.body {
        Body::Forward { tag, entries, count } => (&tag[..], &entries[..], *count),
        other => {
            let mut count = 0;
            let mut all = Vec::new();
            each_message(other, &mut |text| {
                entry(text, &mut all);
                count += 1;
            });
            packed = all;
            (tag, &packed[..], count)
        }
    };
    let hash = Sha256::new().chain_update(event.stream.as_bytes()).chain_update(entries).finalize();
    let chunk: Vec<u8> = hash[..16].iter().flat_map(|byte| [hex(byte >> 4), hex(byte & 15)]).collect();
    out.push(0x93);
    put(tag, false, out);
    put(entries, true, out);
    out.extend_from_slice(b"\x82\xa5chunk");
    put(&chunk, false, out);
    out.extend_from_slice(b"\xa4size");
    drop(rmp::encode::write_uint(out, count as u64));
    chunk
}

/// A line as a record: the time at which it passes, and `message`.
fn entry(text: &[u8], out: &mut Vec<u8>) {
    begin(machine::now(), out);
    out.extend_from_slice(b"\x81\xa7message");
    put(text, false, out);
}

struct Peer {
    wire: Wire,
    buffer: Vec<u8>,
}

impl Peer {
    fn open(sink: &Forward) -> io::Result<Self> {
        let wire = Wire::open(&sink.place, sink.tls.as_ref(), sink.timeout)?;
        let mut peer = Self { wire, buffer: Vec::new() };
        if let Some(key) = &sink.key {
            peer.shake(key)?;
        }
        Ok(peer)
    }

    fn shake(&mut self, key: &SharedKey) -> io::Result<()> {
        let (salt, host) = (machine::random::<16>()?, machine::name());
        let (say, nonce) = ping(&self.word()?, key, &salt, &host).map_err(foreign)?;
        self.wire.write_all(&say)?;
        self.wire.flush()?;
        if is_welcome(&self.word()?, key, &salt, &nonce).map_err(foreign)? {
            Ok(())
        } else {
            Err(io::Error::new(io::ErrorKind::PermissionDenied, "the shared key is not that of the server"))
        }
    }

    /// The next word of the peer.
    fn word(&mut self) -> io::Result<Vec<u8>> {
        let mut walk = Walk::new();
        loop {
            match walk.on(&self.buffer, WORD) {
                Ok(len) => return Ok(self.buffer.drain(..len).collect()),
                Err(Stuck::Short) => {}
                Err(stuck) => return Err(foreign(stuck)),
            }
            let mut more = [0; 4096];
            match self.wire.read(&mut more)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                new => self.buffer.extend_from_slice(&more[..new]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::sync::mpsc::{Receiver, channel};

    use super::*;
    use crate::serve::wire::forward::words::ack;
    use crate::serve::{Ack, Counts};

    /// Reads two chunks, and acknowledges the second once the first is told.
    fn peer(mut socket: TcpStream, told: &Receiver<usize>) -> usize {
        let (mut all, mut chunks) = (Vec::new(), Vec::new());
        let (mut walk, mut more) = (Walk::new(), [0; 4096]);
        while chunks.len() < 2 {
            let got = socket.read(&mut more).unwrap();
            assert!(got > 0);
            all.extend_from_slice(&more[..got]);
            while let Ok(len) = walk.on(&all, 1 << 20) {
                let at = all.windows(8).position(|w| w == b"\xa5chunk\xd9\x20").unwrap() + 8;
                chunks.push(all[at..at + 32].to_vec());
                all.drain(..len);
                walk = Walk::new();
            }
        }
        socket.write_all(&ack(&chunks[0])).unwrap();
        let first = told.recv_timeout(Duration::from_secs(20)).unwrap();
        socket.write_all(&ack(&chunks[1])).unwrap();
        first
    }

    #[test]
    fn each_acknowledgement_is_told_as_it_comes() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = Place::Tcp(listener.local_addr().unwrap().to_string());
        let (tell, told) = channel();
        let theirs = std::thread::spawn(move || peer(listener.accept().unwrap().0, &told));
        let events: Vec<Event> = (0..2)
            .map(|n| {
                let tell = tell.clone();
                // The peer hears the first, and may be gone by the second.
                let ack = Ack::new(move || tell.send(n).unwrap_or_default());
                Event::new("s".into(), Body::Lines(format!("line {n}\n").into_bytes()), ack)
            })
            .collect();
        let timeout = Duration::from_secs(30);
        let mut sink = Forward { place, tls: None, timeout, tag: b"t".to_vec(), key: None, peer: None };
        let counts = Counts::default();
        sink.put(&events, &mut Taken::of(&events, &counts)).unwrap();
        assert_eq!(theirs.join().unwrap(), 0);
    }
}
