//! [`ReadOnly`]: a `Write` for streams that have none.

use std::io::{self, BufRead, ErrorKind, IoSliceMut, Read, Seek, SeekFrom, Write};

/// Gives any `Read + Seek` the [`Write`] it lacks: one that refuses.
///
/// This puts a [`MmioFile`](crate::MmioFile) over a stream that can only be read. The buffer accepts
/// a write, as over any stream, and meets the refusal at the flush. [`WriteOnly`](crate::WriteOnly)
/// is the counterpart.
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
/// use mmio_file::{FlushFlags, MmioFile, ReadOnly};
///
/// # fn main() -> std::io::Result<()> {
/// let mut file = MmioFile::new(ReadOnly::new(Cursor::new(b"abcdef")));
/// file.seek(SeekFrom::Start(4))?;
/// let mut rest = String::new();
/// file.read_to_string(&mut rest)?;
/// assert_eq!(rest, "ef");
///
/// file.write_all(b"g")?;
/// let error = file.flush(FlushFlags::empty()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::PermissionDenied);
/// file.discard_unwritten();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadOnly<R> {
    stream: R,
}

impl<R> ReadOnly<R> {
    /// Wraps `stream`; its position stays where it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, ErrorKind, Write};
    /// use mmio_file::ReadOnly;
    ///
    /// let mut stream = ReadOnly::new(Cursor::new(b"abc"));
    /// assert_eq!(stream.write(b"d").unwrap_err().kind(), ErrorKind::PermissionDenied);
    /// ```
    pub const fn new(stream: R) -> Self {
        Self { stream }
    }

    /// The stream.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::ReadOnly;
    /// assert_eq!(ReadOnly::new(Cursor::new(b"abc")).get_ref().position(), 0);
    /// ```
    pub const fn get_ref(&self) -> &R {
        &self.stream
    }

    /// The stream, mutably.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Read};
    /// # use mmio_file::ReadOnly;
    /// # fn main() -> std::io::Result<()> {
    /// let mut stream = ReadOnly::new(Cursor::new(b"abc"));
    /// stream.get_mut().set_position(2);
    /// assert_eq!(std::io::read_to_string(stream)?, "c");
    /// # Ok(())
    /// # }
    /// ```
    pub const fn get_mut(&mut self) -> &mut R {
        &mut self.stream
    }

    /// The stream, unwrapped.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::ReadOnly;
    /// assert_eq!(ReadOnly::new(Cursor::new(b"abc")).into_inner().into_inner(), b"abc");
    /// ```
    pub fn into_inner(self) -> R {
        self.stream
    }

    pub(crate) fn refusal() -> io::Error {
        io::Error::new(ErrorKind::PermissionDenied, "the stream can only be read")
    }
}

impl<R: Read> Read for ReadOnly<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.stream.read(bytes)
    }

    fn read_vectored(&mut self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.stream.read_vectored(bufs)
    }

    fn read_exact(&mut self, bytes: &mut [u8]) -> io::Result<()> {
        self.stream.read_exact(bytes)
    }

    fn read_to_end(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        self.stream.read_to_end(bytes)
    }

    fn read_to_string(&mut self, text: &mut String) -> io::Result<usize> {
        self.stream.read_to_string(text)
    }
}

impl<R: BufRead> BufRead for ReadOnly<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.stream.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        self.stream.consume(n);
    }
}

impl<R: Seek> Seek for ReadOnly<R> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.stream.seek(target)
    }

    fn stream_position(&mut self) -> io::Result<u64> {
        self.stream.stream_position()
    }

    fn seek_relative(&mut self, distance: i64) -> io::Result<()> {
        self.stream.seek_relative(distance)
    }
}

impl<R> Write for ReadOnly<R> {
    /// Refuses.
    ///
    /// # Errors
    ///
    /// [`PermissionDenied`](ErrorKind::PermissionDenied), always. The stream is not called.
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(Self::refusal())
    }

    /// Does nothing, as nothing was written.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
