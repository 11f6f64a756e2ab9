//! The file format of VST3's presets.

use std::fmt::Write;

/// What such a file begins with.
const MARK: &[u8; 4] = b"VST3";

/// The version of the format.
const VERSION: i32 = 1;

/// The header: mark, version, class in 32 letters, and where the list of chunks begins.
const HEADER: usize = 4 + 4 + 32 + 8;

/// A preset of the class `class` with the component's state `state`, as the files of VST3 hold it.
///
/// Source of the format: "VST 3 Preset Format" in Steinberg's documentation of VST3. A header, the chunk `Comp`, which is
/// what the component's `getState` writes, and the list of chunks. There is no chunk for the edit controller: ours is the
/// component.
pub fn vst3_preset(class: &[u8; 16], state: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(HEADER + state.len() + 28);
    file.extend(MARK);
    file.extend(VERSION.to_le_bytes());
    let mut letters = String::with_capacity(32);
    for byte in class {
        // A string takes all that is written.
        let _ = write!(letters, "{byte:02X}");
    }
    file.extend(letters.bytes());
    file.extend(((HEADER + state.len()) as i64).to_le_bytes());
    file.extend(state);
    file.extend(b"List");
    file.extend(1_i32.to_le_bytes());
    file.extend(b"Comp");
    file.extend((HEADER as i64).to_le_bytes());
    file.extend((state.len() as i64).to_le_bytes());
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_chunk_and_list_lie_where_the_format_says() {
        let file = vst3_preset(b"SyrinxVoiceConv1", b"state");
        assert_eq!(&file[..8], b"VST3\x01\0\0\0");
        assert_eq!(&file[8..40], b"537972696E78566F696365436F6E7631");
        assert_eq!(file[40..48], 53_i64.to_le_bytes());
        assert_eq!(&file[48..53], b"state");
        assert_eq!(&file[53..65], b"List\x01\0\0\0Comp");
        assert_eq!(file[65..73], 48_i64.to_le_bytes());
        assert_eq!(file[73..], 5_i64.to_le_bytes());
    }
}
