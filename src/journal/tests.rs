//! The life of an edit on the simulated disk of `tests/journal/`: cut, or killed, after every call, and again
//! in the recovery. Another program waits for the lock, and edits the file plainly as soon as it has it.
#![allow(clippy::cast_possible_truncation, reason = "the files of these tests are small")]

#[allow(dead_code, reason = "a part of it is for the other tests")]
#[path = "../../tests/journal/disk.rs"]
mod disk;
#[path = "../../tests/journal/on_disk.rs"]
mod on_disk;
#[allow(dead_code, reason = "a part of it is for the other tests")]
#[path = "../../tests/journal/script.rs"]
mod script;

use std::path::PathBuf;

use disk::{Disk, Random, Shared, SimFile};
use script::{Expected, Step, bytes, reopened, run_all};

use super::session::{Place, Session, recover};
use crate::MmioError;

/// The folder on the disk.
struct Folder(Shared);

impl Place for Folder {
    type Main = SimFile;
    type Journal = SimFile;

    fn find(&self, _: &SimFile) -> Result<Option<SimFile>, MmioError> {
        Ok(Disk::find(&self.0))
    }

    fn create(&self, _: &SimFile) -> Result<SimFile, MmioError> {
        let path = PathBuf::new;
        Disk::try_create(&self.0).map_err(|source| MmioError::CannotOpen { path: path(), source })
    }

    fn remove(journal: &SimFile) {
        let _ = journal.remove();
    }
}

/// What `edit` does, the closure being the script.
fn edit(disk: &Shared, script: &[Step]) -> Result<(), MmioError> {
    let mut session = Session::open(SimFile::main(disk), &Folder(disk.clone()))?;
    run_all(session.file(), script).map_err(|source| MmioError::CannotWrite {
        offset: 0,
        unwritten: 0,
        source,
    })?;
    session.commit()
}

#[derive(Default)]
struct Tried {
    states: usize,
    edited: usize,
}

struct Run {
    old: Vec<u8>,
    new: Vec<u8>,
    random: Random,
    tried: Tried,
}

/// How far an edit has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    /// It has not answered.
    Cut,
    /// It has answered `Ok`.
    Done,
}

impl Run {
    /// Recovers, and checks the file; then the recovery is cut as well.
    fn recover(&mut self, before: &Shared, after: After, depth: usize) {
        self.tried.states += 1;
        let disk = before.borrow().restart();
        let edited = disk.borrow_mut().edited.take();
        // Who waits for the lock edits what the recovery has made of the file.
        disk.borrow_mut().is_awaited = true;
        let answer = recover(&mut SimFile::main(&disk), &Folder(disk.clone()));
        answer.expect("what a crash leaves can be recovered");
        let now = disk.borrow().edited.clone().expect("the lock was released");
        match &edited {
            // One that has edited before the crash keeps what it wrote.
            Some(edited) => assert!(is_one_byte_off(edited, &now), "a commit has come back"),
            None => assert!(
                is_one_byte_off(&self.new, &now)
                    || (after == After::Cut && is_one_byte_off(&self.old, &now)),
                "neither the old nor the new file"
            ),
        }
        self.nothing_comes_back(&disk);
        if depth == 0 {
            return;
        }
        for cut in 0..disk.borrow().calls {
            let disk = before.borrow().restart();
            disk.borrow_mut().is_awaited = edited.is_none();
            disk.borrow_mut().cut = cut;
            let _ = recover(&mut SimFile::main(&disk), &Folder(disk.clone()));
            self.each_state(&disk, after, 8, depth - 1);
        }
    }

    fn each_state(&mut self, disk: &Shared, after: After, most: usize, depth: usize) {
        self.recover(&disk.borrow().restart(), after, depth);
        let (mains, journals, edited) = {
            let disk = disk.borrow();
            let mains = disk.main.images(most, &mut self.random);
            (mains, disk.journal_images(most, &mut self.random), disk.edited.clone())
        };
        for index in 0..(mains.len() * journals.len()).min(4 * most) {
            let all = mains.len() * journals.len() <= 4 * most;
            let (main, journal) = if all {
                (&mains[index % mains.len()], &journals[index / mains.len()])
            } else {
                (&mains[index % mains.len()], &journals[self.random.below(journals.len())])
            };
            let disk = reopened(main, journal.as_deref());
            disk.borrow_mut().edited.clone_from(&edited);
            self.recover(&disk, after, depth);
        }
    }

    /// The plain edit that followed is durable, and stays, whatever a cut leaves of the journal.
    fn nothing_comes_back(&mut self, disk: &Shared) {
        let edited = disk.borrow().main.seen.clone();
        let journals = disk.borrow().journal_images(6, &mut self.random);
        for journal in journals {
            self.tried.edited += 1;
            let disk = reopened(&edited, journal.as_deref());
            recover(&mut SimFile::main(&disk), &Folder(disk.clone())).expect("it disturbs nobody");
            assert!(disk.borrow().main.seen == edited, "a commit has come back");
        }
    }
}

/// Whether the second is the first, plainly edited.
fn is_one_byte_off(bytes: &[u8], edited: &[u8]) -> bool {
    let off = bytes.iter().zip(edited).filter(|(is, edited)| is != edited).count();
    bytes.len() == edited.len() && off == usize::from(!bytes.is_empty())
}

#[test]
fn an_edit_that_is_cut_anywhere_is_whole_or_none_and_never_comes_back() {
    let w = |at, len| Step::Write(at, bytes(len, 0x55));
    let scripts = [
        vec![],
        vec![w(0, 1)],
        vec![w(100, 900)],
        vec![Step::SetLen(10)],
        vec![Step::SetLen(1500)],
        vec![Step::SetLen(100), w(300, 20)],
        vec![w(690, 700), w(5, 3)],
    ];
    let (mut states, mut edited) = (0, 0);
    for (index, script) in scripts.iter().enumerate() {
        let old = bytes(700, 0);
        let new = Expected::after(&old, script);
        let (random, tried) = (Random(index as u64 + 1), Tried::default());
        let mut run = Run { old, new, random, tried };
        for cut in 0.. {
            let disk = Disk::new(&run.old, None, index as u64);
            disk.borrow_mut().cut = cut;
            disk.borrow_mut().is_awaited = true;
            let answer = edit(&disk, script);
            let after = if answer.is_ok() { After::Done } else { After::Cut };
            assert!(answer.is_ok() || disk.borrow().is_cut(), "{answer:?}");
            run.each_state(&disk, after, 16, if cut % 4 == 0 { 2 } else { 1 });
            if !disk.borrow().is_cut() {
                break;
            }
        }
        states += run.tried.states;
        edited += run.tried.edited;
    }
    println!("{states} states recovered, {edited} edited plainly before the cut");
}
