//! One set of tests for every way to reach bytes at an offset, then the position on top of them.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use super::portable::Portable;
use super::{MAX_LEN, PositionedFile};

fn file_with(content: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(content).unwrap();
    file.rewind().unwrap();
    file
}

fn positioned(content: &[u8]) -> PositionedFile {
    PositionedFile::new(file_with(content)).unwrap()
}

/// What every handle must do; `$Handle` is the type under test.
macro_rules! handle_tests {
    ($module:ident, $Handle:ty) => {
        mod $module {
            use super::*;

            fn handle(content: &[u8]) -> $Handle {
                <$Handle>::new(file_with(content))
            }

            #[test]
            fn reads_go_to_their_offset_in_any_order() {
                let mut handle = handle(b"abcdef");
                for (offset, expected) in [(4, b"ef"), (0, b"ab"), (2, b"cd"), (1, b"bc")] {
                    let mut bytes = [0; 2];
                    assert_eq!(handle.read_at(offset, &mut bytes).unwrap(), 2);
                    assert_eq!(&bytes, expected);
                }
            }

            #[test]
            fn writes_go_to_their_offset_and_can_be_read_back() {
                let mut handle = handle(b"abcdef");
                for (offset, bytes) in [(4, b"EF"), (0, b"AB"), (6, b"GH")] {
                    assert_eq!(handle.write_at(offset, bytes).unwrap(), 2);
                    let mut back = [0; 2];
                    assert_eq!(handle.read_at(offset, &mut back).unwrap(), 2);
                    assert_eq!(&back, bytes);
                }
                let mut all = [0; 9];
                assert_eq!(handle.read_at(0, &mut all).unwrap(), 8);
                assert_eq!(&all[..8], b"ABcdEFGH");
            }

            #[test]
            fn a_read_beyond_the_end_finds_nothing() {
                let mut handle = handle(b"abc");
                let mut bytes = [0; 2];
                assert_eq!(handle.read_at(3, &mut bytes).unwrap(), 0);
                assert_eq!(handle.read_at(1 << 40, &mut bytes).unwrap(), 0);
                assert_eq!(handle.read_at(2, &mut bytes).unwrap(), 1);
            }

            /// ext4 refuses to seek from 2^44 on, and other file systems elsewhere.
            #[test]
            fn a_read_where_the_file_system_ends_finds_nothing() {
                let mut handle = handle(b"abc");
                let mut bytes = [0; 2];
                for offset in (40..63).map(|bits| 1 << bits).chain([MAX_LEN - 2]) {
                    assert_eq!(handle.read_at(offset, &mut bytes).unwrap(), 0, "at {offset}");
                    assert_eq!(handle.read_at(1, &mut bytes).unwrap(), 2);
                    assert_eq!(&bytes, b"bc");
                }
            }

            #[test]
            fn a_write_beyond_the_end_leaves_zeros_before_it() {
                let mut handle = handle(b"a");
                handle.write_at(3, b"d").unwrap();
                let mut all = [0xFF; 4];
                assert_eq!(handle.read_at(0, &mut all).unwrap(), 4);
                assert_eq!(&all, b"a\0\0d");
            }

            #[test]
            fn the_end_follows_the_writes_and_disturbs_nothing() {
                let mut handle = handle(b"abc");
                let mut byte = [0];
                assert_eq!(handle.read_at(0, &mut byte).unwrap(), 1);
                assert_eq!(handle.end().unwrap(), 3);
                assert_eq!(handle.read_at(1, &mut byte).unwrap(), 1);
                assert_eq!(&byte, b"b");
                handle.write_at(3, b"def").unwrap();
                assert_eq!(handle.end().unwrap(), 6);
            }

            #[test]
            fn a_refused_write_leaves_reads_right() {
                let path = tempfile::NamedTempFile::new().unwrap();
                std::fs::write(&path, b"abc").unwrap();
                let mut handle = <$Handle>::new(File::open(&path).unwrap());
                let mut byte = [0];
                handle.read_at(0, &mut byte).unwrap();
                handle.write_at(1, b"X").unwrap_err();
                handle.read_at(1, &mut byte).unwrap();
                assert_eq!(&byte, b"b");
                assert_eq!(handle.file().metadata().unwrap().len(), 3);
            }

            #[test]
            fn random_accesses_agree_with_a_vector() {
                let mut model = vec![0; 64];
                let mut handle = handle(&model);
                // A linear congruential generator: reproducible, and no two accesses alike.
                let mut state = 1_u32;
                let mut random = |below: u32| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    ((state >> 16) % below) as usize
                };
                for step in 0..=u8::MAX {
                    let (offset, len) = (random(48), random(16));
                    if random(2) == 0 {
                        let bytes = vec![step; len];
                        assert_eq!(handle.write_at(offset as u64, &bytes).unwrap(), len);
                        model[offset..offset + len].copy_from_slice(&bytes);
                    } else {
                        let mut bytes = vec![0; len];
                        assert_eq!(handle.read_at(offset as u64, &mut bytes).unwrap(), len);
                        assert_eq!(bytes, model[offset..offset + len], "step {step}");
                    }
                }
                let mut file = handle.into_file();
                let mut content = Vec::new();
                file.rewind().unwrap();
                file.read_to_end(&mut content).unwrap();
                assert_eq!(content, model);
            }
        }
    };
}

#[cfg(any(unix, windows))]
handle_tests!(native, crate::positioned_file::native::Native);
handle_tests!(portable, Portable);

/// A stream in memory that counts its calls. Some reads, writes and questions for the end fail, after
/// they have moved the cursor; a seek to beyond the greatest offset is refused.
struct Counting {
    content: Cursor<Vec<u8>>,
    seeks: usize,
    greatest: u64,
    /// How many calls of those that may fail there were; and which do.
    may_fail: usize,
    failing: &'static [usize],
}

impl Counting {
    fn handle(content: &[u8], failing: &'static [usize]) -> Portable<Self> {
        Self::ending_at(u64::MAX, content, failing)
    }

    fn ending_at(greatest: u64, content: &[u8], failing: &'static [usize]) -> Portable<Self> {
        Portable::new(Self {
            content: Cursor::new(content.to_vec()),
            seeks: 0,
            greatest,
            may_fail: 0,
            failing,
        })
    }

    fn outcome<T>(&mut self, answer: T) -> io::Result<T> {
        self.may_fail += 1;
        if self.failing.contains(&self.may_fail) {
            Err(io::Error::other("as the test asked"))
        } else {
            Ok(answer)
        }
    }
}

impl Read for Counting {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let n = self.content.read(bytes)?;
        self.outcome(n)
    }
}

impl Write for Counting {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.content.write(bytes)?;
        self.outcome(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Counting {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.seeks += 1;
        if matches!(target, SeekFrom::Start(offset) if offset > self.greatest) {
            return Err(ErrorKind::InvalidInput.into());
        }
        let at = self.content.seek(target)?;
        if matches!(target, SeekFrom::End(_)) { self.outcome(at) } else { Ok(at) }
    }
}

#[test]
fn the_portable_handle_seeks_only_when_it_must() {
    let mut handle = Counting::handle(b"abcdef", &[]);
    let mut byte = [0];
    handle.read_at(0, &mut byte).unwrap();
    assert_eq!(handle.file().seeks, 1, "at first the cursor is unknown");
    handle.read_at(1, &mut byte).unwrap();
    handle.write_at(2, b"C").unwrap();
    handle.read_at(3, &mut byte).unwrap();
    assert_eq!(handle.file().seeks, 1, "one call after the other");
    handle.read_at(0, &mut byte).unwrap();
    assert_eq!(handle.file().seeks, 2);
    assert_eq!(handle.end().unwrap(), 6);
    handle.write_at(6, b"g").unwrap();
    assert_eq!(handle.file().seeks, 3, "asking for the end leads there");
}

#[test]
fn the_portable_handle_trusts_no_cursor_after_a_failure() {
    let mut handle = Counting::handle(b"abcdef", &[2, 4]);
    let mut byte = [0];
    handle.read_at(0, &mut byte).unwrap();
    handle.read_at(1, &mut byte).unwrap_err();
    handle.read_at(1, &mut byte).unwrap();
    assert_eq!(&byte, b"b");
    handle.write_at(2, b"C").unwrap_err();
    handle.write_at(2, b"C").unwrap();
    assert_eq!(handle.file().content.get_ref(), b"abCdef");
}

#[test]
fn the_portable_handle_trusts_no_cursor_after_a_failure_to_find_the_end() {
    let mut handle = Counting::handle(b"abcdef", &[2]);
    let mut byte = [0];
    handle.read_at(0, &mut byte).unwrap();
    handle.end().unwrap_err();
    assert_eq!(handle.read_at(1, &mut byte).unwrap(), 1);
    assert_eq!(&byte, b"b");
}

#[test]
fn the_portable_handle_finds_nothing_past_the_end_where_it_may_not_seek() {
    let mut handle = Counting::ending_at(10, b"abcdef", &[]);
    let mut byte = [0];
    assert_eq!(handle.read_at(11, &mut byte).unwrap(), 0);
    assert_eq!(handle.read_at(1, &mut byte).unwrap(), 1);
    assert_eq!(&byte, b"b");
    handle.write_at(11, b"x").unwrap_err();
    assert_eq!(handle.file().content.get_ref(), b"abcdef");
}

#[test]
fn the_portable_handle_reports_a_refused_seek_where_there_are_bytes() {
    let mut handle = Counting::ending_at(4, b"abcdef", &[]);
    let error = handle.read_at(5, &mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let mut byte = [0];
    assert_eq!(handle.read_at(4, &mut byte).unwrap(), 1);
    assert_eq!(&byte, b"e");
}

#[test]
fn the_portable_handle_reports_a_refused_seek_where_the_end_is_unknown() {
    let mut handle = Counting::ending_at(10, b"abcdef", &[1]);
    let error = handle.read_at(11, &mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn the_position_begins_and_ends_as_the_files_own() {
    let mut file = file_with(b"abcdef");
    file.seek(SeekFrom::Start(2)).unwrap();
    let mut file = PositionedFile::new(file).unwrap();
    let mut bytes = [0; 2];
    file.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"cd");
    assert_eq!(file.into_file().unwrap().stream_position().unwrap(), 4);
}

#[test]
fn the_position_moves_by_what_was_read_and_written() {
    let mut file = positioned(b"abc");
    file.write_all(b"AB").unwrap();
    assert_eq!(file.stream_position().unwrap(), 2);
    let mut bytes = [0; 8];
    assert_eq!(file.read(&mut bytes).unwrap(), 1);
    assert_eq!(file.stream_position().unwrap(), 3);
}

#[test]
fn seeks_lead_where_those_of_a_file_lead() {
    let mut ours = positioned(b"abcdef");
    let mut std = file_with(b"abcdef");
    for target in [
        SeekFrom::Start(4),
        SeekFrom::Current(-3),
        SeekFrom::Current(1_000),
        SeekFrom::End(0),
        SeekFrom::End(-6),
        SeekFrom::End(7),
        SeekFrom::Start(0),
    ] {
        assert_eq!(ours.seek(target).unwrap(), std.seek(target).unwrap());
    }
}

#[test]
fn a_seek_to_an_invalid_position_moves_nothing() {
    let mut file = positioned(b"abcdef");
    file.seek(SeekFrom::Start(3)).unwrap();
    for target in [SeekFrom::Current(-4), SeekFrom::End(-7)] {
        let error = file.seek(target).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(file.stream_position().unwrap(), 3);
    }
    file.seek(SeekFrom::Start(u64::MAX)).unwrap();
    let error = file.seek(SeekFrom::Current(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(file.stream_position().unwrap(), u64::MAX);
}

#[test]
fn no_file_has_bytes_where_offsets_end() {
    let mut file = positioned(b"abc");
    for position in [MAX_LEN, MAX_LEN + 1, u64::MAX] {
        file.seek(SeekFrom::Start(position)).unwrap();
        let error = file.write(b"x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::FileTooLarge);
        assert_eq!(file.write(b"").unwrap(), 0);
        assert_eq!(file.read(&mut [0; 4096]).unwrap(), 0);
        assert_eq!(file.stream_position().unwrap(), position);
    }
    assert_eq!(file.get_ref().metadata().unwrap().len(), 3);
}

#[test]
fn a_read_that_reaches_beyond_all_offsets_is_shortened_not_refused() {
    let mut file = positioned(b"abc");
    file.seek(SeekFrom::Start(MAX_LEN - 1)).unwrap();
    assert_eq!(file.read(&mut [0; 4096]).unwrap(), 0);
}

#[cfg(unix)]
#[test]
fn a_pipe_has_no_position_and_is_refused() {
    use std::os::fd::OwnedFd;

    let (reader, _writer) = io::pipe().unwrap();
    let error = PositionedFile::new(OwnedFd::from(reader).into()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotSeekable);
}

#[cfg(any(unix, windows))]
#[test]
fn a_clone_that_moves_the_shared_cursor_changes_nothing() {
    let mut file = positioned(b"abcdef");
    let mut other = file.get_ref().try_clone().unwrap();
    let mut bytes = [0; 2];
    file.read_exact(&mut bytes).unwrap();
    other.seek(SeekFrom::Start(5)).unwrap();
    file.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"cd");
}

#[test]
fn a_call_that_fails_does_not_move_the_position() {
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&path, b"abcdef").unwrap();
    let mut reads = PositionedFile::new(File::open(&path).unwrap()).unwrap();
    reads.seek(SeekFrom::Start(2)).unwrap();
    reads.write(b"x").unwrap_err();
    assert_eq!(reads.stream_position().unwrap(), 2);
    let mut writes = File::options().write(true).open(&path).unwrap();
    writes.seek(SeekFrom::Start(3)).unwrap();
    let mut writes = PositionedFile::new(writes).unwrap();
    writes.read(&mut [0]).unwrap_err();
    assert_eq!(writes.stream_position().unwrap(), 3);
}
