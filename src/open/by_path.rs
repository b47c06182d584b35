//! [`MmioFile`] over a file: the short ways to open one.

use std::fs::File;
use std::path::Path;

use crate::{FileError, MmioError, MmioFile, OpenOptions, PositionedFile};

impl MmioFile<PositionedFile> {
    /// Opens a file for reading, with a buffer of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{BufRead, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("two lines");
    /// std::fs::write(&path, "one\ntwo\n")?;
    /// let mut file = MmioFile::open(&path)?;
    /// let mut line = String::new();
    /// file.read_line(&mut line)?;
    /// assert_eq!(line, "one\n");
    ///
    /// let error = file.write(b"2").unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self, MmioError> {
        Self::options().read(true).open(path)
    }

    /// Opens a file that is there for reading and writing, with a buffer of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Seek, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("count");
    /// std::fs::write(&path, [41])?;
    /// let mut file = MmioFile::open_rw(&path)?;
    /// let mut count = [0];
    /// file.read_exact(&mut count)?;
    /// file.rewind()?;
    /// file.write_all(&[count[0] + 1])?;
    /// file.close()?;
    /// assert_eq!(std::fs::read(&path)?, [42]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn open_rw(path: impl AsRef<Path>) -> Result<Self, MmioError> {
        Self::options().read(true).write(true).open(path)
    }

    /// Creates a file, or empties one that is there, for reading and writing, with a buffer of
    /// 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("note");
    /// std::fs::write(&path, "something long")?;
    /// let mut file = MmioFile::create(&path)?;
    /// file.write_all(b"new")?;
    /// file.close()?;
    /// assert_eq!(std::fs::read(&path)?, b"new");
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(path: impl AsRef<Path>) -> Result<Self, MmioError> {
        Self::options().read(true).write(true).create(true).truncate(true).open(path)
    }

    /// Creates a file that must not be there, for reading and writing, with a buffer of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`]. If there is something at `path`, that is
    /// [`AlreadyExists`](std::io::ErrorKind::AlreadyExists), and it is left as it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("once");
    /// MmioFile::create_new(&path)?.close()?;
    /// let error = MmioFile::create_new(&path).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    /// # Ok(())
    /// # }
    /// ```
    pub fn create_new(path: impl AsRef<Path>) -> Result<Self, MmioError> {
        Self::options().read(true).write(true).create_new(true).open(path)
    }

    /// The way to open a file with all its options.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("note");
    /// # std::fs::write(&path, "")?;
    /// let file = MmioFile::options().read(true).capacity(4096).open(&path)?;
    /// assert_eq!(file.capacity(), 4096);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn options() -> OpenOptions {
        OpenOptions::new()
    }

    /// Puts a buffer of 64 KiB over a file that is open already, beginning at the file's own
    /// position. `into_inner()?.into_file()?` gives it back, positioned where the program is then.
    /// For another capacity, there is [`OpenOptions::from_file`].
    ///
    /// What the file was opened for is not known here: if it can't be written, a write is accepted
    /// into the buffer, and the flush meets the system's refusal; and if it appends, every write
    /// goes to its end, wherever the position is, and no error is reported.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSeek`](crate::MmioError::CannotSeek): the file has no position, as a pipe has
    /// none. It comes back in the error.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Read, Seek, SeekFrom, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = tempfile::tempfile()?;
    /// file.write_all(b"abcdef")?;
    /// file.seek(SeekFrom::Start(2))?;
    ///
    /// let mut buffered = MmioFile::from_file(file)?;
    /// let mut bytes = [0; 3];
    /// buffered.read_exact(&mut bytes)?;
    /// assert_eq!(&bytes, b"cde");
    ///
    /// let mut file = buffered.into_inner()?.into_file()?;
    /// assert_eq!(file.stream_position()?, 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_file(file: File) -> Result<Self, FileError> {
        Self::options().from_file(file)
    }
}

impl TryFrom<File> for MmioFile<PositionedFile> {
    type Error = FileError;

    /// The same as [`MmioFile::from_file`].
    fn try_from(file: File) -> Result<Self, FileError> {
        Self::from_file(file)
    }
}
