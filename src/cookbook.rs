//! A cookbook: programs to copy, from patching a header to surviving a crash.
//!
//! 1. [Patch a header](#1-patch-a-header)
//! 2. [Change records in place](#2-change-records-in-place)
//! 3. [Insert a record in order](#3-insert-a-record-in-order)
//! 4. [Survive a full disk](#4-survive-a-full-disk)
//! 5. [Survive a crash](#5-survive-a-crash)
//! 6. [Set the title of a WAV](#6-set-the-title-of-a-wav)
//! 7. [Do it in async code](#7-do-it-in-async-code)
//!
//! All but the sixth work on the same kind of file, a table. Its header is the number of records, in 8 bytes.
//! The records follow, a key and a value of 8 bytes each. All numbers are little-endian.
//!
//! # 1. Patch a header
//!
//! The number of records is known only when the last one is written, so the program goes back to the
//! header. If the header is still in the buffer, that makes no call on the file.
//!
//! ```
//! use std::io::{self, Write};
//! use std::path::Path;
//! use mmio_file::MmioFile;
//!
//! fn create(path: &Path, records: impl IntoIterator<Item = (u64, u64)>) -> io::Result<()> {
//!     let mut file = MmioFile::create(path)?;
//!     file.write_all(&[0; 8])?; // The number is not known yet.
//!     let mut count = 0_u64;
//!     for (key, value) in records {
//!         file.write_all(&key.to_le_bytes())?;
//!         file.write_all(&value.to_le_bytes())?;
//!         count += 1;
//!     }
//!     file.write_all_at(&count.to_le_bytes(), 0)?;
//!     Ok(file.close()?) // Dropping the file would ignore an error.
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("table");
//! create(&path, [(10, 1), (20, 2), (40, 4)])?;
//! let bytes = std::fs::read(&path)?;
//! assert_eq!((bytes.len(), bytes[0], bytes[8], bytes[16]), (8 + 3 * 16, 3, 10, 1));
//! # Ok(())
//! # }
//! ```
//!
//! [`write_all_at`](MmioFile::write_all_at) does not move the position, so a program can patch the header
//! after each record. If another program reads the file at the same time, or if this one may crash, put a
//! [`flush`](MmioFile::flush) between the records and the header: between two flushes, bytes reach the file in
//! any order.
//!
//! # 2. Change records in place
//!
//! Read, go back, write. However small the records are, the file gets about one read and one write for
//! every 64 KiB.
//!
//! ```
//! # fn create(path: &std::path::Path, records: &[(u64, u64)]) -> io::Result<()> {
//! #     let mut bytes = (records.len() as u64).to_le_bytes().to_vec();
//! #     bytes.extend(records.iter().flat_map(|(k, v)| [k.to_le_bytes(), v.to_le_bytes()].concat()));
//! #     std::fs::write(path, bytes)
//! # }
//! use std::io::{self, Read, Seek, SeekFrom, Write};
//! use mmio_file::{MmioFile, Storage};
//!
//! fn read_u64(file: &mut impl Read) -> io::Result<u64> {
//!     let mut bytes = [0; 8];
//!     file.read_exact(&mut bytes)?;
//!     Ok(u64::from_le_bytes(bytes))
//! }
//!
//! fn double_all<S: Storage>(file: &mut MmioFile<S>) -> io::Result<()> {
//!     file.rewind()?;
//!     for _ in 0..read_u64(file)? {
//!         let _key = read_u64(file)?;
//!         let value = read_u64(file)?;
//!         file.seek_relative(-8)?;
//!         file.write_all(&(2 * value).to_le_bytes())?;
//!     }
//!     Ok(())
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("table");
//! # create(&path, &[(10, 1), (20, 2), (40, 4)])?;
//! let mut file = MmioFile::open_rw(&path)?;
//! double_all(&mut file)?;
//!
//! // One record, wherever it is; the position stays.
//! let mut value = [0; 8];
//! file.read_exact_at(&mut value, 8 + 2 * 16 + 8)?;
//! assert_eq!(u64::from_le_bytes(value), 8);
//! file.close()?;
//! # Ok(())
//! # }
//! ```
//!
//! The function takes a [`MmioFile`] over any [`Storage`]: a file here, memory in a test, and the journal of
//! recipe 5. If it needs neither `set_len` nor a sync, `S: Read + Write + Seek` is enough.
//!
//! # 3. Insert a record in order
//!
//! A binary search finds the place, and [`insert_range`](MmioFile::insert_range) moves what follows, 64 KiB at a time.
//! [`remove_range`](MmioFile::remove_range) is the counterpart.
//!
//! ```
//! # fn create(path: &std::path::Path, records: &[(u64, u64)]) -> io::Result<()> {
//! #     let mut bytes = (records.len() as u64).to_le_bytes().to_vec();
//! #     bytes.extend(records.iter().flat_map(|(k, v)| [k.to_le_bytes(), v.to_le_bytes()].concat()));
//! #     std::fs::write(path, bytes)
//! # }
//! use std::io;
//! use mmio_file::{MmioFile, Storage};
//!
//! const HEADER: u64 = 8;
//! const RECORD: u64 = 16;
//!
//! fn read_u64_at<S: Storage>(file: &mut MmioFile<S>, offset: u64) -> io::Result<u64> {
//!     let mut bytes = [0; 8];
//!     file.read_exact_at(&mut bytes, offset)?;
//!     Ok(u64::from_le_bytes(bytes))
//! }
//!
//! fn insert<S: Storage>(file: &mut MmioFile<S>, key: u64, value: u64) -> io::Result<()> {
//!     let count = read_u64_at(file, 0)?;
//!     let (mut low, mut high) = (0, count);
//!     while low < high {
//!         let middle = low + (high - low) / 2;
//!         if read_u64_at(file, HEADER + RECORD * middle)? < key {
//!             low = middle + 1;
//!         } else {
//!             high = middle;
//!         }
//!     }
//!     let place = HEADER + RECORD * low;
//!     file.insert_range(place, RECORD)?;
//!     file.write_all_at(&[key.to_le_bytes(), value.to_le_bytes()].concat(), place)?;
//!     file.write_all_at(&(count + 1).to_le_bytes(), 0)
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("table");
//! # create(&path, &[(10, 1), (20, 2), (40, 4)])?;
//! let mut file = MmioFile::open_rw(&path)?;
//! for key in [30, 5, 50] {
//!     insert(&mut file, key, key / 10)?;
//! }
//! file.close()?;
//!
//! let mut file = MmioFile::open(&path)?;
//! assert_eq!(read_u64_at(&mut file, 0)?, 6);
//! let keys = (0..6).map(|index| read_u64_at(&mut file, HEADER + RECORD * index));
//! assert_eq!(keys.collect::<io::Result<Vec<_>>>()?, [5, 10, 20, 30, 40, 50]);
//! # Ok(())
//! # }
//! ```
//!
//! Each insertion moves everything that follows. To insert many records, sort them, make room for all of them at the
//! end, and merge from the back.
//!
//! # 4. Survive a full disk
//!
//! A write goes to the buffer, so a full disk shows later: in a write that needs room in the buffer, in a flush, or in
//! `close`. Once there is room, make the same call again. Nothing is lost, and nothing is written twice.
//!
//! ```
//! # use std::io::{Cursor, Read, Seek, SeekFrom};
//! # /// A disk with `room` bytes left.
//! # struct Disk { bytes: Cursor<Vec<u8>>, room: u64 }
//! # impl Read for Disk {
//! #     fn read(&mut self, out: &mut [u8]) -> io::Result<usize> { self.bytes.read(out) }
//! # }
//! # impl Write for Disk {
//! #     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
//! #         let room = self.room.saturating_sub(self.bytes.position()) as usize;
//! #         if room == 0 { return Err(ErrorKind::StorageFull.into()); }
//! #         self.bytes.write(&bytes[..bytes.len().min(room)])
//! #     }
//! #     fn flush(&mut self) -> io::Result<()> { Ok(()) }
//! # }
//! # impl Seek for Disk {
//! #     fn seek(&mut self, target: SeekFrom) -> io::Result<u64> { self.bytes.seek(target) }
//! # }
//! # impl Disk {
//! #     fn make_room(&mut self) { self.room += 100_000; }
//! # }
//! use std::io::{self, ErrorKind, Write};
//! use mmio_file::{MmioError, MmioFile};
//!
//! /// Writes all of `record`, however often that takes.
//! fn write_record(file: &mut MmioFile<Disk>, record: &[u8]) -> io::Result<()> {
//!     loop {
//!         match file.write_all(record) {
//!             // The position is where the record begins, so the same call is the right one.
//!             Err(error) if error.kind() == ErrorKind::StorageFull => file.get_mut().make_room(),
//!             other => return other,
//!         }
//!     }
//! }
//!
//! /// `close` takes the file, and gives it back in its error.
//! fn close(mut file: MmioFile<Disk>) -> Result<Disk, MmioError> {
//!     loop {
//!         match file.into_inner() {
//!             Ok(disk) => return Ok(disk),
//!             Err(error) if error.error().kind() == ErrorKind::StorageFull => {
//!                 file = error.into_inner();
//!                 file.get_mut().make_room();
//!             }
//!             Err(error) => return Err(error.into_error()),
//!         }
//!     }
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let disk = Disk { bytes: Cursor::new(Vec::new()), room: 100_001 };
//! let mut file = MmioFile::new(disk);
//! for number in 0..50_000_u64 {
//!     write_record(&mut file, &number.to_le_bytes())?;
//! }
//! let disk = close(file)?;
//! let expected: Vec<u8> = (0..50_000_u64).flat_map(u64::to_le_bytes).collect();
//! assert_eq!(disk.bytes.into_inner(), expected);
//! # Ok(())
//! # }
//! ```
//!
//! * [`MmioError::CannotWrite`] reports the offset and the number of bytes that are still unwritten. In an
//!   [`io::Error`](std::io::Error), [`MmioError::from_io`] finds it. A quota that is used up is
//!   [`QuotaExceeded`](std::io::ErrorKind::QuotaExceeded), not `StorageFull`.
//! * **To give up**, call [`into_parts`](MmioFile::into_parts), which returns the stream and each run of bytes that it
//!   has not accepted, with its offset. Or discard these with [`discard_unwritten`](MmioFile::discard_unwritten).
//! * **An insertion** makes the file longer before it moves anything. So if the disk is full, nothing has
//!   changed, and `insert_range` can be repeated; the writes after it need no more room on a file system
//!   that overwrites in place. After any other error, check whether the [length](MmioFile::stream_len) has
//!   changed: [`insert_range`](MmioFile::insert_range) describes each case.
//! * **To append**, seek to the end and write. If the `write_all` fails, repeat only the `write_all`:
//!   part of the record may be in the file, so the end has moved.
//!
//! # 5. Survive a crash
//!
//! If the program is killed in the middle of `insert`, the table is broken: records have moved, and the header has the
//! old number. With the feature `journal`, the same function takes effect as a whole or not at all.
//!
#![cfg_attr(feature = "journal", doc = "```")]
#![cfg_attr(not(feature = "journal"), doc = "```ignore")]
//! # fn create(path: &std::path::Path, records: &[(u64, u64)]) -> io::Result<()> {
//! #     let mut bytes = (records.len() as u64).to_le_bytes().to_vec();
//! #     bytes.extend(records.iter().flat_map(|(k, v)| [k.to_le_bytes(), v.to_le_bytes()].concat()));
//! #     std::fs::write(path, bytes)
//! # }
//! # fn insert<S: mmio_file::Storage>(
//! #     file: &mut mmio_file::MmioFile<S>, key: u64, value: u64
//! # ) -> io::Result<()> {
//! #     let end = file.stream_len()?;
//! #     file.write_all_at(&[key.to_le_bytes(), value.to_le_bytes()].concat(), end)?;
//! #     file.write_all_at(&(end / 16 + 1).to_le_bytes(), 0)
//! # }
//! use std::io;
//! use mmio_file::journal;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("table");
//! # create(&path, &[(10, 1), (20, 2), (40, 4)])?;
//! journal::edit(&path, |file| -> io::Result<()> {
//!     insert(file, 50, 5)?;
//!     insert(file, 60, 6)
//! })?;
//! assert_eq!(std::fs::read(&path)?[0], 5);
//!
//! // An error takes everything back.
//! let failed = journal::edit(&path, |file| -> io::Result<()> {
//!     insert(file, 70, 7)?;
//!     Err(io::Error::other("on second thoughts"))
//! });
//! assert!(failed.is_err());
//! assert_eq!(std::fs::read(&path)?[0], 5);
//! # Ok(())
//! # }
//! ```
//!
//! If the disk is full, the edit fails and nothing of it remains: make room, and repeat all of it.
//!
//! A program that only reads calls `journal::recover` before it opens such a file. The module `journal` describes what an edit costs, and
//! what it does not promise.
//!
//! # 6. Set the title of a WAV
//!
//! [`set_info`](crate::riff::RiffWrite::set_info) replaces all tags, so read the
//! old ones first. The audio is neither read nor moved.
//!
//! ```
//! use std::io;
//! use std::path::Path;
//! use mmio_file::riff::{Find, FourCc, RiffRead, RiffWrite};
//! use mmio_file::{MmioError, MmioFile};
//!
//! const WAVE: FourCc = FourCc::new(*b"WAVE");
//! const INAM: FourCc = FourCc::new(*b"INAM");
//!
//! fn set_title(path: &Path, title: &str) -> io::Result<()> {
//!     let mut file = MmioFile::open_rw(path)?;
//!     let riff = file.descend(None, Find::Riff(Some(WAVE)))?;
//!     let mut tags = file.info(&riff)?;
//!     tags.retain(|(id, _)| *id != INAM);
//!     tags.push((INAM, format!("{title}\0").into_bytes()));
//!     let tags: Vec<_> = tags.iter().map(|(id, text)| (*id, &text[..])).collect();
//!     file.set_info(&riff, &tags)?;
//!     Ok(file.close()?)
//! }
//!
//! fn title(path: &Path) -> io::Result<Option<String>> {
//!     let mut file = MmioFile::open(path)?;
//!     let riff = file.descend(None, Find::Riff(Some(WAVE)))?;
//!     let tags = file.info(&riff)?;
//!     let title = tags.into_iter().find(|(id, _)| *id == INAM);
//!     Ok(title.map(|(_, text)| String::from_utf8_lossy(&text).trim_end_matches('\0').to_owned()))
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("tone.wav");
//! # std::fs::write(&path, b"RIFF\x10\0\0\0WAVEdata\x04\0\0\0\x08\0\xF8\xFF")?;
//! set_title(&path, "A tone")?;
//! set_title(&path, "Another tone")?;
//! assert_eq!(title(&path)?.as_deref(), Some("Another tone"));
//!
//! // Something follows the RIFF, such as an ID3v1 tag: it is not overwritten.
//! let wav = std::fs::read(&path)?;
//! std::fs::write(&path, [&wav[..], b"TAG and more"].concat())?;
//! let error = set_title(&path, "A third tone").unwrap_err();
//! match MmioError::from_io(&error) {
//!     Some(MmioError::NotAtEnd { offset, len, .. }) => assert_eq!((*offset, *len), (wav.len() as u64, 12)),
//!     _ => panic!("{error}"),
//! }
//! assert_eq!(title(&path)?.as_deref(), Some("Another tone"));
//! # Ok(())
//! # }
//! ```
//!
//! A file without such a RIFF is [`ChunkNotFound`](MmioError::ChunkNotFound). If the disk is full,
//! `set_info` fails, and every reader still has the old title. Make room, and make the same call with the
//! same `Chunk`. After an `Ok`, the RIFF has grown, so find it again before using it. The module
//! [`riff`](crate::riff#what-follows-a-riff) shows how to make room before what follows a RIFF.
//!
//! # 7. Do it in async code
//!
//! If a job works on one file from beginning to end, use recipes 1 to 6 inside `spawn_blocking`. If a
//! task works on a file now and then, use the feature `tokio`, which has the same buffer over a stream
//! that is polled. A future that is dropped by a timeout or a `select!` loses and doubles nothing.
//!
#![cfg_attr(feature = "tokio", doc = "```")]
#![cfg_attr(not(feature = "tokio"), doc = "```ignore")]
//! # fn create(path: &std::path::Path, records: &[(u64, u64)]) -> io::Result<()> {
//! #     let mut bytes = (records.len() as u64).to_le_bytes().to_vec();
//! #     bytes.extend(records.iter().flat_map(|(k, v)| [k.to_le_bytes(), v.to_le_bytes()].concat()));
//! #     std::fs::write(path, bytes)
//! # }
//! use std::io::{self, SeekFrom};
//! use std::path::Path;
//! use mmio_file::tokio::MmioFile;
//!
//! async fn double(path: &Path, index: u64) -> io::Result<()> {
//!     let mut file = MmioFile::open_rw(path).await?;
//!     let place = SeekFrom::Start(8 + 16 * index + 8);
//!     let mut value = [0; 8];
//!     file.seek(place).await?;
//!     file.read_exact(&mut value).await?;
//!     file.seek(place).await?;
//!     file.write_all(&(2 * u64::from_le_bytes(value)).to_le_bytes()).await?;
//!     Ok(file.close().await?) // Dropping the file would flush nothing.
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("table");
//! # create(&path, &[(10, 1), (20, 2), (40, 4)])?;
//! # let runtime = tokio::runtime::Builder::new_current_thread().build()?;
//! runtime.block_on(double(&path, 2))?;
//! assert_eq!(std::fs::read(&path)?[8 + 2 * 16 + 8], 8);
//! # Ok(())
//! # }
//! ```
//!
//! Code that blocks, such as all of [`riff`](crate::riff), can use the buffer of an async file through
//! `with_view`.

#![allow(unused_imports, reason = "the links of this page")]

use crate::{MmioError, MmioFile, Storage};
