//! What `Sharing` promises between two processes: the test program runs itself as the second one.

use std::fs;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use mmio_file::{MmioError, MmioFile, OpenOptions, Sharing};
use tempfile::TempDir;

/// The variable with the path for a child.
const PATH: &str = "MMIO_FILE_TEST_PATH";
/// The variable with the way in which a child opens it: an index into [`WAYS`].
const WAY: &str = "MMIO_FILE_TEST_WAY";

const CONTENT: &[u8] = b"the holder's";

/// A process that is being started has, for a moment, a copy of every file that is open in this one,
/// and with it the locks. So no test here may start one while another holds a file.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// How many times each of two processes adds one, in [`two_writers_never_both_get_in`].
const ROUNDS: u64 = 300;

/// A way to open a file: with which sharing, and whether to write.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Way(Sharing, bool);

const WAYS: [Way; 4] = [
    Way(Sharing::DenyWrite, false),
    Way(Sharing::DenyWrite, true),
    Way(Sharing::Exclusive, false),
    Way(Sharing::Exclusive, true),
];

/// The ways that do not exclude each other.
const READER: Way = WAYS[0];

impl Way {
    fn options(self) -> OpenOptions {
        let Self(sharing, write) = self;
        let mut options = MmioFile::options();
        options.read(true).write(write).sharing(sharing);
        options
    }

    fn open(self, path: &Path) -> Result<MmioFile, MmioError> {
        self.options().open(path)
    }
}

/// A folder with a file in it, for a test that has this process for itself.
struct Folder {
    dir: TempDir,
    _turn: MutexGuard<'static, ()>,
}

impl Folder {
    fn new() -> Self {
        let turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), CONTENT).unwrap();
        Self { dir, _turn: turn }
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("file")
    }
}

/// Runs the test `role` of this program as another process.
fn run(role: &str, path: &Path, way: usize) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", role, "--ignored", "--nocapture"])
        .env(PATH, path)
        .env(WAY, way.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Another process that has the file open.
struct Holder(Child);

impl Holder {
    /// Returns once the other process has the file open.
    fn of(path: &Path, way: usize) -> Self {
        let mut child = run("sharing::as_a_holder", path, way);
        let out = child.stdout.as_mut().unwrap();
        let mut said = Vec::new();
        while !said.ends_with(b"<held>") {
            let mut byte = [0];
            out.read_exact(&mut byte).expect("the holder said that it holds the file");
            said.push(byte[0]);
        }
        Self(child)
    }

    /// Has the other process close the file and end.
    fn release(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }
}

/// The path and the way that a child is to use.
fn arguments() -> (PathBuf, usize) {
    let path = std::env::var_os(PATH).expect("set by the test that runs this as a process");
    (path.into(), std::env::var(WAY).unwrap().parse().unwrap())
}

#[test]
#[ignore = "is a part of other tests, which run it as a process"]
fn as_a_holder() {
    let (path, way) = arguments();
    let file = WAYS[way].open(&path).unwrap();
    print!("<held>");
    io::stdout().flush().unwrap();
    io::read_to_string(io::stdin()).unwrap();
    file.close().unwrap();
}

#[test]
#[ignore = "is a part of other tests, which run it as a process"]
fn as_an_adder() {
    let (path, way) = arguments();
    add_often(&path, WAYS[way]);
}

/// Adds one to the number in the file, opening it anew each time.
fn add_often(path: &Path, way: Way) {
    let mut added = 0;
    while added < ROUNDS {
        let mut file = match way.open(path) {
            Ok(file) => file,
            Err(MmioError::SharingViolation { .. }) => {
                std::thread::yield_now();
                continue;
            }
            Err(error) => panic!("{error:?}"),
        };
        let mut number = [0; 8];
        file.read_exact(&mut number).unwrap();
        file.rewind().unwrap();
        file.write_all(&(u64::from_le_bytes(number) + 1).to_le_bytes()).unwrap();
        file.close().unwrap();
        added += 1;
    }
}

#[test]
fn only_readers_that_deny_writing_get_in_together() {
    let folder = Folder::new();
    let path = folder.file();
    for (number, held) in WAYS.into_iter().enumerate() {
        let holder = Holder::of(&path, number);
        for asked in WAYS {
            let expected = held == READER && asked == READER;
            match asked.open(&path) {
                Ok(_) => assert!(expected, "{asked:?} got in beside {held:?}"),
                Err(MmioError::SharingViolation { path: of, .. }) => {
                    assert!(!expected, "{asked:?} was kept out by {held:?}");
                    assert_eq!(of, path);
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        holder.release();
    }
}

#[test]
fn an_open_that_is_refused_truncates_nothing() {
    let folder = Folder::new();
    let path = folder.file();
    for number in 0..WAYS.len() {
        let holder = Holder::of(&path, number);
        for asked in [Way(Sharing::DenyWrite, true), Way(Sharing::Exclusive, true)] {
            let mut options = asked.options();
            let error = options.create(true).truncate(true).open(&path).unwrap_err();
            assert!(matches!(error, MmioError::SharingViolation { .. }));
            // Nobody can read a file that Windows holds exclusively.
            if cfg!(unix) {
                assert_eq!(fs::read(&path).unwrap(), CONTENT);
            }
        }
        holder.release();
        assert_eq!(fs::read(&path).unwrap(), CONTENT);
    }
}

#[test]
fn an_open_that_gets_the_lock_truncates_the_file() {
    let folder = Folder::new();
    let path = folder.file();
    Holder::of(&path, 3).release();
    let mut options = Way(Sharing::Exclusive, true).options();
    let mut file = options.truncate(true).open(&path).unwrap();
    assert_eq!(file.stream_len().unwrap(), 0);
}

#[test]
fn two_writers_never_both_get_in() {
    let folder = Folder::new();
    let path = folder.file();
    for way in [1, 3] {
        fs::write(&path, 0_u64.to_le_bytes()).unwrap();
        let mut other = run("sharing::as_an_adder", &path, way);
        add_often(&path, WAYS[way]);
        assert!(other.wait().unwrap().success());
        let number = u64::from_le_bytes(fs::read(&path).unwrap().try_into().unwrap());
        assert_eq!(number, 2 * ROUNDS, "{:?}", WAYS[way]);
    }
}

#[test]
fn a_file_is_free_again_when_it_is_closed() {
    let folder = Folder::new();
    let path = folder.file();
    for way in WAYS {
        let file = way.open(&path).unwrap();
        way.open(&path).err().map_or_else(
            || assert_eq!(way, READER),
            |error| assert!(matches!(error, MmioError::SharingViolation { .. })),
        );
        file.close().unwrap();
    }
    // Nor does one that failed to open leave anything held.
    WAYS[3].open(folder.dir.path()).unwrap_err();
    WAYS[3].open(&path).unwrap();
}

#[test]
fn the_violation_names_the_path_and_has_its_kind_and_number() {
    let folder = Folder::new();
    let path = folder.file();
    let _held = WAYS[3].open(&path).unwrap();
    let error = WAYS[3].open(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("{} is in use elsewhere", path.display()));
    assert_eq!((error.kind(), error.mmio_code()), (io::ErrorKind::ResourceBusy, 269));
}

/// What the docs say of Unix: the locks are advisory.
#[cfg(unix)]
#[test]
fn on_unix_a_plain_open_is_neither_refused_nor_noticed() {
    let folder = Folder::new();
    let path = folder.file();
    let holder = Holder::of(&path, 3);
    let mut file = MmioFile::open_rw(&path).unwrap();
    file.write_all(b"THE").unwrap();
    file.close().unwrap();
    fs::rename(&path, path.with_extension("moved")).unwrap();
    holder.release();

    let path = path.with_extension("moved");
    assert_eq!(fs::read(&path).unwrap(), b"THE holder's");
    let _unseen = MmioFile::open_rw(&path).unwrap();
    WAYS[3].open(&path).unwrap();
}

/// What the docs say of Unix: the lock belongs to the open file.
#[cfg(unix)]
#[test]
fn on_unix_a_file_taken_out_is_still_held() {
    let folder = Folder::new();
    let path = folder.file();
    let file = WAYS[3].open(&path).unwrap().into_inner().unwrap().into_file().unwrap();
    let clone = file.try_clone().unwrap();
    drop(file);
    WAYS[3].open(&path).unwrap_err();
    drop(clone);
    WAYS[3].open(&path).unwrap();
}
