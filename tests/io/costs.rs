//! The README's tables of what a call costs and of page sizes: each row, checked.

use std::io::{Cursor, Read, Seek, SeekFrom, Write};

use crate::common::counted::{file_of, flush, seek};
use crate::common::stream::{Class, Faulty};
use mmio_file::MmioFile;

const PAGE: usize = 4096;
const CAPACITY: usize = 64 * 1024;

/// A row of the table: what a program does, the calls that it makes, and the proof.
type Row = (&'static str, &'static str, fn());

const ROWS: [Row; 14] = [
    ("reads and writes in pages that are in the buffer", "none", in_the_buffer),
    (
        "seeks, or asks for the position",
        "none, after the first call has asked the stream for its position",
        seeking,
    ),
    (
        "seeks from the end, or asks for the length",
        "one seek each time; one in all with `set_sole_owner`",
        the_end,
    ),
    (
        "reads from start to end in small pieces",
        "at most one read per 64 KiB, and three more to begin with",
        reading_on,
    ),
    ("reads somewhere else", "one read of a page", reading_elsewhere),
    ("appends in small pieces", "one write per 64 KiB", appending),
    (
        "writes somewhere else",
        "none; one read of the page when a second, separate place in it is written",
        writing_elsewhere,
    ),
    (
        "appends records and goes back to patch the header",
        "none until the flush, and one write then",
        patching,
    ),
    (
        "changes more than 16 pages",
        "one write for each page, or run of pages, that makes room",
        changing_much,
    ),
    (
        "reads or writes 64 KiB or more at once",
        "one, which goes around the buffer; a read that meets the end, two",
        going_around,
    ),
    (
        "flushes",
        "one write per unbroken run of changes, then the stream's flush; none if nothing was written",
        flushing,
    ),
    ("syncs", "those of a flush, and one sync", syncing),
    ("sets the length", "one", setting_the_length),
    ("inserts or removes bytes", "reads and writes what follows once, 64 KiB at a time", inserting),
];

#[test]
fn each_row_of_the_readmes_table_of_costs_is_so() {
    let readme = include_str!("../../README.md").replace("\r\n", "\n");
    let rows = ROWS.map(|(does, costs, check)| {
        check();
        format!("| {does} | {costs} |\n")
    });
    let table = rows.concat();
    assert!(readme.contains(&table), "the README should say:\n{table}");
}

#[test]
fn each_row_of_the_readmes_table_of_page_sizes_is_so() {
    let readme = include_str!("../../README.md").replace("\r\n", "\n");
    for (capacity, page, row) in [
        (1024, 64, "| 1 KiB | 64 bytes |"),
        (8 * 1024, 512, "| 8 KiB | 512 bytes |"),
        (64 * 1024, 4096, "| 64 KiB | 4 KiB |"),
        (1024 * 1024, 4096, "| 1 MiB | 4 KiB |"),
    ] {
        let file = MmioFile::with_capacity(capacity, Cursor::new(Vec::new()));
        assert_eq!((file.capacity(), file.page_size()), (capacity, page));
        assert!(readme.contains(row), "{row}");
    }
}

fn in_the_buffer() {
    let (mut file, stream) = file_of(10 * PAGE);
    file.read_exact(&mut [0; PAGE]).unwrap();
    stream.forget_calls();
    for offset in [0, 100, 4000, 7] {
        seek(&mut file, offset);
        file.read_exact(&mut [0; 50]).unwrap();
        file.write_all(&[1; 46]).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
}

fn seeking() {
    let stream = Faulty::new([0; 100]);
    let mut file = MmioFile::new(stream.clone());
    for _ in 0..10 {
        file.stream_position().unwrap();
        file.seek_relative(5).unwrap();
    }
    assert_eq!(stream.calls(), (0, 0, 1));
    file.rewind().unwrap();
    assert_eq!(stream.call_count(), 1);
}

fn the_end() {
    let ends = |is_sole_owner| {
        let (mut file, stream) = file_of(100);
        file.set_sole_owner(is_sole_owner);
        for _ in 0..10 {
            file.seek(SeekFrom::End(0)).unwrap();
            file.stream_len().unwrap();
        }
        stream.calls()
    };
    assert_eq!(ends(false), (0, 0, 20));
    assert_eq!(ends(true), (0, 0, 1));
}

fn reading_on() {
    let (mut file, stream) = file_of(100 * CAPACITY);
    for _ in 0..100 * CAPACITY / 64 {
        file.read_exact(&mut [0; 64]).unwrap();
    }
    let (reads, writes, seeks) = stream.calls();
    assert!(reads <= 100 + 3 && (writes, seeks) == (0, 0), "{reads} {writes} {seeks}");
}

fn reading_elsewhere() {
    let (mut file, stream) = file_of(100 * CAPACITY);
    for place in [50, 20, 90, 70] {
        stream.forget_calls();
        seek(&mut file, place * CAPACITY + 100);
        file.read_exact(&mut [0; 16]).unwrap();
        assert_eq!(stream.calls().0, 1);
        assert_eq!(stream.moved(Class::Read), PAGE);
    }
}

fn appending() {
    let (mut file, stream) = file_of(0);
    for _ in 0..10 * CAPACITY / 64 {
        file.write_all(&[1; 64]).unwrap();
    }
    flush(&mut file);
    assert_eq!(stream.calls(), (0, 10, 0));
}

fn writing_elsewhere() {
    let (mut file, stream) = file_of(100 * CAPACITY);
    for place in [50, 20, 90, 70] {
        seek(&mut file, place * CAPACITY + 100);
        file.write_all(&[1; 16]).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
    seek(&mut file, 50 * CAPACITY + 1000);
    for _ in 0..10 {
        file.write_all(&[1; 16]).unwrap();
        file.seek_relative(-100).unwrap();
    }
    assert_eq!(stream.calls().0, 1);
    assert!(stream.moved(Class::Read) <= PAGE);
}

fn patching() {
    let (mut file, stream) = file_of(0);
    for round in 1..=100 {
        seek(&mut file, 8 + 16 * (round - 1));
        file.write_all(&[1; 16]).unwrap();
        file.rewind().unwrap();
        file.write_all(&(round as u64).to_le_bytes()).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
    flush(&mut file);
    assert_eq!(stream.calls().1, 1);
}

fn changing_much() {
    let (mut file, stream) = file_of(100 * CAPACITY);
    let mut change = |page: usize| {
        stream.forget_calls();
        seek(&mut file, page * 2 * PAGE);
        file.write_all(&[1; 16]).unwrap();
        stream.calls().1
    };
    assert_eq!((0..16).map(&mut change).sum::<usize>(), 0);
    assert_eq!((16..100).map(&mut change).max(), Some(1));
}

fn going_around() {
    let (mut file, stream) = file_of(2 * CAPACITY);
    file.read_exact(&mut vec![0; CAPACITY]).unwrap();
    assert_eq!(stream.calls(), (1, 0, 0));
    file.write_all(&vec![1; CAPACITY + 5]).unwrap();
    assert_eq!(stream.calls(), (1, 1, 0));
    file.rewind().unwrap();
    stream.forget_calls();
    assert_eq!(file.read(&mut vec![0; 3 * CAPACITY]).unwrap(), 2 * CAPACITY + 5);
    assert_eq!(stream.calls().0, 2);
}

fn flushing() {
    let (mut file, stream) = file_of(10 * CAPACITY);
    flush(&mut file);
    assert_eq!(stream.call_count(), 0);
    for (offset, len) in [(300_000, 10_000), (20_000, 10), (100_000, 50)] {
        seek(&mut file, offset);
        file.write_all(&vec![1; len]).unwrap();
    }
    flush(&mut file);
    let log = &stream.look().log;
    let count = |class| log.iter().filter(|call| call.class == class).count();
    assert_eq!((count(Class::Write), count(Class::Flush)), (3, 1));
}

fn syncing() {
    let (mut file, stream) = file_of(0);
    file.write_all(&[1; 100]).unwrap();
    file.sync_all().unwrap();
    let classes = || stream.look().log.iter().map(|call| call.class).collect::<Vec<_>>();
    assert_eq!(classes(), [Class::Write, Class::Flush, Class::Sync]);
}

fn setting_the_length() {
    let (mut file, stream) = file_of(100);
    file.set_len(50).unwrap();
    assert_eq!(
        stream.look().log.iter().map(|call| call.class).collect::<Vec<_>>(),
        [Class::SetLen]
    );
}

fn inserting() {
    let moved = |change: fn(&mut MmioFile<Faulty>)| {
        let (mut file, stream) = file_of(10 * CAPACITY);
        change(&mut file);
        let (reads, writes, _) = stream.calls();
        (reads, writes, stream.moved(Class::Read))
    };
    // The inserted zeros take one write more; the first piece ends where the capacity does.
    let eight = 8 * CAPACITY;
    assert_eq!(moved(|file| file.insert_range(2 * CAPACITY as u64, 64).unwrap()), (9, 10, eight));
    assert_eq!(moved(|file| file.remove_range(0..2 * CAPACITY as u64).unwrap()), (8, 8, eight));
}
