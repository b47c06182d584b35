//! The life of an edit: recovery, the edit itself, commit or rollback, removal of the journal, unlocking.

use super::journaled::Journaled;
use super::{Recovered, redo};
use crate::file::DEFAULT_CAPACITY;
use crate::positioned_file::MAX_LEN;
use crate::rules::Rules;
use crate::{MmioError, MmioFile, Storage};

/// Where the journal of a file is found, created and removed.
pub(super) trait Place {
    /// The file, which is locked until this is dropped.
    type Main: Storage;
    type Journal: Storage;

    /// Opens the journal of `main`, if there is one.
    fn find(&self, main: &Self::Main) -> Result<Option<Self::Journal>, MmioError>;

    /// Creates the journal of `main`, which has none. It is empty, and its name need not be durable
    /// before its first sync.
    fn create(&self, main: &Self::Main) -> Result<Self::Journal, MmioError>;

    /// Removes a journal that durably holds no commit. This may fail, or be undone by a power cut:
    /// such a journal does not affect any edit.
    fn remove(journal: &Self::Journal);
}

/// Recovers a file that is locked, and removes its journal.
pub(super) fn recover<P: Place>(main: &mut P::Main, place: &P) -> Result<Recovered, MmioError> {
    let Some(mut journal) = place.find(main)? else {
        return Ok(Recovered::Nothing);
    };
    let recovered = redo::recover(main, &mut journal)?;
    P::remove(&journal);
    Ok(recovered)
}

/// An edit in progress. If it is dropped before the commit, it is rolled back.
pub(super) struct Session<P: Place>(Option<MmioFile<Journaled<P::Main, P::Journal>>>);

impl<P: Place> Session<P> {
    /// Begins an edit of a file that is locked.
    pub(super) fn open(mut main: P::Main, place: &P) -> Result<Self, MmioError> {
        recover(&mut main, place)?;
        // Created now, so that an edit for which none can be created fails before its work is done.
        let journal = place.create(&main)?;
        let mut storage = Journaled::open(main, journal)?;
        storage.latch(true);
        let rules = Rules { max_len: MAX_LEN, ..Rules::default() };
        Ok(Self(Some(MmioFile::with_rules(DEFAULT_CAPACITY, storage, rules))))
    }

    pub(super) fn file(&mut self) -> &mut MmioFile<Journaled<P::Main, P::Journal>> {
        self.0.as_mut().expect("the file is there until the session ends")
    }

    pub(super) fn commit(mut self) -> Result<(), MmioError> {
        let file = self.file();
        file.get_mut().latch(false);
        file.commit().map_err(keeping_nothing)?;
        file.get_mut().retire()
    }
}

/// The error of a commit whose buffer is discarded.
fn keeping_nothing(error: MmioError) -> MmioError {
    match error {
        MmioError::CannotWrite { offset, source, .. } => {
            MmioError::CannotWrite { offset, unwritten: 0, source }
        }
        other => other,
    }
}

impl<P: Place> Drop for Session<P> {
    fn drop(&mut self) {
        if let Some(file) = self.0.take() {
            // The buffer's content is discarded. The file is unlocked last.
            let (mut storage, _) = file.into_parts();
            if storage.retire().is_ok() {
                P::remove(&storage.journal);
            }
        }
    }
}
