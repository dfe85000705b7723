//! SIGHUP, again and again, while lines flow, every other time with a configuration that is broken: each line comes through
//! once, the last good configuration counts, and the figures agree with what was told.

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use crate::ledger::{Figures, Flow, leaks};
use crate::{Place, Server, address, figure, reachable, wait_until};

/// A value that only a rule of this test finds.
const KEY: &str = "zq_00112233aabbccdd";

const RULE: &str = "group = \"test\"\n\n[[rule]]\nid = \"zq\"\ntitle = \"Key for tests\"\nseverity = \"low\"\n\
    pattern = 'zq_[0-9a-f]{16}'\nexamples = ['key «zq_{{hex:16}}» end']\nnear_misses = ['zq_{{hex:4}}']\n";

/// Reads `in` by files or by TCP; beside it is `probe`, a file whose lines show which rules are in force.
struct Setup {
    place: Place,
    files: bool,
    listen: String,
    metrics: String,
    taken: TcpListener,
}

impl Setup {
    fn new(files: bool) -> Self {
        let place = Place::new();
        fs::write(place.path("zq.toml"), RULE).unwrap();
        fs::write(place.path("bad.toml"), RULE.replace("{16}'", "{16'")).unwrap();
        fs::create_dir(place.path("state")).unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { place, files, listen: address(), metrics: address(), taken }
    }

    /// A configuration. With `zq` there is a rule for [`KEY`]; `poll` makes the tables others.
    fn text(&self, zq: bool, poll: f64, more: &str) -> String {
        let rules = if zq { "rules = [\"zq.toml\"]\n" } else { "" };
        let source = match self.files {
            true => "type = \"files\"\npaths = [\"app.log\"]\npoll = 0.02".to_owned(),
            false => format!("type = \"syslog\"\nlisten = \"tcp://{}\"", self.listen),
        };
        format!(
            "{rules}[serve]\nstate = \"state\"\nmetrics = \"{}\"\n\
             [[source]]\nname = \"in\"\n{source}\n\
             [[source]]\nname = \"probe\"\ntype = \"files\"\npaths = [\"probe.log\"]\npoll = {poll}\n\
             [[sink]]\nname = \"out\"\ntype = \"file\"\npath = \"out\"\nsources = [\"in\"]\n\
             [[sink]]\nname = \"seen\"\ntype = \"file\"\npath = \"seen\"\nsources = [\"probe\"]\n{more}",
            self.metrics
        )
    }

    /// Configurations that are broken, each in another way, and what is said of them.
    fn broken(&self) -> Vec<(String, String)> {
        let good = self.text(true, 0.02, "");
        let both = good.replace("[\"probe\"]\n", "[\"probe\", \"new\"]\n");
        let source = |more: &str| format!("{both}[[source]]\nname = \"new\"\ntype = \"syslog\"\n{more}\n");
        let taken = self.taken.local_addr().unwrap();
        let mut all = vec![
            (format!("{good}[[source\n"), "us.toml:".to_owned()),
            (good.replace("zq.toml", "bad.toml"), "bad.toml:3: rule zq: pattern: unclosed".to_owned()),
            (good.replace("zq.toml", "none.toml"), "none.toml: No such file".to_owned()),
            (
                source("listen = \"tls://127.0.0.1:1\"\ncertificate = \"none.pem\"\nkey = \"none.key\""),
                "none.pem".to_owned(),
            ),
            (good.replace("[[sink]]\nname = \"out\"", "[[sink]]\nnam = \"out\""), "unknown key \"nam\"".to_owned()),
            (good.replace("path = \"out\"", "path = \"nowhere/out\""), "nowhere".to_owned()),
        ];
        // What only shows when the parts begin has ended those that ran; a connection does not outlive that.
        if self.files {
            all.push((source(&format!("listen = \"tcp://{taken}\"")), "new: Address already in use".to_owned()));
        }
        all
    }

    fn good(&self, n: usize) -> String {
        let poll = if self.files { [0.02, 0.02, 0.03, 0.03][n % 4] } else { 0.02 };
        self.text(n.is_multiple_of(2), poll, "")
    }

    /// It is there whole at any moment.
    fn put(&self, text: &str) {
        fs::write(self.place.path("new.toml"), text).unwrap();
        fs::rename(self.place.path("new.toml"), self.place.path("us.toml")).unwrap();
    }

    fn start(&self) -> Server {
        self.put(&self.text(true, 0.02, ""));
        let server = self.place.start("us", &mut std::process::Command::new(env!("CARGO_BIN_EXE_inkout")));
        wait_until("it is up", || TcpStream::connect(&self.metrics).is_ok());
        server
    }

    /// Reloads that went through, and those that did not.
    fn counted(&self) -> (u64, u64) {
        (figure(&self.metrics, "inkout_generation"), figure(&self.metrics, "inkout_reloads_refused_total"))
    }

    /// Whether the rule for [`KEY`] is in force.
    #[track_caller]
    fn probe(&self, n: usize, zq: bool) {
        let path = self.place.path("probe.log");
        let mut probe = fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        writeln!(probe, "probe {n} {KEY} end").unwrap();
        let want = format!("probe {n} {} end\n", if zq { "[REDACTED]" } else { KEY });
        let seen = || fs::read_to_string(self.place.path("seen")).unwrap_or_default();
        wait_until(&want, || seen().contains(&format!("probe {n} ")));
        assert!(seen().ends_with(&want), "{want}: {}", seen());
    }
}

/// Lets lines flow while all kinds of configurations are put in place one by one, and then as fast as it goes.
fn storm(files: bool, signals: usize) {
    let setup = Setup::new(files);
    let server = setup.start();
    let out: Box<dyn Write + Send> = if files {
        Box::new(fs::File::create(setup.place.path("app.log")).unwrap())
    } else {
        reachable(&format!("tcp://{}", setup.listen));
        Box::new(TcpStream::connect(&setup.listen).unwrap())
    };
    let flow = Flow::begin(out, 20, Duration::from_millis(5));
    one_by_one(&setup, &server);
    together(&setup, &server, signals);
    let sent = flow.end();
    let text = || fs::read_to_string(setup.place.path("out")).unwrap_or_default();
    wait_until("the last line", || text().contains(&format!("n={} ", sent - 1)) && text().ends_with('\n'));
    let (done, refused) = setup.counted();
    assert_eq!(server.end(), Some(0));
    let said = setup.place.said("us");
    assert_eq!(done as usize, said.matches("reload: done\n").count());
    assert_eq!(refused as usize, said.matches("reload: nothing is changed").count());
    println!("{done} reloads, {refused} refused, {sent} lines");
    assert_eq!(Figures::of(sent, text().lines()), Figures::default());
    assert_eq!(leaks(&setup.place.path(""), &["app.log"]), Vec::<std::path::PathBuf>::new());
}

/// Each kind of broken configuration is told of, changes nothing, and is counted.
fn one_by_one(setup: &Setup, server: &Server) {
    let (mut done, mut refused, mut zq) = (0, 0, true);
    for (n, (broken, told)) in setup.broken().into_iter().enumerate() {
        let before = setup.place.said("us").len();
        setup.put(&broken);
        server.signal("HUP");
        refused += 1;
        wait_until(&told, || setup.counted() == (done, refused));
        let said = setup.place.said("us").split_off(before);
        assert!(said.contains(&told) && !said.contains("reload: done"), "{told}: {said}");
        setup.probe(2 * n, zq);
        setup.put(&setup.good(n + 1));
        server.signal("HUP");
        (done, zq) = (done + 1, n % 2 == 1);
        wait_until("it is reloaded", || setup.counted() == (done, refused));
        setup.probe(2 * n + 1, zq);
    }
}

/// So many signals, faster than they can be followed, half of them with a broken configuration in place.
fn together(setup: &Setup, server: &Server, signals: usize) {
    let broken = setup.broken();
    for n in 0..signals / 2 {
        setup.put(&broken[n % broken.len()].0);
        server.signal("HUP");
        std::thread::sleep(Duration::from_millis(1));
        setup.put(&setup.good(n));
        server.signal("HUP");
        std::thread::sleep(Duration::from_millis(1));
    }
    // The last good one counts, and not the broken one behind it.
    let (done, refused) = setup.counted();
    setup.put(&setup.text(false, if setup.files { 0.04 } else { 0.02 }, ""));
    server.signal("HUP");
    wait_until("it is reloaded", || setup.counted().0 > done);
    setup.put(&broken[0].0);
    server.signal("HUP");
    wait_until("it is refused", || setup.counted().1 > refused);
    setup.probe(1000, false);
}

#[test]
fn every_other_reload_is_of_a_broken_configuration_and_no_line_of_a_file_is_lost() {
    storm(true, 60);
}

#[test]
fn every_other_reload_is_of_a_broken_configuration_and_no_message_is_lost() {
    storm(false, 60);
}

#[test]
#[ignore = "campaign: a thousand signals"]
fn a_thousand_reloads_lose_nothing() {
    storm(true, 1000);
    storm(false, 1000);
}
