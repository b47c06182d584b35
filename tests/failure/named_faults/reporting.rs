//! What is reported of a failure, and when.

use std::io::{ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use mmio_file::{FlushFlags, MmioError, MmioFile};

use super::{numbers, small};
use crate::common::stream::{Class, Fault, Faulty, What};

/// Retrying is up to the caller, as for a stream that does not block.
#[test]
fn a_failure_is_reported_at_once_and_not_retried() {
    type Call = fn(&mut MmioFile<Faulty>) -> std::io::Result<()>;
    let calls: [(Class, Call); 4] = [
        (Class::Read, |file| file.read(&mut [0]).map(drop)),
        (Class::Write, Write::flush),
        (Class::Flush, Write::flush),
        (Class::Seek, |file| file.seek(SeekFrom::End(0)).map(drop)),
    ];
    for kind in [ErrorKind::WouldBlock, ErrorKind::StorageFull] {
        for (class, call) in calls {
            let (mut file, stream) = small(100);
            file.write_all(b"four").unwrap();
            stream.arm(Fault::once(class, What::Fails(kind), 0));
            assert_eq!(call(&mut file).unwrap_err().kind(), kind, "{class:?}");
            let made = stream.look().log.iter().filter(|call| call.class == class).count();
            assert_eq!(made, 1, "{class:?}");
        }
    }
}

/// A stream that takes and gives bytes only now and then, as one that does not block.
#[test]
fn would_block_in_a_loop_delivers_everything_once() {
    let (mut file, stream) = small(0);
    stream.edit().per_call = 3;
    let data = numbers(500);
    let mut rest = &data[..];
    while !rest.is_empty() {
        stream.arm(Fault::once(Class::Write, What::Fails(ErrorKind::WouldBlock), 2));
        match file.write(&rest[..rest.len().min(70)]) {
            Ok(n) => rest = &rest[n..],
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    while let Err(error) = Write::flush(&mut file) {
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
        stream.arm(Fault::once(Class::Write, What::Fails(ErrorKind::WouldBlock), 2));
    }
    assert_eq!(stream.content(), data);

    file.flush(FlushFlags::EMPTY_BUF).unwrap();
    file.rewind().unwrap();
    let mut back = Vec::new();
    while back.len() < data.len() {
        stream.arm(Fault::once(Class::Read, What::Fails(ErrorKind::WouldBlock), 1));
        let mut out = [0; 13];
        match file.read(&mut out) {
            Ok(n) => back.extend_from_slice(&out[..n]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::WouldBlock),
        }
    }
    assert_eq!(back, data);
}

/// The slices after the one that failed were still moved, to the wrong place.
#[test]
fn a_vectored_call_stops_where_one_slice_fails_and_keeps_what_was_moved() {
    let stream = Faulty::new(numbers(100));
    let mut file = MmioFile::with_capacity(0, stream.clone());
    let write = |file: &mut MmioFile<Faulty>| {
        file.write_vectored(&[IoSlice::new(b"abcd"), IoSlice::new(b"efgh")])
    };
    let fails = What::Fails(ErrorKind::Other);
    let half = What::HalfThenFails(ErrorKind::Other);

    assert_eq!(write(&mut file).unwrap(), 8);
    stream.arm(Fault::once(Class::Write, fails, 1));
    assert_eq!(write(&mut file).unwrap(), 4);
    stream.arm(Fault::once(Class::Write, half, 0));
    assert_eq!(write(&mut file).unwrap(), 2);
    stream.arm(Fault::once(Class::Write, fails, 0));
    assert!(write(&mut file).is_err());
    assert_eq!(file.stream_position().unwrap(), 14);
    assert_eq!(stream.content()[..14], *b"abcdefghabcdab");

    let (mut one, mut two) = ([0; 4], [0; 4]);
    let mut read = |file: &mut MmioFile<Faulty>| {
        file.read_vectored(&mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)])
    };
    file.rewind().unwrap();
    stream.arm(Fault::once(Class::Read, half, 0));
    assert_eq!(read(&mut file).unwrap(), 2);
    stream.arm(Fault::once(Class::Read, fails, 0));
    assert!(read(&mut file).is_err());
    assert_eq!(read(&mut file).unwrap(), 8);
    assert_eq!((&one, &two), (b"cdef", b"ghab"));
}

#[test]
fn the_cause_is_in_the_text_and_the_error_in_the_io_error() {
    let (mut file, stream) = small(0);
    file.write_all(b"data").unwrap();
    stream.arm(Fault::once(Class::Write, What::Zero, 0));
    let error = Write::flush(&mut file).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WriteZero);
    let error: MmioError = error.downcast().unwrap();
    let text = "cannot write at offset 0: write zero; 4 bytes are kept unwritten";
    assert_eq!(error.to_string(), text);
    assert_eq!(error.io_error().unwrap().kind(), ErrorKind::WriteZero);
    assert_eq!(error.raw_os_error(), None);
}
