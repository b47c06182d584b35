//! A stream over another whose writes stay in memory, to see what a file would become.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use super::spot::Spot;

/// The stream.
///
/// # Invariants
///
/// 1. The stream below is only read.
/// 2. `bytes` are what the first `shown` of `writes` have written, each over those before it. A read
///    sees them, and looks only at those in its range. Bytes past the end of the stream below that none
///    of them covers are zeros.
pub(super) struct Rehearsal<'a, 'b, S: ?Sized> {
    beneath: &'a mut Spot<'b, S>,
    beneath_end: u64,
    position: u64,
    writes: Vec<(u64, Vec<u8>)>,
    /// How many writes there were at each flush.
    flushes: Vec<usize>,
    shown: usize,
    bytes: BTreeMap<u64, u8>,
}

impl<'a, 'b, S: Read + Seek + ?Sized> Rehearsal<'a, 'b, S> {
    /// Over a stream that ends at `beneath_end`.
    pub(super) fn new(beneath: &'a mut Spot<'b, S>, beneath_end: u64) -> Self {
        let (writes, flushes, bytes) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { beneath, beneath_end, position: 0, writes, flushes, shown: 0, bytes }
    }

    /// How many writes there are.
    pub(super) fn len(&self) -> usize {
        self.writes.len()
    }

    /// Takes back all writes but the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        self.writes.truncate(len);
        self.flushes.retain(|&moment| moment <= len);
        self.show(len);
    }

    /// The moments after `len` writes at which all that was written is on the stream: after each flush,
    /// and at the end.
    pub(super) fn moments_after(&self, len: usize) -> Vec<usize> {
        let all = self.flushes.iter().copied().chain([self.len()]);
        let mut moments: Vec<_> = all.filter(|&moment| moment > len).collect();
        moments.dedup();
        moments
    }

    /// Shows the stream as it is at one of the moments.
    pub(super) fn show(&mut self, moment: usize) {
        if moment < self.shown {
            (self.shown, self.bytes) = (0, BTreeMap::new());
        }
        for (offset, write) in &self.writes[self.shown..moment] {
            self.bytes.extend((*offset..).zip(write.iter().copied()));
        }
        self.shown = moment;
    }

    fn end(&self) -> u64 {
        let last = self.bytes.last_key_value();
        last.map_or(self.beneath_end, |(last, _)| self.beneath_end.max(last + 1))
    }
}

impl<S: Read + Seek + ?Sized> Read for Rehearsal<'_, '_, S> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left =
            |end: u64| usize::try_from(end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let len = bytes.len().min(left(self.end()));
        let len_beneath = len.min(left(self.beneath_end));
        let bytes = &mut bytes[..len];
        bytes.fill(0);
        if len_beneath > 0 {
            self.beneath.read_exact_at(&mut bytes[..len_beneath], self.position)?;
        }
        let end = self.position + len as u64;
        for (offset, byte) in self.bytes.range(self.position..end) {
            let at = usize::try_from(offset - self.position).expect("it lies in a slice");
            bytes[at] = *byte;
        }
        self.position = end;
        Ok(len)
    }
}

impl<S: Read + Seek + ?Sized> Write for Rehearsal<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes.push((self.position, bytes.to_vec()));
        self.show(self.len());
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.flushes.push(self.writes.len());
        Ok(())
    }
}

impl<S: Read + Seek + ?Sized> Seek for Rehearsal<'_, '_, S> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let position = match target {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance),
            SeekFrom::End(distance) => self.end().checked_add_signed(distance),
        };
        self.position = position.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn content(rehearsal: &mut (impl Read + Seek)) -> Vec<u8> {
        let mut bytes = Vec::new();
        rehearsal.seek(SeekFrom::Start(0)).unwrap();
        rehearsal.read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn write(rehearsal: &mut (impl Write + Seek), offset: u64, bytes: &[u8]) {
        rehearsal.seek(SeekFrom::Start(offset)).unwrap();
        rehearsal.write_all(bytes).unwrap();
        rehearsal.flush().unwrap();
    }

    #[test]
    fn each_moment_shows_what_was_written_until_then() {
        let mut stream = Cursor::new(b"below".to_vec());
        let (mut spot, _) = Spot::new(&mut stream).unwrap();
        let mut rehearsal = Rehearsal::new(&mut spot, 5);
        write(&mut rehearsal, 1, b"AB");
        write(&mut rehearsal, 2, b"CD");
        write(&mut rehearsal, 6, b"E");
        assert_eq!(rehearsal.moments_after(0), [1, 2, 3]);
        assert_eq!(rehearsal.moments_after(1), [2, 3]);
        for (moment, shown) in [(3, &b"bACDw\0E"[..]), (1, b"bABow"), (2, b"bACDw")] {
            rehearsal.show(moment);
            assert_eq!(content(&mut rehearsal), shown);
        }
        assert_eq!(stream.into_inner(), b"below");
    }

    #[test]
    fn what_was_taken_back_is_never_shown_again() {
        let mut stream = Cursor::new(b"below".to_vec());
        let (mut spot, _) = Spot::new(&mut stream).unwrap();
        let mut rehearsal = Rehearsal::new(&mut spot, 5);
        for offset in 0..3 {
            write(&mut rehearsal, offset, b"AB");
        }
        rehearsal.truncate(1);
        assert_eq!(content(&mut rehearsal), b"ABlow");
        write(&mut rehearsal, 4, b"CD");
        assert_eq!(content(&mut rehearsal), b"ABloCD");
        assert_eq!(rehearsal.moments_after(0), [1, 2]);
    }
}
