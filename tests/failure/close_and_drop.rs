//! The end of a file's life: closing it, taking it apart, dropping it.

use std::error::Error;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use crate::common::stream::{Class, Fault, Faulty, What};
use mmio_file::{CloseError, FlushFlags, MmioError, MmioFile, Unwritten};

const FULL: What = What::Fails(ErrorKind::StorageFull);

/// A file with three unwritten bytes at offset 4, and its stream.
fn dirty_file() -> (MmioFile<Faulty>, Faulty) {
    let stream = Faulty::new(*b"0123456789");
    let mut file = MmioFile::with_capacity(64, stream.clone());
    file.seek(SeekFrom::Start(4)).unwrap();
    file.write_all(b"abc").unwrap();
    (file, stream)
}

#[test]
fn close_writes_what_is_unwritten() {
    let (file, stream) = dirty_file();
    file.close().unwrap();
    assert_eq!(stream.content(), b"0123abc789");
}

#[test]
fn a_close_that_fails_gives_the_file_back_and_can_be_repeated() {
    let (file, stream) = dirty_file();
    stream.arm(Fault::once(Class::Write, What::HalfThenFails(ErrorKind::StorageFull), 0));
    let failed = file.close().unwrap_err();
    assert!(matches!(failed.error(), MmioError::CannotWrite { offset: 6, unwritten: 1, .. }));
    let mut file = failed.into_inner();
    assert_eq!(file.dirty_len(), 1);
    assert_eq!(file.stream_position().unwrap(), 7);
    file.close().unwrap();
    assert_eq!(stream.content(), b"0123abc789");
}

#[test]
fn a_close_error_is_an_error_with_the_cause_and_turns_into_both() {
    let close = || {
        let (file, stream) = dirty_file();
        stream.arm(Fault::once(Class::Write, FULL, 0));
        file.close().unwrap_err()
    };
    let error = close();
    let text = "cannot write at offset 4: no storage space; 3 bytes are kept unwritten";
    assert_eq!(error.to_string(), text);
    assert!(error.source().is_none());
    assert!(format!("{error:?}").starts_with("CloseError"));
    assert!(matches!(close().into_error(), MmioError::CannotWrite { .. }));
    assert!(matches!(MmioError::from(close()), MmioError::CannotWrite { .. }));
    assert_eq!(std::io::Error::from(close()).kind(), ErrorKind::StorageFull);
    let (error, file) = close().into_parts();
    assert!(matches!(error, MmioError::CannotWrite { .. }));
    assert!(file.is_dirty());
    assert!(size_of::<CloseError<Faulty>>() <= 64);
}

#[test]
fn into_inner_hands_the_stream_over_where_the_program_was() {
    let (mut file, _) = dirty_file();
    file.seek(SeekFrom::Start(2)).unwrap();
    let stream = file.into_inner().unwrap();
    assert_eq!(stream.look().position, 2);
    assert_eq!(stream.content(), b"0123abc789");
}

#[test]
fn into_inner_of_an_untouched_file_makes_no_call() {
    let stream = Faulty::new(*b"0123");
    stream.edit().position = 3;
    let stream = MmioFile::new(stream).into_inner().unwrap();
    assert_eq!(stream.call_count(), 0);
    assert_eq!(stream.look().position, 3);
}

#[test]
fn an_into_inner_that_cannot_position_the_stream_can_be_repeated() {
    let (mut file, stream) = dirty_file();
    file.rewind().unwrap();
    stream.arm(Fault::once(Class::Seek, FULL, 1));
    let failed = file.into_inner().unwrap_err();
    assert!(matches!(failed.error(), MmioError::CannotSeek { .. }));
    let stream = failed.into_inner().into_inner().unwrap();
    assert_eq!(stream.look().position, 0);
}

#[test]
fn into_parts_makes_no_call_and_gives_each_run() {
    let (mut file, stream) = dirty_file();
    for (offset, bytes) in [(100, &b"later"[..]), (8, b"middle"), (60, b"x")] {
        file.seek(SeekFrom::Start(offset)).unwrap();
        file.write_all(bytes).unwrap();
    }
    stream.forget_calls();
    let (_, unwritten) = file.into_parts();
    assert_eq!(stream.call_count(), 0);
    let run = |offset, bytes: &[u8]| Unwritten { offset, bytes: bytes.to_vec() };
    assert_eq!(
        unwritten,
        [run(4, b"abc"), run(8, b"middle"), run(60, b"x"), run(100, b"later")],
        "in ascending order"
    );
}

#[test]
fn runs_that_touch_are_one() {
    let mut file = MmioFile::with_capacity(64, Faulty::new([]));
    file.seek(SeekFrom::Start(8)).unwrap();
    file.write_all(b"ijkl").unwrap();
    file.rewind().unwrap();
    file.write_all(b"abcdefgh").unwrap();
    let (_, unwritten) = file.into_parts();
    assert_eq!(unwritten, [Unwritten { offset: 0, bytes: b"abcdefghijkl".to_vec() }]);
}

#[test]
fn discarding_forgets_what_has_not_reached_the_stream() {
    let (mut file, stream) = dirty_file();
    file.discard_unwritten();
    assert_eq!(file.stream_position().unwrap(), 7);
    file.rewind().unwrap();
    let mut all = String::new();
    file.read_to_string(&mut all).unwrap();
    assert_eq!(all, "0123456789");
    file.close().unwrap();
    assert_eq!(stream.content(), b"0123456789");
}

#[test]
fn discarding_forgets_what_is_clean_too() {
    let (mut file, stream) = dirty_file();
    file.rewind().unwrap();
    file.read_exact(&mut [0]).unwrap();
    stream.edit().bytes[1] = b'!';
    file.discard_unwritten();
    file.rewind().unwrap();
    let mut all = String::new();
    file.read_to_string(&mut all).unwrap();
    assert_eq!(all, "0!23456789");
}

#[test]
fn every_end_calls_the_streams_own_flush_again_if_it_has_failed() {
    let ends: [fn(MmioFile<Faulty>); 3] =
        [drop, |file| file.close().unwrap(), |file| drop(file.into_inner().unwrap())];
    for end in ends {
        let (mut file, stream) = dirty_file();
        stream.arm(Fault::once(Class::Flush, FULL, 0));
        file.flush(FlushFlags::empty()).unwrap_err();
        assert!(!file.is_dirty() && !stream.look().is_flushed);
        end(file);
        assert!(stream.look().is_flushed);
    }
}

// ----- dropping ---------------------------------------------------------------------------------

#[test]
fn dropping_flushes() {
    let (file, stream) = dirty_file();
    drop(file);
    assert_eq!(stream.content(), b"0123abc789");
    assert_eq!(stream.look().log.last().unwrap().class, Class::Flush);
}

#[test]
fn dropping_on_a_full_disk_does_not_panic() {
    let (file, stream) = dirty_file();
    stream.arm(Fault::for_good(Class::Write, FULL));
    drop(file);
    assert_eq!(stream.content(), b"0123456789");
}

#[test]
fn dropping_after_a_flush_that_failed_writes_what_is_unwritten() {
    let (mut file, stream) = dirty_file();
    stream.arm(Fault::once(Class::Write, FULL, 0));
    file.flush(FlushFlags::empty()).unwrap_err();
    drop(file);
    assert_eq!(stream.content(), b"0123abc789");
}

#[test]
fn dropping_while_unwinding_flushes() {
    let (file, stream) = dirty_file();
    let panic = catch_unwind(AssertUnwindSafe(move || {
        let _file = file;
        panic!("of the program's own");
    }));
    assert!(panic.is_err());
    assert_eq!(stream.content(), b"0123abc789");
}

/// Whether the stream took the bytes before it panicked is not known: writing them once more could
/// double them, and panicking once more would abort.
#[test]
fn after_a_panic_in_a_write_dropping_does_not_write_again() {
    let (file, stream) = dirty_file();
    stream.arm(Fault::once(Class::Write, What::Panics, 0));
    let panic = catch_unwind(AssertUnwindSafe(move || {
        let mut file = file;
        let _ = file.flush(FlushFlags::empty());
    }));
    assert!(panic.is_err());
    assert_eq!(stream.calls().1, 1, "no call came after the one that panicked");
    assert_eq!(stream.content(), b"0123456789");
}

#[test]
fn a_panic_in_a_write_loses_nothing_while_the_file_is_held() {
    let (mut file, stream) = dirty_file();
    stream.arm(Fault::once(Class::Write, What::Panics, 0));
    assert!(catch_unwind(AssertUnwindSafe(|| file.flush(FlushFlags::empty()))).is_err());
    assert_eq!(file.dirty_len(), 3);
    file.flush(FlushFlags::empty()).unwrap();
    assert_eq!(stream.content(), b"0123abc789");
}

/// A read since then says nothing about what became of the bytes in the write.
#[test]
fn after_a_panic_in_a_write_and_a_read_dropping_does_not_write_again() {
    let (mut file, stream) = dirty_file();
    stream.arm(Fault::once(Class::Write, What::Panics, 0));
    assert!(catch_unwind(AssertUnwindSafe(|| file.flush(FlushFlags::empty()))).is_err());
    file.rewind().unwrap();
    file.read_exact(&mut [0; 10]).unwrap();
    stream.forget_calls();
    drop(file);
    assert_eq!(stream.call_count(), 0);
}

/// A stream that panics in a seek as it writes is likely to panic in the next one.
#[test]
fn after_a_panic_in_a_seek_to_write_dropping_does_not_try_again() {
    let (mut file, stream) = dirty_file();
    stream.arm(Fault::once(Class::Seek, What::Panics, 0));
    assert!(catch_unwind(AssertUnwindSafe(|| file.flush(FlushFlags::empty()))).is_err());
    stream.forget_calls();
    drop(file);
    assert_eq!(stream.call_count(), 0);
    assert_eq!(stream.content(), b"0123456789");
}

/// It was on its way to a read: of what is unwritten, the stream has seen nothing.
#[test]
fn after_a_panic_in_a_seek_to_read_dropping_flushes() {
    let stream = Faulty::new([0; 100]);
    let mut file = MmioFile::with_capacity(64, stream.clone());
    file.write_all(b"abc").unwrap();
    file.seek(SeekFrom::Start(40)).unwrap();
    stream.arm(Fault::once(Class::Seek, What::Panics, 0));
    assert!(catch_unwind(AssertUnwindSafe(|| file.read(&mut [0; 4]))).is_err());
    drop(file);
    assert_eq!(stream.content()[..3], *b"abc");
}

/// A stream may panic with any value, and `Drop`, which catches it, drops that value.
#[test]
fn dropping_does_not_panic_even_if_what_the_stream_panicked_with_does() {
    struct PanicsWhenDropped;
    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("the payload panics");
        }
    }
    struct Stream;
    impl Read for Stream {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
    }
    impl Write for Stream {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic_any(PanicsWhenDropped)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    impl Seek for Stream {
        fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
            Ok(0)
        }
    }
    let mut file = MmioFile::new(Stream);
    file.write_all(b"abc").unwrap();
    drop(file);
}

#[test]
fn dropping_does_not_panic_even_if_the_stream_does() {
    for class in [Class::Write, Class::Seek, Class::Flush] {
        let (file, stream) = dirty_file();
        stream.arm(Fault::for_good(class, What::Panics));
        drop(file);
    }
}

#[cfg(feature = "log")]
#[test]
fn an_error_that_dropping_swallows_is_logged_once() {
    use std::sync::Mutex;

    struct Records(Mutex<Vec<String>>);
    impl log::Log for Records {
        fn enabled(&self, _: &log::Metadata<'_>) -> bool {
            true
        }
        fn log(&self, record: &log::Record<'_>) {
            assert!(!is_in("logger_that_panics"), "the logger panics");
            // Other tests of this binary drop files too.
            if is_in("logged_once") {
                self.0.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
            }
        }
        fn flush(&self) {}
    }
    fn is_in(test: &str) -> bool {
        std::thread::current().name().is_some_and(|name| name.contains(test))
    }
    static RECORDS: Records = Records(Mutex::new(Vec::new()));
    log::set_logger(&RECORDS).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let (file, stream) = dirty_file();
    stream.arm(Fault::for_good(Class::Write, FULL));
    drop(file);
    let dropping = || {
        let (file, stream) = dirty_file();
        stream.arm(Fault::for_good(Class::Write, FULL));
        drop(file);
    };
    let thread = std::thread::Builder::new().name("logger_that_panics".to_owned());
    assert!(thread.spawn(dropping).unwrap().join().is_ok(), "dropping does not panic");
    let expected = "ERROR a file was dropped unflushed: cannot write at offset 4: no storage space; \
                    3 bytes are kept unwritten";
    assert_eq!(*RECORDS.0.lock().unwrap(), [expected]);

    // One that was closed, or had nothing to write, says nothing.
    let (file, _) = dirty_file();
    file.close().unwrap();
    drop(MmioFile::new(Faulty::new([])));
    assert_eq!(RECORDS.0.lock().unwrap().len(), 1);
}
