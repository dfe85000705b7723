//! Logs from a seed, with secrets planted at a rate, and how many they are.
//!
//! The lines are in the manner of what the named programs write, look-alikes included: identifiers, hashes, paths,
//! class names, names without a value. Nothing in them is real. The same arguments give the same bytes.

use std::io::Write;

/// A generator of numbers: SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    pub(crate) fn text(&mut self, alphabet: &[u8], len: usize) -> String {
        (0..len).map(|_| char::from(alphabet[self.below(alphabet.len())])).collect()
    }

    fn hex(&mut self, len: usize) -> String {
        self.text(b"0123456789abcdef", len)
    }

    fn ip(&mut self) -> String {
        format!("10.{}.{}.{}", self.below(256), self.below(256), 1 + self.below(254))
    }

    fn uuid(&mut self) -> String {
        format!("{}-{}-4{}-a{}-{}", self.hex(8), self.hex(4), self.hex(3), self.hex(3), self.hex(12))
    }
}

pub(crate) const ALNUM: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Whose manner the lines are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mix {
    Mixed,
    Gunicorn,
    Nginx,
    Json,
    Logfmt,
    Syslog,
    Java,
    K8s,
}

impl Mix {
    pub(crate) const ALL: [Self; 8] =
        [Self::Mixed, Self::Gunicorn, Self::Nginx, Self::Json, Self::Logfmt, Self::Syslog, Self::Java, Self::K8s];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Gunicorn => "gunicorn",
            Self::Nginx => "nginx",
            Self::Json => "json",
            Self::Logfmt => "logfmt",
            Self::Syslog => "syslog",
            Self::Java => "java",
            Self::K8s => "k8s",
        }
    }
}

/// A log and the number of secrets in it.
pub(crate) struct Corpus {
    pub(crate) text: Vec<u8>,
    pub(crate) planted: usize,
}

impl Corpus {
    /// About `len` bytes of whole lines; each event has a secret with the probability `rate`.
    pub(crate) fn new(mix: Mix, rate: f64, len: usize, seed: u64) -> Self {
        let mut rng = Rng(seed ^ 0x696e_6b6f_7574);
        let mut clock = Clock { ms: 0 };
        let mut corpus = Self { text: Vec::with_capacity(len + 4096), planted: 0 };
        while corpus.text.len() < len {
            let secret = (rng.next() >> 11) as f64 / ((1_u64 << 53) as f64) < rate;
            corpus.planted += usize::from(secret);
            clock.ms += rng.below(200);
            let one = if mix == Mix::Mixed { Mix::ALL[1 + rng.below(7)] } else { mix };
            let line = event(one, &clock, secret, &mut rng);
            let _ = corpus.text.write_all(line.as_bytes());
            corpus.text.push(b'\n');
        }
        corpus
    }

    /// In blocks of whole lines, as a filter would see them.
    pub(crate) fn blocks(&self) -> Vec<&[u8]> {
        const BLOCK: usize = 256 << 10;
        let mut blocks = Vec::new();
        let mut rest = &self.text[..];
        while !rest.is_empty() {
            let near = &rest[..rest.len().min(BLOCK)];
            let cut = near.iter().rposition(|b| *b == b'\n').map_or(near.len(), |n| n + 1);
            let (block, behind) = rest.split_at(cut);
            blocks.push(block);
            rest = behind;
        }
        blocks
    }
}

struct Clock {
    ms: usize,
}

impl Clock {
    fn time(&self) -> String {
        let s = self.ms / 1000;
        format!("{:02}:{:02}:{:02}", s / 3600 % 24, s / 60 % 60, s % 60)
    }

    fn millis(&self) -> usize {
        self.ms % 1000
    }
}

const SERVICES: &[&str] = &["checkout", "orders", "payments", "users", "gateway", "inventory", "search", "mailer"];
const HOSTS: &[&str] = &["web-01", "web-02", "node-a7", "db-1", "cache-2", "k8s-worker-3"];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0",
    "kube-probe/1.29",
    "curl/8.9.1",
    "python-requests/2.31.0",
    "Prometheus/2.51.0",
];
const CLASSES: &[&str] = &[
    "o.s.web.servlet.DispatcherServlet",
    "com.acme.orders.OrderService",
    "org.apache.kafka.clients.consumer.internals.ConsumerCoordinator",
    "com.zaxxer.hikari.pool.HikariPool",
];

fn event(mix: Mix, clock: &Clock, secret: bool, rng: &mut Rng) -> String {
    let (time, ms) = (clock.time(), clock.millis());
    match mix {
        Mix::Mixed | Mix::Gunicorn | Mix::Nginx => access(mix, &time, secret, rng),
        Mix::Json => {
            let tail = if secret { member(rng) } else { String::new() };
            format!(
                r#"{{"ts":"2026-11-25T{time}.{ms:03}Z","level":"info","logger":"app.{}","msg":"{}","trace_id":"{}","duration_ms":{}{tail}}}"#,
                rng.pick(SERVICES),
                message(rng).replace('"', "'"),
                rng.hex(32),
                rng.below(900)
            )
        }
        Mix::Logfmt => {
            let tail = if secret { pair(rng) } else { String::new() };
            format!(
                "time=2026-11-25T{time}.{ms:03}Z level=info service={} path=/api/v2/{}/{} status=200 duration_ms={} msg=\"{}\"{tail}",
                rng.pick(SERVICES),
                rng.pick(SERVICES),
                rng.below(1_000_000),
                rng.below(900),
                message(rng).replace('"', "'")
            )
        }
        Mix::Syslog => {
            let tail = if secret { pair(rng) } else { String::new() };
            let (host, pid) = (rng.pick(HOSTS), rng.below(40_000));
            if rng.below(3) == 0 {
                let (ip, port) = (rng.ip(), 1024 + rng.below(60_000));
                format!(
                    "Nov 25 {time} {host} sshd[{pid}]: Accepted publickey for deploy from {ip} port {port} ssh2{tail}"
                )
            } else {
                format!("Nov 25 {time} {host} {}[{pid}]: {}{tail}", rng.pick(SERVICES), message(rng))
            }
        }
        Mix::Java => java(&time, ms, secret, rng),
        Mix::K8s => {
            let tail = if secret { pair(rng) } else { String::new() };
            format!(
                "2026-11-25T{time}.{ms:03}118742Z stdout F I1125 {time}.{ms:03}118       1 {}.go:{}] \"{}\" pod=\"shop/{}-{}-{}\"{tail}",
                rng.pick(&["reconcile", "controller", "kubelet"]),
                rng.below(900),
                message(rng).replace('"', "'"),
                rng.pick(SERVICES),
                rng.text(b"bcdfghjklmnpqrstvwxz2456789", 10),
                rng.text(b"bcdfghjklmnpqrstvwxz2456789", 5)
            )
        }
    }
}

fn access(mix: Mix, time: &str, secret: bool, rng: &mut Rng) -> String {
    let value = rng.text(ALNUM, 28);
    let query = match (secret, rng.below(3)) {
        (false, _) => String::new(),
        (true, 0) => format!("&api_key=q7{value}"),
        (true, 1) => format!("&access_token=q7{value}"),
        (true, _) => format!("&password=q7{value}"),
    };
    let head = format!(
        "{} - - [25/Nov/2026:{time} +0000] \"{} /api/v2/{}/{}?page={}{query} HTTP/1.1\" {} {} \"-\" \"{}\"",
        rng.ip(),
        rng.pick(&["GET", "GET", "GET", "POST"]),
        rng.pick(SERVICES),
        rng.below(1_000_000),
        rng.below(50),
        rng.pick(&["200", "200", "200", "304", "404"]),
        rng.below(90_000),
        rng.pick(AGENTS)
    );
    if mix == Mix::Nginx { format!("{head} rt=0.{:03} rid={}", rng.below(1000), rng.hex(32)) } else { head }
}

fn java(time: &str, ms: usize, secret: bool, rng: &mut Rng) -> String {
    let tail = if secret { pair(rng) } else { String::new() };
    let mut line = format!(
        "2026-11-25 {time},{ms:03} {:5} [http-nio-8080-exec-{}] {} - {}{tail}",
        rng.pick(&["INFO", "INFO", "INFO", "DEBUG", "WARN"]),
        rng.below(32),
        rng.pick(CLASSES),
        message(rng)
    );
    if rng.below(25) == 0 {
        line += "\njava.lang.IllegalStateException: connection is closed";
        for _ in 0..6 {
            let (class, at) = (rng.pick(CLASSES), rng.below(900));
            line += &format!("\n\tat {class}.invoke({}.java:{at})", class.rsplit('.').next().unwrap_or(class));
        }
    }
    line
}

/// What programs say, look-alikes of secrets among it.
fn message(rng: &mut Rng) -> String {
    match rng.below(12) {
        0..=2 => {
            format!("request completed path=/api/v2/{}/{} status=200", rng.pick(SERVICES), rng.below(1_000_000))
        }
        3 => format!("processed job {} in {} ms", rng.uuid(), rng.below(9000)),
        4 => format!("connected to {}:{} pool size={}", rng.pick(HOSTS), 1024 + rng.below(60_000), rng.below(64)),
        5 => format!("cache miss for user:{}:profile ttl=300", rng.below(10_000_000)),
        6 => format!("deploying commit {} to {}", rng.hex(40), rng.pick(HOSTS)),
        7 => format!("SELECT id, created_at FROM {} WHERE id = {} LIMIT 1", rng.pick(SERVICES), rng.below(10_000_000)),
        8 => format!("token expired for user_id={}, expires_in={}", rng.below(1_000_000), rng.below(3600)),
        9 => format!("pulled image registry.example.com/{}@sha256:{}", rng.pick(SERVICES), rng.hex(64)),
        10 => format!("upgraded from {}.{}.{} to 7.1.{}", rng.below(9), rng.below(30), rng.below(40), rng.below(40)),
        _ => "password must be at least 12 characters and contain a digit".to_owned(),
    }
}

/// A secret behind a line of text.
fn pair(rng: &mut Rng) -> String {
    let value = rng.text(ALNUM, 36);
    match rng.below(5) {
        0 => format!(" password={}", &value[..14]),
        1 => format!(" Authorization: Bearer q7{value}"),
        // In two parts, so that this file holds nothing that looks like one.
        2 => format!(" using {}{value}", concat!("gh", "p_")),
        3 => format!(" postgres://app:{}@db-1.internal:5432/shop", &value[..16]),
        _ => format!(" mail to {}.smith@mail.acme-shop.net", rng.text(b"abcdefghijklmnopqrstuvwxyz", 6)),
    }
}

/// A secret as a member of an object.
fn member(rng: &mut Rng) -> String {
    let value = rng.text(ALNUM, 28);
    match rng.below(3) {
        0 => format!(r#","password":"{value}""#),
        1 => format!(r#","auth":{{"api_key":"{value}"}}"#),
        _ => format!(r#","email":"{}.smith@mail.acme-shop.net""#, rng.text(b"abcdefghijklmnopqrstuvwxyz", 6)),
    }
}
