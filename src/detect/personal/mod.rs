//! Personal data of the strict profile: numbers, addresses and names that are seldom worth hiding and often innocent.
//!
//! The sieve reports words that begin as such data does ([`crate::sieve`]) and a few fixed texts; everything here is
//! anchored at one of them and looks a bounded way around it. None of it runs where its rules are off.

mod birth;
mod field;
pub(crate) mod forms;
mod home;
mod ident;
mod ip;
mod near;
mod phone;
mod random;
mod wallet;

use super::Found;
use super::boundary::is_word;
use crate::catalogue::{Detector, Ident};
use crate::span::{Confidence, RuleId, Span};

/// The rules that are on.
#[derive(Debug, Default)]
pub(crate) struct Personal {
    idents: ident::Idents,
    phone: Option<RuleId>,
    ip: Option<RuleId>,
    mac: Option<RuleId>,
    wallet: Option<RuleId>,
    random: Option<RuleId>,
}

/// What a fixed text stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Text {
    Home,
    Birth,
    Field,
    Phone,
}

impl Personal {
    /// Switches on an identifier.
    pub(crate) fn ident(&mut self, rule: RuleId, ident: Ident) {
        self.idents.add(rule, ident);
    }

    /// Switches on what begins with a word; says whether `detector` is of this kind.
    pub(crate) fn word(&mut self, rule: RuleId, detector: Detector) -> bool {
        let slot = match detector {
            Detector::Phone => &mut self.phone,
            Detector::IpAddress => &mut self.ip,
            Detector::MacAddress => &mut self.mac,
            Detector::Wallet => &mut self.wallet,
            Detector::RandomToken => &mut self.random,
            _ => return false,
        };
        *slot = Some(rule);
        true
    }

    /// Whether any rule is on that begins with a word.
    pub(crate) fn is_on(&self) -> bool {
        [self.phone, self.ip, self.mac, self.wallet, self.random].iter().any(Option::is_some) || self.idents.is_on()
    }

    /// A word begins at `at` that could be personal data: adds what is.
    pub(crate) fn find(&self, line: &[u8], at: usize, found: &mut Found<'_>) {
        let head = &line[at..line.len().min(at + 5)];
        let [first, ..] = head else { return };
        let mut near = near::Near::new(line, at);
        self.idents.find(line, at, &mut near, found);
        let has = |byte: u8| head.contains(&byte);
        if first.is_ascii_digit() {
            found.one(self.phone, Confidence::Medium, || phone::find(line, at, &near));
            if has(b'.') {
                found.one(self.ip, Confidence::Medium, || ip::v4(line, at));
            }
        }
        if has(b':') || line[..at].ends_with(b":") {
            found.one(self.ip, Confidence::High, || ip::v6(line, at));
        }
        if has(b':') || has(b'-') || has(b'.') {
            found.one(self.mac, Confidence::High, || ip::mac(line, at));
        }
        if line.get(at + SHORTEST - 1).is_some_and(|b| is_word(*b)) {
            let len = line[at..].iter().take(LONGEST).take_while(|b| is_word(**b)).count();
            if len < LONGEST {
                found.one(self.wallet, Confidence::High, || wallet::find(line, at, len));
                found.one(self.random, Confidence::Low, || random::find(line, at, len));
            }
        }
    }
}

/// Shorter words are neither wallets nor random tokens.
const SHORTEST: usize = 26;
/// Longer words are data.
const LONGEST: usize = 128;

impl Text {
    /// The text that `detector` waits for, and its spellings.
    pub(crate) fn of(detector: Detector) -> Option<(Self, &'static [&'static str], bool)> {
        Some(match detector {
            Detector::Phone => (Self::Phone, &phone::NEEDLES, true),
            Detector::HomePath => (Self::Home, &home::NEEDLES, false),
            Detector::BirthDate => (Self::Birth, &birth::NEEDLES, true),
            Detector::PersonalField => (Self::Field, &field::NEEDLES, true),
            _ => return None,
        })
    }

    /// What the text at `at` is about.
    pub(crate) fn find(self, line: &[u8], at: usize) -> Option<Span> {
        match self {
            Self::Home => home::find(line, at),
            Self::Birth => birth::find(line, at),
            Self::Field => field::find(line, at),
            Self::Phone => phone::behind(line, at),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::detect::trial::{self, case};

    #[test]
    fn telephones() {
        for marked in [
            "tel:«+442079460958»",
            "«0312 123 45 67», «06 12 34 56 78» and «(020) 79460958»",
            r"text\n«+14155550132»\n",
            "phone_number=«4155550132»&x=1",
            "mobile: «+49 30 1234567» ext. none",
            "a+4155550132 1+4155550132 +1415555013 +99912345678",
            "10-415-555-0132-7 x-415-555-0132 415-555-0132x 115-555-0132",
            "phone [4155550132], fax, 4155550132",
            "dc 83 be 06 12 34 56 78 c7 c7",
        ] {
            case("phone", marked);
        }
    }

    #[test]
    fn addresses() {
        for marked in [
            "x=«10.20.30.40»/24, ip-«10.20.30.40».",
            "10.20.30.400 1.10.20.30.40 10.20.30.40.50 010.20.30.40 x10.20.30.40",
            "[«2001:db8::1»]:443 «::ffff:192.0.2.1» «fe80::1»",
            "12:34:56 1:2:3:4:5:6:7 a::b dead::beef 12345:db8::1 1:2:3:4:5:6:7:8:9",
        ] {
            case("ip-address", marked);
        }
        case("mac-address", "«00:1a:2b:3c:4d:5e» 00:1a:2b:3c:4d:5e:6f 00:1a:2b-3c:4d:5e");
    }

    #[test]
    fn names_decide_where_a_check_does_not() {
        for (detector, marked) in [
            ("us-npi", "1234567893 is not told"),
            ("us-npi", "npi=«1234567893» providerNpi: «1234567893»"),
            ("us-npi", "{\"trace_id\":\"1234567893\"}"),
            ("passport", "passportNumber=«A12803456»"),
            ("passport", "ref A12803456 [passport] A12803456"),
            ("pl-pesel", "«44051401359» order_id=44051401359 blk_44051401359 0.44051401359 /44051401359"),
            ("imei", "\"«490154203237518»\" 490154203237518 bytes"),
        ] {
            case(detector, marked);
        }
    }

    #[test]
    fn a_long_line_takes_linear_time() {
        for unit in [
            "1234-",
            "AB 12 ",
            "1.2.3.",
            "a::",
            "aa:bb:",
            "0",
            "A1",
            "+1 415 ",
            "(0",
            "123 456 ",
            "phone ",
            "dob ",
            "1985-01-01 ",
        ] {
            let line = unit.repeat((1 << 17) / unit.len());
            for detector in
                ["phone", "ip-address", "mac-address", "wallet", "random-token", "birth-date", "ca-sin", "home-path"]
            {
                trial::redacted(detector, line.as_bytes());
            }
        }
    }
}
