//! Reads and writes that need room in the buffer, or go around it, on a disk that is full.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use super::{FULL, flush, numbers, read_all, small};
use crate::common::stream::{Class, Fault, Faulty, What};

/// A buffer that drops, or grows, when nothing can be written for a while.
#[test]
fn a_disk_that_stays_full_over_a_thousand_writes_loses_nothing_and_keeps_no_more_than_fits() {
    let (mut file, stream) = small(4000);
    stream.arm(Fault::for_good(Class::Write, FULL));
    let mut expected = numbers(4000);
    let mut accepted = 0;
    for round in 0..1000_usize {
        let at = round * 37 % 3990;
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        match file.write(b"0123456789") {
            Ok(n) => {
                expected[at..at + n].copy_from_slice(&b"0123456789"[..n]);
                accepted += n;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::StorageFull),
        }
        assert!(file.dirty_len() <= 64, "more is unwritten than the buffer holds");
        let mut byte = [0];
        file.seek(SeekFrom::Start(at as u64)).unwrap();
        file.read_exact(&mut byte).unwrap();
        assert_eq!(byte[0], expected[at]);
    }
    assert!(accepted > 0);
    stream.repair();
    flush(&mut file).unwrap();
    assert_eq!(stream.content(), expected);
}

/// Every one-window buffer has to write before it can read elsewhere, and so fails the read.
#[test]
fn a_read_that_has_to_make_room_on_a_full_disk_succeeds() {
    let (mut file, stream) = small(1000);
    stream.arm(Fault::for_good(Class::Write, FULL));
    // As much as can be unwritten: the capacity; one frame stays clean.
    file.write_all(&[0xEE; 32]).unwrap();
    file.write_all(&[0xEE; 32]).unwrap();
    let tried = |stream: &Faulty| stream.look().failures.len();
    assert!(file.write(b"no room").is_err());
    assert_eq!(tried(&stream), 1);
    let mut expected = numbers(1000);
    expected[..64].fill(0xEE);
    assert_eq!(read_all(&mut file), expected);
    assert_eq!(file.dirty_len(), 64);
    assert!(tried(&stream) > 1, "it did try to make room");
}

/// The seek to where the bytes belong fails, not the write.
#[test]
fn a_read_that_cannot_go_to_where_it_would_make_room_succeeds() {
    let (mut file, stream) = small(250);
    for page in 0..16 {
        file.seek(SeekFrom::Start(8 * page)).unwrap();
        file.write_all(b"full").unwrap();
    }
    // This takes the one frame that is clean.
    let mut byte = [0];
    file.seek(SeekFrom::Start(200)).unwrap();
    file.read_exact(&mut byte).unwrap();
    stream.arm(Fault::once(Class::Seek, FULL, 0));
    file.seek(SeekFrom::Start(220)).unwrap();
    file.read_exact(&mut byte).unwrap();
    assert_eq!(byte, [220]);
    assert_eq!(stream.look().failures.len(), 1, "it did try");
    assert_eq!(file.dirty_len(), 64);
}

/// A write that has to read first, and fails if it can't read or seek there.
#[test]
fn a_write_for_which_nothing_can_be_read_succeeds() {
    for class in [Class::Read, Class::Seek] {
        let (mut file, stream) = small(100);
        file.seek(SeekFrom::Start(40)).unwrap();
        file.write_all(b"a").unwrap();
        // Two bytes further on, in the same page.
        file.seek(SeekFrom::Start(43)).unwrap();
        stream.arm(Fault::once(class, FULL, 0));
        file.write_all(b"b").unwrap();
        assert_eq!(stream.look().failures.len(), 1, "it did try");
        flush(&mut file).unwrap();
        let mut expected = numbers(100);
        (expected[40], expected[43]) = (b'a', b'b');
        assert_eq!(stream.content(), expected);
    }
}

/// A write that failed although the buffer kept some of its bytes.
#[test]
fn a_write_that_can_make_no_room_accepts_nothing() {
    let (mut file, stream) = small(1000);
    stream.arm(Fault::for_good(Class::Write, FULL));
    file.write_all(&[0xEE; 32]).unwrap();
    file.write_all(&[0xEE; 32]).unwrap();
    file.seek(SeekFrom::Start(500)).unwrap();
    assert_eq!(file.write(b"x").unwrap_err().kind(), ErrorKind::StorageFull);
    assert_eq!(file.stream_position().unwrap(), 500);
    stream.repair();
    flush(&mut file).unwrap();
    let mut expected = numbers(1000);
    expected[..64].fill(0xEE);
    assert_eq!(stream.content(), expected);
}

/// A large write is written past what was buffered before it, or counted twice.
#[test]
fn a_large_write_may_fail_before_in_and_after_the_direct_part() {
    let large: Vec<u8> = (0..200).collect();
    // Of what was buffered before; of the large write; of what was buffered after it.
    for at in 0..3 {
        for what in [FULL, What::HalfThenFails(ErrorKind::StorageFull), What::Short(7)] {
            let (mut file, stream) = small(0);
            file.write_all(b"before").unwrap();
            stream.arm(Fault::once(Class::Write, what, at));
            let mut expected = b"before".to_vec();
            let mut rest = &large[..];
            while !rest.is_empty() {
                if let Ok(n) = file.write(rest) {
                    expected.extend_from_slice(&rest[..n]);
                    rest = &rest[n..];
                }
                assert_eq!(file.stream_position().unwrap(), expected.len() as u64);
            }
            file.write_all(b"after").unwrap();
            expected.extend_from_slice(b"after");
            if flush(&mut file).is_err() {
                flush(&mut file).unwrap();
            }
            assert_eq!(stream.content(), expected, "{what:?} in write {at}");
            assert!(stream.look().fired.contains_key(&(Class::Write, what)), "{what:?} at {at}");
        }
    }
}
