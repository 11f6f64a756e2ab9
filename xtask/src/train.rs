//! Trains the default voices, for conversion and for speech, by the recipes in `models/training`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::{process, setup};

/// The synthesizers whose speech the voice is trained on, and tested with: Debian's names of packages.
const SYSTEM_PACKAGES: [&str; 5] = [
    "flite",
    "festival",
    "festvox-us-slt-hts",
    "festvox-kdlpc16k",
    "festvox-kallpc16k",
];

/// Train the default voice: synthesise the speech, train the networks, export and measure them.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cargo xtask train --quick      a few minutes, a bad voice: does the recipe run?\n  \
                        cargo xtask train --work /var/tmp/voice\n  cargo xtask train --stage export\n  \
                        cargo xtask train --speech         the speaking voice, through the decoder of the other"
)]
pub struct TrainArgs {
    /// Little speech and few steps, to see that the recipe runs
    #[arg(long)]
    quick: bool,

    /// The speaking voice instead of the one that converts
    #[arg(long)]
    speech: bool,

    /// Folder for speech, features and checkpoints; a second run goes on from what is there
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,

    /// Only this stage of the recipe
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
}

/// Brings the synthesizers and Python packages, then runs the recipe, which prints its progress.
///
/// # Errors
/// If something is missing that cannot be brought, or the recipe fails.
pub fn run(args: &TrainArgs) -> Result<()> {
    let root = process::root()?;
    let recipe = root.join("models/training");
    setup::ensure_system(&SYSTEM_PACKAGES)?;
    let python = setup::ensure_python(&recipe.join("requirements.txt"))?;

    let mut command = Command::new(python);
    let recipe_of = if args.speech {
        "run_speech.py"
    } else {
        "run.py"
    };
    command.arg(recipe.join(recipe_of)).current_dir(&root);
    if args.quick {
        command.arg("--quick");
    }
    if let Some(work) = &args.work {
        command.arg("--work").arg(std::path::absolute(work)?);
    }
    if let Some(stage) = &args.stage {
        command.arg("--stage").arg(stage);
    }
    process::run(&mut command)
}
