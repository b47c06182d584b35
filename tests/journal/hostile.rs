//! Journals that are damaged, of another file, or stale: ignored or refused, never applied in part.

use std::io::Cursor;

use allocation_counter::measure;
use mmio_file::MmioError;
use mmio_file::journal::Journaled;

use crate::disk::Which;
use crate::script::{Expected, Step, Subject, bytes, reopened};

/// The decided journal of an edit that could not be applied, and what it makes of the file.
fn decided_by(old: &[u8], script: &[Step]) -> (Vec<u8>, Vec<u8>) {
    let disk = reopened(old, None);
    let mut subject = Subject::open(&disk, None).unwrap();
    let mut expected = Expected::new(old);
    expected.run(&mut subject, script).unwrap();
    disk.borrow_mut().fill(Which::Main);
    let error = subject.commit().unwrap_err();
    assert!(matches!(error, MmioError::CommitUnapplied { .. }), "{error}");
    let journal = disk.borrow().journal().unwrap().to_vec();
    (journal, expected.current)
}

/// A file, its decided journal, and what the commit makes of the file.
fn decided() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    let old = bytes(900, 0);
    let script = [Step::Write(3, bytes(40, 1)), Step::SetLen(700), Step::Write(710, bytes(30, 2))];
    let (journal, new) = decided_by(&old, &script);
    (old, journal, new)
}

/// Opens the two: the old file, the new one, or refused with both as they were.
fn open(main: &[u8], journal: &[u8], old: &[u8], new: &[u8]) -> &'static str {
    let disk = reopened(main, Some(journal));
    match Subject::open(&disk, None) {
        Ok(mut subject) => {
            let read = subject.read().unwrap();
            assert!(read == old || read == new, "applied in part");
            if read == new { "applied" } else { "ignored" }
        }
        Err(MmioError::JournalForeign { .. }) => {
            assert!(disk.borrow().main.seen == main && disk.borrow().journal() == Some(journal));
            "refused"
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_bit_of_a_journal_matters_or_is_not_used() {
    let (old, journal, new) = decided();
    assert_eq!(open(&old, &journal, &old, &new), "applied");
    let mut counts = [0; 3];
    for bit in 0..journal.len() * 8 {
        let mut flipped = journal.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match open(&old, &flipped, &old, &new) {
            "refused" => counts[0] += 1,
            "ignored" => counts[1] += 1,
            _ => counts[2] += 1,
        }
    }
    println!("bits refused, ignored, applied whole: {counts:?}");
    // The signature is refused; the rest is under a hash.
    assert_eq!(counts, [128, journal.len() * 8 - 128, 0]);
}

#[test]
fn a_journal_of_any_length_is_whole_or_ignored() {
    let (old, journal, new) = decided();
    for len in 0..journal.len() {
        assert_eq!(open(&old, &journal[..len], &old, &new), "ignored", "{len} bytes");
    }
    let mut longer = journal;
    longer.extend([9; 700]);
    assert_eq!(open(&old, &longer, &old, &new), "applied");
}

#[test]
fn a_journal_of_another_file_or_of_another_state_is_refused() {
    let (old, journal, new) = decided();
    // As long, and different in a byte that the commit changes, or near the end of what stays, or in the length.
    for change in [3, 4, 40, 600, 699] {
        let mut other = old.clone();
        other[change] ^= 1;
        assert_eq!(open(&other, &journal, &old, &new), "refused", "byte {change}");
    }
    assert_eq!(open(&bytes(900, 0x33), &journal, &old, &new), "refused");
    assert_eq!(open(&old[..650], &journal, &old, &new), "refused");
    let longer = [&old[..], b"more"].concat();
    assert_eq!(open(&longer, &journal, &old, &new), "refused");
    // Applied already: applied again.
    assert_eq!(open(&new, &journal, &old, &new), "applied");
}

#[test]
fn a_journal_of_many_pieces_is_recovered_in_little_memory() {
    let old = bytes(400_000, 0);
    let script: Vec<_> = (0..20_000).map(|n| Step::Write(n * 20, vec![1; 10])).collect();
    let (journal, new) = decided_by(&old, &script);
    assert!(journal.len() > 1_000_000);
    let (mut main, mut journal) = (Cursor::new(old), Cursor::new(journal));
    let taken = measure(|| drop(Journaled::open(&mut main, &mut journal).unwrap()));
    assert!(taken.bytes_max < 300_000, "{} bytes", taken.bytes_max);
    assert!(main.into_inner() == new);
}

#[test]
fn a_journal_that_is_opened_too_late_is_refused_and_brings_nothing_back() {
    // Stale: the edit was made, and edited over since, where the journal has samples and where it has none.
    let (old, journal, new) = decided();
    for change in [0, 3, 500, 712] {
        let mut since = new.clone();
        since[change] ^= 1;
        let answer = open(&since, &journal, &old, &new);
        assert_eq!(answer, if change == 712 { "applied" } else { "refused" }, "byte {change}");
    }
}
