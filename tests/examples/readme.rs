//! The README's functions do what it says of them. What is in the modules here are its programs, line
//! by line.

use std::fs;
use std::io::Write;

use mmio_file::MmioFile;

mod with_two_buffers {
    use std::fs::File;
    use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
    use std::path::Path;

    /// Meant to zero the first 64-byte record; zeroes a different one.
    pub(super) fn clear_first_record(path: &Path) -> io::Result<()> {
        let file = File::options().read(true).write(true).open(path)?;
        let mut reader = BufReader::new(file.try_clone()?);
        let mut writer = BufWriter::new(file);
        let mut record = [0; 64];
        reader.read_exact(&mut record)?; //       reads far ahead, and the cursor is shared
        writer.seek(SeekFrom::Current(-64))?; //  64 bytes before *that*
        writer.write_all(&[0; 64])?; //           the wrong record
        writer.flush()
    }
}

mod with_one_buffer {
    use std::io::{self, Read, Seek, Write};
    use std::path::Path;

    use mmio_file::{FlushFlags, MmioFile};

    pub(super) fn clear_first_record(path: &Path) -> io::Result<()> {
        let mut file = MmioFile::open_rw(path)?;
        let mut record = [0; 64];
        file.read_exact(&mut record)?;
        file.seek_relative(-64)?; //              no system call, and the buffer stays
        file.write_all(&[0; 64])?; //             the record that was read
        file.flush(FlushFlags::empty())?; //      one write
        Ok(())
    }
}

mod on_a_full_disk {
    use std::io::ErrorKind;

    use mmio_file::{FlushFlags, MmioError, MmioFile};

    /// `make_room` returns whether there is more room now.
    pub(super) fn save(file: &mut MmioFile, make_room: impl Fn() -> bool) -> Result<(), MmioError> {
        loop {
            match file.flush(FlushFlags::empty()) {
                Err(MmioError::CannotWrite { offset, unwritten, source, .. })
                    if source.kind() == ErrorKind::StorageFull && make_room() =>
                {
                    eprintln!("was full at offset {offset}, {unwritten} bytes to go: {source}");
                }
                other => return other,
            }
        }
    }
}

mod of_a_wav {
    use std::io;
    use std::path::Path;

    use mmio_file::MmioFile;
    use mmio_file::riff::{Find, FourCc, RiffRead, RiffWrite};

    pub(super) fn set_title(path: &Path, title: &str) -> io::Result<()> {
        let mut file = MmioFile::open_rw(path)?;
        let riff = file.descend(None, Find::Riff(Some(FourCc::new(*b"WAVE"))))?;
        let name = FourCc::new(*b"INAM");
        let mut tags = file.info(&riff)?; //      what the file says so far
        tags.retain(|(id, _)| *id != name);
        tags.push((name, format!("{title}\0").into_bytes()));
        let tags: Vec<(FourCc, &[u8])> = tags.iter().map(|(id, text)| (*id, &text[..])).collect();
        file.set_info(&riff, &tags)?;
        Ok(file.close()?)
    }
}

#[cfg(feature = "journal")]
mod with_a_journal {
    use std::io::{self, Seek, SeekFrom, Write};
    use std::path::Path;

    use mmio_file::journal;

    pub(super) fn transfer(path: &Path, accounts: [u64; 2], balances: [u64; 2]) -> io::Result<()> {
        journal::edit(path, |file| -> io::Result<()> {
            for (account, balance) in accounts.into_iter().zip(balances) {
                file.seek(SeekFrom::Start(8 * account))?;
                file.write_all(&balance.to_le_bytes())?;
            }
            Ok(())
        })
    }
}

#[cfg(feature = "tokio")]
mod in_async_code {
    use std::io::{self, SeekFrom};
    use std::path::Path;

    use mmio_file::tokio::MmioFile;

    pub(super) async fn clear_first_record(path: &Path) -> io::Result<()> {
        let mut file = MmioFile::open_rw(path).await?;
        let mut record = [0; 64];
        file.read_exact(&mut record).await?;
        file.seek(SeekFrom::Start(0)).await?;
        file.write_all(&[0; 64]).await?;
        Ok(file.close().await?) //                dropping it would flush nothing
    }
}

#[test]
fn what_is_tested_here_is_what_the_readme_shows() {
    fn lines(text: &str) -> String {
        text.lines().map(|line| line.trim().replace("pub(super) ", "") + "\n").collect()
    }
    let here = lines(include_str!("readme.rs"));
    let readme = include_str!("../../README.md");
    let readme = readme.replace("```rust,ignore\n", "```rust\n");
    let programs = readme.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let shown: Vec<&str> = programs.collect();
    assert_eq!(shown.len(), 6);
    for program in shown {
        assert!(here.contains(&lines(program)), "{program}");
    }
}

#[test]
fn two_buffers_clear_another_record_and_one_clears_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records");
    fs::write(&path, [7; 6400]).unwrap();
    with_two_buffers::clear_first_record(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap()[..64], [7; 64]);

    with_one_buffer::clear_first_record(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap()[..65], [&[0; 64][..], &[7]].concat());
}

#[test]
fn a_file_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let mut file = MmioFile::create(&path).unwrap();
    file.write_all(b"data").unwrap();
    on_a_full_disk::save(&mut file, || unreachable!("the disk is not full")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"data");
}

#[test]
fn a_title_is_appended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tone.wav");
    fs::write(&path, b"RIFF\x10\0\0\0WAVEdata\x04\0\0\0\x08\0\xF8\xFF").unwrap();
    of_a_wav::set_title(&path, "A tone").unwrap();
    let expected = b"RIFF\x2C\0\0\0WAVEdata\x04\0\0\0\x08\0\xF8\xFF\
                     LIST\x14\0\0\0INFOINAM\x07\0\0\0A tone\0\0";
    assert_eq!(fs::read(&path).unwrap(), expected);
}

#[cfg(feature = "journal")]
#[test]
fn two_balances_change_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts");
    fs::write(&path, [9; 32]).unwrap();
    with_a_journal::transfer(&path, [3, 0], [70, 30]).unwrap();
    let words = fs::read(&path).unwrap();
    assert_eq!((words[0], words[8], words[24]), (30, 9, 70));
}

#[cfg(feature = "tokio")]
#[test]
fn an_async_file_clears_the_first_record_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records");
    fs::write(&path, [7; 640]).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(in_async_code::clear_first_record(&path)).unwrap();
    assert_eq!(fs::read(&path).unwrap()[..65], [&[0; 64][..], &[7]].concat());
}
