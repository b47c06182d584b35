//! Inserts bytes into the middle of a file, grows a part of it, and deletes one: with `copy_within`
//! and `set_len`, without a second file.
//!
//! `cargo run --example insert_and_delete`
//!
//! Not safe against a crash: for that, write a second file and rename it.

use std::error::Error;
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;

use mmio_file::{MmioError, MmioFile, Storage};

/// Makes room for `len` bytes at `at`, which hold what they held before, or zeros behind the end.
fn make_room<S: Storage>(file: &mut MmioFile<S>, at: u64, len: u64) -> Result<(), MmioError> {
    let end = file.stream_len()?;
    if at < end { file.copy_within(at..end, at + len) } else { file.set_len(at + len) }
}

/// Inserts `bytes` at `at`; what was there comes behind them.
fn insert<S: Storage>(file: &mut MmioFile<S>, at: u64, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    make_room(file, at, bytes.len() as u64)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)?;
    Ok(())
}

/// Deletes the bytes at `range`; what was behind them moves up.
fn delete<S: Storage>(file: &mut MmioFile<S>, range: Range<u64>) -> Result<(), MmioError> {
    let end = file.stream_len()?;
    file.copy_within(range.end..end, range.start)?;
    file.set_len(end - (range.end - range.start))
}

fn show<S: Storage>(step: &str, file: &mut MmioFile<S>) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    println!("{step:<8} {text:?}");
    Ok(text)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("tags");
    std::fs::write(&path, "title=Blue;year=1959;end")?;

    let mut file = MmioFile::open_rw(&path)?;
    show("before", &mut file)?;

    insert(&mut file, 11, b"by=Miles;")?;
    show("insert", &mut file)?;

    // A value that outgrows its place: "Blue" becomes "Kind of Blue".
    make_room(&mut file, 6, "Kind of ".len() as u64)?;
    file.seek(SeekFrom::Start(6))?;
    file.write_all(b"Kind of Blue")?;
    show("grow", &mut file)?;

    delete(&mut file, 28..38)?;
    let text = show("delete", &mut file)?;
    assert_eq!(text, "title=Kind of Blue;by=Miles;end");

    file.close()?;
    assert_eq!(std::fs::read_to_string(&path)?, text);
    Ok(())
}
