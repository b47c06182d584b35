//! RIFF chunks, by this crate and by others that can only write chunks, or only read them.

use std::io::{self, Read, Seek, Write};

use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};
use riff::{ChunkContents, ChunkId};
use riff_chunks::{ChunkReader, ChunkWriter, Form, Fourcc, Seekable};

pub(crate) const CHUNKS: usize = 1000;
const DATA: [u8; 100] = [1; 100];

pub(crate) fn write(stream: &mut (impl Read + Write + Seek)) -> io::Result<()> {
    let mut riff = stream.create_chunk(NewChunk::riff(FourCc::new(*b"test")))?;
    for _ in 0..CHUNKS {
        let mut chunk = stream.create_chunk(NewChunk::id(FourCc::new(*b"data")))?;
        stream.write_all(&DATA)?;
        stream.finish_chunk(&mut chunk)?;
    }
    stream.finish_chunk(&mut riff)?;
    stream.flush()
}

/// All of it is in memory before the first byte is written.
pub(crate) fn write_by_riff(stream: &mut (impl Write + Seek)) -> io::Result<()> {
    let id = |id| ChunkId::new(id).map_err(io::Error::other);
    let data = id("data")?;
    let chunks = (0..CHUNKS).map(|_| ChunkContents::Data(data, DATA.to_vec())).collect();
    ChunkContents::Children(id("RIFF")?, id("test")?, chunks).write(stream)?;
    stream.flush()
}

pub(crate) fn write_by_riff_chunks(stream: &mut (impl Write + Seek)) -> io::Result<()> {
    let mut writer =
        ChunkWriter::new(&mut *stream, Form::Riff, Fourcc(*b"test")).map_err(io::Error::other)?;
    for _ in 0..CHUNKS {
        writer.begin_chunk(Fourcc(*b"data")).map_err(io::Error::other)?;
        writer.write_all(&DATA)?;
        writer.end_chunk().map_err(io::Error::other)?;
    }
    writer.finish().map_err(io::Error::other)?;
    stream.flush()
}

pub(crate) fn walk(stream: &mut (impl Read + Seek)) -> io::Result<()> {
    let riff = stream.descend(None, Find::Next)?;
    let mut count = 0;
    while let Some(chunk) = stream.next_chunk(Some(&riff))? {
        stream.ascend(&chunk)?;
        count += 1;
    }
    assert_eq!(count, CHUNKS);
    Ok(())
}

pub(crate) fn walk_by_riff(stream: &mut (impl Read + Seek)) -> io::Result<()> {
    let riff = riff::Chunk::read(stream, 0)?;
    let mut count = 0;
    for chunk in riff.iter(stream) {
        chunk?;
        count += 1;
    }
    assert_eq!(count, CHUNKS);
    Ok(())
}

pub(crate) fn walk_by_riff_chunks(stream: &mut (impl Read + Seek)) -> io::Result<()> {
    let mut reader = ChunkReader::new(Seekable(stream)).map_err(io::Error::other)?;
    let mut count = 0;
    while reader.next().map_err(io::Error::other)?.is_some() {
        count += 1;
    }
    assert_eq!(count, CHUNKS);
    Ok(())
}
