//! Reading all that is left: what is returned, what it costs in memory and calls.

use std::io::{Cursor, ErrorKind, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::common::stream::{Class, Fault, Faulty, What};
use mmio_file::MmioFile;

/// A file of `len` bytes without a buffer, and one with the default buffer.
fn files(len: usize) -> [MmioFile<Cursor<Vec<u8>>>; 2] {
    let stream = || Cursor::new((0_u8..=250).cycle().take(len).collect::<Vec<u8>>());
    [MmioFile::with_capacity(0, stream()), MmioFile::new(stream())]
}

#[test]
fn what_is_left_is_appended_and_counted() {
    for len in [0, 1, 70_000, 300_000] {
        for mut file in files(len) {
            let mut out = b"before".to_vec();
            assert_eq!(file.read_to_end(&mut out).unwrap(), len);
            assert_eq!(&out[..6], b"before");
            assert!(out[6..] == file.into_inner().unwrap().into_inner());
        }
    }
}

#[test]
fn a_vector_with_room_for_all_does_not_grow() {
    for len in [1, 70_000, 300_000] {
        let [_, mut file] = files(len);
        let mut out = Vec::with_capacity(6 + len);
        out.extend_from_slice(b"before");
        let room = out.capacity();
        assert_eq!(file.read_to_end(&mut out).unwrap(), len);
        assert_eq!(out.capacity(), room);
    }
}

#[test]
fn a_large_file_takes_few_calls() {
    let stream = Faulty::new(vec![7; 8 << 20]);
    MmioFile::new(stream.clone()).read_to_end(&mut Vec::new()).unwrap();
    // More each time, up to 1 MiB.
    assert!(stream.calls().0 < 32, "{} reads", stream.calls().0);
}

#[test]
fn a_small_file_takes_no_more_memory_than_it_has_bytes() {
    for capacity in [4096, 64 * 1024, 1 << 20] {
        let mut file = MmioFile::with_capacity(capacity, Cursor::new(b"0123456789".to_vec()));
        let mut out = String::new();
        assert_eq!(file.read_to_string(&mut out).unwrap(), 10);
        assert!(out.capacity() < 32, "{} at {capacity}", out.capacity());
    }
}

#[test]
fn a_full_vector_does_not_grow_at_the_end_of_the_file() {
    let [_, mut file] = files(0);
    let mut out = Vec::from(*b"full");
    assert_eq!(file.read_to_end(&mut out).unwrap(), 0);
    assert_eq!(out.capacity(), 4);
}

#[test]
fn after_a_panic_of_the_stream_the_vector_holds_what_was_read() {
    for (capacity, after) in [(0, 0), (0, 2), (64, 0), (64, 3)] {
        let stream = Faulty::short(vec![7; 1000], 100);
        stream.arm(Fault::once(Class::Read, What::Panics, after));
        let mut file = MmioFile::with_capacity(capacity, stream.clone());
        let mut out = b"\x07".to_vec();
        let panicked = catch_unwind(AssertUnwindSafe(|| file.read_to_end(&mut out))).is_err();
        assert!(panicked && out.iter().all(|&byte| byte == 7), "capacity {capacity}: {out:?}");
    }
}

#[test]
fn a_string_with_room_for_all_does_not_grow() {
    let mut file = MmioFile::new(Cursor::new(b"ten bytes.".to_vec()));
    let mut out = String::with_capacity(10);
    let memory = out.as_ptr();
    assert_eq!(file.read_to_string(&mut out).unwrap(), 10);
    assert_eq!(out, "ten bytes.");
    assert_eq!(out.as_ptr(), memory);
}

#[test]
fn a_string_holds_what_was_read_before_the_stream_failed() {
    for before in ["", "before"] {
        let stream = Faulty::new(vec![b'x'; 1000]);
        let mut file = MmioFile::with_capacity(64, stream.clone());
        let mut out = before.to_owned();
        stream.arm(Fault::once(Class::Read, What::Fails(ErrorKind::Other), 3));
        file.read_to_string(&mut out).unwrap_err();
        let moved = file.stream_position().unwrap();
        assert!(moved > 0);
        assert_eq!((out.len() - before.len()) as u64, moved);
        file.read_to_string(&mut out).unwrap();
        assert_eq!(out, format!("{before}{}", "x".repeat(1000)));
    }
}

#[test]
fn a_string_is_unchanged_after_invalid_utf_8() {
    for before in ["", "before"] {
        let mut file = MmioFile::new(Cursor::new(b"text, and then \xFF".to_vec()));
        let mut out = before.to_owned();
        let error = file.read_to_string(&mut out).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        assert_eq!(out, before);
    }
}

#[test]
fn without_a_buffer_it_asks_for_32_kib_first_whatever_the_vector_holds() {
    for before in [0, 1 << 20] {
        let stream = Faulty::new(vec![7; 100_000]);
        let mut out = vec![0; before];
        MmioFile::with_capacity(0, stream.clone()).read_to_end(&mut out).unwrap();
        let log = &stream.look().log;
        let first = log.iter().find(|call| call.class == Class::Read).unwrap();
        assert_eq!(first.moved, 32 * 1024);
    }
}
