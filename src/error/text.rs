//! The text of each [`MmioError`]: what failed, where, and the cause.

use std::fmt;
use std::io::SeekFrom;

use crate::MmioError;

impl fmt::Display for MmioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotOpen { path, source } if path.as_os_str().is_empty() => {
                write!(f, "cannot open the file: {source}")
            }
            Self::CannotOpen { path, source } => {
                write!(f, "cannot open {}: {source}", path.display())
            }
            Self::SharingViolation { path } => write!(f, "{} is in use elsewhere", path.display()),
            Self::AccessDenied { offset, attempted } => {
                write!(f, "cannot {attempted} at offset {offset}: the file was not opened for it")
            }
            Self::CannotRead { offset, source } => {
                write!(f, "cannot read at offset {offset}: {source}")
            }
            Self::CannotWrite { offset, unwritten, source } => {
                write!(f, "cannot write at offset {offset}: {source}")?;
                match unwritten {
                    0 => Ok(()),
                    1 => f.write_str("; 1 byte is kept unwritten"),
                    n => write!(f, "; {n} bytes are kept unwritten"),
                }
            }
            Self::CannotSeek { target, source } => {
                write!(f, "cannot seek to {}: {source}", Place(*target))
            }
            Self::CannotExpand { len, source } => {
                write!(f, "cannot set the length of the file to {len} bytes: {source}")
            }
            Self::CannotSync { source } => write!(f, "cannot sync the file: {source}"),
            Self::InvalidRange { start, end } if end < start => {
                write!(f, "the range {start}..{end} ends before it starts")
            }
            Self::InvalidRange { start, end } => {
                write!(f, "the range {start}..{end} reaches past the end of the file")
            }
            Self::OutOfMemory { capacity } => {
                write!(f, "no memory for a buffer of {capacity} bytes")
            }
            Self::Unbuffered => f.write_str("the call needs a buffer, and the file has none"),
            Self::ChunkNotFound { offset } => write!(
                f,
                "there is no such chunk between offset {offset} and the end of its parent"
            ),
            Self::ChunkTooLong { offset, len } => write!(
                f,
                "the chunk at offset {offset} is {len} bytes long, more than its size field holds"
            ),
            Self::NotAtEnd { offset, len } => write!(
                f,
                "{len} bytes that are not part of the RIFF follow its last chunk at offset {offset}"
            ),
            #[cfg(feature = "journal")]
            Self::JournalForeign { path } if path.as_os_str().is_empty() => {
                f.write_str("the journal is not a journal of this file")
            }
            #[cfg(feature = "journal")]
            Self::JournalForeign { path } => {
                write!(f, "{} is not a journal of the file beside it", path.display())
            }
            #[cfg(feature = "journal")]
            Self::CommitUnapplied { source } => {
                write!(f, "the commit is made, but could not be applied: {source}")
            }
            #[cfg(feature = "journal")]
            Self::CommitInDoubt { source } => {
                write!(f, "it is in doubt whether the commit is made: {source}")
            }
            #[cfg(feature = "tokio")]
            Self::ViewTooLarge { capacity } => {
                write!(f, "what the view needs does not fit the buffer of {capacity} bytes")
            }
            Self::InvalidFile { offset, reason } => {
                write!(f, "invalid file: {reason} at offset {offset}")
            }
        }
    }
}

/// A target of a seek, in words.
struct Place(SeekFrom);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (distance, origin) = match self.0 {
            SeekFrom::Start(offset) => return write!(f, "offset {offset}"),
            SeekFrom::Current(0) => return f.write_str("the stream's own position"),
            SeekFrom::End(0) => return f.write_str("the end"),
            SeekFrom::Current(distance) => (distance, "the position"),
            SeekFrom::End(distance) => (distance, "the end"),
        };
        let side = if distance < 0 { "before" } else { "after" };
        write!(f, "{} bytes {side} {origin}", distance.unsigned_abs())
    }
}
