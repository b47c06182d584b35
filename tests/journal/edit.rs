//! The front door, on real files: [`edit`], [`recover`], [`discard`].

use std::fs;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use mmio_file::MmioError;
use mmio_file::journal::{Recovered, discard, edit, recover};
use tempfile::TempDir;

pub(crate) fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

pub(crate) fn journal_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".mmio-journal");
    name.into()
}

#[test]
fn ok_commits_and_leaves_no_journal() {
    let (_folder, path) = file(b"old bytes");
    let answer = edit(&path, |file| -> io::Result<u64> {
        file.write_all(b"new")?;
        assert!(journal_of(&path).exists());
        file.seek(SeekFrom::End(0))?;
        file.write_all(b", and more")?;
        assert_eq!(fs::read(&path)?, b"old bytes");
        Ok(file.stream_len()?)
    });
    assert_eq!(answer.unwrap(), 19);
    assert_eq!(fs::read(&path).unwrap(), b"new bytes, and more");
    assert!(!journal_of(&path).exists());
}

#[test]
fn err_rolls_back_what_was_flushed_synced_and_cut() {
    let (_folder, path) = file(b"old bytes");
    let answer = edit(&path, |file| -> io::Result<()> {
        file.write_all(&vec![1; 100_000])?;
        file.set_len(3)?;
        file.sync_all()?;
        file.sync_data()?;
        Err(io::Error::other("on second thoughts"))
    });
    assert_eq!(answer.unwrap_err().to_string(), "on second thoughts");
    assert_eq!(fs::read(&path).unwrap(), b"old bytes");
    assert!(!journal_of(&path).exists());
}

#[test]
fn a_panic_rolls_back_and_goes_on() {
    let (_folder, path) = file(b"old bytes");
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        edit(&path, |file| -> io::Result<()> {
            file.write_all(b"new")?;
            panic!("midway")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(fs::read(&path).unwrap(), b"old bytes");
    assert!(!journal_of(&path).exists());
    edit(&path, |file| file.write_all(b"new")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new bytes");
}

#[test]
fn a_missing_file_is_reported_and_nothing_is_created() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("missing");
    let check = |error: MmioError| {
        assert!(matches!(&error, MmioError::CannotOpen { path: named, .. } if *named == path));
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    };
    check(edit(&path, |_| Ok::<_, MmioError>(())).unwrap_err());
    check(recover(&path).unwrap_err());
    check(discard(&path).unwrap_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_cannot_be_edited() {
    let folder = TempDir::new().unwrap();
    let error = edit(folder.path(), |_| Ok::<_, MmioError>(())).unwrap_err();
    assert!(matches!(error, MmioError::CannotOpen { .. }), "{error}");
}

#[test]
fn a_nested_edit_is_refused_at_once() {
    let (_folder, path) = file(b"old");
    edit(&path, |file| -> io::Result<()> {
        for error in [
            edit(&path, |_| Ok::<_, MmioError>(())).unwrap_err(),
            recover(&path).unwrap_err(),
            discard(&path).unwrap_err(),
        ] {
            assert!(
                matches!(&error, MmioError::SharingViolation { path: named, .. } if *named == path)
            );
        }
        file.write_all(b"new")
    })
    .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn commit_and_rollback_are_refused_inside() {
    let (_folder, path) = file(b"old");
    edit(&path, |file| -> io::Result<()> {
        file.write_all(b"n")?;
        let refusals =
            [file.commit(), file.rollback(), file.get_mut().commit(), file.get_mut().rollback()];
        for refusal in refusals {
            assert!(matches!(refusal, Err(MmioError::AccessDenied { .. })), "{refusal:?}");
        }
        assert_eq!(fs::read(&path)?, b"old");
        file.write_all(b"ew")
    })
    .unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"new");
}

#[test]
fn edits_that_are_swapped_still_belong_to_their_files() {
    let (_one, a) = file(b"file a");
    let (_two, b) = file(b"file b");
    edit(&a, |outer| -> io::Result<()> {
        outer.write_all(b"FILE")?;
        edit(&b, |inner| -> io::Result<()> {
            inner.write_all(b"Bile")?;
            std::mem::swap(outer, inner);
            Ok(())
        })?;
        // What was the outer file is committed; this is the inner one now.
        assert_eq!(fs::read(&a)?, b"FILE a");
        Err(io::Error::other("roll back"))
    })
    .unwrap_err();
    assert_eq!(
        (fs::read(&a).unwrap(), fs::read(&b).unwrap()),
        (b"FILE a".into(), b"file b".into())
    );
    assert!(!journal_of(&a).exists() && !journal_of(&b).exists());
}

#[test]
fn what_is_read_inside_is_what_was_written() {
    let (_folder, path) = file(&vec![7; 300_000]);
    edit(&path, |file| -> io::Result<()> {
        for at in (0..300_000).step_by(10_000) {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&[at as u8; 100])?;
        }
        file.set_len(250_000)?;
        file.rewind()?;
        let mut all = Vec::new();
        file.read_to_end(&mut all)?;
        assert_eq!(all.len(), 250_000);
        for (at, &byte) in all.iter().enumerate() {
            let expected = if at % 10_000 < 100 { (at - at % 10_000) as u8 } else { 7 };
            assert_eq!(byte, expected, "at {at}");
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(fs::metadata(&path).unwrap().len(), 250_000);
}

#[test]
fn something_else_at_the_journals_name_is_refused_and_kept_until_it_is_discarded() {
    let (_folder, path) = file(b"old");
    let journal = journal_of(&path);
    let text = [
        b"dear diary".to_vec(),
        vec![b'x'; 5000],
        b"mmiojrnl\x02\0\0\0\0\0\0\0 a later version".to_vec(),
    ];
    for text in text {
        fs::write(&journal, &text).unwrap();
        for error in
            [edit(&path, |_| Ok::<_, MmioError>(())).unwrap_err(), recover(&path).unwrap_err()]
        {
            let MmioError::JournalForeign { path: named, .. } = &error else { panic!("{error}") };
            assert_eq!(named, &fs::canonicalize(&journal).unwrap());
        }
        assert_eq!(fs::read(&journal).unwrap(), text);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        discard(&path).unwrap();
        assert!(!journal.exists());
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }
    edit(&path, |file| file.write_all(b"new")).unwrap();
    fs::create_dir(&journal).unwrap();
    let error = edit(&path, |_| Ok::<_, MmioError>(())).unwrap_err();
    assert!(matches!(error, MmioError::JournalForeign { .. }), "{error}");
}

#[test]
fn a_journal_without_a_commit_is_removed() {
    let (_folder, path) = file(b"old");
    for leftover in [&b""[..], &[0; 512], b"mmiojr", b"mmiojrnl\x01\0\0\0\0\0\0\0", &[0; 3]] {
        fs::write(journal_of(&path), leftover).unwrap();
        assert_eq!(recover(&path).unwrap(), Recovered::Nothing);
        assert!(!journal_of(&path).exists());
        fs::write(journal_of(&path), leftover).unwrap();
        edit(&path, |file| file.write_all(b"old")).unwrap();
        assert!(!journal_of(&path).exists());
    }
}

#[test]
fn an_edit_that_only_reads_changes_nothing() {
    let (_folder, path) = file(b"old");
    let mut text = String::new();
    edit(&path, |file| file.read_to_string(&mut text)).unwrap();
    assert_eq!(text, "old");
    assert!(!journal_of(&path).exists());
}
