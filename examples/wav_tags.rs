//! Lists, sets and deletes the tags of a WAV file (`LIST INFO`) in place; the audio is not moved.
//!
//! `cargo run --example wav_tags FILE.wav [NAME=VALUE]…`, such as `INAM=Title IART=Artist`; an empty
//! value deletes. Without a file, it works on a copy of one in `tests/data`.

use std::error::Error;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mmio_file::MmioFile;
use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};

const INFO: FourCc = FourCc::new(*b"INFO");

/// A name such as `INAM`, and a text.
pub(crate) type Tag = (FourCc, String);

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wav_tags: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut path = folder.path().join("info.wav");
    if arguments.is_empty() {
        let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/info.wav");
        std::fs::copy(original, &path)?;
        arguments.push("INAM=A longer title".to_owned());
    } else {
        path = PathBuf::from(arguments.remove(0));
    }
    let mut changes = Vec::new();
    for argument in &arguments {
        let (name, text) = argument.split_once('=').ok_or("expected NAME=VALUE")?;
        changes.push((name.parse()?, text.to_owned()));
    }
    for (name, text) in edit(&path, &changes)? {
        println!("{name}  {text}");
    }
    Ok(())
}

/// Makes `changes` to the tags of a file, and says what they are then.
pub(crate) fn edit(path: &Path, changes: &[Tag]) -> Result<Vec<Tag>, Box<dyn Error>> {
    let mut file =
        if changes.is_empty() { MmioFile::open(path)? } else { MmioFile::open_rw(path)? };
    let wave = Find::Riff(Some(FourCc::new(*b"WAVE")));
    let riff = file.find_chunk(None, wave)?.ok_or("not a WAV file")?;
    let list = file.find_chunk(Some(&riff), Find::List(Some(INFO)))?;
    let mut tags = match &list {
        Some(list) => read(&mut file, list)?,
        None => Vec::new(),
    };
    for (name, text) in changes {
        match tags.iter_mut().find(|tag| tag.0 == *name) {
            Some(tag) => tag.1.clone_from(text),
            None => tags.push((*name, text.clone())),
        }
    }
    tags.retain(|(_, text)| !text.is_empty());
    if !changes.is_empty() {
        write(&mut file, riff, list, &tags)?;
    }
    file.close()?;
    Ok(tags)
}

fn read(file: &mut MmioFile, list: &Chunk) -> Result<Vec<Tag>, Box<dyn Error>> {
    let mut tags = Vec::new();
    while let Some(chunk) = file.next_chunk(Some(list))? {
        let mut bytes = Vec::new();
        file.chunk_reader(&chunk).read_to_end(&mut bytes)?;
        // A text ends with a zero byte, and some programs add more.
        let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
        tags.push((chunk.id(), String::from_utf8_lossy(text).into_owned()));
        file.ascend(&chunk)?;
    }
    Ok(tags)
}

/// Puts `tags` where the old ones are if they fit, or else at the end of the file.
fn write(
    file: &mut MmioFile,
    riff: Chunk,
    list: Option<Chunk>,
    tags: &[Tag],
) -> Result<(), Box<dyn Error>> {
    let padded = |text: &str| (8 + text.len() as u64 + 1).next_multiple_of(2);
    let needed = 12 + tags.iter().map(|(_, text)| padded(text)).sum::<u64>();
    let Some(list) = list else {
        return if tags.is_empty() { Ok(()) } else { append(file, riff, tags) };
    };
    let start = list.data_offset() - 8;
    let room = room_of(file, &riff, &list)?;
    // What is left over must be a chunk too, and so at least a header.
    let fits = needed == room || needed + 8 <= room;
    if !fits {
        append(file, riff, tags)?;
    }
    file.seek(SeekFrom::Start(start))?;
    if !fits || tags.is_empty() {
        file.write_all(&FourCc::JUNK.to_bytes())?;
        return Ok(());
    }
    write_list(file, tags)?;
    if needed < room {
        let rest = room - needed - 8;
        // Its size is right, whatever is in it.
        let _junk = file.create_chunk(NewChunk::id(FourCc::JUNK).with_size(rest))?;
    }
    Ok(())
}

/// The bytes that `list` takes, with a `JUNK` that follows it.
fn room_of(file: &mut MmioFile, riff: &Chunk, list: &Chunk) -> Result<u64, Box<dyn Error>> {
    file.ascend(list)?;
    let mut end = file.stream_position()?;
    let next = file.next_chunk(Some(riff))?;
    if let Some(junk) = next.filter(|next| next.id() == FourCc::JUNK) {
        file.ascend(&junk)?;
        end = file.stream_position()?;
    }
    Ok(end - (list.data_offset() - 8))
}

fn append(file: &mut MmioFile, riff: Chunk, tags: &[Tag]) -> Result<(), Box<dyn Error>> {
    if riff.data_range().end.next_multiple_of(2) < file.stream_len()? {
        return Err("something follows the RIFF, so that nothing can be appended to it".into());
    }
    let mut outer = file.reopen(riff)?;
    // The last chunk may say that it reaches to the end, wherever that is: put its size right.
    file.seek(SeekFrom::Start(riff.data_offset()))?;
    let mut last = None;
    while let Some(chunk) = file.next_chunk(Some(&riff))? {
        file.ascend(&chunk)?;
        last = Some(chunk);
    }
    if let Some(last) = last {
        let mut last = file.reopen(last)?;
        file.finish_chunk(&mut last)?;
    }
    write_list(file, tags)?;
    file.finish_chunk(&mut outer)?;
    Ok(())
}

fn write_list(file: &mut MmioFile, tags: &[Tag]) -> io::Result<()> {
    file.write_chunk(NewChunk::list(INFO), |file| {
        tags.iter().try_for_each(|(name, text)| {
            file.write_chunk(NewChunk::id(*name), |file| {
                file.write_all(text.as_bytes())?;
                file.write_all(&[0])
            })
        })
    })
}
