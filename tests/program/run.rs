//! Starts the program in a folder of its own, away from the settings of whoever runs the tests.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// What the rule of [`Place`] hits. It is no secret of anybody's.
pub(crate) const SECRET: &str = "zq_00112233aabbccdd";

const RULES: &str = "group = \"test\"\n\n[[rule]]\nid = \"test-key\"\ntitle = \"Key for tests\"\nseverity = \"low\"\n\
    pattern = 'zq_[0-9a-f]{16}'\nexamples = ['key «zq_{{hex:16}}» end']\nnear_misses = ['zq_{{hex:4}}']\n";

/// A folder with a rule file, deleted at the end.
pub(crate) struct Place(tempfile::TempDir);

/// How a run ended.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        place.file("rules.toml", RULES);
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Puts a file into the folder.
    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The program, with this folder's rules and nothing of the world's settings.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.bare(env!("CARGO_BIN_EXE_inkout"), &["--rules", "rules.toml"]);
        command.args(args);
        command
    }

    /// A script that finds the program in `$INKOUT`, with this folder's rules.
    pub(crate) fn shell(&self, script: &str) -> Ran {
        let mut command = self.bare("bash", &["-c", script]);
        command.env("INKOUT", env!("CARGO_BIN_EXE_inkout")).env("INKOUT_RULES", "rules.toml");
        ended(command.stdin(Stdio::null()).output().unwrap())
    }

    pub(crate) fn bare(&self, program: &str, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        let ours = std::env::vars_os().map(|(name, _)| name).filter(|n| n.as_encoded_bytes().starts_with(b"INKOUT_"));
        for name in ours {
            command.env_remove(name);
        }
        command.current_dir(self.path()).env("HOME", self.path()).env_remove("XDG_CONFIG_HOME").args(args);
        command
    }

    /// The program from start to end, with `input` on standard input.
    pub(crate) fn run(&self, args: &[&str], input: &[u8]) -> Ran {
        feed(self.command(args), input)
    }
}

/// A command from start to end, with `input` on standard input.
pub(crate) fn feed(mut command: Command, input: &[u8]) -> Ran {
    let mut child = piped(&mut command);
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // Beside the reading of the output, as neither pipe holds everything. It may well end before it has read all.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let ran = ended(child.wait_with_output().unwrap());
    writer.join().unwrap();
    ran
}

/// The same, with the input written in pieces of so many bytes.
pub(crate) fn feed_in_pieces(mut command: Command, input: &[u8], size: usize) -> Ran {
    let mut child = piped(&mut command);
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || input.chunks(size).try_for_each(|piece| stdin.write_all(piece)));
        ended(child.wait_with_output().unwrap())
    })
}

/// The command with all three descriptors as pipes of ours.
pub(crate) fn piped(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub(crate) fn ended(output: Output) -> Ran {
    Ran { code: output.status.code(), out: output.stdout, err: String::from_utf8(output.stderr).unwrap() }
}

/// Waits for exactly the bytes of `want`.
pub(crate) fn expect(from: &mut impl Read, want: &[u8]) {
    let mut got = vec![0; want.len()];
    from.read_exact(&mut got).unwrap();
    assert_eq!(got.escape_ascii().to_string(), want.escape_ascii().to_string());
}

impl Ran {
    /// Asserts exit code and output, and that no message holds the secret.
    #[track_caller]
    pub(crate) fn is(&self, code: i32, out: &[u8]) -> &Self {
        assert_eq!(self.out.escape_ascii().to_string(), out.escape_ascii().to_string(), "messages: {}", self.err);
        self.ends(code)
    }

    /// Asserts the exit code, and that no message holds the secret.
    #[track_caller]
    pub(crate) fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "messages: {}", self.err);
        assert!(!self.err.contains(&SECRET[3..]), "a message holds the secret");
        self
    }

    /// Asserts a part of the messages.
    #[track_caller]
    pub(crate) fn says(&self, what: &str) -> &Self {
        assert!(self.err.contains(what), "{what:?} is not in: {}", self.err);
        self
    }

    /// Asserts that there is no message.
    #[track_caller]
    pub(crate) fn is_quiet(&self) -> &Self {
        assert_eq!(self.err, "");
        self
    }
}
