//! Prints what shells and manuals need to know of the command line.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::LiveArgs;
use crate::error::LiveError;

/// The program's name, as shells know it.
const NAME: &str = "syrinx-live";

/// Prints the completions of a shell.
///
/// # Errors
/// If they cannot be written.
pub fn completions(shell: Shell, out: &mut dyn Write) -> Result<(), LiveError> {
    // Written at once: what is generated straight into a closed pipe panics.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut LiveArgs::command(), NAME, &mut script);
    out.write_all(&script)?;
    Ok(())
}

/// Prints the manual page.
///
/// # Errors
/// If it cannot be written.
pub fn man(out: &mut dyn Write) -> Result<(), LiveError> {
    let mut page = Vec::new();
    Man::new(LiveArgs::command()).render(&mut page)?;
    out.write_all(&page)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_and_page_name_options_and_subcommands() {
        let mut texts = vec![Vec::new(), Vec::new(), Vec::new()];
        completions(Shell::Bash, &mut texts[0]).unwrap();
        completions(Shell::PowerShell, &mut texts[1]).unwrap();
        man(&mut texts[2]).unwrap();
        for text in texts {
            let text = String::from_utf8(text).unwrap().replace("\\-", "-");
            for word in ["route", "latency", "--push-to-talk", "--list-devices"] {
                assert!(text.contains(word), "{word} in {text}");
            }
        }
    }
}
