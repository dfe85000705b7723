//! Many connections in one thread: taken, counted, encrypted, and ended.
//!
//! The thread blocks while the sinks have no room, and with it all connections of the source: that is the back-pressure.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::os::unix::net::UnixListener;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use super::place::{self, Place};
use super::tls::Files;
use crate::serve::fields::Fields;
use crate::serve::{Halt, Intake};

/// Where connections come from.
pub(super) enum Door {
    Tcp(TcpListener),
    Tls(TcpListener, Arc<ServerConfig>),
    Unix(UnixListener),
}

impl Door {
    /// Listens at a place that takes connections.
    ///
    /// # Errors
    /// The system's, and what is wrong with a certificate.
    pub(super) fn open(place: &Place, files: &Files, mode: u32) -> io::Result<Self> {
        Ok(match place {
            Place::Tls(host) => Self::Tls(place::tcp(host)?, files.server().map_err(io::Error::other)?),
            Place::Tcp(host) | Place::Udp(host) => Self::Tcp(place::tcp(host)?),
            Place::Unix(path) | Place::UnixDatagram(path) => Self::Unix(place::unix(path, mode)?),
        })
    }
}

/// What a connection may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// How many there may be; who comes then is refused.
    pub(super) connections: usize,
    /// For a handshake.
    pub(super) handshake: Duration,
    /// For one message, from its first byte to its last.
    pub(super) message: Duration,
    /// Between two messages.
    pub(super) idle: Duration,
    /// The longest message.
    pub(super) longest: usize,
}

impl Limits {
    /// Reads the limits of a source; `longest` and what it may be at most are the protocol's.
    pub(super) fn read(fields: &mut Fields<'_>, longest: u64, most: u64) -> Self {
        let bytes = fields.whole("max-message", 64..=most).unwrap_or(longest);
        let connections = fields.whole("max-connections", 1..=100_000).unwrap_or(2000);
        Self {
            connections: usize::try_from(connections).unwrap_or(usize::MAX),
            handshake: fields.seconds("handshake-timeout", 0.1..=600.0).unwrap_or(Duration::from_secs(10)),
            message: fields.seconds("message-timeout", 0.1..=3600.0).unwrap_or(Duration::from_secs(30)),
            // Long, as senders of syslog keep a connection open and learn late that it is gone.
            idle: fields.seconds("idle-timeout", 0.1..=1e6).unwrap_or(Duration::from_secs(3600)),
            longest: usize::try_from(bytes).unwrap_or(usize::MAX),
        }
    }
}

/// A connection.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// Says when the end is asked for; all clones say the same.
#[derive(Clone)]
pub(super) struct End(watch::Receiver<bool>);

impl End {
    /// Waits for it.
    pub(super) async fn asked(&mut self) {
        // The other side is gone only when all is over.
        let _ = self.0.wait_for(|asked| *asked).await;
    }
}

/// What came first.
pub(super) enum First<A, B> {
    One(A),
    Other(B),
}

/// Waits for one of two; the first is asked first.
pub(super) async fn first<A: Future, B: Future>(one: A, other: B) -> First<A::Output, B::Output> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| {
        if let Poll::Ready(out) = one.as_mut().poll(context) {
            return Poll::Ready(First::One(out));
        }
        other.as_mut().poll(context).map(First::Other)
    })
    .await
}

/// Serves all connections of a door until the end is asked for, and until they have seen it.
///
/// # Errors
/// The system's.
pub(super) fn serve<F, T>(door: &Door, limits: &Limits, intake: &Intake, talk: F) -> io::Result<()>
where
    F: Fn(Box<dyn Stream>, String, End) -> T + 'static,
    T: Future<Output = ()> + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let (tell, told) = watch::channel(false);
    let local = LocalSet::new();
    let house = Rc::new(House { slots: Rc::new(Cell::new(limits.connections)), talk, handshake: limits.handshake });
    let taken = local.block_on(&runtime, async {
        let take = take(door, &house, intake, End(told.clone()));
        match first(halted(intake.halt()), take).await {
            First::One(result) | First::Other(result) => result,
        }
    });
    let _ = tell.send(true);
    // Whoever does not come to an end by itself is left.
    runtime.block_on(async { timeout(LAST, local).await.ok() });
    taken
}

/// How long connections have to end.
const LAST: Duration = Duration::from_secs(5);

async fn halted(halt: &Halt) -> io::Result<()> {
    // It is the end of a pipe, and hangs up.
    let ear = tokio::net::unix::pipe::Receiver::from_owned_fd(halt.as_fd().try_clone_to_owned()?)?;
    ear.readable().await
}

struct House<F> {
    slots: Rc<Cell<usize>>,
    talk: F,
    handshake: Duration,
}

/// A place for a connection, free again when it is dropped.
struct Slot(Rc<Cell<usize>>);

impl Slot {
    fn of(slots: &Rc<Cell<usize>>) -> Option<Self> {
        let left = slots.get().checked_sub(1)?;
        slots.set(left);
        Some(Self(Rc::clone(slots)))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

async fn take<F, T>(door: &Door, house: &Rc<House<F>>, intake: &Intake, end: End) -> io::Result<()>
where
    F: Fn(Box<dyn Stream>, String, End) -> T + 'static,
    T: Future<Output = ()> + 'static,
{
    let accept = accepting(door)?;
    loop {
        match accept.next().await {
            Ok((stream, peer)) => match Slot::of(&house.slots) {
                Some(slot) => welcome(stream, peer, slot, house, intake, end.clone()),
                None => intake.counts().one(&intake.counts().errors),
            },
            Err(_) => {
                // No descriptor is free, or the peer is gone already; the former passes.
                intake.counts().one(&intake.counts().errors);
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

fn welcome<F, T>(stream: Accepted, peer: String, slot: Slot, house: &Rc<House<F>>, intake: &Intake, mut end: End)
where
    F: Fn(Box<dyn Stream>, String, End) -> T + 'static,
    T: Future<Output = ()> + 'static,
{
    let (house, intake) = (Rc::clone(house), intake.clone());
    tokio::task::spawn_local(async move {
        let _slot = slot;
        let stream: Box<dyn Stream> = match stream {
            Accepted::Tcp(stream) => Box::new(stream),
            Accepted::Unix(stream) => Box::new(stream),
            Accepted::Tls(stream, acceptor) => {
                let shake = timeout(house.handshake, acceptor.accept(stream));
                match first(shake, end.asked()).await {
                    First::One(Ok(Ok(stream))) => Box::new(stream),
                    _ => return intake.counts().one(&intake.counts().errors),
                }
            }
        };
        (house.talk)(stream, peer, end).await;
    });
}

enum Accepted {
    Tcp(tokio::net::TcpStream),
    Tls(tokio::net::TcpStream, TlsAcceptor),
    Unix(tokio::net::UnixStream),
}

enum Accepting {
    Tcp(tokio::net::TcpListener, Option<TlsAcceptor>),
    Unix(tokio::net::UnixListener),
}

fn accepting(door: &Door) -> io::Result<Accepting> {
    let tcp = |listener: &TcpListener| {
        listener.set_nonblocking(true)?;
        tokio::net::TcpListener::from_std(listener.try_clone()?)
    };
    Ok(match door {
        Door::Tcp(listener) => Accepting::Tcp(tcp(listener)?, None),
        Door::Tls(listener, config) => Accepting::Tcp(tcp(listener)?, Some(TlsAcceptor::from(Arc::clone(config)))),
        Door::Unix(listener) => {
            listener.set_nonblocking(true)?;
            Accepting::Unix(tokio::net::UnixListener::from_std(listener.try_clone()?)?)
        }
    })
}

impl Accepting {
    async fn next(&self) -> io::Result<(Accepted, String)> {
        match self {
            Self::Tcp(listener, tls) => {
                let (stream, peer) = listener.accept().await?;
                // A peer that vanished without a word is found out.
                let _ = rustix::net::sockopt::set_socket_keepalive(&stream, true);
                let accepted = match tls {
                    Some(acceptor) => Accepted::Tls(stream, acceptor.clone()),
                    None => Accepted::Tcp(stream),
                };
                Ok((accepted, peer.to_string()))
            }
            Self::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Accepted::Unix(stream), "unix".to_owned()))
            }
        }
    }
}
