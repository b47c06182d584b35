//! [`OpenOptions`]: what can be chosen when a file is opened.

use std::fs;

use crate::Sharing;
use crate::file::DEFAULT_CAPACITY;
use crate::positioned_file::MAX_LEN;
use crate::rules::Rules;
#[cfg(doc)]
use crate::{MmioError, MmioFile};

/// How a file is opened.
///
/// This is [`std::fs::OpenOptions`], with the same meaning and the same invalid combinations, plus
/// the buffer's [capacity](OpenOptions::capacity) and the [sharing](OpenOptions::sharing). Options
/// that only one platform has are set on [std's](OpenOptions::as_std_mut).
///
/// # Examples
///
/// ```
/// use std::io::Write;
/// use mmio_file::{MmioFile, Sharing};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let dir = tempfile::tempdir()?;
/// # let path = dir.path().join("log");
/// let mut file = MmioFile::options()
///     .write(true)
///     .create(true)
///     .truncate(true)
///     .capacity(1024 * 1024)
///     .sharing(Sharing::DenyWrite)
///     .open(&path)?;
/// file.write_all(b"begin\n")?;
/// file.close()?;
/// assert_eq!(std::fs::read(&path)?, b"begin\n");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct OpenOptions {
    pub(super) rules: Rules,
    pub(super) truncate: bool,
    pub(super) capacity: usize,
    pub(super) sharing: Sharing,
    pub(super) deferred_flush: bool,
    pub(super) sole_owner: bool,
    /// Creation, and what was set through `as_std_mut`. Access and truncation are set when the file
    /// is opened.
    pub(super) std: fs::OpenOptions,
}

impl OpenOptions {
    /// Creates a set of options that allow nothing yet. The buffer has 64 KiB, and the sharing is
    /// [`Sharing::DenyNone`].
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("new");
    /// use mmio_file::OpenOptions;
    ///
    /// let error = OpenOptions::new().open(&path).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    /// # Ok::<_, std::io::Error>(())
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self {
            rules: Rules { may_read: false, may_write: false, max_len: MAX_LEN },
            truncate: false,
            capacity: DEFAULT_CAPACITY,
            sharing: Sharing::default(),
            deferred_flush: false,
            sole_owner: false,
            std: fs::OpenOptions::new(),
        }
    }

    /// Whether the file may be read. If not, a read is refused at once, with
    /// [`MmioError::AccessDenied`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Read;
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("file");
    /// # std::fs::write(&path, "content")?;
    /// use mmio_file::MmioFile;
    ///
    /// let mut file = MmioFile::options().write(true).open(&path)?;
    /// assert!(file.read(&mut [0]).is_err());
    ///
    /// let mut file = MmioFile::options().read(true).open(&path)?;
    /// assert_eq!(std::io::read_to_string(file)?, "content");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn read(&mut self, read: bool) -> &mut Self {
        self.rules.may_read = read;
        self
    }

    /// Whether the file may be written. If not, a write is refused at once, with
    /// [`MmioError::AccessDenied`], and not at the flush.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("file");
    /// # std::fs::write(&path, "content")?;
    /// use mmio_file::MmioFile;
    ///
    /// let mut file = MmioFile::options().read(true).open(&path)?;
    /// assert!(file.write(b"C").is_err());
    ///
    /// let mut file = MmioFile::options().write(true).open(&path)?;
    /// file.write_all(b"C")?;
    /// file.close()?;
    /// assert_eq!(std::fs::read(&path)?, b"Content");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn write(&mut self, write: bool) -> &mut Self {
        self.rules.may_write = write;
        self
    }

    /// Whether a file that does not exist is created. Needs [`write`](OpenOptions::write): without
    /// it, opening fails with `InvalidInput`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("file");
    /// use mmio_file::MmioFile;
    ///
    /// assert!(MmioFile::options().write(true).open(&path).is_err());
    /// MmioFile::options().write(true).create(true).open(&path)?;
    /// assert!(path.exists());
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn create(&mut self, create: bool) -> &mut Self {
        self.std.create(create);
        self
    }

    /// Whether the file is created, and must not exist. If set, `create` and `truncate` are ignored.
    /// Needs [`write`](OpenOptions::write): without it, opening fails with `InvalidInput`.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("file");
    /// use mmio_file::MmioFile;
    ///
    /// MmioFile::options().write(true).create_new(true).open(&path)?;
    /// assert!(MmioFile::options().write(true).create_new(true).open(&path).is_err());
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn create_new(&mut self, create_new: bool) -> &mut Self {
        self.std.create_new(create_new);
        self
    }

    /// Whether a file that exists is truncated to 0 bytes. Needs [`write`](OpenOptions::write):
    /// without it, opening fails with `InvalidInput`.
    ///
    /// The file is truncated last, so one that can't be opened, or that another program holds,
    /// keeps its bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("file");
    /// # std::fs::write(&path, "content")?;
    /// use mmio_file::MmioFile;
    ///
    /// MmioFile::options().write(true).truncate(true).open(&path)?;
    /// assert_eq!(std::fs::read(&path)?, b"");
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn truncate(&mut self, truncate: bool) -> &mut Self {
        self.truncate = truncate;
        self
    }

    /// The capacity of the buffer in bytes, rounded up as by
    /// [`with_capacity`](MmioFile::with_capacity). With 0, there is no buffer.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("file");
    /// # std::fs::write(&path, "content")?;
    /// use mmio_file::MmioFile;
    ///
    /// let file = MmioFile::options().read(true).capacity(1024 * 1024).open(&path)?;
    /// assert_eq!(file.capacity(), 1024 * 1024);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn capacity(&mut self, capacity: usize) -> &mut Self {
        self.capacity = capacity;
        self
    }

    /// Whether [`Write::flush`](std::io::Write::flush) only returns `Ok`.
    /// [`MmioFile::set_deferred_flush`] describes what that gives up.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("file");
    /// let mut options = MmioFile::options();
    /// let mut file = options.write(true).create_new(true).deferred_flush(true).open(&path)?;
    /// file.write_all(b"abc")?;
    /// Write::flush(&mut file)?;
    /// assert!(file.is_dirty());
    /// file.close()?;
    /// assert_eq!(std::fs::read(&path)?, b"abc");
    /// # Ok(())
    /// # }
    /// ```
    pub fn deferred_flush(&mut self, deferred_flush: bool) -> &mut Self {
        self.deferred_flush = deferred_flush;
        self
    }

    /// Promises that nothing else changes the file's length, so that the system is asked for the end
    /// only once. [`MmioFile::set_sole_owner`] describes what happens if that is not true.
    ///
    /// [`Sharing::Exclusive`] implies it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Seek, SeekFrom, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("file");
    /// let mut options = MmioFile::options();
    /// let mut file = options.write(true).create_new(true).sole_owner(true).open(&path)?;
    /// file.write_all(b"abc")?;
    /// assert_eq!(file.seek(SeekFrom::End(0))?, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn sole_owner(&mut self, sole_owner: bool) -> &mut Self {
        self.sole_owner = sole_owner;
        self
    }

    /// What others may do with the file while it is open.
    ///
    /// # Examples
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("file");
    /// # std::fs::write(&path, "content")?;
    /// use mmio_file::{MmioFile, Sharing};
    ///
    /// let mut options = MmioFile::options();
    /// options.read(true).sharing(Sharing::DenyWrite);
    /// let reader = options.open(&path)?;
    /// let another = options.open(&path)?;
    /// assert!(options.write(true).open(&path).is_err());
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn sharing(&mut self, sharing: Sharing) -> &mut Self {
        self.sharing = sharing;
        self
    }

    /// The options of std, for what only one platform has: `mode` and `custom_flags` on Unix,
    /// `share_mode` on Windows.
    ///
    /// `read`, `write` and `truncate` have no effect there: set them on this type. Do not set
    /// `append`. It moves every write to the end of the file, so what is flushed arrives in the wrong
    /// place, and no error is reported.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)]
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    /// use mmio_file::MmioFile;
    ///
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("secret");
    /// let mut options = MmioFile::options();
    /// options.write(true).create_new(true);
    /// options.as_std_mut().mode(0o600);
    /// let file = options.open(&path)?;
    /// let mode = file.get_ref().get_ref().metadata()?.permissions().mode();
    /// assert_eq!(mode & 0o777, 0o600);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(unix))]
    /// # fn main() {}
    /// ```
    pub fn as_std_mut(&mut self) -> &mut fs::OpenOptions {
        &mut self.std
    }

    /// Replaces a capacity of 0 by that of the smallest buffer.
    #[cfg(feature = "tokio")]
    pub(crate) fn buffered(&mut self) -> &mut Self {
        self.capacity = self.capacity.max(1);
        self
    }
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}
