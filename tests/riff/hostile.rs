//! Whatever the bytes, a walk ends, goes forward only, stays inside, reads no more than headers, and
//! allocates nothing.
//!
//! `MMIO_RIFF_MUTATIONS=1000000` makes this run longer, `MMIO_RIFF_SEED=2` with other files.

use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;

use allocation_counter::measure;
use mmio_file::riff::{Chunk, Find, FourCc, RiffRead};
use mmio_file::{MmioError, MmioFile};

use crate::appended::{append, append_again, set_info};

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

#[test]
fn mutated_files_are_walked_to_an_end() {
    let count = std::env::var("MMIO_RIFF_MUTATIONS").map_or(40_000, |count| count.parse().unwrap());
    let seeds = seeds();
    // More than can nest in so few bytes.
    let mut parents = Vec::with_capacity(1000);
    let seed = std::env::var("MMIO_RIFF_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut random = Random(0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed));
    println!("MMIO_RIFF_SEED={seed}");
    let (mut chunks, mut failures) = (0, 0);
    let (mut appended, mut set, mut repeated) = (0, 0, 0);
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
        set += u64::from(set_info(&bytes));
        repeated += u64::from(append_again(&bytes, random.below(70)));
    }
    println!("{count} files, {chunks} chunks, {failures} invalid");
    println!("{appended} appended to, {repeated} again after a failure, {set} given a title");
    assert!(chunks > count && failures > 0 && appended > count / 4, "the mutations are too coarse");
    assert!(set > count / 4 && repeated > count / 8, "the mutations are too coarse");
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
