//! The user's name in the path of a home folder; the path around it stays.

use crate::detect::boundary::is_word;
use crate::span::Span;

/// What the sieve looks for.
pub(crate) const NEEDLES: [&str; 4] = ["/home/", "/Users/", "\\Users\\", "\\Documents and Settings\\"];

/// Users that are no one.
const NOBODY: &[&str] = &[
    "user",
    "users",
    "username",
    "you",
    "me",
    "name",
    "app",
    "apps",
    "ubuntu",
    "root",
    "admin",
    "administrator",
    "runner",
    "vagrant",
    "ec2-user",
    "www-data",
    "nobody",
    "node",
    "git",
    "jenkins",
    "deploy",
    "shared",
    "public",
    "default",
    "all",
    "centos",
    "debian",
    "pi",
    "docker",
    "container",
    "work",
    "codespace",
    "circleci",
    "linuxbrew",
    "travis",
    "vscode",
    "jovyan",
    "guest",
    "build",
    "service",
    "test",
    "runneradmin",
    "containeradministrator",
    "hadoop",
    "postgres",
    "mysql",
    "nginx",
    "oracle",
    "data",
    "lib",
];

/// The name in the path whose needle begins at `at`.
pub(crate) fn find(line: &[u8], at: usize) -> Option<Span> {
    if !is_root(&line[..at]) {
        return None;
    }
    let skip = NEEDLES.iter().find(|n| line[at..].starts_with(n.as_bytes()))?.len();
    let start = at + skip + line[at + skip..].iter().take(3).take_while(|b| **b == b'\\').count();
    let len = line[start..].iter().take(41).take_while(|b| is_name(**b)).count();
    let name = &line[start..start + len];
    let behind = line.get(start + len);
    let folder = matches!(behind, Some(b'/' | b'\\'));
    let file = !folder && name.contains(&b'.');
    let someone =
        name.iter().any(u8::is_ascii_alphabetic) && !NOBODY.iter().any(|n| name.eq_ignore_ascii_case(n.as_bytes()));
    let ends = !matches!(behind, Some(b'[' | b'@' | b'{' | b'$' | b'<' | b'%' | b'*'));
    (someone && ends && !file && len <= 40 && !is_request(&line[..at])).then(|| Span::new(start, start + len))
}

const fn is_name(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'.' | b'-') || byte >= 0x80
}

/// Whether a path can begin behind `before`.
fn is_root(before: &[u8]) -> bool {
    match before {
        [.., drive, b':'] if drive.is_ascii_alphabetic() => true,
        // `C:\\Users`, with backslashes doubled by JSON.
        [.., drive, b':', b'\\'] => drive.is_ascii_alphabetic(),
        [.., b'/', b'/'] => before.ends_with(b"file://"),
        [.., last] => !is_word(*last) && !matches!(last, b'.' | b'-' | b'~' | b']' | b'}' | b'/' | b'>' | b'*'),
        [] => true,
    }
}

/// Whether the path is that of a request: `GET /home/...`.
fn is_request(before: &[u8]) -> bool {
    [&b"GET "[..], b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"PATCH ", b"OPTIONS "].iter().any(|m| before.ends_with(m))
}
