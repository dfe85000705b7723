//! `inkout man` and `inkout completions`: made from the same definition as `--help`, so they cannot part from it.

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::args::Typed;
use super::exit::Exit;
use super::plan::Refused;
use super::{failed, print};

/// The manual page of the program, or of a verb: `inkout-clean`, `inkout-rules-list`.
///
/// # Errors
/// There is no such verb.
pub(super) fn man(verb: &[String]) -> Result<Exit, Refused> {
    let mut command = Typed::command();
    // So that the verbs know the settings, which are every verb's.
    command.build();
    let mut name = command.get_name().to_owned();
    for word in verb {
        let Some(found) = command.find_subcommand(word).cloned() else { return Err(unknown(word, &command)) };
        name = format!("{name}-{word}");
        command = found.display_name(name.clone());
    }
    let mut page = Vec::new();
    Ok(match clap_mangen::Man::new(command).title(name).render(&mut page) {
        Ok(()) => print(&page),
        Err(error) => failed(&error),
    })
}

fn unknown(word: &str, command: &Command) -> Refused {
    let known: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Refused { exit: Exit::Usage, why: vec![format!("man: {word:?} is no verb here; there are: {known}")] }
}

/// What `shell` is to complete.
pub(super) fn completions(shell: Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Typed::command(), "inkout", &mut script);
    print(&script)
}
