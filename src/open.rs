//! Opening files: from a path, or from a file that is open already, to an [`MmioFile`].

// rustdoc lists the methods of `OpenOptions` in the order of the modules.
mod options;

mod by_path;

pub use options::OpenOptions;

use std::fs::{File, FileType, TryLockError};
use std::io::{self, ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::buffer::{Arena, Geometry};
use crate::positioned_file::MAX_LEN;
use crate::rules::Rules;
use crate::{FileError, MmioError, MmioFile, PositionedFile, Sharing};

impl OpenOptions {
    /// Opens the file at `path`. The position is 0, and nothing is read yet.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotOpen`]: the system refuses; the options contradict each other
    ///   ([`InvalidInput`](ErrorKind::InvalidInput)); the path leads to a folder
    ///   ([`IsADirectory`](ErrorKind::IsADirectory), on every system) or a pipe
    ///   ([`NotSeekable`](ErrorKind::NotSeekable)); or the file system has no locks.
    /// * [`MmioError::SharingViolation`]: another handle holds the file in a way that excludes this one.
    /// * [`MmioError::OutOfMemory`]: there is no memory for the buffer.
    ///
    /// A file that existed is unchanged. With `create` or `create_new`, one that did not may exist
    /// now, empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::{MmioError, MmioFile};
    ///
    /// # let dir = tempfile::tempdir()?;
    /// let path = dir.path().join("missing.wav");
    /// let error = MmioFile::options().read(true).open(&path).unwrap_err();
    /// assert!(matches!(&error, MmioError::CannotOpen { path: of, .. } if *of == path));
    /// assert_eq!(error.mmio_code(), 257);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    pub fn open(&self, path: impl AsRef<Path>) -> Result<MmioFile<PositionedFile>, MmioError> {
        let path = path.as_ref();
        let cannot_open = |source| MmioError::CannotOpen { path: path.into(), source };
        let file = self.open_std(path).map_err(|error| match error {
            TryLockError::WouldBlock => MmioError::SharingViolation { path: path.into() },
            TryLockError::Error(source) => cannot_open(source),
        })?;
        // Unix opens a folder for reading, and fails at the first read.
        if kind_of(&file).is_some_and(|kind| kind.is_dir()) {
            return Err(cannot_open(ErrorKind::IsADirectory.into()));
        }
        let file = PositionedFile::new(file).map_err(cannot_open)?;
        let mut file = MmioFile::with_rules(0, file, self.rules);
        file.set_capacity(self.capacity)?;
        if self.truncate {
            // Last: a file that can't be opened or locked keeps its bytes.
            empty(file.get_ref().get_ref()).map_err(cannot_open)?;
        }
        Ok(self.promised(file))
    }

    /// Puts a buffer over a file that is open already, beginning at the file's own position.
    ///
    /// Options that matter only when a file is opened are ignored, `read` and `write` among them:
    /// see [`MmioFile::from_file`].
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotOpen`] whose source is [`InvalidInput`](ErrorKind::InvalidInput): a
    ///   [sharing](OpenOptions::sharing) is set, but a file can only be locked when it is opened.
    /// * [`MmioError::CannotSeek`]: the file has no position, because it is a pipe, for example.
    /// * [`MmioError::OutOfMemory`]: there is no memory for the buffer.
    ///
    /// In each case the file comes back in the error.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let file = MmioFile::options().capacity(1024 * 1024).from_file(tempfile::tempfile()?)?;
    /// assert_eq!(file.capacity(), 1024 * 1024);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_file(&self, file: File) -> Result<MmioFile<PositionedFile>, FileError> {
        if self.sharing != Sharing::DenyNone {
            let source = io::Error::new(
                ErrorKind::InvalidInput,
                "a file that is open already can't be held against others",
            );
            let error = MmioError::CannotOpen { path: PathBuf::new(), source };
            return Err(FileError::new(error, file));
        }
        let geometry = Geometry::of(self.capacity);
        let Some(arena) = Arena::try_new(geometry.memory()) else {
            return Err(FileError::new(MmioError::OutOfMemory { capacity: self.capacity }, file));
        };
        let file = PositionedFile::at_cursor(file).map_err(|(source, file)| {
            let target = SeekFrom::Current(0);
            FileError::new(MmioError::CannotSeek { target, source }, file)
        })?;
        let rules = Rules { max_len: MAX_LEN, ..Rules::default() };
        Ok(self.promised(MmioFile::with_buffer(geometry, arena, file, rules)))
    }

    /// The file, with the options that stay with it.
    fn promised(&self, mut file: MmioFile<PositionedFile>) -> MmioFile<PositionedFile> {
        file.set_deferred_flush(self.deferred_flush);
        file.set_sole_owner(self.sole_owner || self.sharing == Sharing::Exclusive);
        file
    }

    /// Opens the file without truncating it, and locks it as asked.
    fn open_std(&self, path: &Path) -> Result<File, TryLockError> {
        let Rules { may_read, may_write, .. } = self.rules;
        if self.truncate && !may_write {
            let error = io::Error::new(
                ErrorKind::InvalidInput,
                "a file that may not be written can't be emptied",
            );
            return Err(TryLockError::Error(error));
        }
        let mut options = self.std.clone();
        options.read(may_read).write(may_write).truncate(false);
        self.sharing.open(path, &options, may_write)
    }
}

/// The type of the file, or `None` where the system can't report it: on Windows, for a device such
/// as `NUL`.
fn kind_of(file: &File) -> Option<FileType> {
    file.metadata().ok().map(|metadata| metadata.file_type())
}

/// Truncates a file to 0 bytes. As in std, a device is left alone.
fn empty(mut file: &File) -> io::Result<()> {
    let has_bytes = match kind_of(file) {
        Some(kind) => kind.is_file(),
        // A file must not keep its bytes only because the system could not report its type.
        None => file.seek(SeekFrom::End(0))? > 0,
    };
    if has_bytes {
        file.set_len(0)?;
    }
    Ok(())
}
