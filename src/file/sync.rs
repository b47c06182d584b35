//! Making the file durable.

use std::io::{self, ErrorKind};

use super::MmioFile;
use crate::{FlushFlags, MmioError, Storage};

/// A sync that failed. It stays failed: the system may have dropped the pages that it could not
/// write and forgotten about it, so a second sync that succeeds would prove nothing (known from
/// Linux as "fsyncgate").
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailedSync {
    kind: ErrorKind,
    number: Option<i32>,
}

impl FailedSync {
    /// Takes note of `error`, unless it says that nothing was tried.
    pub(crate) fn of(error: &io::Error) -> Option<Self> {
        match error.kind() {
            ErrorKind::InvalidInput | ErrorKind::Unsupported | ErrorKind::Interrupted => None,
            kind => Some(Self { kind, number: error.raw_os_error() }),
        }
    }

    pub(crate) fn to_error(self) -> io::Error {
        match self.number {
            Some(number) => io::Error::from_raw_os_error(number),
            None => io::Error::new(self.kind, "an earlier sync has failed"),
        }
    }
}

impl<S: Storage> MmioFile<S> {
    /// Flushes, then has the storage make the file's content durable, and of its metadata what is
    /// needed to read it. The storage is asked even if nothing was unwritten.
    ///
    /// # Errors
    ///
    /// * Those of [`flush`](MmioFile::flush). The storage was not asked.
    /// * [`MmioError::CannotSync`]: the storage failed. From then on every sync of this file fails
    ///   so, since what it failed to make durable may be lost, unless it said `InvalidInput`,
    ///   `Unsupported` or `Interrupted`. The way out is to write the data again to another file;
    ///   [`get_ref`](MmioFile::get_ref) reaches the storage's own sync.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Write};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"kept")?;
    /// file.sync_data()?;
    /// assert_eq!(file.get_ref().get_ref(), b"kept");
    /// # Ok(())
    /// # }
    /// ```
    pub fn sync_data(&mut self) -> Result<(), MmioError> {
        self.sync(S::sync_data)
    }

    /// As [`sync_data`](MmioFile::sync_data), but makes all of the file's metadata durable too.
    ///
    /// # Errors
    ///
    /// Those of [`sync_data`](MmioFile::sync_data).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Write};
    /// # use mmio_file::MmioFile;
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"kept")?;
    /// file.sync_all()?;
    /// assert!(!file.is_dirty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn sync_all(&mut self) -> Result<(), MmioError> {
        self.sync(S::sync_all)
    }

    fn sync(&mut self, call: impl FnOnce(&mut S) -> io::Result<()>) -> Result<(), MmioError> {
        // A sync takes the stream's position from us, as any call through `get_mut` does.
        self.settle()?;
        self.flush(FlushFlags::empty())?;
        let answer = match self.failed_sync {
            Some(failed) => Err(failed.to_error()),
            None => self.port.call(call),
        };
        answer.map_err(|source| {
            self.failed_sync = self.failed_sync.or(FailedSync::of(&source));
            MmioError::CannotSync { source }
        })
    }
}
