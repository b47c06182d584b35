//! The shortcuts to open a file: [`MmioFile::open`] and its kin.

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

    /// Opens an existing file for reading and writing, with a buffer of 64 KiB.
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

    /// Creates a file, or truncates an existing one to 0 bytes, for reading and writing, with a
    /// buffer of 64 KiB.
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

    /// Creates a file that must not exist, for reading and writing, with a buffer of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`]. If something exists at `path`, the kind is
    /// [`AlreadyExists`](std::io::ErrorKind::AlreadyExists), and it is unchanged.
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

    /// The options with which a file is opened; end with [`OpenOptions::open`].
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

    /// Puts a buffer of 64 KiB over a file that is open already, beginning at the file's own position.
    /// `into_inner()?.into_file()?` returns it, with its cursor moved to the position. For another
    /// capacity, use [`OpenOptions::from_file`].
    ///
    /// The mode in which the file was opened is not known here. If it can't be written, writes go
    /// to the buffer, and the flush fails. If it was opened for appending, every write goes to its
    /// end, wherever the position is, and no error is reported.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSeek`](crate::MmioError::CannotSeek): the file has no position, because it is
    /// a pipe, for example. It comes back in the error.
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
