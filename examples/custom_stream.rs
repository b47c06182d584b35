//! A storage that is chosen at run time: memory, a file, or one of the program's own making.
//!
//! `cargo run --example custom_stream [memory | file PATH | mirror PATH PATH]`; without arguments, all
//! three. The last takes the place of an I/O procedure that `mmioInstallIOProc` would install.

use std::error::Error;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::process::ExitCode;

use mmio_file::{MmioFile, PositionedFile, Storage};

/// Keeps the same bytes in two places. It has no buffer of its own: the `MmioFile` over it has one.
struct Mirror<A, B> {
    first: A,
    second: B,
}

impl<A: Read, B> Read for Mirror<A, B> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.first.read(bytes)
    }
}

impl<A: Write + Seek, B: Write + Seek> Write for Mirror<A, B> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let at = self.first.stream_position()?;
        let n = self.first.write(bytes)?;
        // If this fails, the same bytes are written again, to the same place.
        self.second.seek(SeekFrom::Start(at))?;
        self.second.write_all(&bytes[..n])?;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.first.flush()?;
        self.second.flush()
    }
}

impl<A: Seek, B> Seek for Mirror<A, B> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.first.seek(target)
    }
}

impl<A: Storage, B: Storage> Storage for Mirror<A, B> {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.first.set_len(len)?;
        self.second.set_len(len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.first.sync_data()?;
        self.second.sync_data()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.first.sync_all()?;
        self.second.sync_all()
    }
}

fn choose(words: &[&str]) -> Result<Box<dyn Storage + Send>, Box<dyn Error>> {
    Ok(match words {
        ["memory"] => Box::new(Cursor::new(Vec::new())),
        ["file", path] => Box::new(create(path)?),
        ["mirror", first, second] => {
            Box::new(Mirror { first: create(first)?, second: create(second)? })
        }
        _ => return Err("usage: custom_stream [memory | file PATH | mirror PATH PATH]".into()),
    })
}

fn create(path: &str) -> Result<PositionedFile, Box<dyn Error>> {
    let file = File::options().read(true).write(true).create(true).truncate(true).open(path);
    Ok(PositionedFile::new(file.map_err(|error| format!("{path}: {error}"))?)?)
}

/// The work, which does not know its storage.
fn work(file: &mut MmioFile<Box<dyn Storage + Send>>) -> Result<String, Box<dyn Error>> {
    file.write_all(b"lines: ?\n")?;
    for number in 1..=3 {
        writeln!(file, "this is line {number}")?;
    }
    file.seek(SeekFrom::Start(7))?;
    file.write_all(b"2")?;
    let last = "this is line 3\n".len() as u64;
    let len = file.stream_len()?;
    file.set_len(len - last)?;
    file.sync_all()?;

    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(text)
}

fn run(words: &[&str]) -> Result<(), Box<dyn Error>> {
    let mut file = MmioFile::new(choose(words)?);
    let text = work(&mut file)?;
    file.close()?;
    println!("-- {}\n{text}", words.join(" "));
    for path in &words[1..] {
        assert_eq!(std::fs::read_to_string(path)?, text);
    }
    Ok(())
}

fn run_all() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let [a, b, c] = ["a", "b", "c"].map(|name| folder.path().join(name).display().to_string());
    run(&["memory"])?;
    run(&["file", &a])?;
    run(&["mirror", &b, &c])
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = if words.is_empty() { run_all() } else { run(&words) };
    done.map_or_else(
        |error| {
            eprintln!("custom_stream: {error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}
