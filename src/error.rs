//! [`MmioError`]: what went wrong and where, and the number Windows has for it.

mod text;

use std::error::Error;
use std::io::{self, ErrorKind, SeekFrom};
use std::path::PathBuf;

/// Why a call failed, where, and with what cause.
///
/// The text includes the path or the offset, in bytes from the start of the file, and the cause, because
/// most programs print an error without its chain. So [`io_error`](MmioError::io_error) is the cause, and
/// [`source`](Error::source) is the cause's own source.
///
/// The methods of the `std::io` traits return it inside an [`io::Error`], which keeps its kind. (Two
/// errors are std's own: invalid UTF-8 is `InvalidData`, and a vector that can't grow is
/// `OutOfMemory`.) [`from_io`](MmioError::from_io) borrows it from there, and `downcast` takes it
/// out. Only it has the [system's number for the cause](MmioError::raw_os_error). Not every
/// [`io::Error`] holds an `MmioError`, so a function that calls methods of both kinds returns an
/// `io::Result`, or a `Result` with a `Box<dyn Error>`; `?` converts. [`read_at`](crate::MmioFile::read_at) and its kin
/// return an [`io::Error`], too.
///
/// | variant | [`ErrorKind`] | [`mmio_code`](MmioError::mmio_code) |
/// |---|---|---|
/// | `CannotOpen` | the source's | 257 not found, 268 permission denied, 271 too many open files, else 259 |
/// | `SharingViolation` | `ResourceBusy` | 269 |
/// | `AccessDenied` | `PermissionDenied` | 268 |
/// | `CannotRead` | the source's | 261 |
/// | `CannotWrite` | the source's | 262 |
/// | `CannotSeek` | the source's | 263 |
/// | `CannotExpand` | the source's | 264 |
/// | `CannotSync` | the source's | 262 |
/// | `InvalidRange` | `InvalidInput` | 263 |
/// | `OutOfMemory` | `OutOfMemory` | 258 |
/// | `Unbuffered` | `Unsupported` | 266 |
/// | `ChunkNotFound` | `NotFound` | 265 |
/// | `ChunkTooLong` | `FileTooLarge` | 264 |
/// | `NotAtEnd` | `InvalidData` | 272 |
/// | `InvalidFile` | `InvalidData` | 272 |
/// | `JournalForeign` (feature `journal`) | `InvalidData` | 272 |
/// | `CommitUnapplied`, `CommitInDoubt` (feature `journal`) | the source's | 262 |
/// | `ViewTooLarge` (feature `tokio`) | `OutOfMemory` | 258 |
///
/// # Examples
///
/// ```
/// use std::io::{self, Cursor, Seek, SeekFrom};
/// use mmio_file::{MmioError, MmioFile};
///
/// let mut file = MmioFile::new(Cursor::new(vec![0; 8]));
/// let error = file.seek(SeekFrom::Current(-1)).unwrap_err();
/// assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
///
/// let error: MmioError = error.downcast().unwrap();
/// assert!(matches!(error, MmioError::CannotSeek { .. }));
/// assert_eq!(error.mmio_code(), 263);
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum MmioError {
    /// The file could not be opened.
    #[non_exhaustive]
    CannotOpen {
        /// The path as it was given.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },

    /// Another handle holds the file in a way that excludes this one.
    #[non_exhaustive]
    SharingViolation {
        /// The path as it was given.
        path: PathBuf,
    },

    /// The mode in which the file was opened forbids the call.
    #[non_exhaustive]
    AccessDenied {
        /// Where the position was.
        offset: u64,
        /// The operation: `"read"` or `"write"`; with the feature `journal` also `"commit"` or `"roll back"`.
        attempted: &'static str,
    },

    /// The stream failed to read, or it ends too early.
    #[non_exhaustive]
    CannotRead {
        /// Where the read on the stream begins.
        offset: u64,
        /// The error of the stream.
        source: io::Error,
    },

    /// The stream failed to write. The buffer keeps the bytes that the stream did not accept.
    #[non_exhaustive]
    CannotWrite {
        /// Where the write on the stream begins, which is not always where the program last wrote; the
        /// position, if the stream's own flush failed.
        offset: u64,
        /// How many bytes the buffer keeps, which the next flush writes; a call that stopped midway may
        /// have had more to write. 0 if the buffer keeps none: the stream's own flush failed, or a write
        /// that went around the buffer, or the edit is rolled back.
        unwritten: u64,
        /// The error of the stream.
        source: io::Error,
    },

    /// The stream could not be moved to a position, or could not report its own.
    #[non_exhaustive]
    CannotSeek {
        /// The target of the seek. [`SeekFrom::Current(0)`](SeekFrom::Current) asks for the
        /// stream's position.
        target: SeekFrom,
        /// The stream's error, or why the number can't be a position.
        source: io::Error,
    },

    /// The file can't be made this long.
    #[non_exhaustive]
    CannotExpand {
        /// The length in bytes that was needed.
        len: u64,
        /// The stream's error, or why the number can't be a length.
        source: io::Error,
    },

    /// The stream has the bytes, but could not make them durable.
    #[non_exhaustive]
    CannotSync {
        /// The error of the stream.
        source: io::Error,
    },

    /// The range ends before it starts, or reaches past the end of the file.
    #[non_exhaustive]
    InvalidRange {
        /// Where the range starts, in bytes from the start of the file.
        start: u64,
        /// Where it ends.
        end: u64,
    },

    /// There is no memory for a buffer of that size.
    #[non_exhaustive]
    OutOfMemory {
        /// The capacity that was asked for, in bytes.
        capacity: usize,
    },

    /// A call needs the buffer, and the file has none.
    Unbuffered,

    /// The parent or the file has no such chunk after the position.
    #[non_exhaustive]
    ChunkNotFound {
        /// Where the search began.
        offset: u64,
    },

    /// The chunk has outgrown its size field.
    #[non_exhaustive]
    ChunkTooLong {
        /// Where the chunk's header begins.
        offset: u64,
        /// How many bytes of data it has, or would have.
        len: u64,
    },

    /// The file at the journal's name is not a journal, or it is the journal of another file or version.
    #[cfg(feature = "journal")]
    #[non_exhaustive]
    JournalForeign {
        /// The path of the journal; empty for a storage without a name.
        path: PathBuf,
    },

    /// The commit is durable in the journal, but could not be applied to the file.
    #[cfg(feature = "journal")]
    #[non_exhaustive]
    CommitUnapplied {
        /// The error of the file or of the journal.
        source: io::Error,
    },

    /// The commit may or may not be durable in the journal.
    #[cfg(feature = "journal")]
    #[non_exhaustive]
    CommitInDoubt {
        /// The journal's error.
        source: io::Error,
    },

    /// A view of an async file needs more pages than the buffer has.
    #[cfg(feature = "tokio")]
    #[non_exhaustive]
    ViewTooLarge {
        /// The capacity of the buffer in bytes.
        capacity: usize,
    },

    /// Appending a chunk would overwrite bytes that follow the last one.
    #[non_exhaustive]
    NotAtEnd {
        /// Where they begin.
        offset: u64,
        /// How many bytes there are up to the end of the file.
        len: u64,
    },

    /// The content of the file is invalid.
    #[non_exhaustive]
    InvalidFile {
        /// The offset of what is invalid.
        offset: u64,
        /// What is wrong there.
        reason: &'static str,
    },
}

impl MmioError {
    /// The `MmioError` inside an [`io::Error`], if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Read};
    /// use mmio_file::{MmioError, MmioFile};
    ///
    /// let mut file = MmioFile::new(Cursor::new(vec![0; 8]));
    /// let error = file.read_exact(&mut [0; 9]).unwrap_err();
    /// assert!(matches!(MmioError::from_io(&error), Some(MmioError::CannotRead { offset: 8, .. })));
    ///
    /// let error = std::fs::File::open("no such file").unwrap_err();
    /// assert!(MmioError::from_io(&error).is_none());
    /// ```
    #[must_use]
    pub fn from_io(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// The number that the Windows services have for this error: `MMIOERR_*` of `mmsystem.h`.
    #[must_use]
    pub fn mmio_code(&self) -> u32 {
        match self {
            Self::CannotOpen { source, .. } => match source.kind() {
                ErrorKind::NotFound => 257,
                ErrorKind::PermissionDenied => 268,
                _ if is_too_many_open_files(source) => 271,
                _ => 259,
            },
            Self::OutOfMemory { .. } => 258,
            Self::CannotRead { .. } => 261,
            Self::CannotWrite { .. } | Self::CannotSync { .. } => 262,
            Self::CannotSeek { .. } | Self::InvalidRange { .. } => 263,
            Self::CannotExpand { .. } | Self::ChunkTooLong { .. } => 264,
            Self::ChunkNotFound { .. } => 265,
            Self::Unbuffered => 266,
            Self::AccessDenied { .. } => 268,
            Self::SharingViolation { .. } => 269,
            #[cfg(feature = "journal")]
            Self::CommitUnapplied { .. } | Self::CommitInDoubt { .. } => 262,
            #[cfg(feature = "journal")]
            Self::JournalForeign { .. } => 272,
            #[cfg(feature = "tokio")]
            Self::ViewTooLarge { .. } => 258,
            Self::NotAtEnd { .. } | Self::InvalidFile { .. } => 272,
        }
    }

    /// The cause, if the stream or the system gave one. This error's text includes the cause's.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use mmio_file::MmioFile;
    ///
    /// let error = MmioFile::open("no such file").unwrap_err();
    /// assert_eq!(error.io_error().unwrap().kind(), ErrorKind::NotFound);
    /// ```
    #[must_use]
    pub fn io_error(&self) -> Option<&io::Error> {
        match self {
            Self::CannotOpen { source, .. }
            | Self::CannotRead { source, .. }
            | Self::CannotWrite { source, .. }
            | Self::CannotSeek { source, .. }
            | Self::CannotExpand { source, .. }
            | Self::CannotSync { source } => Some(source),
            #[cfg(feature = "journal")]
            Self::CommitUnapplied { source } | Self::CommitInDoubt { source } => Some(source),
            #[cfg(feature = "journal")]
            Self::JournalForeign { .. } => None,
            #[cfg(feature = "tokio")]
            Self::ViewTooLarge { .. } => None,
            Self::SharingViolation { .. }
            | Self::AccessDenied { .. }
            | Self::InvalidRange { .. }
            | Self::OutOfMemory { .. }
            | Self::Unbuffered
            | Self::ChunkNotFound { .. }
            | Self::ChunkTooLong { .. }
            | Self::NotAtEnd { .. }
            | Self::InvalidFile { .. } => None,
        }
    }

    /// The system's number for the cause (`errno` on Unix), where there is one.
    ///
    /// An [`io::Error`] made from this error returns `None` from its own `raw_os_error`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use mmio_file::{MmioError, MmioFile};
    ///
    /// let error = io::Error::from(MmioFile::open("no such file").unwrap_err());
    /// assert_eq!(error.raw_os_error(), None);
    ///
    /// assert!(MmioError::from_io(&error).unwrap().raw_os_error().is_some());
    /// ```
    #[must_use]
    pub fn raw_os_error(&self) -> Option<i32> {
        self.io_error()?.raw_os_error()
    }

    /// The kind this has as an [`io::Error`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    /// use mmio_file::MmioFile;
    ///
    /// assert_eq!(MmioFile::open("no such file").unwrap_err().kind(), ErrorKind::NotFound);
    /// ```
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::SharingViolation { .. } => ErrorKind::ResourceBusy,
            Self::AccessDenied { .. } => ErrorKind::PermissionDenied,
            Self::InvalidRange { .. } => ErrorKind::InvalidInput,
            Self::OutOfMemory { .. } => ErrorKind::OutOfMemory,
            Self::Unbuffered => ErrorKind::Unsupported,
            Self::ChunkNotFound { .. } => ErrorKind::NotFound,
            Self::ChunkTooLong { .. } => ErrorKind::FileTooLarge,
            Self::NotAtEnd { .. } | Self::InvalidFile { .. } => ErrorKind::InvalidData,
            #[cfg(feature = "journal")]
            Self::JournalForeign { .. } => ErrorKind::InvalidData,
            #[cfg(feature = "tokio")]
            Self::ViewTooLarge { .. } => ErrorKind::OutOfMemory,
            #[cfg(feature = "journal")]
            Self::CommitUnapplied { source } | Self::CommitInDoubt { source } => source.kind(),
            Self::CannotOpen { source, .. }
            | Self::CannotRead { source, .. }
            | Self::CannotWrite { source, .. }
            | Self::CannotSeek { source, .. }
            | Self::CannotExpand { source, .. }
            | Self::CannotSync { source } => source.kind(),
        }
    }
}

impl MmioError {
    /// A failed read whose cause is not the stream's.
    pub(crate) fn cannot_read(offset: u64, kind: ErrorKind) -> Self {
        Self::CannotRead { offset, source: kind.into() }
    }
}

impl Error for MmioError {
    /// The source of the cause; this error's text includes the cause's own.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.io_error()?.source()
    }
}

#[cfg(feature = "journal")]
impl MmioError {
    /// For a journal whose name is not known here.
    pub(crate) fn journal_foreign() -> Self {
        Self::JournalForeign { path: PathBuf::new() }
    }
}

impl From<MmioError> for io::Error {
    fn from(error: MmioError) -> Self {
        Self::new(error.kind(), error)
    }
}

/// `std` has no [`ErrorKind`] for this, so the system's own numbers are compared.
fn is_too_many_open_files(error: &io::Error) -> bool {
    // ENFILE and EMFILE are the same on every Unix; WASI has numbers of its own. Windows has
    // ERROR_TOO_MANY_OPEN_FILES.
    let numbers: &[i32] = if cfg!(windows) {
        &[4]
    } else if cfg!(target_os = "wasi") {
        &[41, 33]
    } else {
        &[23, 24]
    };
    error.raw_os_error().is_some_and(|number| numbers.contains(&number))
}

const _: () = assert!(size_of::<MmioError>() <= 40);
