//! Reads that fail midway, and what is read after that, in gaps, and where others change the file.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::{FlushFlags, MmioError, MmioFile};

use super::{flush, numbers, read_all, small};
use crate::common::stream::{Class, Fault, Faulty, What};

/// The prefix that was read before the failure is dropped, or read twice.
#[test]
fn a_read_that_fails_after_a_prefix_delivers_it_and_then_fails() {
    let (mut file, stream) = small(100);
    let fails = What::Fails(ErrorKind::Other);
    // What is asked for comes in several calls.
    stream.edit().per_call = 10;
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

/// A failed fill leaves its page tagged, or the page that was there before, and the next read returns what
/// the fill has left.
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

/// A read that fails ends its sequence: the next one begins a new sequence, so each failure costs all of
/// the read-ahead.
#[test]
fn a_scan_whose_reads_fail_now_and_then_reads_ahead_as_one_whose_reads_do_not() {
    let len = 1 << 20;
    let reads = |fails: bool| {
        let stream = Faulty::new(numbers(len));
        let mut file = MmioFile::with_capacity(4096, stream.clone());
        let mut out = vec![0; len];
        for (index, piece) in out.chunks_mut(64).enumerate() {
            if fails && index % 64 == 0 {
                stream.arm(Fault::once(Class::Read, What::Fails(ErrorKind::Other), 0));
            }
            while file.read_exact(piece).is_err() {}
        }
        assert_eq!(out, numbers(len));
        stream.look().log.iter().filter(|call| call.class == Class::Read).count()
    };
    let (fine, failing) = (reads(false), reads(true));
    // Of each failure, only the call that failed is made again.
    assert!(failing <= fine + len / 4096, "{failing} reads, and {fine} where none fails");
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

        // Only the gap: to read more may have the byte after it written, and the stream fill it.
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

/// A buffer that trusts a length it once saw loops forever, or indexes past an end.
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
