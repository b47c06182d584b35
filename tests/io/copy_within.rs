//! `copy_within` moves bytes as slices do, overlapping or not, and says what a failure leaves.

use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use mmio_file::{MmioError, MmioFile};

/// How many bytes the streams here have.
const LEN: u64 = 24;

fn numbers() -> Vec<u8> {
    (1..=24).collect()
}

/// What `copy_within` means, on a vector.
fn copied(bytes: &[u8], src: &Range<u64>, dst: u64) -> Vec<u8> {
    let src = usize::try_from(src.start).unwrap()..usize::try_from(src.end).unwrap();
    let dst = usize::try_from(dst).unwrap();
    let mut copy = bytes.to_vec();
    if !src.is_empty() {
        copy.resize(bytes.len().max(dst + src.len()), 0);
        copy[dst..dst + src.len()].copy_from_slice(&bytes[src]);
    }
    copy
}

/// Every range of a file of `len` bytes.
fn ranges(len: u64) -> impl Iterator<Item = Range<u64>> {
    (0..=len).flat_map(move |end| (0..=end).map(move |start| start..end))
}

/// Memory that counts the calls that move bytes, moves at most `per_call`, and fails in the call
/// that `fails_in` counts down to.
struct Memory {
    bytes: Cursor<Vec<u8>>,
    calls: usize,
    per_call: usize,
    fails_in: Option<usize>,
}

impl Memory {
    fn with(bytes: Vec<u8>) -> Self {
        Self { bytes: Cursor::new(bytes), calls: 0, per_call: usize::MAX, fails_in: None }
    }

    fn allowed(&mut self, len: usize) -> io::Result<usize> {
        self.calls += 1;
        match &mut self.fails_in {
            Some(1) => return Err(io::Error::other("as the test asked")),
            Some(n) => *n -= 1,
            None => {}
        }
        Ok(len.min(self.per_call))
    }
}

impl Read for Memory {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = self.allowed(bytes.len())?;
        self.bytes.read(&mut bytes[..n])
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.allowed(bytes.len())?;
        self.bytes.write(&bytes[..n])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Memory {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.bytes.seek(target)
    }
}

fn content(file: MmioFile<Memory>) -> Vec<u8> {
    file.into_inner().unwrap().bytes.into_inner()
}

#[test]
fn every_range_is_copied_to_every_place_as_in_a_slice() {
    for capacity in [0, 1, 3, 8, 64] {
        for src in ranges(LEN) {
            for dst in 0..=LEN + 2 {
                let mut file = MmioFile::with_capacity(capacity, Memory::with(numbers()));
                file.copy_within(src.clone(), dst).unwrap();
                let expected = copied(&numbers(), &src, dst);
                assert_eq!(content(file), expected, "capacity {capacity}, {src:?} to {dst}");
            }
        }
    }
}

#[test]
fn short_reads_and_writes_of_the_stream_make_no_difference() {
    for per_call in [1, 2, 5] {
        for src in ranges(LEN).filter(|src| src.start % 5 == 0) {
            for dst in 0..=LEN {
                let memory = Memory { per_call, ..Memory::with(numbers()) };
                let mut file = MmioFile::with_capacity(8, memory);
                file.copy_within(src.clone(), dst).unwrap();
                assert_eq!(content(file), copied(&numbers(), &src, dst), "{src:?} to {dst}");
            }
        }
    }
}

#[test]
fn what_is_unwritten_is_copied_too_and_what_is_cached_is_seen_changed() {
    for capacity in [8, 16, 64] {
        for src in ranges(LEN + 4).filter(|src| src.start % 3 == 0) {
            for dst in [0, 5, 11, 12, 26] {
                let mut file = MmioFile::with_capacity(capacity, Memory::with(numbers()));
                let mut model = numbers();
                for offset in [4, 12, 13, 26] {
                    file.seek(SeekFrom::Start(offset)).unwrap();
                    file.write_all(b"xy").unwrap();
                    let start = usize::try_from(offset).unwrap();
                    model.resize(model.len().max(start + 2), 0);
                    model[start..start + 2].copy_from_slice(b"xy");
                }
                file.seek(SeekFrom::Start(9)).unwrap();
                file.read_exact(&mut [0; 2]).unwrap();

                file.copy_within(src.clone(), dst).unwrap();
                let expected = copied(&model, &src, dst);
                assert_eq!(file.stream_position().unwrap(), 11, "the position stays");
                let mut rest = Vec::new();
                file.read_to_end(&mut rest).unwrap();
                assert_eq!(rest, expected[11..], "{src:?} to {dst}");
                assert_eq!(content(file), expected, "{src:?} to {dst}");
            }
        }
    }
}

#[test]
fn bytes_are_moved_in_pieces_that_end_where_capacities_do() {
    for (dst, pieces) in [(1, 11), (70, 11), (64, 10), (2000, 11), (2048, 10)] {
        let mut file = MmioFile::with_capacity(64, Memory::with(vec![7; 1000]));
        file.copy_within(0..640, dst).unwrap();
        assert_eq!(file.get_ref().calls, 2 * pieces, "to {dst}: a read and a write each");
    }
}

#[test]
fn an_empty_range_makes_no_call_on_the_stream() {
    let mut file = MmioFile::new(Memory::with(numbers()));
    file.write_all(b"x").unwrap();
    file.copy_within(5..5, 100).unwrap();
    assert_eq!(file.get_ref().calls, 0);
    assert_eq!(file.stream_len().unwrap(), LEN);
}

#[test]
#[expect(clippy::reversed_empty_ranges, reason = "that is what is tested")]
fn an_invalid_range_is_refused_and_nothing_changes() {
    let mut file = MmioFile::with_capacity(64, Memory::with(numbers()));
    file.write_all(b"xy").unwrap();
    let error = file.copy_within(5..4, 0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    let error = file.copy_within(0..LEN + 1, 2).unwrap_err();
    assert!(matches!(error, MmioError::CannotRead { offset: LEN, .. }), "{error:?}");
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);

    let error = file.copy_within(0..2, u64::MAX).unwrap_err();
    assert!(matches!(error, MmioError::CannotExpand { len: u64::MAX, .. }), "{error:?}");

    assert_eq!(file.stream_position().unwrap(), 2);
    assert_eq!(content(file), copied_over(&numbers(), b"xy"));
}

fn copied_over(bytes: &[u8], start: &[u8]) -> Vec<u8> {
    [start, &bytes[start.len()..]].concat()
}

#[test]
fn a_failure_leaves_all_that_lies_outside_of_the_destination() {
    for (src, dst) in [(4..20, 2), (2..18, 4), (0..8, 12), (12..20, 0), (0..8, 30)] {
        let whole = copied(&copied_over(&numbers(), b"xy"), &src, dst);
        for nth in 1.. {
            let mut file = MmioFile::with_capacity(4, Memory::with(numbers()));
            file.write_all(b"xy").unwrap();
            file.get_mut().fails_in = Some(nth);
            let answer = file.copy_within(src.clone(), dst);
            file.get_mut().fails_in = None;
            assert_eq!(file.stream_position().unwrap(), 2);
            let left = content(file);
            let Err(error) = answer else {
                assert!(nth > 4, "there were that many calls");
                assert_eq!(left, whole);
                break;
            };
            let typed = [261, 262].contains(&error.mmio_code());
            assert!(typed, "{error:?}");
            let destination = dst..dst + (src.end - src.start);
            let expected = copied_over(&numbers(), b"xy");
            for (offset, (seen, expected)) in (0..).zip(left.iter().zip(&expected)) {
                let inside = destination.contains(&offset);
                assert!(inside || seen == expected, "{src:?} to {dst}, call {nth}: at {offset}");
            }
            assert!(left.len() as u64 <= LEN.max(destination.end));
        }
    }
}

#[test]
fn a_file_is_grown_and_cut_in_the_middle_with_set_len() {
    let mut file = MmioFile::with_capacity(8, Cursor::new(b"one three".to_vec()));
    let len = file.stream_len().unwrap();
    file.copy_within(4..len, 8).unwrap();
    file.seek(SeekFrom::Start(4)).unwrap();
    file.write_all(b"two ").unwrap();
    assert_eq!(file.stream_len().unwrap(), 13);
    file.copy_within(4..13, 0).unwrap();
    file.set_len(9).unwrap();
    assert_eq!(file.into_inner().unwrap().into_inner(), b"two three");
}
