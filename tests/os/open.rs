//! From a path to a file: what is opened, what is refused, and what the mode forbids afterwards.

use std::fs::{self, File};
use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use mmio_file::{FlushFlags, MmioError, MmioFile, Sharing};
use tempfile::TempDir;

pub(crate) const CONTENT: &[u8] = b"0123456789";

/// A folder with a file in it.
pub(crate) fn folder() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("file"), CONTENT).unwrap();
    dir
}

/// The same choice of options, as bits.
#[derive(Clone, Copy, Debug)]
struct Choice(u8);

impl Choice {
    fn all() -> impl Iterator<Item = Self> {
        (0..32).map(Self)
    }

    fn has(self, bit: u8) -> bool {
        self.0 & (1 << bit) != 0
    }

    fn ours(self, path: &Path, sharing: Sharing) -> Result<MmioFile, MmioError> {
        MmioFile::options()
            .read(self.has(0))
            .write(self.has(1))
            .create(self.has(2))
            .create_new(self.has(3))
            .truncate(self.has(4))
            .sharing(sharing)
            .open(path)
    }

    fn std(self, path: &Path) -> std::io::Result<File> {
        fs::OpenOptions::new()
            .read(self.has(0))
            .write(self.has(1))
            .create(self.has(2))
            .create_new(self.has(3))
            .truncate(self.has(4))
            .open(path)
    }
}

#[test]
fn every_combination_of_options_does_what_it_does_in_std() {
    for sharing in [Sharing::DenyNone, Sharing::DenyWrite, Sharing::Exclusive] {
        for choice in Choice::all() {
            for name in ["file", "new", ".", "file/beneath"] {
                let (ours, std) = (folder(), folder());
                let opened = choice.ours(&ours.path().join(name), sharing);
                let expected = choice.std(&std.path().join(name));
                let case = format!("{choice:?} {name} {sharing:?}");
                match (&opened, &expected) {
                    // A folder is the one thing that std opens on Unix and we do not.
                    (Err(error), _) if name == "." && error.kind() == ErrorKind::IsADirectory => {}
                    (Err(error), Err(expected)) => {
                        assert_eq!(error.kind(), expected.kind(), "{case}");
                        assert!(matches!(error, MmioError::CannotOpen { .. }), "{case}");
                    }
                    _ => assert_eq!(opened.is_ok(), expected.is_ok(), "{case}"),
                }
                drop((opened, expected));
                for name in ["file", "new"] {
                    assert_eq!(
                        fs::read(ours.path().join(name)).ok(),
                        fs::read(std.path().join(name)).ok(),
                        "{case}: what is left at {name}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_folder_is_refused_in_every_way() {
    let dir = folder();
    let folder = dir.path();
    let mut to_write = MmioFile::options();
    to_write.write(true);
    for error in [
        MmioFile::open(folder).unwrap_err(),
        MmioFile::open_rw(folder).unwrap_err(),
        MmioFile::create(folder).unwrap_err(),
        to_write.open(folder).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::IsADirectory);
        assert_eq!(error.mmio_code(), 259);
        let MmioError::CannotOpen { path, .. } = error else { panic!("{error:?}") };
        assert_eq!(path, folder);
    }
}

#[test]
fn a_missing_file_and_a_missing_folder_are_not_found() {
    let dir = folder();
    for path in [dir.path().join("missing"), dir.path().join("missing/file")] {
        let error = MmioFile::open_rw(&path).unwrap_err();
        assert_eq!((error.kind(), error.mmio_code()), (ErrorKind::NotFound, 257));
        let cause = File::open(&path).unwrap_err();
        assert_eq!(error.to_string(), format!("cannot open {}: {cause}", path.display()));
    }
}

/// Root can't be denied a file. Where the tests are run by root, this one runs itself as nobody.
#[cfg(unix)]
#[test]
fn a_file_without_permission_is_refused_and_not_emptied() {
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::process::CommandExt;

    const AS_NOBODY: &str = "MMIO_FILE_TEST_DENIED";
    const NOBODY: u32 = 65534;
    let is_refused = |path: &Path| {
        let error = MmioFile::create(path).unwrap_err();
        assert_eq!((error.kind(), error.mmio_code()), (ErrorKind::PermissionDenied, 268));
        assert_eq!(fs::read(path).unwrap(), CONTENT);
    };
    if let Some(path) = std::env::var_os(AS_NOBODY) {
        return is_refused(Path::new(&path));
    }
    let dir = folder();
    let path = dir.path().join("file");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_err() {
        return is_refused(&path);
    }
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "open::a_file_without_permission_is_refused_and_not_emptied"])
        .env(AS_NOBODY, &path)
        .uid(NOBODY)
        .gid(NOBODY)
        .output();
    match child {
        Ok(child) => assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout)),
        Err(error) => eprintln!("skipped: nobody can't run this test program: {error}"),
    }
}

#[test]
fn any_other_refusal_is_reported_as_the_system_reports_it() {
    let dir = folder();
    let path = dir.path().join("a name that is too long".repeat(20));
    let expected = File::create(&path).unwrap_err();
    let error = MmioFile::create(&path).unwrap_err();
    assert_eq!((error.kind(), error.mmio_code()), (expected.kind(), 259));
    assert_eq!(error.raw_os_error(), expected.raw_os_error());
}

#[cfg(target_os = "linux")]
#[test]
fn a_pipe_with_a_name_is_refused() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    let dir = folder();
    let path = dir.path().join("pipe");
    mknodat(CWD, &path, FileType::Fifo, Mode::RWXU, 0).unwrap();
    let error = MmioFile::open_rw(&path).unwrap_err();
    assert_eq!((error.kind(), error.mmio_code()), (ErrorKind::NotSeekable, 259));
}

/// The limit is the process's, so the test runs itself as a process of its own.
#[cfg(unix)]
#[test]
fn too_many_open_files_has_a_number_of_its_own() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    const IN_CHILD: &str = "MMIO_FILE_TEST_LIMITED";
    if std::env::var_os(IN_CHILD).is_none() {
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "open::too_many_open_files_has_a_number_of_its_own"])
            .env(IN_CHILD, "")
            .output()
            .unwrap();
        assert!(child.status.success(), "{}", String::from_utf8_lossy(&child.stdout));
        return;
    }
    let dir = folder();
    let path = dir.path().join("file");
    let maximum = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: Some(16), maximum }).unwrap();
    let mut files = Vec::new();
    let error = loop {
        assert!(files.len() < 16);
        match MmioFile::create(&path) {
            Ok(file) => files.push(file),
            Err(error) => break error,
        }
    };
    assert_eq!(error.mmio_code(), 271);
    let cause = std::io::Error::from_raw_os_error(24);
    assert_eq!(error.to_string(), format!("cannot open {}: {cause}", path.display()));
    assert_eq!(error.raw_os_error(), Some(24));
    files.pop();
    MmioFile::open(&path).unwrap();
}

#[test]
fn a_file_that_has_no_memory_for_its_buffer_is_not_emptied() {
    let dir = folder();
    let path = dir.path().join("file");
    let mut options = MmioFile::options();
    options.write(true).create(true).truncate(true).capacity(usize::MAX);
    let error = options.open(&path).unwrap_err();
    assert!(matches!(error, MmioError::OutOfMemory { capacity: usize::MAX, .. }));
    assert_eq!(fs::read(&path).unwrap(), CONTENT);
}

#[test]
fn a_file_opened_for_reading_refuses_to_be_changed_at_once() {
    let dir = folder();
    let path = dir.path().join("file");
    for capacity in [0, 4096] {
        let mut options = MmioFile::options();
        let mut file = options.read(true).capacity(capacity).open(&path).unwrap();
        let mut byte = [0];
        file.read_exact(&mut byte).unwrap();
        let refused = |error: MmioError| {
            let denied = matches!(error, MmioError::AccessDenied { attempted: "write", .. });
            assert!(denied || capacity == 0 && matches!(error, MmioError::Unbuffered), "{error:?}");
        };
        refused(file.write(b"x").unwrap_err().downcast().unwrap());
        refused(file.write_all(&[b'x'; 5000]).unwrap_err().downcast().unwrap());
        for refused_at in [file.write_at(b"x", 7).map(drop), file.write_all_at(b"x", 7)] {
            let error = refused_at.unwrap_err().downcast().unwrap();
            assert!(matches!(error, MmioError::AccessDenied { offset: 7, .. }), "{error:?}");
            refused(error);
        }
        refused(file.write_with(1, |_| panic!("called")).unwrap_err());
        refused(file.fill_buf_mut().unwrap_err());
        refused(file.set_len(0).unwrap_err());
        refused(file.set_len(10).unwrap_err());
        refused(file.copy_within(0..2, 5).unwrap_err());
        assert!(!file.is_dirty());
        assert_eq!(file.stream_position().unwrap(), 1);
        file.read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"1");
        file.close().unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), CONTENT);
}

#[test]
fn a_file_opened_for_writing_refuses_to_be_read_at_once() {
    let dir = folder();
    let path = dir.path().join("file");
    for capacity in [0, 4096] {
        let mut options = MmioFile::options();
        let mut file = options.write(true).capacity(capacity).open(&path).unwrap();
        file.write_all(b"X").unwrap();
        let refused = |error: MmioError| {
            let denied = matches!(error, MmioError::AccessDenied { attempted: "read", .. });
            assert!(denied || capacity == 0 && matches!(error, MmioError::Unbuffered), "{error:?}");
        };
        refused(file.read(&mut [0]).unwrap_err().downcast().unwrap());
        refused(file.read_to_end(&mut Vec::new()).unwrap_err().downcast().unwrap());
        let out = &mut [0];
        for refused_at in [file.read_at(out, 7).map(drop), file.read_exact_at(out, 7)] {
            let error = refused_at.unwrap_err().downcast().unwrap();
            assert!(matches!(error, MmioError::AccessDenied { offset: 7, .. }), "{error:?}");
            refused(error);
        }
        refused(file.fill_buf().unwrap_err().downcast().unwrap());
        refused(file.fill_buf_mut().unwrap_err());
        refused(file.copy_within(0..2, 5).unwrap_err());
        assert_eq!(file.stream_position().unwrap(), 1);
        file.write_all(b"Y").unwrap();
        file.close().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"XY23456789");
    }
}

#[test]
fn a_sole_owner_and_an_exclusive_holder_ask_for_the_end_once() {
    let dir = folder();
    let path = dir.path().join("file");
    for (sharing, sole_owner, asks_once) in [
        (Sharing::DenyNone, false, false),
        (Sharing::DenyNone, true, true),
        (Sharing::DenyWrite, false, false),
        (Sharing::Exclusive, false, true),
    ] {
        let mut options = MmioFile::options();
        options.read(true).write(true).sharing(sharing).sole_owner(sole_owner);
        let mut file = options.open(&path).unwrap();
        assert_eq!(file.stream_len().unwrap(), 10);
        // Through the stream: not every system lets another handle do this.
        file.get_ref().get_ref().set_len(12).unwrap();
        let known = file.stream_len().unwrap();
        assert_eq!(known == 10, asks_once, "{sharing:?} {sole_owner}");
        file.flush(FlushFlags::EMPTY_BUF).unwrap();
        assert_eq!(file.stream_len().unwrap(), 12);
        file.set_len(10).unwrap();
        file.close().unwrap();
    }
    let file = File::options().read(true).write(true).open(&path).unwrap();
    let mut file = MmioFile::options().sole_owner(true).from_file(file).unwrap();
    file.stream_len().unwrap();
    file.get_ref().get_ref().set_len(12).unwrap();
    assert_eq!(file.stream_len().unwrap(), 10);
}

#[test]
fn a_file_opened_for_writing_is_written_anywhere_without_being_read() {
    let dir = folder();
    let path = dir.path().join("file");
    let mut expected: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    fs::write(&path, &expected).unwrap();
    for capacity in [0, 64, 8192] {
        let mut options = MmioFile::options();
        let mut file = options.write(true).capacity(capacity).open(&path).unwrap();
        // Forwards, backwards, twice in a page, touching, overlapping, and past the end.
        for (offset, len) in
            [(70_000, 100), (10, 4), (30, 4), (5, 5), (9, 3), (20, 0), (50_000, 9000), (99_990, 30)]
        {
            file.seek(SeekFrom::Start(offset)).unwrap();
            file.write_all(&vec![0xEE; len]).unwrap();
            let start = usize::try_from(offset).unwrap();
            expected.resize(expected.len().max(start + len), 0);
            expected[start..start + len].fill(0xEE);
        }
        file.close().unwrap();
        assert_eq!(fs::read(&path).unwrap(), expected, "capacity {capacity}");
    }
}

/// Such files report a length of 0, and can't be seeked to their end.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_reports_no_length_is_read_to_its_end() {
    let mut file = MmioFile::open("/proc/self/status").unwrap();
    assert_eq!(file.get_ref().get_ref().metadata().unwrap().len(), 0);
    let mut text = String::new();
    file.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("Name:"), "{text}");
}

/// Windows can't say what a device is: `metadata` fails on it.
#[cfg(any(target_os = "linux", windows))]
#[test]
fn a_device_can_be_opened_created_and_emptied() {
    let device = if cfg!(windows) { "NUL" } else { "/dev/null" };
    for mut file in [MmioFile::open_rw(device).unwrap(), MmioFile::create(device).unwrap()] {
        file.write_all(b"gone").unwrap();
        file.flush(FlushFlags::empty()).unwrap();
        file.rewind().unwrap();
        assert_eq!(file.read(&mut [0]).unwrap(), 1, "from the buffer");
        file.flush(FlushFlags::EMPTY_BUF).unwrap();
        assert_eq!(file.read(&mut [0]).unwrap(), 0);
        file.close().unwrap();
    }
    MmioFile::open(device).unwrap();
}
