//! [`PositionedFile`]: a file whose position lives in memory.
//!
//! The platform decides how bytes are reached at an offset: [`native`] on Unix and Windows, which
//! have calls that take the offset, [`portable`] elsewhere. Both are compiled and pass the same
//! tests on every platform that has the first.

mod file_error;
#[cfg(any(unix, windows))]
mod native;
#[cfg(any(not(any(unix, windows)), test))]
mod portable;
#[cfg(test)]
mod tests;

pub use file_error::FileError;

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

#[cfg(any(unix, windows))]
use native::Native as Handle;
#[cfg(not(any(unix, windows)))]
use portable::Portable as Handle;

use crate::MmioError;

/// The greatest length that a file can have, in bytes: systems count offsets in an `i64`.
pub(crate) const MAX_LEN: u64 = i64::MAX.cast_unsigned();

/// A [`File`] whose position lives in memory, so that a seek is not a system call.
///
/// An [`MmioFile`](crate::MmioFile) that is opened by path, or made by
/// [`from_file`](crate::MmioFile::from_file), has one below its buffer. Such an `MmioFile` refuses a
/// write at once where no file can have bytes; one made by `MmioFile::new` fails only at the flush. There
/// is no buffer here: each read and each write is one system call, which takes the offset (`pread` and
/// `pwrite` on Unix, `ReadFile` and `WriteFile` on Windows). On other systems, the file's own cursor is
/// moved first, unless it is there already.
///
/// # Other handles
///
/// A handle from [`File::try_clone`] shares the file's own cursor. On Unix and Windows, this type
/// never relies on that cursor, so the other handle may be read, written and seeked at the same time.
/// But this type moves the cursor: in a seek to [`SeekFrom::End`] and in
/// [`into_file`](PositionedFile::into_file), and on Windows in every read and write. On other
/// systems, no other handle may move the cursor.
///
/// Do not use a file opened for appending. It writes at its end, wherever the position is, and no
/// error is reported.
///
/// # Examples
///
/// ```
/// use std::io::{Read, Seek, SeekFrom, Write};
/// use mmio_file::PositionedFile;
///
/// # fn main() -> std::io::Result<()> {
/// let mut file = PositionedFile::new(tempfile::tempfile()?)?;
/// file.write_all(b"size:????")?;
/// file.seek(SeekFrom::Current(-4))?;
/// file.write_all(b"0009")?;
/// file.rewind()?;
///
/// let mut text = String::new();
/// file.read_to_string(&mut text)?;
/// assert_eq!(text, "size:0009");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PositionedFile {
    handle: Handle,
    position: u64,
}

impl PositionedFile {
    /// Wraps `file`, beginning at its own position.
    ///
    /// # Errors
    ///
    /// The system's, if the file has no position, because it is a pipe, for example. The file is
    /// closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Seek, SeekFrom, Write};
    /// use mmio_file::PositionedFile;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = tempfile::tempfile()?;
    /// file.write_all(b"abc")?;
    /// file.seek(SeekFrom::Start(1))?;
    ///
    /// let mut rest = String::new();
    /// PositionedFile::new(file)?.read_to_string(&mut rest)?;
    /// assert_eq!(rest, "bc");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(file: File) -> io::Result<Self> {
        Self::at_cursor(file).map_err(|(error, _)| error)
    }

    /// Wraps `file`, or gives it back.
    pub(crate) fn at_cursor(mut file: File) -> Result<Self, (io::Error, File)> {
        match file.stream_position() {
            Ok(position) => Ok(Self { handle: Handle::new(file), position }),
            Err(error) => Err((error, file)),
        }
    }

    /// Unwraps the file, and moves its cursor to the position.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSeek`]: the cursor can't be moved there, because the position is past 2⁶³
    /// − 1, or past the limit of the file system. The file comes back in the error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Seek, SeekFrom, Write};
    /// use mmio_file::PositionedFile;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = PositionedFile::new(tempfile::tempfile()?)?;
    /// file.write_all(b"abc")?;
    /// file.seek(SeekFrom::Start(1))?;
    ///
    /// let mut rest = String::new();
    /// file.into_file()?.read_to_string(&mut rest)?;
    /// assert_eq!(rest, "bc");
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_file(self) -> Result<File, FileError> {
        let target = SeekFrom::Start(self.position);
        let mut file = self.handle.into_file();
        match file.seek(target) {
            Ok(_) => Ok(file),
            Err(source) => Err(FileError::new(MmioError::CannotSeek { target, source }, file)),
        }
    }

    /// The file, for calls that do not use its cursor: metadata, locks, times.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use mmio_file::PositionedFile;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let mut file = PositionedFile::new(tempfile::tempfile()?)?;
    /// file.write_all(b"abc")?;
    /// assert_eq!(file.get_ref().metadata()?.len(), 3);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &File {
        self.handle.file()
    }

    /// How many of `len` bytes at the position a file can have room for.
    fn room(&self, len: usize) -> usize {
        let room = MAX_LEN.saturating_sub(self.position);
        usize::try_from(room).map_or(len, |room| room.min(len))
    }
}

impl Read for PositionedFile {
    /// Reads with one system call, or with none where no file can have bytes.
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        // Asked for bytes past the greatest offset, systems refuse the whole call.
        let room = self.room(bytes.len());
        if room == 0 {
            return Ok(0);
        }
        let n = self.handle.read_at(self.position, &mut bytes[..room])?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Write for PositionedFile {
    /// Writes with one system call.
    ///
    /// # Errors
    ///
    /// The system's, or [`FileTooLarge`](ErrorKind::FileTooLarge) at a position where no file can
    /// have bytes: from 2⁶³ − 1 on. The position is where it was.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.room(bytes.len());
        if bytes.is_empty() {
            return Ok(0);
        }
        if room == 0 {
            return Err(io::Error::new(
                ErrorKind::FileTooLarge,
                "no file can have bytes at or beyond offset 2^63 - 1",
            ));
        }
        let n = self.handle.write_at(self.position, &bytes[..room])?;
        self.position += n as u64;
        Ok(n)
    }

    /// Does what [`File`]'s does: nothing is buffered here.
    fn flush(&mut self) -> io::Result<()> {
        self.get_ref().flush()
    }
}

impl Seek for PositionedFile {
    /// Moves the position. Only [`SeekFrom::End`] makes a system call.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) if the target is negative or exceeds `u64::MAX`,
    /// or the system's if it can't report the end. The position is where it was.
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let (origin, distance) = match target {
            SeekFrom::Start(offset) => (offset, 0),
            SeekFrom::Current(distance) => (self.position, distance),
            // By seeking, and not from the metadata, which reports 0 for devices and files in `/proc`.
            SeekFrom::End(distance) => (self.handle.end()?, distance),
        };
        let Some(position) = origin.checked_add_signed(distance) else {
            return Err(io::Error::new(
                ErrorKind::InvalidInput,
                "a position must be from 0 to u64::MAX",
            ));
        };
        self.position = position;
        Ok(position)
    }
}

impl AsRef<File> for PositionedFile {
    /// The same as [`PositionedFile::get_ref`].
    fn as_ref(&self) -> &File {
        self.get_ref()
    }
}

#[cfg(any(unix, target_os = "wasi"))]
mod descriptor {
    use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

    use super::PositionedFile;

    impl AsFd for PositionedFile {
        fn as_fd(&self) -> BorrowedFd<'_> {
            self.get_ref().as_fd()
        }
    }

    impl AsRawFd for PositionedFile {
        fn as_raw_fd(&self) -> RawFd {
            self.get_ref().as_raw_fd()
        }
    }
}

#[cfg(windows)]
mod handle {
    use std::os::windows::io::{AsHandle, AsRawHandle, BorrowedHandle, RawHandle};

    use super::PositionedFile;

    impl AsHandle for PositionedFile {
        fn as_handle(&self) -> BorrowedHandle<'_> {
            self.get_ref().as_handle()
        }
    }

    impl AsRawHandle for PositionedFile {
        fn as_raw_handle(&self) -> RawHandle {
            self.get_ref().as_raw_handle()
        }
    }
}
