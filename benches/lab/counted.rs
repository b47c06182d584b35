//! The buffers that replay a trace, over streams that count the calls and the bytes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Sub;

use mmio_file::{FlushFlags, MmioFile};

use crate::trace::Trace;

/// What reached the stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) bytes_read: u64,
    pub(crate) bytes_written: u64,
}

impl Sub for Tally {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            reads: self.reads - other.reads,
            writes: self.writes - other.writes,
            bytes_read: self.bytes_read - other.bytes_read,
            bytes_written: self.bytes_written - other.bytes_written,
        }
    }
}

/// A file that has a length and a position, but no bytes.
pub(crate) struct Counted {
    len: u64,
    position: u64,
    tally: Tally,
}

impl Counted {
    fn advance(&mut self, n: usize) -> u64 {
        self.position += n as u64;
        n as u64
    }
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = self.len.saturating_sub(self.position);
        let n = usize::try_from(rest).unwrap_or(usize::MAX).min(out.len());
        self.tally.reads += 1;
        self.tally.bytes_read += self.advance(n);
        Ok(n)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tally.writes += 1;
        self.tally.bytes_written += self.advance(bytes.len());
        self.len = self.len.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Counted {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.position = match target {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(distance) => self.len.checked_add_signed(distance),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
        }
        .ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// The calls of this crate.
pub(crate) fn ours(trace: &Trace, capacity: usize) -> io::Result<Tally> {
    let counted = Counted { len: trace.len, position: 0, tally: Tally::default() };
    let mut file = MmioFile::with_capacity(capacity, counted);
    trace.replay(&mut file)?;
    file.flush(FlushFlags::empty())?;
    Ok(file.get_ref().tally)
}

/// The calls of `rabuf`. It takes a [`File`], so the system does the counting; `None` where the system does
/// not count.
pub(crate) fn rabuf(trace: &Trace, capacity: usize) -> io::Result<Option<Tally>> {
    const PAGE: u32 = 4096;
    let file = tempfile::tempfile_in(crate::common::table::folder())?;
    file.set_len(trace.len)?;
    let pages = u16::try_from(capacity / PAGE as usize).map_err(io::Error::other)?;
    let Some(before) = of_this_thread() else {
        return Ok(None);
    };
    // Reading the counter is a call that it counts too.
    let Some(counting) = of_this_thread().map(|after| after - before) else {
        return Ok(None);
    };
    let before = of_this_thread().unwrap_or_default();
    let mut buffered: rabuf::BufFile =
        rabuf::RaBuf::<File>::with_capacity("lab", file, PAGE, pages)?;
    trace.replay(&mut buffered)?;
    Ok(of_this_thread().map(|after| after - before - counting))
}

/// What this thread has read and written so far.
fn of_this_thread() -> Option<Tally> {
    let text = fs::read_to_string("/proc/thread-self/io").ok()?;
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').trim().parse().ok()
    };
    Some(Tally {
        reads: value("syscr")?,
        writes: value("syscw")?,
        bytes_read: value("rchar")?,
        bytes_written: value("wchar")?,
    })
}
