//! Edits that are killed in the middle: without a journal, with one, and while the journal is applied.
//!
//! ```console
//! $ cargo run --features journal --example journal
//! ```
//!
//! A file of records begins with their sum. A child process doubles each record and the sum, and kills
//! itself in the middle. The file that was edited plainly is then neither the old one nor the new one, for
//! good. The file with a journal is the old one. If the child dies while the decided commit is being
//! applied, the file is in pieces until it is recovered; then it is the new one.

use std::env;
use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{self, Command};

use mmio_file::journal::{self, Journaled};
use mmio_file::{FlushFlags, MmioFile, Storage};

const RECORDS: u64 = 100_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().collect();
    if let [_, how, path] = &arguments[..] {
        return child(how, Path::new(path));
    }
    let folder = env::temp_dir().join(format!("mmio-file-journal-{}", process::id()));
    fs::create_dir(&folder)?;
    let path = folder.join("records");
    for (how, when) in [
        ("plain", "in the middle of a plain edit"),
        ("journaled", "in the middle of a journaled edit"),
        ("applying", "while the commit of a journaled edit is applied"),
    ] {
        // The handle is closed again: on Windows, an open one would keep `recover` out.
        write_records(&mut File::create(&path)?, 1, RECORDS)?;
        let status = Command::new(env::current_exe()?).arg(how).arg(&path).status()?;
        assert!(!status.success(), "the child has survived");
        println!("killed {when}");
        println!("    as it is left:  {}", state(&path)?);
        let recovered = journal::recover(&path)?;
        println!("    after recover:  {} ({recovered:?})", state(&path)?);
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

fn child(how: &str, path: &Path) -> Result<(), Box<dyn Error>> {
    match how {
        "plain" => {
            let mut file = MmioFile::open_rw(path)?;
            write_records(&mut file, 2, RECORDS / 2)?;
            file.flush(FlushFlags::empty())?;
            process::abort();
        }
        "journaled" => journal::edit(path, |file| {
            write_records(file, 2, RECORDS / 2)?;
            file.flush(FlushFlags::empty())?;
            process::abort();
        }),
        // What `edit` does at its end, on a file that kills the process halfway.
        _ => {
            let open = |path| {
                File::options().read(true).write(true).create(true).truncate(false).open(path)
            };
            let mut beside = path.as_os_str().to_owned();
            beside.push(".mmio-journal");
            let (main, journal) = (open(path)?, open(Path::new(&beside))?);
            let doomed = Doomed { file: main, writes_left: 5 };
            let mut file = MmioFile::new(Journaled::open(doomed, journal)?);
            write_records(&mut file, 2, RECORDS)?;
            Ok(file.commit()?)
        }
    }
}

/// Writes the sum of all records, and some of them.
fn write_records(file: &mut (impl Write + Seek), factor: u64, some: u64) -> io::Result<()> {
    let mut bytes = (factor * sum_of_records()).to_le_bytes().to_vec();
    for record in 0..some {
        bytes.extend((factor * record).to_le_bytes());
    }
    file.rewind()?;
    file.write_all(&bytes)
}

fn sum_of_records() -> u64 {
    RECORDS * (RECORDS - 1) / 2
}

/// What is in the file, in words.
fn state(path: &Path) -> io::Result<String> {
    let bytes = fs::read(path)?;
    let mut numbers = bytes.chunks_exact(8).map(|bytes| {
        let bytes = bytes.try_into().expect("chunks of eight bytes have eight bytes");
        u64::from_le_bytes(bytes)
    });
    let said = numbers.next().unwrap_or_default();
    let is: u64 = numbers.sum();
    Ok(if said != is {
        format!("broken: its sum should be {said}, and is {is}")
    } else if is == sum_of_records() {
        String::from("the old file, whole")
    } else {
        String::from("the new file, whole")
    })
}

/// A file that kills the process after a number of writes.
struct Doomed {
    file: File,
    writes_left: u32,
}

impl Read for Doomed {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.file.read(out)
    }
}

impl Write for Doomed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.writes_left == 0 {
            process::abort();
        }
        self.writes_left -= 1;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Doomed {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.file.seek(target)
    }
}

impl Storage for Doomed {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.file.sync_all()
    }
}
