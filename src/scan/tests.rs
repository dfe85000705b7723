//! Texts into findings: places, counts and circumstances.

use super::*;
use crate::Session;

fn scan(text: &str, facts: Facts) -> Scanned {
    let redactor = Redactor::builder().build().unwrap();
    let key = Key::given(b"a key for tests only").unwrap();
    let mut scan = Scan::new(&redactor, &key, facts);
    let (mut session, mut rest) = (Session::new(&redactor), text.as_bytes());
    while !rest.is_empty() {
        let taken = session.step(rest, true, &mut |clean| scan.piece(&rest[..clean.text_len()], &clean));
        rest = &rest[taken..];
    }
    scan.finish()
}

#[test]
fn equal_values_are_one_finding() {
    let text = "2026-11-25T09:14:03Z password=hunter2hunter2\nother\n2026-11-25T09:15:03Z DEBUG x password=hunter2hunter2\n  password=correct-horse-7\n";
    let done = scan(text, Facts { situation: Situation::STORED, latest: 0 });
    let [one, two] = &done.findings[..] else { panic!("{:?}", done.findings) };
    assert_eq!((one.count, two.count, done.lines, done.bytes), (2, 1, 4, text.len() as u64));
    assert_eq!(one.place, Place { line: 1, column: 31, utf16: Some((31, 45)), offset: 30, len: 14 });
    assert_eq!(one.logged, Some((1_795_598_043, 1_795_598_103)));
    assert!(one.situation.has(Situation::DEBUG.and(Situation::STORED)));
    assert_eq!((&*one.preview, two.place.line, two.place.column), ("password=[...]", 4, 12));
    assert_ne!(one.fingerprint, two.fingerprint);
    // The line without a time belongs to the one before.
    assert_eq!(two.logged, Some((1_795_598_103, 1_795_598_103)));
}

#[test]
fn columns_are_counted_in_both_units() {
    let done = scan("ä€😀 password=hunter2hunter2", Facts::default());
    assert_eq!((done.findings[0].place.column, done.findings[0].place.utf16), (20, Some((15, 29))));
    assert_eq!(done.lines, 1);
}

#[test]
fn a_private_key_is_one_finding() {
    let body = "MIIEpAIBAAKCAQEA0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL\n".repeat(5);
    let frame = |what: &str| format!("-----{what} RSA PRIVATE {}-----\n", "KEY");
    let key = format!("{}{body}{}", frame("BEGIN"), frame("END"));
    let text = format!("x\n{key}y\n{}", key.replace("0123", "4567"));
    let done = scan(&text, Facts::default());
    assert_eq!(done.findings.len(), 2, "{:?}", done.findings);
    assert_eq!((done.findings[0].place.line, done.findings[0].place.len), (3, body.len() as u64 - 1));
}

#[test]
fn what_is_not_listed_is_counted() {
    let text: String = (0..5000).map(|n| format!("mail from user{n}@example.com\n")).collect();
    let done = scan(&text, Facts::default());
    assert_eq!(done.findings.len() as u64 + done.unlisted.values().sum::<u64>(), 5000);
    assert!(done.findings.len() == 2000, "{}", done.findings.len());
}
