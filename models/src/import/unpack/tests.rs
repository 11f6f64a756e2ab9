use super::*;
use crate::progress::Quiet;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// A zip with a file of incompressible bytes and one of zeros.
fn zipped(path: &Path, noise: usize, zeros: usize) -> u64 {
    let mut state = 1u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 56) as u8
    })
    .take(noise)
    .collect();
    entries(
        path,
        &[("noise.onnx", &noise), ("zeros.onnx", &vec![0; zeros])],
    )
}

/// Writes a zip and says its size.
fn entries(path: &Path, entries: &[(&str, &[u8])]) -> u64 {
    let mut zip = ZipWriter::new(File::create(path).unwrap());
    for (name, content) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap();
    fs::metadata(path).unwrap().len()
}

/// What unpacking a zip gives, and the names that it wrote.
fn unpacked(path: &Path, bounds: Bounds) -> (Result<u64, String>, Vec<String>) {
    let into = tempfile::tempdir().unwrap();
    let outcome = unpack(path, into.path(), bounds, &mut Quiet).map_err(|error| error.to_string());
    let names = fs::read_dir(into.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    (outcome, names)
}

#[test]
fn only_what_is_of_interest_is_unpacked() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voice.zip");
    entries(
        &path,
        &[("v.onnx", b"1"), ("readme.txt", b"2"), ("G_1.pth", b"345")],
    );
    let (bytes, names) = unpacked(&path, Bounds::USUAL);
    // The checkpoint's name is enough.
    assert_eq!(bytes, Ok(1));
    assert_eq!(names, ["G_1.pth", "v.onnx"]);
}

#[test]
fn what_leads_out_is_refused() {
    for name in [
        "../v.onnx",
        "a/../../v.onnx",
        "/v.onnx",
        "a\\..\\v.onnx",
        "C:v.onnx",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("voice.zip");
        entries(&path, &[(name, b"1")]);
        let into = folder.path().join("into");
        fs::create_dir(&into).unwrap();
        let error = unpack(&path, &into, Bounds::USUAL, &mut Quiet).unwrap_err();
        assert!(error.to_string().contains("leads out"), "{name}: {error}");
        assert!(!folder.path().join("v.onnx").exists());
    }
}

#[test]
fn links_and_second_files_of_a_name_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voice.zip");
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    zip.add_symlink("v.onnx", "/etc/passwd", SimpleFileOptions::default())
        .unwrap();
    zip.finish().unwrap();
    let (refused, names) = unpacked(&path, Bounds::USUAL);
    assert!(refused.unwrap_err().contains("found the link \"v.onnx\""));
    assert!(names.is_empty());

    // No writer makes two of one name, so the second is renamed in the bytes.
    entries(&path, &[("v.onnx", b"1"), ("w.onnx", b"2")]);
    let bytes = fs::read(&path).unwrap();
    let renamed: Vec<u8> = bytes
        .iter()
        .enumerate()
        .map(|(at, byte)| match bytes[at..].starts_with(b"w.onnx") {
            true => b'v',
            false => *byte,
        })
        .collect();
    fs::write(&path, renamed).unwrap();
    let (refused, _) = unpacked(&path, Bounds::USUAL);
    assert!(refused.unwrap_err().contains("two files of one name"));
}

#[test]
fn a_hundred_times_its_size_is_allowed_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voice.zip");
    // 100 kB of noise allow about 11 MB in all, of which the zeros take no room worth mentioning.
    for (zeros, fits) in [(10_800_000, true), (11_200_000, false)] {
        let packed = zipped(&path, 100_000, zeros);
        let whole = 100_000 + zeros as u64;
        // The two lie on both sides of the bound, within four hundredths of it.
        let share = whole as f64 / (100 * packed) as f64;
        assert!((share - 1.0).abs() < 0.04, "{share}");
        assert_eq!(share <= 1.0, fits, "{share}");
        let (bytes, _) = unpacked(&path, Bounds::USUAL);
        match fits {
            true => assert_eq!(bytes, Ok(whole)),
            false => assert!(bytes.unwrap_err().contains("zip bomb")),
        }
    }
}

#[test]
fn four_mebibytes_are_free_and_the_most_is_never_exceeded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voice.zip");
    for (zeros, fits) in [(1 << 22, true), ((1 << 22) + 1, false)] {
        zipped(&path, 0, zeros);
        assert_eq!(
            unpacked(&path, Bounds::USUAL).0.is_ok(),
            fits,
            "{zeros} zeros"
        );
    }
    // The bound for all zips, smaller here than in truth.
    let bounds = Bounds {
        most: 200_000,
        ..Bounds::USUAL
    };
    for (noise, fits) in [(200_000, true), (200_001, false)] {
        zipped(&path, noise, 0);
        assert_eq!(unpacked(&path, bounds).0.is_ok(), fits, "{noise} bytes");
    }
    assert_eq!(Bounds::USUAL.allowed(u64::MAX), 8 << 30);
}

#[test]
fn a_long_directory_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voice.zip");
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(File::create(&path).unwrap());
    for number in 0..2_000 {
        zip.start_file(format!("{number}.txt"), options).unwrap();
    }
    zip.start_file("v.onnx", options).unwrap();
    zip.finish().unwrap();
    assert_eq!(unpacked(&path, Bounds::USUAL).0, Ok(0));
    let bounds = Bounds {
        directory: 1 << 15,
        ..Bounds::USUAL
    };
    let refused = unpacked(&path, bounds).0.unwrap_err();
    assert!(refused.contains("its directory is longer"), "{refused}");
}

#[test]
fn other_files_are_no_zips() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("voice.zip");
    fs::write(&path, b"a text that was renamed").unwrap();
    let refused = unpacked(&path, Bounds::USUAL).0.unwrap_err();
    assert!(refused.contains("voice.zip: expected a zip"), "{refused}");
}
