//! Files that are cut off, damaged or hostile.

use super::*;

#[test]
fn truncated_files_are_refused_wherever_they_end() {
    for name in [
        "added.index",
        "probing.index",
        "sparse.index",
        "mapped.index",
        "flat.index",
    ] {
        for end in 0..file(name).len() {
            let message = index_message(&file(name)[..end], 20);
            assert!(
                message.contains("truncated or damaged"),
                "{name} {end}: {message}"
            );
        }
    }
    for end in 0..file("feature_and_index.pkl").len() {
        index_message(&file("feature_and_index.pkl")[..end], 20);
    }
    for name in ["KMeans.npy", "kmeans_v2.npy", "kmeans.pt"] {
        // From where the kind is known on; half a row may be one of MoeVS' own.
        for end in 128..file(name).len() {
            centres_message(&file(name)[..end], 20, Some(7));
        }
    }
    assert_eq!(
        index_message(&file("added.index")[..5000], 20),
        "a.index: a list's vectors at byte 3483: expected 1760 bytes, found 1517 before the end; the file is truncated or damaged"
    );
}

#[test]
fn no_damage_of_a_byte_brings_a_reader_down() {
    for name in [
        "added.index",
        "sparse.index",
        "mapped.index",
        "feature_and_index.pkl",
    ] {
        for at in 0..file(name).len().min(4000) {
            for byte in [0x00, 0x7f, 0xff] {
                // Some damage is to values and cannot be seen; whatever is read must still be searchable.
                if let Ok(read) = Retrieval::read_index("a", &changed(name, at, &[byte]), 20) {
                    read.apply(&mut [0.5; 40], 20, 0, 0.5).ok();
                }
            }
        }
    }
    for name in ["KMeans.npy", "kmeans.pt"] {
        for at in 0..file(name).len() {
            for byte in [0x00, 0x7f, 0xff] {
                let read = Retrieval::read_centres("k", &changed(name, at, &[byte]), 20, Some(7));
                if let Ok(read) = read {
                    read.apply(&mut [0.5; 40], 20, 0, 0.5).ok();
                }
            }
        }
    }
}

#[test]
fn damaged_indexes_say_where() {
    let huge = u64::MAX.to_le_bytes();
    let message = |at, bytes: &[u8]| index_message(&changed("added.index", at, bytes), 20);
    assert_eq!(
        message(8, &[121]),
        "a.index: the lists' sizes at byte 527: expected 121 vectors in all, found 120"
    );
    assert_eq!(
        message(37, &huge),
        "a.index: the number of lists at byte 37: expected 5 lists, one for each centroid, found 18446744073709551615"
    );
    // The first vector of the first list, after five sizes.
    assert_eq!(
        message(579, &f32::NAN.to_le_bytes()),
        "a.index: a list's vectors at byte 579: expected finite values, found NaN"
    );
    let sizes = |sizes: &[u8]| message(539, sizes);
    assert!(sizes(&huge).contains("the lists' sizes at byte 527"));
    let longer = [file("added.index"), &[0; 3]].concat();
    assert!(index_message(&longer, 20).ends_with("expected nothing more, found 3 more bytes"));
}

#[test]
fn a_pickle_that_is_none_of_ours_is_not_executed_but_refused() {
    // os.system("true"), as an attacker would write it.
    let message = index_message(b"\x80\x04cos\nsystem\nX\x04\0\0\0true\x85R.", 20);
    assert_eq!(
        message,
        "a.index: expected a dictionary of speakers' numbers and faiss indexes, found an object of os.system; \
         So-VITS-SVC's export_index_for_onnx.py writes its indexes as Index-0.index, Index-1.index, …"
    );
    for (pickle, part) in [
        (
            &b"\x80\x04."[..],
            "expected a value on the stack, found none",
        ),
        (b"\x80\x04}(0", "expected a value on the stack, found none"),
        (b"\x80\x04}e", "expected a mark on the stack, found none"),
        (
            b"\x80\x04}(Nu",
            "expected a value for each key, found a key without one",
        ),
        (
            b"\x80\x04h\x07",
            "expected a memo that was made, found memo 7",
        ),
        (
            b"\x80\x04\x7f",
            "expected a step of protocols 2 to 5, found the code 0x7f",
        ),
        (
            b"\x80\x04X\x01\0\0\0\xff",
            "expected text in UTF-8, found other bytes",
        ),
        (
            b"\x80\x04\x8a\x09\0\0\0\0\0\0\0\0\0",
            "expected a number of at most 8 bytes, found 9 bytes",
        ),
    ] {
        let message = index_message(pickle, 20);
        assert!(message.ends_with(part), "{message}");
    }
    let endless = [&b"\x80\x04"[..], &vec![b'N'; 1 << 21]].concat();
    assert!(index_message(&endless, 20).ends_with("expected at most 1048576 steps, found more"));
}

#[test]
fn one_index_for_many_speakers_does_not_fill_the_memory() {
    let index = file("added.index");
    let length = (index.len() as u32).to_le_bytes();
    let one = [
        b"\x80\x04}(K\0\x8c\x05faiss\x8c\x01I\x93)\x81}\x8c\x04thisB",
        &length[..],
        index,
        b"sbq\x01",
    ]
    .concat();
    let alone = [&one[..], b"u."].concat();
    assert!(Retrieval::read_index("a.index", &alone, 20).is_ok());
    let shared = [&one[..], b"K\x01h\x01u."].concat();
    let message = index_message(&shared, 20);
    assert!(
        message.contains("one index for many, speaker 1"),
        "{message}"
    );
}
