//! The examples for RIFF, run as a user would run them; one is killed.

use std::fs;
use std::io::{BufReader, Read, Write};
use std::process::Stdio;

use crate::common::example::{data, example};
use mmio_file::MmioFile;
use mmio_file::riff::{Find, FourCc, RiffRead};

#[test]
fn riff_tree_marks_what_is_truncated_and_names_what_is_not_a_riff() {
    let files = [data("cut_in_data.wav"), data("tone.aiff")];
    let output = example("riff_tree").args(&files).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("        36         16    'data', truncated: claims 32\n"), "{text}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("AIFF"), "{text}");
    assert!(!output.status.success());
}

#[test]
fn a_recorder_that_is_killed_leaves_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.wav");
    let mut recorder = example("wav_record")
        .arg(&path)
        .args(["8000", "1", "8"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Two seconds and a half; then it waits for more.
    recorder.stdin.as_mut().unwrap().write_all(&vec![0x80; 20_000]).unwrap();
    let mut said = String::new();
    for byte in BufReader::new(recorder.stdout.as_mut().unwrap()).bytes() {
        said.push(char::from(byte.unwrap()));
        if said.contains("2 s, 16000 bytes") {
            break;
        }
    }
    recorder.kill().unwrap();
    recorder.wait().unwrap();

    let mut file = MmioFile::open(&path).unwrap();
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    let audio = file.descend(Some(&riff), Find::Id(FourCc::new(*b"data"))).unwrap();
    assert!(!riff.is_truncated() && !audio.is_truncated());
    assert_eq!(audio.declared_size(), 16_000);
}

#[test]
fn a_recording_is_given_its_title() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("titled.wav");
    let mut recorder = example("wav_record")
        .arg(&path)
        .args(["8000", "1", "8", "A title"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    recorder.stdin.take().unwrap().write_all(b"odd").unwrap();
    assert!(recorder.wait().unwrap().success());

    let mut file = MmioFile::open(&path).unwrap();
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    assert_eq!(file.info(&riff).unwrap(), [("INAM".parse().unwrap(), b"A title\0".to_vec())]);
    let audio = file.descend(Some(&riff), Find::Id(FourCc::new(*b"data"))).unwrap();
    assert_eq!(audio.declared_size(), 3);
}

#[test]
fn wav_tags_lists_what_it_has_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("info.wav");
    fs::copy(data("info.wav"), &path).unwrap();
    let changes = ["INAM=Another", "ICMT="];
    for changes in [&changes[..], &[]] {
        let output = example("wav_tags").arg(&path).args(changes).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(text.lines().collect::<Vec<_>>(), ["IART  Sine", "INAM  Another"]);
    }
}

#[test]
fn the_examples_run_without_arguments() {
    for name in ["riff_tree", "wav_record", "wav_tags"] {
        let output = example(name).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}
