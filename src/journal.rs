//! Edits that a crash can't cut in half: [`edit`].
//!
//! Even if the program is killed or the power fails, the file is afterwards either the old one or the new
//! one. An edit that fails changes nothing. This is for small changes to large files: tags, records,
//! headers, images of file systems. It costs what changes, where copying and renaming costs the whole file,
//! its links and its owner. The file itself is never replaced.
//!
//! ```
//! use std::io::{self, Seek, SeekFrom, Write};
//! use mmio_file::journal;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("song.wav");
//! # std::fs::write(&path, "title: none")?;
//! journal::edit(&path, |file| -> io::Result<()> {
//!     file.seek(SeekFrom::Start(7))?;
//!     file.write_all(b"Blue in Green")?;
//!     file.rewind()?;
//!     file.write_all(b"TITLE")
//! })?;
//! assert_eq!(std::fs::read(&path)?, b"TITLE: Blue in Green");
//!
//! let failed = journal::edit(&path, |file| -> io::Result<()> {
//!     file.write_all(b"half of it")?;
//!     Err(io::Error::other("the other half is not to be had"))
//! });
//! assert!(failed.is_err());
//! assert_eq!(std::fs::read(&path)?, b"TITLE: Blue in Green");
//! # Ok(())
//! # }
//! ```
//!
//! # What is promised
//!
//! * Until the closure has returned `Ok`, every program sees the old file.
//! * When [`edit`] has returned `Ok`, the file is the new one, durably.
//! * After a crash in between, the next [`edit`] or [`recover`] makes it the old one or the new
//!   one.
//!
//! # Hazards
//!
//! * **Other programs see a half-edited file** while the commit is applied, and after a crash at
//!   that point until [`recover`] or [`edit`] is called. A program that reads such files calls
//!   `recover` first.
//! * **A journal can be separated from its file.** It lies beside the file, as `NAME.mmio-journal`.
//!   After a crash, do not move, copy or restore one without the other: that leaves half a file. Do
//!   not edit the file without recovering it first, either: the journal becomes
//!   [foreign](MmioError::JournalForeign), or overwrites that edit.
//! * **A program that replaces the file by renaming** during an edit leaves the edit in a file that has no
//!   name any more, and the journal beside another file.
//! * **If a file has several hard links**, the journal lies beside one name. Recover the file by
//!   that name.
//! * **A disk that reports data as durable when it is not** breaks this promise, as it breaks every other.
//! * **Another file at the same path is mistaken for this one** if it has the same length and the same bytes
//!   wherever the journal has samples (the first and last 512, and up to 4096 of each change).
//! * **In a folder where other users can write**, they can plant a journal. On Unix, one that does
//!   not belong to the file's owner is refused; on other systems it is not.
//! * **Several files** are several edits. A crash can come between them.
//!
//! # The protocol
//!
//! The journal is a redo log. What is written goes to its end, in order, and the file is not touched.
//! A commit takes these steps:
//!
//! | | step | syncs | after a crash here |
//! |---|---|---|---|
//! | 1 | the journal is made, empty | | old |
//! | 2 | at the first change, it gets a header without a commit | journal, folder | old |
//! | 3 | the payload is written to the journal, as it comes | | old |
//! | 4 | what others wrote to the file and did not sync is made durable | file | old |
//! | 5 | the index is written after the payload, and the header that points to it | | old, or new if all of it arrived |
//! | 6 | **the commit is decided** | journal | old or new |
//! | 7 | the payload is copied into the file | file | new, after recovery |
//! | 8 | the header is blanked | journal | new |
//! | 9 | the journal is removed, the file unlocked | | new |
//!
//! So an edit costs six syncs, and one that changes nothing none. Each is needed:
//!
//! * 2: the header. On some file systems, a crash leaves arbitrary bytes where a file has just
//!   grown. Read as a header, they would make the journal foreign, and it would never be removed.
//! * 2: the folder. If the journal lost its name after the file was written to, half an edit would remain.
//! * 4: the file. It costs little if there is nothing to sync. Without it, a crash after step 6 could leave a
//!   file that no longer matches the journal's samples.
//! * 6 and 7: the journal, before the file is touched; the file, before the journal is blanked.
//! * 8: the journal. Otherwise a power cut would bring the commit back, and recovery would
//!   overwrite what others have written since.
//!
//! The removal needs none: a journal that comes back after it holds no commit.
//!
//! Recovery writes the journal once more and then takes the steps from 6 on. The program that made the journal
//! may have been killed before step 6, or failed in it, so what recovery reads may not be on the disk.
//!
//! ## Invariants
//!
//! 1. The file is written only while a valid header, index and payload are durable in the journal.
//! 2. The header contains the hash of the index, and the index those of the payload. So a commit of
//!    which only a part reached the disk is not valid, and one sync is enough for all three.
//! 3. Applying depends on the journal alone, and changes nothing in it. So it can be interrupted and repeated.
//! 4. A payload byte that was accepted is not overwritten before its transaction ends.
//! 5. A journal whose commit is decided, or may be, is never removed, and no call that returns `Ok`
//!    unlocks the file beside it. Otherwise recovery would overwrite what others have written since.
//! 6. The header lies in bytes that were durable before anything else was written. So arbitrary
//!    bytes that a crash leaves where the journal grew are never read as a header.
//! 7. The file is locked from before the journal is looked for until the journal is gone.
//! 8. What is read is not assumed to be durable: another program may have failed to sync it.
//!
//! The repository's `docs/journal-format.md` describes the format.

mod beside;
mod exact;
mod format;
mod index;
mod journaled;
mod pieces;
mod redo;
mod session;
mod stream;
#[cfg(test)]
mod tests;

pub use beside::JournalFile;
pub use journaled::Journaled;

use std::path::Path;

use session::Session;

use crate::{MmioError, MmioFile, PositionedFile};

/// The file that [`edit`] passes to its closure.
pub type Edit = MmioFile<Journaled<PositionedFile, JournalFile>>;

/// What [`recover`] has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovered {
    /// There was no commit. The file is unchanged.
    Nothing,
    /// There was a commit that had not been completed. The file is the new one now.
    Applied,
}

/// Edits a file so that it is the old one or the new one afterwards, even after a crash.
///
/// The closure reads and writes the file through a buffer, from offset 0 on. If it returns `Ok`, everything
/// that it wrote takes effect at once, and is durable when this function returns. If it returns `Err` or
/// panics, the file is unchanged. Before the closure is called, an earlier edit that a crash has interrupted
/// is [recovered](recover).
///
/// The file is locked as by [`Sharing::DenyWrite`](crate::Sharing::DenyWrite) until this function returns.
/// It must exist and be a regular file. It is neither replaced nor renamed, so its owner, permissions and
/// links stay. A symbolic link is followed, and the journal lies beside the file that it leads to.
///
/// Inside the closure, [`commit`](MmioFile::commit) and [`rollback`](MmioFile::rollback) are refused. A
/// flush writes to the journal, and a sync does nothing. Annotate the closure's return type, as in the
/// examples: unless a function returns the result of the edit, `E` can't be inferred.
///
/// # Errors
///
/// Whatever error the closure returns, and those below. The file is unchanged, except after the
/// last two.
///
/// * [`MmioError::CannotOpen`]: the file does not exist, is not a regular file, or can't be opened; or the
///   journal can't be created, because the folder is not writable, for example, or, on Unix, because the
///   journal can't have the same owner as the file. The path in the error is that of the file or that of the
///   journal.
/// * [`MmioError::SharingViolation`]: the file is in use, which includes an edit that calls this
///   one.
/// * [`MmioError::JournalForeign`]: what lies at the journal's name is not a journal of this file. It is left there;
///   see [`discard`].
/// * [`MmioError::CannotWrite`], [`CannotRead`](MmioError::CannotRead), [`CannotSync`](MmioError::CannotSync): there is
///   no room for the journal, or one of the two files failed, before the commit was decided. Nothing is kept
///   unwritten: repeat all of the edit.
/// * [`MmioError::CommitUnapplied`]: the commit is decided, but it could not be applied, because the disk is full,
///   for example, or it could not be removed from the journal. Part of the file may be new. [`recover`] or the next
///   edit completes it once there is room.
/// * [`MmioError::CommitInDoubt`]: the journal could neither be synced nor withdrawn. The file is the old one.
///   [`recover`] or the next edit either completes the commit or drops it.
///
/// # Panics
///
/// If the closure panics, after the edit is rolled back.
///
/// # Examples
///
/// ```
/// use std::io::{self, Seek, SeekFrom, Write};
/// use mmio_file::journal;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("log");
/// # std::fs::write(&path, [2, b'a', b'b'])?;
/// // A count, and as many records: never one without the other.
/// let count = journal::edit(&path, |file| -> io::Result<u8> {
///     file.seek(SeekFrom::End(0))?;
///     file.write_all(b"c")?;
///     file.rewind()?;
///     file.write_all(&[3])?;
///     Ok(3)
/// })?;
/// assert_eq!(count, 3);
/// assert_eq!(std::fs::read(&path)?, [3, b'a', b'b', b'c']);
/// # Ok(())
/// # }
/// ```
pub fn edit<T, E: From<MmioError>>(
    path: impl AsRef<Path>,
    edit: impl FnOnce(&mut Edit) -> Result<T, E>,
) -> Result<T, E> {
    let (main, beside) = beside::open_main(path.as_ref())?;
    let mut session = Session::open(main, &beside).map_err(|error| beside.name(error))?;
    let answer = edit(session.file())?;
    session.commit()?;
    Ok(answer)
}

/// Completes or drops an [`edit`] that a crash has interrupted.
///
/// Afterwards, the file is the old one or the new one, durably, and has no journal beside it. A
/// program that only reads such files calls this first; [`edit`] does so itself.
///
/// # Errors
///
/// * [`MmioError::CannotOpen`], [`SharingViolation`](MmioError::SharingViolation),
///   [`JournalForeign`](MmioError::JournalForeign): as for [`edit`]. Nothing has changed.
/// * [`MmioError::CannotRead`]: the file or the journal can't be read. Nothing has changed.
/// * [`MmioError::CannotSync`]: the journal holds no commit, but can't be blanked. The file is unchanged.
/// * [`MmioError::CommitUnapplied`]: the file can't be written, or the journal can't be blanked. Part of the file
///   may be new. The journal is kept, and this can be called again.
///
/// # Examples
///
/// ```
/// use mmio_file::journal::{self, Recovered};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("song.wav");
/// # std::fs::write(&path, "")?;
/// assert_eq!(journal::recover(&path)?, Recovered::Nothing);
/// # Ok(())
/// # }
/// ```
pub fn recover(path: impl AsRef<Path>) -> Result<Recovered, MmioError> {
    let (mut main, beside) = beside::open_main(path.as_ref())?;
    session::recover(&mut main, &beside).map_err(|error| beside.name(error))
}

/// Removes whatever lies at the name of a file's journal.
///
/// This is for what [`edit`] and [`recover`] refuse as [`JournalForeign`](MmioError::JournalForeign): a file of
/// another program, a journal of another file or version, or one whose file was changed after a crash. **If a
/// commit was being applied, the file stays half-edited**, so look at both first. If there is no journal, nothing
/// happens. The file itself is not changed.
///
/// # Errors
///
/// * [`MmioError::CannotOpen`]: the file can't be opened, or the journal can't be removed, because it is a folder, for
///   example.
/// * [`MmioError::SharingViolation`]: the file is in use.
///
/// # Examples
///
/// ```
/// use mmio_file::{MmioError, journal};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("song.wav");
/// # std::fs::write(&path, "")?;
/// std::fs::write(folder.path().join("song.wav.mmio-journal"), "a diary")?;
/// assert!(matches!(journal::recover(&path), Err(MmioError::JournalForeign { .. })));
///
/// journal::discard(&path)?;
/// assert!(journal::recover(&path).is_ok());
/// # Ok(())
/// # }
/// ```
pub fn discard(path: impl AsRef<Path>) -> Result<(), MmioError> {
    // The lock is held until the end of the function.
    let (_main, beside) = beside::open_main(path.as_ref())?;
    beside.remove_any()
}
