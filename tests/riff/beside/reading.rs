//! What is read of a file here.

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use mmio_file::riff::{Chunk, Find, FourCc, RiffRead};
use mmio_file::{MmioError, MmioFile};

const DATA: FourCc = FourCc::new(*b"data");

/// A chunk, at any depth.
pub(super) struct Found {
    pub(super) chunk: Chunk,
    /// 0 for one in the RIFF itself.
    pub(super) depth: u32,
    /// Where it ends, with its pad byte.
    pub(super) end: u64,
}

impl Found {
    pub(super) fn name(&self) -> String {
        format!("{:4}", self.chunk.id().to_string())
    }
}

/// The first RIFF of a file.
pub(super) struct Reading {
    pub(super) riff: Chunk,
    pub(super) chunks: Vec<Found>,
    pub(super) info: Vec<(FourCc, Vec<u8>)>,
    /// The content of `fmt `.
    format: Vec<u8>,
    /// The content of the first `data`.
    pub(super) audio: Option<Vec<u8>>,
}

impl Reading {
    /// `Ok(None)` for what has no RIFF.
    pub(super) fn of(path: &Path) -> Result<Option<Self>, MmioError> {
        let mut file = MmioFile::open(path)?;
        let Some(riff) = file.find_chunk(None, Find::Riff(None))? else { return Ok(None) };
        let info = file.info(&riff)?;
        let mut chunks = Vec::new();
        walk(&mut file, &riff, 0, &mut chunks)?;
        let mut content = |name: &str| {
            let id = Find::Id(name.parse().unwrap());
            let chunk = file.find_chunk(Some(&riff), id)?;
            chunk.map(|chunk| read(&mut file, &chunk)).transpose()
        };
        let format = content("fmt")?.unwrap_or_default();
        let audio = content("data")?;
        Ok(Some(Self { riff, chunks, info, format, audio }))
    }

    pub(super) fn form(&self) -> String {
        self.riff.form().unwrap().to_string()
    }

    /// The chunks in the RIFF itself.
    pub(super) fn children(&self) -> impl Iterator<Item = &Found> {
        self.chunks.iter().filter(|found| found.depth == 0)
    }

    pub(super) fn data_chunk(&self) -> Option<&Chunk> {
        self.children().map(|found| &found.chunk).find(|chunk| chunk.id() == DATA)
    }

    pub(super) fn is_rf64(&self) -> bool {
        self.riff.id() == FourCc::new(*b"RF64")
    }

    /// Whether the length of `data` was never filled in.
    pub(super) fn is_open_rf64(&self) -> bool {
        let is_open = |data: &Chunk| [0, 0xFFFF_FFFF].contains(&data.declared_size());
        self.is_rf64() && self.data_chunk().is_some_and(is_open)
    }

    /// The bytes of one sample of all channels.
    pub(super) fn block(&self) -> Option<u64> {
        let block = self.format.get(12..14)?;
        Some(u16::from_le_bytes([block[0], block[1]]).into())
    }

    /// How many samples of all channels there are, where a block is one: in PCM, floating point, A-law and
    /// µ-law.
    pub(super) fn samples(&self) -> Option<u64> {
        let tag = self.format.get(..2).map(|tag| u16::from_le_bytes([tag[0], tag[1]]))?;
        let data = self.data_chunk().filter(|_| [1, 3, 6, 7, 0xFFFE].contains(&tag))?;
        data.data_len().checked_div(self.block()?)
    }

    /// Whether every chunk has the size that is there.
    pub(super) fn is_sound(&self) -> bool {
        let is_right = |chunk: &Chunk| chunk.declared_size() == chunk.data_len();
        is_right(&self.riff) && self.chunks.iter().all(|found| is_right(&found.chunk))
    }
}

fn read(file: &mut MmioFile, chunk: &Chunk) -> Result<Vec<u8>, MmioError> {
    let mut bytes = Vec::new();
    let answer = file.chunk_reader(chunk).read_to_end(&mut bytes);
    answer.map(|_| bytes).map_err(|error| error.downcast().unwrap())
}

fn walk(
    file: &mut MmioFile,
    parent: &Chunk,
    depth: u32,
    found: &mut Vec<Found>,
) -> Result<(), MmioError> {
    file.seek(SeekFrom::Start(parent.data_offset())).unwrap();
    while let Some(chunk) = file.next_chunk(Some(parent))? {
        file.ascend(&chunk)?;
        let end = file.stream_position().unwrap();
        found.push(Found { chunk, depth, end });
        if chunk.form().is_some() {
            walk(file, &chunk, depth + 1, found)?;
            file.ascend(&chunk)?;
        }
    }
    Ok(())
}
