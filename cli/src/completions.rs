//! `syrinx completions`: what a shell needs to complete the command's words.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::{Cli, CompletionsArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::say;

/// The program's name, as shells know it.
const NAME: &str = "syrinx";

/// Prints the completions of a shell.
///
/// # Errors
/// If standard output cannot be written.
pub fn run(arguments: &CompletionsArgs) -> Result<Exit, CliError> {
    say(script(arguments.shell).trim_end())?;
    Ok(Exit::Success)
}

/// The completions of a shell, in its own language.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_knows_every_subcommand_and_its_options() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for command in Cli::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {command}");
                for option in command
                    .get_arguments()
                    .filter_map(|option| option.get_long())
                {
                    assert!(script.contains(option), "{shell}: {command} --{option}");
                }
            }
        }
    }
}
