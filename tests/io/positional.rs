//! Access at an explicit offset: what it costs, and what stays.

use std::io::{Read, Seek, Write};

use crate::common::counted::{file_of, flush, seek};
use crate::common::stream::{Class, Faulty};
use mmio_file::{MmioError, MmioFile};

const PAGE: u64 = 4096;

#[test]
fn appending_and_patching_at_offsets_costs_one_write() {
    let (mut file, stream) = file_of(0);
    for count in 0..1000_u32 {
        file.write_all(&[1; 16]).unwrap();
        file.write_all_at(&count.to_le_bytes(), 4).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
    flush(&mut file);
    assert_eq!(stream.calls(), (0, 1, 0));
    assert_eq!(stream.content().len(), 16_000);
    assert_eq!(stream.content()[4..8], 999_u32.to_le_bytes());
}

#[test]
fn a_scan_at_offsets_makes_as_many_calls_as_a_scan() {
    const LEN: usize = 1 << 20;
    let (mut file, by_position) = file_of(LEN);
    let mut record = [0; 64];
    for _ in 0..LEN / 64 {
        file.read_exact(&mut record).unwrap();
    }
    let (mut file, by_offset) = file_of(LEN);
    for at in (0..LEN as u64).step_by(64) {
        file.read_exact_at(&mut record, at).unwrap();
        assert_eq!(u64::from(record[0]), at % 251);
    }
    // The page at the position stays throughout.
    assert_eq!(by_offset.calls(), by_position.calls());
}

#[test]
fn hot_pages_at_offsets_stay_beside_a_scan() {
    let (mut file, stream) = file_of(1 << 20);
    let mut record = [0; 64];
    for hot in [700_000, 900_000] {
        file.write_all_at(b"hot", hot).unwrap();
        file.read_exact_at(&mut record, hot).unwrap();
    }
    let reads = stream.calls().0;
    let mut alone = 0;
    for with_hot in [false, true] {
        let (mut file, stream) = file_of(1 << 20);
        for at in 0..(1 << 18) / 64 {
            file.read_exact(&mut record).unwrap();
            if with_hot && at % 8 == 0 {
                file.read_exact_at(&mut record, 700_000).unwrap();
                file.read_exact_at(&mut record, 900_000).unwrap();
            }
        }
        let calls = stream.calls().0;
        if with_hot {
            assert!(calls <= 2 * alone + 8, "{calls} for {alone}");
        } else {
            alone = calls;
        }
    }
    assert_eq!(reads, 2);
}

#[test]
fn what_is_cached_is_read_and_written_from_elsewhere_without_a_call() {
    let (mut file, stream) = file_of(20_000);
    let mut bytes = [0; 10];
    // Across the end of a page.
    file.read_exact_at(&mut bytes, PAGE - 5).unwrap();
    file.read_exact_at(&mut bytes, 0).unwrap();
    stream.forget_calls();
    for at in [0, 7, PAGE - 10, PAGE - 5, PAGE, PAGE + 3] {
        file.write_all_at(b"x", at).unwrap();
        assert_eq!(file.read_at(&mut bytes, at).unwrap(), 10);
        assert_eq!(bytes[0], b'x');
    }
    assert_eq!(stream.call_count(), 0);
    assert_eq!(file.stream_position().unwrap(), 0);
}

#[test]
fn a_position_that_is_not_known_is_settled_first() {
    let stream = Faulty::new((0..100).collect::<Vec<u8>>()).at(7);
    let mut file = MmioFile::with_capacity(0, stream.clone());
    let mut byte = [0];
    file.read_exact_at(&mut byte, 50).unwrap();
    assert_eq!(byte, [50]);
    file.read_exact(&mut byte).unwrap();
    assert_eq!(byte, [7]);
    file.write_all_at(&[200], 99).unwrap();
    assert_eq!(file.stream_position().unwrap(), 8);
    assert_eq!(stream.content()[99], 200);
}

#[test]
fn without_a_buffer_each_is_a_seek_and_a_call() {
    let stream = Faulty::new([0; 100]);
    let mut file = MmioFile::with_capacity(0, stream.clone());
    file.rewind().unwrap();
    stream.forget_calls();
    file.read_exact_at(&mut [0; 5], 50).unwrap();
    file.write_all_at(&[1; 5], 20).unwrap();
    assert_eq!(stream.calls(), (1, 1, 2));
    // Going back is left to the next call that needs it.
    file.read_exact(&mut [0; 5]).unwrap();
    assert_eq!(stream.calls(), (2, 1, 3));
}

#[test]
fn past_the_end_nothing_is_read_and_a_gap_is_zeros() {
    for capacity in [0, 64, 64 * 1024] {
        let stream = Faulty::new(b"abc".to_vec());
        let mut file = MmioFile::with_capacity(capacity, stream.clone());
        let mut bytes = [0; 4];
        assert_eq!(file.read_at(&mut bytes, 1).unwrap(), 2);
        for past in [3, 4, 1000, u64::MAX] {
            assert_eq!(file.read_at(&mut bytes, past).unwrap(), 0);
            let error = file.read_exact_at(&mut bytes, past).unwrap_err();
            let error = MmioError::from_io(&error).unwrap();
            assert!(matches!(*error, MmioError::CannotRead { offset, .. } if offset == past));
        }
        file.write_all_at(b"f", 5).unwrap();
        assert_eq!(file.stream_position().unwrap(), 0);
        file.close().unwrap();
        assert_eq!(stream.content(), b"abc\0\0f");
    }
}

#[test]
fn what_no_file_can_hold_is_refused_and_nothing_is_accepted() {
    let (mut file, stream) = file_of(10);
    for at in [u64::MAX, u64::MAX - 1] {
        let error = file.write_all_at(b"abc", at).unwrap_err();
        let error = MmioError::from_io(&error).unwrap();
        assert!(matches!(error, MmioError::CannotExpand { len: u64::MAX, .. }), "{error:?}");
        assert!(file.write_at(b"abc", at).is_err());
    }
    assert!(!file.is_dirty());
    assert_eq!(file.stream_position().unwrap(), 0);
    assert_eq!(stream.calls(), (0, 0, 0));
}

#[test]
fn nothing_is_moved_where_there_is_nothing_to_move() {
    let stream = Faulty::new(b"abc".to_vec());
    let mut file = MmioFile::new(stream.clone());
    assert_eq!(file.read_at(&mut [], 1).unwrap(), 0);
    file.read_exact_at(&mut [], 1000).unwrap();
    assert_eq!(file.write_at(&[], 1000).unwrap(), 0);
    file.write_all_at(&[], 1000).unwrap();
    assert_eq!((stream.call_count(), file.is_dirty()), (0, false));
}

#[test]
fn a_write_that_is_larger_than_the_buffer_goes_around_it_and_leaves_the_position() {
    let (mut file, stream) = file_of(0);
    seek(&mut file, 3);
    file.write_all(b"here").unwrap();
    file.write_all_at(&vec![7; 100_000], 50).unwrap();
    file.write_all(b"on").unwrap();
    flush(&mut file);
    assert_eq!(stream.content()[3..9], *b"hereon");
    assert_eq!(stream.moved(Class::Write), 100_006);
}
