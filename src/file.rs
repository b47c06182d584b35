//! [`MmioFile`]: its parts, and what every call begins with.
//!
//! [`port`] is the only module that calls the stream, and [`steps`] makes the calls that
//! [`transfer`](crate::transfer) asks for. The other modules offer these as std's traits ([`io`]), as
//! direct access ([`direct`]) and as operations on the whole file ([`length`], [`moving`], [`flush`],
//! [`sync`]).

// rustdoc lists the methods in the order of these modules.

// Creating.
mod new;

// Reading and writing, and changing the file as a whole.
mod direct;
mod io;
mod length;
mod moving;
mod positional;

// Flushing and syncing.
mod flush;
mod sync;

// State and settings.
mod promises;
mod state;

// Closing.
mod close;

// What all of these are made of.
mod port;
mod steps;

pub(crate) use sync::FailedSync;

use std::fmt;
use std::io::{Read, Seek, Write};

use crate::buffer::PageBuffer;
use crate::{MmioError, PositionedFile};
use port::Port;

/// The capacity that [`MmioFile::new`] gives, in bytes.
pub(crate) const DEFAULT_CAPACITY: usize = 64 * 1024;

/// A file that is read, written and seeked through one dirty-tracked buffer.
///
/// It begins at the stream's own position, and keeps its own position from then on, so only a seek
/// from the end calls the stream. Written bytes stay in the buffer until it runs out of room, or
/// until a [`flush`](MmioFile::flush), [`close`](MmioFile::close) or
/// [`into_inner`](MmioFile::into_inner). The buffer consists of pages, so a program can work in
/// several places of the file at once, however far apart they are, without a call on the stream.
///
/// # Failure
///
/// Whichever call fails, every byte that was accepted is on the stream or still in the buffer, and the
/// next flush writes exactly what is missing. A call that returns an error leaves the position where it
/// was; so do `read_exact` and `write_all`. So if the disk is full, make room and make the same call
/// again. A buffered write can succeed and the flush fail later: then flush again.
///
/// `write_fmt` (`write!`) and `io::copy` make several calls, and stop midway, as in std. So do
/// methods that append to a vector or a string, such as `read_to_end` and `read_line`: what they
/// have read stays there, and the position is after it. (As in std, a string gets none of it if it
/// is not UTF-8, or ends in the middle of a character.)
///
/// Dropping the file flushes it and ignores the error, and `abort`, `exit`, a signal or
/// [`mem::forget`](std::mem::forget) drop nothing. Only a `flush`, `close` or `into_inner` that
/// returned `Ok` counts.
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, Read, Seek, SeekFrom, Write};
/// use mmio_file::{FlushFlags, MmioFile};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut file = MmioFile::new(Cursor::new(Vec::new()));
/// file.write_all(b"size:????\n")?;
/// file.write_all(b"data")?;
///
/// // Go back, patch, and read on: one buffer, one position.
/// file.seek(SeekFrom::Start(5))?;
/// file.write_all(b"0004")?;
/// let mut rest = String::new();
/// file.read_to_string(&mut rest)?;
/// assert_eq!(rest, "\ndata");
///
/// file.flush(FlushFlags::empty())?;
/// assert_eq!(file.get_ref().get_ref(), b"size:0004\ndata");
/// # Ok(())
/// # }
/// ```
pub struct MmioFile<S: Read + Write + Seek = PositionedFile> {
    buffer: PageBuffer,
    port: Port<S>,
    /// Whether `Write::flush` does nothing.
    defers_flush: bool,
    failed_sync: Option<FailedSync>,
}

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Makes sure that the position is known: at first it is the stream's own.
    fn settle(&mut self) -> Result<(), MmioError> {
        if !self.buffer.is_positioned() {
            let position = self.port.position()?;
            self.buffer.seek(position);
        }
        Ok(())
    }

    /// The position, if it is known: if the program or the stream has set it.
    fn position(&self) -> Option<u64> {
        self.buffer.is_positioned().then(|| self.buffer.position())
    }

    /// What every read that the window does not serve begins with.
    fn begin_reading(&mut self) -> Result<(), MmioError> {
        self.settle()?;
        self.buffer.allow_reading()
    }

    /// What every write that the window does not serve begins with: `len` bytes at the position.
    fn begin_writing(&mut self, len: usize) -> Result<(), MmioError> {
        self.settle()?;
        self.buffer.allow_writing()?;
        self.buffer.allow_end(self.buffer.position().checked_add(len as u64))
    }
}

impl<S: Read + Write + Seek + fmt::Debug> fmt::Debug for MmioFile<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MmioFile")
            .field("stream", self.get_ref())
            .field("position", &self.position())
            .field("capacity", &self.capacity())
            .field("dirty_len", &self.dirty_len())
            .finish_non_exhaustive()
    }
}
