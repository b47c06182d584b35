//! [`Storage`]: streams that can be truncated and made durable.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read, Seek, Write};
use std::sync::Arc;

use crate::{MmioFile, PositionedFile, ReadOnly, WriteOnly};

/// A stream whose length can be set, and whose bytes can be made durable.
///
/// [`MmioFile`](crate::MmioFile) needs it for `set_len`, `sync_data`, `sync_all`, `insert_range`
/// and `remove_range`. It is dyn compatible: a program that chooses its storage at run time uses a
/// `Box<dyn Storage + Send>`.
///
/// No method has a default, because a default could only pretend to succeed.
///
/// # Examples
///
/// A file or memory, chosen at run time:
///
/// ```
/// use std::io::{self, Cursor, Write};
/// use mmio_file::{MmioFile, PositionedFile, Storage};
///
/// fn open(in_memory: bool) -> io::Result<Box<dyn Storage + Send>> {
///     Ok(if in_memory {
///         Box::new(Cursor::new(Vec::new()))
///     } else {
///         Box::new(PositionedFile::new(tempfile::tempfile()?)?)
///     })
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// for in_memory in [true, false] {
///     let mut file = MmioFile::new(open(in_memory)?);
///     file.write_all(b"abc")?;
///     assert_eq!(file.stream_len()?, 3);
///     file.close()?;
/// }
/// # Ok(())
/// # }
/// ```
pub trait Storage: Read + Write + Seek {
    /// Makes the storage `len` bytes long. Bytes past the new end are gone for good; new bytes are
    /// zeros.
    ///
    /// The position does not move, even if it is past the new end.
    ///
    /// # Errors
    ///
    /// The storage can't be that long, or must not be written. Its length is unchanged.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::Storage;
    ///
    /// let mut storage = Cursor::new(b"abcdef".to_vec());
    /// storage.set_len(2)?;
    /// storage.set_len(4)?;
    /// assert_eq!(storage.into_inner(), b"ab\0\0");
    /// # Ok::<_, std::io::Error>(())
    /// ```
    fn set_len(&mut self, len: u64) -> io::Result<()>;

    /// Makes what was written durable, and as much of the metadata as is needed to read it back,
    /// such as the length.
    ///
    /// # Errors
    ///
    /// The storage's. What was written may be lost, even if a later call succeeds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use mmio_file::{PositionedFile, Storage};
    ///
    /// let mut storage = PositionedFile::new(tempfile::tempfile()?)?;
    /// storage.write_all(b"abc")?;
    /// storage.sync_data()?;
    /// # Ok::<_, std::io::Error>(())
    /// ```
    fn sync_data(&mut self) -> io::Result<()>;

    /// Makes what was written durable, and all of the metadata, such as the time of the change.
    ///
    /// # Errors
    ///
    /// Those of [`sync_data`](Storage::sync_data).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Write;
    /// use mmio_file::{PositionedFile, Storage};
    ///
    /// let mut storage = PositionedFile::new(tempfile::tempfile()?)?;
    /// storage.write_all(b"abc")?;
    /// storage.sync_all()?;
    /// # Ok::<_, std::io::Error>(())
    /// ```
    fn sync_all(&mut self) -> io::Result<()>;
}

/// For a file, and for types that point to one.
macro_rules! storage_of_a_file {
    ($($(#[$doc:meta])* $handle:ty),+ $(,)?) => {$(
        $(#[$doc])*
        impl Storage for $handle {
            fn set_len(&mut self, len: u64) -> io::Result<()> {
                File::set_len(self, len)
            }

            fn sync_data(&mut self) -> io::Result<()> {
                File::sync_data(self)
            }

            fn sync_all(&mut self) -> io::Result<()> {
                File::sync_all(self)
            }
        }
    )+};
}

storage_of_a_file! {
    File,
    /// All references to one file share its cursor. While one is buffered, do not read, write or
    /// seek through another.
    &File,
    /// All clones of the `Arc` share the file's cursor. While one is buffered, do not read, write or seek through
    /// another.
    Arc<File>,
}

impl Storage for PositionedFile {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.get_ref().set_len(len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.get_ref().sync_data()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.get_ref().sync_all()
    }
}

/// Memory is as durable as it will ever be, so a sync has nothing to do.
impl Storage for Cursor<Vec<u8>> {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        resize(self.get_mut(), len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Memory is as durable as it will ever be, so a sync has nothing to do.
impl Storage for Cursor<&mut Vec<u8>> {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        resize(self.get_mut(), len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn resize(bytes: &mut Vec<u8>, len: u64) -> io::Result<()> {
    let len = usize::try_from(len).map_err(|_| ErrorKind::OutOfMemory)?;
    bytes.try_reserve(len.saturating_sub(bytes.len()))?;
    bytes.resize(len, 0);
    Ok(())
}

impl<T: Storage + ?Sized> Storage for &mut T {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        (**self).set_len(len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        (**self).sync_data()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        (**self).sync_all()
    }
}

impl<T: Storage + ?Sized> Storage for Box<T> {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        (**self).set_len(len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        (**self).sync_data()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        (**self).sync_all()
    }
}

/// Its length can't be set, and a sync has nothing to do.
impl<R: Read + Seek> Storage for ReadOnly<R> {
    /// Refuses.
    ///
    /// # Errors
    ///
    /// [`PermissionDenied`](ErrorKind::PermissionDenied), always. The stream is not called.
    fn set_len(&mut self, _: u64) -> io::Result<()> {
        Err(Self::refusal())
    }

    fn sync_data(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Storage> Storage for WriteOnly<W> {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.get_mut().set_len(len)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.get_mut().sync_data()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.get_mut().sync_all()
    }
}

/// So code that works on any [`Storage`] takes a buffered one. A sync flushes first.
///
/// The errors are those of the [methods of the same names](MmioFile::set_len), as [`io::Error`]s.
impl<S: Storage> Storage for MmioFile<S> {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        Ok(Self::set_len(self, len)?)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        Ok(Self::sync_data(self)?)
    }

    fn sync_all(&mut self) -> io::Result<()> {
        Ok(Self::sync_all(self)?)
    }
}
