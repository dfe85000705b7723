//! What was read in one go, on its way to the sinks: blocks of lines, and messages that are no line.

use std::sync::Arc;

use super::clean::Cleaner;
use super::frame::Piece;
use crate::serve::{Ack, Body, Event, Intake};

/// Cleans what one sender says, and hands it on.
pub(super) struct Outbox {
    stream: Arc<str>,
    cleaner: Cleaner,
    bodies: Vec<Body>,
}

impl Outbox {
    /// For the events of a stream.
    pub(super) fn new(stream: &str, intake: &Intake) -> Self {
        Self { stream: stream.into(), cleaner: Cleaner::new(intake.redactor()), bodies: Vec::new() }
    }

    /// Takes a piece, in order.
    pub(super) fn put(&mut self, piece: Piece<'_>) {
        match (piece, self.bodies.last_mut()) {
            (Piece::Lines(_), Some(Body::Lines(lines))) => self.cleaner.clean(piece, lines),
            (Piece::Lines(_), _) => {
                let mut lines = Vec::new();
                self.cleaner.clean(piece, &mut lines);
                self.bodies.push(Body::Lines(lines));
            }
            (_, last) => {
                let mut message = Vec::new();
                self.cleaner.clean(piece, &mut message);
                match last {
                    Some(Body::Syslog(all)) => all.push(message),
                    _ => self.bodies.push(Body::Syslog(vec![message])),
                }
            }
        }
    }

    /// Hands everything on; says no when nobody takes it any more.
    #[must_use]
    pub(super) fn send(&mut self, intake: &Intake) -> bool {
        let (redactor, hits) = self.cleaner.said();
        intake.counts().hit(redactor, hits);
        self.cleaner.renew(intake.redactor());
        let event = |body| Event::new(Arc::clone(&self.stream), body, Ack::none());
        self.bodies.drain(..).all(|body| intake.send(event(body)))
    }
}
