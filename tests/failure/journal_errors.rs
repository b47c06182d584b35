//! The errors of edits with a journal, as `errors.rs` has the others.

use std::fs;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::journal::Journaled;
use mmio_file::{MmioError, MmioFile, Storage};

use super::errors::{assert_is, assert_is_broken, broken};

/// Memory that accepts a number of writes, and a number of syncs.
struct Ailing {
    memory: Cursor<Vec<u8>>,
    writes: usize,
    syncs: usize,
}

impl Ailing {
    fn new(bytes: &[u8], writes: usize, syncs: usize) -> Self {
        Self { memory: Cursor::new(bytes.into()), writes, syncs }
    }
}

fn one_less(left: &mut usize) -> io::Result<()> {
    *left = left.checked_sub(1).ok_or(()).or_else(|()| broken())?;
    Ok(())
}

impl Read for Ailing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.memory.read(out)
    }
}

impl Write for Ailing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        one_less(&mut self.writes)?;
        self.memory.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Ailing {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.memory.seek(target)
    }
}

impl Storage for Ailing {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.memory.set_len(len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        one_less(&mut self.syncs)
    }

    fn sync_all(&mut self) -> io::Result<()> {
        one_less(&mut self.syncs)
    }
}

/// The error of a commit, and of whatever is tried after it.
fn errors_of_commit(main: Ailing, journal: Ailing) -> [MmioError; 3] {
    let mut file = MmioFile::new(Journaled::open(main, journal).unwrap());
    file.write_all(b"new").unwrap();
    let error = file.commit().unwrap_err();
    [error, file.rollback().unwrap_err(), file.commit().unwrap_err()]
}

#[test]
fn journal_foreign() {
    let (main, journal) = (Cursor::new(b"old".to_vec()), Cursor::new(b"dear diary".to_vec()));
    let text = "the journal is not a journal of this file";
    let error = Journaled::open(main, journal).unwrap_err();
    assert_is(error, text, ErrorKind::InvalidData, 272);

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let journal = folder.path().join("file.mmio-journal");
    fs::write(&path, "old").unwrap();
    fs::write(&journal, "dear diary").unwrap();
    let named = fs::canonicalize(&journal).unwrap();
    let text = format!("{} is not a journal of the file beside it", named.display());
    let error = mmio_file::journal::recover(&path).unwrap_err();
    assert_is(error, &text, ErrorKind::InvalidData, 272);
}

#[test]
fn commit_unapplied() {
    let all = usize::MAX;
    let [error, rollback, _] =
        errors_of_commit(Ailing::new(b"old", 0, all), Ailing::new(b"", all, all));
    assert_is_broken(error, "the commit is made, but could not be applied", "", 262);
    assert_eq!(
        rollback.to_string(),
        "the commit is made, but could not be applied: an earlier try failed"
    );
}

#[test]
fn commit_in_doubt() {
    let all = usize::MAX;
    let [error, ..] = errors_of_commit(Ailing::new(b"old", all, all), Ailing::new(b"", all, 1));
    assert_is_broken(error, "it is in doubt whether the commit is made", "", 262);
}
