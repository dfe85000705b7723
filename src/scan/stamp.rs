//! When a line was logged, by its own timestamp: ISO 8601, access logs, syslog, klog, `ctime`, seconds since 1970.
//!
//! Looks at a line's head and, for the log files of containers, at its tail; never at all of it. A time without a zone is
//! taken as UTC, and a date without a year as the last such date before `latest`.

use crate::report::time::{date, days};

/// How far into a line a timestamp is looked for, and how far before its end.
const HEAD: usize = 128;
const TAIL: usize = 64;

/// The moment of `line` in seconds since 1970; `latest` is when its file was last written to.
pub(super) fn stamp(line: &[u8], latest: i64) -> Option<i64> {
    let head = &line[..line.len().min(HEAD)];
    if let Some(found) = starts(head).find_map(|at| moment(&head[at..], at == 0, latest)) {
        return Some(found);
    }
    let tail = &line[line.len().saturating_sub(TAIL).max(head.len())..];
    let at = memchr::memmem::find(tail, b"\"time\":\"")?;
    moment(&tail[at + 8..], false, latest)
}

/// Where a number or a word begins.
fn starts(head: &[u8]) -> impl Iterator<Item = usize> {
    (0..head.len())
        .filter(|at| head[*at].is_ascii_alphanumeric() && (*at == 0 || !head[at - 1].is_ascii_alphanumeric()))
}

fn moment(text: &[u8], first: bool, latest: i64) -> Option<i64> {
    let mut read = Read { text, at: 0 };
    match text[0] {
        b'0'..=b'9' => read.iso().or_else(|| Read { text, at: 0 }.access()).or_else(|| since_1970(text, first)),
        b'I' | b'W' | b'E' | b'F' if first && text.get(1).is_some_and(u8::is_ascii_digit) => read.klog(latest),
        b't' | b'T' => keyed(text),
        b'A'..=b'Z' => read.words(latest),
        _ => None,
    }
}

/// `ts`, `time` or `timestamp`, followed by seconds or milliseconds.
fn keyed(text: &[u8]) -> Option<i64> {
    let name = text.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    if !matches!(&text[..name], b"ts" | b"time" | b"timestamp" | b"Timestamp") {
        return None;
    }
    let gap = text[name..].iter().take(5).take_while(|b| matches!(b, b'"' | b':' | b'=' | b' ')).count();
    since_1970(&text[name + gap..], gap > 0)
}

/// Seconds with or without a fraction, or milliseconds, of the years 2001 to 2100.
fn since_1970(text: &[u8], may: bool) -> Option<i64> {
    let digits = text.iter().take(14).take_while(|b| b.is_ascii_digit()).count();
    if !may || !matches!(digits, 10 | 13) {
        return None;
    }
    let number = text[..digits].iter().fold(0_i64, |n, b| n * 10 + i64::from(b - b'0'));
    let seconds = if digits == 13 { number / 1000 } else { number };
    (1_000_000_000..4_102_444_800).contains(&seconds).then_some(seconds)
}

/// Reads from the front; each step says whether it could.
struct Read<'t> {
    text: &'t [u8],
    at: usize,
}

impl Read<'_> {
    /// `2026-11-25T09:14:03.118+01:00`, with blank or `T`, `-` or `/`.
    fn iso(&mut self) -> Option<i64> {
        let year = self.number(4)?;
        let sign = self.one(b"-/")?;
        let month = self.number(2)?;
        self.one(&[sign])?;
        let day = self.number(2)?;
        self.one(b"T _-")?;
        let clock = self.clock()?;
        self.fraction();
        Some(at(year, month, day)? + clock - self.zone())
    }

    /// `25/Nov/2026:09:14:03 +0000`.
    fn access(&mut self) -> Option<i64> {
        let day = self.number(2)?;
        self.one(b"/-")?;
        let month = self.month()?;
        self.one(b"/-")?;
        let year = self.number(4)?;
        self.one(b": ")?;
        let clock = self.clock()?;
        self.fraction();
        self.one(b" ");
        Some(at(year, month, day)? + clock - self.zone())
    }

    /// `Nov 25 09:14:03`, or `Wed Nov 25 09:14:03 2026`.
    fn words(&mut self, latest: i64) -> Option<i64> {
        let month = self.month().or_else(|| {
            self.at += 3;
            self.one(b",");
            self.one(b" ")?;
            self.month()
        })?;
        self.one(b" ")?;
        let day = match self.one(b" ") {
            Some(_) => self.number(1)?,
            None => self.number(2).or_else(|| self.number(1))?,
        };
        self.one(b" ")?;
        let clock = self.clock()?;
        self.fraction();
        self.one(b" ");
        match self.number(4) {
            Some(year) if (1970..2100).contains(&year) => Some(at(year, month, day)? + clock),
            _ => last_before(latest, month, day, clock),
        }
    }

    /// `I1125 09:14:03.123456`.
    fn klog(&mut self, latest: i64) -> Option<i64> {
        self.at = 1;
        let (month, day) = (self.number(2)?, self.number(2)?);
        self.one(b" ")?;
        let clock = self.clock()?;
        last_before(latest, month, day, clock)
    }

    fn clock(&mut self) -> Option<i64> {
        let hour = self.number(2)?;
        self.one(b":")?;
        let minute = self.number(2)?;
        self.one(b":")?;
        let second = self.number(2)?;
        (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second)
    }

    fn fraction(&mut self) {
        if self.one(b".,").is_some() {
            self.at += self.text[self.at..].iter().take(9).take_while(|b| b.is_ascii_digit()).count();
        }
    }

    /// Seconds east of UTC; none said is 0.
    fn zone(&mut self) -> i64 {
        let start = self.at;
        self.one(b" ");
        let side = match self.one(b"+-") {
            Some(b'+') => 1,
            Some(_) => -1,
            None => return 0,
        };
        let read = |me: &mut Self| {
            let hours = me.number(2)?;
            me.one(b":");
            let minutes = me.number(2)?;
            (hours < 15 && minutes < 60).then_some(side * (hours * 3600 + minutes * 60))
        };
        read(self).unwrap_or_else(|| {
            self.at = start;
            0
        })
    }

    fn month(&mut self) -> Option<i64> {
        const NAMES: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDec";
        let word = self.text.get(self.at..self.at + 3)?;
        let month = NAMES.chunks_exact(3).position(|name| name == word)?;
        self.at += 3;
        Some(month as i64 + 1)
    }

    fn number(&mut self, digits: usize) -> Option<i64> {
        let word = self.text.get(self.at..self.at + digits).filter(|w| w.iter().all(u8::is_ascii_digit))?;
        self.at += digits;
        Some(word.iter().fold(0, |n, b| n * 10 + i64::from(b - b'0')))
    }

    fn one(&mut self, of: &[u8]) -> Option<u8> {
        let byte = self.text.get(self.at).copied().filter(|b| of.contains(b))?;
        self.at += 1;
        Some(byte)
    }
}

/// Midnight of a date that there is.
fn at(year: i64, month: i64, day: i64) -> Option<i64> {
    let there = (1970..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    there.then(|| days(year, month as u32, day as u32) * 86_400)
}

/// The last such moment that is not after `latest`; half a day is left for zones.
fn last_before(latest: i64, month: i64, day: i64, clock: i64) -> Option<i64> {
    let (year, ..) = date(latest.div_euclid(86_400));
    [year + 1, year, year - 1].into_iter().find_map(|year| {
        let moment = at(year, month, day)? + clock;
        (moment <= latest + 43_200).then_some(moment)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::time::rfc3339;

    #[test]
    fn timestamps_are_read() {
        // Written in January 2027.
        let latest = days(2027, 1, 10) * 86_400;
        let cases = [
            ("2026-11-25T09:14:03Z hello", "2026-11-25T09:14:03Z"),
            ("2026-11-25 09:14:03,118 INFO x", "2026-11-25T09:14:03Z"),
            ("[2026-11-25 09:14:03 +0100] [7] [INFO] x", "2026-11-25T08:14:03Z"),
            ("2026-11-25T09:14:03.118273645-05:30 stdout F x", "2026-11-25T14:44:03Z"),
            ("2026/11/25 09:14:03 [error] 7#7: x", "2026-11-25T09:14:03Z"),
            ("10.42.0.17 - - [25/Nov/2026:09:14:03 +0200] \"GET /\"", "2026-11-25T07:14:03Z"),
            ("Nov 25 09:14:03 host app[7]: x", "2026-11-25T09:14:03Z"),
            ("<34>Jan  5 09:14:03 host app: x", "2027-01-05T09:14:03Z"),
            ("Wed Nov 25 09:14:03 2026 x", "2026-11-25T09:14:03Z"),
            ("Wed, Nov 25 09:14:03 x", "2026-11-25T09:14:03Z"),
            ("I1125 09:14:03.118273       1 main.go:7] x", "2026-11-25T09:14:03Z"),
            (r#"{"level":"info","ts":1795598043.118,"msg":"x"}"#, "2026-11-25T09:14:03Z"),
            (r#"{"timestamp": 1795598043118, "msg":"x"}"#, "2026-11-25T09:14:03Z"),
            ("1795598043 x", "2026-11-25T09:14:03Z"),
            ("time=2026-11-25T09:14:03+00:00 level=info", "2026-11-25T09:14:03Z"),
            ("DEBUG 2026-11-25 09:14:03 x", "2026-11-25T09:14:03Z"),
        ];
        for (line, want) in cases {
            assert_eq!(stamp(line.as_bytes(), latest).map(rfc3339).as_deref(), Some(want), "{line}");
        }
        let docker = format!(r#"{{"log":"{}","stream":"stdout","time":"2026-11-25T09:14:03.1Z"}}"#, "x".repeat(300));
        assert_eq!(stamp(docker.as_bytes(), latest).map(rfc3339).as_deref(), Some("2026-11-25T09:14:03Z"));
    }

    #[test]
    fn other_numbers_are_none() {
        for line in
            ["", "x", "order 1795598043 paid", "2026-13-41T09:14:03Z", "10.42.0.17", "Mon", "Now 1", "12:30:01 x", "T"]
        {
            assert_eq!(stamp(line.as_bytes(), 0), None, "{line}");
        }
    }
}
