//! Where a peer is, as the configuration says it: `tcp://127.0.0.1:514`, `tls://…`, `udp://…`, `unix:///run/log.sock`,
//! `unixgram:///dev/log`.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener, ToSocketAddrs, UdpSocket};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use crate::serve::fields::Fields;

/// A place on the network, or a socket with a file name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Udp(String),
    Tcp(String),
    Tls(String),
    Unix(PathBuf),
    UnixDatagram(PathBuf),
}

impl Place {
    /// Reads the key of a table; one of `kinds`, which are named without `://`. Mistakes are noted.
    pub(super) fn read(fields: &mut Fields<'_>, key: &'static str, kinds: &[&str]) -> Option<Self> {
        let text = fields.needed(key);
        if text.is_empty() {
            return None;
        }
        let found = text.split_once("://").filter(|(kind, _)| kinds.contains(kind)).and_then(|(kind, rest)| {
            let path = || Some(PathBuf::from(rest)).filter(|path| path.is_absolute());
            let host = || Some(rest.to_owned()).filter(|host| is_host(host));
            match kind {
                "udp" => host().map(Self::Udp),
                "tcp" => host().map(Self::Tcp),
                "tls" => host().map(Self::Tls),
                "unix" => path().map(Self::Unix),
                _ => path().map(Self::UnixDatagram),
            }
        });
        if found.is_none() {
            let forms: Vec<String> = kinds.iter().map(|kind| form(kind)).collect();
            fields.refuse(key, &format!("{text:?} is not of the form {}", forms.join(" or ")));
        }
        found
    }

    /// Whether whoever is not on this machine could reach a listener here, unencrypted.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Udp(host) | Self::Tcp(host) => !is_loopback(host),
            Self::Tls(_) | Self::Unix(_) | Self::UnixDatagram(_) => false,
        }
    }

    /// The file name of a socket, if it has one.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::Unix(path) | Self::UnixDatagram(path) => Some(path),
            _ => None,
        }
    }
}

fn form(kind: &str) -> String {
    if kind.starts_with("unix") { format!("{kind}:///PATH") } else { format!("{kind}://HOST:PORT") }
}

fn is_host(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

/// Whether all that a name stands for is this machine.
fn is_loopback(host: &str) -> bool {
    let Ok(mut all) = host.to_socket_addrs() else { return false };
    all.all(|address| address.ip().is_loopback())
}

/// Refuses a listener that the network could reach, unless that was asked for. Reads `insecure-listen`.
pub(super) fn guard(fields: &mut Fields<'_>, key: &'static str, place: Option<&Place>) {
    let allowed = fields.bool("insecure-listen").unwrap_or(false);
    if place.is_some_and(Place::is_open) && !allowed {
        fields.refuse(
            key,
            "whoever reaches this address can read along and write; use 127.0.0.1 or tls://, or set insecure-listen = true",
        );
    }
}

/// Refuses keys that would do nothing here, and says what they are for.
pub(super) fn idle_keys(fields: &mut Fields<'_>, keys: &[&str], what_for: &str) {
    for key in keys {
        if fields.has(key) {
            fields.refuse(key, &format!("it is for {what_for} alone"));
        }
    }
}

/// Listens for datagrams.
pub(super) fn udp(host: &str) -> io::Result<UdpSocket> {
    UdpSocket::bind(&addresses(host)?[..])
}

/// Listens for connections.
pub(super) fn tcp(host: &str) -> io::Result<TcpListener> {
    TcpListener::bind(&addresses(host)?[..])
}

fn addresses(host: &str) -> io::Result<Vec<SocketAddr>> {
    Ok(host.to_socket_addrs()?.collect())
}

/// Listens for connections at a file name.
pub(super) fn unix(path: &Path, mode: u32) -> io::Result<UnixListener> {
    make_room(path, || UnixStream::connect(path).is_ok())?;
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(listener)
}

/// Listens for datagrams at a file name.
pub(super) fn unix_datagram(path: &Path, mode: u32) -> io::Result<UnixDatagram> {
    make_room(path, || UnixDatagram::unbound().is_ok_and(|socket| socket.connect(path).is_ok()))?;
    let socket = UnixDatagram::bind(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    Ok(socket)
}

/// The file name of a listener, if it has one; it is removed when this is dropped.
pub(super) struct Socket(Option<PathBuf>);

impl Socket {
    /// Of a listener at `place`.
    pub(super) fn at(place: &Place) -> Self {
        Self(place.path().map(ToOwned::to_owned))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            // Whoever else has removed it did no harm.
            let _ = fs::remove_file(path);
        }
    }
}

/// Removes a socket that nobody listens at any more, as one is left by a program that was killed.
fn make_room(path: &Path, is_used: impl Fn() -> bool) -> io::Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() && !is_used() => fs::remove_file(path),
        Ok(_) => Err(io::Error::new(io::ErrorKind::AddrInUse, "the name is taken")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads `mode`: who may write to a socket with a file name. Nobody else, unless said otherwise.
pub(super) fn mode(fields: &mut Fields<'_>) -> u32 {
    let Some(text) = fields.text("mode") else { return 0o600 };
    match u32::from_str_radix(&text, 8) {
        Ok(mode) if mode <= 0o777 => mode,
        _ => {
            fields.refuse("mode", "it is up to three octal digits, such as \"0660\"");
            0o600
        }
    }
}
