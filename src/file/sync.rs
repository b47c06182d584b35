//! Making the file durable.

use std::io::{self, ErrorKind};

use super::MmioFile;
use crate::{FlushFlags, MmioError, Storage};

/// A sync that failed. It stays failed: the system may have dropped the pages that it could not
/// write, and a second sync that succeeds would prove nothing (known from Linux as "fsyncgate").
#[derive(Clone, Copy, Debug)]
pub(crate) struct FailedSync {
    kind: ErrorKind,
    number: Option<i32>,
}

impl FailedSync {
    /// Records `error`, unless it means that nothing was attempted.
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
    /// Flushes, then makes the file's content durable, and the metadata that is needed to read it.
    /// The storage is synced even if nothing was unwritten.
    ///
    /// # Errors
    ///
    /// * Those of [`flush`](MmioFile::flush). The storage was not synced.
    /// * [`MmioError::CannotSync`]: the storage failed. What it failed to make durable may be lost,
    ///   so every later sync of this file fails, too, unless the kind was `InvalidInput`,
    ///   `Unsupported` or `Interrupted`. The way out is to write the data to another file.
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

    /// Flushes, then makes the file's content and all of its metadata durable, as
    /// [`sync_data`](MmioFile::sync_data) does for some of it.
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
        // A sync may move the stream, as any call through `get_mut` may.
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
