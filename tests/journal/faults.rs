//! Every call of a session fails in every way, and what the error says must hold: the session goes on if
//! the error says that it can, and opening again makes the file what the error says.

use std::io;

use mmio_file::MmioError;

use crate::crash::cases;
use crate::disk::{Disk, FAULTS, Fault, Random, Shared, Which};
use crate::script::{Expected, Step, Subject, bytes, reopened, script};

/// How often each fault was met, in the file, in the journal and in the folder.
type Met = [[usize; FAULTS.len()]; 3];

fn cause(error: &io::Error) -> Option<&MmioError> {
    error.get_ref()?.downcast_ref()
}

/// Whether what failed says that the file may not be the old one; a write refuses with the reason.
fn is_late(error: &MmioError) -> bool {
    match error {
        MmioError::CommitUnapplied { .. } | MmioError::CommitInDoubt { .. } => true,
        MmioError::CannotWrite { source, .. } => cause(source).is_some_and(is_late),
        _ => false,
    }
}

/// Opens the two files, after the program is gone, and perhaps the power with it; and checks the file.
fn reopen(disk: &Shared, expected: &Expected, cut: bool, random: &mut Random) {
    let states = if cut {
        let disk = disk.borrow();
        let (mains, journals) = (disk.main.images(6, random), disk.journal_images(6, random));
        let pairs = mains.iter().flat_map(|main| journals.iter().map(move |other| (main, other)));
        pairs.map(|(main, journal)| reopened(main, journal.as_deref())).collect()
    } else {
        vec![disk.borrow().restart()]
    };
    for before in states {
        let disk = before.borrow().restart();
        let mut subject = Subject::open(&disk, None).expect("it can be opened again");
        let read = subject.read().unwrap();
        assert!(expected.allows(&read), "neither the old nor the new file, cut: {cut}");
        assert!(disk.borrow().main.seen == read);
        subject.close().unwrap();
        nothing_comes_back(&disk, random);
        if cut {
            continue;
        }
        // What is seen need not be on the disk, so the recovery is cut as well.
        for call in 0..disk.borrow().calls {
            let disk = before.borrow().restart();
            disk.borrow_mut().cut = call;
            drop(Subject::open(&disk, None));
            reopen(&disk, expected, true, random);
        }
    }
}

/// The session is over, and others edit the file. Then the power is cut.
fn nothing_comes_back(disk: &Shared, random: &mut Random) {
    let disk = disk.borrow().restart();
    let edited = disk.borrow_mut().edit_plainly();
    let journals = disk.borrow().journal_images(4, random);
    for journal in journals {
        let disk = reopened(&edited, journal.as_deref());
        let mut subject = Subject::open(&disk, None).unwrap();
        assert!(subject.read().unwrap() == edited, "a commit has come back");
    }
}

/// What a program does once a step has failed.
#[derive(Clone, Copy, Debug)]
enum Then {
    Retry,
    /// The power is cut this many calls later, or a few more.
    RetryAndCut(usize),
    RollBack,
    Leave,
    Cut,
}

const THEN: [Then; 8] = [
    Then::Retry,
    Then::RetryAndCut(0),
    Then::RetryAndCut(5),
    Then::RetryAndCut(10),
    Then::RetryAndCut(15),
    Then::RollBack,
    Then::Leave,
    Then::Cut,
];

/// Runs the script with a fault in one call. Returns false if it has no such call.
fn with_fault(
    old: &[u8],
    script: &[Step],
    capacity: Option<usize>,
    (call, fault): (usize, Fault),
    then: Then,
    met: &mut Met,
) -> bool {
    let disk = Disk::new(old, None, call as u64 + 1);
    disk.borrow_mut().faults.push((call, fault));
    let mut random = Random(call as u64 * 31 + 1);
    let mut expected = Expected::new(old);
    let failed = match Subject::open(&disk, capacity) {
        Err(error) => {
            assert!(!is_late(&error), "{error}");
            disk.borrow_mut().make_room();
            reopen(&disk, &expected, false, &mut random);
            reopen(&disk, &expected, true, &mut random);
            None
        }
        Ok(mut subject) => match expected.run(&mut subject, script) {
            Ok(()) => {
                close(subject, &disk, &expected, &mut random);
                None
            }
            Err((index, error)) => Some((subject, index, error)),
        },
    };
    if let Some((subject, index, error)) = failed {
        after_failure(subject, &disk, &mut expected, script, (index, &error), then, &mut random);
    }
    let disk = disk.borrow();
    if let Some((which, fault)) = disk.met {
        let index = FAULTS.iter().position(|&known| known == fault).unwrap();
        met[which as usize][index] += 1;
    }
    disk.met.is_some()
}

/// Closes a session that went well. If that says `Ok`, nothing can come back.
fn close(subject: Subject, disk: &Shared, expected: &Expected, random: &mut Random) {
    let closed = subject.close();
    disk.borrow_mut().make_room();
    if closed.is_ok() {
        nothing_comes_back(disk, random);
    }
    reopen(disk, expected, false, random);
    reopen(disk, expected, true, random);
}

fn after_failure(
    mut subject: Subject,
    disk: &Shared,
    expected: &mut Expected,
    script: &[Step],
    (index, error): (usize, &io::Error),
    then: Then,
    random: &mut Random,
) {
    let error = cause(error).map(|error| (is_late(error), error));
    let is_commit = matches!(script[index], Step::Commit);
    let is_late = error.is_some_and(|(late, _)| late);
    let is_decided = is_late && !matches!(error, Some((_, MmioError::CommitInDoubt { .. })));
    let is_cannot_sync = matches!(error, Some((_, MmioError::CannotSync { .. })));
    if !is_late {
        // It says that the file is the old one.
        expected.maybe = None;
        assert!(disk.borrow().main.seen == expected.committed, "the file is changed");
    }
    match then {
        Then::Leave => drop(subject),
        Then::Cut => {
            if is_decided && is_commit {
                // It says that the commit is made.
                expected.committed = expected.maybe.take().unwrap();
            }
            reopen(disk, expected, true, random);
            return;
        }
        Then::RollBack => {
            disk.borrow_mut().make_room();
            assert_eq!(subject.rollback().is_ok(), !is_late, "{error:?}");
            if !is_late {
                assert!(subject.read().unwrap() == expected.committed, "not rolled back");
                expected.current = expected.committed.clone();
                let is_lost = is_cannot_sync && disk.borrow().met.unwrap().0 == Which::Main;
                match expected.run(&mut subject, &script[index + 1..]) {
                    // No later sync of the file is believed.
                    Err((_, error)) if is_lost => {
                        assert!(matches!(cause(&error), Some(MmioError::CannotSync { .. })));
                        expected.maybe = None;
                    }
                    answer => {
                        answer.unwrap();
                        close(subject, disk, expected, random);
                        return;
                    }
                }
            }
            drop(subject);
        }
        Then::RetryAndCut(calls) => {
            if is_decided && is_commit {
                expected.committed = expected.maybe.take().unwrap();
            }
            {
                let disk = &mut *disk.borrow_mut();
                disk.make_room();
                disk.cut = disk.calls + calls + random.below(5);
            }
            if is_commit {
                expected.maybe = Some(expected.current.clone());
                if subject.commit().is_ok() {
                    expected.committed = expected.current.clone();
                }
            }
            drop(subject);
            reopen(disk, expected, false, random);
            reopen(disk, expected, true, random);
            return;
        }
        Then::Retry => {
            disk.borrow_mut().make_room();
            let retried = if is_commit { Some(subject.commit()) } else { None };
            match retried {
                Some(Ok(())) => {
                    expected.committed = expected.current.clone();
                    expected.maybe = None;
                    expected.run(&mut subject, &script[index + 1..]).unwrap();
                    close(subject, disk, expected, random);
                    return;
                }
                Some(Err(again)) => {
                    assert_eq!(self::is_late(&again), is_late, "{again}");
                    assert!(!is_decided, "there is room, but it is not applied: {again}");
                }
                None => {}
            }
            drop(subject);
        }
    }
    disk.borrow_mut().make_room();
    if is_decided && is_commit {
        expected.committed = expected.maybe.take().unwrap();
    }
    reopen(disk, expected, false, random);
    reopen(disk, expected, true, random);
}

#[test]
fn a_fault_in_any_call_leaves_what_its_error_says() {
    let mut met = Met::default();
    let mut runs = 0;
    for case in 0..cases(15) {
        let seed = 0xFA_0000 + case * 6151;
        let mut random = Random(seed);
        let old = bytes([0, 10, 600, 1500][random.below(4)], 0);
        let script = script(&mut random, old.len());
        let capacity = [None, None, Some(0), Some(64), Some(1024)][random.below(5)];
        println!("seed {seed:#x}, capacity {capacity:?}");
        for fault in FAULTS {
            for then in THEN {
                let mut call = 0;
                while with_fault(&old, &script, capacity, (call, fault), then, &mut met) {
                    call += 1;
                    runs += 1;
                }
            }
        }
    }
    println!("{runs} runs; in the file, the journal and the folder, of {FAULTS:?}: {met:?}");
    assert!(met[..2].as_flattened().iter().all(|&met| met > 0), "{met:?}");
}

#[test]
fn two_faults_leave_what_the_error_says() {
    let mut met = Met::default();
    let mut runs = 0;
    for case in 0..cases(120) {
        let seed = 0x2FA_0000 + case * 6151;
        let mut random = Random(seed);
        let old = bytes([10, 600, 1500][random.below(3)], 0);
        let script = script(&mut random, old.len());
        let clean = Disk::new(&old, None, seed);
        let mut subject = Subject::open(&clean, None).unwrap();
        Expected::new(&old).run(&mut subject, &script).unwrap();
        let calls = clean.borrow().calls;
        if calls == 0 {
            continue;
        }
        for _ in 0..40 {
            let disk = Disk::new(&old, None, seed);
            let first = random.below(calls);
            let second = first + 1 + random.below(6);
            for call in [first, second] {
                disk.borrow_mut().faults.push((call, FAULTS[random.below(FAULTS.len())]));
            }
            let mut expected = Expected::new(&old);
            let Ok(mut subject) = Subject::open(&disk, None) else { continue };
            runs += 1;
            match expected.run(&mut subject, &script) {
                Ok(()) => close(subject, &disk, &expected, &mut random),
                Err((index, error)) => {
                    let then = THEN[random.below(THEN.len())];
                    let failure = (index, &error);
                    after_failure(
                        subject,
                        &disk,
                        &mut expected,
                        &script,
                        failure,
                        then,
                        &mut random,
                    );
                }
            }
            if let Some((which, _)) = disk.borrow().met {
                met[which as usize][0] += 1;
            }
        }
    }
    println!("{runs} runs; {met:?}");
}
