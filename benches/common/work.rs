//! The work, as functions of a stream. Each begins at the start of the file.

use std::hint::black_box;
use std::io::{BufRead, Read, Seek, SeekFrom, Write};

use super::Stream;

/// How many bytes the sequential rows move.
pub(crate) const SEQUENTIAL: usize = 4 << 20;

pub(crate) fn write_all<const N: usize>(stream: &mut impl Write) {
    let bytes = [7; N];
    for _ in 0..SEQUENTIAL / N {
        let bytes: &[u8; N] = black_box(&bytes);
        stream.write_all(bytes).unwrap();
    }
}

pub(crate) fn read_exact<const N: usize>(stream: &mut impl Read) {
    let mut bytes = [0; N];
    for _ in 0..SEQUENTIAL / N {
        stream.read_exact(&mut bytes).unwrap();
        black_box(&bytes);
    }
}

pub(crate) fn lines(stream: &mut impl BufRead) {
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).unwrap() > 0 {
        black_box(&line);
        line.clear();
    }
}

pub(crate) const RECORDS: u64 = 16_384;

pub(crate) fn update_records(stream: &mut impl Stream) {
    let mut record = [0; 64];
    for _ in 0..RECORDS {
        stream.read_exact(&mut record).unwrap();
        record[0] ^= 1;
        stream.seek(SeekFrom::Current(-64)).unwrap();
        stream.write_all(&record).unwrap();
    }
}

pub(crate) fn append_and_patch(stream: &mut impl Stream) {
    for round in 1..=10_000_u32 {
        stream.write_all(&[1; 100]).unwrap();
        stream.seek(SeekFrom::Start(4)).unwrap();
        stream.write_all(&round.to_le_bytes()).unwrap();
        stream.seek(SeekFrom::Start(u64::from(round) * 100)).unwrap();
    }
}

pub(crate) fn three_patches(stream: &mut impl Stream) {
    for round in 1..=10_000_u32 {
        stream.write_all(&[1; 512]).unwrap();
        for offset in [4, 40] {
            stream.seek(SeekFrom::Start(offset)).unwrap();
            stream.write_all(&round.to_le_bytes()).unwrap();
        }
        stream.seek(SeekFrom::Start(u64::from(round) * 512)).unwrap();
    }
}

pub(crate) fn backwards(stream: &mut impl Stream) {
    let mut record = [0; 64];
    for index in (0..RECORDS).rev() {
        stream.seek(SeekFrom::Start(index * 64)).unwrap();
        stream.read_exact(&mut record).unwrap();
        black_box(&record);
    }
}

pub(crate) const ROUNDS: u64 = 10_000;

/// Reads 16 bytes, changes them, and writes them back, at each of the offsets.
fn change(stream: &mut impl Stream, offsets: impl Iterator<Item = u64>) {
    let mut bytes = [0; 16];
    for offset in offsets {
        stream.seek(SeekFrom::Start(offset)).unwrap();
        stream.read_exact(&mut bytes).unwrap();
        bytes[0] ^= 1;
        stream.seek(SeekFrom::Start(offset)).unwrap();
        stream.write_all(&bytes).unwrap();
    }
}

/// Offsets below `len`, the same each time.
fn random(len: u64) -> impl Iterator<Item = u64> {
    let mut state = 88_172_645_463_325_252_u64;
    (0..ROUNDS).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % (len - 16)
    })
}

pub(crate) fn change_at_random(stream: &mut impl Stream, len: u64) {
    change(stream, random(len));
}

/// The same in a map of the file, which needs no stream.
pub(crate) fn change_in_map(map: &mut [u8]) {
    for offset in random(map.len() as u64) {
        let at = usize::try_from(offset).unwrap();
        black_box(&mut map[at..at + 16])[0] ^= 1;
    }
}

pub(crate) fn change_apart(stream: &mut impl Stream, places: u64) {
    change(stream, (0..ROUNDS).map(|round| (round % places) << 20));
}

pub(crate) const FAT_LEN: u64 = 8 << 20;

pub(crate) fn fat_image(stream: &mut impl Stream) {
    fatfs::format_volume(&mut *stream, fatfs::FormatVolumeOptions::new()).unwrap();
    stream.rewind().unwrap();
    let volume = fatfs::FileSystem::new(stream, fatfs::FsOptions::new()).unwrap();
    let root = volume.root_dir();
    let mut content = Vec::new();
    for index in 0..200 {
        let name = format!("file-{index}.txt");
        root.create_file(&name).unwrap().write_all(&[b'x'; 1000]).unwrap();
    }
    for index in 0..200 {
        content.clear();
        let name = format!("file-{index}.txt");
        root.open_file(&name).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content.len(), 1000);
    }
    for index in (0..200).step_by(2) {
        root.remove(&format!("file-{index}.txt")).unwrap();
    }
    drop(root);
    volume.unmount().unwrap();
}

// ----- RIFF -------------------------------------------------------------------------------------

pub(crate) const CHUNKS: usize = 1000;

pub(crate) fn write_chunks(stream: &mut impl Stream) {
    use mmio_file::riff::{FourCc, NewChunk, RiffWrite};
    let mut riff = stream.create_chunk(NewChunk::riff(FourCc::new(*b"test"))).unwrap();
    for _ in 0..CHUNKS {
        let mut chunk = stream.create_chunk(NewChunk::id(FourCc::new(*b"data"))).unwrap();
        stream.write_all(&[1; 100]).unwrap();
        stream.finish_chunk(&mut chunk).unwrap();
    }
    stream.finish_chunk(&mut riff).unwrap();
}

pub(crate) fn walk_chunks(stream: &mut impl Stream) {
    use mmio_file::riff::{Find, RiffRead};
    let riff = stream.descend(None, Find::Next).unwrap();
    let mut count = 0;
    while let Some(chunk) = stream.next_chunk(Some(&riff)).unwrap() {
        stream.ascend(&chunk).unwrap();
        count += 1;
    }
    assert_eq!(count, CHUNKS);
}

pub(crate) fn write_chunks_by_riff_chunks(stream: &mut (impl Write + Seek)) {
    use riff_chunks::{ChunkWriter, Form, Fourcc};
    let mut writer = ChunkWriter::new(stream, Form::Riff, Fourcc(*b"test")).unwrap();
    for _ in 0..CHUNKS {
        writer.begin_chunk(Fourcc(*b"data")).unwrap();
        writer.write_all(&[1; 100]).unwrap();
        writer.end_chunk().unwrap();
    }
    writer.finish().unwrap();
}

pub(crate) fn write_chunks_by_riff(stream: &mut (impl Write + Seek)) {
    use riff::{ChunkContents, ChunkId};
    let id = |id| ChunkId::new(id).unwrap();
    let chunks = (0..CHUNKS).map(|_| ChunkContents::Data(id("data"), vec![1; 100])).collect();
    ChunkContents::Children(id("RIFF"), id("test"), chunks).write(stream).unwrap();
}

pub(crate) fn walk_chunks_by_riff(stream: &mut (impl Read + Seek)) {
    let riff = riff::Chunk::read(stream, 0).unwrap();
    assert_eq!(riff.iter(stream).map(Result::unwrap).count(), CHUNKS);
}

pub(crate) fn walk_chunks_by_riff_chunks(stream: &mut (impl Read + Seek)) {
    use riff_chunks::{ChunkReader, Seekable};
    let mut reader = ChunkReader::new(Seekable(stream)).unwrap();
    let mut count = 0;
    while reader.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, CHUNKS);
}
