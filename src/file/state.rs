//! The parts of a file: its buffer, what is unwritten in it, and its stream.

use std::io::{Read, Seek, Write};

use super::MmioFile;
use crate::buffer::{Arena, Geometry, PageBuffer};
use crate::{FlushFlags, MmioError};

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Replaces the buffer with one of at least `capacity` bytes, or with none if `capacity` is 0.
    ///
    /// Unwritten bytes are flushed first. The position does not move.
    ///
    /// # Errors
    ///
    /// * [`MmioError::OutOfMemory`]: there is not enough memory for `capacity` bytes. (Without memory for the tables
    ///   beside them, some 2 % more, the process aborts, as with [`Vec::with_capacity`].)
    /// * Those of [`flush`](MmioFile::flush).
    ///
    /// In each case the file keeps its old buffer, and nothing is lost.
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

    /// The size of a page of the buffer in bytes, a power of two; 1 if there is no buffer.
    ///
    /// Random access reads whole pages, which begin at multiples of this size. Programs that share a
    /// file don't overwrite each other's bytes if no two of them write to the same page.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::MmioFile;
    /// assert_eq!(MmioFile::new(Cursor::new(Vec::new())).page_size(), 4096);
    /// assert_eq!(MmioFile::with_capacity(100, Cursor::new(Vec::new())).page_size(), 4);
    /// assert_eq!(MmioFile::with_capacity(0, Cursor::new(Vec::new())).page_size(), 1);
    /// ```
    #[must_use]
    pub fn page_size(&self) -> usize {
        self.buffer.page_size()
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
    /// Clean bytes between two dirty places in one page are written too, as they were read, so this
    /// is an upper bound of what has changed.
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

    /// The stream. The bytes that are [dirty](MmioFile::is_dirty) have not reached it.
    ///
    /// Some streams, such as a [`File`](std::fs::File), can be moved through a shared reference.
    /// Don't move the stream that way: use [`get_mut`](MmioFile::get_mut).
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

    /// The stream, mutably.
    ///
    /// The caller may leave it at any position: the file seeks back to its own. A change to cached
    /// bytes shows only after a flush with [`FlushFlags::EMPTY_BUF`]. The caller must flush what it
    /// writes to the stream: [`flush`](MmioFile::flush) calls the stream's flush only after writes of
    /// its own.
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
}
