//! MessagePack's heads: what a value is, and how long. Every reader of values goes by these.

use rmp::Marker;

/// Why a value cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stuck {
    /// More has to come.
    Short,
    /// It is none.
    Foreign(&'static str),
}

/// What a value is. Bytes of a text, and values in an array or a map, follow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Head {
    Null,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Single(f32),
    Double(f64),
    Text(usize),
    Binary(usize),
    Array(usize),
    /// As many pairs.
    Map(usize),
    /// As many bytes, with the one that names the type.
    Extension(usize),
}

/// The head that `bytes` begin with, and how long it is itself.
///
/// # Errors
/// [`Stuck`].
pub(crate) fn head(bytes: &[u8]) -> Result<(Head, usize), Stuck> {
    let marker = Marker::from_u8(*bytes.first().ok_or(Stuck::Short)?);
    let number = |len: usize| number(bytes, len);
    let length = |len: usize| number(len).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    Ok(match marker {
        Marker::Null => (Head::Null, 1),
        Marker::True | Marker::False => (Head::Bool(marker == Marker::True), 1),
        Marker::FixPos(n) => (Head::Unsigned(n.into()), 1),
        Marker::FixNeg(n) => (Head::Signed(n.into()), 1),
        Marker::U8 => (Head::Unsigned(number(1)?), 2),
        Marker::U16 => (Head::Unsigned(number(2)?), 3),
        Marker::U32 => (Head::Unsigned(number(4)?), 5),
        Marker::U64 => (Head::Unsigned(number(8)?), 9),
        Marker::I8 => (Head::Signed((number(1)? as u8).cast_signed().into()), 2),
        Marker::I16 => (Head::Signed((number(2)? as u16).cast_signed().into()), 3),
        Marker::I32 => (Head::Signed((number(4)? as u32).cast_signed().into()), 5),
        Marker::I64 => (Head::Signed(number(8)?.cast_signed()), 9),
        Marker::F32 => (Head::Single(f32::from_bits(number(4)? as u32)), 5),
        Marker::F64 => (Head::Double(f64::from_bits(number(8)?)), 9),
        Marker::FixStr(n) => (Head::Text(n.into()), 1),
        Marker::Str8 => (Head::Text(length(1)?), 2),
        Marker::Str16 => (Head::Text(length(2)?), 3),
        Marker::Str32 => (Head::Text(length(4)?), 5),
        Marker::Bin8 => (Head::Binary(length(1)?), 2),
        Marker::Bin16 => (Head::Binary(length(2)?), 3),
        Marker::Bin32 => (Head::Binary(length(4)?), 5),
        Marker::FixArray(n) => (Head::Array(n.into()), 1),
        Marker::Array16 => (Head::Array(length(2)?), 3),
        Marker::Array32 => (Head::Array(length(4)?), 5),
        Marker::FixMap(n) => (Head::Map(n.into()), 1),
        Marker::Map16 => (Head::Map(length(2)?), 3),
        Marker::Map32 => (Head::Map(length(4)?), 5),
        Marker::FixExt1 | Marker::FixExt2 | Marker::FixExt4 | Marker::FixExt8 | Marker::FixExt16 => {
            (Head::Extension((1 << (bytes[0] - 0xd4)) + 1), 1)
        }
        Marker::Ext8 => (Head::Extension(length(1)?.saturating_add(1)), 2),
        Marker::Ext16 => (Head::Extension(length(2)?.saturating_add(1)), 3),
        Marker::Ext32 => (Head::Extension(length(4)?.saturating_add(1)), 5),
        Marker::Reserved => return Err(Stuck::Foreign("a byte is no MessagePack")),
    })
}

/// A whole number of `len` bytes behind the marker, the highest first.
fn number(bytes: &[u8], len: usize) -> Result<u64, Stuck> {
    let bytes = bytes.get(1..=len).ok_or(Stuck::Short)?;
    Ok(bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
}

/// Finds where a value ends, without looking at it twice when it comes in pieces.
#[derive(Debug)]
pub(crate) struct Walk {
    at: usize,
    /// Values that have still to come.
    open: u64,
}

impl Walk {
    /// For a value that begins at the start of what [`Self::on`] is shown.
    pub(crate) fn new() -> Self {
        Self { at: 0, open: 1 }
    }

    /// How long the value is, once all of it has come. `bytes` begin where they began the last time.
    ///
    /// # Errors
    /// [`Stuck::Short`], or where it is none, or is longer than `limit`.
    pub(crate) fn on(&mut self, bytes: &[u8], limit: usize) -> Result<usize, Stuck> {
        while self.open > 0 {
            if self.at > limit {
                return Err(Stuck::Foreign("a message is longer than the limit"));
            }
            let (head, len) = head(bytes.get(self.at..).unwrap_or_default())?;
            let (bytes, values) = match head {
                Head::Text(n) | Head::Binary(n) | Head::Extension(n) => (n, 0),
                Head::Array(n) => (0, n as u64),
                Head::Map(n) => (0, 2 * n as u64),
                _ => (0, 0),
            };
            self.at = self.at.saturating_add(len).saturating_add(bytes);
            self.open = self.open - 1 + values;
        }
        if self.at > limit {
            return Err(Stuck::Foreign("a message is longer than the limit"));
        }
        if self.at <= bytes.len() { Ok(self.at) } else { Err(Stuck::Short) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_where_it_ends_in_any_pieces() {
        let value = b"\x93\xa3tag\x92\x01\xc4\x02ab\x82\xa1a\xd7\x00\x01\x02\x03\x04\x05\x06\x07\x08\xa1b\xd9\x03abc";
        let mut walk = Walk::new();
        for end in 0..value.len() {
            assert_eq!(walk.on(&value[..end], 100), Err(Stuck::Short), "{end}");
        }
        assert_eq!(walk.on(&[&value[..], b"\x01"].concat(), 100), Ok(value.len()));
        assert!(matches!(Walk::new().on(value, 20), Err(Stuck::Foreign(_))));
    }

    #[test]
    fn lengths_that_lie_cost_nothing() {
        for bomb in [&b"\xdd\xff\xff\xff\xff"[..], b"\xdf\xff\xff\xff\xff", &b"\xdf\xff\xff\xff\xff".repeat(50)] {
            assert_eq!(Walk::new().on(bomb, 1000), Err(Stuck::Short));
        }
        assert!(matches!(Walk::new().on(b"\xc6\xff\xff\xff\xff", 1000), Err(Stuck::Foreign(_))));
        assert!(matches!(Walk::new().on(b"\xc1", 1000), Err(Stuck::Foreign(_))));
    }
}
