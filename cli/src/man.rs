//! `syrinx man`: the manual pages, made of what `--help` says.

mod after_help;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::args::{Cli, ManArgs};
use crate::audio::PartialFile;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::say;
use crate::report::PROGRAM;
use after_help::Section;

/// Prints the page of the command, or writes those of all subcommands into a folder, which is made where it is missing.
///
/// # Errors
/// If something cannot be written.
pub fn run(arguments: &ManArgs) -> Result<Exit, CliError> {
    let cli = command();
    match &arguments.folder {
        None => say(page(&cli).trim_end())?,
        Some(folder) => {
            let refuse = |error: io::Error| CliError::other(folder.display(), error);
            fs::create_dir_all(folder).map_err(refuse)?;
            let pages = pages(&cli);
            for (name, text) in &pages {
                write(&folder.join(name), text)?;
            }
            let count = pages.len();
            say(format_args!("wrote {count} pages to {}", folder.display()))?;
        }
    }
    Ok(Exit::Success)
}

/// The definition of the command line, with the names that its subcommands have as pages.
fn command() -> Command {
    let mut cli = Cli::command().disable_help_subcommand(true);
    cli.build();
    cli
}

/// The pages of a command and all that are below it, each with the name of its file.
fn pages(command: &Command) -> Vec<(String, String)> {
    let mut found = vec![(file_name(command), page(command))];
    for below in command.get_subcommands() {
        found.extend(pages(below));
    }
    found
}

fn file_name(command: &Command) -> String {
    Man::new(command.clone()).get_filename()
}

/// One page, in the language of manual pages.
fn page(command: &Command) -> String {
    let mut page = Vec::new();
    // Memory takes all that is written.
    let _ = render(command, &mut page);
    String::from_utf8_lossy(&page).into_owned()
}

fn render(command: &Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone()).source(PROGRAM).manual("Syrinx");
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    let text = command.get_after_help().map(ToString::to_string);
    for section in after_help::sections(&text.unwrap_or_default()) {
        own_section(&section).to_writer(page)?;
    }
    Ok(())
}

/// A section whose lines stay as they are written.
fn own_section(section: &Section) -> Roff {
    let mut roff = Roff::default();
    roff.control("SH", [section.title]);
    if section.keeps_lines {
        roff.control("nf", []);
    }
    for line in &section.lines {
        match line.is_empty() {
            true => roff.control("PP", []),
            false => roff.text([roman(line.as_str())]),
        };
    }
    if section.keeps_lines {
        roff.control("fi", []);
    }
    roff
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let write = || {
        let partial = PartialFile::create(path)?;
        partial.handle()?.write_all(text.as_bytes())?;
        partial.keep()
    };
    write().map_err(CliError::encode(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_what_people_look_for() {
        let pages = pages(&command());
        for (name, page) in &pages {
            for title in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES"] {
                assert!(page.contains(&format!(".SH {title}\n")), "{name}: {title}");
            }
            assert!(page.contains(".TH ") && page.contains(PROGRAM), "{name}");
        }
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        for name in [
            "syrinx.1",
            "syrinx-convert.1",
            "syrinx-self-test.1",
            "syrinx-voices.1",
            "syrinx-voices-import.1",
        ] {
            assert!(names.contains(&name), "{name} in {names:?}");
        }
    }

    #[test]
    fn the_first_page_names_every_subcommand() {
        let cli = command();
        let page = page(&cli);
        for below in cli.get_subcommands() {
            let name = format!("syrinx-{}(1)", below.get_name()).replace('-', "\\-");
            assert!(page.contains(&name), "{name} in {page}");
        }
    }

    #[test]
    fn examples_can_be_copied_line_by_line() {
        let page = page(&command());
        let (_, examples) = page.split_once(".SH EXAMPLES\n").unwrap();
        let (examples, _) = examples.split_once(".SH ").unwrap();
        assert!(examples.starts_with(".nf\nsyrinx convert me.wav"), "{page}");
        assert!(examples.contains("\n.fi"), "{page}");
        assert!(page.contains(".SH \"EXIT STATUS\""), "{page}");
    }
}
