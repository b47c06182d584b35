//! [`Journaled`], a storage that changes as a whole, and the states of its transaction.

use std::io;

use super::exact::{len, sync_all, sync_data, write_all_at};
use super::format::{Commit, Lengths, PAYLOAD};
use super::pieces::Pieces;
use super::redo;
use crate::file::FailedSync;
use crate::{FlushFlags, MmioError, MmioFile, Storage};

/// A storage whose changes take effect together at a [`commit`](Self::commit), or not at all.
///
/// What is written goes to a second storage, the journal, and is read back from there. Until the
/// commit, `main` is not touched. For files, use [`edit`](super::edit); this type is for other
/// storages, and for several commits in one session. Usually, a [`MmioFile`] is put over it.
///
/// Its `flush`, `sync_data` and `sync_all` only return `Ok`: nothing is durable before a commit.
/// [`MmioFile::close`] over it returns `Ok`, too, and does not commit.
///
/// Dropping it discards what is not committed. If the last commit is applied, dropping it also removes
/// the commit from the journal, durably, if it can; [`close`](Self::close) reports whether it could.
/// Until then, others must not change `main`: a power cut could bring the last commit back, and it
/// would overwrite their changes.
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, Seek, Write};
/// use mmio_file::journal::Journaled;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (mut main, mut journal) = (Cursor::new(b"old".to_vec()), Cursor::new(Vec::new()));
/// let mut storage = Journaled::open(&mut main, &mut journal)?;
/// storage.write_all(b"forgotten")?;
/// storage.rollback()?;
///
/// storage.rewind()?;
/// storage.write_all(b"new")?;
/// assert!(storage.is_changed());
/// storage.commit()?;
/// storage.close()?;
/// assert_eq!(main.into_inner(), b"new");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Journaled<S: Storage, J: Storage> {
    // Dropped in this order: on Windows a journal that was removed keeps its name until it is closed, and
    // the next edit may begin as soon as `main` is.
    pub(super) journal: J,
    pub(super) main: S,
    pub(super) position: u64,
    pub(super) lengths: Lengths,
    pub(super) pieces: Pieces,
    /// Where the next payload goes. Nothing before this is overwritten until the transaction ends.
    pub(super) end: u64,
    state: State,
    header: Header,
    /// Whether `main`, as it was before the transaction, is on the disk.
    is_durable: bool,
    /// Once a sync of `main` has failed, no commit is possible: a later sync that succeeds would prove nothing.
    failed_sync: Option<FailedSync>,
    /// Whether commits and rollbacks are refused, because `edit` ends the transaction.
    is_latched: bool,
}

/// Which header the journal may have on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// None; the journal may not even exist.
    Missing,
    /// One without a commit.
    Blank,
    /// One with a commit.
    Hot,
}

/// The state of the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is decided: the file is the old one.
    Open,
    /// Nothing is decided, and nothing can be: a sync failed, so what a commit needs may never reach
    /// the disk.
    Lost,
    /// The commit is durable in the journal, and not yet in the file.
    Decided { commit: Commit, again: bool },
    /// The commit may or may not be durable. The file is the old one until the journal is opened
    /// again.
    InDoubt,
}

impl<S: Storage, J: Storage> Journaled<S, J> {
    /// Combines `main` with a journal. A commit that the journal holds is applied first. The
    /// position is 0.
    ///
    /// An empty journal is a new one, and stays empty until something is written. The caller must keep other writers
    /// away from `main` from before the journal is opened until this is closed.
    ///
    /// # Errors
    ///
    /// After each of these, opening can be tried again.
    ///
    /// * [`MmioError::JournalForeign`], whose path is empty: the journal is not a journal, has another
    ///   version, or was made for another storage or another state of this one. Neither has changed.
    /// * [`MmioError::CommitUnapplied`]: its commit could not be applied, or not be removed from the
    ///   journal. Part of `main` may be new.
    /// * [`MmioError::CannotRead`], [`CannotSeek`](MmioError::CannotSeek): one of the two can't be read.
    /// * [`MmioError::CannotSync`]: the journal holds no commit, and can't be emptied. `main` is unchanged.
    pub fn open(mut main: S, mut journal: J) -> Result<Self, MmioError> {
        redo::recover(&mut main, &mut journal)?;
        let target = io::SeekFrom::End(0);
        let unknown = |source| MmioError::CannotSeek { target, source };
        let len = len(&mut main).map_err(unknown)?;
        let is_new = super::exact::len(&mut journal).map_err(unknown)? == 0;
        Ok(Self {
            journal,
            main,
            position: 0,
            lengths: Lengths::unchanged(len),
            pieces: Pieces::default(),
            end: PAYLOAD,
            state: State::Open,
            header: if is_new { Header::Missing } else { Header::Blank },
            is_durable: false,
            failed_sync: None,
            is_latched: false,
        })
    }

    /// Whether there is anything to commit.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.pieces.is_empty() || self.lengths != Lengths::unchanged(self.lengths.old)
    }

    /// Makes everything that was written since the last commit durable in `main`, or nothing.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotWrite`], [`CannotRead`](MmioError::CannotRead): `main` is unchanged. The journal is
    ///   full, or one of the two could not be read. Commit again, or roll back.
    /// * [`MmioError::CannotSync`]: `main` is unchanged. One of the two failed to sync, so it may have lost what
    ///   was written. The transaction can only be rolled back. If it was `main`, every later commit fails, too,
    ///   unless the kind was `InvalidInput`, `Unsupported` or `Interrupted`.
    /// * [`MmioError::CommitUnapplied`]: the commit is decided, but could not be applied, and part of `main` may
    ///   be new. Committing again, or opening again, completes it.
    /// * [`MmioError::CommitInDoubt`]: the journal could neither be synced nor withdrawn. `main` is unchanged.
    ///   Opening again either completes the commit or drops it.
    /// * [`MmioError::AccessDenied`]: the call is inside [`edit`](super::edit), which commits when its closure returns.
    pub fn commit(&mut self) -> Result<(), MmioError> {
        self.allow_end("commit")?;
        self.finish()?;
        if self.is_changed() {
            self.decide()?;
        }
        self.finish()
    }

    /// Discards everything that was written since the last commit. The position keeps its offset.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CommitUnapplied`], [`CommitInDoubt`](MmioError::CommitInDoubt): the commit may be decided
    ///   already. Nothing has changed.
    /// * [`MmioError::AccessDenied`]: the call is inside [`edit`](super::edit), which rolls back when its closure
    ///   fails.
    pub fn rollback(&mut self) -> Result<(), MmioError> {
        self.allow_end("roll back")?;
        match self.state {
            State::Open | State::Lost => {
                self.begin(self.lengths.old);
                Ok(())
            }
            State::Decided { .. } | State::InDoubt => Err(self.trouble()),
        }
    }

    /// Discards what is not committed, and removes the last commit from the journal.
    ///
    /// # Errors
    ///
    /// [`MmioError::CommitUnapplied`] or [`MmioError::CommitInDoubt`]: the last commit is not complete, or
    /// could not be removed from the journal. Keep the journal, and open it again.
    pub fn close(mut self) -> Result<(), MmioError> {
        self.retire()
    }

    // ----- for `edit` ------------------------------------------------------------------------

    /// Whether commits and rollbacks are refused from now on.
    pub(super) fn latch(&mut self, is_latched: bool) {
        self.is_latched = is_latched;
    }

    /// Does what [`close`](Self::close) does.
    pub(super) fn retire(&mut self) -> Result<(), MmioError> {
        if matches!(self.state, State::Decided { .. } | State::InDoubt) {
            return Err(self.trouble());
        }
        if self.header == Header::Hot {
            redo::wipe(&mut self.journal)
                .and_then(|()| sync_data(&mut self.journal))
                .map_err(|source| MmioError::CommitUnapplied { source })?;
            self.header = Header::Blank;
        }
        Ok(())
    }

    // ----- the states ------------------------------------------------------------------------

    /// Completes a commit that is decided. An error if no transaction can be committed now.
    pub(super) fn finish(&mut self) -> Result<(), MmioError> {
        let State::Decided { commit, again } = self.state else {
            return if self.state == State::Open { Ok(()) } else { Err(self.trouble()) };
        };
        self.state = State::Decided { commit, again: true };
        redo::apply(&mut self.main, &mut self.journal, &commit, again)
            .and_then(|()| sync_all(&mut self.main))
            .map_err(|source| MmioError::CommitUnapplied { source })?;
        self.begin(self.lengths.new);
        // Not synced, and it may fail: applying the commit again changes nothing as long as nothing
        // else writes to `main`, and the next payload invalidates it.
        let _ = redo::wipe(&mut self.journal);
        Ok(())
    }

    /// Makes the commit durable in the journal.
    fn decide(&mut self) -> Result<(), MmioError> {
        if !self.is_durable {
            // Bytes that others wrote before and never synced are part of what the commit is
            // checked against.
            let answer = match self.failed_sync {
                Some(failed) => Err(failed.to_error()),
                None => sync_data(&mut self.main),
            };
            if let Err(source) = answer {
                self.failed_sync = self.failed_sync.or(FailedSync::of(&source));
                self.state = State::Lost;
                return Err(MmioError::CannotSync { source });
            }
            self.is_durable = true;
        }
        let (lengths, index_at) = (self.lengths, self.end);
        let commit =
            redo::write(&mut self.main, &mut self.journal, lengths, &self.pieces, index_at)?;
        // From the header on, any part of it may reach the disk, whatever the calls return.
        self.header = Header::Hot;
        self.state = State::InDoubt;
        if let Err(source) = write_all_at(&mut self.journal, 0, &commit.to_header()) {
            return Err(self.withdraw(source, State::Open));
        }
        if let Err(source) = sync_data(&mut self.journal) {
            return Err(self.withdraw(source, State::Lost));
        }
        self.state = State::Decided { commit, again: false };
        Ok(())
    }

    /// Withdraws a commit that may be on the disk, and enters `state`.
    fn withdraw(&mut self, source: io::Error, state: State) -> MmioError {
        let withdrawn = redo::wipe(&mut self.journal).and_then(|()| sync_data(&mut self.journal));
        if withdrawn.is_err() {
            return MmioError::CommitInDoubt { source };
        }
        self.state = state;
        match state {
            State::Lost => MmioError::CannotSync { source },
            _ => self.cannot_write(source),
        }
    }

    /// Begins a new transaction of a file of this length.
    fn begin(&mut self, len: u64) {
        self.state = State::Open;
        self.lengths = Lengths::unchanged(len);
        self.pieces.clear();
        self.end = PAYLOAD;
    }

    /// Fails if nothing can be added to the transaction.
    pub(super) fn allow_change(&mut self) -> io::Result<()> {
        if self.state != State::Open {
            return Err(self.trouble().into());
        }
        if self.header == Header::Missing {
            redo::prepare(&mut self.journal)?;
            self.header = Header::Blank;
        }
        Ok(())
    }

    fn allow_end(&self, attempted: &'static str) -> Result<(), MmioError> {
        let offset = self.position;
        if self.is_latched { Err(MmioError::AccessDenied { offset, attempted }) } else { Ok(()) }
    }

    fn cannot_write(&self, source: io::Error) -> MmioError {
        MmioError::CannotWrite { offset: self.position, unwritten: 0, source }
    }

    /// The error that the state causes.
    fn trouble(&self) -> MmioError {
        let source = io::Error::other;
        match self.state {
            State::Open | State::Lost => {
                MmioError::CannotSync { source: source("an earlier sync failed") }
            }
            State::Decided { .. } => {
                MmioError::CommitUnapplied { source: source("an earlier try failed") }
            }
            State::InDoubt => MmioError::CommitInDoubt {
                source: source("an earlier write or sync of the journal failed"),
            },
        }
    }
}

impl<S: Storage, J: Storage> Drop for Journaled<S, J> {
    fn drop(&mut self) {
        // While the thread unwinds, a second panic of the storage would abort the process.
        if !std::thread::panicking() {
            let _ = self.retire();
        }
    }
}

impl<S: Storage, J: Storage> MmioFile<Journaled<S, J>> {
    /// Makes everything that was written since the last commit durable, or nothing.
    ///
    /// This includes what is still in the buffer. The position does not move. No other call makes
    /// anything durable: not [`flush`](Self::flush), [`sync_all`](Self::sync_all) or
    /// [`close`](Self::close).
    ///
    /// # Errors
    ///
    /// Those of [`Journaled::commit`], which leave the same states. If the journal is full, what it has
    /// not accepted stays in the buffer, and the commit can be repeated.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Write};
    /// use mmio_file::{MmioFile, journal::Journaled};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let storage = Journaled::open(Cursor::new(b"old".to_vec()), Cursor::new(Vec::new()))?;
    /// let mut file = MmioFile::new(storage);
    /// file.write_all(b"new")?;
    /// file.commit()?;
    ///
    /// file.write_all(b", but not that")?;
    /// file.rollback()?;
    /// assert_eq!(file.stream_len()?, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn commit(&mut self) -> Result<(), MmioError> {
        // A storage whose commit is decided but not applied accepts no writes, so complete that
        // first.
        let storage = self.settled()?;
        storage.allow_end("commit")?;
        storage.finish()?;
        self.flush(FlushFlags::empty())?;
        self.settled()?.commit()
    }

    /// Discards everything that was written since the last commit. The position keeps its offset.
    ///
    /// # Errors
    ///
    /// Those of [`Journaled::rollback`]. Nothing is discarded then.
    pub fn rollback(&mut self) -> Result<(), MmioError> {
        self.settled()?.rollback()?;
        self.discard_unwritten();
        Ok(())
    }

    /// The storage. The position is settled first, because other calls on the storage would change it.
    fn settled(&mut self) -> Result<&mut Journaled<S, J>, MmioError> {
        self.stream_len()?;
        Ok(self.get_mut())
    }
}
