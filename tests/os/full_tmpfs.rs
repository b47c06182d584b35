//! A file system that is really full: what failed is done again after making room, and the file is
//! compared byte for byte. Linux only, and only where one can be mounted.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process::Command;

use mmio_file::{FlushFlags, MmioError, MmioFile, PositionedFile};
use tempfile::TempDir;

/// A file system of 64 KiB, and a file that fills most of it until room is needed.
struct Disk {
    folder: TempDir,
}

impl Disk {
    /// `None` where a file system can't be mounted.
    fn with_ballast(len: usize) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
            .arg(folder.path())
            .output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            println!("skipped: a file system can't be mounted here");
            return None;
        }
        let disk = Self { folder };
        fs::write(disk.ballast(), vec![0; len]).unwrap();
        Some(disk)
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("file")
    }

    /// Makes room for a page or two more.
    fn make_room(&self) {
        let ballast = fs::OpenOptions::new().write(true).open(self.ballast()).unwrap();
        let len = ballast.metadata().unwrap().len();
        assert!(len > 0, "there was room enough");
        ballast.set_len(len.saturating_sub(8192)).unwrap();
    }

    fn file(&self, capacity: usize) -> MmioFile<PositionedFile> {
        let mut options = MmioFile::options();
        options.read(true).write(true).create(true).truncate(true).capacity(capacity);
        options.open(self.path()).unwrap()
    }

    /// Makes the call until it succeeds, making room whenever the disk is full. Returns how often it
    /// was.
    fn until_done<E: Into<std::io::Error>>(&self, mut call: impl FnMut() -> Result<(), E>) -> u32 {
        for times in 0.. {
            match call().map_err(E::into) {
                Ok(()) => return times,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::StorageFull);
                    assert!(error.to_string().contains("No space left on device"), "{error}");
                    self.make_room();
                }
            }
        }
        unreachable!("it is done or fails")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, since a failed test may still have a file open.
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}

const CAPACITIES: [usize; 4] = [0, 256, 4096, 64 * 1024];

/// Bytes of which no two stretches of some length are alike.
fn words(len: usize) -> Vec<u8> {
    (0_u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(len).collect()
}

#[test]
fn records_that_are_written_again_after_making_room_are_there_once() {
    for capacity in CAPACITIES {
        let Some(disk) = Disk::with_ballast(44 * 1024) else { return };
        let mut file = disk.file(capacity);
        let data = words(50_000);
        let mut failed = 0;
        for record in data.chunks(777) {
            failed += disk.until_done(|| file.write_all(record));
        }
        failed += disk.until_done(|| file.flush(FlushFlags::empty()));
        assert!(failed >= 2, "the disk was full {failed} times");
        file.close().unwrap();
        assert!(fs::read(disk.path()).unwrap() == data, "capacity {capacity}");
    }
}

#[test]
fn records_at_offsets_that_are_written_again_after_making_room_are_there_once() {
    for capacity in CAPACITIES {
        let Some(disk) = Disk::with_ballast(44 * 1024) else { return };
        let mut file = disk.file(capacity);
        let data = words(50_000);
        let mut failed = 0;
        // The last record first, so that there are gaps until the end.
        for (index, record) in data.chunks(777).enumerate().rev() {
            failed += disk.until_done(|| file.write_all_at(record, index as u64 * 777));
        }
        assert_eq!(file.stream_position().unwrap(), 0);
        failed += disk.until_done(|| file.flush(FlushFlags::empty()));
        assert!(failed >= 2, "the disk was full {failed} times");
        file.close().unwrap();
        assert!(fs::read(disk.path()).unwrap() == data, "capacity {capacity}");
    }
}

#[test]
fn an_insertion_on_a_full_disk_has_moved_nothing_and_is_done_again() {
    for capacity in CAPACITIES {
        for (at, len) in [(0, 9_000), (10_001, 9_000), (39_000, 9_000), (10_001, 30)] {
            let Some(disk) = Disk::with_ballast(24 * 1024) else { return };
            let mut file = disk.file(capacity);
            // It ends with a page of the disk, so that any more needs room.
            let mut data = words(40 * 1024);
            file.write_all(&data).unwrap();
            file.flush(FlushFlags::empty()).unwrap();

            let mut call = || -> Result<(), MmioError> {
                let answer = file.insert_range(at, len);
                if answer.is_err() {
                    assert!(fs::read(disk.path()).unwrap() == data, "nothing has moved");
                    assert_eq!(file.dirty_len(), 0, "nothing is unwritten");
                    file.rewind().unwrap();
                    let mut back = Vec::new();
                    file.read_to_end(&mut back).unwrap();
                    assert!(back == data, "and so it reads");
                }
                answer
            };
            assert!(disk.until_done(&mut call) > 0, "the disk was full");
            file.close().unwrap();
            let zeros = std::iter::repeat_n(0, usize::try_from(len).unwrap());
            let at = usize::try_from(at).unwrap();
            data.splice(at..at, zeros);
            assert!(fs::read(disk.path()).unwrap() == data, "{len} at {at}, capacity {capacity}");
        }
    }
}

#[test]
fn an_insertion_with_bytes_that_could_not_be_written_yet_loses_none() {
    for capacity in [256, 4096, 64 * 1024] {
        let Some(disk) = Disk::with_ballast(40 * 1024) else { return };
        let mut file = disk.file(capacity);
        let mut data = words(40_000);
        for record in data.chunks(100) {
            disk.until_done(|| file.write_all(record));
        }
        disk.until_done(|| file.insert_range(123, 4567));
        file.close().unwrap();
        data.splice(123..123, std::iter::repeat_n(0, 4567));
        assert!(fs::read(disk.path()).unwrap() == data, "capacity {capacity}");
    }
}

#[test]
fn a_removal_needs_no_room() {
    for capacity in CAPACITIES {
        let Some(disk) = Disk::with_ballast(24 * 1024) else { return };
        let mut file = disk.file(capacity);
        let mut data = words(40 * 1024);
        file.write_all(&data).unwrap();
        file.flush(FlushFlags::empty()).unwrap();
        file.seek(SeekFrom::Start(20_000)).unwrap();
        file.write_all(b"changed").unwrap();
        data[20_000..20_007].copy_from_slice(b"changed");

        file.remove_range(1_000..1_030).unwrap();
        file.remove_range(15_000..17_000).unwrap();
        data.drain(1_000..1_030);
        data.drain(15_000..17_000);
        assert_eq!(file.stream_position().unwrap(), 20_007, "the position stays");
        file.close().unwrap();
        assert!(fs::read(disk.path()).unwrap() == data, "capacity {capacity}");
    }
}
