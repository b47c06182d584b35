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

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use disk::{Disk, FAULTS, Random, Shared, SimFile};
use script::{Expected, Step, bytes, reopened, run_all};

use super::format::{Commit, Entry, HEADER, Lengths, PAYLOAD, hash};
use super::index::IndexWriter;
use super::session::{Place, Session, recover};
use super::{Journaled, Recovered};
use crate::{MmioError, MmioFile, Storage};

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
        // A program that waits for the lock edits the recovered file.
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
            recover(&mut SimFile::main(&disk), &Folder(disk.clone())).expect("it is harmless");
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

#[test]
fn an_edit_in_which_a_call_fails_leaves_what_its_error_says() {
    let old = bytes(700, 0);
    let script = [Step::Write(690, bytes(300, 0x55)), Step::Write(5, bytes(3, 0x55))];
    let new = Expected::after(&old, &script);
    let (mut early, mut late) = (0, 0);
    for fault in FAULTS {
        for call in 0.. {
            let disk = Disk::new(&old, None, call as u64);
            disk.borrow_mut().faults.push((call, fault));
            let answer = edit(&disk, &script);
            if disk.borrow().met.is_none() {
                break;
            }
            let seen = disk.borrow().main.seen.clone();
            let may_be: &[&Vec<u8>] = match &answer {
                Ok(()) => &[&new],
                Err(MmioError::CommitUnapplied { .. }) => {
                    let is_kept = disk.borrow().journal().is_some();
                    assert!(is_kept || seen == new, "removed, and not applied");
                    &[&new]
                }
                Err(MmioError::CommitInDoubt { .. }) => {
                    assert!(disk.borrow().journal().is_some() && seen == old);
                    &[&old, &new]
                }
                Err(_) => {
                    assert!(seen == old, "{answer:?}");
                    &[&old]
                }
            };
            early += usize::from(may_be == [&old]);
            late += usize::from(answer.is_err() && may_be != [&old]);
            // The program is gone, or the power as well.
            let mut random = Random(call as u64 + 1);
            let mut after = vec![disk.borrow().restart()];
            let mains = disk.borrow().main.images(6, &mut random);
            for journal in disk.borrow().journal_images(6, &mut random) {
                after.extend(mains.iter().map(|main| reopened(main, journal.as_deref())));
            }
            for disk in after {
                recover(&mut SimFile::main(&disk), &Folder(disk.clone())).unwrap();
                assert!(may_be.contains(&&disk.borrow().main.seen), "{fault:?} {call} {answer:?}");
            }
        }
    }
    assert!(early > 20 && late > 20, "{early}, {late}");
}

#[test]
fn an_edit_costs_six_syncs_and_what_it_changes_however_long_the_file() {
    let tag = [Step::Write(600, bytes(100, 0x55))];
    for len in [700, 700_000] {
        let disk = Disk::new(&bytes(len, 0), None, 1);
        edit(&disk, &tag).unwrap();
        let disk = disk.borrow();
        // The file before and after; the journal when it is new, decided, and blanked; its name.
        assert_eq!(disk.synced, [2, 3, 1]);
        // The bytes in the journal and in the file; an entry, with what was there before; the header,
        // a blank one after the commit, and once more in the end.
        assert_eq!(disk.written, 2 * 100 + (32 + 100) + 3 * 512);
    }
}

#[test]
fn an_edit_that_changes_nothing_writes_nothing_and_makes_no_sync() {
    let disk = Disk::new(b"old", None, 1);
    edit(&disk, &[]).unwrap();
    assert_eq!((disk.borrow().written, disk.borrow().synced), (0, [0; 3]));
    assert_eq!(disk.borrow().journal(), None);
}

#[test]
fn each_further_commit_of_a_session_costs_two_syncs() {
    let disk = Disk::new(&bytes(700, 0), None, 1);
    let (main, journal) = SimFile::pair(&disk);
    let mut file = MmioFile::new(Journaled::open(main, journal).unwrap());
    for round in 1..=5 {
        run_all(&mut file, &[Step::Write(3, bytes(100, round))]).unwrap();
        file.commit().unwrap();
        assert_eq!(disk.borrow().synced, [1 + usize::from(round), 1 + usize::from(round), 1]);
    }
}

/// A journal that takes no room, of whose bytes after the header none is read.
struct Unread(Cursor<Vec<u8>>);

impl Read for Unread {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        assert!(self.0.position() < PAYLOAD, "it reads what the header claims");
        self.0.read(out)
    }
}

impl Write for Unread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Unread {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::End(0) = target { Ok(1 << 60) } else { self.0.seek(target) }
    }
}

impl Storage for Unread {
    fn set_len(&mut self, _: u64) -> io::Result<()> {
        unreachable!("it is long enough")
    }

    fn sync_data(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn sync_all(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_header_that_claims_more_than_there_can_be_is_not_believed() {
    let honest = Commit {
        lengths: Lengths { old: 900, low: 900, new: 900 },
        index_at: PAYLOAD + 100,
        index_len: 132,
        index_hash: 0,
        witness: [0; 2],
    };
    for lie in [
        // More pieces than there is payload for.
        Commit { index_len: 32 << 40, ..honest },
        Commit { index_len: 33 * 100 + 1, ..honest },
        // Beyond the end of the journal, or of all numbers, or over the header.
        Commit { index_at: (1 << 60) - 131, ..honest },
        Commit { index_at: u64::MAX - 100, ..honest },
        Commit { index_at: PAYLOAD - 1, ..honest },
        // Lengths that no file can go through.
        Commit { lengths: Lengths { old: 900, low: 901, new: 900 }, ..honest },
        Commit { lengths: Lengths { old: 900, low: 900, new: 899 }, ..honest },
        Commit { lengths: Lengths { old: 900, low: 900, new: u64::MAX }, ..honest },
    ] {
        let mut journal = Unread(Cursor::new(lie.to_header().to_vec()));
        let recovered = super::redo::recover(&mut Cursor::new(bytes(900, 0)), &mut journal);
        assert_eq!(recovered.unwrap(), Recovered::Nothing, "{lie:?}");
    }
}

#[test]
fn an_index_that_uses_the_same_payload_twice_is_not_believed() {
    let new = bytes(100, 0x55);
    let file = bytes(900, 0);
    for (second, expected) in [(PAYLOAD, Recovered::Nothing), (PAYLOAD + 100, Recovered::Applied)] {
        let mut journal = Cursor::new([&[0; HEADER], &new[..], &new[..]].concat());
        let index_at = second + 100;
        let mut index = IndexWriter::new(index_at);
        for (start, at) in [(0, PAYLOAD), (300, second)] {
            let entry = Entry { start, len: 100, at, hash: hash(&new) };
            let start = usize::try_from(start).unwrap();
            index.push(&mut journal, entry, &file[start..start + 100]).unwrap();
        }
        let (index_len, index_hash) = index.finish(&mut journal).unwrap();
        let masked = |from: usize| {
            let mut bytes = file[from..from + 512].to_vec();
            for entry in [0..100, 300..400] {
                for at in entry {
                    if (from..from + 512).contains(&at) {
                        bytes[at - from] = 0;
                    }
                }
            }
            hash(&bytes)
        };
        let lengths = Lengths::unchanged(900);
        let witness = [masked(0), masked(900 - 512)];
        let commit = Commit { lengths, index_at, index_len, index_hash, witness };
        journal.get_mut()[..HEADER].copy_from_slice(&commit.to_header());
        let mut main = Cursor::new(file.clone());
        assert_eq!(super::redo::recover(&mut main, &mut journal).unwrap(), expected);
        assert_eq!(main.get_ref()[..100] == new, expected == Recovered::Applied);
    }
}
