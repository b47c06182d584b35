//! Lists, sets and deletes the tags of a WAV file (`LIST INFO`) in place; the audio is not moved.
//!
//! `cargo run --example wav_tags FILE.wav [NAME=VALUE]…`, such as `INAM=Title IART=Artist`; an empty
//! value deletes. Without a file, it works on a copy of one in `tests/data`.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use mmio_file::MmioFile;
use mmio_file::riff::{Find, FourCc, RiffRead, RiffWrite};

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
    // Bytes, and not text: what is not changed stays as it is, in whatever encoding.
    let mut items = file.info(&riff)?;
    for (name, text) in changes {
        items.retain(|item| item.0 != *name);
        if !text.is_empty() {
            items.push((*name, format!("{text}\0").into_bytes()));
        }
    }
    if !changes.is_empty() {
        let items: Vec<_> = items.iter().map(|(name, value)| (*name, &value[..])).collect();
        file.set_info(&riff, &items)?;
    }
    file.close()?;
    Ok(items.iter().map(|(name, value)| (*name, text(value))).collect())
}

/// A text ends with a zero byte, and some programs add more.
fn text(value: &[u8]) -> String {
    let text = value.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}
