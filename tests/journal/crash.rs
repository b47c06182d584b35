//! The power is cut, or the program killed, after every call, and after every call of the recovery, and
//! once more: the file is exactly as the last commit that returned `Ok` made it, or as the commit in
//! progress does. And what others write plainly, before the session and after it, stays.

use mmio_file::MmioError;

use crate::disk::{Disk, Random, Shared};
use crate::script::{Expected, Step, Subject, bytes, reopened, script};

/// How much is tried.
#[derive(Clone, Copy)]
struct Effort {
    /// States of each file after a cut.
    images: usize,
    /// States in which the recovery itself is cut.
    recoveries: usize,
}

#[derive(Default)]
struct Tried {
    states: usize,
    applied: usize,
    killed: usize,
    edited: usize,
}

impl Tried {
    fn print(&self) {
        let Self { states, applied, killed, edited } = self;
        println!("{states} states opened, {applied} of them with a commit to apply");
        println!("{killed} after a kill, {edited} edited plainly before the cut");
    }
}

/// One run of the simulation.
struct Run<'a> {
    expected: Expected,
    effort: Effort,
    random: Random,
    tried: &'a mut Tried,
}

impl Run<'_> {
    /// Opens the disk, and checks that the file is the old one or the new one; then cuts that, too.
    fn recover(&mut self, before: &Shared, depth: usize) {
        self.tried.states += 1;
        let main = before.borrow().main.seen.clone();
        let disk = before.borrow().restart();
        let mut subject = Subject::open(&disk, None).expect("what a crash leaves can be opened");
        let read = subject.read().unwrap();
        let is_left = self.expected.is_unsynced && read == main;
        assert!(is_left || self.expected.allows(&read), "neither old nor new, at depth {depth}");
        assert!(disk.borrow().main.seen == read, "the file is not what it is read as");
        subject.close().unwrap();
        let was_applied = disk.borrow().is_touched;
        assert!(was_applied || read == main);
        self.tried.applied += usize::from(was_applied);
        let calls = disk.borrow().calls;
        if depth > 0 || self.random.below(8) == 0 {
            self.plain_edit_stays(&disk);
        }
        // If there is nothing to apply, a few are enough.
        if depth == 0 || (!was_applied && self.random.below(8) > 0) {
            return;
        }
        for cut in 0..calls {
            let disk = before.borrow().restart();
            disk.borrow_mut().cut = cut;
            drop(Subject::open(&disk, None));
            self.each_state(&disk, self.effort.recoveries, depth - 1);
        }
    }

    /// Recovers from every state that the end of the program, or of the power, may have left.
    fn each_state(&mut self, disk: &Shared, most: usize, depth: usize) {
        if depth > 0 || self.random.below(4) == 0 {
            self.tried.killed += 1;
            self.recover(&disk.borrow().restart(), depth);
        }
        let (mains, journals) = {
            let disk = disk.borrow();
            (disk.main.images(most, &mut self.random), disk.journal_images(most, &mut self.random))
        };
        let (longest, all) = (mains.len().max(journals.len()), mains.len() * journals.len());
        // Each state of either file at least once, though not every pair.
        for index in 0..if all <= most { all } else { longest } {
            let main = &mains[index % mains.len()];
            let journal = if all <= most {
                &journals[index / mains.len()]
            } else {
                &journals[(index * 7 + self.random.below(journals.len())) % journals.len()]
            };
            self.recover(&reopened(main, journal.as_deref()), depth);
        }
    }

    /// After the session, another program writes plainly; then the power is cut. What it wrote stays,
    /// whatever has become of the journal.
    fn plain_edit_stays(&mut self, disk: &Shared) {
        let disk = disk.borrow().restart();
        let edited = disk.borrow_mut().edit_plainly();
        let journals = disk.borrow().journal_images(4, &mut self.random);
        for journal in journals {
            self.tried.edited += 1;
            let disk = reopened(&edited, journal.as_deref());
            let mut subject = Subject::open(&disk, None).expect("the journal is harmless");
            assert!(subject.read().unwrap() == edited, "a commit has come back");
        }
    }
}

/// Runs a script, cut after every call.
///
/// `unsynced` is written to the file before, by another program that does not sync it.
fn cut_everywhere(
    old: &[u8],
    unsynced: &[(u64, Vec<u8>)],
    script: &[Step],
    capacity: Option<usize>,
    effort: Effort,
    seed: u64,
    tried: &mut Tried,
) {
    let mut random = Random(seed | 1);
    for cut in 0.. {
        let disk = Disk::new(old, None, seed);
        for (at, bytes) in unsynced {
            disk.borrow_mut().main.write(*at, bytes);
        }
        disk.borrow_mut().cut = cut;
        let mut expected = Expected::new(&disk.borrow().main.seen.clone());
        let mut is_closed = false;
        match Subject::open(&disk, capacity) {
            Ok(mut subject) => {
                let ran = expected.run(&mut subject, script);
                let closed = subject.close();
                is_closed = ran.is_ok() && closed.is_ok();
                assert!(is_closed || disk.borrow().is_cut(), "{ran:?}");
            }
            Err(error) => assert!(disk.borrow().is_cut(), "{error}"),
        }
        let depth = if cut % 4 == 0 { 2 } else { 1 };
        let mut run = Run { expected, effort, random, tried };
        if !unsynced.is_empty() && !disk.borrow().is_touched {
            // What the other program did not sync may be lost, as long as nothing is decided.
            run.expected.is_unsynced = true;
        }
        run.each_state(&disk, effort.images, depth);
        if is_closed && !disk.borrow().is_cut() {
            run.plain_edit_stays(&disk);
            return;
        }
        random = run.random;
    }
}

/// The number of random scripts; the environment can set it.
pub(crate) fn cases(default: u64) -> u64 {
    std::env::var("MMIO_JOURNAL_CASES").map_or(default, |cases| cases.parse().unwrap())
}

#[test]
fn a_crash_leaves_the_old_file_or_the_new_one() {
    let mut tried = Tried::default();
    let effort = Effort { images: 24, recoveries: 4 };
    for case in 0..cases(5) {
        let seed = 0x5EED_0000 + case * 7919;
        let mut random = Random(seed);
        let old = bytes([0, 10, 600, 1500, 3000][random.below(5)], 0);
        let script = script(&mut random, old.len());
        let capacity =
            [None, None, Some(0), Some(64), Some(1024), Some(64 * 1024)][random.below(6)];
        let mut unsynced = Vec::new();
        if random.below(3) == 0 {
            unsynced.push((random.below(old.len() + 600) as u64, bytes(1 + random.below(700), 9)));
        }
        println!("seed {seed:#x}, capacity {capacity:?}");
        cut_everywhere(&old, &unsynced, &script, capacity, effort, seed, &mut tried);
    }
    tried.print();
    assert!(tried.applied > 100);
}

#[test]
fn every_state_of_small_edits_is_the_old_file_or_the_new_one() {
    let w = |at, len| Step::Write(at, bytes(len, 0x55));
    let scripts = [
        vec![w(0, 1), Step::Commit],
        vec![w(100, 600), Step::Commit],
        vec![Step::SetLen(10), Step::Commit],
        vec![Step::SetLen(2000), Step::Commit],
        vec![Step::SetLen(10), Step::SetLen(700), Step::Commit],
        vec![w(900, 20), Step::Commit],
        vec![Step::SetLen(100), w(300, 20), Step::Commit],
        vec![w(0, 1), Step::Commit, w(0, 2), Step::Commit],
        vec![w(0, 1), Step::Commit, Step::SetLen(5), Step::Commit, w(3, 9), Step::Commit],
        vec![w(0, 9), Step::Rollback, w(20, 9), Step::Commit],
    ];
    let mut tried = Tried::default();
    let effort = Effort { images: 1024, recoveries: 16 };
    for (index, script) in scripts.iter().enumerate() {
        for capacity in [None, Some(64)] {
            let old = bytes(700, 0);
            cut_everywhere(&old, &[], script, capacity, effort, index as u64, &mut tried);
        }
    }
    tried.print();
}

#[test]
fn a_commit_of_nothing_makes_no_call() {
    let disk = reopened(b"old", None);
    let mut subject = Subject::open(&disk, None).unwrap();
    let calls = disk.borrow().calls;
    subject.commit().unwrap();
    assert_eq!(disk.borrow().calls, calls);
    assert!(matches!(subject.close(), Ok::<(), MmioError>(())));
    assert_eq!(disk.borrow().calls, calls);
}
