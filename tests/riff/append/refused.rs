//! What is refused, and stays as it was.

use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::riff::{Find, FourCc, NewChunk, RiffRead, RiffWrite};
use mmio_file::{MmioError, MmioFile};

use super::{INAM, refused, titled};
use crate::appended::Stream;
use crate::make::{case, chunk, enter, fmt, read, rf64_of, riff, riff_of, sized};

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
fn what_looks_like_the_rest_of_a_failed_append_and_is_not_is_not_overwritten() {
    let rests = [
        sized("JUNK", 0x8000_0000, b"more than there is"),
        sized("JUNK", 0xFFFF, b"the same"),
        sized("JUN\0", 9, b"something"),
        sized("J\0\0\0", 0x8000_0000, b"something"),
        sized("~UNK", 9, b"something"),
    ];
    for rest in rests {
        let error = refused(&[riff(&[chunk("data", b"pcm")]), rest].concat());
        assert!(matches!(error, MmioError::NotAtEnd { offset: 24, .. }), "{error}");
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
fn a_file_that_is_not_a_riff_is_refused_as_such() {
    for name in ["rifx.wav", "tone.aiff"] {
        let before = case(name);
        let error = Cursor::new(&before[..]).find_chunk(None, Find::Riff(None)).unwrap_err();
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

/// A chunk that was found before the file became another one.
fn stale(after: &[u8]) -> MmioError {
    let mut file = Cursor::new(riff(&[chunk("data", b"pcm")]));
    let riff = enter(&mut file);
    let mut file = MmioFile::new(Cursor::new(after.to_vec()));
    let edited: &mut dyn Stream = &mut file;
    let error = edited.set_info(&riff, &[(INAM, b"A title\0")]).unwrap_err();
    let append = edited.append_chunk(&riff, NewChunk::id(INAM), |_| Ok(())).unwrap_err();
    assert_eq!(append.to_string(), error.to_string());
    assert!(!file.is_dirty());
    assert_eq!(file.into_inner().unwrap().into_inner(), after);
    error.downcast().unwrap()
}

#[test]
fn rifx_aiff_and_an_rf64_without_a_ds64_are_refused_at_their_offset() {
    let rf64 = rf64_of(&[chunk("fmt ", b""), chunk("data", b"pcm")]);
    for (bytes, at) in [(case("rifx.wav"), 0), (case("tone.aiff"), 0), (rf64, 12)] {
        let error = stale(&bytes);
        assert!(matches!(error, MmioError::InvalidFile { offset, .. } if offset == at), "{error}");
    }
    let short = rf64_of(&[chunk("ds64", &[0; 23]), chunk("data", b"pcm")]);
    assert!(matches!(stale(&short), MmioError::InvalidFile { offset: 12, .. }));
    assert!(matches!(stale(b""), MmioError::InvalidFile { offset: 0, .. }));
}

#[test]
fn an_id3v1_tag_is_not_overwritten_however_short_its_title() {
    for title in ["", "A", "Ab", "Title"] {
        for short in [0, 4, 8] {
            let mut tag = [b"TAG", title.as_bytes()].concat();
            tag.resize(128, 0);
            let first = riff_of(24 - short, &[chunk("data", b"samples.samp")]);
            let error = refused(&[first, tag].concat());
            assert!(matches!(error, MmioError::NotAtEnd { offset: 32, len: 128, .. }), "{error}");
        }
    }
}

#[test]
fn what_is_appended_must_be_found_again() {
    let mut file = Cursor::new(riff(&[chunk("data", b"pcm")]));
    let before = file.get_ref().clone();
    let riff = enter(&mut file);
    let error =
        file.append_chunk(&riff, NewChunk::id(FourCc::new([0; 4])), |_| Ok(())).unwrap_err();
    let error: MmioError = error.downcast().unwrap();
    assert!(matches!(error, MmioError::InvalidFile { offset: 24, .. }), "{error}");
    assert_eq!(file.into_inner(), before);
}

/// The last chunk begins where a pad byte is missing. It is seen by its size, which does not fit; once it
/// fits, what lies a byte further on is taken for a chunk.
#[test]
fn a_chunk_that_would_be_lost_when_its_size_is_right_is_not_settled() {
    let cut = sized("JUNK", 0x0100_0000, &[&[0], &[1; 74][..]].concat());
    let error = refused(&riff(&[sized("note", 3, b"odd"), cut]));
    assert!(matches!(error, MmioError::InvalidFile { offset: 107, .. }), "{error}");
}

/// The inner chunk gets a pad byte before the outer one gets its size. With that byte, what begins in the
/// place of another pad byte, ` RIF` with a size of 70, fits the file; and the outer chunk does not.
#[test]
fn a_chunk_that_would_be_lost_between_two_steps_is_not_settled() {
    let refused_with = |len: usize| {
        let inside = [sized("odd ", 1, b"x"), sized("note", u32::MAX, &vec![1; len])].concat();
        let outer = sized("RIFF", 0x7000_0000, &[b"deep", &inside[..]].concat());
        let before = riff_of(u32::MAX, &[sized("note", 1, b"x "), outer]);
        let mut file = Cursor::new(before);
        let riff = enter(&mut file);
        file.append_chunk(&riff, NewChunk::id(INAM), |_| Ok(())).is_err()
    };
    assert_eq!([45, 46, 47].map(refused_with), [false, false, true]);
}

/// A file of holes, which can't be written.
struct Hole {
    head: Vec<u8>,
    len: u64,
    position: u64,
}

impl Read for Hole {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        bytes.fill(0xFE);
        let at = usize::try_from(self.position).unwrap().min(self.head.len());
        let n = bytes.len().min(self.head.len() - at);
        bytes[..n].copy_from_slice(&self.head[at..at + n]);
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }
}

impl Write for Hole {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        panic!("a byte was written at {}", self.position)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Hole {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.position = match target {
            SeekFrom::Start(offset) => offset,
            SeekFrom::Current(distance) => self.position.wrapping_add_signed(distance),
            SeekFrom::End(distance) => self.len.wrapping_add_signed(distance),
        };
        Ok(self.position)
    }
}

#[test]
fn a_riff_that_can_not_grow_is_refused() {
    for left in [0, 2, 10] {
        let size = 0xFFFF_FFFE - left;
        let head = riff_of(size, &[sized("data", size - 12, b"")]);
        let file: &mut dyn Stream = &mut Hole { head, len: u64::from(size) + 8, position: 0 };
        let riff = enter(file);
        let error = file.set_info(&riff, &[(INAM, b"A title\0")]).unwrap_err();
        let error: MmioError = error.downcast().unwrap();
        assert!(matches!(error, MmioError::ChunkTooLong { offset: 0, .. }), "{left}: {error}");
    }
}

#[test]
fn what_would_be_a_header_with_a_long_chunk_after_it_is_refused() {
    // The pad byte is missing: what follows is no chunk, since it claims more than there is.
    for size in [12, 30, 127, 200] {
        let before = riff(&[sized("odd ", 3, b"odd"), sized("none", size, &[0])]);
        let (_, chunks) = read(&before);
        assert_eq!(chunks[1].1.data_offset(), 32, "no pad byte is missing so far");
        assert!(matches!(refused(&before), MmioError::InvalidFile { .. }), "{size}");
    }
}

#[test]
fn a_riff_whose_header_would_move_with_its_size_is_refused() {
    let before = [sized("JUNK", 1, b"x"), riff_of(0, &[fmt()])].concat();
    assert!(matches!(refused(&before), MmioError::InvalidFile { offset: 9, .. }));
    let after = titled(&[chunk("JUNK", b"x"), riff_of(0, &[fmt()])].concat());
    assert_eq!(after[10..14], *b"RIFF");
}
