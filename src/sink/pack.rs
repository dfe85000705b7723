//! Packs text as it is written, in the format and like the level of a file that was read.

use std::io::{self, Write};

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;
use liblzma::write::XzEncoder;
use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};

use crate::source::{Format, Packing};

/// A writer that packs. Call [`finish`](Self::finish) at the end; without it the packed data has none.
pub(crate) enum Packer<W: Write> {
    Gzip(GzEncoder<W>),
    Zstd(Box<zstd::stream::write::Encoder<'static, W>>),
    Bzip2(BzEncoder<W>),
    Xz(XzEncoder<W>),
    Lz4(Box<FrameEncoder<W>>),
}

impl<W: Write> Packer<W> {
    /// Packs into `writer`, one member.
    ///
    /// # Errors
    /// The library's, which may be out of memory.
    pub(crate) fn new(writer: W, packing: &Packing) -> io::Result<Self> {
        let level = packing.level;
        Ok(match packing.format {
            Format::Gzip => {
                let builder = flate2::GzBuilder::new().mtime(packing.time).operating_system(UNIX);
                let builder = packing.name.iter().fold(builder, |builder, name| builder.filename(name.clone()));
                Self::Gzip(builder.write(writer, flate2::Compression::new(level.unsigned_abs().min(9))))
            }
            Format::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(writer, level)?;
                encoder.include_checksum(packing.checksum)?;
                Self::Zstd(Box::new(encoder))
            }
            Format::Bzip2 => {
                Self::Bzip2(BzEncoder::new(writer, bzip2::Compression::new(level.unsigned_abs().clamp(1, 9))))
            }
            Format::Xz => Self::Xz(XzEncoder::new(writer, level.unsigned_abs().min(6))),
            Format::Lz4 => {
                let size = match level {
                    4 => BlockSize::Max64KB,
                    5 => BlockSize::Max256KB,
                    6 => BlockSize::Max1MB,
                    _ => BlockSize::Max4MB,
                };
                let info = FrameInfo::new().block_size(size).content_checksum(packing.checksum);
                Self::Lz4(Box::new(FrameEncoder::with_frame_info(info, writer)))
            }
        })
    }

    /// Writes the end of the packed data and gives the writer back.
    ///
    /// # Errors
    /// The writer's.
    pub(crate) fn finish(self) -> io::Result<W> {
        match self {
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
            Self::Bzip2(encoder) => encoder.finish(),
            Self::Xz(encoder) => encoder.finish(),
            Self::Lz4(encoder) => encoder.finish().map_err(io::Error::other),
        }
    }

    /// Where the packed bytes go.
    pub(super) fn writer(&self) -> &W {
        match self {
            Self::Gzip(encoder) => encoder.get_ref(),
            Self::Zstd(encoder) => encoder.get_ref(),
            Self::Bzip2(encoder) => encoder.get_ref(),
            Self::Xz(encoder) => encoder.get_ref(),
            Self::Lz4(encoder) => encoder.get_ref(),
        }
    }

    fn inner(&mut self) -> &mut dyn Write {
        match self {
            Self::Gzip(encoder) => encoder,
            Self::Zstd(encoder) => encoder,
            Self::Bzip2(encoder) => encoder,
            Self::Xz(encoder) => encoder,
            Self::Lz4(encoder) => encoder,
        }
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.inner().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner().flush()
    }
}

/// RFC 1952, the header's byte for the system.
const UNIX: u8 = 3;
