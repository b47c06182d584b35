//! Promises of the program that save calls: that no one else moves the end, and that no one relies on
//! `Write::flush`.

use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};

use crate::common::counted::{file_of, flush, seek};
use crate::common::stream::{Class, Fault, Faulty, What};
use mmio_file::{FlushFlags, MmioFile};

fn sole_owner_of(len: usize) -> (MmioFile<Faulty>, Faulty) {
    let (mut file, stream) = file_of(len);
    file.set_sole_owner(true);
    (file, stream)
}

// ----- the sole owner -------------------------------------------------------------------------

#[test]
fn a_sole_owner_asks_for_the_end_once() {
    let (mut file, stream) = sole_owner_of(100);
    for round in 1..=1000 {
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(&[1; 16]).unwrap();
        assert_eq!(file.stream_len().unwrap(), 100 + 16 * round);
    }
    assert_eq!(stream.calls().2, 1, "seeks");
}

#[test]
fn probing_before_appending_makes_calls_each_time_or_for_a_sole_owner_none() {
    let calls = |is_sole_owner| {
        let (mut file, stream) = file_of(0);
        file.set_sole_owner(is_sole_owner);
        for _ in 0..100 {
            // A page library: is the page there? If not, append it.
            let end = file.seek(SeekFrom::End(0)).unwrap();
            assert_eq!(file.read(&mut [0; 128]).unwrap(), 0);
            seek(&mut file, usize::try_from(end).unwrap());
            file.write_all(&[7; 128]).unwrap();
        }
        flush(&mut file);
        assert_eq!(stream.content(), [7; 12_800]);
        stream.calls()
    };
    println!(
        "probe, then append 128 bytes, 100 times: {:?}, {:?} for a sole owner",
        calls(false),
        calls(true)
    );
    let (reads, _, seeks) = calls(true);
    assert_eq!((reads, seeks), (0, 1), "asked for the end once");
    let (reads, _, seeks) = calls(false);
    assert!(reads == 100 && seeks >= 100, "{reads} {seeks}");
}

#[test]
fn what_is_written_and_cut_moves_the_end_that_is_known() {
    for capacity in [0, 64] {
        let stream = Faulty::new([1; 100]);
        let mut file = MmioFile::with_capacity(capacity, stream.clone());
        file.set_sole_owner(true);
        assert_eq!(file.stream_len().unwrap(), 100);
        stream.forget_calls();
        file.write_all(&[2; 200]).unwrap();
        flush(&mut file);
        assert_eq!(file.seek(SeekFrom::End(0)).unwrap(), 200);
        assert_eq!(file.read(&mut [0; 10]).unwrap(), 0);
        file.set_len(50).unwrap();
        assert_eq!(file.stream_len().unwrap(), 50);
        file.set_len(70).unwrap();
        assert_eq!(file.seek(SeekFrom::End(-20)).unwrap(), 50);
        let mut rest = Vec::new();
        file.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, [0; 20]);
        let asked =
            stream.look().log.iter().any(|call| call.class == Class::Read && call.moved == 0);
        assert!(!asked, "a read at the end");
    }
}

#[test]
fn what_may_have_moved_the_end_has_it_asked_for_again() {
    type Way = (&'static str, fn(&mut MmioFile<Faulty>, &Faulty));
    let ways: [Way; 6] = [
        ("get_mut", |file, _| drop(file.get_mut().clone())),
        ("EMPTY_BUF", |file, _| file.flush(FlushFlags::EMPTY_BUF).unwrap()),
        ("discard_unwritten", |file, _| file.discard_unwritten()),
        ("a read that fails", |file, stream| {
            stream.arm(Fault::once(Class::Read, What::Fails(ErrorKind::Other), 0));
            file.read_at(&mut [0; 5], 10).unwrap_err();
        }),
        ("a write that fails", |file, stream| {
            stream.arm(Fault::once(Class::Write, What::Fails(ErrorKind::Other), 0));
            file.write_all(&[1; 100]).unwrap_err();
        }),
        ("a seek that fails", |file, stream| {
            stream.arm(Fault::once(Class::Seek, What::Fails(ErrorKind::Other), 0));
            file.read_at(&mut [0; 5], 10).unwrap_err();
        }),
    ];
    for (way, take) in ways {
        let stream = Faulty::new([1; 100]);
        let mut file = MmioFile::with_capacity(64, stream.clone());
        file.set_sole_owner(true);
        assert_eq!(file.stream_len().unwrap(), 100);
        stream.edit().bytes.push(1);
        assert_eq!(file.stream_len().unwrap(), 100, "it is known");
        take(&mut file, &stream);
        assert_eq!(file.stream_len().unwrap(), 101, "after {way}");
    }
}

#[test]
fn a_file_without_a_sole_owner_asks_for_the_end_again() {
    let (mut file, stream) = sole_owner_of(100);
    file.stream_len().unwrap();
    stream.edit().bytes.push(1);
    file.set_sole_owner(false);
    assert_eq!(file.stream_len().unwrap(), 101);
    stream.edit().bytes.push(1);
    assert_eq!(file.stream_len().unwrap(), 102);
}

// ----- the deferred flush ---------------------------------------------------------------------

#[test]
fn a_deferred_flush_makes_no_call_and_returns_ok() {
    let (mut file, stream) = file_of(0);
    file.set_deferred_flush(true);
    stream.arm(Fault::for_good(Class::Write, What::Fails(ErrorKind::StorageFull)));
    for _ in 0..100 {
        file.write_all(b"record").unwrap();
        Write::flush(&mut file).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
    stream.repair();
    flush(&mut file);
    assert_eq!(stream.calls(), (0, 1, 0));

    file.set_deferred_flush(false);
    file.write_all(b"record").unwrap();
    Write::flush(&mut file).unwrap();
    assert_eq!(stream.content().len(), 606);
}

#[test]
fn all_else_flushes_though_flushing_is_deferred() {
    type Way = (&'static str, fn(MmioFile<Faulty>));
    let ways: [Way; 8] = [
        ("flush", |mut file| flush(&mut file)),
        ("close", |file| file.close().unwrap()),
        ("into_inner", |file| drop(file.into_inner().unwrap())),
        ("set_capacity", |mut file| {
            file.set_capacity(0).unwrap();
            std::mem::forget(file);
        }),
        ("sync_data", |mut file| {
            file.sync_data().unwrap();
            std::mem::forget(file);
        }),
        ("sync_all", |mut file| {
            file.sync_all().unwrap();
            std::mem::forget(file);
        }),
        ("copy_within", |mut file| {
            file.copy_within(0..1, 2).unwrap();
            std::mem::forget(file);
        }),
        ("drop", drop),
    ];
    for (way, take) in ways {
        let (mut file, stream) = file_of(0);
        file.set_deferred_flush(true);
        file.write_all(b"abc").unwrap();
        Write::flush(&mut file).unwrap();
        assert_eq!(stream.call_count(), 0);
        take(file);
        assert_eq!(stream.content()[..2], *b"ab", "{way}");
    }
}
