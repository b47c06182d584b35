//! [`Sharing`]: what others may do with a file while it is open.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

/// What others may do with a file while it is open: `MMIO_DENYNONE`, `MMIO_DENYWRITE` and
/// `MMIO_EXCLUSIVE` of the Windows services.
///
/// If another handle holds the file in a way that excludes this one, opening fails at once with
/// [`SharingViolation`](crate::MmioError::SharingViolation). No call waits, and the file is
/// untouched: truncation happens after the lock is acquired.
///
/// # On Unix
///
/// The lock is advisory: it binds only programs that ask for it. `Exclusive`, and `DenyWrite` when opening for
/// writing, take the exclusive lock of [`File::try_lock`](std::fs::File::try_lock); `DenyWrite` when
/// opening only for reading takes the shared one. So among the handles opened with one of these two, there is
/// either one writer or any number of readers.
///
/// It does not affect a handle that was opened with `DenyNone` or `std::fs::File`, or by a program that
/// takes no such lock or one of another kind, such as `fcntl`'s. It does not keep the file from being
/// renamed or removed, either. Another handle may take the lock after the file is opened and before it is
/// locked. Then opening fails with the violation, and `create` may have made an empty file. Over a
/// network, the lock is as good as the file system's.
///
/// The lock belongs to the open file. A [clone](std::fs::File::try_clone), and the
/// [`File`](std::fs::File) that [`into_file`](crate::PositionedFile::into_file) returns, share it,
/// and it ends when the last of them is closed. A child process that is being started holds it, too,
/// for a moment. On a file system without locks, opening with one fails.
///
/// # On Windows
///
/// The system enforces the share mode against every program. With `Exclusive`, no other handle can be
/// opened; with `DenyWrite`, only one for reading. In return, opening fails if a handle that would be
/// denied is open already.
///
/// # Examples
///
/// ```
/// use mmio_file::{MmioError, MmioFile, Sharing};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("take.wav");
/// let mut options = MmioFile::options();
/// options.read(true).write(true).create(true).sharing(Sharing::Exclusive);
///
/// let file = options.open(&path)?;
/// let error = options.open(&path).unwrap_err();
/// assert!(matches!(error, MmioError::SharingViolation { .. }));
///
/// file.close()?;
/// assert!(options.open(&path).is_ok());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Sharing {
    /// Others may read and write.
    #[default]
    DenyNone,
    /// Others may read, and not write.
    DenyWrite,
    /// Others may do nothing.
    Exclusive,
}

impl Sharing {
    /// Opens and locks a file; `WouldBlock` if another handle excludes it.
    #[cfg(not(windows))]
    pub(crate) fn open(
        self,
        path: &Path,
        options: &OpenOptions,
        write: bool,
    ) -> Result<File, TryLockError> {
        let file = options.open(path).map_err(TryLockError::Error)?;
        match self {
            Self::DenyNone => {}
            Self::DenyWrite if !write => file.try_lock_shared()?,
            Self::DenyWrite | Self::Exclusive => file.try_lock()?,
        }
        Ok(file)
    }

    /// Opens and locks a file; `WouldBlock` if another handle excludes it.
    #[cfg(windows)]
    pub(crate) fn open(
        self,
        path: &Path,
        options: &OpenOptions,
        _: bool,
    ) -> Result<File, TryLockError> {
        use std::io::ErrorKind;
        use std::os::windows::fs::OpenOptionsExt;

        const FILE_SHARE_READ: u32 = 1;
        const ERROR_SHARING_VIOLATION: i32 = 32;

        let mut options = options.clone();
        match self {
            Self::DenyNone => &mut options,
            Self::DenyWrite => options.share_mode(FILE_SHARE_READ),
            Self::Exclusive => options.share_mode(0),
        }
        .open(path)
        .map_err(|error| {
            if error.raw_os_error() == Some(ERROR_SHARING_VIOLATION) {
                TryLockError::WouldBlock
            } else if error.kind() == ErrorKind::PermissionDenied && path.is_dir() {
                // Windows reports this for every folder; other systems say that it is one.
                TryLockError::Error(ErrorKind::IsADirectory.into())
            } else {
                TryLockError::Error(error)
            }
        })
    }
}
