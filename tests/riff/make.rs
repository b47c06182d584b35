//! Files that are made by hand, and what is found in them.

use std::fs;
use std::io::{Cursor, Read, Seek};
use std::ops::Range;
use std::path::Path;

use mmio_file::riff::{Chunk, Find, RiffRead};

/// A file of `tests/data`.
pub(crate) fn case(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)).unwrap()
}

/// A chunk whose size says what it likes, without a pad byte.
pub(crate) fn sized(id: &str, size: u32, data: &[u8]) -> Vec<u8> {
    [id.as_bytes(), &size.to_le_bytes(), data].concat()
}

/// A chunk by the book.
pub(crate) fn chunk(id: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = sized(id, u32::try_from(data.len()).unwrap(), data);
    bytes.extend(&[0][..data.len() % 2]);
    bytes
}

/// A RIFF whose size says what it likes.
pub(crate) fn riff_of(size: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    sized("RIFF", size, &[b"WAVE", &chunks.concat()[..]].concat())
}

pub(crate) fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    riff_of(4 + u32::try_from(chunks.concat().len()).unwrap(), chunks)
}

pub(crate) fn fmt() -> Vec<u8> {
    chunk("fmt ", b"\x01\0\x01\0\x40\x1F\0\0\x80\x3E\0\0\x02\0\x10\0")
}

/// 16 bytes of audio.
pub(crate) const AUDIO: &[u8] = b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10";

/// An RF64 of these chunks, the first of which is its `ds64`.
pub(crate) fn rf64_of(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = riff_of(u32::MAX, chunks);
    bytes[..4].copy_from_slice(b"RF64");
    bytes
}

/// An RF64 with this `ds64`, `fmt `, and `data`s whose headers say these sizes.
pub(crate) fn rf64(ds64: &[u8], sizes: &[u32]) -> Vec<u8> {
    let datas = sizes.iter().flat_map(|size| sized("data", *size, AUDIO)).collect();
    rf64_of(&[chunk("ds64", ds64), fmt(), datas])
}

/// The three lengths of a `ds64`; the one of the RIFF is left open.
pub(crate) fn lengths(data: u64) -> Vec<u8> {
    [0, data, 0].map(u64::to_le_bytes).concat()
}

/// The first RIFF.
pub(crate) fn enter(file: &mut (impl Read + Seek + ?Sized)) -> Chunk {
    file.find_chunk(None, Find::Riff(None)).unwrap().unwrap()
}

/// The first chunk of a file, and what is in it: names and chunks.
pub(crate) fn read(bytes: &[u8]) -> (Chunk, Vec<(String, Chunk)>) {
    let mut file = Cursor::new(bytes);
    let riff = file.next_chunk(None).unwrap().unwrap();
    let chunks = children(&mut file, Some(&riff));
    (riff, chunks)
}

/// The chunks from the position on.
pub(crate) fn children(
    file: &mut (impl Read + Seek),
    parent: Option<&Chunk>,
) -> Vec<(String, Chunk)> {
    let mut found = Vec::new();
    while let Some(chunk) = file.next_chunk(parent).unwrap() {
        found.push((chunk.id().to_string(), chunk));
        file.ascend(&chunk).unwrap();
    }
    found
}

pub(crate) fn names(chunks: &[(String, Chunk)]) -> Vec<&str> {
    chunks.iter().map(|(name, _)| &name[..]).collect()
}

pub(crate) fn find<'a>(chunks: &'a [(String, Chunk)], name: &str) -> &'a Chunk {
    &chunks.iter().find(|(found, _)| found == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// Where `data` is, and whether it is truncated.
pub(crate) fn data_of(bytes: &[u8]) -> (Range<u64>, bool) {
    let (_, chunks) = read(bytes);
    let data = find(&chunks, "data");
    (data.data_range(), data.is_truncated())
}
