//! A file system that is really full: what failed is done again after making room, and the file is
//! compared byte for byte. Linux only, and only where one can be mounted.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::{FlushFlags, MmioError, MmioFile, PositionedFile};

use crate::small_disk::{SmallDisk, words};

fn file_on(disk: &SmallDisk, capacity: usize) -> MmioFile<PositionedFile> {
    let mut options = MmioFile::options();
    options.read(true).write(true).create(true).truncate(true).capacity(capacity);
    options.open(disk.path()).unwrap()
}

/// Makes the call until it succeeds, making room whenever the disk is full. Returns how often it was.
fn until_done<E: Into<std::io::Error>>(
    disk: &SmallDisk,
    mut call: impl FnMut() -> Result<(), E>,
) -> u32 {
    for times in 0.. {
        match call().map_err(E::into) {
            Ok(()) => return times,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::StorageFull);
                assert!(error.to_string().contains("No space left on device"), "{error}");
                disk.make_room();
            }
        }
    }
    unreachable!("it is done or fails")
}

const CAPACITIES: [usize; 4] = [0, 256, 4096, 64 * 1024];

#[test]
fn records_that_are_written_again_after_making_room_are_there_once() {
    for capacity in CAPACITIES {
        let Some(disk) = SmallDisk::with_ballast(44 * 1024) else { return };
        let mut file = file_on(&disk, capacity);
        let data = words(50_000);
        let mut failed = 0;
        for record in data.chunks(777) {
            failed += until_done(&disk, || file.write_all(record));
        }
        failed += until_done(&disk, || file.flush(FlushFlags::empty()));
        assert!(failed >= 2, "the disk was full {failed} times");
        file.close().unwrap();
        assert!(fs::read(disk.path()).unwrap() == data, "capacity {capacity}");
    }
}

#[test]
fn records_at_offsets_that_are_written_again_after_making_room_are_there_once() {
    for capacity in CAPACITIES {
        let Some(disk) = SmallDisk::with_ballast(44 * 1024) else { return };
        let mut file = file_on(&disk, capacity);
        let data = words(50_000);
        let mut failed = 0;
        // The last record first, so that there are gaps until the end.
        for (index, record) in data.chunks(777).enumerate().rev() {
            failed += until_done(&disk, || file.write_all_at(record, index as u64 * 777));
        }
        assert_eq!(file.stream_position().unwrap(), 0);
        failed += until_done(&disk, || file.flush(FlushFlags::empty()));
        assert!(failed >= 2, "the disk was full {failed} times");
        file.close().unwrap();
        assert!(fs::read(disk.path()).unwrap() == data, "capacity {capacity}");
    }
}

#[test]
fn an_insertion_on_a_full_disk_has_moved_nothing_and_is_done_again() {
    for capacity in CAPACITIES {
        for (at, len) in [(0, 9_000), (10_001, 9_000), (39_000, 9_000), (10_001, 30)] {
            let Some(disk) = SmallDisk::with_ballast(24 * 1024) else { return };
            let mut file = file_on(&disk, capacity);
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
            assert!(until_done(&disk, &mut call) > 0, "the disk was full");
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
        let Some(disk) = SmallDisk::with_ballast(40 * 1024) else { return };
        let mut file = file_on(&disk, capacity);
        let mut data = words(40_000);
        for record in data.chunks(100) {
            until_done(&disk, || file.write_all(record));
        }
        until_done(&disk, || file.insert_range(123, 4567));
        file.close().unwrap();
        data.splice(123..123, std::iter::repeat_n(0, 4567));
        assert!(fs::read(disk.path()).unwrap() == data, "capacity {capacity}");
    }
}

#[test]
fn a_removal_needs_no_room() {
    for capacity in CAPACITIES {
        let Some(disk) = SmallDisk::with_ballast(24 * 1024) else { return };
        let mut file = file_on(&disk, capacity);
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
