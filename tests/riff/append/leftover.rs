//! What a failed append leaves is written over by the next one.

use std::io::{self, Cursor};

use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
use mmio_file::{FlushFlags, MmioFile};

use crate::appended::Stream;
use crate::common::stream::Faulty;
use crate::make::{chunk, enter, fmt, names, read, riff};

const NOTE: FourCc = FourCc::new(*b"note");

fn before() -> Vec<u8> {
    riff(&[fmt(), chunk("data", b"\x01\x02\x03\x04\x05")])
}

fn note(file: &mut dyn Stream, len: usize) -> io::Result<()> {
    let riff = enter(file);
    let text: Vec<u8> = (1..=250).cycle().take(len).collect();
    // In many small writes, so that a buffer is full midway.
    file.append_chunk(&riff, NewChunk::id(NOTE), |file| {
        text.chunks(100).try_for_each(|part| file.write_all(part))
    })
}

fn noted(bytes: Vec<u8>, len: usize) -> Vec<u8> {
    let mut file = Cursor::new(bytes);
    note(&mut file, len).unwrap();
    file.into_inner()
}

/// A file on a disk that has room for so many bytes, after an append that failed for want of more.
fn failed(capacity: usize, len: usize, room: usize) -> MmioFile<Faulty> {
    let disk = Faulty::new(before());
    disk.edit().room = room;
    let mut file = MmioFile::with_capacity(capacity, disk);
    note(&mut file, len).unwrap_err();
    file
}

#[test]
fn an_append_that_is_repeated_on_a_full_disk_needs_no_more_room_than_one_that_is_not() {
    let wanted = noted(before(), 9001);
    for capacity in [0, 1, 16, 64, 65_536] {
        let mut file = failed(capacity, 9001, before().len() + 100);
        // A little more room each time, and never more than the file will need.
        for room in (before().len() + 300..wanted.len()).step_by(700) {
            file.get_ref().edit().room = room;
            note(&mut file, 9001).unwrap_err();
        }
        file.get_ref().edit().room = wanted.len();
        note(&mut file, 9001).unwrap();
        file.flush(FlushFlags::empty()).unwrap();
        assert!(file.get_ref().look().bytes == wanted, "capacity {capacity}");
    }
}

#[test]
fn a_name_that_was_not_replaced_becomes_junk_though_the_rest_of_a_longer_append_follows() {
    let torn = riff(&[fmt(), chunk("~UNK", b"ab")]);
    let after = noted([torn, chunk("JUNK", b"the rest")].concat(), 5);
    let (_, chunks) = read(&after);
    assert_eq!(names(&chunks), ["fmt ", "JUNK", "JUNK", "note"]);
}

#[test]
fn what_a_longer_append_has_left_after_a_shorter_one_is_junk_that_readers_pass_over() {
    for capacity in [0, 1, 16, 64, 65_536] {
        for len in [0, 1, 2, 7, 90, 91, 180] {
            let mut file = failed(capacity, 2000, before().len() + 200);
            file.get_ref().edit().room = usize::MAX;
            note(&mut file, len).unwrap();
            file.flush(FlushFlags::empty()).unwrap();
            let bytes = file.get_ref().look().bytes.clone();
            let alone = noted(before(), len);
            assert!(bytes.starts_with(&alone), "capacity {capacity}, length {len}");

            let (_, chunks) = read(&bytes);
            assert_eq!(names(&chunks), ["fmt ", "data", "note"]);
            let (_, chunks) = read(&noted(bytes, 500));
            assert_eq!(names(&chunks).iter().filter(|name| **name == "note").count(), 2);
        }
    }
}
