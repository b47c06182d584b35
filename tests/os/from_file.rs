//! From a file that is open already, and back: its position, its capacity, and what comes back in an error.

use std::fs::{self, File};
use std::io::{Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::{FlushFlags, MmioError, MmioFile, PositionedFile, Sharing};

use crate::open::{CONTENT, folder};

/// This holds for root too.
#[test]
fn a_handle_that_can_only_be_read_refuses_at_the_flush_and_keeps_the_bytes() {
    let dir = folder();
    let path = dir.path().join("file");
    let mut file = MmioFile::from_file(File::open(&path).unwrap()).unwrap();
    file.write_all(b"abc").unwrap();
    let error = file.flush(FlushFlags::empty()).unwrap_err();
    assert!(matches!(error, MmioError::CannotWrite { offset: 0, unwritten: 3, .. }));
    assert_eq!(file.dirty_len(), 3);
    assert_eq!(fs::read(&path).unwrap(), CONTENT);
    file.discard_unwritten();
}

#[cfg(unix)]
#[test]
fn a_pipe_without_a_name_is_refused_and_given_back() {
    use std::os::fd::OwnedFd;

    let (reader, mut writer) = std::io::pipe().unwrap();
    let refused = MmioFile::from_file(OwnedFd::from(reader).into()).unwrap_err();
    let (error, file) = refused.into_parts();
    let cause = error.io_error().unwrap();
    assert_eq!(error.to_string(), format!("cannot seek to the stream's own position: {cause}"));
    assert_eq!(error.kind(), ErrorKind::NotSeekable);

    writer.write_all(b"still open").unwrap();
    drop(writer);
    let refused = MmioFile::try_from(file).unwrap_err();
    assert_eq!(refused.to_string(), error.to_string());
    let (_, file) = refused.into_parts();
    assert_eq!(std::io::read_to_string(file).unwrap(), "still open");
}

#[test]
fn an_open_handle_keeps_its_position_and_gets_it_back() {
    let dir = folder();
    let mut file = File::options().read(true).write(true).open(dir.path().join("file")).unwrap();
    file.seek(SeekFrom::Start(3)).unwrap();
    let mut buffered = MmioFile::from_file(file).unwrap();
    buffered.write_all(b"abc").unwrap();
    let mut byte = [0];
    buffered.read_exact(&mut byte).unwrap();
    assert_eq!(&byte, b"6");
    let mut file = buffered.into_inner().unwrap().into_file().unwrap();
    assert_eq!(file.stream_position().unwrap(), 7);
    file.rewind().unwrap();
    assert_eq!(std::io::read_to_string(file).unwrap(), "012abc6789");
}

#[test]
fn an_untouched_handle_comes_back_where_it_was() {
    let dir = folder();
    let mut file = File::open(dir.path().join("file")).unwrap();
    file.seek(SeekFrom::Start(3)).unwrap();
    let file = MmioFile::from_file(file).unwrap();
    let mut file = file.into_inner().unwrap().into_file().unwrap();
    assert_eq!(file.stream_position().unwrap(), 3);
}

#[test]
fn a_file_that_is_open_already_gets_the_capacity_of_the_options_or_comes_back() {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(b"abcdef").unwrap();
    file.seek(SeekFrom::Start(2)).unwrap();

    let refused = MmioFile::options().capacity(usize::MAX).from_file(file).unwrap_err();
    assert!(matches!(refused.error(), MmioError::OutOfMemory { .. }));
    let (_, file) = refused.into_parts();

    let refused = MmioFile::options().sharing(Sharing::DenyWrite).from_file(file).unwrap_err();
    assert!(refused.to_string().starts_with("cannot open the file: "));
    let (error, file) = refused.into_parts();
    assert!(matches!(error, MmioError::CannotOpen { .. }));
    assert_eq!(error.kind(), ErrorKind::InvalidInput);

    // Options that matter only when a file is opened are ignored.
    let options = MmioFile::options().read(true).create(true).truncate(true).capacity(100).clone();
    let mut file = options.from_file(file).unwrap();
    assert_eq!(file.capacity(), MmioFile::with_capacity(100, Cursor::new(Vec::new())).capacity());
    file.write_all(b"CD").unwrap();
    let mut file = file.into_inner().unwrap().into_file().unwrap();
    assert_eq!(file.stream_position().unwrap(), 4);
    file.rewind().unwrap();
    assert_eq!(std::io::read_to_string(file).unwrap(), "abCDef");
}

#[test]
fn a_file_whose_cursor_cannot_be_put_back_comes_back_in_the_error() {
    let mut file = PositionedFile::new(tempfile::tempfile().unwrap()).unwrap();
    file.write_all(b"kept").unwrap();
    file.seek(SeekFrom::Start(u64::MAX)).unwrap();
    let (error, mut file) = file.into_file().unwrap_err().into_parts();
    let target = SeekFrom::Start(u64::MAX);
    assert!(matches!(error, MmioError::CannotSeek { target: at, .. } if at == target));
    file.rewind().unwrap();
    assert_eq!(std::io::read_to_string(file).unwrap(), "kept");
}
