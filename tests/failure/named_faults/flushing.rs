//! Flushes, and what flushes on the way, that fail.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::{FlushFlags, MmioError, MmioFile};

use super::{FULL, flush, numbers, small};
use crate::common::stream::{Class, Fault, Faulty, What};

/// When the disk becomes full, `libstdc++`'s `filebuf` later rewrites the part that the disk had taken.
#[test]
fn a_flush_that_fails_halfway_is_retried_without_a_byte_doubled_or_missing() {
    let (mut file, stream) = small(0);
    file.write_all(&numbers(50)).unwrap();
    stream.edit().room = 23;
    for _ in 0..3 {
        let error = flush(&mut file).unwrap_err();
        assert!(matches!(error, MmioError::CannotWrite { offset: 23, unwritten: 27, .. }));
        assert_eq!(file.dirty_len(), 27);
    }
    stream.repair();
    stream.forget_calls();
    flush(&mut file).unwrap();
    assert_eq!(stream.moved(Class::Write), 27);
    assert_eq!(stream.content(), numbers(50));
}

/// glibc's and musl's `fflush` report a failure once, then success, with the data gone.
#[test]
fn a_flush_goes_on_failing_as_long_as_the_disk_is_full() {
    let (mut file, stream) = small(0);
    file.write_all(b"kept").unwrap();
    stream.arm(Fault::for_good(Class::Write, FULL));
    for _ in 0..5 {
        assert!(flush(&mut file).is_err());
    }
    stream.repair();
    flush(&mut file).unwrap();
    assert_eq!(stream.content(), b"kept");
}

/// Wine's `mmioFlush` reports success when the write failed.
#[test]
fn no_flush_succeeds_while_a_byte_is_missing() {
    for lost in 0..10 {
        let (mut file, stream) = small(100);
        for offset in (0..100).step_by(10) {
            file.seek(SeekFrom::Start(offset)).unwrap();
            file.write_all(b"new").unwrap();
        }
        stream.arm(Fault::once(Class::Write, FULL, lost));
        assert!(flush(&mut file).is_err(), "write {lost} failed");
        flush(&mut file).unwrap();
        let mut expected = numbers(100);
        expected.chunks_mut(10).for_each(|ten| ten[..3].copy_from_slice(b"new"));
        assert_eq!(stream.content(), expected);
    }
}

/// `BufferedRandom` of `CPython` derives its position from the stream's: after one failed seek inside
/// a flush, it writes 6 bytes away from where it should.
#[test]
fn a_seek_that_fails_inside_a_flush_moves_nothing() {
    for (what, failed) in [(FULL, 0), (What::WrongPosition, 0), (FULL, 1), (What::WrongPosition, 1)]
    {
        let (mut file, stream) = small(100);
        for offset in [10, 50] {
            file.seek(SeekFrom::Start(offset)).unwrap();
            file.write_all(b"patch").unwrap();
        }
        stream.arm(Fault::once(Class::Seek, what, failed));
        assert!(matches!(flush(&mut file), Err(MmioError::CannotSeek { .. })));
        assert_eq!(file.stream_position().unwrap(), 55);
        file.write_all(b"more").unwrap();
        flush(&mut file).unwrap();
        let mut expected = numbers(100);
        expected[10..15].copy_from_slice(b"patch");
        expected[50..59].copy_from_slice(b"patchmore");
        assert_eq!(stream.content(), expected);
    }
}

/// The bytes are written, the stream's own flush fails, and is never called again.
#[test]
fn the_streams_own_flush_is_called_again_until_it_succeeds() {
    let (mut file, stream) = small(0);
    file.write_all(b"data").unwrap();
    stream.arm(Fault::once(Class::Flush, FULL, 0));
    let error = flush(&mut file).unwrap_err();
    assert!(matches!(error, MmioError::CannotWrite { unwritten: 0, .. }));
    assert!(!file.is_dirty());
    stream.forget_calls();
    flush(&mut file).unwrap();
    assert_eq!(stream.look().log.iter().filter(|call| call.class == Class::Flush).count(), 1);
    stream.forget_calls();
    flush(&mut file).unwrap();
    assert_eq!(stream.call_count(), 0);
}

/// A write failed after the stream had taken a part of it, and the stream was never asked to flush that part.
#[test]
fn the_streams_own_flush_follows_a_write_that_failed_after_it_took_bytes() {
    for capacity in [0, 64] {
        let stream = Faulty::new([]);
        let mut file = MmioFile::with_capacity(capacity, stream.clone());
        stream.arm(Fault::once(Class::Write, What::FailsMidway(ErrorKind::Other), 0));
        assert!(file.write(&numbers(100)).is_err());
        assert_eq!(stream.content().len(), 50);
        flush(&mut file).unwrap();
        assert!(stream.look().is_flushed);
    }
}

/// The buffer is emptied before it is known that all has arrived.
#[test]
fn a_flush_that_fails_empties_nothing() {
    for class in [Class::Write, Class::Flush] {
        let (mut file, stream) = small(100);
        file.read_exact(&mut [0; 4]).unwrap();
        file.write_all(b"ab").unwrap();
        stream.arm(Fault::once(class, FULL, 0));
        assert!(file.flush(FlushFlags::EMPTY_BUF).is_err());
        stream.forget_calls();
        file.rewind().unwrap();
        let mut bytes = [0; 6];
        file.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, *b"\0\x01\x02\x03ab");
        assert_eq!(stream.call_count(), 0);
    }
}

/// The old buffer is released before the new one is allocated, or before its bytes are written.
#[test]
fn set_capacity_that_fails_keeps_the_buffer_and_can_be_repeated() {
    let (mut file, stream) = small(100);
    file.write_all(b"kept").unwrap();
    stream.arm(Fault::once(Class::Write, FULL, 0));
    assert!(matches!(file.set_capacity(256), Err(MmioError::CannotWrite { .. })));
    assert_eq!((file.capacity(), file.dirty_len()), (64, 4));
    file.set_capacity(256).unwrap();
    assert_eq!((file.capacity(), file.dirty_len()), (256, 0));
    assert_eq!(file.stream_position().unwrap(), 4);
    assert_eq!(stream.content()[..4], *b"kept");
}

/// The memory is requested too late, after the old buffer was flushed or released.
#[test]
fn a_capacity_that_no_memory_has_is_refused_and_nothing_is_flushed() {
    let (mut file, stream) = small(100);
    file.write_all(b"kept").unwrap();
    let error = file.set_capacity(usize::MAX).unwrap_err();
    assert!(matches!(error, MmioError::OutOfMemory { capacity: usize::MAX, .. }));
    assert_eq!((file.capacity(), file.dirty_len()), (64, 4));
    assert_eq!(stream.calls().1, 0);
}
