//! Creating a file over any stream.

use std::io::{Read, Seek, Write};
#[cfg(feature = "tokio")]
use std::mem;

use super::port::Port;
use super::{DEFAULT_CAPACITY, MmioFile};
use crate::buffer::{Arena, Geometry, PageBuffer};
use crate::rules::Rules;

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Puts a buffer of 64 KiB over `stream`.
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

    /// Puts a buffer of at least `capacity` bytes over `stream`, or none if `capacity` is 0.
    ///
    /// The capacity is rounded up to whole pages, of which there are at least two. One more page is
    /// allocated and kept free of unwritten bytes, so that a read always finds room. Nothing is
    /// allocated later.
    ///
    /// | capacity | page size |
    /// |---|---|
    /// | less than 32 bytes | 1 byte |
    /// | less than 64 KiB | the largest power of two that is at most a sixteenth of the capacity |
    /// | 64 KiB or more | 4 KiB |
    ///
    /// Without a buffer, every read and write goes to the stream at once, and so does every seek that moves.
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
    /// assert_eq!(file.page_size(), 4096);
    /// assert_eq!(file.capacity(), 25 * 4096);
    /// ```
    pub fn with_capacity(capacity: usize, stream: S) -> Self {
        Self::with_rules(capacity, stream, Rules::default())
    }

    /// Puts a buffer over a stream on which `rules` restrict what may be done.
    pub(crate) fn with_rules(capacity: usize, stream: S, rules: Rules) -> Self {
        let geometry = Geometry::of(capacity);
        Self::with_buffer(geometry, Arena::new(geometry.memory()), stream, rules)
    }

    /// Puts a buffer of that geometry, in memory that is already allocated, over `stream`.
    pub(crate) fn with_buffer(geometry: Geometry, arena: Arena, stream: S, rules: Rules) -> Self {
        Self {
            buffer: PageBuffer::new(geometry, arena, None, rules),
            port: Port::new(stream),
            defers_flush: false,
            failed_sync: None,
        }
    }

    /// Takes a file apart that has only just been opened, for another front end.
    #[cfg(feature = "tokio")]
    pub(crate) fn into_stream_and_buffer(mut self) -> (S, PageBuffer) {
        let bare = PageBuffer::new(Geometry::of(0), Arena::new(0), None, self.buffer.rules());
        let buffer = mem::replace(&mut self.buffer, bare);
        (self.port.take_stream(), buffer)
    }
}
