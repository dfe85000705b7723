//! Rules into an [`Engine`]: who waits for which sign.

use std::sync::Arc;

use super::claims::Claims;
use super::foreign::{Foreigners, Wake};
use super::known::{Known, Secret};
use super::literals::Literals;
use super::pattern::Pattern;
use super::{Detectors, Engine, Owner, email, encoded, key_block, named, personal, scheme, vendor};
use crate::catalogue::foreign::Foreign;
use crate::catalogue::literal::{Anchors, Literal, TOKEN_HEAD, Unit, word_start};
use crate::catalogue::{Boundary, Detector, Kind, Rule};
use crate::sieve::{Needle, Place, Shapes, Sieve, What};
use crate::span::RuleId;

/// As much of a literal is looked for.
const LITERAL_HEAD: usize = 16;
/// Needles that a rule has on average, roughly.
const NEEDLES: usize = 3;

#[derive(Default)]
pub(super) struct Build {
    claims: Claims,
    patterns: Vec<Pattern>,
    slow: Vec<usize>,
    named: named::Named,
    personal: personal::Personal,
    known: Known,
    shapes: Shapes,
    on: Detectors,
    foreigners: Foreigners,
    slow_foreign: Vec<usize>,
    literals: Literals,
    decode: u8,
}

impl Build {
    /// Nothing yet; encoded text is to be looked into `decode` deep. Some `rules` rules will come.
    pub(super) fn new(decode: u8, rules: usize) -> Self {
        let (claims, patterns) = (Claims::with_capacity(rules * NEEDLES), Vec::with_capacity(rules));
        Self { decode, claims, patterns, ..Self::default() }
    }

    pub(super) fn rule(&mut self, id: RuleId, rule: &Rule, anchors: Option<Anchors>) {
        match &rule.kind {
            Kind::Pattern(_) => self.pattern(id, rule, anchors),
            Kind::Detector(detector) => self.detector(id, *detector),
            Kind::Literals(list) => {
                let first = self.literals.add(id, list);
                for (number, text) in list.iter().enumerate() {
                    let head = text.iter().take(LITERAL_HEAD).copied().map(Unit::exact).collect();
                    self.text(head, Owner::Literal((first + number) as u32));
                }
            }
            Kind::Foreign(foreign) => self.foreign(id, foreign, anchors.as_ref()),
            Kind::Ident(ident) => {
                self.personal.ident(id, *ident);
                self.shapes.personal = true;
            }
            // Its needles come with the values.
            Kind::Known => {}
        }
    }

    /// The secrets that `id` looks for.
    pub(super) fn known(&mut self, id: RuleId, secrets: &[Secret]) {
        self.known = Known::new(id, secrets);
        for (text, anchor) in self.known.needles() {
            self.needle(Needle { text, place: Place::Anywhere }, Owner::Known(anchor));
        }
    }

    fn pattern(&mut self, id: RuleId, rule: &Rule, anchors: Option<Anchors>) {
        let Some(pattern) = Pattern::new(id, rule) else { return };
        let index = self.patterns.len();
        self.patterns.push(pattern);
        match anchors {
            Some(anchors) => {
                let back = (anchors.back.0 as u8, anchors.back.1 as u8);
                // Where the pattern has a boundary, no word goes on over its match's start, nor a literal's there.
                let free = rule.boundary != Boundary::None && anchors.back == (0, 0);
                for text in anchors.literals {
                    self.encoded(&text);
                    let place = if free && anchors.head >= TOKEN_HEAD {
                        Place::TokenStart
                    } else {
                        word_start(&text, free).map_or(Place::Anywhere, |at| Place::WordStart(at as u8))
                    };
                    self.needle(Needle { text, place }, Owner::Pattern { index: index as u16, back });
                }
            }
            None if rule.near.words.is_empty() => self.slow.push(index),
            None => {
                for word in &*rule.near.words {
                    let head = word.bytes().take(LITERAL_HEAD).map(Unit::caseless).collect();
                    self.text(head, Owner::Near { index: index as u16, len: word.len() as u8 });
                }
            }
        }
    }

    /// What `text`, the head of a rule's matches, is in base64 and hexadecimal.
    fn encoded(&mut self, text: &Literal) {
        let begins = |head: &&[u8]| text.len() >= head.len() && text.iter().zip(*head).all(|(u, b)| u.byte == *b);
        if encoded::HEADS.iter().any(begins) {
            let plain: Vec<u8> = text.iter().map(|unit| unit.byte).collect();
            self.inside(&plain);
        }
    }

    fn inside(&mut self, text: &[u8]) {
        for (text, form) in encoded::signs(text, self.decode) {
            self.needle(Needle { text, place: Place::Anywhere }, Owner::Encoded(form));
        }
    }

    fn foreign(&mut self, id: RuleId, foreign: &Arc<Foreign>, anchors: Option<&Anchors>) {
        let (wake, gate) = Wake::new(foreign, anchors);
        let index = self.foreigners.add(id, foreign, &wake, gate);
        let (texts, back) = match wake {
            Wake::Text(texts, back) => (texts, Some(back)),
            Wake::Keyword(texts) => (texts, None),
            Wake::Always => return self.slow_foreign.push(index),
        };
        texts.into_iter().for_each(|text| self.text(text, Owner::Foreign(index as u16, back)));
    }

    fn detector(&mut self, id: RuleId, detector: Detector) {
        match detector {
            Detector::NamedValue => {
                self.named = named::Named::new(id);
                for needle in self.named.needles() {
                    let word = if let Place::WordStart(at) = needle.place { Some(at) } else { None };
                    self.needle(needle, Owner::Named(word));
                }
                encoded::WORDS.iter().for_each(|word| self.inside(word.as_bytes()));
            }
            Detector::Scheme => {
                self.on.scheme = Some(id);
                for needle in scheme::NEEDLES {
                    self.text(needle.bytes().map(Unit::caseless).collect(), Owner::Scheme);
                }
            }
            Detector::VendorValue => {
                self.on.vendor = Some(id);
                for (needle, len, own) in vendor::needles() {
                    self.needle(needle, Owner::Vendor { len, own });
                }
            }
            Detector::UrlPassword => {
                self.on.url = Some(id);
                self.shapes.at = true;
            }
            Detector::PrivateKey => {
                self.on.key = Some(id);
                for needle in key_block::NEEDLES {
                    self.text(needle.bytes().map(Unit::exact).collect(), Owner::Key);
                }
            }
            Detector::Email => {
                self.on.email = Some(id);
                self.shapes.at = true;
                for needle in email::ESCAPED_AT {
                    self.text(needle.bytes().map(Unit::caseless).collect(), Owner::At(needle.len() as u8));
                }
            }
            Detector::Card => {
                self.on.card = Some(id);
                self.shapes.digits = true;
            }
            Detector::Ssn => {
                self.on.ssn = Some(id);
                self.shapes.digits = true;
            }
            Detector::Iban => {
                self.on.iban = Some(id);
                self.shapes.iban = true;
            }
            other => self.personal(id, other),
        }
    }

    /// What only the strict profile has on.
    fn personal(&mut self, id: RuleId, detector: Detector) {
        if self.personal.word(id, detector) {
            self.shapes.personal = true;
        }
        let Some((about, texts, caseless)) = personal::Text::of(detector) else { return };
        for text in texts {
            let unit = if caseless { Unit::caseless } else { Unit::exact };
            let needle = Needle { text: text.bytes().map(unit).collect(), place: Place::Anywhere };
            self.needle(needle, Owner::Personal(id, about));
        }
    }

    fn text(&mut self, text: Literal, owner: Owner) {
        let place = word_start(&text, false).map_or(Place::Anywhere, |at| Place::WordStart(at as u8));
        self.needle(Needle { text, place }, owner);
    }

    fn needle(&mut self, needle: Needle, owner: Owner) {
        self.claims.add(needle, owner);
    }

    pub(super) fn finish(self, exhaustive: bool) -> Result<Engine, String> {
        let (all, most) = (self.claims.needles(), What::MAX_NEEDLES);
        if all > most {
            return Err(format!("rules and known secrets need {all} literals; {most} is the most; give fewer"));
        }
        let (needles, owners) = self.claims.finish();
        let sieve = Sieve::new(needles, self.shapes);
        Ok(Engine {
            sieve: if exhaustive { sieve.exhaustive() } else { sieve },
            owners,
            patterns: self.patterns,
            slow: self.slow,
            named: self.named,
            personal: self.personal,
            known: self.known,
            on: self.on,
            foreigners: self.foreigners,
            slow_foreign: self.slow_foreign,
            literals: self.literals,
            decode: self.decode,
            allowed: super::allow::Allowed::default(),
            wishes: None,
        })
    }
}
