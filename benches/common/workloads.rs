//! The work, each written once, over whatever stream. Work that writes ends with a flush.

use std::hint::black_box;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

pub(crate) const KIB: u64 = 1024;
pub(crate) const MIB: u64 = 1024 * KIB;
pub(crate) const GIB: u64 = 1024 * MIB;

/// Writes `count` times the same `N` bytes. Arrays, as programs write their numbers and records.
pub(crate) fn write_all<const N: usize>(stream: &mut impl Write, count: u64) -> io::Result<()> {
    let bytes = [7; N];
    for _ in 0..count {
        let bytes: &[u8; N] = black_box(&bytes);
        stream.write_all(bytes)?;
    }
    stream.flush()
}

/// Reads `N` bytes, `count` times.
pub(crate) fn read_exact<const N: usize>(stream: &mut impl Read, count: u64) -> io::Result<()> {
    let mut bytes = [0; N];
    for _ in 0..count {
        stream.read_exact(&mut bytes)?;
        black_box(&bytes);
    }
    Ok(())
}

/// Reads the lines into one string, to the end.
pub(crate) fn lines(stream: &mut impl BufRead) -> io::Result<()> {
    let mut line = String::new();
    while stream.read_line(&mut line)? > 0 {
        black_box(&line);
        line.clear();
    }
    Ok(())
}

/// Reads 64 bytes, goes back, writes them changed.
pub(crate) fn update_records(
    stream: &mut (impl Read + Write + Seek),
    records: u64,
) -> io::Result<()> {
    let mut record = [0; 64];
    for _ in 0..records {
        stream.read_exact(&mut record)?;
        record[0] ^= 1;
        stream.seek(SeekFrom::Current(-64))?;
        stream.write_all(&record)?;
    }
    stream.flush()
}

/// Appends 100 bytes, and keeps their number at offset 4.
pub(crate) fn append_and_patch(stream: &mut (impl Write + Seek), records: u64) -> io::Result<()> {
    for record in 1..=records {
        stream.write_all(&[1; 100])?;
        stream.seek(SeekFrom::Start(4))?;
        stream.write_all(&record.to_le_bytes()[..4])?;
        stream.seek(SeekFrom::Start(100 * record))?;
    }
    stream.flush()
}

/// Appends 512 bytes, and patches 4 at the offsets 4 and 40, as a WAV writer does that keeps
/// its file valid.
pub(crate) fn append_and_patch_twice(
    stream: &mut (impl Write + Seek),
    blocks: u64,
) -> io::Result<()> {
    for block in 1..=blocks {
        stream.write_all(&[1; 512])?;
        for offset in [4, 40] {
            stream.seek(SeekFrom::Start(offset))?;
            stream.write_all(&block.to_le_bytes()[..4])?;
        }
        stream.seek(SeekFrom::Start(512 * block))?;
    }
    stream.flush()
}

/// Reads records of 64 bytes from the last to the first.
pub(crate) fn read_backwards(stream: &mut (impl Read + Seek), records: u64) -> io::Result<()> {
    let mut record = [0; 64];
    for index in (0..records).rev() {
        stream.seek(SeekFrom::Start(64 * index))?;
        stream.read_exact(&mut record)?;
        black_box(&record);
    }
    Ok(())
}

/// The offsets of records of 16 bytes at random within `span`, the same each time.
pub(crate) fn random_offsets(span: u64, count: u64) -> impl Iterator<Item = u64> {
    // Marsaglia's xorshift64: a few instructions, and far better than the work needs.
    let mut state = 88_172_645_463_325_252_u64;
    (0..count).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % (span - 16)
    })
}

/// Reads 16 bytes at each offset, changes them, and writes them back there.
pub(crate) fn change_at(
    stream: &mut (impl Read + Write + Seek),
    offsets: impl Iterator<Item = u64>,
) -> io::Result<()> {
    let mut record = [0; 16];
    for offset in offsets {
        stream.seek(SeekFrom::Start(offset))?;
        stream.read_exact(&mut record)?;
        record[0] ^= 1;
        stream.seek(SeekFrom::Start(offset))?;
        stream.write_all(&record)?;
    }
    stream.flush()
}

/// The same in a file that is mapped into memory, which needs no stream.
pub(crate) fn change_in_map(map: &mut [u8], offsets: impl Iterator<Item = u64>) {
    for offset in offsets {
        let at = usize::try_from(offset).expect("what is mapped can be addressed");
        black_box(&mut map[at..at + 16])[0] ^= 1;
    }
}

/// The offsets of `records` records that are 1 MiB apart, one after the other, again and again.
pub(crate) fn distant_offsets(records: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |index| index % records * MIB)
}

/// What the README of `buf_read_write` proposes: each chunk's header is read, two of its fields are
/// written anew, and the file is flushed.
pub(crate) fn rewrite_headers(
    stream: &mut (impl Read + Write + Seek),
    chunks: u64,
) -> io::Result<()> {
    let mut header = [0; 64];
    for chunk in 0..chunks {
        let start = 16 * KIB * chunk;
        stream.seek(SeekFrom::Start(start))?;
        stream.read_exact(&mut header)?;
        for field in [8, 40] {
            stream.seek(SeekFrom::Start(start + field))?;
            stream.write_all(&[header[0] ^ 1; 4])?;
        }
        stream.flush()?;
    }
    Ok(())
}

/// What the README of `rabuf` shows: what was written is read again at once.
pub(crate) fn write_seek_read(
    stream: &mut (impl Read + Write + Seek),
    count: u64,
) -> io::Result<()> {
    let mut again = [0; 16];
    for index in 0..count {
        stream.write_all(b"ABCEDFG\nhijklmn\n")?;
        stream.seek(SeekFrom::Start(16 * index))?;
        stream.read_exact(&mut again)?;
        black_box(&again);
    }
    stream.flush()
}

const FAT_FILES: usize = 200;

/// Always the same time, so that the images can be compared.
#[derive(Debug)]
struct NewYear;

impl fatfs::TimeProvider for NewYear {
    fn get_current_date(&self) -> fatfs::Date {
        fatfs::Date { year: 2000, month: 1, day: 1 }
    }

    fn get_current_date_time(&self) -> fatfs::DateTime {
        let time = fatfs::Time { hour: 0, min: 0, sec: 0, millis: 0 };
        fatfs::DateTime { date: self.get_current_date(), time }
    }
}

/// Formats a FAT volume over `stream`, writes 200 files, reads them, and deletes half of them.
pub(crate) fn fat_image(stream: &mut (impl Read + Write + Seek)) -> io::Result<()> {
    fatfs::format_volume(&mut *stream, fatfs::FormatVolumeOptions::new())?;
    stream.rewind()?;
    let options = fatfs::FsOptions::new().time_provider(&NewYear);
    let volume = fatfs::FileSystem::new(&mut *stream, options)?;
    let root = volume.root_dir();
    let name = |index| format!("file-{index}.txt");
    for index in 0..FAT_FILES {
        root.create_file(&name(index))?.write_all(&[b'x'; 1000])?;
    }
    let mut content = Vec::new();
    for index in 0..FAT_FILES {
        content.clear();
        root.open_file(&name(index))?.read_to_end(&mut content)?;
        assert_eq!(content.len(), 1000);
    }
    for index in (0..FAT_FILES).step_by(2) {
        root.remove(&name(index))?;
    }
    drop(root);
    volume.unmount()?;
    stream.flush()
}
