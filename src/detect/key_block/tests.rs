//! Keys in their carriers: lines in, lines out.

use super::super::trial;

fn case(marked: &str) {
    trial::case("private-key", marked);
}

/// Base64 of so many characters that belongs to no key.
fn fake(seed: u32, len: usize) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        char::from(alphabet[(state >> 8) as usize % 64])
    };
    format!("MIIx{}", (4..len).map(|_| next()).collect::<String>())
}

/// A key in a carrier: `before` and `after` stand around each of its lines.
fn key(label: &str, before: &str, after: &str, lens: &[usize]) -> String {
    let frame = |word: &str| format!("{before}-----{word} {label}-----{after}");
    let body = lens.iter().enumerate().map(|(i, len)| format!("{before}«{}»{after}", fake(i as u32 + 7, *len)));
    std::iter::once(frame("BEGIN")).chain(body).chain([frame("END")]).collect()
}

const LENS: &[usize] = &[64, 64, 64, 28];

#[test]
fn every_carrier_keeps_all_but_the_body() {
    for (before, after) in [
        ("", "\n"),
        ("", "\r\n"),
        ("    ", "\n"),
        ("2026-03-04 05:06:07,891 INFO app: ", "\n"),
        ("<134>Mar  4 05:06:07 web-3 app[2210]: ", "\n"),
        ("#6 0.245 ", "\n"),
        ("# ", "\n"),
        ("// ", "\n"),
        (" * ", "\n"),
        ("\"", "\\n\"\n"),
        ("  + \"", "\\n\" +\n"),
        ("'", "',\n"),
        ("", "\\n"),
        ("", "\\r\\n"),
        ("", "\\\\n"),
        ("", "#012"),
        ("", "%0A"),
        ("2026-03-04 05:06:07 ", "\\r\\n"),
        ("{\"log\":\"", "\\n\",\"stream\":\"stderr\",\"time\":\"2026-03-04T05:06:07.000000001Z\"}\n"),
        ("2026-03-04T05:06:07.000000001Z stdout F ", "\n"),
        ("msg=", "\n"),
        ("", ""),
        ("", " "),
    ] {
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let text = key(label, before, after, LENS);
            let text = if before.is_empty() && after.is_empty() { text.replace("»«", "") } else { text };
            case(&text);
            case(&format!("before\n{{\"k\": \"{text}"));
        }
        if !after.is_empty() {
            case(&key("EC PRIVATE KEY", before, after, &[64, 64, 4]));
        }
    }
}

#[test]
fn a_key_in_a_json_string_leaves_valid_json() {
    let text = key("PRIVATE KEY", "", "\\n", LENS);
    let json = format!("{{\"private_key\":\"{text}\",\"client\":\"abcdefghijklmnopqrstuvwxyz012345\"}}\n");
    case(&json);
    let slashes =
        "{\"k\":\"-----BEGIN PRIVATE KEY-----\\nMIIEab\\/cdefghijklmnop0123\\/xy\\u003d\\n-----END PRIVATE KEY-----\"}";
    let got = trial::redacted("private-key", slashes.as_bytes());
    let value: serde_json::Value = serde_json::from_slice(&got).unwrap();
    assert_eq!(value["k"], "-----BEGIN PRIVATE KEY-----\n[REDACTED]\n-----END PRIVATE KEY-----");
}

#[test]
fn headers_stay_and_checksums_go() {
    let body = |n| fake(n, 64);
    case(&format!(
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF0123456789ABCDEF\n\n\
         «{}»\n«{}»\n-----END RSA PRIVATE KEY-----\nbye\n",
        body(1),
        body(2)
    ));
    case(&format!(
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\nComment: https://example.com/\n\n«{}»\n«{}»\n«Ab3x»\n\
         «=aB3d»\n-----END PGP PRIVATE KEY BLOCK-----\nbye\n",
        body(1),
        body(2)
    ));
    case(&format!(
        "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: \"my key\"\n«{}»\n«{}»\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\nbye\n",
        body(1),
        body(2)
    ));
}

#[test]
fn putty_keys_lose_their_private_part() {
    for (before, after) in [("", "\n"), ("", "\r\n"), ("", "\\n"), ("Mar  4 05:06:07 web-3 app: ", "\n")] {
        let public = fake(1, 64);
        let lines = [
            "PuTTY-User-Key-File-2: ssh-rsa".to_owned(),
            "Encryption: none".to_owned(),
            "Comment: rsa-key-20260304".to_owned(),
            "Public-Lines: 1".to_owned(),
            public,
            "Private-Lines: 3".to_owned(),
            format!("«{}»", fake(2, 64)),
            format!("«{}»", fake(3, 64)),
            "«Ab3xYz==»".to_owned(),
            "Private-MAC: «0123456789abcdef0123456789abcdef01234567»".to_owned(),
            "bye".to_owned(),
        ];
        case(&lines.map(|line| format!("{before}{line}{after}")).concat());
    }
}

#[test]
fn foreign_lines_between_pass() {
    let body = |n| fake(n, 64);
    let prefix = "2026-03-04 05:06:07 INFO ";
    case(&format!(
        "{prefix}-----BEGIN PRIVATE KEY-----\n{prefix}«{}»\n{prefix}request done in 5 ms\n{prefix}«{}»\n{prefix}done now\n\
         GET /api/v2/users 200\n{prefix}«{}»\n{prefix}-----END PRIVATE KEY-----\n{prefix}{}\n",
        body(1),
        body(2),
        fake(3, 20),
        body(4)
    ));
}

#[test]
fn a_key_without_an_end_is_given_up() {
    let body = |n| fake(n, 64);
    let foreign = "a line of words only.\n".repeat(4);
    case(&format!("-----BEGIN PRIVATE KEY-----\n«{}»\n«{}»\n{foreign}{}\n", body(1), body(2), body(3)));
    case(&format!("-----BEGIN PRIVATE KEY-----\n«{}»\n«{}»", body(1), fake(2, 21)));
    case(&format!("\"-----BEGIN PRIVATE KEY-----\\n«{}»\\n«{}»", body(1), fake(2, 21)));
    let endless = format!("{}\n", body(5)).repeat(2000);
    let got = trial::redacted("private-key", format!("-----BEGIN PRIVATE KEY-----\n{endless}").as_bytes());
    let gone = got.split(|b| *b == b'\n').filter(|line| *line == b"[REDACTED]").count();
    assert_eq!(gone, usize::from(super::LINES));
}

#[test]
fn a_new_frame_ends_the_old_key() {
    let body = |n| fake(n, 64);
    case(&format!(
        "-----BEGIN PRIVATE KEY-----\n«{}»\n-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        body(1),
        body(2)
    ));
    case(&format!(
        "-----BEGIN CERTIFICATE-----\\n{}\\n-----END CERTIFICATE-----\\n-----BEGIN PRIVATE KEY-----\\n«{}»\\n\
         -----END PRIVATE KEY-----\\n-----BEGIN PRIVATE KEY-----\\n«{}»\\n-----END PRIVATE KEY-----\\n{}",
        body(1),
        body(2),
        body(3),
        body(4)
    ));
}

#[test]
fn made_up_bodies_go_and_placeholders_stay() {
    let framed = |body: &str| format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    for body in
        ["«MIIEfakefakefakefake»", "«fakekeymaterialfakekeymaterial»", "«MIIfake»", "«MIIfakefakefake»\n«fakefake»"]
    {
        case(&framed(body));
        case(&framed(body).replace('\n', "\\n"));
    }
    case("2026-03-04 05:06:07 -----BEGIN PRIVATE KEY-----\n2026-03-04 05:06:07 «MIIEfakefakefakefake»\n");
    for body in ["...", "<key>", "your key goes here", "fake-key-material", "REDACTED", "****", "MIIE..."] {
        case(&framed(body));
    }
}

#[test]
fn talk_of_keys_stays() {
    for text in [
        "expected -----BEGIN PRIVATE KEY----- header\nTraceback\n  File \"/usr/lib/python3/site.py\", line 3\nTypeError\nx\n",
        "expected -----BEGIN PRIVATE KEY----- and -----END PRIVATE KEY-----, got /etc/ssl/private/server\ndone\n",
        "-----BEGIN PRIVATE KEY-----this is not a key-----END PRIVATE KEY-----\n",
        "\"k\": \"-----BEGIN RSA PRIVATE KEY-----...-----END RSA PRIVATE KEY-----\"\n",
        "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "grep -r 'BEGIN RSA PRIVATE KEY' /etc/ssl/private\n",
    ] {
        case(text);
    }
    for label in ["CERTIFICATE", "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE REQUEST", "DH PARAMETERS"] {
        case(&key(label, "", "\n", LENS).replace(['«', '»'], ""));
        case(&key(label, "", "\\n", LENS).replace(['«', '»'], ""));
    }
}

/// The result does not depend on where the blocks of a text were cut.
#[test]
fn one_line_at_a_time_gives_the_same() {
    let text = key("PRIVATE KEY", "Mar  4 05:06:07 web-3 app: ", "\n", LENS).replace(['«', '»'], "");
    let lines = text.split_inclusive('\n').map(|line| line.trim_end_matches('\n').as_bytes());
    let mut state = None;
    let mut gone = 0;
    for line in lines {
        state = match state {
            Some(state) => super::follow(state, line, &mut |span| gone += span.len()),
            None => memchr::memmem::find(line, b"-----BEGIN ")
                .and_then(|at| super::begin(line, at, &mut |span| gone += span.len())),
        };
    }
    assert_eq!((state, gone), (None, LENS.iter().sum()));
}

#[test]
fn a_long_line_takes_linear_time() {
    for unit in ["-----BEGIN PRIVATE KEY-----", "----", "\\n", "-----BEGIN X-----\\n", "PuTTY-User-Key-File-", "A"] {
        let line = format!("-----BEGIN PRIVATE KEY-----{}", unit.repeat((1 << 18) / unit.len()));
        trial::redacted("private-key", line.as_bytes());
    }
}
