//! Archives: members of every kind, whole and damaged.

use super::*;
use std::io::Write;

/// A stored file of these bytes.
fn stored(bytes: &[u8]) -> Arc<File> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Arc::new(file)
}

/// Heads of a member as GNU tar and pax make them.
fn head(name: &str, len: u64, kind: u8) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.set_path(name).unwrap();
    header.set_size(len);
    header.set_mode(0o644);
    header.set_mtime(5);
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn member(name: &str, data: &[u8]) -> Vec<u8> {
    let len = data.len() as u64;
    [&head(name, len, b'0')[..], data, Member::padding(len)].concat()
}

fn pax(records: &[&str]) -> Vec<u8> {
    let text: String = records.iter().map(|r| format!("{} {r}\n", r.len() + 4)).collect();
    [&head("pax", text.len() as u64, b'x')[..], text.as_bytes(), Member::padding(text.len() as u64)].concat()
}

const END: [u8; 1024] = [0; 1024];

fn read(bytes: &[u8]) -> Result<(Vec<u8>, Vec<String>), Option<Flaw>> {
    let mut tar = Tar::new(&stored(bytes), &Kind::Tar(None), 1, None).unwrap();
    let (mut out, mut seen, mut piece) = (Vec::new(), Vec::new(), Vec::new());
    let wrong = |error: io::Error| Flaw::of(&error);
    while let Some(member) = tar.next().map_err(wrong)? {
        let content = tar.content(&member).map_err(wrong)?;
        if content != Content::Nothing {
            seen.push(format!("{} {content:?}", member.path(Path::new("a")).display()));
        }
        out.extend_from_slice(&member.head);
        while tar.piece(&mut piece).map_err(wrong)? {
            out.extend_from_slice(&piece);
        }
    }
    Ok((out, seen))
}

#[test]
fn every_byte_is_in_a_member() {
    let text = "line\n".repeat(200_000);
    let long = format!("{}/end", "folder/".repeat(40));
    let named = [&head("x", long.len() as u64, b'L')[..], long.as_bytes(), Member::padding(long.len() as u64)].concat();
    let bytes = [
        &head("d/", 0, b'5')[..],
        &member("one", text.as_bytes()),
        &named,
        &member("cut off", b"two\n"),
        &member("three.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03"),
        &member("four.png", b"\x89PNG"),
        &END,
        // Another archive behind the end, which some tools make, and then zeros up to a whole record.
        &pax(&["path=five by pax"]),
        &member("other", b"x\n"),
        &[0; 10240],
    ]
    .concat();
    let (out, seen) = read(&bytes).unwrap();
    assert!(out == bytes);
    let want = [
        "a!one Text".to_owned(),
        format!("a!{long} Text"),
        "a!three.gz Closed(\"packed by itself\")".to_owned(),
        "a!four.png Binary(\"a picture\")".to_owned(),
        "a!five by pax Text".to_owned(),
    ];
    assert_eq!(seen, want);
}

#[test]
fn what_is_torn_or_odd_is_no_archive() {
    let whole = [&member("one", b"text\n")[..], &END].concat();
    for cut in [1, 511, 512, 514, 1023, 1024, 1025, whole.len() - 1] {
        assert_eq!(read(&whole[..cut]).err(), Some(Some(Flaw::Torn)), "{cut}");
    }
    let mut flipped = whole.clone();
    flipped[3] ^= 1;
    let sized = |records: &[&str]| [&pax(records)[..], &member("x", b"12345"), &END].concat();
    let mut for_all = sized(&["size=5"]);
    for_all[156] = b'g';
    for_all.splice(..512, head("g", 10, b'g'));
    let odd = [
        flipped,
        [&whole[..], &[7; 512]].concat(),
        [&head("folder with data", 5, b'5')[..], &END].concat(),
        sized(&["size=five"]),
        for_all,
    ];
    for (n, bytes) in odd.iter().enumerate() {
        assert_eq!(read(bytes).err(), Some(Some(Flaw::Odd)), "{n}");
    }
}

#[test]
fn heads_are_made_for_another_length() {
    for before in [vec![], pax(&["mtime=1.5", "size=5"])] {
        let bytes = [&before[..], &member("x", b"12345"), &END].concat();
        let mut tar = Tar::new(&stored(&bytes), &Kind::Tar(None), 1, None).unwrap();
        let member = tar.next().unwrap().unwrap();
        let new = [&member.head_for(9).unwrap()[..], b"123456789", Member::padding(9), &END].concat();
        let (out, seen) = read(&new).unwrap();
        assert!(out == new && seen == ["a!x Text"]);
        let mut again = Tar::new(&stored(&new), &Kind::Tar(None), 1, None).unwrap();
        let again = again.next().unwrap().unwrap();
        assert_eq!((again.len, again.head_for(5).unwrap()), (9, member.head.clone()));
        // Two digits have no place where one stood.
        assert_eq!(member.head_for(10).is_some(), before.is_empty());
    }
}
