//! `insert_range` and `remove_range`: what they do to every place of a file, what they refuse, and
//! what they cost.

use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::{MmioError, MmioFile};

use crate::common::stream::Faulty;

const CAPACITIES: [usize; 6] = [0, 1, 3, 8, 64, 65_536];

fn numbers() -> Vec<u8> {
    (1..=24).collect()
}

/// A file with unwritten bytes at its start and past its end, at offset 9; and what it holds.
fn file(capacity: usize) -> (MmioFile<Faulty>, Vec<u8>) {
    let mut file = MmioFile::with_capacity(capacity, Faulty::new(numbers()));
    let mut model = numbers();
    for at in [2_u8, 23] {
        file.seek(SeekFrom::Start(at.into())).unwrap();
        file.write_all(b"xyz").unwrap();
        model.resize(model.len().max(usize::from(at) + 3), 0);
        model[at.into()..usize::from(at) + 3].copy_from_slice(b"xyz");
    }
    file.seek(SeekFrom::Start(9)).unwrap();
    (file, model)
}

fn check(mut file: MmioFile<Faulty>, model: &[u8], what: &str) {
    assert_eq!(file.stream_position().unwrap(), 9, "{what}: the position stays");
    file.rewind().unwrap();
    let mut content = Vec::new();
    file.read_to_end(&mut content).unwrap();
    assert_eq!(content, model, "{what}: as it reads");
    assert_eq!(file.into_inner().unwrap().content(), model, "{what}: as the stream has it");
}

#[test]
fn zeros_are_inserted_everywhere_and_what_followed_moves_up() {
    for capacity in CAPACITIES {
        for at in 0..=26 {
            for len in [0, 1, 2, 7, 8, 30, 200] {
                let (mut file, mut model) = file(capacity);
                file.insert_range(at, len).unwrap();
                let index = usize::try_from(at).unwrap();
                let zeros = std::iter::repeat_n(0, usize::try_from(len).unwrap());
                model.splice(index..index, zeros);
                check(file, &model, &format!("{len} at {at}, capacity {capacity}"));
            }
        }
    }
}

#[test]
fn every_range_is_removed_and_what_followed_moves_down() {
    for capacity in CAPACITIES {
        for start in 0..=26 {
            for end in start..=26 {
                let (mut file, mut model) = file(capacity);
                file.remove_range(start..end).unwrap();
                model.drain(usize::try_from(start).unwrap()..usize::try_from(end).unwrap());
                check(file, &model, &format!("{start}..{end}, capacity {capacity}"));
            }
        }
    }
}

#[test]
fn what_is_not_in_the_file_is_refused_before_anything_moves() {
    for capacity in CAPACITIES {
        let (mut file, model) = file(capacity);
        let unwritten = file.dirty_len();
        for (start, end) in [(5, 4), (27, 27), (0, 27), (26, u64::MAX), (u64::MAX, 0)] {
            let error = file.remove_range(start..end).unwrap_err();
            let is_it = matches!(error, MmioError::InvalidRange { start: s, end: e, .. } if (s, e) == (start, end));
            assert!(is_it && error.kind() == ErrorKind::InvalidInput, "{error:?}");
        }
        for (at, len) in [(27, 0), (27, 5), (u64::MAX, 1), (u64::MAX, u64::MAX)] {
            let error = file.insert_range(at, len).unwrap_err();
            assert!(matches!(error, MmioError::InvalidRange { .. }), "{error:?}");
        }
        for at in [0, 3, 26] {
            let error = file.insert_range(at, u64::MAX).unwrap_err();
            assert!(matches!(error, MmioError::CannotExpand { .. }), "{error:?}");
        }
        assert_eq!(file.dirty_len(), unwritten, "nothing was even flushed");
        check(file, &model, "refused");
    }
}

#[test]
fn a_file_can_be_no_longer_than_its_system_counts() {
    let mut file = MmioFile::from_file(tempfile::tempfile().unwrap()).unwrap();
    file.write_all(b"abc").unwrap();
    let error = file.insert_range(1, i64::MAX.cast_unsigned() - 2).unwrap_err();
    assert!(matches!(error, MmioError::CannotExpand { .. }), "{error:?}");
    assert_eq!((file.dirty_len(), file.stream_len().unwrap()), (3, 3));
}

#[test]
fn nothing_is_unwritten_afterwards_wherever_the_range_is() {
    for capacity in CAPACITIES {
        for at in 0..=26 {
            for len in 0..=26 - at {
                let (mut grown, _) = file(capacity);
                grown.insert_range(at, len).unwrap();
                assert!(!grown.is_dirty(), "{capacity}: {len} inserted at {at}");
                let (mut cut, _) = file(capacity);
                cut.remove_range(at..at + len).unwrap();
                assert!(!cut.is_dirty(), "{capacity}: {len} removed at {at}");
            }
        }
    }
}

#[test]
fn bytes_move_in_pieces_of_the_capacity() {
    let mut file = MmioFile::new(Faulty::new(vec![7; 1 << 20]));
    file.insert_range(100, 10).unwrap();
    // Each piece of 64 KiB is read and written once, and one is cut at the old end.
    let (reads, writes, _) = file.get_ref().calls();
    assert_eq!((reads, writes), (17, 18), "and the zeros");
    file.get_ref().forget_calls();
    file.remove_range(100..110).unwrap();
    let (reads, writes, _) = file.get_ref().calls();
    assert_eq!((reads, writes), (16, 16));
    assert_eq!(file.into_inner().unwrap().content(), vec![7; 1 << 20]);
}

#[test]
fn what_is_inserted_past_a_short_rest_is_zeros_too() {
    let mut file = MmioFile::new(Cursor::new(b"abcdef".to_vec()));
    file.insert_range(4, 1000).unwrap();
    let bytes = file.into_inner().unwrap().into_inner();
    assert_eq!((&bytes[..4], &bytes[1004..]), (&b"abcd"[..], &b"ef"[..]));
    assert!(bytes[4..1004].iter().all(|&byte| byte == 0));
}
