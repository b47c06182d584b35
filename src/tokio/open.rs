//! Opening files: [`MmioFile::open`] and its kin.

use std::io;
use std::path::Path;

use ::tokio::task::spawn_blocking;

use super::{MmioFile, PositionedFile};
use crate::{MmioError, OpenOptions};

impl MmioFile<PositionedFile> {
    /// Opens a file for reading, with a buffer of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("abc");
    /// std::fs::write(&path, b"abc")?;
    /// let mut file = MmioFile::open(&path).await?;
    /// let mut bytes = [0; 3];
    /// file.read_exact(&mut bytes).await?;
    /// assert_eq!(&bytes, b"abc");
    ///
    /// let error = file.write_all(b"d").await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, MmioError> {
        Self::open_with(path, OpenOptions::new().read(true)).await
    }

    /// Opens an existing file for reading and writing, with a buffer of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("abc");
    /// std::fs::write(&path, b"abc")?;
    /// let mut file = MmioFile::open_rw(&path).await?;
    /// file.write_all(b"A").await?;
    /// file.close().await?;
    /// assert_eq!(std::fs::read(&path)?, b"Abc");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn open_rw(path: impl AsRef<Path>) -> Result<Self, MmioError> {
        Self::open_with(path, OpenOptions::new().read(true).write(true)).await
    }

    /// Creates a file, or truncates an existing one to 0 bytes, for reading and writing, with a buffer of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("new");
    /// let mut file = MmioFile::create(&path).await?;
    /// file.write_all(b"new").await?;
    /// file.close().await?;
    /// assert_eq!(std::fs::read(&path)?, b"new");
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn create(path: impl AsRef<Path>) -> Result<Self, MmioError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true);
        Self::open_with(path, &options).await
    }

    /// Creates a file that must not exist, for reading and writing, with a buffer of 64 KiB.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`]. If something exists at `path`, the kind is `AlreadyExists`.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("new");
    /// MmioFile::create_new(&path).await?.close().await?;
    /// let error = MmioFile::create_new(&path).await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::AlreadyExists);
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn create_new(path: impl AsRef<Path>) -> Result<Self, MmioError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        Self::open_with(path, &options).await
    }

    /// Opens a file with `options`: another capacity, or a lock, for example.
    ///
    /// If the future is dropped, the file may still be created or truncated, and is closed.
    ///
    /// # Errors
    ///
    /// Those of [`OpenOptions::open`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::{OpenOptions, Sharing, tokio::MmioFile};
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = tempfile::tempdir()?;
    /// # let path = folder.path().join("held");
    /// let mut options = OpenOptions::new();
    /// options.read(true).write(true).create(true).sharing(Sharing::Exclusive).capacity(1024 * 1024);
    /// let file = MmioFile::open_with(&path, &options).await?;
    /// assert_eq!(file.capacity(), 1024 * 1024);
    /// assert!(MmioFile::open_with(&path, &options).await.is_err());
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn open_with(
        path: impl AsRef<Path>,
        options: &OpenOptions,
    ) -> Result<Self, MmioError> {
        let path = path.as_ref().to_path_buf();
        let mut options = options.clone();
        let thread = {
            let path = path.clone();
            spawn_blocking(move || options.buffered().open(path))
        };
        match thread.await {
            Ok(opened) => {
                let (stream, buffer) = opened?.into_stream_and_buffer();
                Ok(Self::with_buffer(buffer, stream.into()))
            }
            // The runtime is being shut down.
            Err(error) => Err(MmioError::CannotOpen { path, source: io::Error::other(error) }),
        }
    }
}
