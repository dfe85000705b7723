//! What an event carries as messages of text, for sinks that take nothing else. All of it is clean already.

use memchr::memchr;

use super::forward::shown;
use crate::serve::Body;

/// Shows each message of a body in turn, without a newline behind it; one may have newlines inside.
pub(in crate::serve) fn each_message(body: &Body, show: &mut dyn FnMut(&[u8])) {
    match body {
        Body::Lines(text) => {
            let mut rest = &text[..];
            while !rest.is_empty() {
                let end = memchr(b'\n', rest).unwrap_or(rest.len());
                show(&rest[..end]);
                rest = rest.get(end + 1..).unwrap_or_default();
            }
        }
        Body::Syslog(messages) => messages.iter().for_each(|message| show(message)),
        Body::Forward { tag, entries, .. } => shown(tag, entries, show),
    }
}

/// Puts a message behind `out` as one line: a newline in it becomes `#012`, as rsyslog has it.
pub(in crate::serve) fn as_line(message: &[u8], out: &mut Vec<u8>) {
    let mut rest = message;
    while let Some(at) = memchr(b'\n', rest) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(b"#012");
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_shown_message_by_message() {
        let entry = b"\x92\xd7\x00\x65\x00\x00\x00\x00\x00\x00\x07\x82\xa1a\xa3x\ny\xa1n\x05".to_vec();
        let with_data = b"\x92\x92\x05\x80\x81\xa1b\xc0".to_vec();
        let cases: &[(Body, &[&str])] = &[
            (Body::Lines(b"a\n\nb\nc".to_vec()), &["a", "", "b", "c"]),
            (Body::Syslog(vec![b"<1>a\nb".to_vec(), b"<1>c".to_vec()]), &["<1>a#012b", "<1>c"]),
            (
                Body::Forward { tag: b"app".to_vec(), entries: [entry, with_data].concat(), count: 2 },
                &[
                    "2023-09-12T06:06:56.000000007Z\tapp\t{\"a\":\"x\\ny\",\"n\":5}",
                    "1970-01-01T00:00:05.000000000Z\tapp\t{\"b\":null}",
                ],
            ),
        ];
        for (body, want) in cases {
            let mut got = Vec::new();
            each_message(body, &mut |message| {
                let mut line = Vec::new();
                as_line(message, &mut line);
                got.push(String::from_utf8(line).unwrap());
            });
            assert_eq!(got, *want);
        }
    }
}
