//! What is refused, and stays as it was.

use std::io::{Cursor, ErrorKind};

use mmio_file::MmioError;
use mmio_file::riff::{Find, NewChunk, RiffRead, RiffWrite};

use super::{INAM, refused};
use crate::make::{case, chunk, enter, riff};

#[test]
fn what_follows_the_riff_is_not_overwritten() {
    let error = refused(&case("tag_after_riff.wav"));
    assert!(matches!(error, MmioError::NotAtEnd { offset: 60, len: 128, .. }), "{error}");
    assert_eq!((error.kind(), error.mmio_code()), (ErrorKind::InvalidData, 272));
    let error = refused(&case("second_riff.wav"));
    assert!(matches!(error, MmioError::NotAtEnd { offset: 60, len: 60, .. }), "{error}");
    for next in ["RIFX", "FORM", "RF64", "note", "APET"] {
        for pad in [0, 8] {
            let first = [riff(&[chunk("data", b"pcm")]), vec![0; pad]].concat();
            let error = refused(&[first, chunk(next, b"WAVE and more")].concat());
            let start = 24 + pad as u64;
            let MmioError::NotAtEnd { offset, len, .. } = error else { panic!("{error}") };
            assert_eq!((offset, len), (start, 22), "{next}");
        }
    }
}

#[test]
fn what_follows_the_last_chunk_in_the_riff_is_not_overwritten() {
    let inside = [chunk("data", b"pcm"), vec![0; 5000], chunk("note", b"far")];
    let error = refused(&riff(&inside));
    assert!(matches!(error, MmioError::NotAtEnd { offset: 5024, len: 12, .. }), "{error}");
}

#[test]
fn a_last_chunk_without_a_name_is_not_settled() {
    for bytes in [&b"\x01\x02\x03\x04\xFF\xFF\xFF\xFFabcd"[..], b"\xFFabc\x63\0\0\0abcd"] {
        let error = refused(&riff(&[chunk("data", b"pcm"), bytes.to_vec()]));
        assert!(matches!(error, MmioError::InvalidFile { offset: 24, .. }), "{error}");
    }
}

#[test]
fn what_is_no_riff_is_refused_as_such() {
    for name in ["rifx.wav", "tone.aiff"] {
        let before = case(name);
        let error = Cursor::new(&before).find_chunk(None, Find::Riff(None)).unwrap_err();
        assert!(matches!(error, MmioError::InvalidFile { offset: 0, .. }));
    }
    // A chunk that is none, found or stale.
    let before = riff(&[chunk("data", b"pcm"), chunk("LIST", b"INFO")]);
    let mut file = Cursor::new(before.clone());
    let riff = enter(&mut file);
    let list = file.find_chunk(Some(&riff), Find::List(None)).unwrap().unwrap();
    let error = file.append_chunk(&list, NewChunk::id(INAM), |_| Ok(())).unwrap_err();
    let error: MmioError = error.downcast().unwrap();
    assert!(matches!(error, MmioError::InvalidFile { offset: 24, .. }), "{error}");
    assert_eq!(file.into_inner(), before);
}

#[test]
fn a_size_that_can_not_be_described_is_refused_before_anything_is_written() {
    for size in [0xFFFF_FFFF, 0xFFFF_FFE8, 1 << 40, u64::MAX] {
        let before = riff(&[chunk("data", b"pcm")]);
        let mut file = Cursor::new(before.clone());
        let riff = enter(&mut file);
        let new = NewChunk::id(INAM).with_size(size);
        let error = file.append_chunk(&riff, new, |_| Ok(())).unwrap_err();
        let error: MmioError = error.downcast().unwrap();
        assert!(matches!(error, MmioError::ChunkTooLong { .. }), "{error}");
        assert_eq!(file.into_inner(), before);
    }
}
