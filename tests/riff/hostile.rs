//! Whatever the bytes, a walk ends, goes forward only, stays inside, reads no more than headers, and
//! allocates nothing.
//!
//! `MMIO_RIFF_MUTATIONS=1000000` makes this run longer.

use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;

use allocation_counter::measure;
use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
use mmio_file::{MmioError, MmioFile};

/// Random numbers that are the same each time (xorshift, by Marsaglia).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 16) % limit as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Bytes that may be asked for a few at a time: memory is never taken on a file's word.
struct Bytes(Cursor<Vec<u8>>);

impl Read for Bytes {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        assert!(bytes.len() <= 512, "asked for {} bytes at once", bytes.len());
        self.0.read(bytes)
    }
}

impl Seek for Bytes {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.0.seek(target)
    }
}

/// The files of `tests/data` that are short.
fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    let files = paths.iter().map(|path| fs::read(path).unwrap());
    files.filter(|bytes| bytes.len() < 1000).collect()
}

fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    const SIZES: [u32; 12] =
        [0, 1, 2, 3, 4, 8, 12, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFF7, 0xFFFF_FFF8, 0xFFFF_FFFF];
    const NAMES: [&[u8; 4]; 8] =
        [b"RIFF", b"LIST", b"RF64", b"BW64", b"ds64", b"data", b"JUNK", b"\0\0\0\0"];
    for _ in 0..=random.below(6) {
        // Where headers are likely to be, or anywhere.
        let at = random.below(bytes.len() + 1) & random.of(&[!0, !1, !3]);
        let end = bytes.len().min(at + 4);
        let size = random.of(&SIZES).to_le_bytes();
        match random.below(7) {
            0 => bytes[at..end].copy_from_slice(&size[..end - at]),
            1 => bytes[at..end].copy_from_slice(&random.of(&NAMES)[..end - at]),
            2 => bytes[at..end].iter_mut().for_each(|byte| *byte = byte.wrapping_add(1)),
            3 => drop(bytes.splice(at..end, [])),
            4 => drop(bytes.splice(at..at, [*random.of(&NAMES), size].concat())),
            5 => bytes.truncate(at),
            _ => drop(bytes.splice(at..at, [0; 24])),
        }
    }
}

/// Walks all there is, and checks what each chunk says; how it ended, and how many there were.
fn walk(
    file: &mut (impl Read + Seek),
    len: u64,
    parents: &mut Vec<Chunk>,
) -> (Result<(), MmioError>, u64) {
    parents.clear();
    let (mut count, mut last) = (0, None);
    loop {
        let chunk = match file.next_chunk(parents.last()) {
            Ok(chunk) => chunk,
            Err(error) => return (Err(error), count),
        };
        let position = file.stream_position().unwrap();
        if let Some(chunk) = chunk {
            count += 1;
            let data = chunk.data_range();
            assert!(last < Some(data.start), "backwards, or in a loop");
            assert!(data.contains(&position) || position == data.end);
            let around = parents.last().map_or(0..len, Chunk::data_range);
            assert!(around.start <= data.start && data.end <= around.end, "outside of its parent");
            last = Some(data.start);
            if chunk.form().is_some() {
                parents.push(chunk);
            } else {
                file.ascend(&chunk).unwrap();
            }
        } else if let Some(parent) = parents.pop() {
            file.ascend(&parent).unwrap();
            assert!(file.stream_position().unwrap() >= position);
        } else {
            return (Ok(()), count);
        }
    }
}

/// Appends a chunk to the first RIFF, and checks that it is found, and that nothing before it has changed
/// but sizes and pads; whether it was appended.
fn append(before: &[u8]) -> bool {
    let mut file = Cursor::new(before.to_vec());
    let Ok(Some(riff)) = file.find_chunk(None, Find::Riff(None)) else { return false };
    let appended = file
        .append_chunk(&riff, NewChunk::id(NOTE), |file| file.write_all(b"A note that was added"));
    if let Err(error) = appended {
        let error: MmioError = error.downcast().unwrap();
        let is_refusal =
            matches!(error, MmioError::NotAtEnd { .. } | MmioError::InvalidFile { .. });
        assert!(is_refusal, "{error}");
        assert_eq!(file.get_ref(), before, "refused, and yet changed");
        return false;
    }
    let riff = Find::Riff(None);
    let riff = file.find_chunk(None, riff).unwrap().expect("the RIFF is lost");
    let last = last(&mut file, &riff).expect("the chunk is lost");
    let text = (before.escape_ascii(), file.get_ref().escape_ascii());
    assert_eq!((last.id(), last.data_len()), (NOTE, 21), "{} has become {}", text.0, text.1);
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(last.data_offset())).unwrap();
    file.chunk_reader(&last).read_to_end(&mut text).unwrap();
    assert_eq!(text, b"A note that was added");
    assert_eq!(riff.data_range().end, last.data_range().end + 1);
    let start = usize::try_from(last.data_offset()).unwrap() - 8;
    assert!(start >= before.len() || before[start..].iter().filter(|byte| **byte != 0).count() < 8);
    only_sizes_differ(before, &file.get_ref()[..start.min(before.len())]);
    true
}

const NOTE: FourCc = FourCc::new(*b"note");

fn last(file: &mut (impl Read + Seek), riff: &Chunk) -> Option<Chunk> {
    let mut last = None;
    file.seek(SeekFrom::Start(riff.data_offset())).unwrap();
    while let Some(chunk) = file.next_chunk(Some(riff)).unwrap() {
        file.ascend(&chunk).unwrap();
        last = Some(chunk);
    }
    last
}

/// Every byte that differs is in a size, in a length of a `ds64`, a pad, or in the name of a LIST, or of a
/// JUNK that was half written, that has become a JUNK.
fn only_sizes_differ(before: &[u8], after: &[u8]) {
    let mut at = 0;
    while at < after.len() {
        if before[at] == after[at] {
            at += 1;
            continue;
        }
        let name = |from: usize| before.get(from..from + 4).unwrap_or_default();
        let is_size = (1..=4).any(|back| {
            let header = at.checked_sub(back + 3);
            header.is_some_and(|at| name(at).iter().all(|byte| (b' '..=b'~').contains(byte)))
        });
        let is_in_ds64 = before[..at].windows(4).rev().take(48).any(|name| name == b"ds64");
        let is_pad = at + 1 >= after.len();
        let is_list = (0..4).any(|back| {
            at.checked_sub(back).is_some_and(|at| {
                let is_list = [&b"LIST"[..], b"RIFF", b"RF64", b"BW64"].contains(&name(at));
                let is_torn = [&b"J\0\0\0"[..], b"JU\0\0", b"JUN\0"].contains(&name(at));
                (is_list || is_torn) && after.get(at..at + 4).is_none_or(|name| name == b"JUNK")
            })
        });
        assert!(
            is_size || is_in_ds64 || is_pad || is_list,
            "byte {at} of\n{} has become\n{}",
            before.escape_ascii(),
            after.escape_ascii()
        );
        at += 1;
    }
}

#[test]
fn mutated_files_are_walked_to_an_end() {
    let count =
        std::env::var("MMIO_RIFF_MUTATIONS").map_or(100_000, |count| count.parse().unwrap());
    let seeds = seeds();
    // More than can nest in so few bytes.
    let mut parents = Vec::with_capacity(1000);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut chunks, mut failures, mut appended) = (0, 0, 0);
    for _ in 0..count {
        let mut bytes = seeds[random.below(seeds.len())].clone();
        mutate(&mut bytes, &mut random);
        let len = bytes.len() as u64;
        let mut plain = Bytes(Cursor::new(bytes.clone()));
        let mut walked = None;
        let taken = measure(|| walked = Some(walk(&mut plain, len, &mut parents)));
        let (end, found) = walked.unwrap();
        assert_eq!(taken.count_total, 0, "something was allocated");
        // No two chunks share a header.
        assert!(found <= len / 8);
        assert!(matches!(end, Ok(()) | Err(MmioError::InvalidFile { .. })), "{end:?}");
        for find in [Find::Riff(None), Find::List(None), Find::Id(FourCc::new(*b"data"))] {
            let _ = plain.find_chunk(None, find);
        }

        let mut file = MmioFile::with_capacity(64, Cursor::new(bytes.clone()));
        let (again, found_again) = walk(&mut file, len, &mut parents);
        assert_eq!((again.is_ok(), found_again), (end.is_ok(), found));

        chunks += found;
        failures += u64::from(end.is_err());
        appended += u64::from(append(&bytes));
    }
    println!("{count} files, {chunks} chunks, {failures} invalid, {appended} appended to");
    assert!(chunks > count && failures > 0 && appended > count / 4, "the mutations are too coarse");
}

#[test]
fn a_file_of_nothing_but_nested_lists_is_walked_without_recursion() {
    // Each of them reaches to the end.
    let mut bytes = b"LIST\xFF\xFF\xFF\xFFdeep".repeat(100_000);
    bytes[..4].copy_from_slice(b"RIFF");
    let len = bytes.len() as u64;
    let (end, count) = walk(&mut Cursor::new(bytes), len, &mut Vec::new());
    assert!(end.is_ok());
    assert_eq!(count, 100_000);
}

#[test]
fn of_a_long_table_only_the_first_entries_are_searched() {
    // Else each of many chunks could cost a search of a table as long as the file.
    let count_with = |index: usize| {
        let mut table = b"else\0\0\0\0\0\0\0\0".repeat(300);
        table[index * 12..index * 12 + 4].copy_from_slice(b"none");
        let mut bytes = b"RF64\xFF\xFF\xFF\xFFWAVEds64".to_vec();
        bytes.extend((28 + 300 * 12_u32).to_le_bytes());
        bytes.extend([0; 24]);
        bytes.extend(300_u32.to_le_bytes());
        bytes.extend(&table);
        bytes.extend(b"none\xFF\xFF\xFF\xFF".repeat(20));
        let len = bytes.len() as u64;
        walk(&mut Cursor::new(bytes), len, &mut Vec::new()).1
    };
    assert_eq!(count_with(254), 2 + 20);
    // Not found: the first of them reaches to the end.
    assert_eq!(count_with(255), 2 + 1);
}
