//! The cost of each operation: calls and bytes on the stream. The numbers are promises.

use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};

use crate::common::counted::{file_of, flush, seek};
use crate::common::stream::{Call, Class, Fault, Faulty, What};
use mmio_file::{FlushFlags, MmioFile};

const PAGE: usize = 4096;
const CAPACITY: usize = 64 * 1024;

// ----- seeking --------------------------------------------------------------------------------

#[test]
fn the_position_is_asked_for_once() {
    let stream = Faulty::new([0; 100]);
    let mut file = MmioFile::new(stream.clone());
    for _ in 0..10 {
        file.stream_position().unwrap();
        file.seek(SeekFrom::Current(3)).unwrap();
    }
    assert_eq!(stream.calls(), (0, 0, 1));
}

#[test]
fn a_seek_makes_no_call() {
    let (mut file, stream) = file_of(1_000_000);
    for offset in [3, 999_999, 5000, 1 << 30, 4096, 12] {
        seek(&mut file, offset);
        file.seek_relative(-3).unwrap();
        file.rewind().unwrap();
        file.stream_position().unwrap();
    }
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn without_a_buffer_a_seek_goes_to_the_stream() {
    let stream = Faulty::new([0; 100]);
    let mut file = MmioFile::with_capacity(0, stream.clone());
    file.seek(SeekFrom::Start(3)).unwrap();
    assert_eq!(stream.look().position, 3);
    file.seek(SeekFrom::Current(4)).unwrap();
    assert_eq!(stream.look().position, 7);
    stream.arm(Fault::once(Class::Seek, What::Fails(ErrorKind::Other), 0));
    assert!(file.seek(SeekFrom::Start(50)).is_err());
    assert_eq!(file.stream_position().unwrap(), 7);
}

#[test]
fn the_end_is_asked_for_each_time() {
    let (mut file, stream) = file_of(100);
    for asked in 1..5 {
        file.seek(SeekFrom::End(-1)).unwrap();
        assert_eq!(stream.calls(), (0, 0, 2 * asked - 1));
        file.stream_len().unwrap();
        assert_eq!(stream.calls(), (0, 0, 2 * asked));
    }
}

#[test]
fn a_seek_inside_a_cached_page_keeps_it() {
    let (mut file, stream) = file_of(2 * PAGE);
    let mut byte = [0];
    file.read_exact(&mut byte).unwrap();
    stream.forget_calls();
    for offset in (0..PAGE).rev() {
        seek(&mut file, offset);
        file.read_exact(&mut byte).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn a_seek_away_writes_nothing() {
    let (mut file, stream) = file_of(1_000_000);
    for offset in (0..10).map(|k| k * 90_000) {
        seek(&mut file, offset);
        file.write_all(b"hot").unwrap();
    }
    assert_eq!(stream.call_count(), 0);
    assert_eq!(file.dirty_len(), 30);
}

// ----- going around ---------------------------------------------------------------------------

#[test]
fn a_write_of_the_capacity_goes_around() {
    let (mut file, stream) = file_of(0);
    file.write_all(b"before").unwrap();
    file.write_all(&vec![1; CAPACITY]).unwrap();
    file.write_all(b"after").unwrap();
    let writes: Vec<usize> = stream.look().log.iter().map(|call| call.moved).collect();
    assert_eq!(writes, [6, CAPACITY], "first what came before, then all in one call");
    flush(&mut file);
    assert_eq!(stream.content().len(), 6 + CAPACITY + 5);
}

#[test]
fn a_read_of_the_capacity_goes_around_and_sees_what_is_unwritten() {
    let (mut file, stream) = file_of(4 * CAPACITY);
    seek(&mut file, 2 * CAPACITY);
    file.write_all(b"unwritten").unwrap();
    file.rewind().unwrap();
    let mut all = vec![0; 4 * CAPACITY];
    file.read_exact(&mut all).unwrap();
    assert_eq!(&all[2 * CAPACITY..][..9], b"unwritten");
    assert!(stream.calls().0 <= 4, "{:?}", stream.look().log);
    assert_eq!(stream.calls().1, 0, "a read writes nothing");
}

#[test]
fn a_read_goes_around_as_far_as_nothing_is_unwritten() {
    let (mut file, stream) = file_of(4 * CAPACITY);
    seek(&mut file, CAPACITY);
    file.write_all(b"unwritten").unwrap();
    file.rewind().unwrap();
    file.read_exact(&mut vec![0; 2 * CAPACITY]).unwrap();
    assert_eq!(stream.look().log[0].moved, CAPACITY);
}

/// As decompressors read: a buffer of their own a call, until there is nothing more.
#[test]
fn a_read_that_went_around_and_met_the_end_fills_no_page() {
    let (mut file, stream) = file_of(10_000);
    let mut out = vec![0; CAPACITY];
    assert_eq!(file.read(&mut out).unwrap(), 10_000);
    assert_eq!(stream.calls(), (2, 0, 0), "what there is, and that there is no more");
    assert_eq!(file.read(&mut out).unwrap(), 0);
    assert_eq!(stream.calls(), (3, 0, 0));
}

#[test]
fn a_read_that_went_around_goes_on_so_where_the_stream_gives_little_a_call() {
    let stream = Faulty::short(vec![7; 2 * CAPACITY], 30_000);
    let mut file = MmioFile::new(stream.clone());
    seek(&mut file, 0);
    file.read_exact(&mut vec![0; CAPACITY]).unwrap();
    assert_eq!(stream.calls(), (3, 0, 1));
}

#[test]
fn a_cached_page_is_not_stale_after_a_write_went_around() {
    let (mut file, _) = file_of(4 * CAPACITY);
    let mut byte = [0];
    seek(&mut file, CAPACITY);
    file.read_exact(&mut byte).unwrap();
    file.rewind().unwrap();
    file.write_all(&vec![9; 2 * CAPACITY]).unwrap();
    seek(&mut file, CAPACITY);
    file.read_exact(&mut byte).unwrap();
    assert_eq!(byte, [9]);
}

// ----- how much is read ------------------------------------------------------------------------

#[test]
fn random_access_reads_one_page() {
    let (mut file, stream) = file_of(10_000_000);
    for offset in (0..50).map(|k| k * 7_654_321 % 9_999_000) {
        seek(&mut file, offset);
        file.read_exact(&mut [0; 16]).unwrap();
    }
    let pages = stream.calls().0;
    assert!(pages <= 51, "{pages} reads");
    assert!(stream.moved(Class::Read) <= pages * PAGE);
}

/// File systems need fewer pieces for that than for calls that begin and end anywhere.
#[test]
fn what_is_appended_is_written_a_whole_capacity_a_call() {
    let (mut file, stream) = file_of(0);
    for _ in 0..10 * CAPACITY / 64 {
        file.write_all(&[7; 64]).unwrap();
    }
    flush(&mut file);
    assert_eq!(stream.calls(), (0, 10, 0));
}

#[test]
fn what_ends_where_the_page_does_asks_for_no_more() {
    let (mut file, stream) = file_of(2 * PAGE);
    assert_eq!(file.read(&mut [0; PAGE]).unwrap(), PAGE);
    assert_eq!(stream.calls(), (1, 0, 0));
}

#[test]
fn sequential_reading_fills_many_pages_a_call() {
    let (mut file, stream) = file_of(100 * CAPACITY);
    for _ in 0..100 * CAPACITY / 64 {
        file.read_exact(&mut [0; 64]).unwrap();
    }
    // The first calls read 1, 4 and 12 pages, each further one all 17 that there are frames for.
    assert_eq!(stream.calls(), (97, 0, 0));
}

#[test]
fn sequential_reading_fills_many_pages_a_call_beside_hot_ones() {
    let (mut file, stream) = file_of(100 * CAPACITY);
    for k in 0..100 * CAPACITY / 1024 - 2 {
        seek(&mut file, CAPACITY + k * 1024 % (98 * CAPACITY));
        file.read_exact(&mut [0; 1024]).unwrap();
        // Two pages at the start of the file are looked at all the time.
        for hot in [0, PAGE] {
            seek(&mut file, hot);
            file.write_all(&[1]).unwrap();
        }
    }
    let reads = stream.calls().0;
    assert!(reads <= 3 * 100, "{reads} reads for 100 times the capacity");
    assert_eq!(stream.calls().1, 0, "the hot pages were never written back");
}

#[test]
fn lines_are_read_with_the_same_calls() {
    let (file, stream) = file_of(10 * CAPACITY);
    assert!(file.split(b'\n').count() > 1000);
    assert!(stream.calls().0 <= 14, "{:?}", stream.calls());
}

#[test]
fn a_write_reads_nothing_where_it_leaves_no_hole() {
    let (mut file, stream) = file_of(10 * CAPACITY);
    for page in 0..10 {
        seek(&mut file, page * 50_000 + 1000);
        file.write_all(&[1; 100]).unwrap();
        // Going on, and going on backwards.
        file.write_all(&[2; 100]).unwrap();
        seek(&mut file, page * 50_000 + 900);
        file.write_all(&[3; 100]).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn a_clean_flush_makes_no_call() {
    let (mut file, stream) = file_of(100);
    file.read_exact(&mut [0; 10]).unwrap();
    stream.forget_calls();
    flush(&mut file);
    file.flush(FlushFlags::EMPTY_BUF).unwrap();
    file.close().unwrap();
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn a_flush_writes_in_ascending_order_and_nothing_but_the_hulls() {
    let (mut file, stream) = file_of(10 * CAPACITY);
    for offset in [300_000, 20_000, 100_000] {
        seek(&mut file, offset);
        file.write_all(&[1; 10]).unwrap();
    }
    flush(&mut file);
    let writes: Vec<(u64, usize)> = stream
        .look()
        .log
        .iter()
        .filter(|call| call.class == Class::Write)
        .map(|call| (call.at, call.moved))
        .collect();
    assert_eq!(writes, [(20_000, 10), (100_000, 10), (300_000, 10)]);
}

#[test]
fn appended_bytes_arrive_in_order_even_if_a_page_was_revisited() {
    let stream = Faulty::new([]);
    let mut file = MmioFile::with_capacity(64, stream.clone());
    // Whole pages of 4 bytes; the first gets a second chance, those after it do not.
    for round in 1..200 {
        file.write_all(&[7; 4]).unwrap();
        if round % 20 == 5 {
            file.rewind().unwrap();
            file.read_exact(&mut [0; 1]).unwrap();
            seek(&mut file, 4 * round);
        }
    }
    file.close().unwrap();
    let mut end = 0;
    for call in stream.look().log.iter().filter(|call| call.class == Class::Write) {
        assert_eq!(call.at, end, "a write that does not follow the one before");
        end += call.moved as u64;
    }
    assert_eq!(end, 4 * 199);
}

#[test]
fn an_unbroken_stretch_is_written_back_in_order_wherever_its_pages_are() {
    // One call for all that it can take; or four, of a page each.
    for (per_call, calls) in [(usize::MAX, &[0][..]), (4, &[0, 4, 8, 12])] {
        assert_eq!(calls_for_a_stretch(per_call), calls);
    }
}

/// Where the calls begin that write a stretch of 16 bytes to a stream that takes so many a call.
fn calls_for_a_stretch(per_call: usize) -> Vec<u64> {
    let stream = Faulty::short([0; 400], per_call);
    let mut file = MmioFile::with_capacity(64, stream.clone());
    // The pages of the stretch, of 4 bytes each, are not side by side in memory.
    for page in [2, 0, 3, 1] {
        seek(&mut file, 4 * page);
        file.read_exact(&mut [0; 1]).unwrap();
    }
    seek(&mut file, 0);
    file.write_all(&[7; 16]).unwrap();
    // More than may be unwritten, so that room is made again and again.
    for page in (20..80).step_by(2) {
        seek(&mut file, 4 * page);
        file.write_all(&[7; 4]).unwrap();
    }
    let log = &stream.look().log;
    let written = log.iter().filter(|call| call.class == Class::Write && call.at < 16);
    written.map(|call| call.at).collect()
}

// ----- budgets: 100 rounds in a file that fits the buffer ------------------------------------------

#[test]
fn append_and_patch_a_header_costs_one_write() {
    let (mut file, stream) = file_of(0);
    for round in 0..100 {
        file.write_all(&[1; 16]).unwrap();
        file.rewind().unwrap();
        file.write_all(&[2; 8]).unwrap();
        seek(&mut file, 16 * (round + 1));
    }
    assert_eq!(stream.call_count(), 0, "before the flush");
    flush(&mut file);
    let write = Call { class: Class::Write, at: 0, moved: 1600 };
    let flush = Call { class: Class::Flush, at: 1600, moved: 0 };
    assert_eq!(stream.look().log, [write, flush]);
}

#[test]
fn read_and_write_forward_costs_one_read_and_one_write() {
    let (mut file, stream) = file_of(1600);
    for _ in 0..100 {
        file.read_exact(&mut [0; 8]).unwrap();
        file.write_all(&[1; 8]).unwrap();
    }
    flush(&mut file);
    let (reads, writes, _) = stream.calls();
    assert_eq!((reads, writes), (1, 1));
}

#[test]
fn reading_back_what_was_just_written_costs_no_read() {
    let (mut file, stream) = file_of(0);
    for _ in 0..100 {
        file.write_all(&[1; 8]).unwrap();
        file.seek_relative(-8).unwrap();
        file.read_exact(&mut [0; 8]).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn reading_backwards_costs_at_most_a_read_a_page() {
    for len in [16, 64] {
        let (mut file, stream) = file_of(CAPACITY);
        for record in (0..CAPACITY / len).rev() {
            seek(&mut file, record * len);
            file.read_exact(&mut vec![0; len]).unwrap();
        }
        assert!(stream.calls().0 <= CAPACITY / PAGE);
        assert_eq!(stream.moved(Class::Read), CAPACITY);
    }
}
