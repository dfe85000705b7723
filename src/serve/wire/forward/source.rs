//! The source `forward`: what Fluent Bit and Fluentd send, acknowledged once every sink has it.
//!
//! A message that cannot be read ends its connection, as what follows cannot be told apart. With a shared key, whoever
//! does not prove that he knows it is told nothing and is heard no further.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::ready;

use tokio::io::{AsyncWriteExt, ReadBuf};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, timeout, timeout_at};

use super::message::Message;
use super::words::{SharedKey, ack, foreign, helo, pong};
use crate::record::{Stuck, Walk};
use crate::serve::fields::Fields;
use crate::serve::wire::place::{self, Place};
use crate::serve::wire::serving::{Door, End, First, Limits, Stream, first, serve};
use crate::serve::wire::tls::Files;
use crate::serve::{Ack, Body, Event, Intake, Reach, Source, SourceSpec, machine};

/// The longest message, unless said otherwise: what Fluentd puts into one is 8 MiB.
const MESSAGE: u64 = 32 << 20;
const LONGEST: u64 = 256 << 20;
/// How much one read brings.
const READ: usize = 256 << 10;

struct Spec {
    name: String,
    place: Place,
    files: Files,
    limits: Limits,
    mode: u32,
    key: Option<SharedKey>,
}

/// Reads a `[[source]]` of this kind.
pub(in crate::serve) fn source(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SourceSpec>> {
    let place = Place::read(fields, "listen", &["tcp", "tls", "unix"]);
    let limits = Limits::read(fields, MESSAGE, LONGEST);
    let mode = place::mode(fields);
    let key = SharedKey::read(fields);
    let files = Files::read(fields, place.as_ref(), true);
    place::guard(fields, "listen", place.as_ref());
    let place = place?;
    if place.path().is_none() {
        place::idle_keys(fields, &["mode"], "unix://");
    }
    if key.is_none() && !matches!(place, Place::Tls(_)) {
        place::idle_keys(fields, &["handshake-timeout"], "tls:// and with shared-key-file");
    }
    Some(Box::new(Spec { name: name.to_owned(), place, files, limits, mode, key }))
}

impl SourceSpec for Spec {
    fn check(&self, wrong: &mut Vec<String>) {
        if matches!(self.place, Place::Tls(_)) {
            wrong.extend(self.files.server().err());
        }
    }

    fn open(&self) -> io::Result<Box<dyn Source>> {
        let door = Door::open(&self.place, &self.files, self.mode)?;
        let socket = place::Socket::at(&self.place);
        let (name, limits, key) = (self.name.clone(), self.limits.clone(), self.key.clone());
        Ok(Box::new(Forward { name, door, limits, key, _socket: socket }))
    }

    fn reach(&self) -> Reach {
        self.files.reach(&self.place)
    }
}

struct Forward {
    name: String,
    door: Door,
    limits: Limits,
    key: Option<SharedKey>,
    /// Removed at the end.
    _socket: place::Socket,
}

impl Source for Forward {
    fn run(&mut self, intake: &Intake) -> io::Result<()> {
        let (limits, key, shared) = (self.limits.clone(), self.key.clone(), intake.clone());
        let shared = Rc::new(Shared { intake: shared, limits, key });
        let name = self.name.clone();
        serve(&self.door, &self.limits, intake, move |stream, peer, end| {
            let (shared, name) = (Rc::clone(&shared), format!("{name}/{peer}"));
            async move {
                let mut peer = Peer::new(stream, &name);
                if peer.talk(&shared, end).await.is_err() {
                    shared.intake.counts().one(&shared.intake.counts().errors);
                }
            }
        })
    }
}

struct Shared {
    intake: Intake,
    limits: Limits,
    key: Option<SharedKey>,
}

struct Peer {
    stream: Box<dyn Stream>,
    name: Arc<str>,
    /// What is not taken yet.
    buffer: Vec<u8>,
    walk: Walk,
    safe: UnboundedSender<Vec<u8>>,
    told: UnboundedReceiver<Vec<u8>>,
    /// Chunks that are under way.
    open: usize,
}

impl Peer {
    fn new(stream: Box<dyn Stream>, name: &str) -> Self {
        let (safe, told) = unbounded_channel();
        Self { stream, name: name.into(), buffer: Vec::new(), walk: Walk::new(), safe, told, open: 0 }
    }

    async fn talk(&mut self, shared: &Shared, mut end: End) -> io::Result<()> {
        if let Some(key) = &shared.key {
            timeout(shared.limits.handshake, self.shake(key, shared)).await??;
        }
        let mut begun = Instant::now();
        loop {
            let time = if self.buffer.is_empty() { shared.limits.idle } else { shared.limits.message };
            let read = poll_fn(|context| poll_read(&mut self.stream, &mut self.buffer, context));
            let news = first(self.told.recv(), first(timeout_at(begun + time, read), end.asked())).await;
            match news {
                First::One(chunk) => self.tell(chunk, shared).await?,
                First::Other(First::One(Ok(Ok(0)))) => return Ok(()),
                First::Other(First::One(Ok(Ok(new)))) => {
                    shared.intake.came(&self.buffer[self.buffer.len() - new..]);
                    if self.messages(shared, new)? {
                        begun = Instant::now();
                    }
                }
                First::Other(First::One(Ok(Err(error)))) => return Err(error),
                First::Other(First::One(Err(late))) => {
                    // A connection on which nothing is under way may rest.
                    return if self.buffer.is_empty() { Ok(()) } else { Err(late.into()) };
                }
                First::Other(First::Other(())) => break,
            }
        }
        // What was taken is acknowledged, as long as that is waited for; the rest comes again.
        while self.open > 0 {
            let chunk = self.told.recv().await;
            self.tell(chunk, shared).await?;
        }
        Ok(())
    }

    /// The chunk is safe.
    async fn tell(&mut self, chunk: Option<Vec<u8>>, shared: &Shared) -> io::Result<()> {
        let Some(chunk) = chunk else { return Ok(()) };
        let mut words = ack(&chunk);
        self.open -= 1;
        while let Ok(chunk) = self.told.try_recv() {
            words.extend(ack(&chunk));
            self.open -= 1;
        }
        timeout(shared.limits.message, self.say(&words)).await?
    }

    async fn say(&mut self, words: &[u8]) -> io::Result<()> {
        self.stream.write_all(words).await?;
        self.stream.flush().await
    }

    async fn shake(&mut self, key: &SharedKey, shared: &Shared) -> io::Result<()> {
        let nonce = machine::random::<16>()?;
        self.say(&helo(&nonce)).await?;
        let len = loop {
            match self.walk.on(&self.buffer, 4096) {
                Ok(len) => break len,
                Err(Stuck::Short) => {}
                Err(Stuck::Foreign(why)) => return Err(io::Error::other(why)),
            }
            let new = poll_fn(|context| poll_read(&mut self.stream, &mut self.buffer, context)).await?;
            if new == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            shared.intake.came(&self.buffer[self.buffer.len() - new..]);
        };
        let (answer, right) = pong(&self.buffer[..len], key, &nonce, &machine::name()).map_err(foreign)?;
        self.buffer.drain(..len);
        self.walk = Walk::new();
        self.say(&answer).await?;
        if right { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }

    /// Hands on every message that is whole, now that so many bytes are new. Says whether there was one, or the first of
    /// one began.
    fn messages(&mut self, shared: &Shared, new: usize) -> io::Result<bool> {
        let fresh = self.buffer.len() == new;
        let mut at = 0;
        loop {
            // A heartbeat.
            if self.buffer.get(at) == Some(&0xc0) {
                (at, self.walk) = (at + 1, Walk::new());
                continue;
            }
            match self.walk.on(&self.buffer[at..], shared.limits.longest) {
                Ok(len) => {
                    let event = self.event(at, len, shared).map_err(foreign)?;
                    (at, self.walk) = (at + len, Walk::new());
                    if !shared.intake.send(event) {
                        return Err(io::ErrorKind::BrokenPipe.into());
                    }
                }
                Err(Stuck::Short) => break,
                Err(stuck) => return Err(foreign(stuck)),
            }
        }
        self.buffer.drain(..at);
        Ok(at > 0 || fresh)
    }

    fn event(&mut self, at: usize, len: usize, shared: &Shared) -> Result<Event, Stuck> {
        let message = Message::read(&self.buffer[at..at + len])?;
        let (redactor, mut said) = (shared.intake.redactor(), Vec::new());
        let batch = message.clean(&redactor, &mut said)?;
        shared.intake.counts().hit(&redactor, said.into_iter());
        let ack = match message.chunk {
            None => Ack::none(),
            Some(chunk) => {
                self.open += 1;
                let (safe, chunk) = (self.safe.clone(), chunk.to_vec());
                Ack::new(move || drop(safe.send(chunk.clone())))
            }
        };
        let body = Body::Forward { tag: batch.tag, entries: batch.entries, count: batch.count };
        Ok(Event::new(Arc::clone(&self.name), body, ack))
    }
}

fn poll_read(
    stream: &mut Box<dyn Stream>,
    buffer: &mut Vec<u8>,
    context: &mut std::task::Context<'_>,
) -> std::task::Poll<io::Result<usize>> {
    let before = buffer.len();
    buffer.resize(before + READ, 0);
    let mut room = ReadBuf::new(&mut buffer[before..]);
    let read = Pin::new(&mut **stream).poll_read(context, &mut room);
    let new = room.filled().len();
    buffer.truncate(before + new);
    ready!(read)?;
    std::task::Poll::Ready(Ok(new))
}
