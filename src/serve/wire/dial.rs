//! A connection of ours to a sink's peer: made when it is first needed, within a time, encrypted where that is wanted.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::place::Place;

/// A connection.
pub(super) enum Wire {
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
    Unix(UnixStream),
}

/// What was kept open, unless its peer has gone meanwhile; else a new one.
///
/// # Errors
/// Those of `open`.
pub(super) fn live<T>(
    kept: Option<T>,
    gone: impl FnOnce(&mut T) -> bool,
    open: impl FnOnce() -> io::Result<T>,
) -> io::Result<T> {
    match kept.and_then(|mut kept| (!gone(&mut kept)).then_some(kept)) {
        Some(kept) => Ok(kept),
        None => open(),
    }
}

impl Wire {
    /// Connects, within `time`, which holds for every read and write then too.
    ///
    /// # Errors
    /// The system's, and those of TLS.
    pub(super) fn open(place: &Place, tls: Option<&Arc<ClientConfig>>, time: Duration) -> io::Result<Self> {
        match place {
            Place::Tcp(host) | Place::Udp(host) => tcp(host, time).map(Self::Tcp),
            Place::Tls(host) => {
                let config = tls.ok_or_else(|| io::Error::other("there is no ca"))?;
                let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
                let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
                let name = ServerName::try_from(name).map_err(io::Error::other)?;
                let client = ClientConnection::new(Arc::clone(config), name).map_err(io::Error::other)?;
                let mut stream = StreamOwned::new(client, tcp(host, time)?);
                // The handshake, so that who is not welcome learns it before anything is sent.
                while stream.conn.is_handshaking() {
                    stream.conn.complete_io(&mut stream.sock)?;
                }
                Ok(Self::Tls(Box::new(stream)))
            }
            Place::Unix(path) | Place::UnixDatagram(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(time))?;
                stream.set_write_timeout(Some(time))?;
                Ok(Self::Unix(stream))
            }
        }
    }

    /// Whether the connection broke off: not all that we wrote was read.
    pub(super) fn is_broken(&self) -> bool {
        self.state().contains(PollFlags::ERR)
    }

    fn state(&self) -> PollFlags {
        let mut all = [PollFd::from_borrowed_fd(self.as_fd(), PollFlags::IN | PollFlags::RDHUP)];
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        match poll(&mut all, Some(&now)) {
            Ok(n) if n > 0 => all[0].revents(),
            _ => PollFlags::empty(),
        }
    }

    /// Whether the peer has ended the connection, as far as we know: a write would go nowhere.
    pub(super) fn is_gone(&mut self) -> bool {
        let flags = self.state();
        if flags.is_empty() {
            return false;
        }
        if flags.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::RDHUP) {
            return true;
        }
        // A syslog peer says nothing; by TLS, tickets come.
        match self {
            Self::Tls(stream) => {
                let read = stream.conn.read_tls(&mut stream.sock);
                !matches!(read, Ok(n) if n > 0)
                    || stream.conn.process_new_packets().map_or(true, |state| state.peer_has_closed())
            }
            Self::Tcp(_) | Self::Unix(_) => false,
        }
    }
}

fn tcp(host: &str, time: Duration) -> io::Result<TcpStream> {
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in host.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, time) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(time))?;
                stream.set_write_timeout(Some(time))?;
                return Ok(stream);
            }
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(stream) => stream.as_fd(),
            Self::Tls(stream) => stream.sock.as_fd(),
            Self::Unix(stream) => stream.as_fd(),
        }
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
        .map_err(slow)
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
        .map_err(slow)
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
            Self::Unix(stream) => stream.flush(),
        }
        .map_err(slow)
    }
}

/// What the system says of a time that is over, in words that say it.
fn slow(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock => io::Error::new(io::ErrorKind::TimedOut, "the peer let the time pass"),
        _ => error,
    }
}
