//! Coming from `mmio*`: each function, flag and error of the Windows Multimedia file services, and
//! its counterpart here.
//!
//! The numbers are those of `mmsystem.h`. Microsoft's reference describes what the services do
//! under *Multimedia File I/O*.
//!
//! # One program, twice
//!
//! Halve every sample of a WAV file in place. In C:
//!
//! ```c
//! HMMIO file = mmioOpen("tone.wav", NULL, MMIO_READWRITE | MMIO_ALLOCBUF);
//! MMCKINFO riff = { 0 }, data = { 0 };
//! MMIOINFO info;
//!
//! riff.fccType = mmioFOURCC('W', 'A', 'V', 'E');
//! data.ckid = mmioFOURCC('d', 'a', 't', 'a');
//! if (!file || mmioDescend(file, &riff, NULL, MMIO_FINDRIFF)
//!           || mmioDescend(file, &data, &riff, MMIO_FINDCHUNK)) return 1;
//! if (mmioGetInfo(file, &info, 0)) return 1;
//! for (DWORD done = 0; done + 2 <= data.cksize; done += 2) {
//!     if (info.pchNext + 2 > info.pchEndRead) {
//!         info.dwFlags |= MMIO_DIRTY;              // forget this, and the changes are dropped
//!         if (mmioAdvance(file, &info, MMIO_READWRITE)) return 1;
//!     }
//!     *(short *) info.pchNext /= 2;
//!     info.pchNext += 2;
//! }
//! info.dwFlags |= MMIO_DIRTY;
//! if (mmioSetInfo(file, &info, 0)) return 1;
//! return mmioClose(file, 0) != MMSYSERR_NOERROR;
//! ```
//!
//! In Rust:
//!
//! ```
//! use std::io::BufRead;
//! use mmio_file::MmioFile;
//! use mmio_file::riff::{Find, FourCc, RiffRead};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("tone.wav");
//! # std::fs::write(&path, b"RIFF\x10\0\0\0WAVEdata\x04\0\0\0\x08\0\xF8\xFF")?;
//! let mut file = MmioFile::open_rw(&path)?;
//! let riff = file.descend(None, Find::Riff(Some(FourCc::new(*b"WAVE"))))?;
//! let data = file.descend(Some(&riff), Find::Id(FourCc::new(*b"data")))?;
//!
//! let mut left = data.data_len();
//! while left > 0 {
//!     // All that is handed out counts as written: there is no flag to forget.
//!     let bytes = file.fill_buf_mut()?;
//!     let n = bytes.len().min(usize::try_from(left)?);
//!     for sample in bytes[..n].chunks_exact_mut(2) {
//!         let halved = i16::from_le_bytes([sample[0], sample[1]]) / 2;
//!         sample.copy_from_slice(&halved.to_le_bytes());
//!     }
//!     file.consume(n);
//!     left -= n as u64;
//! }
//! file.close()?;
//! # assert_eq!(std::fs::read(&path)?[20..], [4, 0, 0xFC, 0xFF]);
//! # Ok(())
//! # }
//! ```
//!
//! (A page of the buffer holds whole samples here, since a WAV's data begins at an even offset.)
//!
//! # Functions
//!
//! | Windows | here |
//! |---|---|
//! | `mmioOpen` | [`MmioFile::open`], [`open_rw`], [`create`], [`create_new`], [`options`] |
//! | `mmioOpen` with an open handle (`adwInfo`) | [`MmioFile::from_file`]: begins at the handle's position |
//! | `mmioOpen` of a memory file (`'MEM '`) | [`MmioFile::with_capacity`]`(0, Cursor::new(…))`; the whole of it by `get_mut().get_mut()` |
//! | `mmioClose` | [`close`]; with `MMIO_FHOPEN`, [`into_inner`] and [`into_file`] |
//! | `mmioRead`, `mmioWrite`, `mmioSeek` | [`Read`], [`Write`], [`Seek`] |
//! | `mmioFlush` | [`flush`] |
//! | `mmioSetBuffer` | [`set_capacity`]; 0: unbuffered |
//! | `mmioGetInfo`, `mmioAdvance`, `mmioSetInfo` | [`fill_buf`]/[`consume`] to read, [`fill_buf_mut`] to edit, [`write_with`] to write |
//! | `mmioDescend`, `mmioAscend` | [`descend`], [`ascend`]; of a chunk that was created, [`finish_chunk`] |
//! | `mmioCreateChunk` | [`create_chunk`], [`write_chunk`] |
//! | `mmioInstallIOProc`, `mmioSendMessage` | any stream: `MmioFile<Box<dyn Storage + Send>>` where it is chosen at run time |
//! | `mmioRename` | [`std::fs::rename`] |
//! | `mmioStringToFOURCC`, `mmioFOURCC` | [`FourCc`]'s `FromStr`, [`FourCc::new`] |
//!
//! # Flags
//!
//! | Windows | here |
//! |---|---|
//! | `MMIO_READ`, `MMIO_WRITE`, `MMIO_READWRITE`, `MMIO_CREATE` | [`OpenOptions::read`], [`write`](OpenOptions::write), [`create`](OpenOptions::create) with [`truncate`](OpenOptions::truncate) |
//! | `MMIO_ALLOCBUF` | [`OpenOptions::capacity`]; 64 KiB by default, 8 KiB there |
//! | `MMIO_EXCLUSIVE`, `MMIO_DENYWRITE`, `MMIO_DENYNONE` | [`Sharing`] |
//! | `MMIO_EMPTYBUF` (0x10) | [`FlushFlags::EMPTY_BUF`] |
//! | `MMIO_FINDCHUNK`, `MMIO_FINDRIFF`, `MMIO_FINDLIST` | [`Find::Id`], [`Find::Riff`], [`Find::List`] |
//! | `MMIO_CREATERIFF`, `MMIO_CREATELIST` | [`NewChunk::riff`], [`NewChunk::list`] |
//! | `MMIO_DIRTY` on a chunk that was found | [`reopen`] |
//! | `MMIO_DIRTY` on the buffer | none: what is written counts as dirty |
//! | `MMIO_TOUPPER` | [`FourCc::to_ascii_uppercase`] |
//!
//! # Errors
//!
//! [`MmioError::mmio_code`] gives the number.
//!
//! | Windows | here |
//! |---|---|
//! | `MMIOERR_FILENOTFOUND` (257), `MMIOERR_CANNOTOPEN` (259), `MMIOERR_TOOMANYOPENFILES` (271) | [`MmioError::CannotOpen`] |
//! | `MMIOERR_OUTOFMEMORY` (258) | [`MmioError::OutOfMemory`]; with the feature `tokio`, `ViewTooLarge` |
//! | `MMIOERR_CANNOTREAD` (261), `MMIOERR_CANNOTWRITE` (262), `MMIOERR_CANNOTSEEK` (263) | [`MmioError::CannotRead`], [`CannotWrite`](MmioError::CannotWrite) and [`CannotSync`](MmioError::CannotSync), with the feature `journal` also `CommitUnapplied` and `CommitInDoubt`, [`CannotSeek`](MmioError::CannotSeek) and [`InvalidRange`](MmioError::InvalidRange) |
//! | `MMIOERR_CANNOTCLOSE` (260) | [`CloseError`], which holds the file; its error is one of the others |
//! | `MMIOERR_CANNOTEXPAND` (264) | [`MmioError::CannotExpand`], [`ChunkTooLong`](MmioError::ChunkTooLong) |
//! | `MMIOERR_CHUNKNOTFOUND` (265) | [`MmioError::ChunkNotFound`] |
//! | `MMIOERR_UNBUFFERED` (266) | [`MmioError::Unbuffered`] |
//! | `MMIOERR_ACCESSDENIED` (268) | [`MmioError::AccessDenied`]; at open, `CannotOpen` |
//! | `MMIOERR_SHARINGVIOLATION` (269) | [`MmioError::SharingViolation`] |
//! | `MMIOERR_INVALIDFILE` (272) | [`MmioError::InvalidFile`], [`MmioError::NotAtEnd`], with the feature `journal` also `JournalForeign` |
//!
//! # What is different
//!
//! * `mmioSeek(h, 16, SEEK_END)` goes to 16 bytes *before* the end: `SeekFrom::End(-16)` here.
//! * A failed flush can be repeated: what the stream has not accepted stays in the buffer. The Windows services do not
//!   promise that.
//! * A seek keeps what is in the buffer.
//! * A chunk of an odd size always gets its pad byte, even the last one.
//! * Chunks larger than 4 GiB are read and written, as RF64.
//!
//! # What has no counterpart
//!
//! * `MMIO_PARSE`, `MMIO_EXIST`, `MMIO_DELETE`, `MMIO_GETTEMP`, which are about names:
//!   [`std::path::absolute`], [`Path::try_exists`](std::path::Path::try_exists),
//!   [`std::fs::remove_file`], the crate `tempfile`.
//! * `MMIO_DENYREAD`: use the file's permissions.
//! * Elements of compound files (`file+element`), the choice of an I/O procedure by a file's
//!   extension, and private messages to it.
//! * `MMIOERR_PATHNOTFOUND` (267) and `MMIOERR_NETWORKERROR` (270): see the error's source.
//!
//! [`open_rw`]: MmioFile::open_rw
//! [`create`]: MmioFile::create
//! [`create_new`]: MmioFile::create_new
//! [`options`]: MmioFile::options
//! [`close`]: MmioFile::close
//! [`into_inner`]: MmioFile::into_inner
//! [`into_file`]: crate::PositionedFile::into_file
//! [`flush`]: MmioFile::flush
//! [`set_capacity`]: MmioFile::set_capacity
//! [`fill_buf_mut`]: MmioFile::fill_buf_mut
//! [`write_with`]: MmioFile::write_with
//! [`Read`]: std::io::Read
//! [`Write`]: std::io::Write
//! [`Seek`]: std::io::Seek
//! [`fill_buf`]: std::io::BufRead::fill_buf
//! [`consume`]: std::io::BufRead::consume
//! [`descend`]: crate::riff::RiffRead::descend
//! [`ascend`]: crate::riff::RiffRead::ascend
//! [`create_chunk`]: crate::riff::RiffWrite::create_chunk
//! [`write_chunk`]: crate::riff::RiffWrite::write_chunk
//! [`finish_chunk`]: crate::riff::RiffWrite::finish_chunk
//! [`reopen`]: crate::riff::RiffWrite::reopen

#![allow(unused_imports, reason = "the links of this page")]

use crate::riff::{Find, FourCc, NewChunk};
use crate::{CloseError, FlushFlags, MmioError, MmioFile, OpenOptions, Sharing};
