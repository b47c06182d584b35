//! The power is cut after every call, and after every call of the recovery, and once more: the file is
//! exactly the last one that a commit answered `Ok` for, or the one being committed.

use mmio_file::MmioError;

use crate::disk::{Disk, OnDisk, Random, Shared};
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
}

/// What a cut leaves of the journal, and that its name may be gone.
fn journals(disk: &Disk, most: usize, random: &mut Random) -> Vec<Option<Vec<u8>>> {
    let mut journals: Vec<_> = disk.journal.images(most, random).into_iter().map(Some).collect();
    if !disk.is_named {
        journals.push(None);
    }
    journals
}

/// Opens what a cut has left, and checks that it is the old one or the new one; then cuts that, too.
fn recover(
    main: &[u8],
    journal: Option<&[u8]>,
    expected: &Expected,
    effort: Effort,
    depth: usize,
    random: &mut Random,
    tried: &mut Tried,
) {
    tried.states += 1;
    let disk = reopened(main, journal);
    let mut subject = Subject::open(&disk, None).expect("what a crash leaves can be opened");
    let read = subject.read().unwrap();
    assert!(expected.allows(&read), "neither the old nor the new file, at depth {depth}");
    assert!(disk.borrow().main.seen == read, "the file is not what it is read as");
    let calls = disk.borrow().calls;
    drop(subject);
    let was_applied = read != main || disk.borrow().synced[0] > 0;
    tried.applied += usize::from(was_applied);
    if depth == 0 || !was_applied {
        return;
    }
    for cut in 0..calls {
        let disk = reopened(main, journal);
        disk.borrow_mut().cut = cut;
        let opened = Subject::open(&disk, None);
        drop(opened);
        each_state(&disk, expected, effort.recoveries, depth - 1, effort, random, tried);
    }
}

/// Recovers from every state that the cut may have left.
fn each_state(
    disk: &Shared,
    expected: &Expected,
    most: usize,
    depth: usize,
    effort: Effort,
    random: &mut Random,
    tried: &mut Tried,
) {
    let disk = disk.borrow().clone();
    let mains = disk.main.images(most, random);
    let journals = journals(&disk, most, random);
    if mains.len() * journals.len() <= most {
        for main in &mains {
            for journal in &journals {
                recover(main, journal.as_deref(), expected, effort, depth, random, tried);
            }
        }
    } else {
        // Each of both at least once.
        for index in 0..mains.len().max(journals.len()) {
            let main = &mains[index % mains.len()];
            let journal = &journals[(index * 7 + random.below(journals.len())) % journals.len()];
            recover(main, journal.as_deref(), expected, effort, depth, random, tried);
        }
    }
}

/// Runs a script, cut after every call; returns how many states were opened.
fn cut_everywhere(
    old: &[u8],
    script: &[Step],
    capacity: Option<usize>,
    effort: Effort,
    seed: u64,
    tried: &mut Tried,
) {
    let mut random = Random(seed | 1);
    for cut in 0.. {
        let disk = Disk::new(old, None, seed);
        disk.borrow_mut().cut = cut;
        let mut expected = Expected::new(old);
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
        let depth = if cut % 3 == 0 { 2 } else { 1 };
        each_state(&disk, &expected, effort.images, depth, effort, &mut random, tried);
        if is_closed && !disk.borrow().is_cut() {
            plain_edits_stay(&disk, &expected, &mut random, tried);
            return;
        }
    }
}

/// After the session, another program writes plainly; then the power is cut. What it wrote stays,
/// whether the journal's removal has reached the disk or not.
fn plain_edits_stay(disk: &Shared, expected: &Expected, random: &mut Random, tried: &mut Tried) {
    let mut edited = expected.committed.clone();
    for _ in 0..3 {
        if let len @ 1.. = edited.len() {
            edited[random.below(len)] ^= 1;
        }
        let effort = Effort { images: 8, recoveries: 1 };
        let mut after = disk.borrow().clone();
        after.main = OnDisk::new(&edited);
        for journal in journals(&after, effort.images, random).into_iter().chain([None]) {
            let expected = Expected::new(&edited);
            recover(&edited, journal.as_deref(), &expected, effort, 0, random, tried);
        }
    }
}

/// So many random scripts, or as many as the environment says.
pub(crate) fn cases(default: u64) -> u64 {
    std::env::var("MMIO_JOURNAL_CASES").map_or(default, |cases| cases.parse().unwrap())
}

#[test]
fn a_crash_leaves_the_old_file_or_the_new_one() {
    let mut tried = Tried::default();
    let effort = Effort { images: 40, recoveries: 6 };
    for case in 0..cases(60) {
        let seed = 0x5EED_0000 + case * 7919;
        let mut random = Random(seed);
        let old = bytes([0, 10, 600, 1500, 3000][random.below(5)], 0);
        let script = script(&mut random, old.len());
        let capacity =
            [None, None, Some(0), Some(64), Some(1024), Some(64 * 1024)][random.below(6)];
        println!("seed {seed:#x}, capacity {capacity:?}");
        cut_everywhere(&old, &script, capacity, effort, seed, &mut tried);
    }
    println!("{} states, {} of them with a commit to apply", tried.states, tried.applied);
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
            cut_everywhere(&bytes(700, 0), script, capacity, effort, index as u64, &mut tried);
        }
    }
    println!("{} states, {} of them with a commit to apply", tried.states, tried.applied);
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
