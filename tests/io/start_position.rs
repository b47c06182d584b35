//! Where a file begins, how far positions go, and streams that only read or only write.

use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use crate::common::stream::{Class, Fault, Faulty, What};
use mmio_file::{FlushFlags, MmioError, MmioFile, ReadOnly};

/// A stream at offset 3 of its ten bytes.
fn stream() -> Faulty {
    let stream = Faulty::new(*b"0123456789");
    stream.edit().position = 3;
    stream
}

#[test]
fn a_file_begins_where_its_stream_is() {
    for capacity in [0, 64] {
        let mut byte = [0];
        MmioFile::with_capacity(capacity, stream()).read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"3");

        let mut file = MmioFile::with_capacity(capacity, stream());
        file.write_all(b"x").unwrap();
        assert_eq!(file.into_inner().unwrap().content(), b"012x456789");

        let mut file = MmioFile::with_capacity(capacity, stream());
        assert_eq!(file.seek(SeekFrom::Current(2)).unwrap(), 5);
        assert_eq!(MmioFile::with_capacity(capacity, stream()).stream_position().unwrap(), 3);
    }
}

#[test]
fn making_a_file_makes_no_call() {
    let stream = stream();
    let file = MmioFile::new(stream.clone());
    assert!(format!("{file:?}").contains("position: None"));
    drop(file);
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn a_seek_from_the_start_does_not_ask() {
    let stream = stream();
    let mut file = MmioFile::new(stream.clone());
    file.seek(SeekFrom::Start(8)).unwrap();
    assert_eq!(file.stream_position().unwrap(), 8);
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn a_seek_to_zero_is_a_position_too() {
    let mut file = MmioFile::new(stream());
    file.rewind().unwrap();
    let mut byte = [0];
    file.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"0");
}

/// Emptying the buffer once set the position to 0, so a seek to 0 did nothing, and the next write went to
/// where the stream was.
#[test]
fn emptying_the_buffer_does_not_reveal_the_position() {
    let empty: [fn(&mut MmioFile<Faulty>); 2] =
        [|file| file.flush(FlushFlags::EMPTY_BUF).unwrap(), |file| file.discard_unwritten()];
    for (capacity, empty) in [0, 64].into_iter().flat_map(|c| empty.map(|empty| (c, empty))) {
        let mut file = MmioFile::with_capacity(capacity, stream());
        empty(&mut file);
        file.rewind().unwrap();
        file.write_all(b"x").unwrap();
        assert_eq!(file.into_inner().unwrap().content(), b"x123456789");

        let mut file = MmioFile::with_capacity(capacity, stream());
        empty(&mut file);
        assert_eq!(file.seek(SeekFrom::Current(1)).unwrap(), 4);
    }
}

#[test]
fn asking_that_fails_is_cannot_seek_and_is_tried_again() {
    let stream = stream();
    let mut file = MmioFile::new(stream.clone());
    stream.arm(Fault::once(Class::Seek, What::Fails(ErrorKind::Other), 0));
    let error = file.read(&mut [0]).unwrap_err();
    let error = error.downcast::<MmioError>().unwrap();
    assert!(matches!(error, MmioError::CannotSeek { target: SeekFrom::Current(0), .. }));

    let mut byte = [0];
    file.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"3");
}

#[test]
fn a_first_seek_that_moves_the_stream_and_fails_does_not_move_the_file() {
    for capacity in [0, 64] {
        let stream = stream();
        let mut file = MmioFile::with_capacity(capacity, stream.clone());
        stream.arm(Fault::for_good(Class::Seek, What::WrongPosition));
        let answer = file.seek(SeekFrom::Start(8));
        stream.repair();
        assert_eq!(file.stream_position().unwrap(), answer.unwrap_or(3), "{capacity}");
    }
}

#[test]
fn asking_for_the_length_first_does_not_lose_the_position() {
    let mut file = MmioFile::new(stream());
    assert_eq!(file.stream_len().unwrap(), 10);
    assert_eq!(file.stream_position().unwrap(), 3);
    assert!(file.seek(SeekFrom::End(-11)).is_err());
    assert_eq!(file.stream_position().unwrap(), 3);
}

// ----- how far positions go ---------------------------------------------------------------------

#[test]
fn positions_go_up_to_the_largest_number_and_no_further() {
    for capacity in [0, 1, 64, 65536] {
        let mut file = MmioFile::with_capacity(capacity, Cursor::new(vec![0; 10]));
        assert_eq!(file.seek(SeekFrom::Start(u64::MAX)).unwrap(), u64::MAX);
        let error = file.seek(SeekFrom::Current(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(file.stream_position().unwrap(), u64::MAX);
        assert_eq!(file.read(&mut [0; 8]).unwrap(), 0, "that is past the end");

        for back in 0..8 {
            file.seek(SeekFrom::Start(u64::MAX - back)).unwrap();
            let error = file.write(&[7; 8]).unwrap_err();
            let error = error.downcast::<MmioError>().unwrap();
            assert!(matches!(error, MmioError::CannotExpand { .. }), "{error:?}");
            assert_eq!(file.stream_position().unwrap(), u64::MAX - back);
            assert!(!file.is_dirty());
        }
        file.seek(SeekFrom::Start(5)).unwrap();
        assert!(file.seek(SeekFrom::Current(-6)).is_err());
        assert!(file.seek(SeekFrom::End(-11)).is_err());
        assert_eq!(file.stream_position().unwrap(), 5);
    }
}

/// Bytes at the very end of what can be addressed; nothing is there but what was written.
#[test]
fn the_last_bytes_there_can_be_are_read_back() {
    let mut file = MmioFile::with_capacity(64, LastPage::default());
    file.seek(SeekFrom::Start(u64::MAX - 3)).unwrap();
    file.write_all(b"end").unwrap();
    assert_eq!(file.stream_position().unwrap(), u64::MAX);
    file.flush(FlushFlags::EMPTY_BUF).unwrap();
    file.seek_relative(-3).unwrap();
    let mut end = [0; 3];
    file.read_exact(&mut end).unwrap();
    assert_eq!(&end, b"end");
    assert_eq!(file.read(&mut end).unwrap(), 0);
}

/// The last 16 bytes of a file of `u64::MAX` bytes; all before them are zeros.
#[derive(Default)]
struct LastPage {
    bytes: [u8; 16],
    position: u64,
}

impl LastPage {
    const START: u64 = u64::MAX - 16;

    fn at(&self) -> usize {
        usize::try_from(self.position - Self::START).unwrap()
    }
}

impl Read for LastPage {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = (&self.bytes[self.at()..]).read(out)?;
        self.position += n as u64;
        Ok(n)
    }
}

impl Write for LastPage {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let at = self.at();
        let n = (&mut self.bytes[at..]).write(bytes)?;
        self.position += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for LastPage {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        if let SeekFrom::Start(offset) = target {
            self.position = offset;
        }
        Ok(self.position)
    }
}

// ----- streams that only read, or only write ------------------------------------------------------

#[test]
fn a_stream_that_only_reads_is_buffered_too() {
    let mut file = MmioFile::new(ReadOnly::new(Cursor::new(&b"0123456789"[..])));
    file.seek(SeekFrom::Start(8)).unwrap();
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "89");
    file.write_all(b"x").unwrap();
    let error = file.flush(FlushFlags::empty()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    file.discard_unwritten();
    file.close().unwrap();
}

/// A stream that takes bytes but gives none, as a file does that was opened for writing alone.
struct WriteOnly(Faulty);

impl Read for WriteOnly {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::PermissionDenied.into())
    }
}

impl Write for WriteOnly {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Seek for WriteOnly {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.0.seek(target)
    }
}

#[test]
fn a_stream_that_cannot_be_read_is_written_anywhere() {
    for capacity in [0, 1, 16, 64] {
        let stream = Faulty::new([b'.'; 40]);
        let mut file = MmioFile::with_capacity(capacity, WriteOnly(stream.clone()));
        let mut expected = [b'.'; 40];
        // Holes within pages, forwards and backwards, and over what was written before.
        for at in [0, 3, 2, 39, 33, 36, 35, 12, 15, 13, 3] {
            file.seek(SeekFrom::Start(at as u64)).unwrap();
            file.write_all(b"x").unwrap();
            expected[at] = b'x';
        }
        file.flush(FlushFlags::empty()).unwrap();
        assert_eq!(stream.content(), expected, "capacity {capacity}");
    }
}

// ----- the stream in other hands ------------------------------------------------------------------

#[test]
fn a_stream_that_was_moved_through_get_mut_is_found_again() {
    let mut file = MmioFile::with_capacity(64, stream());
    file.read_exact(&mut [0; 1]).unwrap();
    file.write_all(b"x").unwrap();
    file.get_mut().rewind().unwrap();
    file.flush(FlushFlags::EMPTY_BUF).unwrap();
    assert_eq!(file.get_ref().content(), b"0123x56789");

    file.get_mut().seek(SeekFrom::Start(1)).unwrap();
    let mut rest = String::new();
    file.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "56789");
}

#[test]
fn what_was_changed_through_get_mut_shows_after_the_buffer_is_emptied() {
    let mut file = MmioFile::with_capacity(64, stream());
    let mut byte = [0];
    file.read_exact(&mut byte).unwrap();
    file.get_mut().edit().bytes.fill(b'!');
    file.seek_relative(-1).unwrap();
    file.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"3", "cached");
    file.flush(FlushFlags::EMPTY_BUF).unwrap();
    file.seek_relative(-1).unwrap();
    file.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"!");
}
