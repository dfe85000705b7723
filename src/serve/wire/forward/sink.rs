//! The sink `forward`: to Fluent Bit, Fluentd or another inkout, each event done with once the peer acknowledges it.
//!
//! An event's chunk is named by what it holds, so what has to be sent again has the name it had.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sha2::{Digest, Sha256};
use tokio_rustls::rustls::ClientConfig;

use super::words::{SharedKey, acked, hex, is_welcome, ping, put};
use crate::record::{Stuck, Walk};
use crate::serve::fields::Fields;
use crate::serve::wire::dial::{Wire, live};
use crate::serve::wire::place::Place;
use crate::serve::wire::text::each_message;
use crate::serve::wire::tls::Files;
use crate::serve::{Body, Event, Reach, Sink, SinkSpec, Unfit};

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

/// So much may wait for the peer's word at once.
const WINDOW: usize = 4 << 20;
/// No word of a peer is longer.
const WORD: usize = 64 << 10;

impl Sink for Forward {
    fn put(&mut self, events: &[Event]) -> Result<(), Unfit> {
        let mut taken = 0;
        self.events(events, &mut taken).map_err(|error| Unfit { taken, error })
    }
}

impl Forward {
    fn events(&mut self, events: &[Event], taken: &mut usize) -> io::Result<()> {
        // It is kept only where all went well.
        let kept = self.peer.take();
        let mut peer = live(kept, |peer| peer.wire.is_gone(), || Peer::open(self))?;
        while *taken < events.len() {
            let (mut words, mut chunks) = (Vec::new(), Vec::new());
            for event in &events[*taken..] {
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
                *taken += 1;
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
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    out.extend_from_slice(b"\x92\xd7\x00");
    out.extend_from_slice(&u32::try_from(now.as_secs()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(&now.subsec_nanos().to_be_bytes());
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
        let mut salt = [0; 16];
        rustix::rand::getrandom(&mut salt[..], rustix::rand::GetRandomFlags::empty())?;
        let host = rustix::system::uname().nodename().to_bytes().to_vec();
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

fn foreign(stuck: Stuck) -> io::Error {
    let why = match stuck {
        Stuck::Short => "the server's word ends inside of a value",
        Stuck::Foreign(why) => why,
    };
    io::Error::new(io::ErrorKind::InvalidData, why)
}
