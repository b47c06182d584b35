//! Storages keep their contract; `set_len` and the syncs keep theirs, whatever is cached or dirty.

use std::collections::VecDeque;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use mmio_file::{MmioError, MmioFile, PositionedFile, ReadOnly, Storage, WriteOnly};

fn content<S: Read + Write + Seek>(stream: &mut S) -> Vec<u8> {
    let mut bytes = Vec::new();
    stream.rewind().unwrap();
    stream.read_to_end(&mut bytes).unwrap();
    bytes
}

// ----- the storages --------------------------------------------------------------------------

/// What the trait asks of each storage; this one is new and empty.
fn keeps_the_contract<S: Storage>(mut storage: S) {
    storage.write_all(b"0123456789").unwrap();
    storage.seek(SeekFrom::Start(7)).unwrap();
    storage.set_len(4).unwrap();
    assert_eq!(storage.stream_position().unwrap(), 7, "the position stays");
    storage.set_len(6).unwrap();
    assert_eq!(storage.stream_position().unwrap(), 7);
    assert_eq!(content(&mut storage), b"0123\0\0", "what was cut is gone for good");

    storage.seek(SeekFrom::Start(7)).unwrap();
    storage.write_all(b"x").unwrap();
    storage.sync_data().unwrap();
    storage.sync_all().unwrap();
    assert_eq!(content(&mut storage), b"0123\0\0\0x");

    storage.set_len(u64::MAX).unwrap_err();
    assert_eq!(content(&mut storage), b"0123\0\0\0x", "what failed has changed nothing");
}

#[test]
fn a_file_keeps_the_contract() {
    keeps_the_contract(tempfile::tempfile().unwrap());
}

#[test]
fn a_positioned_file_keeps_the_contract() {
    keeps_the_contract(PositionedFile::new(tempfile::tempfile().unwrap()).unwrap());
}

#[test]
fn a_file_that_is_shared_keeps_the_contract() {
    keeps_the_contract(&tempfile::tempfile().unwrap());
    keeps_the_contract(Arc::new(tempfile::tempfile().unwrap()));
}

#[test]
fn memory_keeps_the_contract() {
    keeps_the_contract(Cursor::new(Vec::new()));
    keeps_the_contract(Cursor::new(&mut Vec::new()));
}

#[test]
fn a_buffered_storage_keeps_the_contract() {
    for capacity in [0, 1, 64, 65_536] {
        keeps_the_contract(MmioFile::with_capacity(capacity, Cursor::new(Vec::new())));
    }
}

#[test]
fn a_storage_that_can_only_be_read_is_not_cut_and_has_nothing_to_sync() {
    let mut storage = ReadOnly::new(Cursor::new(b"abc"));
    assert_eq!(storage.set_len(0).unwrap_err().kind(), ErrorKind::PermissionDenied);
    storage.sync_data().unwrap();
    storage.sync_all().unwrap();
    assert_eq!(content(&mut storage), b"abc");
}

#[test]
fn a_storage_that_can_only_be_written_is_cut_and_synced() {
    let mut disk = Vec::new();
    let mut file = MmioFile::new(WriteOnly::new(Cursor::new(&mut disk)));
    file.write_all(b"abcdef").unwrap();
    file.sync_all().unwrap();
    file.set_len(2).unwrap();
    file.close().unwrap();
    assert_eq!(disk, b"ab");
}

#[test]
fn spots_of_one_page_reach_a_stream_that_can_only_be_written() {
    for capacity in [0, 1, 64, 65_536] {
        let mut disk = vec![b'.'; 100];
        let mut file = MmioFile::with_capacity(capacity, WriteOnly::new(Cursor::new(&mut disk)));
        for offset in [40, 2, 80, 41, 0] {
            file.seek(SeekFrom::Start(offset)).unwrap();
            file.write_all(b"x").unwrap();
        }
        file.close().unwrap();
        let written: Vec<_> = (0..100).filter(|&at| disk[at] == b'x').collect();
        assert_eq!(written, [0, 2, 40, 41, 80], "capacity {capacity}");
        assert!(disk.iter().all(|byte| b".x".contains(byte)), "capacity {capacity}");
    }
}

#[test]
fn a_borrowed_storage_keeps_the_contract() {
    keeps_the_contract(&mut Cursor::new(Vec::new()));
    keeps_the_contract(&mut tempfile::tempfile().unwrap() as &mut dyn Storage);
}

#[test]
fn a_storage_chosen_at_run_time_keeps_the_contract_and_can_be_buffered() {
    let storages: [fn() -> Box<dyn Storage + Send>; 3] = [
        || Box::new(tempfile::tempfile().unwrap()),
        || Box::new(PositionedFile::new(tempfile::tempfile().unwrap()).unwrap()),
        || Box::new(Cursor::new(Vec::new())),
    ];
    for storage in storages {
        keeps_the_contract(storage());
        let mut file: MmioFile<Box<dyn Storage + Send>> = MmioFile::new(storage());
        file.write_all(b"0123456789").unwrap();
        file.set_len(4).unwrap();
        file.sync_all().unwrap();
        assert_eq!(content(&mut file), b"0123");
        assert_eq!(content(&mut file.into_inner().unwrap()), b"0123");
    }
}

// ----- a storage that records its calls and fails on demand ------------------------------------

#[derive(Debug, Default)]
struct Scripted {
    stream: Cursor<Vec<u8>>,
    calls: Vec<&'static str>,
    /// What the next syncs and calls of `set_len` return; `Ok` when there are none left.
    answers: VecDeque<io::Error>,
    fails_to_write: bool,
    /// Does its work, and then reports that it failed.
    lies: bool,
}

impl Scripted {
    fn with(content: &[u8]) -> Self {
        Self { stream: Cursor::new(content.to_vec()), ..Self::default() }
    }

    fn answer(&mut self, call: &'static str) -> io::Result<()> {
        self.calls.push(call);
        self.answers.pop_front().map_or(Ok(()), Err)
    }
}

impl Read for Scripted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.read(bytes)
    }
}

impl Write for Scripted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls.push("write");
        if self.fails_to_write {
            return Err(ErrorKind::StorageFull.into());
        }
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.calls.push("flush");
        Ok(())
    }
}

impl Seek for Scripted {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.stream.seek(target)
    }
}

impl Storage for Scripted {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let answer = self.answer("set_len");
        if answer.is_ok() || self.lies {
            self.stream.set_len(len)?;
        }
        answer
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.answer("sync_data")
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.answer("sync_all")
    }
}

// ----- set_len -------------------------------------------------------------------------------

/// Which places of a file of 100 bytes are read, and which written, before its length is set.
const STARTS: [(&[u64], &[u64]); 6] = [
    (&[], &[]),
    (&[0, 50, 96], &[]),
    (&[], &[0, 50, 96]),
    (&[48], &[50, 53, 70]),
    (&[], &[120, 150]),
    (&[90], &[99, 103]),
];

/// A file, and what it must look like, with these places read and written.
fn started(capacity: usize, reads: &[u64], writes: &[u64]) -> (MmioFile<Scripted>, Vec<u8>) {
    let mut model: Vec<u8> = (1..=100).collect();
    let mut file = MmioFile::with_capacity(capacity, Scripted::with(&model));
    for &offset in reads {
        file.seek(SeekFrom::Start(offset)).unwrap();
        file.read_exact(&mut [0; 3]).unwrap();
    }
    for &offset in writes {
        file.seek(SeekFrom::Start(offset)).unwrap();
        file.write_all(b"xyz").unwrap();
        let start = usize::try_from(offset).unwrap();
        model.resize(model.len().max(start + 3), 0);
        model[start..start + 3].copy_from_slice(b"xyz");
    }
    (file, model)
}

#[test]
fn what_lies_beyond_the_new_length_is_gone_and_growth_is_zeros() {
    for capacity in [0, 1, 16, 64, 4096] {
        for (reads, writes) in STARTS {
            for len in 0..170 {
                let case = format!("capacity {capacity}, {reads:?}, {writes:?}, to {len}");
                let (mut file, mut model) = started(capacity, reads, writes);
                file.set_len(len).unwrap();
                assert_eq!(file.stream_len().unwrap(), len, "{case}");
                model.resize(usize::try_from(len).unwrap(), 0);
                // Grown again, what was cut does not come back, from the buffer or from the stream.
                file.set_len(len + 20).unwrap();
                model.resize(model.len() + 20, 0);
                assert_eq!(content(&mut file), model, "{case}");
                assert_eq!(file.into_inner().unwrap().stream.into_inner(), model, "{case}");
            }
        }
    }
}

#[test]
fn the_position_stays_where_it_is_when_the_length_is_set() {
    for capacity in [0, 64] {
        let (mut file, _) = started(capacity, &[48], &[50]);
        for len in [10, 53, 54, 200] {
            file.set_len(len).unwrap();
            assert_eq!(file.stream_position().unwrap(), 53);
        }
        // Written past the end, it leaves zeros.
        file.set_len(10).unwrap();
        file.write_all(b"!").unwrap();
        let mut expected: Vec<u8> = (1..=10).collect();
        expected.resize(53, 0);
        expected.push(b'!');
        assert_eq!(content(&mut file), expected);
    }
}

#[test]
fn a_file_begins_at_the_streams_position_also_if_its_length_is_set_first() {
    let mut stream = Scripted::with(b"abcdef");
    stream.stream.set_position(2);
    let mut file = MmioFile::new(stream);
    file.set_len(4).unwrap();
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "cd");
}

#[test]
fn a_length_that_the_storage_refuses_changes_nothing() {
    for len in [0, 52, 101, 200] {
        let (mut file, model) = started(64, &[0, 48], &[50, 70]);
        file.get_mut().answers = [ErrorKind::StorageFull.into()].into();
        let error = file.set_len(len).unwrap_err();
        assert!(matches!(error, MmioError::CannotExpand { len: of, .. } if of == len));
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert_eq!(file.stream_position().unwrap(), 73);
        assert_eq!(content(&mut file), model);
        assert_eq!(file.into_inner().unwrap().stream.into_inner(), model);
    }
}

/// What the storage has is unknown then, so it is asked again.
#[test]
fn what_was_cached_is_not_trusted_after_a_storage_has_failed_to_cut() {
    let (mut file, _) = started(64, &[48, 90], &[50, 70]);
    file.get_mut().lies = true;
    file.get_mut().answers = [ErrorKind::Other.into()].into();
    file.set_len(49).unwrap_err();
    let mut expected: Vec<u8> = (1..=49).collect();
    expected.extend_from_slice(b"\0xyz");
    expected.resize(70, 0);
    expected.extend_from_slice(b"xyz");
    assert_eq!(content(&mut file), expected);
    assert_eq!(file.stream_len().unwrap(), 73);
    assert_eq!(file.into_inner().unwrap().stream.into_inner(), expected);
}

// ----- sync ----------------------------------------------------------------------------------

type Sync = fn(&mut MmioFile<Scripted>) -> Result<(), MmioError>;

const SYNCS: [(&str, Sync); 2] =
    [("sync_data", MmioFile::sync_data), ("sync_all", MmioFile::sync_all)];

#[test]
fn a_sync_flushes_first_and_always_reaches_the_storage() {
    for (name, sync) in SYNCS {
        let mut file = MmioFile::new(Scripted::default());
        sync(&mut file).unwrap();
        assert_eq!(file.get_ref().calls, [name], "with nothing to flush");
        file.write_all(b"abc").unwrap();
        sync(&mut file).unwrap();
        assert_eq!(file.get_ref().calls, [name, "write", "flush", name]);
        sync(&mut file).unwrap();
        assert_eq!(file.get_ref().calls, [name, "write", "flush", name, name]);
    }
}

#[test]
fn the_storage_is_not_synced_when_the_flush_fails() {
    for (_, sync) in SYNCS {
        let mut file = MmioFile::new(Scripted::default());
        file.get_mut().fails_to_write = true;
        file.write_all(b"abc").unwrap();
        let error = sync(&mut file).unwrap_err();
        assert!(matches!(error, MmioError::CannotWrite { unwritten: 3, .. }));
        assert_eq!(file.get_ref().calls, ["write"]);
        // That was not a failed sync, so it can be repeated.
        file.get_mut().fails_to_write = false;
        sync(&mut file).unwrap();
        assert_eq!(file.get_ref().stream.get_ref(), b"abc");
    }
}

#[test]
fn a_failed_sync_stays_failed() {
    for (_, first) in SYNCS {
        for (_, then) in SYNCS {
            let mut file = MmioFile::new(Scripted::default());
            file.write_all(b"abc").unwrap();
            file.get_mut().answers = [ErrorKind::StorageFull.into()].into();
            for sync in [first, then, then] {
                let error = sync(&mut file).unwrap_err();
                assert!(matches!(error, MmioError::CannotSync { .. }), "{error:?}");
                assert_eq!(error.kind(), ErrorKind::StorageFull);
                assert_eq!(error.mmio_code(), 262);
            }
            // It goes on as a file, and the way out that the docs name is there.
            file.write_all(b"def").unwrap();
            file.get_mut().sync_all().unwrap();
            then(&mut file).unwrap_err();
            assert_eq!(file.into_inner().unwrap().stream.into_inner(), b"abcdef");
        }
    }
}

#[test]
fn a_sync_that_was_not_tried_may_be_tried_again() {
    for kind in [ErrorKind::InvalidInput, ErrorKind::Unsupported, ErrorKind::Interrupted] {
        for (_, sync) in SYNCS {
            let mut file = MmioFile::new(Scripted::default());
            file.get_mut().answers = [kind.into()].into();
            assert_eq!(sync(&mut file).unwrap_err().kind(), kind);
            sync(&mut file).unwrap();
        }
    }
}

#[test]
fn the_systems_number_of_a_failed_sync_is_reported_again() {
    let mut file = MmioFile::new(Scripted::with(b"abc"));
    file.get_mut().answers = [io::Error::from_raw_os_error(5)].into();
    for _ in 0..2 {
        let error = file.sync_all().unwrap_err();
        assert!(matches!(error, MmioError::CannotSync { .. }));
        assert_eq!(error.raw_os_error(), Some(5));
    }
}

/// What the system says, its number included.
#[cfg(target_os = "linux")]
#[test]
fn the_systems_own_error_of_a_sync_is_kept() {
    let mut file = MmioFile::options().write(true).open("/dev/null").unwrap();
    let error = file.sync_all().unwrap_err();
    assert!(matches!(error, MmioError::CannotSync { .. }));
    assert_eq!((error.kind(), error.raw_os_error()), (ErrorKind::InvalidInput, Some(22)));
}

#[test]
fn a_file_is_synced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let mut file = MmioFile::create(&path).unwrap();
    file.write_all(b"abc").unwrap();
    file.sync_data().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"abc");
    file.write_all(b"def").unwrap();
    file.sync_all().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"abcdef");
}
