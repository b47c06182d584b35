//! A fixed number of one operation, for `instructions.sh` to count instructions of:
//! `instructions OPERATION CANDIDATE TIMES`. Over a stream that moves no bytes.

use std::hint::black_box;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};

use mmio_file::MmioFile;

const CAPACITY: usize = 64 * 1024;

/// A stream that costs nothing.
struct Nothing(u64);

impl Read for Nothing {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0 += out.len() as u64;
        Ok(out.len())
    }
}

impl Write for Nothing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Nothing {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(offset) = target {
            self.0 = offset;
        }
        Ok(self.0)
    }
}

fn ours() -> MmioFile<Nothing> {
    MmioFile::with_capacity(CAPACITY, Nothing(0))
}

fn read<const N: usize>(mut stream: impl Read, times: usize) {
    let mut bytes = [0; N];
    for _ in 0..times {
        stream.read_exact(&mut bytes).unwrap();
        black_box(&bytes);
    }
}

fn write<const N: usize>(mut stream: impl Write, times: usize) {
    let bytes = [7; N];
    for _ in 0..times {
        let bytes: &[u8; N] = black_box(&bytes);
        stream.write_all(bytes).unwrap();
    }
}

/// Back and forth within a page, reading 8 bytes each time.
fn seek_and_read(mut stream: impl Read + Seek, times: usize) {
    let mut bytes = [0; 8];
    stream.seek(SeekFrom::Start(1000)).unwrap();
    stream.read_exact(&mut bytes).unwrap();
    for round in 0..times {
        stream.seek_relative(if round % 2 == 0 { 100 } else { -116 }).unwrap();
        stream.read_exact(&mut bytes).unwrap();
        black_box(&bytes);
    }
}

/// Reads 8 bytes, goes back, writes them.
fn switch(mut stream: impl Read + Write + Seek, times: usize) {
    let mut bytes = [0; 8];
    for _ in 0..times {
        stream.read_exact(&mut bytes).unwrap();
        stream.seek_relative(-8).unwrap();
        stream.write_all(black_box(&bytes).as_slice()).unwrap();
    }
}

/// Where the records are that are read and written back.
#[derive(Clone, Copy)]
enum Spots {
    /// At random in so many KiB.
    Within(u64),
    /// At eight places in turn.
    InTurn,
}

impl Spots {
    /// An array, so that going through it again and again takes few instructions itself.
    fn offsets(self) -> [u64; 1024] {
        let mut random = 88_172_645_463_325_252_u64;
        std::array::from_fn(|index| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let index = index as u64;
            match self {
                Self::Within(kib) => random % (kib * 256) * 4,
                Self::InTurn => ((index % 8) << 20) + index / 8 % 64 * 16,
            }
        })
    }
}

/// Goes somewhere, reads 16 bytes, goes back, writes them.
fn update(mut stream: impl Read + Write + Seek, times: usize, spots: Spots) {
    let mut bytes = [0; 16];
    for &spot in spots.offsets().iter().cycle().take(times) {
        stream.seek(SeekFrom::Start(spot)).unwrap();
        stream.read_exact(&mut bytes).unwrap();
        stream.seek(SeekFrom::Start(spot)).unwrap();
        stream.write_all(black_box(&bytes).as_slice()).unwrap();
    }
}

/// Goes somewhere, reads 16 bytes.
fn jump(mut stream: impl Read + Seek, times: usize) {
    let mut bytes = [0; 16];
    for &spot in Spots::Within(48).offsets().iter().cycle().take(times) {
        stream.seek(SeekFrom::Start(spot)).unwrap();
        stream.read_exact(&mut bytes).unwrap();
        black_box(&bytes);
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, operation, candidate, times] = &arguments[..] else {
        // `cargo bench` and `cargo test` come here.
        println!("run benches/instructions.sh");
        return;
    };
    let times = times.parse().expect("how many times");
    let reader = || BufReader::with_capacity(CAPACITY, Nothing(0));
    let writer = || BufWriter::with_capacity(CAPACITY, Nothing(0));
    match (operation.as_str(), candidate.as_str()) {
        ("read-1", "ours") => read::<1>(ours(), times),
        ("read-1", "std") => read::<1>(reader(), times),
        ("read-64", "ours") => read::<64>(ours(), times),
        ("read-64", "std") => read::<64>(reader(), times),
        ("write-1", "ours") => write::<1>(ours(), times),
        ("write-1", "std") => write::<1>(writer(), times),
        ("write-64", "ours") => write::<64>(ours(), times),
        ("write-64", "std") => write::<64>(writer(), times),
        ("seek-read", "ours") => seek_and_read(ours(), times),
        ("seek-read", "std") => seek_and_read(reader(), times),
        ("switch", "ours") => switch(ours(), times),
        ("update", "ours") => update(ours(), times, Spots::Within(48)),
        ("places", "ours") => update(ours(), times, Spots::InTurn),
        ("miss", "ours") => update(ours(), times, Spots::Within(1024)),
        ("jump", "ours") => jump(ours(), times),
        _ => panic!("no such operation, or none of that candidate"),
    }
}
