//! Inserts bytes into the middle of a file, grows a part of it, and deletes one: with `insert_range`
//! and `remove_range`, without a second file.
//!
//! `cargo run --example insert_and_delete`
//!
//! On a full disk, an insertion moves nothing, and can be repeated once there is room. Not safe against a
//! crash: for that, write a second file and rename it.

use std::error::Error;
use std::io::{Read, Seek, SeekFrom, Write};

use mmio_file::{MmioFile, Storage};

/// Inserts `bytes` at `at`; what was there comes after them.
fn insert<S: Storage>(file: &mut MmioFile<S>, at: u64, bytes: &[u8]) -> Result<(), Box<dyn Error>> {
    file.insert_range(at, bytes.len() as u64)?;
    file.seek(SeekFrom::Start(at))?;
    file.write_all(bytes)?;
    Ok(())
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
    insert(&mut file, 6, b"Kind of ")?;
    show("grow", &mut file)?;

    file.remove_range(28..38)?;
    let text = show("delete", &mut file)?;
    assert_eq!(text, "title=Kind of Blue;by=Miles;end");

    file.close()?;
    assert_eq!(std::fs::read_to_string(&path)?, text);
    Ok(())
}
