//! Chunks of more than 4 GiB, in files that are holes for the most part.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::ops::Range;

use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};
use mmio_file::{MmioError, MmioFile, PositionedFile};

const GIB: u64 = 1 << 30;

fn riff() -> NewChunk {
    NewChunk::riff(FourCc::new(*b"WAVE"))
}

fn chunk(id: &str) -> NewChunk {
    NewChunk::id(id.parse().unwrap())
}

fn file() -> MmioFile<PositionedFile> {
    MmioFile::from_file(tempfile::tempfile().unwrap()).unwrap()
}

/// Writes a chunk of `len` bytes, of which only the last is there.
fn write_hole(
    file: &mut (impl Read + Write + Seek),
    id: &str,
    len: u64,
) -> Result<Chunk, MmioError> {
    let mut chunk = file.create_chunk(chunk(id))?;
    skip(file, len);
    file.finish_chunk(&mut chunk)
}

fn skip(file: &mut (impl Write + Seek), len: u64) {
    file.seek_relative(i64::try_from(len).unwrap() - 1).unwrap();
    file.write_all(b"!").unwrap();
}

/// Names and lengths of the chunks in the first RIFF.
fn listing(file: &mut (impl Read + Seek)) -> (Chunk, Vec<(String, u64)>) {
    let riff = file.find_chunk(None, Find::Riff(None)).unwrap().unwrap();
    let mut found = Vec::new();
    while let Some(chunk) = file.next_chunk(Some(&riff)).unwrap() {
        assert!(!chunk.is_truncated());
        found.push((chunk.id().to_string(), chunk.data_len()));
        file.ascend(&chunk).unwrap();
    }
    assert_eq!(file.stream_position().unwrap(), riff.data_range().end);
    (riff, found)
}

fn pairs(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    let owned = |(id, len): &(&str, u64)| ((*id).to_owned(), *len);
    expected.iter().map(owned).collect()
}

/// The first bytes of a file.
fn head(file: &mut (impl Read + Seek)) -> Vec<u8> {
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.take(80).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn a_riff_that_outgrows_32_bits_becomes_an_rf64() {
    let mut file = file();
    let mut riff = file.create_chunk(riff().with_reserve()).unwrap();
    let data = write_hole(&mut file, "data", 5 * GIB + 1).unwrap();
    write_hole(&mut file, "tail", 3).unwrap();
    riff.set_sample_count(7);
    let riff = file.finish_chunk(&mut riff).unwrap();

    let bytes = head(&mut file);
    assert_eq!(bytes[..20], *b"RF64\xFF\xFF\xFF\xFFWAVEds64\x1C\0\0\0");
    assert_eq!(bytes[20..28], (4 + 36 + 8 + 5 * GIB + 2 + 12).to_le_bytes());
    assert_eq!(bytes[28..36], (5 * GIB + 1).to_le_bytes());
    assert_eq!(bytes[36..44], 7_u64.to_le_bytes());
    assert_eq!(bytes[44..56], *b"\0\0\0\0data\xFF\xFF\xFF\xFF");

    let (found, chunks) = listing(&mut file);
    assert_eq!(found, riff);
    assert_eq!(chunks, pairs(&[("ds64", 28), ("data", 5 * GIB + 1), ("tail", 3)]));
    let found = file.find_chunk(Some(&found), Find::Id("data".parse().unwrap()));
    assert_eq!(found.unwrap(), Some(data));
}

#[test]
fn other_big_chunks_have_their_lengths_in_the_table() {
    let mut file = file();
    let mut riff = file.create_chunk(riff().with_reserve_for(2)).unwrap();
    write_hole(&mut file, "one ", 5 * GIB).unwrap();
    write_hole(&mut file, "data", 2).unwrap();
    write_hole(&mut file, "two ", 6 * GIB).unwrap();
    let same = write_hole(&mut file, "one ", 5 * GIB);
    assert!(matches!(same, Err(MmioError::ChunkTooLong { .. })));
    let third = write_hole(&mut file, "more", 5 * GIB);
    assert!(matches!(third, Err(MmioError::ChunkTooLong { .. })));
    // Both left their headers, and the data is there: end before them.
    let end = 12 + 8 + 52 + 8 + 5 * GIB + 10 + 8 + 6 * GIB;
    file.seek(SeekFrom::Start(end)).unwrap();
    file.finish_chunk(&mut riff).unwrap();

    let (_, chunks) = listing(&mut file);
    assert_eq!(chunks, pairs(&[("ds64", 52), ("one ", 5 * GIB), ("data", 2), ("two ", 6 * GIB)]));
    // Programs that know RF64 look for the length of `data` in the `ds64`, whatever it is.
    assert_eq!(head(&mut file)[28..36], 2_u64.to_le_bytes());
}

#[test]
fn a_riff_can_be_too_long_though_none_of_its_chunks_is() {
    let mut file = file();
    let mut riff = file.create_chunk(riff().with_reserve()).unwrap();
    write_hole(&mut file, "xtra", 3 * GIB).unwrap();
    write_hole(&mut file, "data", 3 * GIB).unwrap();
    file.finish_chunk(&mut riff).unwrap();
    let (riff, chunks) = listing(&mut file);
    assert_eq!(riff.id(), FourCc::RF64);
    assert_eq!(chunks, pairs(&[("ds64", 28), ("xtra", 3 * GIB), ("data", 3 * GIB)]));
    assert_eq!(head(&mut file)[28..36], (3 * GIB).to_le_bytes());
}

#[test]
fn without_a_reserve_the_file_is_left_whole() {
    let mut file = file();
    let mut riff = file.create_chunk(riff()).unwrap();
    let mut data = file.create_chunk(chunk("data")).unwrap();
    skip(&mut file, GIB);
    file.patch_size(&mut data).unwrap();
    file.patch_size(&mut riff).unwrap();
    let before = head(&mut file);

    file.seek(SeekFrom::Start(20 + GIB)).unwrap();
    skip(&mut file, 4 * GIB);
    let error = file.finish_chunk(&mut data).unwrap_err();
    assert!(matches!(error, MmioError::ChunkTooLong { offset: 12, len, .. } if len == 5 * GIB));
    let error = file.patch_size(&mut riff).unwrap_err();
    assert!(matches!(error, MmioError::ChunkTooLong { offset: 0, .. }));
    assert_eq!(file.stream_position().unwrap(), 20 + 5 * GIB);
    assert_eq!(head(&mut file), before);

    // What was patched last is still a whole file, and the chunks can be finished there.
    file.seek(SeekFrom::Start(20 + GIB)).unwrap();
    file.finish_chunk(&mut data).unwrap();
    file.finish_chunk(&mut riff).unwrap();
    assert_eq!(listing(&mut file).1, pairs(&[("data", GIB)]));
}

#[test]
fn the_longest_chunk_without_a_reserve_is_4_gib_less_2_bytes() {
    let mut file = file();
    assert!(write_hole(&mut file, "data", 0xFFFF_FFFE).is_ok());
    file.rewind().unwrap();
    let error = write_hole(&mut file, "data", 0xFFFF_FFFF).unwrap_err();
    assert!(matches!(error, MmioError::ChunkTooLong { offset: 0, len: 0xFFFF_FFFF, .. }));
}

#[test]
fn a_recording_is_a_whole_file_at_each_patch_while_it_outgrows_32_bits() {
    let mut file = file();
    let mut riff = file.create_chunk(riff().with_reserve()).unwrap();
    let mut data = file.create_chunk(chunk("data")).unwrap();
    for n in 1..=6 {
        skip(&mut file, GIB);
        file.patch_size(&mut data).unwrap();
        file.patch_size(&mut riff).unwrap();
        let end = file.stream_position().unwrap();
        let (_, chunks) = listing(&mut file);
        let first = if n < 4 { "JUNK" } else { "ds64" };
        assert_eq!(chunks, pairs(&[(first, 28), ("data", n * GIB)]));
        file.seek(SeekFrom::Start(end)).unwrap();
    }
}

#[test]
fn the_second_riff_of_a_file_grows_by_its_own_reserve() {
    let mut file = file();
    let mut first = file.create_chunk(riff().with_reserve()).unwrap();
    write_hole(&mut file, "data", GIB).unwrap();
    let first = file.finish_chunk(&mut first).unwrap();
    let mut second = file.create_chunk(riff().with_reserve()).unwrap();
    write_hole(&mut file, "data", 5 * GIB).unwrap();
    file.finish_chunk(&mut second).unwrap();

    assert_eq!(file.find_chunk(None, Find::Next).unwrap(), Some(first));
    file.ascend(&first).unwrap();
    let second = file.descend(None, Find::Riff(None)).unwrap();
    assert_eq!((second.id(), second.data_len()), (FourCc::RF64, 5 * GIB + 48));
}

#[test]
fn an_rf64_is_appended_to() {
    // As ffmpeg writes them with `-rf64 always`, however short.
    let mut bytes = b"RF64\xFF\xFF\xFF\xFFWAVEds64\x1C\0\0\0".to_vec();
    bytes.extend([[50_u64, 2, 1].map(u64::to_le_bytes).concat(), vec![0; 4]].concat());
    bytes.extend(b"data\xFF\xFF\xFF\xFFab");
    let mut file = Cursor::new(bytes);
    let riff = file.descend(None, Find::Riff(None)).unwrap();
    let data = file.descend(Some(&riff), Find::Id("data".parse().unwrap())).unwrap();
    assert_eq!(data.data_len(), 2);
    let mut riff = file.reopen(riff).unwrap();
    let mut data = file.reopen(data).unwrap();
    file.write_all(b"cde").unwrap();
    file.finish_chunk(&mut data).unwrap();
    file.write_chunk(chunk("tail"), |_| Ok(())).unwrap();
    file.finish_chunk(&mut riff).unwrap();

    assert_eq!(head(&mut file)[20..28], 62_u64.to_le_bytes());
    let (riff, chunks) = listing(&mut file);
    assert_eq!(riff.id(), FourCc::RF64);
    assert_eq!(chunks, pairs(&[("ds64", 28), ("data", 5), ("tail", 0)]));
}

#[test]
fn the_junk_of_a_foreign_program_serves_as_a_reserve() {
    let mut file = file();
    let junk = [b"RIFF\x68\0\0\0WAVEJUNK\x5C\0\0\0".to_vec(), vec![0xEE; 92]].concat();
    file.write_all(&junk).unwrap();
    let riff = file.find_chunk(None, Find::Riff(None)).unwrap().unwrap();
    let mut riff = file.reopen(riff).unwrap();
    write_hole(&mut file, "data", 5 * GIB).unwrap();
    file.finish_chunk(&mut riff).unwrap();
    assert_eq!(listing(&mut file).1, pairs(&[("ds64", 92), ("data", 5 * GIB)]));
}

/// A file that counts its calls, and fails in some; after half of what was to be written, if it
/// tears.
struct Flaky {
    file: File,
    calls: u32,
    failing: Range<u32>,
    tears: bool,
}

impl Flaky {
    fn new(failing: Range<u32>, tears: bool) -> Self {
        let file = tempfile::tempfile().unwrap();
        Self { file, calls: 0, failing, tears }
    }

    fn call(&mut self) -> io::Result<&mut File> {
        let call = self.calls;
        self.calls += 1;
        if self.failing.contains(&call) {
            return Err(io::Error::other("broken"));
        }
        Ok(&mut self.file)
    }
}

impl Read for Flaky {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.call()?.read(bytes)
    }
}

impl Write for Flaky {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.call() {
            let torn = if self.tears { bytes.len() / 2 } else { 0 };
            self.file.write_all(&bytes[..torn])?;
            return Err(error);
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Flaky {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.call()?.seek(target)
    }
}

/// Makes a file of two big chunks, and each call on it up to `tries` times.
fn outgrow(file: &mut Flaky, tries: u32) -> Result<(), MmioError> {
    fn insist<T>(
        tries: u32,
        mut call: impl FnMut() -> Result<T, MmioError>,
    ) -> Result<T, MmioError> {
        (1..tries).find_map(|_| call().ok()).map_or_else(call, Ok)
    }
    let mut riff = insist(tries, || file.create_chunk(riff().with_reserve_for(1)))?;
    let mut data = insist(tries, || file.create_chunk(chunk("data")))?;
    skip(&mut file.file, 5 * GIB + 1);
    insist(tries, || file.finish_chunk(&mut data))?;
    let mut more = insist(tries, || file.create_chunk(chunk("more")))?;
    skip(&mut file.file, 5 * GIB);
    insist(tries, || file.finish_chunk(&mut more))?;
    insist(tries, || file.finish_chunk(&mut riff))?;
    Ok(())
}

#[test]
fn whichever_call_fails_trying_again_gives_the_same_rf64() {
    let mut whole = Flaky::new(0..0, false);
    outgrow(&mut whole, 1).unwrap();
    let calls = whole.calls;
    let expected = (head(&mut whole.file), listing(&mut whole.file));
    assert!(calls > 50);
    assert_eq!(expected.1.1.len(), 3);
    for n in 0..calls {
        let mut file = Flaky::new(n..n + 1, true);
        outgrow(&mut file, 2).unwrap();
        let found = (head(&mut file.file), listing(&mut file.file));
        assert_eq!(found, expected, "after call {n} failed");
    }
}

#[test]
fn wherever_the_program_dies_the_data_can_be_read() {
    let mut n = 20;
    loop {
        let mut file = Flaky::new(n..u32::MAX, false);
        let is_whole = outgrow(&mut file, 1).is_ok();
        let file = &mut file.file;
        let riff = file.find_chunk(None, Find::Riff(None)).unwrap().unwrap();
        let data = file.find_chunk(Some(&riff), Find::Id("data".parse().unwrap()));
        let data = data.unwrap().unwrap();
        assert!(data.data_len() > 5 * GIB, "after call {n}");
        if is_whole {
            break;
        }
        n += 1;
    }
}
