//! Edits that a crash can't cut in half: [`edit`].
//!
//! Whenever the program is killed or the power fails, the file is afterwards the old one or the new one;
//! and an edit that fails is taken back to the last byte. This is for small changes of large files:
//! tags, records, headers, images of file systems. It costs what changes, where copying and renaming
//! costs the whole file, its links and its owner; the file itself is never replaced.
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
//! * Until the closure has returned `Ok`, the file is the old one, for every program that looks.
//! * When [`edit`] has returned `Ok`, the file is the new one, and durably so.
//! * After a crash in between, the next [`edit`] or [`recover`] makes it one of the two.
//!
//! # Hazards
//!
//! * **Others see a file that is half edited** while the commit is applied; and after a crash there,
//!   until somebody calls [`recover`]. A program that reads such files calls it first.
//! * **A journal can be parted from its file.** It lies beside the file, as `NAME.mmio-journal`.
//!   After a crash, moving, copying or restoring one without the other leaves half a file. So does
//!   editing the file without recovering it first: what was written makes the journal
//!   [foreign](MmioError::JournalForeign), or is overwritten.
//! * **A program that replaces the file by renaming** while it is edited leaves the edit to a file that has
//!   no name any more, and a journal beside another.
//! * **Of a file with several hard links**, the journal lies beside one name. Recover by that name.
//! * **A disk that lies** about what it has made durable breaks the promise, as it breaks every other.
//! * **Another file that agrees** in length and in all bytes that the journal has of it (the first and last 512
//!   and up to 4096 of each change) is taken for this one.
//! * **In a folder where others can write**, others can put a journal. One that a user other than the
//!   file's owner has put there is refused on Unix; elsewhere it is not.
//! * **Several files** are several edits: a crash can fall between them.
//!
//! # The protocol
//!
//! A redo log. What is written goes to the end of the journal, in the order it comes; the file is not
//! touched. A commit takes these steps:
//!
//! | | step | syncs | after a crash here |
//! |---|---|---|---|
//! | 1 | the journal is made, empty | | old |
//! | 2 | at the first change, it gets a header that says nothing | journal, folder | old |
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
//! * 2: the header. On some file systems, a crash leaves anything where a file has just grown. Taken
//!   for a header, that would be something else than a journal, which nobody removes.
//! * 2: the folder. Once the file is written to, a journal that has lost its name leaves half an edit.
//! * 4: the file. It costs little where there is nothing to do. Without it, a crash after step 6 could leave a
//!   file that the journal is no longer recognised to belong to.
//! * 6 and 7: the journal before the file is touched, the file before the journal is blanked.
//! * 8: the journal. A power cut would bring the commit back, over what others wrote since.
//!
//! None is needed for the removal: a journal that comes back after it holds nothing.
//!
//! Recovery takes the steps from 6 on, and before that writes the journal once more: the program that made it may
//! have been killed before step 6, or failed in it, and what is read may not be on the disk.
//!
//! ## Invariants
//!
//! 1. The file is written only while a valid header, index and payload are durable in the journal.
//! 2. The header has the index's hash, and the index the payload's. So a commit of which a part reached
//!    the disk is not valid, and one sync is enough for all three.
//! 3. Applying depends on the journal alone, and changes nothing in it. So it can be cut, and repeated.
//! 4. A payload byte that was accepted is not written over before its transaction ends.
//! 5. A journal whose commit is decided, or may be, is never removed, nor the file unlocked beside it by
//!    a call that returns `Ok`. Else it would come back over what others did since.
//! 6. The header lies in bytes that were durable before anything else was written. So what a crash
//!    leaves where the journal grew is never taken for a header.
//! 7. The file is locked before the journal is looked for, and until the journal is gone.
//! 8. What is read is not taken to be durable: another program may have failed to sync it.
//!
//! The repository's `docs/journal-format.md` has the format.

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

/// The file that [`edit`] hands to its closure.
pub type Edit = MmioFile<Journaled<PositionedFile, JournalFile>>;

/// What [`recover`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// No commit: the file is left as it is.
    Nothing,
    /// A commit that had not been done with: the file is the new one now.
    Applied,
}

/// Edits a file so that it is the old one or the new one afterwards, even if that is cut by a crash.
///
/// The closure reads and writes the file through a buffer, from offset 0 on. If it returns `Ok`, all that it
/// wrote takes effect at once, and is durable when this returns. If it returns `Err`, or panics, nothing has
/// happened. Before that, what an earlier edit left behind is [recovered](recover).
///
/// All the while the file is held as by [`Sharing::DenyWrite`](crate::Sharing::DenyWrite). It must exist, be
/// a regular file, and is neither replaced nor renamed: its owner, permissions and links stay. A symbolic
/// link is followed, and the journal lies beside the file that it leads to.
///
/// Inside the closure, [`commit`](MmioFile::commit) and [`rollback`](MmioFile::rollback) are refused, and syncs do
/// nothing. The closure's type has to be written down, as in the examples, since `E` can't be inferred.
///
/// # Errors
///
/// Whatever error the closure returns, and those below. The file is as it was, except after the
/// last two.
///
/// * [`MmioError::CannotOpen`]: the file does not exist, is no regular file, or can't be opened; or the journal
///   can't be made, as in a folder that can't be written. On Unix, also if it can't be given the
///   owner of the file. The path tells which of the two it is.
/// * [`MmioError::SharingViolation`]: the file is in use, also by an edit around this one.
/// * [`MmioError::JournalForeign`]: at the journal's name lies something else. It is left there; see [`discard`].
/// * [`MmioError::CannotWrite`], [`CannotRead`](MmioError::CannotRead), [`CannotSync`](MmioError::CannotSync): there is no
///   room for the journal, or one of the two files failed, before the commit was decided.
/// * [`MmioError::CommitUnapplied`]: the commit is made, but applying it failed, as on a full disk, or it could not
///   be taken out of the journal afterwards. The file may be in part the new one. [`recover`], or the next edit,
///   goes on once there is room.
/// * [`MmioError::CommitInDoubt`]: the journal could neither be synced nor taken back. The file is the old one;
///   [`recover`], or the next edit, finds out which of the two it becomes.
///
/// # Panics
///
/// If the closure does, after the edit is rolled back.
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

/// Finishes what a crash has left of an [`edit`].
///
/// Afterwards the file is the old one or the new one, durably, and has no journal beside it. A program
/// that reads files which others edit calls this first. It is [`edit`]'s own first step.
///
/// # Errors
///
/// * [`MmioError::CannotOpen`], [`SharingViolation`](MmioError::SharingViolation), [`JournalForeign`](MmioError::JournalForeign):
///   as of [`edit`]. Nothing is changed.
/// * [`MmioError::CannotRead`]: the file or the journal can't be read. Nothing is changed.
/// * [`MmioError::CannotSync`]: the journal holds no commit, but can't be blanked. The file is not changed.
/// * [`MmioError::CommitUnapplied`]: the file can't be written, or the journal not be blanked. The file may be in
///   part the new one, the journal is kept, and this can be called again.
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

/// Throws away whatever lies at the name of a file's journal.
///
/// This is for what [`edit`] and [`recover`] refuse as [`JournalForeign`](MmioError::JournalForeign): something of
/// another program, a journal of another file or version, or one whose file was changed by others after a
/// crash. **If a commit was being applied, the file stays half edited**; so look at both first. Where nothing
/// lies, nothing happens. The file is not changed.
///
/// # Errors
///
/// * [`MmioError::CannotOpen`]: the file can't be opened; or the journal not be removed, as a folder can't.
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
    // The lock is held until the end.
    let (_main, beside) = beside::open_main(path.as_ref())?;
    beside.remove_any()
}
