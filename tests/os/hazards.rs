//! Each hazard that the docs warn of: what goes wrong, and what does not.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::process::Command;
use std::rc::Rc;

use mmio_file::{FlushFlags, MmioFile};
use tempfile::TempDir;

/// A file of 300 bytes that encode their offset, in a folder of its own.
fn numbered() -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    fs::write(&path, numbers()).unwrap();
    (dir, path)
}

fn numbers() -> Vec<u8> {
    (0..300_u16).map(|n| n.to_le_bytes()[0]).collect()
}

fn open_rw(path: &PathBuf) -> File {
    File::options().read(true).write(true).open(path).unwrap()
}

fn write_at<S: Read + Write + Seek>(file: &mut MmioFile<S>, offset: u64, bytes: &[u8]) {
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.write_all(bytes).unwrap();
}

fn read_at<S: Read + Write + Seek>(file: &mut MmioFile<S>, offset: u64) -> u8 {
    let mut byte = [0];
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.read_exact(&mut byte).unwrap();
    byte[0]
}

// ----- append mode ---------------------------------------------------------------------------

#[cfg(unix)]
#[test]
fn append_mode_moves_every_write_to_the_end_and_reports_no_error() {
    let (_dir, path) = numbered();
    let mut options = MmioFile::options();
    options.read(true).write(true);
    options.as_std_mut().append(true);
    let mut file = options.open(&path).unwrap();
    write_at(&mut file, 10, b"patch");
    file.flush(FlushFlags::EMPTY_BUF).unwrap();

    assert_eq!(read_at(&mut file, 10), 10, "what was to be patched is as it was");
    let content = fs::read(&path).unwrap();
    assert_eq!(&content[..300], numbers());
    assert_eq!(&content[300..], b"patch");
}

// ----- handles that share a cursor -----------------------------------------------------------

/// Reads the file while a clone moves the cursor. Returns whether the bytes were right.
fn reads_right_beside<S: Read + Write + Seek>(mut file: MmioFile<S>, mut clone: File) -> bool {
    let mut content = Vec::new();
    for _ in 0..30 {
        let mut bytes = [0; 10];
        file.read_exact(&mut bytes).unwrap();
        content.extend_from_slice(&bytes);
        clone.seek(SeekFrom::Start(7)).unwrap();
    }
    content == numbers()
}

#[test]
fn a_file_beside_its_clone_goes_wrong() {
    let (_dir, path) = numbered();
    let file = open_rw(&path);
    let clone = file.try_clone().unwrap();
    assert!(!reads_right_beside(MmioFile::with_capacity(64, file), clone));
}

#[cfg(unix)]
#[test]
fn a_positioned_file_beside_its_clone_does_not_go_wrong() {
    let (_dir, path) = numbered();
    let mut options = MmioFile::options();
    for capacity in [0, 64] {
        let file = options.read(true).capacity(capacity).open(&path).unwrap();
        let clone = file.get_ref().get_ref().try_clone().unwrap();
        assert!(reads_right_beside(file, clone));
    }
}

// ----- two writers of one file ---------------------------------------------------------------

/// Writes two spots through `ours`, and one between them through a neighbour. Returns the byte between.
fn neighbours_byte(mut ours: MmioFile, path: &PathBuf, spots: [u64; 3]) -> u8 {
    let [before, between, after] = spots;
    assert_eq!(read_at(&mut ours, before), numbers()[usize::try_from(before).unwrap()]);
    write_at(&mut ours, before, b"<");
    let mut neighbour = MmioFile::open_rw(path).unwrap();
    write_at(&mut neighbour, between, b"!");
    neighbour.close().unwrap();
    write_at(&mut ours, after, b">");
    ours.close().unwrap();
    fs::read(path).unwrap()[usize::try_from(between).unwrap()]
}

#[test]
fn a_neighbours_byte_between_two_dirty_spots_of_a_page_is_lost() {
    let (_dir, path) = numbered();
    let ours = MmioFile::open_rw(&path).unwrap();
    assert_eq!(neighbours_byte(ours, &path, [10, 20, 30]), 20, "written back as it was read");
}

#[test]
fn a_neighbours_byte_in_a_page_of_its_own_is_kept() {
    let (_dir, path) = numbered();
    let mut options = MmioFile::options();
    // 16 pages of 8 bytes.
    let ours = options.read(true).write(true).capacity(128).open(&path).unwrap();
    assert_eq!(neighbours_byte(ours, &path, [10, 20, 30]), b'!');
}

#[test]
fn a_neighbours_byte_is_kept_where_there_is_no_buffer() {
    let (_dir, path) = numbered();
    let mut options = MmioFile::options();
    let ours = options.read(true).write(true).capacity(0).open(&path).unwrap();
    assert_eq!(neighbours_byte(ours, &path, [10, 20, 30]), b'!');
}

#[test]
fn a_neighbours_byte_is_kept_by_emptying_the_buffer_under_a_lock() {
    let (_dir, path) = numbered();
    let mut files = [(); 2].map(|()| MmioFile::open_rw(&path).unwrap());
    for file in &mut files {
        assert_eq!(read_at(file, 10), 10);
    }
    for (index, offset) in [(1, 20), (0, 10), (1, 25)] {
        let file = &mut files[index];
        file.get_ref().get_ref().lock().unwrap();
        file.flush(FlushFlags::EMPTY_BUF).unwrap();
        write_at(file, offset, b"!");
        write_at(file, offset + 20, b"!");
        file.flush(FlushFlags::empty()).unwrap();
        file.get_ref().get_ref().unlock().unwrap();
    }
    let content = fs::read(&path).unwrap();
    for offset in [10, 20, 25, 30, 40, 45] {
        assert_eq!(content[offset], b'!', "at {offset}");
    }
}

#[test]
fn others_see_nothing_before_a_flush_nor_then_where_they_have_read_before() {
    let (_dir, path) = numbered();
    let mut ours = MmioFile::open_rw(&path).unwrap();
    let mut other = MmioFile::open(&path).unwrap();
    write_at(&mut ours, 10, b"!");
    assert_eq!(read_at(&mut other, 10), 10);
    ours.flush(FlushFlags::empty()).unwrap();
    assert_eq!(read_at(&mut other, 10), 10, "it has read that page before");
    other.flush(FlushFlags::EMPTY_BUF).unwrap();
    assert_eq!(read_at(&mut other, 10), b'!');
}

// ----- the end without a flush ---------------------------------------------------------------

#[test]
fn drop_writes_what_it_can_and_swallows_the_error_where_it_can_not() {
    let (_dir, path) = numbered();
    let mut file = MmioFile::open_rw(&path).unwrap();
    write_at(&mut file, 10, b"!");
    drop(file);
    assert_eq!(fs::read(&path).unwrap()[10], b'!');

    let mut file = MmioFile::from_file(File::open(&path).unwrap()).unwrap();
    write_at(&mut file, 20, b"!");
    drop(file);
    assert_eq!(fs::read(&path).unwrap()[20], 20);
}

#[test]
fn a_file_that_is_forgotten_is_not_written() {
    let (_dir, path) = numbered();
    let mut file = MmioFile::open_rw(&path).unwrap();
    write_at(&mut file, 10, b"!");
    std::mem::forget(file);
    assert_eq!(fs::read(&path).unwrap()[10], 10);
}

/// How a process ends, in [`a_process_that_ends_without_drop_writes_nothing`].
const ENDING: &str = "MMIO_FILE_TEST_ENDING";

#[test]
fn a_process_that_ends_without_drop_writes_nothing() {
    if let Some(path) = std::env::var_os(ENDING) {
        let path = PathBuf::from(path);
        let mut file = MmioFile::open_rw(&path).unwrap();
        write_at(&mut file, 10, b"!");
        if path.ends_with("flush") {
            file.flush(FlushFlags::empty()).unwrap();
        }
        if path.ends_with("abort") { std::process::abort() } else { std::process::exit(0) }
    }
    let dir = tempfile::tempdir().unwrap();
    for (name, expected) in [("exit", 10), ("abort", 10), ("flush", b'!')] {
        let path = dir.path().join(name);
        fs::write(&path, numbers()).unwrap();
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "hazards::a_process_that_ends_without_drop_writes_nothing"])
            .env(ENDING, &path)
            .output()
            .unwrap();
        assert_eq!(fs::read(&path).unwrap()[10], expected, "{name}");
    }
}

/// The disk is full, but that shows only when the buffer is written.
#[cfg(target_os = "linux")]
#[test]
fn a_write_can_succeed_where_the_flush_then_fails() {
    let mut file = MmioFile::options().write(true).open("/dev/full").unwrap();
    file.write_all(b"accepted").unwrap();
    let error = file.flush(FlushFlags::empty()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    assert_eq!(file.dirty_len(), 8);
    file.discard_unwritten();
}

// ----- what the stream sees ------------------------------------------------------------------

/// Records the offsets of its reads.
struct Watched {
    stream: Cursor<Vec<u8>>,
    reads: Rc<RefCell<Vec<u64>>>,
}

impl Read for Watched {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.reads.borrow_mut().push(self.stream.position());
        self.stream.read(bytes)
    }
}

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for Watched {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.stream.seek(target)
    }
}

#[test]
fn the_stream_is_read_where_the_program_did_not_read() {
    let reads = Rc::new(RefCell::new(Vec::new()));
    let stream = Watched { stream: Cursor::new(numbers()), reads: Rc::clone(&reads) };
    // 16 pages of 8 bytes.
    let mut file = MmioFile::with_capacity(128, stream);
    assert_eq!(read_at(&mut file, 100), 100);
    assert!(reads.borrow()[0] < 100, "the fill began with the page");
}
