//! The sink `http`: batches by POST, as NDJSON or as Loki takes them.
//!
//! A batch is done with once the server answers with success. What it refuses is tried again, whatever the reason: nothing
//! is dropped because a server was set up wrongly.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ureq::Agent;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::text::each_message;
use super::tls::{certificates, wrong};
use crate::report::time::rfc3339;
use crate::serve::fields::Fields;
use crate::serve::{Event, Reach, Sink, SinkSpec, Taken};
use crate::sink::escape;

struct Spec {
    url: String,
    format: Format,
    ca: Option<PathBuf>,
    token: Option<PathBuf>,
    /// For Loki: names and values, as JSON.
    labels: Vec<u8>,
    timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// A line for each message: `time`, `stream`, `message`.
    Ndjson,
    Loki,
}

/// Reads a `[[sink]]` of this kind.
pub(in crate::serve) fn sink(fields: &mut Fields<'_>, name: &str) -> Option<Box<dyn SinkSpec>> {
    let url = fields.needed("url");
    let good = url.is_empty() || url.starts_with("http://") || url.starts_with("https://");
    if !good {
        fields.refuse("url", "it begins with http:// or https://");
    }
    let format = fields.word("format", &[("ndjson", Format::Ndjson), ("loki", Format::Loki)]);
    let format = format.unwrap_or(Format::Ndjson);
    let labels = labels(fields, format, name);
    let timeout = fields.seconds("timeout", 0.1..=3600.0).unwrap_or(Duration::from_secs(30));
    Some(Box::new(Spec { url, format, ca: fields.path("ca"), token: fields.path("token-file"), labels, timeout }))
}

/// Reads `labels`, each of the form `name=value`.
fn labels(fields: &mut Fields<'_>, format: Format, name: &str) -> Vec<u8> {
    let mut given = fields.list("labels");
    if format == Format::Ndjson && !given.is_empty() {
        fields.refuse("labels", "they are for format = \"loki\" alone");
    }
    if given.is_empty() {
        given.push(format!("job={name}"));
    }
    let mut out = Vec::new();
    for (n, label) in given.iter().enumerate() {
        let Some((name, value)) = label.split_once('=').filter(|(name, _)| is_label(name)) else {
            fields.refuse("labels", &format!("{label:?} is not of the form name=value"));
            continue;
        };
        out.extend_from_slice(if n > 0 { b",\"" } else { b"\"" });
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"\":\"");
        escape(value.as_bytes(), &mut out);
        out.push(b'"');
    }
    out
}

fn is_label(name: &str) -> bool {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty() && name.chars().all(good) && !name.starts_with(|c: char| c.is_ascii_digit())
}

impl Spec {
    fn agent(&self) -> Result<Agent, String> {
        let roots = match &self.ca {
            None => RootCerts::WebPki,
            Some(path) => {
                let all = certificates(path)?;
                RootCerts::from(all.iter().map(|one| Certificate::from_der(one).to_owned()).collect::<Vec<_>>())
            }
        };
        let config = Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .timeout_global(Some(self.timeout))
            // Log lines go where the configuration says, nowhere else.
            .max_redirects(0)
            .proxy(None)
            .user_agent("inkout");
        Ok(config.build().new_agent())
    }

    fn token(&self) -> Result<Option<String>, String> {
        let Some(path) = &self.token else { return Ok(None) };
        let text = std::fs::read_to_string(path).map_err(|e| wrong(path, &e))?;
        match text.trim() {
            "" => Err(wrong(path, &"it is empty")),
            token if token.chars().all(|c| c.is_ascii_graphic()) => Ok(Some(format!("Bearer {token}"))),
            _ => Err(wrong(path, &"a token has no blanks")),
        }
    }
}

impl SinkSpec for Spec {
    fn check(&self, wrong: &mut Vec<String>) {
        wrong.extend(self.agent().err());
        wrong.extend(self.token().err());
    }

    fn open(&self) -> io::Result<Box<dyn Sink>> {
        let agent = self.agent().map_err(io::Error::other)?;
        let token = self.token().map_err(io::Error::other)?;
        let (url, labels) = (self.url.clone(), self.labels.clone());
        Ok(Box::new(Http {
            agent,
            url,
            token,
            format: self.format,
            labels,
            body: Vec::new(),
            clocks: (SystemTime::now(), Instant::now()),
        }))
    }

    fn reach(&self) -> Reach {
        let read = [&self.ca, &self.token].into_iter().flatten().cloned().collect();
        Reach { read, ..Reach::default() }
    }
}

struct Http {
    agent: Agent,
    url: String,
    token: Option<String>,
    format: Format,
    labels: Vec<u8>,
    body: Vec<u8>,
    /// What the clocks said once, so that an event has the same time whenever it is sent.
    clocks: (SystemTime, Instant),
}

/// About how much goes into one request; servers take at least that.
const BATCH: usize = 1 << 20;

impl Sink for Http {
    fn put(&mut self, events: &[Event], taken: &mut Taken<'_>) -> io::Result<()> {
        self.body.clear();
        for (n, event) in events.iter().enumerate() {
            self.add(event);
            if self.body.len() >= BATCH || n + 1 == events.len() {
                self.post()?;
                taken.up_to(n + 1);
            }
        }
        Ok(())
    }
}

impl Http {
    fn add(&mut self, event: &Event) {
        let (clock, instant) = self.clocks;
        let later = clock.checked_add(event.since.saturating_duration_since(instant));
        let came = later.and_then(|time| time.checked_sub(instant.saturating_duration_since(event.since)));
        let came = came.unwrap_or(UNIX_EPOCH);
        let came = came.duration_since(UNIX_EPOCH).unwrap_or_default();
        let (time, nanoseconds) = (rfc3339(i64::try_from(came.as_secs()).unwrap_or_default()), came.as_nanos());
        let (format, labels, body) = (self.format, &self.labels, &mut self.body);
        each_message(&event.body, &mut |message| match format {
            Format::Ndjson => {
                body.extend_from_slice(b"{\"time\":\"");
                body.extend_from_slice(time.as_bytes());
                body.extend_from_slice(b"\",\"stream\":\"");
                json(event.stream.as_bytes(), body);
                body.extend_from_slice(b"\",\"message\":\"");
                json(message, body);
                body.extend_from_slice(b"\"}\n");
            }
            Format::Loki => {
                if body.is_empty() {
                    body.extend_from_slice(b"{\"streams\":[{\"stream\":{");
                    body.extend_from_slice(labels);
                    body.extend_from_slice(b"},\"values\":[[\"");
                } else {
                    body.extend_from_slice(b",[\"");
                }
                body.extend_from_slice(nanoseconds.to_string().as_bytes());
                body.extend_from_slice(b"\",\"");
                json(message, body);
                body.extend_from_slice(b"\"]");
            }
        });
    }

    /// Sends what there is.
    fn post(&mut self) -> io::Result<()> {
        if self.body.is_empty() {
            return Ok(());
        }
        let kind = match self.format {
            Format::Ndjson => "application/x-ndjson",
            Format::Loki => {
                self.body.extend_from_slice(b"]}]}");
                "application/json"
            }
        };
        let mut request = self.agent.post(&self.url).header("Content-Type", kind);
        if let Some(token) = &self.token {
            request = request.header("Authorization", token);
        }
        let answer = request.send(&self.body[..]);
        self.body.clear();
        match answer {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(io::Error::other(format!("the server answers {}", answer.status()))),
            // Its text is of names, places and statuses.
            Err(error) => Err(io::Error::other(error.to_string())),
        }
    }
}

/// Puts a text behind `out` as a part of a JSON string; what is no UTF-8 cannot stand there, and becomes U+FFFD.
fn json(text: &[u8], out: &mut Vec<u8>) {
    for chunk in text.utf8_chunks() {
        escape(chunk.valid().as_bytes(), out);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::{Ack, Body};

    #[test]
    fn batches_are_json() {
        for (format, want) in [(Format::Ndjson, "message"), (Format::Loki, "")] {
            let agent = Agent::config_builder().build().new_agent();
            let clocks = (SystemTime::now(), Instant::now());
            let (url, labels) = (String::new(), Vec::new());
            let mut sink = Http { agent, url, token: None, format, labels, body: Vec::new(), clocks };
            let body = Body::Lines(b"a \"b\" \\ \xff\n\xc3\xa9\tc\n".to_vec());
            sink.add(&Event::new("s".into(), body, Ack::none()));
            let text = String::from_utf8(sink.body).unwrap();
            if format == Format::Ndjson {
                let lines: Vec<serde_json::Value> =
                    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
                assert_eq!((&lines[0][want], &lines[1][want]), (&"a \"b\" \\ \u{fffd}".into(), &"é\tc".into()));
            } else {
                let all: serde_json::Value = serde_json::from_str(&format!("{text}]}}]}}")).unwrap();
                assert_eq!(all["streams"][0]["values"][1][1], "é\tc");
            }
        }
    }
}
