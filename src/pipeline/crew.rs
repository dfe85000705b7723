//! Blocks looked at ahead of their turn, on other threads, and given back in the order they came.
//!
//! The threads begin with the first block that is worth it, so a short or quiet text never pays for them. Whoever
//! waits for a block looks at another one meanwhile; that way `threads` threads are busy, counting the waiting one.
//! What is under way is bounded in number, and blocks are bounded in size.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{Builder, Scope};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::{Guess, Guesser, Redactor};

/// The threads and what is under way.
pub(super) struct Crew<'s, 'e> {
    scope: &'s Scope<'s, 'e>,
    redactor: &'e Redactor,
    threads: usize,
    hands: Option<Hands>,
    /// The oldest first.
    slots: VecDeque<Slot>,
    /// The number of the oldest.
    oldest: u64,
    guesser: Guesser<'e>,
    /// Memory of blocks that are done with.
    spare: Vec<Vec<u8>>,
}

struct Slot {
    block: Arc<Vec<u8>>,
    guess: Option<Guess>,
}

#[derive(Debug)]
struct Job {
    number: u64,
    block: Arc<Vec<u8>>,
}

struct Hands {
    jobs: Sender<Job>,
    /// The jobs that nobody has begun.
    open: Receiver<Job>,
    done: Receiver<(u64, Guess)>,
}

impl<'s, 'e> Crew<'s, 'e> {
    /// Nobody is there yet. With one thread nobody ever will be.
    pub(super) fn new(scope: &'s Scope<'s, 'e>, redactor: &'e Redactor, threads: usize) -> Self {
        let (slots, spare) = (VecDeque::new(), Vec::new());
        Self { scope, redactor, threads, hands: None, slots, oldest: 0, guesser: Guesser::new(redactor), spare }
    }

    /// Whether there is anybody to give a block to.
    pub(super) const fn is_alone(&self) -> bool {
        self.threads < 2
    }

    /// Whether nothing is under way.
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Whether as much is under way as may be.
    pub(super) fn is_full(&self) -> bool {
        self.slots.len() >= self.most()
    }

    /// How many bytes are under way.
    pub(super) fn bytes(&self) -> u64 {
        self.slots.iter().map(|slot| slot.block.len() as u64).sum()
    }

    /// Memory that is free.
    pub(super) fn spare(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    /// Gives a block of whole lines to whoever is free. There must be room for it.
    pub(super) fn give(&mut self, block: Vec<u8>) {
        debug_assert!(!self.is_full());
        let number = self.oldest + self.slots.len() as u64;
        let block = Arc::new(block);
        self.slots.push_back(Slot { block: Arc::clone(&block), guess: None });
        if self.hands.is_none() {
            self.hands = Some(self.hire());
        }
        if let Some(hands) = &self.hands {
            // There is room, and should nobody be there, whoever waits for it does it.
            drop(hands.jobs.try_send(Job { number, block }));
        }
    }

    /// The oldest block and what it holds, once that is known.
    pub(super) fn next(&mut self) -> Option<(Arc<Vec<u8>>, Guess)> {
        loop {
            let front = self.slots.front_mut()?;
            if let Some(guess) = front.guess.take() {
                let slot = self.slots.pop_front()?;
                self.oldest += 1;
                return Some((slot.block, guess));
            }
            let hands = self.hands.as_ref()?;
            let (number, guess) = if let Ok(done) = hands.done.try_recv() {
                done
            } else if let Ok(Job { number, block }) = hands.open.try_recv() {
                (number, self.guesser.guess(&block))
            } else {
                hands.done.recv().unwrap_or_else(|_| (self.oldest, self.guesser.guess(&front.block)))
            };
            if let Some(slot) = self.slots.get_mut((number - self.oldest) as usize) {
                slot.guess = Some(guess);
            }
        }
    }

    /// Takes the memory of a block back.
    pub(super) fn recycle(&mut self, block: Arc<Vec<u8>>) {
        if let Some(bytes) = Arc::into_inner(block).filter(|_| self.spare.len() < self.most()) {
            self.spare.push(bytes);
        }
    }

    /// Two for each thread: one to look at, and one to go on with.
    const fn most(&self) -> usize {
        self.threads * 2
    }

    fn hire(&self) -> Hands {
        let (jobs, open) = bounded::<Job>(self.most());
        let (say, done) = bounded(self.most());
        for _ in 1..self.threads {
            let (open, say, mut guesser) = (open.clone(), say.clone(), Guesser::new(self.redactor));
            let work = move || {
                for Job { number, block } in open {
                    let guess = guesser.guess(&block);
                    drop(block);
                    if say.send((number, guess)).is_err() {
                        break;
                    }
                }
            };
            // With fewer threads than wished for it is only slower.
            drop(Builder::new().name("search".to_owned()).spawn_scoped(self.scope, work));
        }
        Hands { jobs, open, done }
    }
}
