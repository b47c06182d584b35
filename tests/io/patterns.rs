//! What the patterns that are measured in `benches/` cost: calls and bytes on the stream, for 1,000
//! rounds each and a flush.

use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use crate::common::counted::{file_of, flush, seek};
use crate::common::stream::{Class, Faulty};
use mmio_file::MmioFile;

const PAGE: usize = 4096;

/// Runs `round` 1,000 times and flushes: reads, writes, seeks, and bytes read and written.
fn cost(
    len: usize,
    mut round: impl FnMut(&mut MmioFile<Faulty>, usize),
) -> ((usize, usize, usize), usize, usize) {
    let (mut file, stream) = file_of(len);
    for index in 0..1000 {
        round(&mut file, index);
    }
    flush(&mut file);
    (stream.calls(), stream.moved(Class::Read), stream.moved(Class::Write))
}

#[test]
fn append_100_and_patch_offset_4() {
    let (calls, read, written) = cost(0, |file, index| {
        file.write_all(&[1; 100]).unwrap();
        seek(file, 4);
        file.write_all(&[2; 4]).unwrap();
        seek(file, 100 * (index + 1));
    });
    assert_eq!((calls.0, read, written), (0, 0, 100_004));
    assert!(calls.1 <= 4 && calls.2 <= 2, "{calls:?}");
}

#[test]
fn append_108_and_patch_it() {
    let (calls, read, written) = cost(0, |file, index| {
        file.write_all(&[1; 108]).unwrap();
        seek(file, 108 * index + 4);
        file.write_all(&[2; 4]).unwrap();
        seek(file, 108 * (index + 1));
    });
    assert_eq!((calls, read, written), ((0, 3, 2), 0, 108_004));
}

#[test]
fn append_512_and_patch_three_places() {
    let (calls, read, written) = cost(0, |file, index| {
        file.write_all(&[1; 512]).unwrap();
        for patch in [4, 40] {
            seek(file, patch);
            file.write_all(&[2; 4]).unwrap();
        }
        seek(file, 512 * (index + 1));
    });
    // The header's page may have to go once, the first time that room is made.
    assert!(calls.0 <= 1 && read <= PAGE - 8, "{calls:?}, {read}");
    assert!(calls.1 <= 20 && calls.2 <= 20, "{calls:?}");
    assert!(written <= 512_000 + PAGE);
}

#[test]
fn four_pages_a_mebibyte_apart() {
    let (calls, read, written) = cost(4 << 20, |file, index| {
        let mut record = [0; 16];
        seek(file, (index % 4) << 20);
        file.read_exact(&mut record).unwrap();
        file.seek_relative(-16).unwrap();
        file.write_all(&record).unwrap();
    });
    assert_eq!((calls, read, written), ((4, 4, 7), 4 * PAGE, 4 * 16));
}

#[test]
fn seek_to_the_end_and_append_16() {
    let (calls, read, written) = cost(0, |file, _| {
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(&[1; 16]).unwrap();
    });
    // Only the stream knows where the end is, so it is asked each time.
    assert_eq!((calls, read, written), ((0, 1, 1000), 0, 16_000));
}

#[test]
fn flush_after_each_append_of_16() {
    let (calls, read, written) = cost(0, |file, _| {
        file.write_all(&[1; 16]).unwrap();
        flush(file);
    });
    assert_eq!((calls, read, written), ((0, 1000, 0), 0, 16_000));
}

#[test]
fn records_changed_in_place_are_read_and_written_once() {
    let (calls, read, written) = cost(64_000, |file, _| {
        let mut record = [0; 64];
        file.read_exact(&mut record).unwrap();
        file.seek_relative(-64).unwrap();
        file.write_all(&record).unwrap();
    });
    assert_eq!((read, written), (64_000, 64_000));
    assert!(calls.0 <= 5 && calls.1 <= 2, "{calls:?}");
}

/// Such a stream is an SFTP file.
#[test]
fn a_stream_that_gives_little_a_call_is_read_in_at_most_twice_the_calls_of_a_bufreader() {
    const LEN: usize = 4 << 20;
    let reads_of = |stream: &Faulty, mut reader: Box<dyn Read>| {
        stream.forget_calls();
        let mut record = [0; 64];
        for _ in 0..LEN / record.len() {
            reader.read_exact(&mut record).unwrap();
        }
        stream.calls().0
    };
    for capacity in [64 << 10, 1 << 20] {
        for per_call in [30_000, 32_768, 5_000, 1_000] {
            let stream = Faulty::short(vec![7; LEN], per_call);
            let theirs = BufReader::with_capacity(capacity, stream.clone());
            let theirs = reads_of(&stream, Box::new(theirs));
            let ours = MmioFile::with_capacity(capacity, stream.clone().at(0));
            let ours = reads_of(&stream, Box::new(ours));
            assert!(ours <= 2 * theirs, "{ours}, {theirs} of {per_call} bytes at {capacity}");
        }
    }
}
