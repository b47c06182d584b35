//! What a hostile file costs: calls on the stream in proportion to its headers, however the chunks nest
//! and follow one another, and memory in proportion to its bytes.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use allocation_counter::measure;
use mmio_file::MmioError;
use mmio_file::riff::{Chunk, FourCc, NewChunk, RiffRead, RiffWrite};

use crate::appended::{self, Stream};
use crate::make::{chunk, enter, fmt, rf64_of, riff, riff_of, sized};

const INAM: FourCc = FourCc::new(*b"INAM");
const TITLE: &[u8] = b"A title\0";
const OPEN: u32 = u32::MAX;

/// How many lists without a right size an append settles in one another.
const MAX_DEPTH: usize = 32;

/// A stream that counts its calls.
struct Counted {
    stream: Cursor<Vec<u8>>,
    calls: usize,
}

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        self.stream.read(bytes)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.calls += 1;
        Ok(())
    }
}

impl Seek for Counted {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.calls += 1;
        self.stream.seek(target)
    }
}

/// Makes a call on a stream of this file; what it returned, how many calls there were on the stream, and
/// the file afterwards.
fn counted<R>(bytes: &[u8], call: impl FnOnce(&mut dyn Stream) -> R) -> (R, usize, Vec<u8>) {
    let mut file = Counted { stream: Cursor::new(bytes.to_vec()), calls: 0 };
    let answer = call(&mut file);
    (answer, file.calls, file.stream.into_inner())
}

fn append(file: &mut dyn Stream) -> io::Result<()> {
    let riff = enter(file);
    file.append_chunk(&riff, NewChunk::id(INAM), |file| file.write_all(TITLE))
}

fn set_title(file: &mut dyn Stream) -> io::Result<()> {
    let riff = enter(file);
    file.set_info(&riff, &[(INAM, TITLE)])
}

fn walk(file: &mut dyn Stream) -> io::Result<()> {
    let mut parents: Vec<Chunk> = Vec::new();
    loop {
        if let Some(chunk) = file.next_chunk(parents.last())? {
            match chunk.form() {
                Some(_) => parents.push(chunk),
                None => file.ascend(&chunk)?,
            }
        } else {
            let Some(parent) = parents.pop() else { return Ok(()) };
            file.ascend(&parent)?;
        }
    }
}

/// Lists in one another, each of which says this size, and begins with `before`.
fn lists(depth: usize, size: u32, before: &[u8]) -> Vec<u8> {
    sized("LIST", size, &[b"deep", before].concat()).repeat(depth)
}

/// A RIFF with nothing but lists in one another, all of the right size.
fn whole_lists(depth: usize) -> Vec<u8> {
    let sizes = (1..=depth).rev().map(|inside| u32::try_from(12 * inside - 8).unwrap());
    riff(&sizes.map(|size| sized("LIST", size, b"deep")).collect::<Vec<_>>())
}

/// An RF64 with as long a table as is searched, and chunks whose lengths are at the end of it.
fn rf64_with_table(n: usize) -> Vec<u8> {
    let table = [b"else\0\0\0\0\0\0\0\0".repeat(254), b"none\0\0\0\0\0\0\0\0".to_vec()].concat();
    let ds64 = [&[0; 24][..], &255_u32.to_le_bytes(), &table].concat();
    rf64_of(&[chunk("ds64", &ds64), sized("none", OPEN, b"").repeat(n)])
}

type Shape = (&'static str, fn(usize) -> Vec<u8>);

/// Files of some `n` headers, each of which has a reader look ahead or an append take more steps.
const SHAPES: &[Shape] = &[
    ("chunks", |n| riff(&[chunk("note", b"").repeat(n)])),
    ("chunks past the end of the RIFF", |n| riff_of(4, &[fmt(), chunk("note", b"ab").repeat(n)])),
    ("chunks, then zeros", |n| [riff(&[chunk("note", b"").repeat(n)]), vec![0; 100]].concat()),
    ("chunks without pads", |n| riff(&[sized("note", 1, b"x").repeat(n)])),
    ("zeros between chunks", |n| riff(&[[vec![0; 8], chunk("note", b"")].concat().repeat(n)])),
    ("names that begin with a zero", |n| riff(&[chunk("\0ote", b"").repeat(n)])),
    ("data of size 0", |n| riff(&[sized("data", 0, b"").repeat(n)])),
    ("JUNK", |n| riff(&[chunk("JUNK", b"").repeat(n)])),
    ("JUNK after the RIFF", |n| [riff(&[fmt()]), chunk("JUNK", b"").repeat(n)].concat()),
    ("torn names", |n| riff(&[chunk("~UNK", b"").repeat(n)])),
    ("INFO lists", |n| riff(&[chunk("LIST", b"INFO").repeat(n)])),
    ("one INFO list", |n| {
        riff(&[chunk("LIST", &[b"INFO", &chunk("INAM", b"").repeat(n)[..]].concat())])
    }),
    ("RIFFs", |n| riff(&[]).repeat(n)),
    ("a long table", rf64_with_table),
    ("sound lists in one another", whole_lists),
    ("sound lists in one another, cut", |n| {
        let mut bytes = whole_lists(n);
        bytes.truncate(bytes.len() - 1);
        bytes
    }),
    ("open lists in one another", |n| riff_of(OPEN, &[lists(n, OPEN, b"")])),
    ("lists of size 0 in one another", |n| riff_of(0, &[lists(n, 0, b""), chunk("note", b"")])),
    ("as many as are settled, after chunks", |n| {
        riff_of(OPEN, &[chunk("note", b"").repeat(n), lists(MAX_DEPTH, OPEN, b"")])
    }),
    ("as many as are settled, around chunks", |n| {
        let before = chunk("note", b"").repeat(n / MAX_DEPTH);
        riff_of(OPEN, &[lists(MAX_DEPTH, OPEN, &before)])
    }),
    ("as many as are settled, cut off, before zeros", |n| {
        let lists = lists(MAX_DEPTH, 0x7000_0000, b"");
        riff_of(0x7000_0000, &[chunk("note", b"").repeat(n), lists, vec![0; 8]])
    }),
];

/// A call on each shape makes no more calls on the stream than so many a header.
fn costs_no_more_than(per_header: usize, call: fn(&mut dyn Stream) -> io::Result<()>) {
    for (name, make) in SHAPES {
        for headers in [10, 100, 1_000, 10_000] {
            let before = make(headers);
            let (answer, calls, after) = counted(&before, call);
            // What the lists that are settled cost does not depend on how many headers there are.
            let most = per_header * (headers + 10 * MAX_DEPTH);
            println!("{name}: {calls} calls for {headers} headers");
            assert!(calls <= most, "{name}: {calls} calls for {headers} headers");
            if let Err(error) = answer {
                let error: MmioError = error.downcast().unwrap();
                let is_refusal =
                    matches!(error, MmioError::NotAtEnd { .. } | MmioError::InvalidFile { .. });
                assert!(is_refusal && after == before, "{name}: {error}");
            }
        }
    }
}

#[test]
fn an_append_makes_calls_in_proportion_to_the_headers() {
    costs_no_more_than(700, append);
}

#[test]
fn a_title_makes_calls_in_proportion_to_the_headers() {
    costs_no_more_than(700, set_title);
}

#[test]
fn a_walk_makes_calls_in_proportion_to_the_headers() {
    costs_no_more_than(70, walk);
}

#[test]
fn lists_without_a_right_size_are_settled_in_one_another_as_deep_as_real_ones_are() {
    for depth in 1..=MAX_DEPTH {
        for size in [OPEN, 0x7000_0000] {
            let bytes = riff_of(OPEN, &[lists(depth, size, b"")]);
            assert!(appended::append(&bytes), "{depth}");
            assert!(appended::set_info(&bytes), "{depth}");
        }
    }
    // Sound lists may nest as they like.
    assert!(appended::append(&whole_lists(10_000)));
}

#[test]
fn lists_without_a_right_size_are_refused_where_they_nest_deeper() {
    for depth in [MAX_DEPTH + 1, 100, 1_000, 10_000, 100_000] {
        for size in [OPEN, 0x7000_0000] {
            let before = riff_of(OPEN, &[lists(depth, size, b"")]);
            for call in [append, set_title] {
                let (answer, calls, after) = counted(&before, call);
                let error: MmioError = answer.unwrap_err().downcast().unwrap();
                let MmioError::InvalidFile { offset, reason, .. } = error else {
                    panic!("{error}")
                };
                assert_eq!(offset, 12 + 12 * MAX_DEPTH as u64);
                assert!(reason.contains("nested in one another"), "{reason}");
                assert_eq!(after, before);
                assert!(calls < 100, "{calls} calls");
            }
        }
    }
}

#[test]
fn lists_as_deep_as_are_settled_are_appended_to_wherever_the_stream_stopped() {
    for size in [OPEN, 0x7000_0000] {
        for before in [vec![], chunk("note", b"x")] {
            // The last chunk lacks only its pad byte.
            let last = sized("note", 3, b"odd");
            let bytes = riff_of(OPEN, &[lists(MAX_DEPTH, size, &before), last]);
            let mut stops = 0;
            while appended::append_again(&bytes, stops) {
                stops += 1;
            }
            assert!(stops > 4 * MAX_DEPTH, "{stops}");
        }
    }
}

#[test]
fn info_takes_memory_in_proportion_to_the_lists() {
    for text in [&b""[..], b"a", b"a title"] {
        let items = chunk("INAM", text).repeat(10_000);
        for size in [OPEN, 0x7FFF_FFFF] {
            let list = sized("LIST", size, &[b"INFO", &sized("ICMT", 0, b"")[..], &items].concat());
            let bytes = riff_of(size, &[list, sized("ISFT", OPEN, b"")]);
            let (mut file, len) = (Cursor::new(&bytes[..]), bytes.len() as u64);
            let riff = enter(&mut file);
            let taken = measure(|| assert_eq!(file.info(&riff).unwrap().len(), 10_002));
            println!("{} bytes for {len}", taken.bytes_max);
            assert!(taken.bytes_max <= 16 * len, "{} bytes for {len}", taken.bytes_max);
        }
    }
}
