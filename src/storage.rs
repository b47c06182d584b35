//! [`Storage`]: streams that can be cut to a length and made durable.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read, Seek, Write};
use std::sync::Arc;

use crate::{MmioFile, PositionedFile, ReadOnly, WriteOnly};

/// A stream whose length can be set, and which can be asked to make its bytes durable.
///
/// It is what [`MmioFile`](crate::MmioFile) needs for `set_len`, `sync_data` and `sync_all`. It can
/// be made into an object: where the program chooses at run time what it works on, that is a
/// `Box<dyn Storage + Send>`.
///
/// No method has a default, because a default could only say that all is well.
///
/// # Examples
///
/// A file, or memory, as the caller likes:
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
    /// Makes the storage `len` bytes long: what lies beyond is gone for good, growth is zeros.
    ///
    /// The position stays where it is, even if that is beyond the new end.
    ///
    /// # Errors
    ///
    /// That of the storage: it can't be this long, or must not be written. It is as long as before.
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

    /// Makes durable what was written, and of what is known about it as much as is needed to read it
    /// back, such as the length.
    ///
    /// # Errors
    ///
    /// That of the storage. What was written may be lost, even if a later call succeeds.
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

    /// Makes durable what was written, and all that is known about it, such as the time of the
    /// change.
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

/// A file of the system, and what leads to one, have that file do the work.
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
    /// Every `&File` to one file shares its cursor: no other may be used beside a buffered one.
    &File,
    /// Every clone of the `Arc` shares the file's cursor: no other may be used beside a buffered one.
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

/// Its length can't be set, as nothing of it can be written; a sync has nothing to do.
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

/// Code that works on any [`Storage`] can be given a buffered one. A sync flushes first.
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
