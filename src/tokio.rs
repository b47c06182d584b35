//! The same buffer over streams that are polled: anything that is tokio's `AsyncRead + AsyncWrite +
//! AsyncSeek`.
//!
//! This [`MmioFile`] is to async code what [`crate::MmioFile`] is to code that blocks: one buffer of
//! pages, one position, typed errors, and no byte lost if a write fails. Both share the code that
//! decides which bytes move. The stream below it may be a [`PositionedFile`], as [`MmioFile::open`]
//! makes it, tokio's [`File`](::tokio::fs::File), memory, or one of your own. [`MmioFile::with_view`]
//! lends the buffer to code that blocks, such as all of [`riff`](crate::riff).
//!
//! # When to use it
//!
//! Use it if a task reads and writes a file now and then, between other things that it waits for; if many
//! files are open at once; or if the stream itself is async. A hit in the buffer makes no call on the
//! stream.
//!
//! If a job works on a file from beginning to end, such as tagging or converting it, and waits for nothing
//! else, call [`spawn_blocking`](::tokio::task::spawn_blocking) once and use [`crate::MmioFile`] inside it.
//! That one flushes when it is dropped, and nothing in it has to be polled.
//!
//! The cost lies in the calls on the stream: each is made on another thread and waited for, which takes
//! tens of microseconds. To seek, read 64 bytes, seek back and write them takes some 50 ns if they are in
//! the buffer. It takes 1,000 times as long, or more, with tokio's `File`, with its `BufStream`, whose
//! buffers a seek drops, and with a `spawn_blocking` for each call. In one `spawn_blocking` around all of
//! the work it takes a quarter of the time. From beginning to end, tokio's `BufReader` and `BufWriter` are
//! as fast as this type, or a little faster. `docs/benchmarks.md` has the figures.
//!
//! # Hazards
//!
//! * **Dropping a file flushes nothing**, because `drop` can't wait. With the feature `log`, dropping a
//!   file with unwritten bytes logs how many there are. Call [`MmioFile::flush`] or [`MmioFile::close`],
//!   and check the result.
//! * **Methods that take `self` are not cancel safe.** If the future of `close` or `into_inner` is
//!   dropped, so is the file. If that may happen, `flush` first.
//! * **tokio's own extension methods stop midway** unless this type has one of the same name: a dropped
//!   `read_to_end` has read something, a dropped `write_all_buf` or `copy` has moved something.
//! * **A cancelled call may go on inside the stream**, such as a write on another thread. The next call
//!   on the file waits for it first.
//!
//! # Cancel safety
//!
//! A future of [`read_exact`](MmioFile::read_exact), [`write_all`](MmioFile::write_all),
//! [`seek`](MmioFile::seek), [`flush`](MmioFile::flush), [`set_len`](MmioFile::set_len),
//! [`sync_data`](MmioFile::sync_data), [`sync_all`](MmioFile::sync_all) or
//! [`with_view`](MmioFile::with_view) may be dropped at any time, and so may one of `AsyncReadExt::read` or
//! `AsyncWriteExt::write`. No byte that was accepted is lost or written to another place, and the position
//! is where it was before the call. A dropped `write_all` may have accepted any number of its first bytes,
//! like one that fails: the same call again writes them to the same place. Except for a sync, no call
//! reports the failure of one that was cancelled.
//!
//! # Examples
//!
//! ```
//! use std::io::{Cursor, SeekFrom};
//! use mmio_file::{FlushFlags, tokio::MmioFile};
//!
//! # async fn example() -> std::io::Result<()> {
//! let mut file = MmioFile::new(Cursor::new(Vec::new()));
//! file.write_all(b"size:????\ndata").await?;
//!
//! // Go back, patch, and read on.
//! file.seek(SeekFrom::Start(5)).await?;
//! file.write_all(b"0004").await?;
//! let mut rest = [0; 5];
//! file.read_exact(&mut rest).await?;
//! assert_eq!(&rest, b"\ndata");
//!
//! file.flush(FlushFlags::empty()).await?;
//! assert_eq!(file.get_ref().get_ref(), b"size:0004\ndata");
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
//! ```

// rustdoc lists the methods in the order of the modules.
mod open;

mod calls;
mod flush;
mod storage;
mod view;

mod close;

// What all of these are made of.
mod polls;
mod port;
mod positioned_file;
mod steps;

pub use close::CloseError;
pub use positioned_file::PositionedFile;
pub use storage::AsyncStorage;
pub use view::View;

use std::fmt;
use std::io::SeekFrom;

#[cfg(doc)]
use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite};

use crate::Unwritten;
use crate::buffer::{Arena, Geometry, PageBuffer};
use crate::file::{DEFAULT_CAPACITY, FailedSync};
use crate::rules::Rules;
use crate::transfer::{Goal, Transfer};
use port::Port;

/// A file that is read, written and seeked through one dirty-tracked buffer, over a stream that is polled.
///
/// It begins at the stream's own position, and keeps its own position from then on. Written bytes stay
/// in the buffer until it runs out of room, or until a [`flush`](MmioFile::flush). They stay dirty until
/// the stream's own flush has returned. A write never goes around the buffer.
///
/// It implements tokio's `AsyncRead`, `AsyncBufRead`, `AsyncWrite` and `AsyncSeek`, so everything built on
/// them works. Its own `read_exact`, `write_all`, `seek` and `flush` take precedence over those of the
/// extension traits, and are [cancel safe](self#cancel-safety). Dropping it flushes nothing.
///
/// A call that returns an error leaves the position where it was, and a byte that was accepted is kept until
/// the stream has written it. So if the disk is full, make room and make the same call again.
///
/// # Examples
///
/// ```
/// use mmio_file::{FlushFlags, tokio::MmioFile};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("count");
/// std::fs::write(&path, [41])?;
/// let mut file = MmioFile::open_rw(&path).await?;
/// let mut count = [0];
/// file.read_exact(&mut count).await?;
/// file.seek(std::io::SeekFrom::Start(0)).await?;
/// file.write_all(&[count[0] + 1]).await?;
/// file.close().await?;
/// assert_eq!(std::fs::read(&path)?, [42]);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
//
// # States
//
// | state | `transfer` | `target` | the port | a call that is made next |
// |---|---|---|---|---|
// | at rest | none | none | nothing under way, or something abandoned | begins |
// | on the way | to a goal | none | what the step asks for | goes on if it has the same goal; else gives up |
// | asking | none | none | a seek, a read around the buffer, or a flush | goes on if it asks the same of the port |
// | seeking | none | where to | a seek, if it needs one | goes on if it completes a seek; else forgets the target |
//
// # Invariants
//
// 1. While there is a transfer, only its steps change the buffer. Everything else that changes the buffer
//    or moves the position cancels it first (`give_up`), even a hit in the window. Otherwise, a flush that
//    was dropped would count bytes as written that were written to the buffer since.
// 2. Cancelling abandons the transfer and the port's call together, in one place, so neither is
//    left without the other.
// 3. The position moves in the poll that returns `Ready`, and not before. A call that moves it in
//    several polls holds a `Back`, which puts it back unless the call succeeds.
// 4. A target is forgotten when its seek fails, and when any other call is made.
pub struct MmioFile<S = PositionedFile> {
    buffer: PageBuffer,
    port: Port<S>,
    transfer: Option<(Goal, Transfer)>,
    target: Option<SeekFrom>,
    failed_sync: Option<FailedSync>,
}

impl<S> MmioFile<S> {
    /// Puts a buffer of 64 KiB over `stream`.
    ///
    /// The file begins at the stream's own position. The stream is asked for it once, by the first call
    /// that needs it; a seek to [`SeekFrom::Start`] does not.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// let file = MmioFile::new(Cursor::new(Vec::<u8>::new()));
    /// assert_eq!(file.capacity(), 64 * 1024);
    /// ```
    pub fn new(stream: S) -> Self {
        Self::with_capacity(DEFAULT_CAPACITY, stream)
    }

    /// Puts a buffer of at least `capacity` bytes over `stream`, rounded up to whole pages as
    /// [`crate::MmioFile::with_capacity`] rounds it. There always is a buffer: a capacity of 0 gives the
    /// smallest one.
    ///
    /// # Panics
    ///
    /// If the capacity exceeds [`isize::MAX`] bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// assert_eq!(MmioFile::with_capacity(5000, Cursor::new(Vec::<u8>::new())).capacity(), 5120);
    /// assert_eq!(MmioFile::with_capacity(0, Cursor::new(Vec::<u8>::new())).capacity(), 2);
    /// ```
    pub fn with_capacity(capacity: usize, stream: S) -> Self {
        Self::with_rules(capacity, stream, Rules::default())
    }

    /// Puts a buffer over a stream on which `rules` restrict what may be done.
    fn with_rules(capacity: usize, stream: S, rules: Rules) -> Self {
        // Without a buffer, the bytes of a cancelled write would be lost.
        let geometry = Geometry::of(capacity.max(1));
        let arena = Arena::new(geometry.memory());
        Self::with_buffer(PageBuffer::new(geometry, arena, None, rules), stream)
    }

    fn with_buffer(buffer: PageBuffer, stream: S) -> Self {
        Self { buffer, port: Port::new(stream), transfer: None, target: None, failed_sync: None }
    }

    /// The size of the buffer in bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// assert_eq!(MmioFile::with_capacity(100_000, Cursor::new(Vec::<u8>::new())).capacity(), 25 * 4096);
    /// ```
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.buffer.capacity()
    }

    /// Whether there are bytes that the stream has not written.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::{FlushFlags, tokio::MmioFile};
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abc").await?;
    /// assert!(file.is_dirty());
    /// file.flush(FlushFlags::empty()).await?;
    /// assert!(!file.is_dirty());
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.buffer.is_dirty()
    }

    /// How many bytes a flush would write now. This is an upper bound of what has changed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abc").await?;
    /// assert_eq!(file.dirty_len(), 3);
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    #[must_use]
    pub fn dirty_len(&self) -> u64 {
        self.buffer.dirty_len()
    }

    /// The stream. The bytes that are [dirty](MmioFile::is_dirty) have not reached it. Don't move it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// assert_eq!(MmioFile::new(Cursor::new(vec![1, 2])).get_ref().get_ref(), &[1, 2]);
    /// ```
    #[must_use]
    pub fn get_ref(&self) -> &S {
        self.port.get_ref()
    }

    /// Takes the file apart without a call on the stream. Returns the stream, whose position is unspecified,
    /// and each run of bytes that it has not written, in ascending order of offset. A cancelled call may
    /// still be in progress in the stream.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> std::io::Result<()> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.write_all(b"abc").await?;
    /// let (stream, unwritten) = file.into_parts();
    /// assert!(stream.into_inner().is_empty());
    /// assert_eq!((unwritten[0].offset, &unwritten[0].bytes[..]), (0, &b"abc"[..]));
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    #[must_use = "bytes that have not reached the stream are lost if they are dropped"]
    pub fn into_parts(mut self) -> (S, Vec<Unwritten>) {
        self.give_up();
        let unwritten = self.buffer.unwritten();
        (self.port.take_stream(), unwritten)
    }

    /// Cancels what is in progress for a call whose future was dropped.
    #[inline]
    fn give_up(&mut self) {
        self.target = None;
        if let Some((_, transfer)) = self.transfer.take() {
            transfer.abandon(&mut self.buffer);
            self.port.abandon();
        }
    }

    /// The position, if it is known: if the program or the stream has set it.
    fn position(&self) -> Option<u64> {
        self.buffer.is_positioned().then(|| self.buffer.position())
    }
}

impl<S> Drop for MmioFile<S> {
    /// Flushes nothing. With the feature `log`, logs how many bytes are lost, if any are.
    fn drop(&mut self) {
        #[cfg(feature = "log")]
        if self.port.has_stream() && self.is_dirty() {
            log::error!("a file was dropped with {} bytes unwritten", self.dirty_len());
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for MmioFile<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MmioFile")
            .field("stream", self.get_ref())
            .field("position", &self.position())
            .field("capacity", &self.capacity())
            .field("dirty_len", &self.dirty_len())
            .finish_non_exhaustive()
    }
}
