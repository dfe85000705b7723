//! What an HTTP server is sent, and what becomes of it when it fails.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use crate::{Place, SECRET, address, reachable, send};

/// Reads one request: its head, and its body.
fn request(socket: &mut BufReader<TcpStream>) -> (String, String) {
    let (mut head, mut len) = (String::new(), 0);
    loop {
        let mut line = String::new();
        assert!(socket.read_line(&mut line).unwrap() > 0);
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            len = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; len];
    socket.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

#[test]
fn a_batch_comes_again_until_the_server_takes_it() {
    for loki in [false, true] {
        let (place, address) = (Place::new(), address());
        let peer = TcpListener::bind("127.0.0.1:0").unwrap();
        std::fs::write(place.path("token"), "fake-token\n").unwrap();
        let more = if loki { "format = \"loki\"\nlabels = [\"job=app\", \"env=test\"]\n" } else { "" };
        let tables = format!(
            "[[source]]\nname = \"in\"\ntype = \"syslog\"\nlisten = \"tcp://{address}\"\n[[sink]]\nname = \"on\"\n\
             type = \"http\"\nurl = \"http://{}/push\"\ntoken-file = \"token\"\n{more}",
            peer.local_addr().unwrap()
        );
        let server = place.serve("first", &tables);
        reachable(&format!("tcp://{address}"));
        send(&address, format!("<13>app: \"quoted\" token={SECRET}\n<13>app: two\n").as_bytes());
        let mut bodies = Vec::new();
        for status in ["503 Service Unavailable", "204 No Content"] {
            let mut socket = BufReader::new(peer.accept().unwrap().0);
            let (head, body) = request(&mut socket);
            let lower = head.to_ascii_lowercase();
            assert!(
                lower.starts_with("post /push http/1.1") && lower.contains("authorization: bearer fake-token"),
                "{head}"
            );
            bodies.push(body);
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let answer = if status.starts_with("204") { answer.replace("Content-Length: 0\r\n", "") } else { answer };
            socket.get_mut().write_all(answer.as_bytes()).unwrap();
        }
        assert_eq!(bodies[0], bodies[1], "the same again");
        let texts: Vec<String> = if loki {
            let all: serde_json::Value = serde_json::from_str(&bodies[0]).unwrap();
            assert_eq!(all["streams"][0]["stream"]["env"], "test");
            let values = all["streams"][0]["values"].as_array().unwrap();
            values.iter().map(|value| value[1].as_str().unwrap().to_owned()).collect()
        } else {
            let message = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["message"].clone();
            bodies[0].lines().map(|line| message(line).as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(texts, ["<13>app: \"quoted\" token=[REDACTED]", "<13>app: two"]);
        assert_eq!(server.end(), Some(0));
    }
}
