//! A stream over another whose writes stay in memory, to see what a file would become.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use super::spot::Spot;

/// The stream.
///
/// # Invariants
///
/// 1. The stream below is only read.
/// 2. A read sees the first `shown` of `writes`, each over those before it. Bytes past the end of the
///    stream below that none of them covers are zeros.
pub(super) struct Rehearsal<'a, 'b, S: ?Sized> {
    beneath: &'a mut Spot<'b, S>,
    beneath_end: u64,
    position: u64,
    writes: Vec<(u64, Vec<u8>)>,
    shown: usize,
    /// How many writes there were at each flush.
    flushes: Vec<usize>,
}

impl<'a, 'b, S: Read + Seek + ?Sized> Rehearsal<'a, 'b, S> {
    /// Over a stream that ends at `beneath_end`.
    pub(super) fn new(beneath: &'a mut Spot<'b, S>, beneath_end: u64) -> Self {
        let (writes, flushes) = (Vec::new(), Vec::new());
        Self { beneath, beneath_end, position: 0, writes, shown: 0, flushes }
    }

    /// The moments at which all that was written is on the stream: after each flush, and at the end.
    pub(super) fn moments(&self) -> Vec<usize> {
        let mut moments = self.flushes.clone();
        moments.push(self.writes.len());
        moments.dedup();
        moments
    }

    /// Shows the stream as it is at one of the moments.
    pub(super) fn show(&mut self, moment: usize) {
        self.shown = moment;
    }

    fn shown(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.writes[..self.shown].iter().map(|(offset, bytes)| (*offset, &bytes[..]))
    }

    fn end(&self) -> u64 {
        let ends = self.shown().map(|(offset, bytes)| offset + bytes.len() as u64);
        ends.fold(self.beneath_end, u64::max)
    }
}

/// Copies the part of `from`, which begins at `offset`, that lies in `bytes`, which begin at `position`.
fn lay_over(bytes: &mut [u8], position: u64, from: &[u8], offset: u64) {
    let start = offset.max(position);
    let end = (offset + from.len() as u64).min(position + bytes.len() as u64);
    if let Some(len) = end.checked_sub(start) {
        let at = |from| usize::try_from(start - from).expect("it lies in a slice");
        let len = usize::try_from(len).expect("it lies in a slice");
        bytes[at(position)..][..len].copy_from_slice(&from[at(offset)..][..len]);
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
        for (offset, write) in self.shown() {
            lay_over(bytes, self.position, write, offset);
        }
        self.position += len as u64;
        Ok(len)
    }
}

impl<S: Read + Seek + ?Sized> Write for Rehearsal<'_, '_, S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes.push((self.position, bytes.to_vec()));
        self.shown = self.writes.len();
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
