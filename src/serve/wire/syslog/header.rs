//! The parts of one message: what says where it comes from, and what it says (RFC 3164, RFC 5424).
//!
//! Only messages with a hit are looked at so closely. What does not look exactly like a header is message: in doubt,
//! bytes may be redacted.

use crate::span::Span;

/// Where what stands in a message.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    /// Everything before this is header, or structured data around [`Self::values`].
    pub(super) message: usize,
    /// Names in the header that a sender chooses: host, program, process, kind of message.
    pub(super) names: Vec<Span>,
    /// Values of structured data, escaped and without their quotes.
    pub(super) values: Vec<Span>,
}

impl Parts {
    /// The parts of `text`, one message without its newline.
    pub(super) fn of(text: &[u8]) -> Self {
        let priority = priority(text);
        if priority == 0 {
            return Self::default();
        }
        new_style(text, priority).unwrap_or_else(|| old_style(text, priority))
    }
}

/// Whether `text` begins as RFC 5424 has it.
pub(super) fn is_new_style(text: &[u8]) -> bool {
    let at = priority(text);
    at > 0 && text[at..].starts_with(b"1 ")
}

/// How long `<PRI>` is; 0 where there is none.
pub(super) fn priority(text: &[u8]) -> usize {
    let digits = text.iter().skip(1).take(4).take_while(|b| b.is_ascii_digit()).count();
    if text.first() == Some(&b'<') && (1..=3).contains(&digits) && text.get(digits + 1) == Some(&b'>') {
        digits + 2
    } else {
        0
    }
}

/// `1 TIME HOST APP PROCID MSGID SD [MSG]`.
fn new_style(text: &[u8], at: usize) -> Option<Parts> {
    let mut at = at + text[at..].strip_prefix(b"1 ").map(|_| 2)?;
    let mut fields = [Span::default(); 5];
    for field in &mut fields {
        let len = text[at..].iter().position(|b| *b == b' ')?;
        let printable = text[at..at + len].iter().all(u8::is_ascii_graphic);
        if len == 0 || len > LONGEST_NAME || !printable {
            return None;
        }
        *field = Span::new(at, at + len);
        at += len + 1;
    }
    let time = text[fields[0].start];
    if !(time.is_ascii_digit() || fields[0].len() == 1 && time == b'-') {
        return None;
    }
    let mut parts = Parts { message: at, names: fields[1..].to_vec(), values: Vec::new() };
    if let Some(end) = structured(text, at, &mut parts.values) {
        parts.message = end;
    } else {
        parts.values.clear();
    }
    Some(parts)
}

/// The longest name in a header, which is that of a host, and long enough for a time.
const LONGEST_NAME: usize = 255;

/// Reads `-` or `[ID NAME="VALUE" ...]...` and says where it ends; `None` where it is neither.
fn structured(text: &[u8], at: usize, values: &mut Vec<Span>) -> Option<usize> {
    if text[at..].starts_with(b"-") {
        return matches!(text.get(at + 1), None | Some(b' ')).then_some(at + 1);
    }
    let mut at = at;
    while text.get(at) == Some(&b'[') {
        at = name(text, at + 1)?;
        while text.get(at) == Some(&b' ') {
            at = name(text, at + 1)?;
            if !text[at..].starts_with(b"=\"") {
                return None;
            }
            let end = value_end(text, at + 2)?;
            values.push(Span::new(at + 2, end));
            at = end + 1;
        }
        if text.get(at) != Some(&b']') {
            return None;
        }
        at += 1;
    }
    matches!(text.get(at), None | Some(b' ')).then_some(at)
}

/// Where a name of structured data ends.
fn name(text: &[u8], at: usize) -> Option<usize> {
    let len = text[at..].iter().take_while(|b| b.is_ascii_graphic() && !matches!(b, b'=' | b'"' | b']')).count();
    (1..=LONGEST_NAME).contains(&len).then_some(at + len)
}

/// The quote that ends a value.
fn value_end(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match text.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// `[TIME] [HOST] TAG: MSG`, loosely.
fn old_style(text: &[u8], at: usize) -> Parts {
    let mut parts = Parts { message: at, ..Parts::default() };
    let time = at + time(&text[at..]);
    if let Some(tag) = tag(text, time) {
        parts.message = tag.end;
        parts.names.push(tag);
    } else if time > at {
        parts.message = time;
        let len = text[time..].iter().take_while(|b| is_name(**b) || **b == b':').count();
        if (1..=LONGEST_NAME).contains(&len) && text.get(time + len) == Some(&b' ') {
            parts.names.push(Span::new(time, time + len));
            parts.message = time + len + 1;
            if let Some(tag) = tag(text, parts.message) {
                parts.message = tag.end;
                parts.names.push(tag);
            }
        }
    }
    parts
}

/// How long a time and the blank behind it are: `Nov 25 01:02:03 `, or one word as in RFC 3339.
fn time(text: &[u8]) -> usize {
    const OLD: &[u8; 16] = b"Aaa 00 00:00:00 ";
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'0' => byte.is_ascii_digit() || *byte == b' ',
        b'A' => byte.is_ascii_uppercase(),
        b'a' => byte.is_ascii_lowercase(),
        _ => byte == form,
    };
    if text.len() >= OLD.len() && text.iter().zip(OLD).all(fits) {
        return OLD.len();
    }
    let len = text.iter().take_while(|b| b.is_ascii_digit() || b"-:.+TZ".contains(b)).count();
    let new = (19..=35).contains(&len) && text[4] == b'-' && text[10] == b'T' && text.get(len) == Some(&b' ');
    if new { len + 1 } else { 0 }
}

/// `name:` or `name[id]:` at a place of the text, without the blank behind it.
fn tag(text: &[u8], at: usize) -> Option<Span> {
    let mut end = at + text[at..].iter().take_while(|b| is_name(**b)).count();
    if !(1..=64).contains(&(end - at)) {
        return None;
    }
    if text.get(end) == Some(&b'[') {
        let id = text[end + 1..].iter().take_while(|b| is_name(**b)).count();
        if id > 64 || text.get(end + 1 + id) != Some(&b']') {
            return None;
        }
        end += id + 2;
    }
    (text.get(end) == Some(&b':') && matches!(text.get(end + 1), None | Some(b' '))).then(|| Span::new(at, end + 1))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-/".contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The message, the names and the values of a text.
    fn parts(text: &str) -> (&str, Vec<&str>, Vec<&str>) {
        let Parts { message, names, values } = Parts::of(text.as_bytes());
        let all = |spans: Vec<Span>| spans.into_iter().map(|span| &text[span.range()]).collect();
        (&text[message..], all(names), all(values))
    }

    #[test]
    fn headers_are_told_from_messages() {
        let cases: &[(&str, &str, &[&str], &[&str])] = &[
            ("<13>Nov 23 20:57:55 vm app: hi", " hi", &["vm", "app:"], &[]),
            ("<13>Nov  3 20:57:55 app[12]: hi", " hi", &["app[12]:"], &[]),
            ("<13>2026-11-23T20:57:53.99+00:00 vm app: hi", " hi", &["vm", "app:"], &[]),
            ("<13>Nov 23 20:57:55 vm hello there", "hello there", &["vm"], &[]),
            ("<13>app: hi", " hi", &["app:"], &[]),
            ("<13>hi", "hi", &[], &[]),
            ("hi", "hi", &[], &[]),
            ("<>hi", "<>hi", &[], &[]),
            ("<1234>hi", "<1234>hi", &[], &[]),
            ("<13>1 - - app - - - hi", " hi", &["-", "app", "-", "-"], &[]),
            ("<13>1 2026-11-23T20:57:53Z vm app 1 ID [a b=\"c\"] hi", " hi", &["vm", "app", "1", "ID"], &["c"]),
            (r#"<13>1 - vm app 1 - [a b="c\"]" d=""][e f="g"]"#, "", &["vm", "app", "1", "-"], &[r#"c\"]"#, "", "g"]),
            // No structured data: all of it is message.
            ("<13>1 - vm app 1 - [a b=\"c] hi", "[a b=\"c] hi", &["vm", "app", "1", "-"], &[]),
            ("<13>1 - vm app 1 - [a b=c] hi", "[a b=c] hi", &["vm", "app", "1", "-"], &[]),
            ("<13>1 x vm app 1 - - hi", "1 x vm app 1 - - hi", &[], &[]),
            ("<13>1 - vm", "1 - vm", &[], &[]),
        ];
        for (text, message, names, values) in cases {
            assert_eq!(parts(text), (*message, names.to_vec(), values.to_vec()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_has_parts_in_order(text in prop::collection::vec(prop::sample::select(b"<13>1 - [a=\"\\]:0T\xff".to_vec()), 0..60)) {
            let Parts { message, names, values } = Parts::of(&text);
            let mut at = 0;
            for span in names.iter().chain(&values) {
                prop_assert!(at <= span.start && span.end <= message);
                at = span.end;
            }
            prop_assert!(message <= text.len());
        }
    }
}
