//! The arguments of `syrinx completions` and `syrinx man`.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

/// The arguments of `syrinx completions`.
#[derive(Args, Debug)]
#[command(after_help = "\
A shell reads them when it starts; it is told where they lie once.

Examples:
  syrinx completions bash > ~/.local/share/bash-completion/completions/syrinx
  syrinx completions zsh > ~/.zfunc/_syrinx
  syrinx completions fish > ~/.config/fish/completions/syrinx.fish
  syrinx completions powershell >> $PROFILE
  syrinx completions elvish >> ~/.config/elvish/rc.elv")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// The arguments of `syrinx man`.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  syrinx man | man -l -
  syrinx man ~/.local/share/man/man1")]
pub struct ManArgs {
    /// Write syrinx.1, syrinx-convert.1 and so on into this folder [default: print syrinx.1]
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
}
