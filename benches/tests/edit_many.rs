//! The example that edits many files at once.

#[path = "../../tests/common/example.rs"]
#[allow(dead_code, reason = "no test binary uses all of it")]
mod example;

use std::fs::{self, File};
use std::path::PathBuf;

use example::example;
use mmio_file::riff::{Find, FourCc, RiffRead};
use tempfile::TempDir;

#[test]
fn without_arguments_it_edits_files_of_its_own() {
    let output = example("edit_many").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "40 files: 16000000 bytes of samples halved, and a title set in each\n"
    );
}

#[test]
fn each_of_the_files_it_is_given_is_at_half_the_volume_and_has_its_title() {
    let folder = TempDir::new().unwrap();
    let original = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/data/tone.wav");
    let before = fs::read(&original).unwrap();
    let paths: Vec<_> = (0..30).map(|index| folder.path().join(format!("{index}.wav"))).collect();
    for path in &paths {
        fs::copy(&original, path).unwrap();
    }
    let output = example("edit_many").args(&paths).output().unwrap();
    assert!(output.status.success(), "{output:?}");

    let sample = |bytes: &[u8]| i16::from_le_bytes([bytes[0], bytes[1]]);
    for (index, path) in paths.iter().enumerate() {
        let after = fs::read(path).unwrap();
        for (old, new) in before[44..].chunks(2).zip(after[44..].chunks(2)) {
            assert_eq!(sample(old) / 2, sample(new));
        }
        let mut file = File::open(path).unwrap();
        let riff = file.descend(None, Find::Riff(None)).unwrap();
        let title = format!("{index}, at half the volume\0").into_bytes();
        assert_eq!(file.info(&riff).unwrap(), [(FourCc::new(*b"INAM"), title)]);
    }
}

#[test]
fn a_file_that_is_not_a_wav_is_named_and_nothing_is_edited() {
    let folder = TempDir::new().unwrap();
    let note = folder.path().join("note.txt");
    fs::write(&note, "no WAV").unwrap();
    let output = example("edit_many").arg(&note).output().unwrap();
    assert!(!output.status.success());
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert!(complaint.contains("note.txt: not a WAV file"), "{complaint}");
    assert_eq!(fs::read_to_string(&note).unwrap(), "no WAV");
}
