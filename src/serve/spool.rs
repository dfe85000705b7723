//! Events on disk while a sink takes none: bounded, in order, clean bytes only, for their owner alone.
//!
//! A segment is a file of records: `IKR1`, the length, the CRC-32 of what follows, the event. An event counts as taken when
//! its record is on the disk. What is damaged is told, counted and skipped up to the next record that is whole, so a spool
//! never keeps the service from going on. Where reading stands is noted after each batch; after a crash the last batch may
//! be sent again.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use memchr::memmem;

use super::{Ack, Body, Event, log, store};

const MAGIC: &[u8; 4] = b"IKR1";
/// Magic, length, checksum.
const HEAD: usize = 12;
/// The largest segment: one is held in memory to be read.
const SEGMENT: u64 = 4 << 20;
/// What is given out at once, in bytes.
const BATCH: usize = 1 << 20;

/// Where it is and how large it may grow.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// For messages.
    pub(super) name: String,
    pub(super) folder: PathBuf,
    /// In bytes.
    pub(super) most: u64,
}

/// The spool of a sink.
pub(super) struct Spool {
    limits: Limits,
    /// The segment that is written, with its number and length.
    tail: Option<(u64, File, u64)>,
    /// Where reading stands: segment and place.
    at: (u64, usize),
    /// The next segment's number.
    next: u64,
    used: u64,
    /// The segment that is read.
    head: Option<(u64, Vec<u8>)>,
    position: File,
    /// Records that were damaged.
    pub(super) damaged: u64,
}

impl Spool {
    /// What is there from before, if anything.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(limits: Limits) -> io::Result<Self> {
        store::folder(&limits.folder)?;
        let path = limits.folder.join("position");
        let position = store::open(&path, OpenOptions::new().read(true).write(true).create(true).truncate(false))?;
        let mut spool = Self { limits, tail: None, at: (0, 0), next: 1, used: 0, head: None, position, damaged: 0 };
        let segments = spool.segments()?;
        spool.used = segments.iter().map(|(_, len)| len).sum();
        let noted = spool.noted()?;
        let last = segments.last().map_or(0, |(n, _)| *n);
        // A number is given once: what is written from here on stands behind the place of reading.
        spool.next = noted.map_or(0, |(n, _)| n).max(last + 1);
        spool.at = match (segments.first(), noted) {
            (None, _) => (spool.next, 0),
            (Some((first, _)), Some(noted)) if (*first..=last).contains(&noted.0) => noted,
            // Where reading stood is not known: all of it again, rather than less.
            (Some((first, _)), _) => (*first, 0),
        };
        Ok(spool)
    }

    /// Whether nothing waits in it.
    pub(super) fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Bytes on the disk.
    pub(super) fn used(&self) -> u64 {
        self.used
    }

    /// Puts an event at the end; false where there is no room for it. It is safe after [`sync`](Self::sync).
    ///
    /// # Errors
    /// The system's; then nothing of the event is there.
    pub(super) fn push(&mut self, event: &Event) -> io::Result<bool> {
        let record = record(event);
        let len = record.len() as u64;
        if self.used > 0 && self.used + len > self.limits.most {
            return Ok(false);
        }
        if self.tail.as_ref().is_none_or(|(.., used)| used + len > self.segment()) {
            self.sync()?;
            let path = self.path(self.next);
            let file = store::open(&path, OpenOptions::new().append(true).create_new(true))?;
            let number = self.next;
            self.next += 1;
            File::open(&self.limits.folder)?.sync_all()?;
            self.tail = Some((number, file, 0));
        }
        let Some((_, file, used)) = &mut self.tail else { return Ok(false) };
        if let Err(error) = file.write_all(&record) {
            let _ = file.set_len(*used);
            return Err(error);
        }
        *used += len;
        self.used += len;
        Ok(true)
    }

    /// What was pushed is on the disk when this returns.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.tail.as_ref().map_or(Ok(()), |(_, file, _)| file.sync_data())
    }

    /// The next events, and where reading stands behind each.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn peek(&mut self) -> io::Result<Vec<(Event, Place)>> {
        let (mut found, mut size, mut at) = (Vec::new(), 0, self.at);
        while size < BATCH && self.used > 0 {
            let Some(bytes) = self.load(at.0)? else {
                if found.is_empty() && self.at != at {
                    at = self.at;
                    continue;
                }
                break;
            };
            match next(bytes, at.1) {
                Next::Event(event, end) => {
                    size += event.body.len();
                    at.1 = end;
                    found.push((event, Place(at)));
                }
                Next::Damaged(end) => {
                    self.lose(&format!("{} bytes are damaged and left out", end - at.1));
                    at.1 = end;
                    match found.last_mut() {
                        Some((_, place)) => *place = Place(at),
                        None => self.at = at,
                    }
                }
                Next::End if found.is_empty() => {
                    self.remove(at.0)?;
                    at = self.at;
                }
                Next::End => break,
            }
        }
        Ok(found)
    }

    /// Everything before a place was taken.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn advance(&mut self, place: Place) -> io::Result<()> {
        self.at = place.0;
        self.note()?;
        let over = self.head.as_ref().is_some_and(|(n, bytes)| *n == self.at.0 && bytes.len() <= self.at.1);
        if over { self.remove(self.at.0) } else { Ok(()) }
    }

    /// The bytes of a segment; the one that is written is closed first. `None` where it is not to be had; then
    /// [`at`](Self::at) is where reading goes on, if anywhere.
    fn load(&mut self, number: u64) -> io::Result<Option<&[u8]>> {
        if self.head.as_ref().is_none_or(|(n, _)| *n != number) {
            let segments = self.segments()?;
            let first = segments.iter().map(|(n, _)| *n).find(|n| *n >= number);
            // The one that is written is closed before it is read; and if it has no name any more nobody would read it.
            let closed = |n: u64| n == number || !segments.iter().any(|(m, _)| *m == n);
            self.tail.take_if(|(n, ..)| closed(*n));
            if first != Some(number) {
                self.lose("a segment is gone");
                return self.skip(first.unwrap_or(self.next));
            }
            let mut bytes = Vec::new();
            match store::open(&self.path(number), OpenOptions::new().read(true)) {
                Ok(mut file) => drop(file.read_to_end(&mut bytes)?),
                Err(error) if is_foreign(&error) => {
                    store::set_aside(&self.path(number))?;
                    self.lose("a segment is no file of ours; it is set aside");
                    return self.skip(number + 1);
                }
                Err(error) => return Err(error),
            }
            self.head = Some((number, bytes));
        }
        Ok(self.head.as_ref().map(|(_, bytes)| bytes.as_slice()))
    }

    /// Goes on with this segment, or with the first one behind it.
    fn skip<T>(&mut self, number: u64) -> io::Result<Option<T>> {
        self.at = (number, 0);
        self.used = self.segments()?.iter().filter(|(n, _)| *n >= number).map(|(_, len)| len).sum();
        Ok(None)
    }

    /// Something that was kept cannot come.
    fn lose(&mut self, what: &str) {
        self.damaged += 1;
        log::warn(&self.limits.name, &format!("spool: {what}"));
    }

    /// Removes the segment that was read, whose number this is.
    fn remove(&mut self, number: u64) -> io::Result<()> {
        match fs::remove_file(self.path(number)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let len = self.head.take().map_or(0, |(_, bytes)| bytes.len() as u64);
        self.used = self.used.saturating_sub(len);
        self.at = (number + 1, 0);
        self.note()
    }

    fn segments(&self) -> io::Result<Vec<(u64, u64)>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.limits.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".seg")).and_then(|n| n.parse().ok());
            if let Some(number) = number {
                found.push((number, entry.metadata()?.len()));
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    fn segment(&self) -> u64 {
        (self.limits.most / 8).clamp(64 << 10, SEGMENT)
    }

    fn path(&self, number: u64) -> PathBuf {
        self.limits.folder.join(format!("{number:012}.seg"))
    }

    fn note(&self) -> io::Result<()> {
        let text = format!("{:020} {:020}", self.at.0, self.at.1);
        let sum = crc32fast::hash(text.as_bytes());
        self.position.write_all_at(format!("{text} {sum:08x}\n").as_bytes(), 0)
    }

    /// What was noted last, unless it is damaged.
    fn noted(&self) -> io::Result<Option<(u64, usize)>> {
        let mut text = [0; 50];
        let got = self.position.read_at(&mut text, 0)?;
        let text = std::str::from_utf8(&text[..got]).unwrap_or_default();
        Ok(text.rsplit_once(' ').and_then(|(both, sum)| {
            let sum = u32::from_str_radix(sum, 16).ok()?;
            (sum == crc32fast::hash(both.as_bytes())).then_some(())?;
            let (segment, place) = both.split_once(' ')?;
            Some((segment.parse().ok()?, place.parse().ok()?))
        }))
    }
}

/// Where reading stands.
#[derive(Clone, Copy)]
pub(super) struct Place((u64, usize));

enum Next {
    Event(Event, usize),
    /// Nothing can be read up to here.
    Damaged(usize),
    End,
}

/// Whether what has a segment's name is none, such as a link.
fn is_foreign(error: &io::Error) -> bool {
    error.kind() == ErrorKind::InvalidInput || error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

/// The record at a place of a segment.
fn next(bytes: &[u8], at: usize) -> Next {
    let rest = bytes.get(at..).unwrap_or_default();
    if rest.is_empty() {
        return Next::End;
    }
    if let Some((event, len)) = whole(rest) {
        return Next::Event(event, at + len);
    }
    let later = memmem::find_iter(&rest[1..], MAGIC).map(|n| n + 1).find(|n| whole(&rest[*n..]).is_some());
    Next::Damaged(at + later.unwrap_or(rest.len()))
}

/// The event of a record that is whole, and the record's length.
fn whole(bytes: &[u8]) -> Option<(Event, usize)> {
    let payload = bytes.strip_prefix(MAGIC)?;
    let mut reader = Reader(payload);
    let (len, sum) = (reader.number()?, reader.number()?);
    let payload = reader.bytes(len)?;
    (crc32fast::hash(payload) as usize == sum).then_some(())?;
    Some((event(payload)?, HEAD + len))
}

fn record(event: &Event) -> Vec<u8> {
    let mut out = [&MAGIC[..], &[0; 8]].concat();
    put(&mut out, event.stream.as_bytes());
    match &event.body {
        Body::Lines(text) => {
            out.push(0);
            out.extend_from_slice(text);
        }
        Body::Syslog(messages) => {
            out.push(1);
            messages.iter().for_each(|message| put(&mut out, message));
        }
        Body::Forward { tag, entries, count } => {
            out.push(2);
            put(&mut out, tag);
            out.extend((*count as u32).to_le_bytes());
            out.extend_from_slice(entries);
        }
    }
    let (len, sum) = ((out.len() - HEAD) as u32, crc32fast::hash(&out[HEAD..]));
    out[4..8].copy_from_slice(&len.to_le_bytes());
    out[8..12].copy_from_slice(&sum.to_le_bytes());
    out
}

fn event(payload: &[u8]) -> Option<Event> {
    let mut reader = Reader(payload);
    let stream = std::str::from_utf8(reader.text()?).ok()?.into();
    let body = match reader.bytes(1)? {
        [0] => Body::Lines(reader.0.to_vec()),
        [1] => {
            let mut messages = Vec::new();
            while !reader.0.is_empty() {
                messages.push(reader.text()?.to_vec());
            }
            Body::Syslog(messages)
        }
        [2] => Body::Forward { tag: reader.text()?.to_vec(), count: reader.number()?, entries: reader.0.to_vec() },
        _ => return None,
    };
    Some(Event::new(stream, body, Ack::none()))
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_le_bytes());
    out.extend_from_slice(bytes);
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn bytes(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<usize> {
        let bytes = self.bytes(4)?.try_into().ok()?;
        usize::try_from(u32::from_le_bytes(bytes)).ok()
    }

    fn text(&mut self) -> Option<&'b [u8]> {
        let len = self.number()?;
        self.bytes(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(folder: &tempfile::TempDir, most: u64) -> Limits {
        Limits { name: "x".to_owned(), folder: folder.path().join("spool"), most }
    }

    fn lines(n: usize) -> Event {
        let body = Body::Lines(format!("line {n}\n").into_bytes());
        Event::new("s".into(), body, Ack::none())
    }

    fn drain(spool: &mut Spool) -> Vec<String> {
        let mut out = Vec::new();
        while !spool.is_empty() {
            for (event, place) in spool.peek().unwrap() {
                let mut text = Vec::new();
                event.body.append_lines(&mut text);
                out.push(String::from_utf8(text).unwrap());
                spool.advance(place).unwrap();
            }
        }
        out
    }

    #[test]
    fn events_come_back_in_order_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(limits(&folder, 1 << 20)).unwrap();
        for n in 0..10 {
            assert!(spool.push(&lines(n)).unwrap());
        }
        let first = spool.peek().unwrap();
        spool.advance(first[3].1).unwrap();
        drop(spool);
        let mut spool = Spool::open(limits(&folder, 1 << 20)).unwrap();
        spool.push(&lines(10)).unwrap();
        let want: Vec<String> = (4..=10).map(|n| format!("line {n}\n")).collect();
        assert_eq!(drain(&mut spool), want);
        assert!(spool.is_empty() && spool.segments().unwrap().is_empty());
    }

    #[test]
    fn it_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(limits(&folder, 100_000)).unwrap();
        let taken = (0..10_000).take_while(|n| spool.push(&lines(*n)).unwrap()).count();
        assert!(taken > 1000 && spool.used() <= 100_000, "{taken} {}", spool.used());
        assert_eq!(drain(&mut spool).len(), taken);
        assert!(spool.push(&lines(0)).unwrap());
    }

    #[test]
    fn all_bodies_come_back() {
        let bodies = [
            Body::Lines(b"a\xff\nb".to_vec()),
            Body::Syslog(vec![b"<1>a".to_vec(), Vec::new(), b"<2>b\n".to_vec()]),
            Body::Forward { tag: b"t".to_vec(), entries: b"\x92\x01\x80".to_vec(), count: 1 },
        ];
        for body in bodies {
            let sent = Event::new("s".into(), body, Ack::none());
            let (got, len) = whole(&record(&sent)).unwrap();
            assert!(got.body == sent.body && got.stream == sent.stream && len == record(&sent).len());
        }
    }

    #[test]
    fn a_flip_of_any_byte_costs_one_event_at_most() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(limits(&folder, 1 << 20)).unwrap();
        (0..8).for_each(|n| assert!(spool.push(&lines(n)).unwrap()));
        let path = spool.path(1);
        drop(spool);
        let good = fs::read(&path).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x41;
            fs::write(&path, &bad).unwrap();
            let mut spool = Spool::open(limits(&folder, 1 << 20)).unwrap();
            let got = drain(&mut spool);
            assert_eq!((got.len(), spool.damaged), (7, 1), "{at}");
            fs::remove_file(folder.path().join("spool/position")).unwrap();
        }
        // Torn at any place: what is whole before it comes.
        for len in 0..good.len() {
            fs::write(&path, &good[..len]).unwrap();
            let mut spool = Spool::open(limits(&folder, 1 << 20)).unwrap();
            assert_eq!(drain(&mut spool).len(), len * 8 / good.len(), "{len}");
            fs::remove_file(folder.path().join("spool/position")).unwrap();
        }
    }

    /// A spool that was used and emptied, and begun anew by the next start.
    fn emptied(folder: &tempfile::TempDir) -> Spool {
        let mut spool = Spool::open(limits(folder, 1 << 20)).unwrap();
        for n in 0..3 {
            assert!(spool.push(&lines(n)).unwrap());
            assert_eq!(drain(&mut spool).len(), 1);
        }
        drop(spool);
        Spool::open(limits(folder, 1 << 20)).unwrap()
    }

    #[test]
    fn what_comes_when_it_was_emptied_before_a_restart_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = emptied(&folder);
        for n in 0..5 {
            assert!(spool.push(&lines(n)).unwrap());
        }
        drop(spool);
        let mut spool = Spool::open(limits(&folder, 1 << 20)).unwrap();
        assert_eq!(drain(&mut spool).len(), 5);
    }

    #[test]
    fn a_damaged_position_skips_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = emptied(&folder);
        for n in 0..6 {
            assert!(spool.push(&lines(n)).unwrap());
        }
        let first = spool.peek().unwrap();
        spool.advance(first[1].1).unwrap();
        let path = folder.path().join("spool/position");
        let good = fs::read(&path).unwrap();
        let segment = spool.segments().unwrap()[0].0;
        let bytes = fs::read(spool.path(segment)).unwrap();
        for (at, bit) in (0..good.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            fs::write(&path, &bad).unwrap();
            fs::write(spool.path(segment), &bytes).unwrap();
            let mut again = Spool::open(limits(&folder, 1 << 20)).unwrap();
            let got = drain(&mut again);
            let want: Vec<String> = (0..6).map(|n| format!("line {n}\n")).collect();
            assert!(want.ends_with(&got) && got.len() >= 4 && again.damaged == 0, "{at}.{bit}: {got:?}");
        }
    }

    #[test]
    fn a_segment_that_is_gone_or_foreign_is_told_and_passed() {
        for what in ["gone", "gone while it is read", "link", "folder"] {
            let folder = tempfile::tempdir().unwrap();
            let elsewhere = folder.path().join("elsewhere");
            fs::write(&elsewhere, record(&lines(9))).unwrap();
            let mut spool = Spool::open(limits(&folder, 100_000)).unwrap();
            let before = (0..10_000).take_while(|n| spool.push(&lines(*n)).unwrap()).count();
            let path = spool.path(1);
            let read = if what.ends_with("read") { spool.peek().unwrap().len() } else { 0 };
            fs::remove_file(&path).unwrap();
            match what {
                "link" => std::os::unix::fs::symlink(&elsewhere, &path).unwrap(),
                "folder" => fs::create_dir(&path).unwrap(),
                _ => {}
            }
            let got = drain(&mut spool);
            assert!(!got.is_empty() && !got.contains(&"line 9\n".to_owned()) || read > 0, "{what}");
            assert_eq!((got.len() == before, spool.damaged), (read > 0, u64::from(read == 0)), "{what}");
            assert_eq!(fs::read(&elsewhere).unwrap(), record(&lines(9)));
            assert!(spool.push(&lines(0)).unwrap(), "{what}");
            assert_eq!(drain(&mut spool), ["line 0\n"], "{what}");
        }
    }

    #[test]
    fn what_is_written_to_a_segment_without_a_name_is_told_and_the_next_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(limits(&folder, 1 << 20)).unwrap();
        assert!(spool.push(&lines(0)).unwrap());
        fs::remove_file(spool.path(1)).unwrap();
        assert_eq!((drain(&mut spool).len(), spool.damaged), (0, 1));
        assert!(spool.push(&lines(1)).unwrap());
        assert_eq!(drain(&mut spool), ["line 1\n"]);
    }
}
