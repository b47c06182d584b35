//! A file system that is really full, and other programs that read the file between the steps of an
//! append. Linux only, and only where one can be mounted.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use mmio_file::riff::{FourCc, RiffRead, RiffWrite};
use mmio_file::{FlushFlags, MmioFile};
use tempfile::TempDir;

use crate::appended::Stream;
use crate::make::{chunk, data_of, enter, fmt, riff};
use crate::small_disk::SmallDisk;

const INAM: FourCc = FourCc::new(*b"INAM");
const OLD: &[u8] = b"Old title\0";

/// The titles of a file, after a look at the audio.
fn titles(path: &Path, audio: &[u8]) -> Vec<Vec<u8>> {
    let bytes = fs::read(path).unwrap();
    let (data, is_truncated) = data_of(&bytes);
    assert!(!is_truncated);
    assert_eq!(bytes[data.start.try_into().unwrap()..data.end.try_into().unwrap()], *audio);
    let mut file = Cursor::new(&bytes[..]);
    let riff = enter(&mut file);
    file.info(&riff).unwrap().into_iter().map(|(_, text)| text).collect()
}

/// What `ffprobe` and `soxi` say; empty where they are not installed.
fn outside(path: &Path) -> String {
    let entries = "format_tags=title:stream=duration_ts";
    let ffprobe = ["-v", "error", "-show_entries", entries, "-of", "csv=p=0"];
    let mut said = String::new();
    for (program, arguments) in [("ffprobe", &ffprobe[..]), ("soxi", &["-s"])] {
        if let Ok(output) = Command::new(program).args(arguments).arg(path).output() {
            assert!(output.status.success(), "{program}: {output:?}");
            said += &String::from_utf8(output.stdout).unwrap();
        }
    }
    said
}

/// The file, which others read after each call that changes it.
struct Watched<'a> {
    file: File,
    path: PathBuf,
    audio: &'a [u8],
    title: &'a [u8],
    /// What other programs say of the old file, and of the new one; nothing if they are not asked.
    said: Vec<String>,
    looks: u32,
}

impl Watched<'_> {
    fn look(&mut self) {
        let titles = titles(&self.path, self.audio);
        let is_new = titles.last().is_some_and(|title| title == self.title);
        assert!(is_new || titles == [OLD], "{titles:?}");
        self.looks += 1;
    }
}

impl Read for Watched<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file.read(bytes)
    }
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let answer = self.file.write(bytes);
        self.look();
        answer
    }

    fn flush(&mut self) -> io::Result<()> {
        if !self.said.is_empty() {
            let said = outside(&self.path);
            assert!(self.said.contains(&said), "{said}");
        }
        self.file.flush()
    }
}

impl Seek for Watched<'_> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.file.seek(target)
    }
}

#[test]
fn on_a_full_disk_every_program_reads_the_old_file_or_the_new_one() {
    let audio: Vec<u8> = (0..8000_u32).map(|n| (n * n % 251) as u8).collect();
    let list = [b"INFO", &chunk("INAM", OLD)[..]].concat();
    let before = riff(&[fmt(), chunk("data", &audio), chunk("LIST", &list)]);
    let title = [b"New title ".repeat(900), vec![0]].concat();
    let mut whole = Cursor::new(before.clone());
    let riff = enter(&mut whole);
    whole.set_info(&riff, &[(INAM, &title)]).unwrap();
    let folder = TempDir::new().unwrap();
    let files = [("old.wav", &before), ("new.wav", whole.get_ref())];
    let all_said = files.map(|(name, bytes)| {
        fs::write(folder.path().join(name), bytes).unwrap();
        outside(&folder.path().join(name))
    });
    for capacity in [0, 64, 65536] {
        let Some(disk) = SmallDisk::with_ballast(0) else { return };
        fs::write(disk.path(), &before).unwrap();
        disk.fill();
        let file = File::options().read(true).write(true).open(disk.path()).unwrap();
        // They are slow, and with a small buffer there is only more of the same.
        let said = if capacity == 65536 { all_said.to_vec() } else { Vec::new() };
        let path = disk.path();
        let watched = Watched { file, path, audio: &audio, title: &title, said, looks: 0 };
        let mut file = MmioFile::with_capacity(capacity, watched);
        let mut failures = 0;
        let mut done = Err(ErrorKind::StorageFull.into());
        while let Err(error) = done {
            let error: io::Error = error;
            assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
            if failures > 0 {
                disk.make_room();
            }
            failures += 1;
            let edited: &mut dyn Stream = &mut file;
            let riff = enter(edited);
            done = edited.set_info(&riff, &[(INAM, &title)]);
        }
        file.flush(FlushFlags::empty()).unwrap();
        assert_eq!(titles(&disk.path(), &audio), [&title[..]]);
        println!("{capacity} bytes: {failures} tries, {} looks", file.get_ref().looks);
        assert!(failures > 2);
    }
}
