//! The service: its parts are opened, run in threads of their own, changed at SIGHUP and brought to an end.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::config::{Config, takes};
use super::intake::Rules;
use super::monitor::Board;
use super::outlet::{Outlet, Patience, QUEUE};
use super::signals::{Word, listen};
use super::spool::Spool;
use super::{Halt, Intake, Source, log, machine, manager, sandbox, store};
use crate::Redactor;

/// Everything that is read at the start, and again at SIGHUP.
pub(crate) struct Loaded {
    /// What there is to do.
    pub(crate) config: Config,
    /// With which rules.
    pub(crate) redactor: Redactor,
    /// How long what was read may take to be handed on at the end.
    pub(crate) grace: Duration,
    /// Files that are read again at a reload.
    pub(crate) files: Vec<PathBuf>,
}

/// How the service ended.
pub(crate) struct Served {
    /// The signal that asked for it; none where all sources came to their end.
    pub(crate) signal: Option<i32>,
    /// Events that no sink took.
    pub(crate) left: usize,
}

/// Runs until a signal asks for an end, or all sources have come to theirs. At SIGHUP `load` is asked anew.
///
/// # Errors
/// What stands against it before anything is read, and at a reload what neither the new nor the old configuration can
/// be begun with.
pub(crate) fn serve(first: Loaded, load: &dyn Fn() -> Result<Loaded, Vec<String>>) -> io::Result<Served> {
    let (tell, words) = unbounded();
    let Loaded { config, redactor, grace, files } = first;
    log::set(config.options.log);
    machine::allow_many();
    let board = Board::default();
    config.options.state.as_deref().map_or(Ok(()), store::folder)?;
    sandbox::close(config.options.sandbox, &config, &files)?;
    listen(tell.clone())?;
    config.options.metrics.map_or(Ok(()), |address| board.listen(address))?;
    let rules: Rules = Arc::new(RwLock::new(Arc::new(redactor)));
    let topology = Topology::start(&config, &rules, &board, &tell)?;
    let mut service = Service { config, grace, rules, topology, board, tell };
    manager::ready();
    let signal = service.watch(&words, load)?;
    manager::stopping();
    let left = service.topology.stop(service.grace);
    if left > 0 {
        log::warn("end", &format!("{left} events that were read could not be handed on in time"));
    }
    Ok(Served { signal, left })
}

struct Service {
    config: Config,
    grace: Duration,
    rules: Rules,
    topology: Topology,
    board: Board,
    tell: Sender<Word>,
}

impl Service {
    /// Waits for what happens. Gives the signal that asks for the end.
    fn watch(
        &mut self,
        words: &Receiver<Word>,
        load: &dyn Fn() -> Result<Loaded, Vec<String>>,
    ) -> io::Result<Option<i32>> {
        let beat = manager::beat();
        loop {
            manager::alive();
            match words.recv_timeout(beat) {
                Ok(Word::End(signal)) => return Ok(Some(signal)),
                Ok(Word::Reload) => {
                    manager::reloading();
                    self.reload(load)?;
                    manager::ready();
                }
                Ok(Word::Ended(generation)) => {
                    if self.topology.ended(generation) {
                        return Ok(None);
                    }
                }
                Err(_) => {}
            }
        }
    }

    /// New rules and tables, all of them or none.
    fn reload(&mut self, load: &dyn Fn() -> Result<Loaded, Vec<String>>) -> io::Result<()> {
        let loaded = load().and_then(|loaded| checked(&loaded.config, &loaded.redactor).map(|()| loaded));
        let Loaded { config, redactor, grace, .. } = match loaded {
            Ok(loaded) => loaded,
            Err(wrong) => {
                self.refused(&wrong);
                return Ok(());
            }
        };
        let old = {
            let mut rules = self.rules.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *rules, Arc::new(redactor))
        };
        let before = std::mem::replace(&mut self.grace, grace);
        if config.tables != self.config.tables
            && let Err(error) = self.replace(config)
        {
            *self.rules.write().unwrap_or_else(PoisonError::into_inner) = old;
            self.grace = before;
            self.topology = Topology::start(&self.config, &self.rules, &self.board, &self.tell)?;
            self.refused(&[error]);
            return Ok(());
        }
        self.topology.refresh();
        self.board.reloaded(true);
        log::info("reload", "done");
        Ok(())
    }

    fn refused(&self, wrong: &[String]) {
        wrong.iter().for_each(|what| log::warn("reload", what));
        self.board.reloaded(false);
        log::warn("reload", "nothing is changed: what was in force stays");
    }

    /// Other parts in the place of those that run, which end in any case.
    fn replace(&mut self, config: Config) -> Result<(), String> {
        let left = self.topology.stop(self.grace);
        if left > 0 {
            log::warn("reload", &format!("{left} events that were read could not be handed on in time"));
        }
        match Topology::start(&config, &self.rules, &self.board, &self.tell) {
            Ok(topology) => {
                self.topology = topology;
                self.config = config;
                log::set(self.config.options.log);
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        }
    }
}

/// Whether everything that a configuration names is there.
///
/// # Errors
/// All that is not.
pub(crate) fn checked(config: &Config, redactor: &Redactor) -> Result<(), Vec<String>> {
    let mut wrong = Vec::new();
    for source in config.sources.iter().filter(|source| source.spec.marks_only() && !redactor.marks_only()) {
        wrong.push(format!(
            "source {}: its messages get markers only; leave out the actions mask, pseudonym and drop-line, and add-mask",
            source.name
        ));
    }
    config.sources.iter().for_each(|source| source.spec.check(&mut wrong));
    config.sinks.iter().for_each(|sink| sink.spec.check(&mut wrong));
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// All parts, running.
struct Topology {
    halt: Halt,
    /// Which one of all it is.
    generation: u64,
    sources: Vec<JoinHandle<Box<dyn Source>>>,
    /// Sources that run.
    running: usize,
    sinks: Vec<JoinHandle<usize>>,
    refresh: Vec<Arc<AtomicBool>>,
}

impl Topology {
    /// Opens everything, and only then begins.
    fn start(config: &Config, rules: &Rules, board: &Board, tell: &Sender<Word>) -> io::Result<Self> {
        static GENERATION: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let generation = GENERATION.fetch_add(1, Ordering::Relaxed);
        let halt = Halt::new()?;
        let named = |name: &str, error: io::Error| io::Error::new(error.kind(), format!("{name}: {error}"));
        let mut outlets = Vec::new();
        for entry in &config.sinks {
            let sink = entry.spec.open().map_err(|error| named(&entry.name, error))?;
            let spool = entry.spool.clone().map(Spool::open).transpose().map_err(|error| named(&entry.name, error))?;
            let (sender, queue) = bounded(QUEUE);
            let (counts, refresh) = (board.counts("sink", &entry.name), Arc::new(AtomicBool::new(false)));
            let (name, halt, patience) = (entry.name.clone(), halt.clone(), Patience::default());
            let outlet = Outlet { name, sink, spool, queue, counts, halt, refresh, patience };
            outlets.push((entry, sender, outlet));
        }
        let mut sources = Vec::new();
        for entry in &config.sources {
            let source = entry.spec.open().map_err(|error| named(&entry.name, error))?;
            let mine = outlets.iter().filter(|(sink, ..)| takes(sink, &entry.name));
            let senders = mine.map(|(_, sender, _)| sender.clone()).collect();
            let intake = Intake::new(Arc::clone(rules), senders, halt.clone(), board.counts("source", &entry.name));
            sources.push(Running { name: entry.name.clone(), source, intake, tell: tell.clone(), generation });
        }
        let refresh = outlets.iter().map(|(.., outlet)| Arc::clone(&outlet.refresh)).collect();
        let sinks = outlets.into_iter().map(|(.., outlet)| begin("sink", move || outlet.run()));
        let sinks = sinks.collect::<io::Result<Vec<_>>>()?;
        let running = sources.len();
        let sources = sources.into_iter().map(|source| begin("source", move || source.run()));
        Ok(Self { halt, generation, sources: sources.collect::<io::Result<_>>()?, running, sinks, refresh })
    }

    /// A source has ended; says whether it was the last one.
    fn ended(&mut self, generation: u64) -> bool {
        if generation == self.generation {
            self.running -= 1;
        }
        self.running == 0
    }

    /// SIGHUP.
    fn refresh(&self) {
        self.refresh.iter().for_each(|flag| flag.store(true, Ordering::Relaxed));
    }

    /// Brings everything to its end: first the sources, then, when the queues are empty, the sinks. Says how many events
    /// were not taken.
    fn stop(&mut self, grace: Duration) -> usize {
        self.halt.ask(grace);
        let sources: Vec<_> = self.sources.drain(..).filter_map(|source| source.join().ok()).collect();
        let left = self.sinks.drain(..).map(|sink| sink.join().unwrap_or(1)).sum();
        for mut source in sources {
            source.end();
        }
        left
    }
}

fn begin<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    thread::Builder::new().name(name.to_owned()).spawn(work)
}

/// A source in its thread.
struct Running {
    name: String,
    source: Box<dyn Source>,
    intake: Intake,
    tell: Sender<Word>,
    generation: u64,
}

impl Running {
    /// Runs it until its end, beginning again where it failed.
    fn run(self) -> Box<dyn Source> {
        const LONGEST: Duration = Duration::from_secs(30);
        let Self { name, mut source, intake, tell, generation } = self;
        let mut wait = Duration::from_secs(1);
        loop {
            let begun = Instant::now();
            // What it panicked over was not acknowledged, and it begins again before that.
            let run = catch_unwind(AssertUnwindSafe(|| source.run(&intake)));
            match run.unwrap_or_else(|_| Err(io::Error::other("internal error"))) {
                Ok(()) => break,
                Err(error) => {
                    intake.counts().one(&intake.counts().errors);
                    log::warn(&name, &format!("{error}; it begins again in {} s", wait.as_secs()));
                }
            }
            if intake.halt().wait(wait) {
                break;
            }
            wait = if begun.elapsed() > LONGEST * 4 { Duration::from_secs(1) } else { (wait * 2).min(LONGEST) };
        }
        drop(intake);
        let _ = tell.send(Word::Ended(generation));
        source
    }
}
