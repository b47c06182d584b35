//! The examples are run as a user would run them, and say what they should.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::common::example::{data, example};

fn run(name: &str, arguments: &[&Path]) -> Output {
    example(name).args(arguments).output().unwrap()
}

/// What an example prints that must succeed.
fn printed(name: &str, arguments: &[&Path]) -> String {
    let output = run(name, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn edit_in_place_halves_the_volume_and_the_rate() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tone.wav");
    fs::copy(data("tone.wav"), &path).unwrap();
    let text = printed("edit_in_place", &[&path]);
    assert!(text.contains("before: 16000 samples a second, the loudest is 16385"), "{text}");
    assert!(text.contains("after:  8000 samples a second, the loudest is 8192"), "{text}");
    assert!(text.contains("96008 reads, writes and seeks of the program took 9 calls"), "{text}");

    let (before, after) = (fs::read(data("tone.wav")).unwrap(), fs::read(&path).unwrap());
    assert_eq!(before.len(), after.len());
    assert_eq!(before[..24], after[..24]);
    let sample = |bytes: &[u8]| i16::from_le_bytes([bytes[0], bytes[1]]);
    for (old, new) in before[44..].chunks(2).zip(after[44..].chunks(2)) {
        assert_eq!(sample(old) / 2, sample(new));
    }
    for (program, arguments) in [("soxi", &[][..]), ("ffprobe", &["-v", "warning"])] {
        match Command::new(program).args(arguments).arg(&path).output() {
            Ok(output) => {
                assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
            }
            Err(error) => println!("not checked by {program}: {error}"),
        }
    }
}

#[test]
fn edit_in_place_leaves_alone_what_is_not_a_wav() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("note.txt");
    fs::write(&path, "not a WAV file, whatever it is called").unwrap();
    let output = run("edit_in_place", &[&path]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.contains("note.txt: not a WAV file"), "{complaint}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "not a WAV file, whatever it is called");

    for missing in [folder.path().join("missing.wav"), folder.path().to_owned()] {
        let output = run("edit_in_place", &[&missing]);
        assert_eq!(output.status.code(), Some(1));
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert!(complaint.contains(missing.to_str().unwrap()), "{complaint}");
    }
}

#[test]
fn disk_full_loses_nothing() {
    let text = printed("disk_full", &[]);
    assert!(text.contains("disk full at offset 700000, 61856 bytes are unwritten"), "{text}");
    assert!(text.ends_with("nothing is lost\n"), "{text}");
}

#[test]
fn custom_stream_works_alike_over_each_storage() {
    let text = printed("custom_stream", &[]);
    let parts: Vec<&str> = text.split("-- ").skip(1).collect();
    assert_eq!(parts.len(), 3, "{text}");
    for part in parts {
        assert!(part.contains("lines: 2\nthis is line 1\nthis is line 2"), "{part}");
    }
}

#[test]
fn insert_and_delete_edits_the_middle_of_a_file() {
    let text = printed("insert_and_delete", &[]);
    assert!(text.contains("insert   \"title=Blue;by=Miles;year=1959;end\""), "{text}");
    assert!(text.contains("delete   \"title=Kind of Blue;by=Miles;end\""), "{text}");
}

#[test]
fn riff_tree_prints_the_tree() {
    let text = printed("riff_tree", &[&data("info.wav")]);
    assert!(text.contains("'RIFF' 'WAVE'") && text.contains("'LIST' 'INFO'"), "{text}");
}

#[test]
#[cfg(feature = "journal")]
fn journal_is_killed_and_leaves_the_old_file_or_the_new_one() {
    let text = printed("journal", &[]);
    let mut lines = text.lines().map(str::trim);
    for (killed, left, recovered) in [
        ("in the middle of a plain edit", "broken", "broken"),
        ("in the middle of a journaled edit", "the old file", "the old file"),
        ("while the commit of a journaled edit is applied", "broken", "the new file"),
    ] {
        assert_eq!(lines.next().unwrap(), format!("killed {killed}"), "{text}");
        for (when, state) in [("as it is left:", left), ("after recover:", recovered)] {
            let line = lines.next().unwrap().strip_prefix(when).unwrap().trim();
            assert!(line.starts_with(state), "{text}");
        }
    }
    assert_eq!(lines.next(), None, "{text}");
}
