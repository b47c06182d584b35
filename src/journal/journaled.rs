//! [`Journaled`]: a storage that changes as a whole, in its states.

use std::io;

use super::exact::{len, sync_all, sync_data, write_all_at};
use super::format::{Commit, Lengths, PAYLOAD};
use super::pieces::Pieces;
use super::redo;
use crate::{FlushFlags, MmioError, MmioFile, Storage};

/// A storage whose changes take effect together, at a [`commit`](Self::commit), or not at all.
///
/// What is written goes to the journal, a second storage, and is read back from there; until the
/// commit, `main` is not touched. Use [`edit`](super::edit) for files; this is for storages of another
/// kind, and for several commits in one session. Usually a [`MmioFile`] lies over it.
///
/// Its `flush`, `sync_data` and `sync_all` do nothing but answer `Ok`: only a commit makes anything
/// durable. So does [`MmioFile::close`], which commits nothing.
///
/// Dropping it forgets what is not committed. What is committed and applied it takes out of the
/// journal, durably, if it can; [`close`](Self::close) reports whether it could. Until then others must
/// not change `main`, or a power cut can bring the last commit back over what they did.
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
    /// Where the next payload goes: nothing before it is written over until the transaction ends.
    pub(super) end: u64,
    state: State,
    header: Header,
    /// Whether what `main` was before the transaction is on the disk.
    is_durable: bool,
    /// Whether a commit or a rollback is refused, since `edit` is to end the transaction.
    is_latched: bool,
}

/// What the journal's header may be on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// Nothing; it may not even be there.
    Missing,
    /// One by which nothing is decided.
    Blank,
    /// That of a commit.
    Hot,
}

/// How far the transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing is decided: the file is the old one.
    Open,
    /// Nothing is decided, and nothing can be: a sync failed, so what the commit needs may never reach
    /// the disk.
    Lost,
    /// The commit is durable in the journal, and not yet in the file.
    Decided { commit: Commit, again: bool },
    /// The commit may be durable or not. The file is the old one until the journal is opened again.
    InDoubt,
}

impl<S: Storage, J: Storage> Journaled<S, J> {
    /// Puts a journal beside `main`, at position 0; what the journal holds is first applied.
    ///
    /// An empty journal is a new one, and stays empty until something is written. The caller keeps other writers away from `main`, from before the
    /// journal is opened until this is closed.
    ///
    /// # Errors
    ///
    /// After each, opening can be tried again.
    ///
    /// * [`MmioError::JournalForeign`], whose path is empty: the journal is something else, of another
    ///   version, or was made for another file or another state of this one. Neither is changed.
    /// * [`MmioError::CommitUnapplied`]: its commit could not be applied, or not be taken out. `main` may be
    ///   in part the new one.
    /// * [`MmioError::CannotRead`], [`CannotSeek`](MmioError::CannotSeek): one of the two can't be read.
    /// * [`MmioError::CannotSync`]: the journal holds no commit, and can't be emptied. `main` is not changed.
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
            is_latched: false,
        })
    }

    /// Whether there is anything to commit.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        !self.pieces.is_empty() || self.lengths != Lengths::unchanged(self.lengths.old)
    }

    /// Makes all that was written since the last commit durable in `main`, or nothing of it.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CannotWrite`], [`CannotRead`](MmioError::CannotRead): `main` is the old one. The journal is
    ///   full, or one of the two could not be read. The commit can be tried again, or rolled back.
    /// * [`MmioError::CannotSync`]: `main` is the old one. One of the two failed to sync, so it can't be trusted to
    ///   hold what it was given; this can only be rolled back.
    /// * [`MmioError::CommitUnapplied`]: the commit is made, but could not be applied, and `main` may be in part
    ///   the new one. Another commit, or opening again, goes on with it.
    /// * [`MmioError::CommitInDoubt`]: the journal could neither be synced nor taken back. `main` is the old one,
    ///   and opening again makes it the old or the new one.
    /// * [`MmioError::AccessDenied`]: this is inside [`edit`](super::edit), which commits when its closure returns.
    pub fn commit(&mut self) -> Result<(), MmioError> {
        self.allow_end("commit")?;
        self.finish()?;
        if self.is_changed() {
            self.decide()?;
        }
        self.finish()
    }

    /// Forgets all that was written since the last commit; the position keeps its offset.
    ///
    /// # Errors
    ///
    /// * [`MmioError::CommitUnapplied`], [`CommitInDoubt`](MmioError::CommitInDoubt): it is too late. Nothing is changed.
    /// * [`MmioError::AccessDenied`]: this is inside [`edit`](super::edit), which rolls back when its closure fails.
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

    /// Forgets what is not committed, and leaves nothing in the journal that could be applied again.
    ///
    /// # Errors
    ///
    /// [`MmioError::CommitUnapplied`] or [`MmioError::CommitInDoubt`]: the last commit is not done with, or
    /// could not be taken out of the journal. The journal must be kept, and opened again.
    pub fn close(mut self) -> Result<(), MmioError> {
        self.retire()
    }

    // ----- for `edit` ------------------------------------------------------------------------

    /// Whether commits and rollbacks are refused from now on.
    pub(super) fn latch(&mut self, is_latched: bool) {
        self.is_latched = is_latched;
    }

    /// What [`close`](Self::close) does.
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

    /// Goes on with a commit that is decided; an error if no transaction can be committed now.
    pub(super) fn finish(&mut self) -> Result<(), MmioError> {
        let State::Decided { commit, again } = self.state else {
            return if self.state == State::Open { Ok(()) } else { Err(self.trouble()) };
        };
        self.state = State::Decided { commit, again: true };
        redo::apply(&mut self.main, &mut self.journal, &commit, again)
            .and_then(|()| sync_all(&mut self.main))
            .map_err(|source| MmioError::CommitUnapplied { source })?;
        self.begin(self.lengths.new);
        // Not synced, and no harm if it fails: to apply it again changes nothing, as long as nobody
        // else writes, and the next payload makes it invalid.
        let _ = redo::wipe(&mut self.journal);
        Ok(())
    }

    /// Makes the commit durable in the journal.
    fn decide(&mut self) -> Result<(), MmioError> {
        if !self.is_durable {
            // What others wrote before, and never synced, is part of what the commit goes by.
            if let Err(source) = sync_data(&mut self.main) {
                self.state = State::Lost;
                return Err(MmioError::CannotSync { source });
            }
            self.is_durable = true;
        }
        let (lengths, index_at) = (self.lengths, self.end);
        let commit =
            redo::write(&mut self.main, &mut self.journal, lengths, &self.pieces, index_at)
                .map_err(|source| self.cannot_write(source))?;
        // From the header on, any of it may reach the disk, whatever the calls answer.
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

    /// Takes a commit back that may be on the disk; `state` is what it is then.
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

    /// The file has this length, and what follows is a new transaction.
    fn begin(&mut self, len: u64) {
        self.state = State::Open;
        self.lengths = Lengths::unchanged(len);
        self.pieces.clear();
        self.end = PAYLOAD;
    }

    /// Makes sure that the transaction can be added to.
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

    /// Why the state stands in the way.
    fn trouble(&self) -> MmioError {
        let source = io::Error::other;
        match self.state {
            State::Open | State::Lost => {
                MmioError::CannotSync { source: source("an earlier sync failed") }
            }
            State::Decided { .. } => {
                MmioError::CommitUnapplied { source: source("an earlier try failed") }
            }
            State::InDoubt => {
                MmioError::CommitInDoubt { source: source("an earlier sync of the journal failed") }
            }
        }
    }
}

impl<S: Storage, J: Storage> Drop for Journaled<S, J> {
    fn drop(&mut self) {
        // While the thread unwinds, a storage that panics once more would abort the process.
        if !std::thread::panicking() {
            let _ = self.retire();
        }
    }
}

impl<S: Storage, J: Storage> MmioFile<Journaled<S, J>> {
    /// Makes all that was written since the last commit durable, or nothing of it.
    ///
    /// What the buffer holds takes part. The position stays. This is the only call that makes anything
    /// durable: [`flush`](Self::flush), [`sync_all`](Self::sync_all) and [`close`](Self::close) do not.
    ///
    /// # Errors
    ///
    /// Those of [`Journaled::commit`], with the same states left behind. If the journal is full, what has
    /// not reached it is kept in the buffer, and the commit can be tried again.
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
        // Decided but not applied, the storage takes nothing: that comes first.
        let storage = self.settled()?;
        storage.allow_end("commit")?;
        storage.finish()?;
        self.flush(FlushFlags::empty())?;
        self.settled()?.commit()
    }

    /// Forgets all that was written since the last commit; the position keeps its offset.
    ///
    /// # Errors
    ///
    /// Those of [`Journaled::rollback`]; nothing is forgotten then.
    pub fn rollback(&mut self) -> Result<(), MmioError> {
        self.settled()?.rollback()?;
        self.discard_unwritten();
        Ok(())
    }

    /// The storage, once the position is known, which asking the storage for other things would change.
    fn settled(&mut self) -> Result<&mut Journaled<S, J>, MmioError> {
        self.stream_len()?;
        Ok(self.get_mut())
    }
}
