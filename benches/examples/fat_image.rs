//! A file system in a file: `fatfs` makes a FAT image through the buffer, and without one.
//!
//! `cargo run -p mmio-file-benches --example fat_image`

use std::error::Error;
use std::io::{self, Read, Seek, SeekFrom, Write};

use fatfs::{FileSystem, FormatVolumeOptions, FsOptions};
use mmio_file::{MmioFile, PositionedFile};

/// A stream that counts the calls it gets.
struct Counted {
    file: PositionedFile,
    calls: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    for (name, capacity) in [("with a buffer", 64 * 1024), ("without one", 0)] {
        let path = folder.path().join(name);
        let mut image = MmioFile::create(&path)?;
        image.set_len(8 * 1024 * 1024)?;
        let file = image.into_inner()?;

        let mut file = MmioFile::with_capacity(capacity, Counted { file, calls: 0 });
        fill(&mut file)?;
        let calls = file.into_inner()?.calls;
        let files = list(&path)?;
        println!("{name}: {calls} calls on the file, {files} files in the image");
    }
    Ok(())
}

/// Formats the image and makes 200 files in it, of which every other is deleted again.
fn fill(image: &mut (impl Read + Write + Seek)) -> io::Result<()> {
    fatfs::format_volume(&mut *image, FormatVolumeOptions::new())?;
    image.rewind()?;
    let volume = FileSystem::new(image, FsOptions::new())?;
    for index in 0..200 {
        let mut file = volume.root_dir().create_file(&format!("file-{index}.txt"))?;
        file.write_all(&[b'x'; 2000])?;
    }
    for index in (0..200).step_by(2) {
        volume.root_dir().remove(&format!("file-{index}.txt"))?;
    }
    volume.unmount()
}

/// Counts the files of the image, as another program would find them on the disk.
fn list(path: &std::path::Path) -> Result<usize, Box<dyn Error>> {
    let image = MmioFile::open_rw(path)?;
    let volume = FileSystem::new(image, FsOptions::new())?;
    Ok(volume.root_dir().iter().count())
}

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        self.file.read(bytes)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.calls += 1;
        self.file.flush()
    }
}

impl Seek for Counted {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.calls += 1;
        self.file.seek(target)
    }
}
