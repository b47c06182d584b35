//! [`WriteOnly`]: a `Read` for streams that have none.

use std::fmt::Arguments;
use std::io::{self, ErrorKind, IoSlice, Read, Seek, SeekFrom, Write};

/// Gives any `Write + Seek` the [`Read`] it lacks: one that refuses.
///
/// This puts a [`MmioFile`](crate::MmioFile) over a stream that can only be written, so that going
/// back to patch what is still in the buffer makes no call on the stream. A write never needs a read:
/// if two separate places in one page are written, the first is written back before the second is
/// accepted. [`ReadOnly`](crate::ReadOnly) is the counterpart.
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, ErrorKind, Read, Seek, Write};
/// use mmio_file::{MmioFile, WriteOnly};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut file = MmioFile::new(WriteOnly::new(Cursor::new(Vec::new())));
/// file.write_all(b"size:????")?;
/// file.seek_relative(-4)?;
/// file.write_all(b"0009")?;
/// let error = file.read(&mut [0]).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::PermissionDenied);
///
/// let stream = file.into_inner()?.into_inner();
/// assert_eq!(stream.into_inner(), b"size:0009");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOnly<W> {
    stream: W,
}

impl<W> WriteOnly<W> {
    /// Wraps `stream`; its position stays where it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, ErrorKind, Read};
    /// use mmio_file::WriteOnly;
    ///
    /// let mut stream = WriteOnly::new(Cursor::new(vec![1]));
    /// assert_eq!(stream.read(&mut [0]).unwrap_err().kind(), ErrorKind::PermissionDenied);
    /// ```
    pub const fn new(stream: W) -> Self {
        Self { stream }
    }

    /// The stream.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::WriteOnly;
    /// assert_eq!(WriteOnly::new(Cursor::new(vec![1])).get_ref().position(), 0);
    /// ```
    pub const fn get_ref(&self) -> &W {
        &self.stream
    }

    /// The stream, mutably.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Write};
    /// # use mmio_file::WriteOnly;
    /// # fn main() -> std::io::Result<()> {
    /// let mut stream = WriteOnly::new(Cursor::new(b"abc".to_vec()));
    /// stream.get_mut().set_position(2);
    /// stream.write_all(b"C")?;
    /// assert_eq!(stream.into_inner().into_inner(), b"abC");
    /// # Ok(())
    /// # }
    /// ```
    pub const fn get_mut(&mut self) -> &mut W {
        &mut self.stream
    }

    /// The stream, unwrapped.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::WriteOnly;
    /// assert_eq!(WriteOnly::new(Cursor::new(vec![1])).into_inner().into_inner(), [1]);
    /// ```
    pub fn into_inner(self) -> W {
        self.stream
    }
}

impl<W> Read for WriteOnly<W> {
    /// Refuses.
    ///
    /// # Errors
    ///
    /// [`PermissionDenied`](ErrorKind::PermissionDenied), always. The stream is not called.
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(ErrorKind::PermissionDenied, "the stream can only be written"))
    }
}

impl<W: Write> Write for WriteOnly<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.stream.write_vectored(bufs)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    fn write_fmt(&mut self, text: Arguments<'_>) -> io::Result<()> {
        self.stream.write_fmt(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

impl<W: Seek> Seek for WriteOnly<W> {
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
