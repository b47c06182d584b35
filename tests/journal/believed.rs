//! What a commit believes of a file that failed once.

use std::cell::Cell;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use mmio_file::journal::Journaled;
use mmio_file::{MmioError, Storage};

/// A file whose reads, or whose syncs, fail while that is switched on.
struct Failing<'a> {
    bytes: Cursor<Vec<u8>>,
    reads_fail: &'a Cell<bool>,
    syncs_fail: &'a Cell<bool>,
}

fn answer(fails: &Cell<bool>) -> io::Result<()> {
    if fails.get() { Err(io::Error::other("it fails")) } else { Ok(()) }
}

impl Read for Failing<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        answer(self.reads_fail)?;
        self.bytes.read(out)
    }
}

impl Write for Failing<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Failing<'_> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(target)
    }
}

impl Storage for Failing<'_> {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.bytes.set_len(len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        answer(self.syncs_fail)
    }

    fn sync_all(&mut self) -> io::Result<()> {
        answer(self.syncs_fail)
    }
}

#[test]
fn after_a_failed_sync_of_the_file_no_later_one_is_believed() {
    let (reads_fail, syncs_fail) = (&Cell::new(false), &Cell::new(false));
    let mut main = Failing { bytes: Cursor::new(b"old".to_vec()), reads_fail, syncs_fail };
    let mut storage = Journaled::open(&mut main, Cursor::new(Vec::new())).unwrap();
    for fails in [true, false, false] {
        syncs_fail.set(fails);
        storage.write_all(b"new").unwrap();
        assert!(matches!(storage.commit(), Err(MmioError::CannotSync { .. })), "{fails}");
        storage.rollback().unwrap();
    }
    storage.close().unwrap();
    assert_eq!(main.bytes.into_inner(), b"old");
}

#[test]
fn a_file_that_a_commit_cannot_read_is_an_error_of_reading() {
    let (reads_fail, syncs_fail) = (&Cell::new(false), &Cell::new(false));
    let mut main = Failing { bytes: Cursor::new(b"old".to_vec()), reads_fail, syncs_fail };
    let mut storage = Journaled::open(&mut main, Cursor::new(Vec::new())).unwrap();
    storage.write_all(b"new").unwrap();
    reads_fail.set(true);
    assert!(matches!(storage.commit(), Err(MmioError::CannotRead { offset: 0, .. })));
    reads_fail.set(false);
    storage.commit().unwrap();
    storage.close().unwrap();
    assert_eq!(main.bytes.into_inner(), b"new");
}
