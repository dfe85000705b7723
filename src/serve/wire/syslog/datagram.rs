//! Messages that come as datagrams, many with one call. What the system had to drop is counted.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::Ordering;
use std::time::Duration;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::socket::sockopt::{RcvBuf, RcvBufForce, RxqOvfl};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, MultiHeaders, recvmmsg, setsockopt};

use super::frame::{Piece, flush, put};
use super::outbox::Outbox;
use crate::serve::Intake;

/// How many datagrams one call brings at most.
const BATCH: usize = 128;
/// No datagram is longer.
const LONGEST: usize = 64 << 10;

/// Gives a socket a large buffer, as far as it is allowed, and has it count what did not fit.
///
/// # Errors
/// The system's.
pub(super) fn prepare(socket: &impl AsFd, bytes: usize) -> io::Result<()> {
    if setsockopt(socket, RcvBufForce, &bytes).is_err() {
        setsockopt(socket, RcvBuf, &bytes)?;
    }
    setsockopt(socket, RxqOvfl, &1)?;
    Ok(())
}

/// Reads datagrams until the end is asked for. Longer ones than `limit` are cut.
///
/// # Errors
/// The system's.
pub(super) fn run(socket: &(impl AsFd + AsRawFd), stream: &str, limit: usize, intake: &Intake) -> io::Result<()> {
    let mut outbox = Outbox::new(stream, intake);
    let mut buffer = vec![0; BATCH * LONGEST];
    let (mut lines, mut dropped) = (Vec::new(), 0);
    loop {
        let ended = intake.halt().is_asked();
        // What has come before the end is still taken.
        let got = batch(socket, &mut buffer, &mut dropped, intake)?;
        intake.looked(&buffer[..got.first().copied().unwrap_or(0)]);
        for (slot, len) in buffer.chunks_exact(LONGEST).zip(&got) {
            let message = &slot[..*len];
            if message.len() > limit {
                flush(&mut lines, &mut |piece| outbox.put(piece));
                outbox.put(Piece::Cut(&message[..limit]));
                intake.counts().one(&intake.counts().errors);
            } else {
                put(message, &mut lines, &mut |piece| outbox.put(piece));
            }
        }
        flush(&mut lines, &mut |piece| outbox.put(piece));
        if !outbox.send(intake) || got.is_empty() && ended {
            return Ok(());
        }
        if got.is_empty() {
            intake.halt().readable(Some(socket.as_fd()), Duration::from_secs(60));
        }
    }
}

/// Reads what is there, and gives the length of each datagram.
fn batch(socket: &impl AsRawFd, buffer: &mut [u8], dropped: &mut u32, intake: &Intake) -> io::Result<Vec<usize>> {
    let mut slots: Vec<[IoSliceMut<'_>; 1]> =
        buffer.chunks_exact_mut(LONGEST).map(|slot| [IoSliceMut::new(slot)]).collect();
    let mut heads = MultiHeaders::<()>::preallocate(BATCH, Some(cmsg_space!(u32)));
    let got = match recvmmsg(socket.as_raw_fd(), &mut heads, slots.iter_mut(), MsgFlags::MSG_DONTWAIT, None) {
        Ok(got) => got,
        Err(Errno::EAGAIN | Errno::EINTR) => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let (mut lens, mut lost) = (Vec::with_capacity(BATCH), *dropped);
    for message in got {
        lens.push(message.bytes);
        for control in message.cmsgs().into_iter().flatten() {
            if let ControlMessageOwned::RxqOvfl(count) = control {
                lost = count;
            }
        }
    }
    let counts = intake.counts();
    counts.read(lens.iter().sum());
    // The system counts from the socket's start, and begins again at 2^32.
    counts.drops.fetch_add(u64::from(lost.wrapping_sub(*dropped)), Ordering::Relaxed);
    *dropped = lost;
    Ok(lens)
}
