//! What a stored file is, by its content and never by its name, and its text where it is packed: gz, zst, bz2, xz, lz4.
//!
//! A packed file is read through all of its members to its verified end; one that is torn, damaged or followed by
//! anything else is an error and never a shorter text. What comes out is bounded by a ratio, and memory by the limits
//! below, whatever the file declares. [`Packing`] is what its head tells of how it was made, so that
//! [`crate::sink::Packer`] can make one like it. It knows no rules.

use std::fs::File;
use std::io::{self, BufReader, ErrorKind, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use liblzma::read::XzDecoder;
use lz4_flex::frame::FrameDecoder;

mod head;

pub(crate) use head::{Kind, Packing};

/// The packed formats that are read and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// bzip2.
    Bzip2,
    /// The .xz file format.
    Xz,
    /// The LZ4 frame format.
    Lz4,
}

/// What is wrong with a packed file. It is the inner error of the [`io::Error`] that reading gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Flaw {
    /// The last member has no end.
    #[error("ends in the middle of its packed data; it is torn or still being written")]
    Torn,
    /// A header, the data or a checksum is wrong, or something follows the last member.
    #[error("its packed data is damaged, or something else follows it")]
    Damaged,
    /// It unpacks to more than the ratio allows.
    #[error("unpacks to more than {0} times its size; if it is no bomb, allow more with --max-ratio")]
    Bomb(u64),
    /// A tar archive of which it cannot be said where its members end.
    #[error("a head in the archive is wrong or says too little, or something else follows the archive's end")]
    Odd,
    /// It asks for more memory than is given.
    #[error("needs more memory to be unpacked than the limit")]
    Large,
}

impl Flaw {
    /// The flaw behind an error that reading gave.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        error.get_ref()?.downcast_ref().copied()
    }
}

/// The unpacked text of a stored file, all members one after another.
pub(crate) struct Unpacked {
    text: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
    given: u64,
    ratio: u64,
}

impl Unpacked {
    /// The text of `file` from its beginning. It may be at most `ratio` times as long as what it is unpacked from.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn new(file: Arc<File>, format: Format, ratio: u64) -> io::Result<Self> {
        let taken = Arc::new(AtomicU64::new(0));
        let raw = BufReader::with_capacity(RAW, Counted { file, at: 0, taken: Arc::clone(&taken) });
        let text: Box<dyn Read + Send> = match format {
            Format::Gzip => Box::new(MultiGzDecoder::new(raw)),
            Format::Bzip2 => Box::new(MultiBzDecoder::new(raw)),
            Format::Lz4 => Box::new(Frames { frames: FrameDecoder::new(raw), begun: false }),
            Format::Zstd => {
                let mut frames = zstd::stream::read::Decoder::with_buffer(raw)?;
                frames.window_log_max(ZSTD_WINDOW)?;
                Box::new(frames)
            }
            Format::Xz => {
                let stream = liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, liblzma::stream::CONCATENATED)?;
                Box::new(XzDecoder::new_stream(raw, stream))
            }
        };
        Ok(Self { text, taken, given: 0, ratio })
    }

    /// How many bytes of the file were read.
    pub(super) fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.text.read(buffer).map_err(flaw)?;
        self.given += got as u64;
        let most = self.taken().saturating_mul(self.ratio).max(INNOCENT);
        if self.given > most {
            return Err(io::Error::other(Flaw::Bomb(self.ratio)));
        }
        Ok(got)
    }
}

/// How much of a packed file is read at once.
const RAW: usize = 128 << 10;
/// No text of this length is a bomb, however small it was.
const INNOCENT: u64 = 64 << 20;
/// The base-2 logarithm of the largest window a zst file may ask for: what `zstd -19` asks for is 8 MiB.
const ZSTD_WINDOW: u32 = 25;
/// What an xz file may ask for, in bytes; `xz -8` asks for half.
const XZ_MEMORY: u64 = 70 << 20;

/// A file read by place, so that whoever else has it open is not moved; and how much of it was.
struct Counted {
    file: Arc<File>,
    at: u64,
    taken: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        super::seam()?;
        let got = loop {
            match self.file.read_at(buffer, self.at) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.at += got as u64;
        self.taken.store(self.at, Ordering::Relaxed);
        Ok(got)
    }
}

/// The frames of an lz4 file: its decoder says "end" after each, and needs to be asked again. It says so as well where
/// a frame is cut off in its head or between its blocks.
struct Frames {
    frames: FrameDecoder<BufReader<Counted>>,
    /// Some of a frame was given out, and its end not reached.
    begun: bool,
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        /// The mark of the end, and a head before it.
        const END: u64 = 4;
        const EMPTY: u64 = 7 + END;
        loop {
            let before = self.frames.get_ref().position();
            let got = self.frames.read(buffer)?;
            if got > 0 || buffer.is_empty() {
                self.begun |= got > 0;
                return Ok(got);
            }
            match self.frames.get_ref().position() - before {
                0 if !self.begun => return Ok(0),
                taken if taken < if self.begun { END } else { EMPTY } => return Err(ErrorKind::UnexpectedEof.into()),
                _ => self.begun = false,
            }
        }
    }
}

trait Position {
    fn position(&self) -> u64;
}

impl Position for BufReader<Counted> {
    /// How many bytes were taken out of it.
    fn position(&self) -> u64 {
        self.get_ref().at - self.buffer().len() as u64
    }
}

/// A decoder's error by what it means. The system's own errors stay.
fn flaw(error: io::Error) -> io::Error {
    if error.raw_os_error().is_some() || Flaw::of(&error).is_some() {
        return error;
    }
    let said = error.to_string();
    let flaw = match error.kind() {
        ErrorKind::UnexpectedEof => Flaw::Torn,
        ErrorKind::OutOfMemory => Flaw::Large,
        _ if said.contains("incomplete frame") || said.contains("decompression not finished") => Flaw::Torn,
        _ if said.contains("too much memory") || said.contains("emory limit") => Flaw::Large,
        _ => Flaw::Damaged,
    };
    io::Error::other(flaw)
}

#[cfg(test)]
mod tests;
