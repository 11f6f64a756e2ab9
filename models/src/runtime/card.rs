//! Asks the NVIDIA driver how much memory its cards have left.

use std::path::Path;
use std::process::{Command, Stdio};

/// Where the driver installs its tool; never taken from the search path.
const TOOLS: [&str; 3] = [
    "/usr/bin/nvidia-smi",
    "/usr/lib/wsl/lib/nvidia-smi",
    r"C:\Windows\System32\nvidia-smi.exe",
];

/// Bytes that are free on the card with the most; `None` where nobody tells.
///
/// The driver's tool and CUDA number cards differently unless told otherwise, so with several of them the largest answer
/// counts: nothing is refused that would fit.
pub(super) fn free() -> Option<u64> {
    let tool = TOOLS.iter().find(|path| Path::new(path).is_file())?;
    let output = Command::new(tool)
        .args(["--query-gpu=memory.free", "--format=csv,noheader,nounits"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    most(&String::from_utf8_lossy(&output.stdout))
}

/// The largest of the numbers of MiB, one to a line, in bytes.
fn most(answer: &str) -> Option<u64> {
    let mebibytes = answer
        .lines()
        .filter_map(|line| line.trim().parse::<u64>().ok());
    Some(mebibytes.max()? << 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_with_the_most_counts() {
        assert_eq!(most("7982\n24041\n"), Some(24_041 << 20));
        assert_eq!(most("[N/A]\r\n 512 \r\n"), Some(512 << 20));
    }

    #[test]
    fn no_number_is_no_answer() {
        for answer in ["", "[N/A]\n", "No devices were found\n", "-1\n"] {
            assert_eq!(most(answer), None, "{answer:?}");
        }
    }
}
