//! Each single promise to a program that gives calls up.

use std::io::{Cursor, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use mmio_file::FlushFlags;
use mmio_file::tokio::{MmioFile, PositionedFile};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use crate::poll::{poll_at_most, run, run_at_most};
use crate::stream::{Mood, Scripted};

/// A stream that gets nothing done until its mood changes.
const STUCK: Mood = Mood { waits: 1, fails: 0, is_short: false };
/// One that fails each time.
const BROKEN: Mood = Mood { waits: 0, fails: 1, is_short: false };
const WELL: Mood = Mood { waits: 0, fails: 0, is_short: false };

fn numbers(len: u8) -> Vec<u8> {
    (0..len).collect()
}

/// A file with a buffer of 16 bytes, whose position is 0 and known.
fn file_of(bytes: &[u8], mood: Mood) -> (MmioFile<Scripted>, Scripted) {
    let stream = Scripted::new(bytes, 3, mood);
    let mut file = MmioFile::with_capacity(16, stream.clone());
    run(file.seek(SeekFrom::Start(0))).unwrap();
    (file, stream)
}

fn position(file: &mut MmioFile<Scripted>) -> u64 {
    run_at_most(1, file.seek(SeekFrom::Current(0))).expect("that makes no call").unwrap()
}

fn flush(file: &mut MmioFile<Scripted>) {
    run(file.flush(FlushFlags::empty())).unwrap();
}

// ----- what a dropped future leaves ---------------------------------------------------------------

#[test]
fn a_dropped_write_all_puts_the_position_back() {
    let (mut file, _) = file_of(&[], STUCK);
    run(file.seek(SeekFrom::Start(3))).unwrap();
    assert!(run_at_most(3, file.write_all(&numbers(100))).is_none());
    assert_eq!(position(&mut file), 3);
}

#[test]
fn a_dropped_write_all_made_again_writes_the_same_bytes_to_the_same_place() {
    let (mut file, stream) = file_of(&[], STUCK);
    assert!(run_at_most(3, file.write_all(&numbers(100))).is_none());
    stream.set_mood(WELL);
    run(file.write_all(&numbers(100))).unwrap();
    flush(&mut file);
    assert_eq!(stream.disk().bytes, numbers(100));
}

#[test]
fn a_dropped_read_exact_puts_the_position_back() {
    let waiting = Mood { waits: 2, fails: 0, is_short: true };
    for polls in 1..12 {
        let (mut file, _) = file_of(&numbers(100), waiting);
        run(file.seek(SeekFrom::Start(5))).unwrap();
        let mut out = [0; 90];
        if run_at_most(polls, file.read_exact(&mut out)).is_none() {
            assert_eq!(position(&mut file), 5, "after {polls} polls");
        }
    }
}

#[test]
fn a_dropped_seek_leaves_the_position() {
    let (mut file, stream) = file_of(&numbers(100), STUCK);
    run(file.seek(SeekFrom::Start(5))).unwrap();
    assert!(run_at_most(3, file.seek(SeekFrom::End(0))).is_none());
    assert_eq!(position(&mut file), 5);
    stream.set_mood(WELL);
    assert_eq!(run(file.seek(SeekFrom::End(0))).unwrap(), 100);
}

/// The calls that are not `poll_complete`.
type OtherCall = fn(&mut MmioFile<Scripted>);

#[test]
fn any_other_call_forgets_where_a_dropped_seek_was_to_go() {
    let calls: [(&str, OtherCall); 9] = [
        ("read_exact", |file| drop(run(file.read_exact(&mut [0; 1])))),
        ("write_all", |file| drop(run(file.write_all(b"x")))),
        ("seek", |file| drop(run(file.seek(SeekFrom::Current(1))))),
        ("flush", |file| drop(run(file.flush(FlushFlags::empty())))),
        ("set_len", |file| drop(run(file.set_len(100)))),
        ("poll_read without room", |file| {
            let out = &mut ReadBuf::new(&mut []);
            let _ = poll_at_most(1, |cx| Pin::new(&mut *file).poll_read(cx, out));
        }),
        ("poll_write of nothing", |file| {
            let _ = poll_at_most(1, |cx| Pin::new(&mut *file).poll_write(cx, &[]));
        }),
        ("poll_flush", |file| {
            let _ = poll_at_most(1, |cx| Pin::new(&mut *file).poll_flush(cx));
        }),
        ("consume", |file| Pin::new(file).consume(0)),
    ];
    for (name, call) in calls {
        let (mut file, _) = file_of(&numbers(100), WELL);
        Pin::new(&mut file).start_seek(SeekFrom::Start(7)).unwrap();
        call(&mut file);
        let answer = poll_at_most(1, |cx| Pin::new(&mut file).poll_complete(cx));
        assert!(answer.unwrap().unwrap() < 2, "{name}");
    }
}

#[test]
fn a_write_after_a_dropped_flush_is_not_taken_for_what_the_flush_has_written() {
    let (mut file, stream) = file_of(&[], STUCK);
    run(file.write_all(b"old old ")).unwrap();
    stream.set_mood(WELL);
    // The stream is where it should be, and only its write waits.
    flush(&mut file);
    run(file.seek(SeekFrom::Start(0))).unwrap();
    run(file.write_all(b"older   ")).unwrap();
    stream.set_mood(Mood { waits: 3, ..WELL });
    for polls in 1..8 {
        let _ = run_at_most(polls, file.flush(FlushFlags::empty()));
        run_at_most(1, file.seek(SeekFrom::Start(0))).unwrap().unwrap();
        run_at_most(1, file.write_all(&[polls.to_le_bytes()[0]; 8])).unwrap().unwrap();
    }
    stream.set_mood(WELL);
    flush(&mut file);
    assert_eq!(stream.disk().bytes, [7; 8]);
}

#[test]
fn a_byte_consumed_after_a_dropped_flush_is_the_next_one() {
    let stream = Scripted::new(&numbers(100), 3, WELL);
    let mut file = MmioFile::with_capacity(256, stream.clone());
    run(file.write_all(b"ab")).unwrap();
    let there = poll_at_most(9, |cx| {
        Pin::new(&mut file).poll_fill_buf(cx).map(|answer| answer.unwrap().to_vec())
    });
    assert_eq!(there.unwrap()[..3], [2, 3, 4]);
    stream.set_mood(STUCK);
    assert!(run_at_most(1, file.flush(FlushFlags::empty())).is_none());
    Pin::new(&mut file).consume(2);
    stream.set_mood(WELL);
    let mut next = [0];
    run(file.read_exact(&mut next)).unwrap();
    assert_eq!(next, [4]);
    flush(&mut file);
    assert_eq!(stream.disk().bytes[..3], *b"ab\x02");
}

/// Writes bytes, and gives their flush up where the stream has taken them.
fn write_and_give_up(file: &mut MmioFile<Scripted>, stream: &Scripted) {
    while !stream.has_taken() {
        run(file.seek(SeekFrom::Start(0))).unwrap();
        run(file.write_all(b"kept")).unwrap();
        let _ = run_at_most(1, file.flush(FlushFlags::empty()));
    }
}

#[test]
fn the_next_call_does_not_report_the_failure_of_a_write_that_was_given_up() {
    let (mut file, stream) = file_of(&[], Mood { waits: 2, ..WELL });
    write_and_give_up(&mut file, &stream);
    stream.fail_in_flight();
    run(file.flush(FlushFlags::empty())).unwrap();
    assert_eq!(stream.disk().bytes, b"kept");
}

#[test]
fn no_call_reports_the_failure_of_a_write_that_was_given_up_and_cut_off() {
    let (mut file, stream) = file_of(&[], Mood { waits: 2, ..WELL });
    write_and_give_up(&mut file, &stream);
    stream.fail_in_flight();
    run(file.set_len(0)).unwrap();
    run(file.flush(FlushFlags::empty())).unwrap();
    assert!(stream.disk().bytes.is_empty());
}

#[test]
fn a_read_that_was_given_up_has_nothing_old_ready_after_the_buffer_was_emptied() {
    for len in [1, 50] {
        for polls in 1..10 {
            let (mut file, stream) = file_of(&numbers(100), Mood { waits: 2, ..WELL });
            let mut out = vec![0; len];
            let _ = run_at_most(polls, file.read_exact(&mut out));
            stream.disk().bytes = numbers(200).split_off(100);
            stream.set_mood(WELL);
            run(file.flush(FlushFlags::EMPTY_BUF)).unwrap();
            let start = position(&mut file);
            run(file.read_exact(&mut out)).unwrap();
            assert_eq!(u64::from(out[0]), 100 + start, "{len} bytes, after {polls} polls");
        }
    }
}

#[test]
fn a_read_after_one_that_panicked_is_where_it_should_be() {
    for len in [1, 50] {
        let (mut file, stream) = file_of(&numbers(100), WELL);
        stream.disk().panics = true;
        let mut out = vec![7; len];
        let mut read = || {
            let out = &mut ReadBuf::new(&mut out);
            poll_at_most(9, |cx| Pin::new(&mut file).poll_read(cx, out))
        };
        assert!(catch_unwind(AssertUnwindSafe(&mut read)).is_err());
        stream.disk().panics = false;
        read().unwrap().unwrap();
        assert_eq!(out[0], 0, "{len} bytes");
    }
}

// ----- what counts as written -----------------------------------------------------------------------

#[test]
fn bytes_count_as_written_only_when_the_streams_own_flush_has_come_back() {
    let (mut file, stream) = file_of(&[], WELL);
    run(file.write_all(b"kept")).unwrap();
    for _ in 0..3 {
        stream.set_mood(BROKEN);
        run(file.flush(FlushFlags::empty())).unwrap_err();
        assert_eq!(file.dirty_len(), 4);
        stream.set_mood(STUCK);
        assert!(run_at_most(5, file.flush(FlushFlags::empty())).is_none());
        assert_eq!(file.dirty_len(), 4);
    }
    stream.set_mood(WELL);
    flush(&mut file);
    assert!(!file.is_dirty());
    assert_eq!(stream.disk().bytes, b"kept");
}

#[test]
fn a_write_of_any_length_goes_into_the_buffer() {
    let (mut file, stream) = file_of(&[], STUCK);
    let answer = poll_at_most(1, |cx| Pin::new(&mut file).poll_write(cx, &[7; 1000]));
    let n = answer.expect("no call is made").unwrap();
    assert_eq!(file.dirty_len(), n as u64);
    assert_eq!(stream.disk().calls, 0);
}

#[test]
fn a_shutdown_flushes_first_and_keeps_what_could_not_be_written() {
    let (mut file, stream) = file_of(&[], WELL);
    run(file.write_all(b"kept")).unwrap();
    stream.set_mood(BROKEN);
    let answer = poll_at_most(1, |cx| Pin::new(&mut file).poll_shutdown(cx));
    answer.unwrap().unwrap_err();
    assert_eq!(file.dirty_len(), 4);
    stream.set_mood(WELL);
    let answer = poll_at_most(1, |cx| Pin::new(&mut file).poll_shutdown(cx));
    answer.unwrap().unwrap();
    assert_eq!(stream.disk().bytes, b"kept");
}

#[test]
fn dropping_a_file_makes_no_call() {
    let (mut file, stream) = file_of(&[], WELL);
    run(file.write_all(b"lost")).unwrap();
    drop(file);
    assert_eq!(stream.disk().calls, 0);
    assert!(stream.disk().bytes.is_empty());
}

#[test]
fn a_capacity_of_0_is_the_smallest_buffer() {
    let stream = Scripted::new(&[], 3, WELL);
    let mut file = MmioFile::with_capacity(0, stream.clone());
    run(file.seek(SeekFrom::Start(0))).unwrap();
    assert_eq!(file.capacity(), 2);
    run(file.write_all(b"a")).unwrap();
    assert_eq!(file.dirty_len(), 1);
    assert!(stream.disk().bytes.is_empty());
}

// ----- views ------------------------------------------------------------------------------------------

#[test]
fn each_run_of_a_view_begins_at_the_same_position() {
    let (mut file, _) = file_of(&numbers(100), WELL);
    run(file.seek(SeekFrom::Start(40))).unwrap();
    let mut begun = Vec::new();
    run(file.with_view(|view| {
        begun.push(view.stream_position().unwrap());
        let _ = view.seek(SeekFrom::End(-3)).and_then(|_| view.write_all(b"end"));
        Ok(())
    }))
    .unwrap();
    assert_eq!(begun, [40, 40], "the end had to be asked for");
    assert_eq!(position(&mut file), 100);
}

// ----- threads ------------------------------------------------------------------------------------------

#[test]
fn files_and_their_futures_go_from_thread_to_thread() {
    fn is_send<T: Send>(value: T) {
        drop(value);
    }
    fn over_a_file(file: &mut MmioFile<PositionedFile>) {
        is_send(file.read_exact(&mut []));
        is_send(file.write_all(&[]));
        is_send(file.seek(SeekFrom::End(0)));
        is_send(file.flush(FlushFlags::empty()));
        is_send(file.set_len(0));
        is_send(file.sync_data());
        is_send(file.sync_all());
        is_send(file.with_view(|_| Ok(())));
    }
    let _ = over_a_file;
    is_send(MmioFile::open("nowhere"));
    is_send(MmioFile::new(Cursor::new(Vec::<u8>::new())).close());
    is_send(MmioFile::new(Cursor::new(Vec::<u8>::new())).into_inner());
}
