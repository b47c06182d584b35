//! The faults that other buffers are known to fall over, one test each.

mod common;

use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use common::stream::{Class, Fault, Faulty, What};
use mmio_file::{FlushFlags, MmioError, MmioFile};

const FULL: What = What::Fails(ErrorKind::StorageFull);

fn numbers(len: usize) -> Vec<u8> {
    (0..=250_u8).cycle().take(len).collect()
}

/// Sixteen pages of four bytes over a stream of `len` bytes.
fn small(len: usize) -> (MmioFile<Faulty>, Faulty) {
    let stream = Faulty::new(numbers(len));
    let mut file = MmioFile::with_capacity(64, stream.clone());
    file.rewind().unwrap();
    (file, stream)
}

fn flush(file: &mut MmioFile<Faulty>) -> Result<(), MmioError> {
    file.flush(FlushFlags::empty())
}

/// All there is, in pieces so small that they go through the buffer.
fn read_all(file: &mut MmioFile<Faulty>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = [0; 7];
    file.rewind().unwrap();
    loop {
        match file.read(&mut piece).unwrap() {
            0 => return all,
            n => all.extend_from_slice(&piece[..n]),
        }
    }
}

/// `libstdc++`'s `filebuf` writes the part again that the disk had taken when it became full.
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

/// It is the seek to where the bytes belong that fails, and not the write of them.
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

/// A write that has to read first, and fails where it can't, or can't go there.
#[test]
fn a_write_for_which_nothing_can_be_read_succeeds() {
    for class in [Class::Read, Class::Seek] {
        let (mut file, stream) = small(100);
        file.seek(SeekFrom::Start(40)).unwrap();
        file.write_all(b"a").unwrap();
        // Two bytes behind, in the same page.
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

/// A write that failed, but of which the buffer kept some bytes.
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

/// The prefix that was read before the failure is dropped, or read twice.
#[test]
fn a_read_that_fails_after_a_prefix_delivers_it_and_then_fails() {
    let (mut file, stream) = small(100);
    let fails = What::Fails(ErrorKind::Other);
    stream.arm(Fault { class: Class::Read, what: fails, after: 2, for_good: true });
    let mut out = [0; 50];
    let n = file.read(&mut out).unwrap();
    assert!(n > 0 && n < 50);
    assert_eq!(out[..n], numbers(n));
    for _ in 0..2 {
        let error: MmioError = file.read(&mut out[n..]).unwrap_err().downcast().unwrap();
        assert!(matches!(error, MmioError::CannotRead { offset, .. } if offset == n as u64));
        assert_eq!(file.stream_position().unwrap(), n as u64);
    }
    stream.repair();
    file.read_exact(&mut out[n..]).unwrap();
    assert_eq!(out[..], numbers(50));
}

/// The slices behind the one that failed are moved all the same, to the wrong place.
#[test]
fn a_vectored_call_stops_where_one_slice_fails_and_keeps_what_was_moved() {
    let stream = Faulty::new(numbers(100));
    let mut file = MmioFile::with_capacity(0, stream.clone());
    let write = |file: &mut MmioFile<Faulty>| {
        file.write_vectored(&[IoSlice::new(b"abcd"), IoSlice::new(b"efgh")])
    };
    let fails = What::Fails(ErrorKind::Other);
    let half = What::HalfThenFails(ErrorKind::Other);

    assert_eq!(write(&mut file).unwrap(), 8);
    stream.arm(Fault::once(Class::Write, fails, 1));
    assert_eq!(write(&mut file).unwrap(), 4);
    stream.arm(Fault::once(Class::Write, half, 0));
    assert_eq!(write(&mut file).unwrap(), 2);
    stream.arm(Fault::once(Class::Write, fails, 0));
    assert!(write(&mut file).is_err());
    assert_eq!(file.stream_position().unwrap(), 14);
    assert_eq!(stream.content()[..14], *b"abcdefghabcdab");

    let (mut one, mut two) = ([0; 4], [0; 4]);
    let mut read = |file: &mut MmioFile<Faulty>| {
        file.read_vectored(&mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)])
    };
    file.rewind().unwrap();
    stream.arm(Fault::once(Class::Read, half, 0));
    assert_eq!(read(&mut file).unwrap(), 2);
    stream.arm(Fault::once(Class::Read, fails, 0));
    assert!(read(&mut file).is_err());
    assert_eq!(read(&mut file).unwrap(), 8);
    assert_eq!((&one, &two), (b"cdef", b"ghab"));
}

/// A failed fill leaves the page it was to go to tagged, or the one that was there before, and the next
/// read returns what it left.
#[test]
fn a_read_after_a_failed_fill_is_not_served_from_what_it_left() {
    for what in [What::Fails(ErrorKind::Other), What::FailsMidway(ErrorKind::Other)] {
        let (mut file, stream) = small(200);
        // Every frame holds a page, and a fill that fails scribbles on one of them.
        assert_eq!(read_all(&mut file), numbers(200));
        stream.arm(Fault::once(Class::Read, what, 0));
        file.rewind().unwrap();
        assert!(file.read(&mut [0; 4]).is_err());
        assert_eq!(file.stream_position().unwrap(), 0);
        for offset in (0..200).rev() {
            let mut byte = [0];
            file.seek(SeekFrom::Start(offset)).unwrap();
            file.read_exact(&mut byte).unwrap();
            assert_eq!(u64::from(byte[0]), offset);
        }
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

/// The end of the file is remembered from the first time it was met.
#[test]
fn a_file_that_others_let_grow_is_read_on() {
    let (mut file, stream) = small(10);
    assert_eq!(read_all(&mut file), numbers(10));
    assert_eq!(file.read(&mut [0; 8]).unwrap(), 0);
    stream.edit().bytes = numbers(30);
    let mut more = Vec::new();
    file.read_to_end(&mut more).unwrap();
    assert_eq!(more, numbers(30)[10..]);
}

/// A buffer that believes a length it once saw goes round for ever, or indexes behind an end.
#[test]
fn a_file_that_others_cut_short_ends_no_call_in_a_loop_or_panic() {
    let (mut file, stream) = small(100);
    file.read_exact(&mut [0; 20]).unwrap();
    file.write_all(b"written").unwrap();
    stream.edit().bytes.truncate(5);
    file.seek(SeekFrom::Start(60)).unwrap();
    assert_eq!(file.read(&mut [0; 8]).unwrap(), 0);
    file.flush(FlushFlags::EMPTY_BUF).unwrap();
    let mut expected = numbers(5);
    expected.resize(20, 0);
    expected.extend_from_slice(b"written");
    assert_eq!(stream.content(), expected);
    assert_eq!(read_all(&mut file), expected);
}

/// What a frame held before shows through where nothing was ever written.
#[test]
fn a_gap_reads_as_zeros_also_in_pages_that_held_other_bytes() {
    // In the last page of the file; in a page of its own; around the buffer.
    for (capacity, at, piece) in
        [(64, 71, 1), (64, 75, 1), (64, 75, 7), (64, 139, 200), (8, 139, 20)]
    {
        let stream = Faulty::new(numbers(70));
        let mut file = MmioFile::with_capacity(capacity, stream.clone());
        // Every frame has held something.
        assert_eq!(read_all(&mut file), numbers(70));
        assert_eq!(read_all(&mut file), numbers(70));
        file.seek(SeekFrom::Start(at)).unwrap();
        file.write_all(b"x").unwrap();

        // Only the gap: to read more may have the byte behind it written, and the stream fill it.
        file.seek(SeekFrom::Start(70)).unwrap();
        let mut gap = vec![0xA5; usize::try_from(at).unwrap() - 70];
        for part in gap.chunks_mut(piece) {
            file.read_exact(part).unwrap();
        }
        assert_eq!(stream.content().len(), 70, "the gap is known to the buffer alone");
        assert!(gap.iter().all(|&byte| byte == 0), "{capacity}, {at}, {piece}: {gap:?}");
        flush(&mut file).unwrap();
        assert_eq!(stream.content(), [&numbers(70), &gap, &b"x"[..]].concat());
    }
}

/// The old buffer is given up before the new one is had, or before what it holds is written.
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

/// The memory is asked for too late, when the old buffer has been flushed or is gone.
#[test]
fn a_capacity_that_no_memory_has_is_refused_and_nothing_is_flushed() {
    let (mut file, stream) = small(100);
    file.write_all(b"kept").unwrap();
    let error = file.set_capacity(usize::MAX).unwrap_err();
    assert!(matches!(error, MmioError::OutOfMemory { capacity: usize::MAX, .. }));
    assert_eq!((file.capacity(), file.dirty_len()), (64, 4));
    assert_eq!(stream.calls().1, 0);
}

/// It is tried again, and a program that does not want to block does.
#[test]
fn what_failed_is_told_at_once_and_not_tried_again() {
    type Call = fn(&mut MmioFile<Faulty>) -> std::io::Result<()>;
    let calls: [(Class, Call); 4] = [
        (Class::Read, |file| file.read(&mut [0]).map(drop)),
        (Class::Write, Write::flush),
        (Class::Flush, Write::flush),
        (Class::Seek, |file| file.seek(SeekFrom::End(0)).map(drop)),
    ];
    for kind in [ErrorKind::WouldBlock, ErrorKind::StorageFull] {
        for (class, call) in calls {
            let (mut file, stream) = small(100);
            file.write_all(b"four").unwrap();
            stream.arm(Fault::once(class, What::Fails(kind), 0));
            assert_eq!(call(&mut file).unwrap_err().kind(), kind, "{class:?}");
            let made = stream.look().log.iter().filter(|call| call.class == class).count();
            assert_eq!(made, 1, "{class:?}");
        }
    }
}

/// A stream that takes and gives bytes only now and then, as one that does not block.
#[test]
fn would_block_in_a_loop_delivers_everything_once() {
    let (mut file, stream) = small(0);
    stream.edit().per_call = 3;
    let data = numbers(500);
    let mut rest = &data[..];
    while !rest.is_empty() {
        stream.arm(Fault::once(Class::Write, What::Fails(ErrorKind::WouldBlock), 2));
        match file.write(&rest[..rest.len().min(70)]) {
            Ok(n) => rest = &rest[n..],
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    while let Err(error) = Write::flush(&mut file) {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        stream.arm(Fault::once(Class::Write, What::Fails(ErrorKind::WouldBlock), 2));
    }
    assert_eq!(stream.content(), data);

    file.flush(FlushFlags::EMPTY_BUF).unwrap();
    file.rewind().unwrap();
    let mut back = Vec::new();
    while back.len() < data.len() {
        stream.arm(Fault::once(Class::Read, What::Fails(ErrorKind::WouldBlock), 1));
        let mut out = [0; 13];
        match file.read(&mut out) {
            Ok(n) => back.extend_from_slice(&out[..n]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    assert_eq!(back, data);
}

#[test]
fn the_cause_is_in_the_chain_and_the_error_in_the_io_error() {
    let (mut file, stream) = small(0);
    file.write_all(b"data").unwrap();
    stream.arm(Fault::once(Class::Write, What::Zero, 0));
    let error = Write::flush(&mut file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    let error: MmioError = error.downcast().unwrap();
    assert_eq!(error.to_string(), "cannot write at offset 0, 4 bytes are kept unwritten");
    assert_eq!(error.io_error().unwrap().kind(), ErrorKind::WriteZero);
    assert_eq!(error.raw_os_error(), None);
}
