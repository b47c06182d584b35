//! [`MmioFile`]: what it is made of, how it is made, flushed and looked at.
//!
//! The stream is called only from here and below: [`port`] moves its bytes, [`steps`] has it move
//! those that [`transfer`](crate::transfer) asks for, the rest offers it as std's traits ([`io`]), as
//! direct access ([`direct`]), as operations on the whole file ([`length`], [`moving`], [`sync`]), and
//! at the end of its life ([`close`]).

mod close;
mod direct;
mod io;
mod length;
mod moving;
mod port;
mod steps;
mod sync;

pub use close::CloseError;

use std::fmt;
use std::io::{ErrorKind, Read, Seek, Write};

use crate::buffer::{Arena, Geometry, PageBuffer};
use crate::rules::Rules;
use crate::transfer::Goal;
use crate::{FlushFlags, MmioError, PositionedFile};
use port::Port;
use sync::FailedSync;

/// The capacity that [`MmioFile::new`] gives, in bytes.
pub(crate) const DEFAULT_CAPACITY: usize = 64 * 1024;

/// A file that is read, written and seeked through one dirty-tracked buffer.
///
/// It begins at the stream's own position, and keeps a position of its own from then on: a seek
/// makes no call on the stream, unless it is from the end. What is written stays in the buffer
/// until there is no more room, or until a [`flush`](MmioFile::flush), [`close`](MmioFile::close)
/// or [`into_inner`](MmioFile::into_inner). The buffer is cut into pages, so that several spots of
/// the file, however far apart, are worked on at once without a call on the stream.
///
/// # Failure
///
/// A call that returns an error leaves the position where it was, `read_exact` and `write_all` too, and
/// a byte that was accepted is kept until the stream has taken it. So make room, and make the same
/// call again: the bytes are in the file once. A buffered write can succeed where the flush later
/// fails: then flush again.
///
/// What makes several calls stops midway, as in std: `write_fmt` (`write!`), `io::copy`. What appends
/// to a vector or a string, such as `read_to_end` and `read_line`, keeps what it has read there, and
/// the position is after it.
///
/// Dropping the file flushes it, but swallows the error, and `abort`, `exit`, a signal or
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
    failed_sync: Option<FailedSync>,
}

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Puts a buffer of 64 KiB before `stream`.
    ///
    /// The file begins at the stream's own position. The stream is asked for it once, by the first
    /// call that needs it; a seek to [`SeekFrom::Start`](std::io::SeekFrom::Start) does not.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Read};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut stream = Cursor::new(b"abcdef".to_vec());
    /// stream.set_position(2);
    /// let mut file = MmioFile::new(stream);
    /// let mut bytes = [0; 3];
    /// file.read_exact(&mut bytes)?;
    /// assert_eq!(&bytes, b"cde");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(stream: S) -> Self {
        Self::with_capacity(DEFAULT_CAPACITY, stream)
    }

    /// Puts a buffer of at least `capacity` bytes before `stream`, or none if `capacity` is 0.
    ///
    /// The capacity is rounded up to whole pages: of 4 KiB each from 64 KiB on; of less than that, at
    /// least 16, of the largest power of two that gives so many; of less than 16 bytes, of a byte
    /// each, at least two. One page more is kept free of unwritten bytes, so that a read always
    /// finds room. Everything is allocated here, and nothing later.
    ///
    /// Without a buffer, every read and write goes to the stream at once, and every seek that moves.
    ///
    /// # Panics
    ///
    /// If the capacity exceeds [`isize::MAX`] bytes. If there is no memory for it, the process aborts;
    /// both as with [`Vec::with_capacity`]. [`set_capacity`](MmioFile::set_capacity) and
    /// [`OpenOptions::open`](crate::OpenOptions::open) return an error instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::MmioFile;
    ///
    /// let file = MmioFile::with_capacity(100_000, Cursor::new(Vec::new()));
    /// assert_eq!(file.capacity(), 25 * 4096);
    /// ```
    pub fn with_capacity(capacity: usize, stream: S) -> Self {
        Self::with_rules(capacity, stream, Rules::default())
    }

    /// Puts a buffer before a stream that is known not to allow everything.
    pub(crate) fn with_rules(capacity: usize, stream: S, rules: Rules) -> Self {
        let geometry = Geometry::of(capacity);
        Self::with_buffer(geometry, Arena::new(geometry.memory()), stream, rules)
    }

    /// Puts a buffer of that geometry, in memory that is there already, over `stream`.
    pub(crate) fn with_buffer(geometry: Geometry, arena: Arena, stream: S, rules: Rules) -> Self {
        Self {
            buffer: PageBuffer::new(geometry, arena, None, rules),
            port: Port::new(stream),
            failed_sync: None,
        }
    }

    /// Writes what is unwritten to the stream, and calls the stream's own flush.
    ///
    /// Every dirty byte is written, in ascending order of offset and in as few calls as the layout
    /// allows. The position does not move, and clean data stays cached, unless
    /// [`FlushFlags::EMPTY_BUF`] asks for it to be forgotten. If nothing was written since the last
    /// flush that succeeded, no call is made on the stream.
    ///
    /// This is the method that `file.flush(…)` means. [`Write::flush`] is
    /// `flush(FlushFlags::empty())`; generic code and `dyn Write` go on using it.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotWrite`]: the stream failed to take bytes, or its own flush failed. What
    ///   it has not taken is kept, so that the next flush writes exactly what is missing.
    /// * [`MmioError::CannotSeek`]: the stream could not be positioned. The same holds.
    ///
    /// In both cases the position is where it was, and nothing is emptied.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Read, Seek, Write};
    /// use mmio_file::{FlushFlags, MmioFile};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"one")?;
    /// assert!(file.get_ref().get_ref().is_empty());
    /// file.flush(FlushFlags::EMPTY_BUF)?;
    /// assert_eq!(file.get_ref().get_ref(), b"one");
    ///
    /// // Nothing is cached now: what others do to the bytes is seen.
    /// file.get_mut().get_mut()[0] = b'O';
    /// file.rewind()?;
    /// let mut text = String::new();
    /// file.read_to_string(&mut text)?;
    /// assert_eq!(text, "One");
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush(&mut self, flags: FlushFlags) -> Result<(), MmioError> {
        self.reach(Goal::Clean)?;
        if let Err(source) = self.port.flush() {
            let offset = self.buffer.position();
            return Err(MmioError::CannotWrite { offset, unwritten: 0, source });
        }
        if flags.contains(FlushFlags::EMPTY_BUF) {
            self.buffer.clear();
        }
        Ok(())
    }

    /// Forgets what has not reached the stream.
    ///
    /// The position stays. This is no undo: part of what was written may be on the stream already.
    /// The whole buffer is emptied, so that what is read next is what the stream has.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(b"old".to_vec()));
    /// file.write_all(b"new")?;
    /// file.discard_unwritten();
    /// assert!(!file.is_dirty());
    /// assert_eq!(file.into_inner()?.into_inner(), b"old");
    /// # Ok(())
    /// # }
    /// ```
    pub fn discard_unwritten(&mut self) {
        self.buffer.clear();
    }

    /// Replaces the buffer by one of at least `capacity` bytes, or by none if `capacity` is 0.
    ///
    /// What is unwritten is flushed first. The position stays.
    ///
    /// # Errors
    ///
    /// * [`MmioError::OutOfMemory`]: there is no such amount of memory.
    /// * Those of [`flush`](MmioFile::flush).
    ///
    /// In each case the file goes on with the buffer it had, and nothing is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// assert_eq!(file.capacity(), 64 * 1024);
    /// file.set_capacity(1024 * 1024)?;
    /// assert_eq!(file.capacity(), 1024 * 1024);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_capacity(&mut self, capacity: usize) -> Result<(), MmioError> {
        let geometry = Geometry::of(capacity);
        let Some(arena) = Arena::try_new(geometry.memory()) else {
            return Err(MmioError::OutOfMemory { capacity });
        };
        self.flush(FlushFlags::empty())?;
        self.buffer = PageBuffer::new(geometry, arena, self.position(), self.buffer.rules());
        Ok(())
    }

    /// The size of the buffer in bytes; 0 if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::MmioFile;
    /// assert_eq!(MmioFile::new(Cursor::new(Vec::new())).capacity(), 64 * 1024);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Whether there are bytes that have not reached the stream: whether
    /// [`dirty_len`](MmioFile::dirty_len) is more than 0.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Write};
    /// # use mmio_file::{FlushFlags, MmioFile};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abc")?;
    /// assert!(file.is_dirty());
    /// file.flush(FlushFlags::empty())?;
    /// assert!(!file.is_dirty());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.buffer.is_dirty()
    }

    /// How many bytes a flush would write now.
    ///
    /// Within a page, clean bytes between two dirty spots are written too, as they were read; so
    /// this is at least as much as has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Seek, SeekFrom, Write};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(vec![0; 100_000]));
    /// file.write_all(b"abc")?;
    /// file.seek(SeekFrom::Start(80_000))?;
    /// file.write_all(b"de")?;
    /// assert_eq!(file.dirty_len(), 5);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dirty_len(&self) -> u64 {
        self.buffer.dirty_len()
    }

    /// The stream. It has not got the bytes that are [dirty](MmioFile::is_dirty).
    ///
    /// A stream that can be moved through a shared reference, as a [`File`](std::fs::File) can, must
    /// not be: for that there is [`get_mut`](MmioFile::get_mut).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::MmioFile;
    /// let file = MmioFile::new(Cursor::new(vec![1, 2]));
    /// assert_eq!(file.get_ref().get_ref(), &[1, 2]);
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &S {
        self.port.get_ref()
    }

    /// The stream, to be changed.
    ///
    /// It may be moved to any position: the file finds its own again. What the caller does to bytes
    /// that are cached shows only after a flush with [`FlushFlags::EMPTY_BUF`]. And what the caller
    /// writes, the caller flushes: [`flush`](MmioFile::flush) has the stream flush itself only after
    /// writes of its own.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Read};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(b"abcd".to_vec()));
    /// let mut byte = [0];
    /// file.read_exact(&mut byte)?;
    /// file.get_mut().set_position(77);
    /// file.read_exact(&mut byte)?;
    /// assert_eq!(&byte, b"b");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn get_mut(&mut self) -> &mut S {
        self.port.get_mut()
    }

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
        self.allow(self.buffer.rules().may_read, "read")
    }

    /// What every write that the window does not serve begins with: `len` bytes at the position.
    fn begin_writing(&mut self, len: usize) -> Result<(), MmioError> {
        self.settle()?;
        self.allow(self.buffer.rules().may_write, "write")?;
        self.allow_end(self.buffer.position().checked_add(len as u64))
    }

    /// Refuses what would make the file longer than a file can be.
    fn allow_end(&self, end: Option<u64>) -> Result<(), MmioError> {
        match end {
            Some(end) if end <= self.buffer.rules().max_len => Ok(()),
            _ => {
                let source = ErrorKind::FileTooLarge.into();
                Err(MmioError::CannotExpand { len: end.unwrap_or(u64::MAX), source })
            }
        }
    }

    fn allow(&self, allowed: bool, attempted: &'static str) -> Result<(), MmioError> {
        let offset = self.buffer.position();
        if allowed { Ok(()) } else { Err(MmioError::AccessDenied { offset, attempted }) }
    }

    /// Completes an error of the port with what only the buffer knows.
    fn with_unwritten(&self, error: MmioError) -> MmioError {
        match error {
            MmioError::CannotWrite { offset, source, .. } => {
                MmioError::CannotWrite { offset, unwritten: self.dirty_len(), source }
            }
            other => other,
        }
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
