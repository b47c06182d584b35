//! A file that is read, written and seeked through one buffer, over anything that is `Read + Write +
//! Seek`. The buffer keeps what is written until it is flushed, and loses no byte when the disk is full.
//!
//! It does what [`BufReader`](std::io::BufReader) and [`BufWriter`](std::io::BufWriter) together
//! can't do on a file that is edited in place, and it is what the Windows **m**ulti**m**edia **I/O**
//! services (`mmioOpen`, `mmioRead`, `mmioFlush`, …) are to C programs. It has nothing to do with
//! memory mapping: for memory-mapped files, see the crate `memmap2`.
//!
//! # Which type do I need?
//!
//! | to work on | use |
//! |---|---|
//! | a file, by its path | [`MmioFile::open`], [`open_rw`](MmioFile::open_rw), [`create`](MmioFile::create), [`create_new`](MmioFile::create_new); [`options`](MmioFile::options) for the rest |
//! | a [`std::fs::File`] that is open already | [`MmioFile::from_file`], or [`OpenOptions::from_file`] with another capacity. A [`PositionedFile`] below the buffer makes seeks free |
//! | any other stream, in memory or your own | [`MmioFile::new`] or [`with_capacity`](MmioFile::with_capacity). If it implements [`Storage`], it can be truncated and synced too |
//! | a stream that can only be read, or only be written | the same, over [`ReadOnly`] or [`WriteOnly`] |
//! | the chunks of a WAV, AVI or WebP | the traits of [`riff`], which every such file implements |
//! | a file that must survive a crash in the middle of an edit | `journal::edit` (feature `journal`) |
//! | a file in async code | `tokio::MmioFile` (feature `tokio`) |
//!
//! Then see
//!
//! * the [`cookbook`], which has a program for each of these;
//! * [`with_other_crates`], on how to give a library such a file;
//! * [`coming_from_mmio`], if you know the Windows services: each function, flag and error has its place there.
//!
//! # Hazards
//!
//! * **Dropping a file ignores the error** of its last flush, and nothing is dropped by `abort`, `exit`,
//!   a signal or [`mem::forget`](std::mem::forget). Only a [`flush`](MmioFile::flush),
//!   [`close`](MmioFile::close) or [`into_inner`](MmioFile::into_inner) that returned `Ok` counts. A
//!   write that succeeded may still fail at the flush.
//! * **Others see nothing before a flush**: neither other handles nor memory maps. On a network file
//!   system, an error may show only at [`sync_all`](MmioFile::sync_all).
//! * **A page is written back as it was read.** Clean bytes between two changed places of one page
//!   are written too. Two writers that share a file use whole [pages](MmioFile::page_size) each, or
//!   capacity 0; and they flush with [`FlushFlags::EMPTY_BUF`] after taking the lock that they agreed on.
//! * **A `File` from `try_clone` shares its cursor.** `MmioFile<File>` is corrupted by reads and writes through
//!   such a clone; `MmioFile<PositionedFile>` is not.
//! * **Append mode moves every write to the end**, whatever the position is, and no error is
//!   reported. Don't put a buffer over a file opened for appending.
//! * **It blocks**, in `Drop` too. In async code, use it inside `spawn_blocking`, or use the feature `tokio`.
//! * **Reads begin before the position.** The stream is read in whole pages, so it sees reads of bytes
//!   that the program never asked for.
//!
//! # Examples
//!
//! A header whose size field is patched after each record. The seeks make no call, and the whole file
//! reaches the disk in one write:
//!
//! ```
//! use std::io::{Seek, SeekFrom, Write};
//! use mmio_file::{FlushFlags, MmioFile};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("records");
//! let mut file = MmioFile::create(&path)?;
//! file.write_all(&0_u32.to_le_bytes())?;
//! for record in 1..=1000_u32 {
//!     file.write_all(&record.to_le_bytes())?;
//!     let end = file.stream_position()?;
//!     file.rewind()?;
//!     file.write_all(&record.to_le_bytes())?;
//!     file.seek(SeekFrom::Start(end))?;
//! }
//! file.flush(FlushFlags::empty())?;
//! assert_eq!(std::fs::read(&path)?[..8], [0xE8, 3, 0, 0, 1, 0, 0, 0]);
//! # Ok(())
//! # }
//! ```
//!
//! A disk that is full, and then has room again. Nothing is lost, and nothing is written twice:
//!
//! ```
//! use std::io::{Cursor, Write};
//! use mmio_file::{FlushFlags, MmioError, MmioFile};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A disk that has room for four bytes.
//! let mut file = MmioFile::new(Cursor::new(vec![0; 4].into_boxed_slice()));
//! file.write_all(b"12345678")?;
//! match file.flush(FlushFlags::empty()) {
//!     Err(MmioError::CannotWrite { offset, unwritten, .. }) => {
//!         assert_eq!((offset, unwritten), (4, 4));
//!     }
//!     other => panic!("{other:?}"),
//! }
//!
//! // There is room now: flush again.
//! *file.get_mut() = Cursor::new([file.get_ref().get_ref(), &[0; 4][..]].concat().into());
//! file.flush(FlushFlags::empty())?;
//! assert_eq!(**file.get_ref().get_ref(), *b"12345678");
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! None is on by default.
//!
//! * `log`: an error that `Drop` ignores is reported through the crate [`log`](https://docs.rs/log).
//! * `journal`: `journal::edit` changes a file so that a crash leaves the old one or the new one. It needs the crate
//!   [`twox-hash`](https://docs.rs/twox-hash).
//! * `tokio`: `tokio::MmioFile` is the same buffer over the streams of [`tokio`](https://docs.rs/tokio).
//!   A future that is dropped loses nothing.

#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

// The simulated disk of `tests/journal/` is used by the unit tests too, and knows the crate by its name.
#[cfg(all(test, feature = "journal"))]
extern crate self as mmio_file;

mod allowed;
mod buffer;
mod close_error;
pub mod coming_from_mmio;
pub mod cookbook;
mod error;
mod flags;
mod positioned_file;
mod read_only;
pub mod riff;
mod rules;
mod sharing;
mod storage;
mod stream_position;
mod transfer;
mod unwritten;
pub mod with_other_crates;
mod write_only;

// rustdoc lists the methods of `MmioFile` in the order of the modules: those that open one come first.
mod open;

mod file;

#[cfg(feature = "journal")]
#[cfg_attr(docsrs, doc(cfg(feature = "journal")))]
pub mod journal;

#[cfg(feature = "tokio")]
#[cfg_attr(docsrs, doc(cfg(feature = "tokio")))]
pub mod tokio;

pub use close_error::{CloseError, NotClosed};
pub use error::MmioError;
pub use file::MmioFile;
pub use flags::FlushFlags;
pub use open::OpenOptions;
pub use positioned_file::{FileError, PositionedFile};
pub use read_only::ReadOnly;
pub use sharing::Sharing;
pub use storage::Storage;
pub use unwritten::Unwritten;
pub use write_only::WriteOnly;

/// The README's programs are run as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
