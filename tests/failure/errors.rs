//! Every error: its text, its kind, its number, its cause, and what of them an `io::Error` keeps.

use std::error::Error;
use std::fs;
use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};

use mmio_file::{CloseError, FlushFlags, MmioError, MmioFile, Sharing, Storage};

/// A stream whose calls all fail, with a system error number where there is one.
#[derive(Debug)]
struct Broken;

/// "No space left on device" on Unix.
#[cfg(unix)]
const NUMBER: Option<i32> = Some(28);
#[cfg(not(unix))]
const NUMBER: Option<i32> = None;

pub(super) fn broken<T>() -> io::Result<T> {
    Err(NUMBER.map_or(ErrorKind::StorageFull.into(), io::Error::from_raw_os_error))
}

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        broken()
    }
}

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        broken()
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Broken {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        match target {
            SeekFrom::Start(offset) if offset < 1_000_000 => Ok(offset),
            SeekFrom::Current(0) => Ok(0),
            _ => broken(),
        }
    }
}

impl Storage for Broken {
    fn set_len(&mut self, _: u64) -> io::Result<()> {
        broken()
    }

    fn sync_data(&mut self) -> io::Result<()> {
        broken()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        broken()
    }
}

/// A broken stream with a buffer, at offset 5,000.
fn file() -> MmioFile<Broken> {
    let mut file = MmioFile::new(Broken);
    file.seek(SeekFrom::Start(5000)).unwrap();
    file
}

fn unwrapped<T>(answer: io::Result<T>) -> MmioError {
    answer.err().expect("it fails").downcast().expect("an error of ours is within")
}

/// Pins an error that has no cause beneath.
pub(super) fn assert_is(error: MmioError, text: &str, kind: ErrorKind, code: u32) {
    assert_eq!(error.to_string(), text);
    assert_eq!((error.kind(), error.mmio_code()), (kind, code), "{text}");
    assert!(error.source().is_none() && error.io_error().is_none(), "{text}");
    assert_eq!(error.raw_os_error(), None);

    let error = io::Error::from(error);
    assert_eq!((error.kind(), error.to_string()), (kind, text.to_owned()));
    assert_eq!(error.downcast::<MmioError>().unwrap().mmio_code(), code);
}

/// What the system says of the cause.
fn cause() -> String {
    broken::<()>().unwrap_err().to_string()
}

/// Pins an error whose cause is that of [`Broken`]: what failed, the cause, and the rest of the text.
pub(super) fn assert_is_broken(error: MmioError, what: &str, more: &str, code: u32) {
    let text = format!("{what}: {}{more}", cause());
    assert_eq!(error.to_string(), text);
    assert_eq!((error.kind(), error.mmio_code()), (ErrorKind::StorageFull, code), "{text}");
    assert_eq!(error.raw_os_error(), NUMBER, "{text}");
    assert_eq!(error.io_error().map(ToString::to_string), Some(cause()));
    assert!(error.source().is_none(), "the cause is in the text, so it is not in the chain");

    let error = io::Error::from(error);
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::StorageFull, text));
    assert_eq!(MmioError::from_io(&error).unwrap().raw_os_error(), NUMBER);
    assert!(error.source().is_none());
    assert_eq!(error.downcast::<MmioError>().unwrap().raw_os_error(), NUMBER);
}

#[test]
fn cannot_read() {
    // Where the read on the stream was to begin: with the page.
    let error = unwrapped(file().read(&mut [0; 10]));
    assert_is_broken(error, "cannot read at offset 4096", "", 261);
}

/// Std has a bare `UnexpectedEof` for this; here the error reports where the file ends.
#[test]
fn cannot_read_exactly() {
    let mut file = MmioFile::new(Cursor::new(vec![0; 8]));
    file.seek(SeekFrom::Start(6)).unwrap();
    let error = file.read_exact(&mut [0; 4]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    assert_eq!(
        unwrapped(Err::<(), _>(error)).to_string(),
        "cannot read at offset 8: unexpected end of file"
    );
}

#[test]
fn cannot_write() {
    let mut file = file();
    file.write_all(b"abc").unwrap();
    let error = file.flush(FlushFlags::empty()).unwrap_err();
    assert_is_broken(error, "cannot write at offset 5000", "; 3 bytes are kept unwritten", 262);

    let mut file = self::file();
    file.write_all(b"a").unwrap();
    let error = file.flush(FlushFlags::empty()).unwrap_err();
    assert_is_broken(error, "cannot write at offset 5000", "; 1 byte is kept unwritten", 262);
}

#[test]
fn bytes_that_are_not_kept_are_not_mentioned() {
    // It goes around the buffer.
    let error = unwrapped(file().write(&vec![0; 100_000]));
    assert_is_broken(error, "cannot write at offset 5000", "", 262);
    let error = unwrapped(MmioFile::with_capacity(0, Broken).write(b"x"));
    assert_is_broken(error, "cannot write at offset 0", "", 262);
}

#[test]
fn cannot_seek() {
    let error = unwrapped(file().seek(SeekFrom::End(0)));
    assert_is_broken(error, "cannot seek to the end", "", 263);
    assert_is_broken(file().stream_len().unwrap_err(), "cannot seek to the end", "", 263);

    let mut unbuffered = MmioFile::with_capacity(0, Broken);
    let error = unwrapped(unbuffered.seek(SeekFrom::Start(2_000_000)));
    assert_is_broken(error, "cannot seek to offset 2000000", "", 263);
}

#[test]
fn a_seek_before_the_start_or_past_the_last_offset_is_refused() {
    let mut file = MmioFile::new(Cursor::new(vec![0; 10]));
    for (target, text) in [
        (
            SeekFrom::Current(-1),
            "cannot seek to 1 bytes before the position: invalid input parameter",
        ),
        (
            SeekFrom::Current(i64::MIN),
            "cannot seek to 9223372036854775808 bytes before the position: invalid input parameter",
        ),
        (SeekFrom::End(-11), "cannot seek to 11 bytes before the end: invalid input parameter"),
    ] {
        let error = unwrapped(file.seek(target));
        assert_eq!(error.to_string(), text);
        assert_eq!((error.kind(), error.mmio_code()), (ErrorKind::InvalidInput, 263));
    }
    file.seek(SeekFrom::Start(u64::MAX)).unwrap();
    let error = unwrapped(file.seek(SeekFrom::Current(2)));
    assert_eq!(
        error.to_string(),
        "cannot seek to 2 bytes after the position: invalid input parameter"
    );
}

#[test]
fn cannot_expand() {
    let error = file().set_len(7000).unwrap_err();
    assert_is_broken(error, "cannot set the length of the file to 7000 bytes", "", 264);

    let mut file = MmioFile::new(Cursor::new(Vec::new()));
    file.seek(SeekFrom::Start(u64::MAX)).unwrap();
    let error = unwrapped(file.write(b"x"));
    assert_eq!((error.kind(), error.mmio_code()), (ErrorKind::FileTooLarge, 264));
}

#[test]
fn cannot_sync() {
    assert_is_broken(file().sync_data().unwrap_err(), "cannot sync the file", "", 262);
    assert_is_broken(file().sync_all().unwrap_err(), "cannot sync the file", "", 262);
}

#[test]
fn cannot_open() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("missing");
    let error = MmioFile::open(&path).unwrap_err();
    let cause = fs::File::open(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot open {}: {cause}", path.display()));
    assert_eq!((error.kind(), error.mmio_code()), (ErrorKind::NotFound, 257));
    assert!(error.source().is_none());
    assert_eq!(error.raw_os_error(), cause.raw_os_error());
}

#[test]
fn sharing_violation() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("held");
    let mut options = MmioFile::options();
    options.write(true).create(true).sharing(Sharing::Exclusive);
    let _held = options.open(&path).unwrap();
    let text = format!("{} is in use elsewhere", path.display());
    assert_is(options.open(&path).unwrap_err(), &text, ErrorKind::ResourceBusy, 269);
}

#[test]
fn access_denied() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, "content").unwrap();
    let mut to_read = MmioFile::open(&path).unwrap();
    let text = "cannot write at offset 0: the file was not opened for it";
    assert_is(unwrapped(to_read.write(b"x")), text, ErrorKind::PermissionDenied, 268);

    let mut to_write = MmioFile::options().write(true).open(&path).unwrap();
    to_write.seek(SeekFrom::Start(3)).unwrap();
    let text = "cannot read at offset 3: the file was not opened for it";
    assert_is(unwrapped(to_write.read(&mut [0])), text, ErrorKind::PermissionDenied, 268);
}

#[test]
#[expect(clippy::reversed_empty_ranges, reason = "that is what is tested")]
fn invalid_range() {
    let error = file().copy_within(5..4, 0).unwrap_err();
    assert_is(error, "the range 5..4 ends before it starts", ErrorKind::InvalidInput, 263);
}

/// What the cause itself was caused by is still in the chain: no error is left out, and none is
/// printed twice.
#[test]
fn the_source_is_that_of_the_cause() {
    struct Wrapped(MmioFile<Broken>);

    impl Read for Wrapped {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.0.read(out).map_err(|error| io::Error::other(Context(error)))
        }
    }

    impl Write for Wrapped {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Write::flush(&mut self.0)
        }
    }

    impl Seek for Wrapped {
        fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
            self.0.seek(target)
        }
    }

    #[derive(Debug)]
    struct Context(io::Error);

    impl std::fmt::Display for Context {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("the archive is damaged")
        }
    }

    impl Error for Context {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    let error = unwrapped(MmioFile::new(Wrapped(file())).read(&mut [0; 10]));
    assert_eq!(error.to_string(), "cannot read at offset 4096: the archive is damaged");
    let source = error.source().unwrap().to_string();
    assert_eq!(source, format!("cannot read at offset 4096: {}", cause()));
}

#[test]
fn only_an_error_of_ours_is_found_in_an_io_error() {
    let ours = file().read(&mut [0; 10]).unwrap_err();
    assert!(matches!(MmioError::from_io(&ours), Some(MmioError::CannotRead { .. })));
    assert!(MmioError::from_io(&broken::<()>().unwrap_err()).is_none());
    assert!(MmioError::from_io(&io::Error::other("another")).is_none());
}

#[test]
fn out_of_memory() {
    let error = file().set_capacity(usize::MAX).unwrap_err();
    let text = format!("no memory for a buffer of {} bytes", usize::MAX);
    assert_is(error, &text, ErrorKind::OutOfMemory, 258);
}

#[test]
fn unbuffered() {
    let mut file = MmioFile::with_capacity(0, Cursor::new(vec![0; 10]));
    let text = "the call needs a buffer, and the file has none";
    assert_is(file.fill_buf_mut().unwrap_err(), text, ErrorKind::Unsupported, 266);
    assert_is(file.write_with(1, |_| 1).unwrap_err(), text, ErrorKind::Unsupported, 266);
}

#[test]
fn a_failed_close_reports_what_the_flush_would_have_reported() {
    let mut file = file();
    file.write_all(b"abc").unwrap();
    let failed = file.close().unwrap_err();
    let text = format!("cannot write at offset 5000: {}; 3 bytes are kept unwritten", cause());
    assert_eq!(failed.to_string(), text);
    assert!(failed.source().is_none());
    let again = failed.into_inner().close().unwrap_err();
    assert_eq!(io::Error::from(again).kind(), ErrorKind::StorageFull);
}

#[test]
fn errors_are_small_and_can_be_sent() {
    fn can_be_sent<T: Send + Sync + 'static>() {}

    can_be_sent::<MmioError>();
    can_be_sent::<CloseError>();
    assert!(size_of::<MmioError>() <= 40);
    assert_eq!(size_of::<Result<(), MmioError>>(), size_of::<MmioError>());
    assert!(size_of::<CloseError>() <= 64);
    // Whatever the size of the stream is.
    assert_eq!(size_of::<CloseError<Broken>>(), size_of::<CloseError>());
}
