//! [`Journaled`] as a stream: writes go to the journal, reads come from wherever the bytes are.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use super::exact::{read_at, write_at};
use super::format::Lengths;
use super::journaled::Journaled;
use super::pieces::Piece;
use crate::Storage;
use crate::positioned_file::MAX_LEN;

impl<S: Storage, J: Storage> Read for Journaled<S, J> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Lengths { low, new, .. } = self.lengths;
        let position = self.position;
        if position >= new || out.is_empty() {
            return Ok(0);
        }
        let (piece, next) = (self.pieces.at(position), self.pieces.next(position));
        let end = match piece {
            Some(piece) => position + piece.len,
            None if position < low => next.unwrap_or(new).min(low),
            None => next.unwrap_or(new),
        };
        let len = usize::try_from(end - position).unwrap_or(usize::MAX).min(out.len());
        let out = &mut out[..len];
        let n = if let Some(piece) = piece {
            expect_some(read_at(&mut self.journal, piece.at, out)?)?
        } else if position < low {
            expect_some(read_at(&mut self.main, position, out)?)?
        } else {
            // Never written, and past the part of the file that stayed.
            out.fill(0);
            len
        };
        self.position += n as u64;
        Ok(n)
    }
}

/// Both are as long as recorded, unless others have truncated them.
fn expect_some(n: usize) -> io::Result<usize> {
    if n > 0 { Ok(n) } else { Err(ErrorKind::UnexpectedEof.into()) }
}

impl<S: Storage, J: Storage> Write for Journaled<S, J> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.allow_change()?;
        let start = self.position;
        let room = usize::try_from(MAX_LEN.saturating_sub(start)).unwrap_or(usize::MAX);
        if bytes.is_empty() {
            return Ok(0);
        }
        if room == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let n = write_at(&mut self.journal, self.end, &bytes[..bytes.len().min(room)])?;
        if n > 0 {
            self.pieces.put(start, Piece { len: n as u64, at: self.end });
            self.end += n as u64;
            self.position += n as u64;
            self.lengths.new = self.lengths.new.max(self.position);
        }
        Ok(n)
    }

    /// Does nothing. What was written takes effect at the commit.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<S: Storage, J: Storage> Seek for Journaled<S, J> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let (origin, distance) = match target {
            SeekFrom::Start(offset) => (offset, 0),
            SeekFrom::Current(distance) => (self.position, distance),
            SeekFrom::End(distance) => (self.lengths.new, distance),
        };
        self.position = origin.checked_add_signed(distance).ok_or(ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

impl<S: Storage, J: Storage> Storage for Journaled<S, J> {
    /// Takes effect at the commit, and needs no room in the journal.
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.allow_change()?;
        if len > MAX_LEN {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.pieces.cut(len, u64::MAX);
        self.lengths.low = self.lengths.low.min(len);
        self.lengths.new = len;
        Ok(())
    }

    /// Does nothing. Only a commit makes anything durable.
    fn sync_data(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Does nothing. Only a commit makes anything durable.
    fn sync_all(&mut self) -> io::Result<()> {
        Ok(())
    }
}
