//! [`NotClosed`]: why a file could not be closed, with the file; and [`CloseError`], its name for an [`MmioFile`].

use std::error::Error;
use std::fmt;
use std::io;

use crate::{MmioError, MmioFile, PositionedFile};

/// The error of a call that would have consumed a file, with the file.
///
/// [`MmioFile::close`] and [`MmioFile::into_inner`] return it, and so do those of the async `MmioFile`, and
/// `into_std` of the async `PositionedFile`, both in the module `tokio`. `F` is the type of the file.
///
/// `?` converts it to an [`MmioError`] or an [`io::Error`] and drops the file, or to a boxed error,
/// which drops the file later. Dropping an [`MmioFile`] tries to flush once more; dropping an async one
/// does not. What is still unwritten then is lost.
///
/// A `Box<dyn Error + Send + Sync>` can hold it only if the file is `Send`, `Sync` and `'static`,
/// which it is not over a `Box<dyn Storage + Send>`. In that case, drop the file first:
/// `file.close().map_err(MmioError::from)?`.
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, Write};
/// use mmio_file::{MmioError, MmioFile};
///
/// # fn main() -> std::io::Result<()> {
/// let mut full = [0; 0];
/// let mut file = MmioFile::new(Cursor::new(&mut full[..]));
/// file.write_all(b"abc")?;
///
/// let failed = file.close().unwrap_err();
/// assert!(matches!(failed.error(), MmioError::CannotWrite { unwritten: 3, .. }));
///
/// // Nothing is lost: try again, or give up what is unwritten.
/// let mut file = failed.into_inner();
/// assert!(file.is_dirty());
/// file.discard_unwritten();
/// assert!(file.close().is_ok());
/// # Ok(())
/// # }
/// ```
pub struct NotClosed<F> {
    error: MmioError,
    // Boxed, so that an `Ok` of `close` is small.
    file: Box<F>,
}

/// What [`MmioFile::close`] and [`MmioFile::into_inner`] return if they fail, with the file. Boxed in it, so it is small.
///
/// # Examples
///
/// ```
/// use std::io::Cursor;
/// use mmio_file::{CloseError, MmioFile};
///
/// /// Closes a file, or gives it back.
/// fn close(file: MmioFile<Cursor<Vec<u8>>>) -> Result<(), CloseError<Cursor<Vec<u8>>>> {
///     file.close()
/// }
///
/// assert!(close(MmioFile::new(Cursor::new(Vec::new()))).is_ok());
/// ```
pub type CloseError<S = PositionedFile> = NotClosed<MmioFile<S>>;

impl<F> NotClosed<F> {
    pub(crate) fn new(error: MmioError, file: F) -> Self {
        Self { error, file: Box::new(file) }
    }

    /// Why the file could not be closed.
    #[must_use]
    pub fn error(&self) -> &MmioError {
        &self.error
    }

    /// The cause. The file is dropped.
    #[must_use]
    pub fn into_error(self) -> MmioError {
        self.error
    }

    /// The file, still open, with only its unwritten bytes dirty.
    #[must_use]
    pub fn into_inner(self) -> F {
        *self.file
    }

    /// The cause, and the file.
    #[must_use]
    pub fn into_parts(self) -> (MmioError, F) {
        (self.error, *self.file)
    }
}

impl<F> fmt::Debug for NotClosed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloseError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<F> fmt::Display for NotClosed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<F> Error for NotClosed<F> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

impl<F> From<NotClosed<F>> for MmioError {
    /// The same as [`NotClosed::into_error`].
    fn from(error: NotClosed<F>) -> Self {
        error.into_error()
    }
}

impl<F> From<NotClosed<F>> for io::Error {
    /// That of [`NotClosed::into_error`].
    fn from(error: NotClosed<F>) -> Self {
        error.into_error().into()
    }
}
