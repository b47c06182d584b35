//! With other crates: how to pass a buffered file to a library, and get it back.
//!
//! # Most need nothing
//!
//! Pass `&mut file` to a library that asks for `Read`, `Write` or `Seek`. When it is done,
//! [`close`](MmioFile::close) the file and check the result. The repository tests `binrw`, `byteorder`,
//! `cfb`, `csv`, `dbase`, `fatfs`, `hound`, `image`, `mcap`, `mp4`, `postcard`, `tiff`, `webm` and `zip` this
//! way.
//!
//! * **Pass the file itself, not a `BufReader` or `BufWriter` over it.** A second buffer copies every byte once more,
//!   and drops its content at each seek.
//! * **If it flushes after each record**, as `fatfs`, `postcard` and `sevenz-rust2` do, call
//!   [`set_deferred_flush`](MmioFile::set_deferred_flush): its flushes then do nothing, and the program's own
//!   still reach the disk.
//! * **If it asks for the end again and again**, and no other handle changes the length of the file, call
//!   [`set_sole_owner`](MmioFile::set_sole_owner).
//! * **If it asks for `BufRead`**, [`MmioFile`] implements that.
//!
//! # Those that own the stream
//!
//! Some libraries ask for a stream that is `'static`, so they can't take a reference. Most of them return it in the
//! end. Close it then: if the library drops it, the error of the last flush is lost.
//!
//! ```rust,ignore
//! let mut writer = las::Writer::new(MmioFile::create(path)?, header)?;
//! writer.write_point(point)?;
//! writer.into_inner()?.close()?;
//! ```
//!
//! # Those that keep it, or that have a trait of their own
//!
//! Some libraries never return the stream, or use it through shared references and from several threads. For these,
//! copy the following type. Each call takes a lock, which costs little as long as no two threads use the file at once.
//!
//! ```ignore
//! use std::io::{self, Read, Seek, SeekFrom, Write};
//! use std::sync::{Arc, Mutex, MutexGuard};
//!
//! use mmio_file::MmioFile;
//!
//! /// A file that the program shares with a library.
//! #[derive(Clone, Debug)]
//! pub struct Shared(Arc<Mutex<MmioFile>>);
//!
//! impl Shared {
//!     pub fn new(file: MmioFile) -> Self {
//!         Self(Arc::new(Mutex::new(file)))
//!     }
//!
//!     pub fn file(&self) -> MutexGuard<'_, MmioFile> {
//!         self.0.lock().expect("no thread panics while it holds the file")
//!     }
//! }
//!
//! impl Read for Shared {
//!     fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
//!         self.file().read(bytes)
//!     }
//! }
//!
//! impl Write for Shared {
//!     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
//!         self.file().write(bytes)
//!     }
//!
//!     fn flush(&mut self) -> io::Result<()> {
//!         Write::flush(&mut *self.file())
//!     }
//! }
//!
//! impl Seek for Shared {
//!     fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
//!         self.file().seek(target)
//!     }
//! }
//! ```
//!
//! Pass a clone to the library. When it is done, flush the file through the other:
//! `shared.file().flush(FlushFlags::empty())?`.
//!
//! ## `lofty`
//!
//! ```rust,ignore
//! shared.file().rewind()?; // It begins where the position is.
//! tag.save_to(&mut shared.clone(), WriteOptions::default())?;
//! shared.file().flush(FlushFlags::empty())?;
//! ```
//!
//! ```ignore
//! impl lofty::io::Length for Shared {
//!     fn len(&self) -> io::Result<u64> {
//!         Ok(self.file().stream_len()?)
//!     }
//! }
//!
//! impl lofty::io::Truncate for Shared {
//!     fn truncate(&mut self, len: u64) -> io::Result<()> {
//!         Ok(self.file().set_len(len)?)
//!     }
//! }
//! ```
//!
//! To tag a WAV, `lofty` 0.25 reads all of it into memory, truncates the file and writes it anew. If that fails, the
//! file is lost. [`set_info`](crate::riff::RiffWrite::set_info) appends the tags and keeps the old ones until the new
//! ones are whole.
//!
//! ## `mp4ameta`
//!
//! ```rust,ignore
//! let mut tag = mp4ameta::Tag::read_from(&mut shared.clone())?;
//! tag.set_title("A title");
//! tag.write_to(&mut shared.clone())?;
//! shared.file().flush(FlushFlags::empty())?;
//! ```
//!
//! ```ignore
//! impl mp4ameta::StorageFile for Shared {
//!     fn set_len(&mut self, len: u64) -> mp4ameta::Result<()> {
//!         Ok(self.file().set_len(len).map_err(io::Error::from)?)
//!     }
//! }
//! ```
//!
//! ## `symphonia`
//!
//! ```rust,ignore
//! let stream = MediaSourceStream::new(Box::new(shared.clone()), Default::default());
//! ```
//!
//! ```ignore
//! impl symphonia::core::io::MediaSource for Shared {
//!     fn is_seekable(&self) -> bool {
//!         true
//!     }
//!
//!     fn byte_len(&self) -> Option<u64> {
//!         self.file().stream_len().ok()
//!     }
//! }
//! ```
//!
//! ## `redb`
//!
//! ```rust,ignore
//! let database = redb::Builder::new().create_with_backend(shared)?;
//! ```
//!
//! ```ignore
//! impl redb::StorageBackend for Shared {
//!     fn len(&self) -> io::Result<u64> {
//!         Ok(self.file().stream_len()?)
//!     }
//!
//!     fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
//!         self.file().read_exact_at(out, offset)
//!     }
//!
//!     fn set_len(&self, len: u64) -> io::Result<()> {
//!         Ok(self.file().set_len(len)?)
//!     }
//!
//!     fn sync_data(&self) -> io::Result<()> {
//!         Ok(self.file().sync_data()?)
//!     }
//!
//!     fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
//!         self.file().write_all_at(data, offset)
//!     }
//! }
//! ```
//!
//! Transactions are as durable as with redb's own backend, because [`sync_data`](MmioFile::sync_data) flushes
//! first. redb has its own cache, so this is not for speed, but for a database in memory, in a journal, or
//! over a stream of your own: change the type in `Shared`.

#![allow(unused_imports, reason = "the links of this page")]

use crate::MmioFile;
