//! Direct access to the buffer: what is handed out, what counts as written, and what never does.

use std::io::{BufRead, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::common::stream::{Class, Fault, Faulty, What};
use mmio_file::{FlushFlags, MmioError, MmioFile};

fn file(capacity: usize, bytes: &[u8]) -> MmioFile<Cursor<Vec<u8>>> {
    MmioFile::with_capacity(capacity, Cursor::new(bytes.to_vec()))
}

fn content(file: MmioFile<Cursor<Vec<u8>>>) -> Vec<u8> {
    file.into_inner().unwrap().into_inner()
}

#[test]
fn fill_buf_shows_unwritten_bytes() {
    let mut file = file(64, b"0123456789");
    file.write_all(b"ab").unwrap();
    file.rewind().unwrap();
    assert!(file.fill_buf().unwrap().starts_with(b"ab"));
}

#[test]
fn fill_buf_moves_nothing_and_consume_does() {
    let mut file = file(64, b"0123456789");
    file.fill_buf().unwrap();
    assert_eq!(file.stream_position().unwrap(), 0);
    file.consume(3);
    assert_eq!(file.stream_position().unwrap(), 3);
}

#[test]
fn consume_stops_at_the_end_of_what_was_filled() {
    let mut file = file(64, b"0123456789");
    let n = file.fill_buf().unwrap().len();
    file.consume(1000);
    assert_eq!(file.stream_position().unwrap(), n as u64);
}

#[test]
fn looking_at_the_file_does_not_disturb_what_was_filled() {
    let mut file = file(64, b"0123456789");
    let n = file.fill_buf().unwrap().len();
    file.stream_len().unwrap();
    assert!(!file.is_dirty() && file.dirty_len() == 0);
    file.consume(n);
    assert_eq!(file.stream_position().unwrap(), n as u64);
}

#[test]
fn all_that_fill_buf_mut_returns_counts_as_written() {
    let mut file = file(64, b"0123456789");
    file.seek(SeekFrom::Start(1)).unwrap();
    let n = file.fill_buf_mut().unwrap().len();
    assert_eq!(n, 3, "up to the end of the page of 4");
    assert_eq!(file.dirty_len(), 3);
    assert_eq!(file.stream_position().unwrap(), 1);
}

#[test]
fn fill_buf_mut_is_empty_at_the_end_of_the_file() {
    let mut file = file(64, b"01");
    file.seek(SeekFrom::Start(2)).unwrap();
    assert!(file.fill_buf_mut().unwrap().is_empty());
    assert!(!file.is_dirty());
}

#[test]
fn a_fill_buf_mut_that_can_make_no_room_moves_nothing() {
    let stream = Faulty::new([7; 40]);
    let mut file = MmioFile::with_capacity(2, stream.clone());
    file.write_all(b"x").unwrap();
    file.write_all(b"y").unwrap();
    stream.arm(Fault::for_good(Class::Write, What::Fails(ErrorKind::StorageFull)));
    assert!(matches!(file.fill_buf_mut(), Err(MmioError::CannotWrite { .. })));
    assert_eq!(file.stream_position().unwrap(), 2);
    assert_eq!(file.dirty_len(), 2);
    stream.repair();
    assert_eq!(file.fill_buf_mut().unwrap(), [7]);
}

#[test]
fn write_with_counts_what_the_closure_says() {
    let mut file = file(64, b"0123456789");
    let n = file
        .write_with(100, |room| {
            assert_eq!(room.len(), 4, "up to the end of the page");
            room[..2].copy_from_slice(b"ab");
            2
        })
        .unwrap();
    assert_eq!(n, 2);
    assert_eq!(content(file), b"ab23456789");
}

#[test]
fn what_write_with_leaves_past_its_count_is_not_content() {
    let mut file = file(64, b"0123456789");
    file.read_exact(&mut [0; 1]).unwrap();
    file.write_with(3, |room| {
        room.fill(b'!');
        1
    })
    .unwrap();
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "23456789");
    assert_eq!(content(file), b"0!23456789");
}

#[test]
fn a_closure_that_panics_leaves_the_content_whole() {
    for cached in [false, true] {
        let mut file = file(64, b"0123456789");
        if cached {
            file.read_exact(&mut [0; 4]).unwrap();
            file.rewind().unwrap();
        }
        let panic = catch_unwind(AssertUnwindSafe(|| {
            file.write_with(4, |room| {
                room.fill(b'!');
                panic!("in the closure")
            })
        }));
        assert!(panic.is_err());
        assert_eq!(file.stream_position().unwrap(), 0);
        assert_eq!(content(file), b"0123456789");
    }
}

#[test]
fn an_answer_of_more_than_the_room_panics_and_writes_nothing() {
    let mut file = file(64, b"0123456789");
    let panic = catch_unwind(AssertUnwindSafe(|| file.write_with(2, |_| 3)));
    let message = *panic.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(message, "wrote 3 bytes into room for 2");
    assert!(!file.is_dirty());
}

#[test]
fn write_with_of_nothing_does_not_call_the_closure() {
    let mut file = file(64, b"01");
    assert_eq!(file.write_with(0, |_| panic!("called")).unwrap(), 0);
}

#[test]
fn writing_nothing_past_the_end_leaves_the_length() {
    let mut file = file(64, b"01");
    file.seek(SeekFrom::Start(3)).unwrap();
    file.write_with(1, |_| 0).unwrap();
    assert_eq!(file.stream_len().unwrap(), 2);
    file.rewind().unwrap();
    let mut all = Vec::new();
    file.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"01");
    assert_eq!(content(file), b"01");
}

#[test]
fn without_a_buffer_there_is_nothing_to_hand_out() {
    let mut file = file(0, b"0123456789");
    assert_eq!(file.fill_buf().unwrap_err().kind(), ErrorKind::Unsupported);
    assert!(matches!(file.fill_buf_mut(), Err(MmioError::Unbuffered)));
    assert!(matches!(file.write_with(1, |_| 1), Err(MmioError::Unbuffered)));
    // Everything else goes straight through.
    file.read_exact(&mut [0; 2]).unwrap();
    file.write_all(b"ab").unwrap();
    assert_eq!(file.get_ref().get_ref(), b"01ab456789");
    assert!(!file.is_dirty());
    file.flush(FlushFlags::EMPTY_BUF).unwrap();
}
