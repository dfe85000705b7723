//! Records of Forward as text: time, tag and the record as JSON, with tabs between, as Fluentd writes files.

use crate::record::{Head, Reader, Record, Stuck};
use crate::report::time::rfc3339;

/// Shows each entry in turn. What is no entry is left out; none comes here.
pub(in crate::serve) fn shown(tag: &[u8], entries: &[u8], show: &mut dyn FnMut(&[u8])) {
    let mut reader = Reader::new(entries);
    let mut line = Vec::new();
    while reader.at() < entries.len() {
        line.clear();
        if entry(&mut reader, tag, &mut line).is_err() {
            return;
        }
        show(&line);
    }
}

fn entry(reader: &mut Reader<'_>, tag: &[u8], line: &mut Vec<u8>) -> Result<(), Stuck> {
    reader.head()?;
    let (seconds, nanoseconds) = match reader.head()? {
        Head::Array(_) => {
            let head = reader.head()?;
            let time = time(reader, head)?;
            reader.skip()?;
            time
        }
        head => time(reader, head)?,
    };
    let moment = rfc3339(seconds);
    line.extend_from_slice(moment.trim_end_matches('Z').as_bytes());
    line.extend_from_slice(format!(".{nanoseconds:09}Z\t").as_bytes());
    line.extend_from_slice(tag);
    line.push(b'\t');
    let mut record = Record::default();
    reader.value(&mut record, 0)?;
    line.extend_from_slice(record.json());
    Ok(())
}

/// Seconds since 1970, and nanoseconds.
fn time(reader: &mut Reader<'_>, head: Head) -> Result<(i64, u32), Stuck> {
    Ok(match head {
        Head::Unsigned(n) => (i64::try_from(n).unwrap_or(i64::MAX).min(LATEST), 0),
        Head::Signed(n) => (n.clamp(-LATEST, LATEST), 0),
        Head::Extension(len) => {
            let bytes = reader.take(len)?;
            let number = |at: usize| bytes.iter().skip(at).take(4).fold(0, |n: u32, byte| n << 8 | u32::from(*byte));
            (number(1).into(), number(5) % 1_000_000_000)
        }
        Head::Double(n) => ((n as i64).clamp(-LATEST, LATEST), 0),
        Head::Single(n) => ((n as i64).clamp(-LATEST, LATEST), 0),
        _ => return Err(Stuck::Foreign("an entry has no time")),
    })
}

/// The end of the year 9999.
const LATEST: i64 = 253_402_300_799;
