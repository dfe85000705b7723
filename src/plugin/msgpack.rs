//! MessagePack on both sides, as Fluentd's `exec_filter` has it with `@type msgpack`: one record in, one record out.

use super::Broken;
use super::lines::{LONGEST, Lines};
use crate::Redactor;
use crate::record::{Reader, Record, Stuck};
use crate::sink::{Framed, Sink};

/// Passes records on until the end.
///
/// # Errors
/// [`Broken`]: also where the text ends inside of a record.
pub(crate) fn records(redactor: &Redactor, lines: &mut Lines, sink: &mut Sink) -> Result<(), Broken> {
    let mut out = Framed::default();
    loop {
        out.clear();
        loop {
            let mut record = Record::default();
            let mut bytes = Reader::new(lines.pending());
            match bytes.value(&mut record, 0) {
                Ok(()) => {
                    let len = bytes.at();
                    out.record(&record.clean(redactor, &lines.pending()[..len]));
                    lines.taken(len);
                }
                Err(Stuck::Short) => break,
                Err(Stuck::Foreign(why)) => {
                    sink.put_framed(&out)?;
                    return Err(Broken::Foreign(why));
                }
            }
        }
        sink.put_framed(&out)?;
        if lines.pending().len() > LONGEST {
            return Err(Broken::Foreign("a record is longer than 16 MiB"));
        }
        if lines.more()? == 0 {
            return if lines.pending().is_empty() {
                Ok(())
            } else {
                Err(Broken::Foreign("it ends inside of a record"))
            };
        }
    }
}
