//! A rule as data: what it looks for, how grave it is, and the examples that prove it.
//!
//! These types are plain values. They know TOML only through [`super::load`], and nothing of how a rule is matched.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use super::foreign::Foreign;
use super::ident::Ident;
use super::near::Near;
use super::words::words;

/// Text that a built-in rule borrows from the program itself and a loaded one owns.
pub type Text = Cow<'static, str>;
/// A list of such kind.
pub type List<T> = Cow<'static, [T]>;

/// Lines of text. Those of all built-in rules are one text each: a list would be a table of addresses, and thousands of
/// those are set each time a program starts.
#[derive(Clone, Debug)]
pub struct Lines(Store);

#[derive(Clone, Debug)]
enum Store {
    /// Each ends in [`END`], which none of them holds.
    Fixed(&'static str),
    Own(Vec<String>),
}

/// The end of a built-in line: ASCII's sign for that.
pub(crate) const END: char = '\u{1f}';

impl Lines {
    pub(crate) const fn fixed(text: &'static str) -> Self {
        Self(Store::Fixed(text))
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let (fixed, own) = match &self.0 {
            Store::Fixed(text) => (*text, &[][..]),
            Store::Own(lines) => ("", &lines[..]),
        };
        fixed.split_terminator(END).chain(own.iter().map(String::as_str))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl From<Vec<String>> for Lines {
    fn from(lines: Vec<String>) -> Self {
        Self(Store::Own(lines))
    }
}

/// One rule of the catalogue.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique, kebab-case; what the user writes after `--disable` and sees in `--stats`.
    pub id: Text,
    /// What it finds, in a few words.
    pub title: Text,
    /// The family it belongs to.
    pub group: Text,
    /// What a stranger could do with the value.
    pub severity: Severity,
    /// The smallest profile that has it on.
    pub profile: Profile,
    /// What it looks for.
    pub kind: Kind,
    /// What may not stand beside a match.
    pub boundary: Boundary,
    /// What else must hold; all of it.
    pub checks: List<Check>,
    /// What has to stand near a match of a pattern, and what may not.
    pub near: Near,
    /// Weaknesses, as numbers of the Common Weakness Enumeration.
    pub cwe: List<u32>,
    /// What to do when it was found.
    pub fix: Text,
    /// Public description of the format.
    pub reference: Text,
    /// Lines with the secret between `«` and `»`, placeholders not yet filled in.
    pub examples: Lines,
    /// Lines that must come out untouched, placeholders not yet filled in.
    pub near_misses: Lines,
    /// Where it was read.
    pub origin: Origin,
}

/// A rule that is used and not changed. A built-in one stays where it is: copies of five hundred would be felt each
/// time a program starts.
#[derive(Clone, Debug)]
pub(crate) enum Held {
    BuiltIn(&'static Rule),
    Own(Box<Rule>),
}

impl Deref for Held {
    type Target = Rule;

    fn deref(&self) -> &Rule {
        match self {
            Self::BuiltIn(rule) => rule,
            Self::Own(rule) => rule,
        }
    }
}

impl From<Rule> for Held {
    fn from(rule: Rule) -> Self {
        Self::Own(Box::new(rule))
    }
}

impl Rule {
    /// The rule of the secrets whose values the builder was given.
    pub(crate) fn known_secret() -> Self {
        let origin = Origin { file: "secret".into(), line: 0 };
        let title = "Secret whose value was given, in any encoding";
        Self {
            severity: Severity::Critical,
            fix: "Replace the secret, and find the statement that writes it.".into(),
            reference: "https://cwe.mitre.org/data/definitions/532.html".into(),
            ..Self::brought("known-secret", title, "known", Kind::Known, origin)
        }
    }

    /// A rule of which nobody has said more than this.
    pub(crate) fn brought(
        id: impl Into<Text>,
        title: impl Into<Text>,
        group: impl Into<Text>,
        kind: Kind,
        origin: Origin,
    ) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            group: group.into(),
            severity: Severity::High,
            profile: Profile::Secrets,
            kind,
            boundary: Boundary::None,
            checks: Cow::Borrowed(&[]),
            near: Near::default(),
            cwe: Cow::Borrowed(&[532]),
            fix: "".into(),
            reference: "".into(),
            examples: Lines::fixed(""),
            near_misses: Lines::fixed(""),
            origin,
        }
    }
}

/// `text` as an id, with nothing that could break the text around a marker.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '-' }).collect()
}

/// The place a rule was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Origin {
    /// File name as the user gave it, or the built-in file's.
    pub file: Text,
    /// 1-based line of its `[[rule]]`; 0 where it is no file but a setting, which `file` names.
    pub line: usize,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

/// How a rule finds its secret.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A regular expression over bytes, anchored at a candidate.
    Pattern(Text),
    /// Built-in code, for what is more than a prefix.
    Detector(Detector),
    /// A number of a known shape, with a check of its own.
    Ident(Ident),
    /// A rule of another program, searched for as that one does.
    Foreign(Arc<Foreign>),
    /// Texts as they stand, sorted.
    Literals(Arc<[Box<[u8]>]>),
    /// The values that the builder was given, in every encoding.
    Known,
}

words! {
    /// What a stranger could do with the value.
    Severity, "severity", {
        /// An address, a path: no access by itself.
        Low = "low",
        /// Personal data, or access of little reach.
        Medium = "medium",
        /// Access as a user or service.
        High = "high",
        /// Access to everything, for long.
        Critical = "critical",
    }
}

words! {
    /// Which rules are on: each profile contains the ones before it.
    Profile, "profile", {
        /// Credentials only.
        Secrets = "secrets",
        /// Also e-mail, cards, SSN and IBAN.
        Standard = "standard",
        /// Also what is seldom worth hiding and often innocent.
        Strict = "strict",
        /// Only where enabled by id.
        Off = "off",
    }
}

words! {
    /// What may not stand directly beside a match.
    Boundary, "boundary", {
        /// No letter, digit or `_` before it nor behind it.
        Token = "token",
        /// Only before it.
        Left = "left",
        /// Neither is looked at.
        None = "none",
    }
}

words! {
    /// Detectors that are code.
    Detector, "detector", {
        /// A sensitive name and its value, in any carrier.
        NamedValue = "named-value",
        /// A bare value near a vendor's word.
        VendorValue = "vendor-value",
        /// `Bearer`, `Basic` and the like before a long value.
        Scheme = "scheme",
        /// The password of `scheme://user:password@host`.
        UrlPassword = "url-password",
        /// The body of a PEM, OpenSSH, PGP or PuTTY private key.
        PrivateKey = "private-key",
        /// An e-mail address.
        Email = "email",
        /// A payment card number.
        Card = "card",
        /// A United States social security number.
        Ssn = "ssn",
        /// An international bank account number.
        Iban = "iban",
        /// A telephone number.
        Phone = "phone",
        /// An address of the Internet Protocol, version 4 or 6.
        IpAddress = "ip-address",
        /// An address of a network card.
        MacAddress = "mac-address",
        /// The user's name in the path of a home folder.
        HomePath = "home-path",
        /// A date that is called a date of birth.
        BirthDate = "birth-date",
        /// An address of a cryptocurrency.
        Wallet = "wallet",
        /// A long token of no known issuer that looks random.
        RandomToken = "random-token",
        /// A field of a record that is called after something personal: a name, an address, a passport.
        PersonalField = "personal-field",
    }
}

/// A condition on a match that a pattern cannot say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Check {
    /// At least this many bits per byte (Shannon).
    Entropy(f32),
    /// A digit and a letter.
    Mixed,
    /// The part before the first dot is base64url of a JSON object.
    Jwt,
    /// Base64 of text with a colon in it.
    Basic,
    /// The digits pass Luhn.
    Luhn,
    /// Not made of plain words.
    NoWords,
    /// Never gates: raises the confidence when the last six characters are the CRC-32 of the rest.
    GithubCrc32,
}

impl FromStr for Check {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        if let Some(bits) = word.strip_prefix("entropy:") {
            return match bits.parse::<f32>() {
                Ok(bits) if (0.0..=8.0).contains(&bits) => Ok(Self::Entropy(bits)),
                _ => Err(format!("check {word:?}: entropy is a number of bits from 0 to 8, such as entropy:3")),
            };
        }
        Ok(match word {
            "mixed" => Self::Mixed,
            "jwt" => Self::Jwt,
            "basic" => Self::Basic,
            "luhn" => Self::Luhn,
            "no-words" => Self::NoWords,
            "github-crc32" => Self::GithubCrc32,
            _ => {
                return Err(format!(
                    "check {word:?} is none of entropy:N, mixed, jwt, basic, luhn, no-words, github-crc32"
                ));
            }
        })
    }
}
