//! [`FileError`]: an error that gives a file back.

use std::error::Error;
use std::fmt;
use std::fs::File;
use std::io;

use crate::MmioError;

/// The error of [`MmioFile::from_file`](crate::MmioFile::from_file) or
/// [`PositionedFile::into_file`](crate::PositionedFile::into_file), with the file.
///
/// `?` converts it to an [`MmioError`] or an [`io::Error`], and closes the file.
///
/// # Examples
///
/// ```
/// use std::io::{Seek, SeekFrom};
/// use mmio_file::{MmioError, PositionedFile};
///
/// # fn main() -> std::io::Result<()> {
/// let mut file = PositionedFile::new(tempfile::tempfile()?)?;
/// file.seek(SeekFrom::Start(u64::MAX))?;
///
/// // No cursor of the system can be there.
/// let failed = file.into_file().unwrap_err();
/// assert!(matches!(failed.error(), MmioError::CannotSeek { .. }));
/// let (_, file) = failed.into_parts();
/// assert_eq!(file.metadata()?.len(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FileError {
    error: MmioError,
    file: File,
}

impl FileError {
    pub(crate) fn new(error: MmioError, file: File) -> Self {
        Self { error, file }
    }

    /// The cause.
    #[must_use]
    pub fn error(&self) -> &MmioError {
        &self.error
    }

    /// The cause, and the file. The position of its cursor is unspecified.
    #[must_use]
    pub fn into_parts(self) -> (MmioError, File) {
        (self.error, self.file)
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for FileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl From<FileError> for MmioError {
    fn from(error: FileError) -> Self {
        error.error
    }
}

impl From<FileError> for io::Error {
    fn from(error: FileError) -> Self {
        error.error.into()
    }
}
