//! Prints the phones of every line of a text: `cargo run -p syrinx-text --example phones -- FILE`.

use syrinx_text::{FrontEnd, Language, Script};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("expected a file of text, a sentence a line")?;
    let front_end = FrontEnd::new(Language::English);
    for line in std::fs::read_to_string(path)?.lines() {
        let phones: Vec<String> = match front_end.segments(&Script::plain(line)?) {
            Ok(segments) => segments
                .flat_map(|segment| segment.words)
                .map(|word| syrinx_text::spell(&word.phones))
                .collect(),
            Err(_) => Vec::new(),
        };
        println!("{}", phones.join(" | "));
    }
    Ok(())
}
