//! Which calls the file's mode and its greatest length allow. Every front end asks here.

use std::io::ErrorKind;

use crate::MmioError;
use crate::buffer::PageBuffer;

impl PageBuffer {
    /// Refuses to read where the mode in which the file was opened does.
    pub(crate) fn allow_reading(&self) -> Result<(), MmioError> {
        self.allow_reading_at(self.position())
    }

    /// Refuses to write where the mode in which the file was opened does.
    pub(crate) fn allow_writing(&self) -> Result<(), MmioError> {
        self.allow_writing_at(self.position())
    }

    /// The same, for a call that says where.
    pub(crate) fn allow_reading_at(&self, offset: u64) -> Result<(), MmioError> {
        allow(self.rules().may_read, offset, "read")
    }

    /// The same, for a call that says where.
    pub(crate) fn allow_writing_at(&self, offset: u64) -> Result<(), MmioError> {
        allow(self.rules().may_write, offset, "write")
    }

    /// Refuses what would make the file longer than a file can be.
    pub(crate) fn allow_end(&self, end: Option<u64>) -> Result<(), MmioError> {
        match end {
            Some(end) if end <= self.rules().max_len => Ok(()),
            _ => {
                let source = ErrorKind::FileTooLarge.into();
                Err(MmioError::CannotExpand { len: end.unwrap_or(u64::MAX), source })
            }
        }
    }

    /// Completes an error of a port with what only the buffer knows.
    pub(crate) fn with_unwritten(&self, error: MmioError) -> MmioError {
        match error {
            MmioError::CannotWrite { offset, source, .. } => {
                MmioError::CannotWrite { offset, unwritten: self.dirty_len(), source }
            }
            other => other,
        }
    }
}

fn allow(allowed: bool, offset: u64, attempted: &'static str) -> Result<(), MmioError> {
    if allowed { Ok(()) } else { Err(MmioError::AccessDenied { offset, attempted }) }
}
