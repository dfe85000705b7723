//! The source `syslog`: one socket, however messages come to it.
//!
//! A peer by TCP waits while the sinks have no room. Syslog has no acknowledgement: what a peer has sent and we have not
//! read, or have not written yet when we are killed, is lost.

use std::io;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::rc::Rc;

use super::datagram;
use super::stream::{Shared, talk};
use crate::serve::fields::Fields;
use crate::serve::wire::place::{self, Place};
use crate::serve::wire::serving::{Door, Limits, serve};
use crate::serve::wire::tls::Files;
use crate::serve::{Intake, Reach, Source, SourceSpec};

/// The longest message, unless said otherwise: many times what senders are held to.
const MESSAGE: u64 = 256 << 10;
/// The longest that can be allowed: so much of a line is looked at in one piece.
const LONGEST: u64 = (1 << 20) - 1;
/// What is asked of the system for datagrams: several seconds of heavy traffic.
const RECEIVE: u64 = 64 << 20;

struct Spec {
    name: String,
    place: Place,
    files: Files,
    limits: Limits,
    receive: usize,
    mode: u32,
}

/// Reads a `[[source]]` of this kind.
pub(in crate::serve) fn source(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SourceSpec>> {
    let place = Place::read(fields, "listen", &["udp", "tcp", "tls", "unix", "unixgram"]);
    let limits = Limits::read(fields, MESSAGE, LONGEST);
    let receive = fields.whole("receive-buffer", 4096..=1 << 30).unwrap_or(RECEIVE);
    let mode = place::mode(fields);
    let files = Files::read(fields, place.as_ref(), true);
    place::guard(fields, "listen", place.as_ref());
    let place = place?;
    refuse_idle(fields, &place);
    let receive = usize::try_from(receive).unwrap_or(usize::MAX);
    Some(Box::new(Spec { name: name.to_owned(), place, files, limits, receive, mode }))
}

/// Refuses what means nothing for a place.
fn refuse_idle(fields: &mut Fields<'_>, place: &Place) {
    if matches!(place, Place::Udp(_) | Place::UnixDatagram(_)) {
        place::idle_keys(fields, &["max-connections", "message-timeout", "idle-timeout"], "connections");
    } else {
        place::idle_keys(fields, &["receive-buffer"], "udp:// and unixgram://");
    }
    if !matches!(place, Place::Tls(_)) {
        place::idle_keys(fields, &["handshake-timeout"], "tls://");
    }
    if place.path().is_none() {
        place::idle_keys(fields, &["mode"], "unix:// and unixgram://");
    }
}

impl SourceSpec for Spec {
    fn marks_only(&self) -> bool {
        true
    }

    fn check(&self, wrong: &mut Vec<String>) {
        if matches!(self.place, Place::Tls(_)) {
            wrong.extend(self.files.server().err());
        }
    }

    fn open(&self) -> io::Result<Box<dyn Source>> {
        let ear = match &self.place {
            Place::Udp(host) => Ear::Udp(place::udp(host)?),
            Place::UnixDatagram(path) => Ear::Datagrams(place::unix_datagram(path, self.mode)?),
            place => Ear::Door(Door::open(place, &self.files, self.mode)?),
        };
        match &ear {
            Ear::Udp(socket) => datagram::prepare(socket, self.receive)?,
            Ear::Datagrams(socket) => datagram::prepare(socket, self.receive)?,
            Ear::Door(_) => {}
        }
        let socket = place::Socket::at(&self.place);
        Ok(Box::new(Syslog { name: self.name.clone(), ear, limits: self.limits.clone(), _socket: socket }))
    }

    fn reach(&self) -> Reach {
        self.files.reach(&self.place)
    }
}

enum Ear {
    Udp(UdpSocket),
    Datagrams(UnixDatagram),
    Door(Door),
}

struct Syslog {
    name: String,
    ear: Ear,
    limits: Limits,
    /// Removed at the end.
    _socket: place::Socket,
}

impl Source for Syslog {
    fn run(&mut self, intake: &Intake) -> io::Result<()> {
        match &self.ear {
            Ear::Udp(socket) => datagram::run(socket, &self.name, self.limits.longest, intake),
            Ear::Datagrams(socket) => datagram::run(socket, &self.name, self.limits.longest, intake),
            Ear::Door(door) => {
                let shared = Rc::new(Shared::new(intake.clone(), self.limits.clone()));
                let name = self.name.clone();
                serve(door, &self.limits, intake, move |stream, peer, end| {
                    talk(stream, format!("{name}/{peer}"), Rc::clone(&shared), end)
                })
            }
        }
    }
}
