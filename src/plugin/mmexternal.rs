//! rsyslog's mmexternal: it writes a message and waits for one line of JSON with what is to change in it.
//!
//! rsyslog passes a message on unchanged whenever the answer does not come, is no JSON or is too long. So an answer
//! always fits, and with a mark in every answer the rules of rsyslog can set aside what has none. Its standard error is
//! our standard output: not a word may be said.
//!
//! The protocol: `plugins/external/INTERFACE.md` in rsyslog's source.

use super::Broken;
use super::lines::{Line, Lines};
use crate::sink::{Framed, Sink};
use crate::{Redactor, Session};

/// What is given, and changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Property {
    /// The text of the message. Setting it, rsyslog takes it into the raw message as well.
    Msg,
    /// The message as it was received.
    RawMsg,
}

/// How to answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MmExternal {
    /// What rsyslog hands out, by `interface.input`.
    pub(crate) property: Property,
    /// Whether every answer sets `$!inkout`, to the number of hits.
    pub(crate) mark: bool,
    /// The longest answer, in bytes: rsyslog's `maxMessageSize`.
    pub(crate) most: usize,
}

impl MmExternal {
    /// Answers until the end.
    ///
    /// # Errors
    /// [`Broken`].
    pub(crate) fn run(self, redactor: &Redactor, lines: &mut Lines, sink: &mut Sink) -> Result<(), Broken> {
        let mut session = Session::new(redactor);
        let mut answer = Framed::default();
        while let Some(line) = lines.next()? {
            let hits = match line {
                Line::Whole(text) => self.answer(&mut session, text, &mut answer),
                Line::TooLong => None,
            };
            if hits.is_none_or(|_| answer.bytes().len() >= self.most) {
                self.close(answer.clear().word(self.open()).word("[REDACTED: too long]"), 1);
            }
            sink.put_framed(&answer)?;
        }
        Ok(())
    }

    /// The answer to a message, and its number of hits. Each message is a line of one text: a private key may go over
    /// many of them.
    fn answer(self, session: &mut Session<'_>, text: &[u8], answer: &mut Framed) -> Option<usize> {
        answer.clear().word(self.open());
        let (mut hits, mut goes) = (0, false);
        session.whole(text, &mut |clean| {
            hits += clean.hits().len();
            goes |= (0..clean.hits().len()).any(|number| clean.dropped(number).is_some());
            answer.json(&clean);
        });
        if goes {
            // rsyslog waits for an answer to each message, and would pass on one that gets none.
            answer.clear().word(self.open()).word("[REDACTED: line dropped]");
        }
        match (hits, self.mark) {
            (0, false) => drop(answer.clear().word("{}\n")),
            (0, true) => drop(answer.clear().word("{\"$!\":{\"inkout\":0}}\n")),
            _ => self.close(answer, hits),
        }
        Some(hits)
    }

    const fn open(self) -> &'static str {
        match self.property {
            Property::Msg => "{\"msg\":\"",
            Property::RawMsg => "{\"rawmsg\":\"",
        }
    }

    fn close(self, answer: &mut Framed, hits: usize) {
        if self.mark {
            answer.word("\",\"$!\":{\"inkout\":").number(hits).word("}}\n");
        } else {
            answer.word("\"}\n");
        }
    }
}
