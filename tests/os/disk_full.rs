//! Real disks that are really full, and real processes that are really killed. Linux only.
#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use mmio_file::{FlushFlags, MmioError, MmioFile, PositionedFile};
use rustix::process::{Resource, Rlimit, setrlimit};
use tempfile::TempDir;

use crate::small_disk::SmallDisk;

/// The variable with the path for a child, which is a test of this binary too.
const CHILD: &str = "MMIO_FILE_TEST_CHILD";

/// This binary again, to run the one test `name` on `path`, with `SIGXFSZ` ignored, so that a file
/// that is too large is an error and not the end of the process.
fn child(name: &str, path: &Path) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#"trap "" XFSZ; exec "$0" "$@""#]);
    command.arg(std::env::current_exe().unwrap());
    command.args([name, "--exact", "--ignored", "--nocapture"]).env(CHILD, path);
    command
}

fn bytes(len: usize) -> Vec<u8> {
    (0..=250_u8).cycle().take(len).collect()
}

#[test]
fn a_device_that_is_always_full_keeps_everything_unwritten() {
    let mut file = MmioFile::open_rw("/dev/full").unwrap();
    file.write_all(b"kept").unwrap();
    for _ in 0..3 {
        let error = file.flush(FlushFlags::empty()).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(28), "ENOSPC");
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert!(matches!(error, MmioError::CannotWrite { offset: 0, unwritten: 4, .. }));
    }
    let (_, unwritten) = file.into_parts();
    assert_eq!(unwritten[0].bytes, b"kept");
}

// ----- a limit on the size of a file: it takes a part, then fails, and is lifted --------------------

#[test]
fn a_limit_that_is_reached_and_lifted_loses_nothing() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("limited");
    let output = child("disk_full::the_child_that_reaches_a_limit", &path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8(output.stdout).unwrap().contains("the limit was reached"));
    assert_eq!(fs::read(&path).unwrap(), bytes(300_000));
}

#[test]
#[ignore = "is a part of other tests, which run it as a process"]
fn the_child_that_reaches_a_limit() {
    let path = std::env::var_os(CHILD).unwrap();
    let limit = |bytes| Rlimit { current: bytes, maximum: None };
    setrlimit(Resource::Fsize, limit(Some(100_001))).unwrap();

    // Without a buffer: what was cut in half has moved the position by half.
    let bare = File::create(Path::new(&path).with_extension("bare")).unwrap();
    let mut bare = PositionedFile::new(bare).unwrap();
    assert_eq!(bare.write(&bytes(100_010)).unwrap(), 100_001);
    assert_eq!(bare.stream_position().unwrap(), 100_001);

    let mut file = MmioFile::create(&path).unwrap();
    let data = bytes(300_000);
    let mut accepted = 0;
    let error = loop {
        match file.write(&data[accepted..data.len().min(accepted + 777)]) {
            Ok(n) => accepted += n,
            Err(error) => break error.downcast::<MmioError>().unwrap(),
        }
    };
    println!("the limit was reached: {error}");
    assert_eq!(error.raw_os_error(), Some(27), "EFBIG");
    let unwritten_then = accepted as u64 - 100_001;
    assert!(
        matches!(error, MmioError::CannotWrite { offset: 100_001, unwritten, .. } if unwritten == unwritten_then)
    );

    // Everything that was accepted can be read while the disk is full.
    file.rewind().unwrap();
    let mut back = Vec::new();
    file.read_to_end(&mut back).unwrap();
    assert_eq!(back, &data[..accepted]);
    assert!(file.flush(FlushFlags::empty()).is_err());

    setrlimit(Resource::Fsize, limit(None)).unwrap();
    file.write_all(&data[accepted..]).unwrap();
    file.close().unwrap();
}

// ----- a file system that is full ---------------------------------------------------------------

#[test]
fn a_full_file_system_that_gets_room_loses_nothing() {
    let Some(disk) = SmallDisk::with_ballast(40 * 1024) else { return };
    let mut file = MmioFile::create(disk.path()).unwrap();
    let data = bytes(50_000);
    file.write_all(&data).unwrap();
    let error = file.flush(FlushFlags::empty()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    let MmioError::CannotWrite { offset, unwritten, .. } = error else { panic!("{error:?}") };
    assert_eq!(offset + unwritten, 50_000, "what the disk took, and what is left");
    assert!(offset > 0 && file.dirty_len() == unwritten);

    // In the middle of it: changed while the disk is full.
    file.seek(SeekFrom::Start(offset + 10)).unwrap();
    file.write_all(b"changed").unwrap();
    while file.flush(FlushFlags::empty()).is_err() {
        disk.make_room();
    }

    let mut expected = data;
    let at = usize::try_from(offset).unwrap() + 10;
    expected[at..at + 7].copy_from_slice(b"changed");
    assert_eq!(fs::read(disk.path()).unwrap(), expected);
}

// ----- a process that is killed -----------------------------------------------------------------

/// The file: records at its start are written one after the other, each flushed before it is
/// promised; later records are never touched.
const RECORD: usize = 5000;
const RECORDS: usize = 160;
const UNTOUCHED: usize = 100_000;

#[test]
fn what_a_flush_promised_survives_a_kill_and_what_was_not_written_is_untouched() {
    let seed = std::env::var("MMIO_FILE_SEED")
        .map_or_else(|_| RandomState::new().hash_one(0), |seed| seed.parse().unwrap());
    println!("MMIO_FILE_SEED={seed}");
    let mut random = seed;
    for _ in 0..20 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let moment = usize::try_from(random >> 33).unwrap() % RECORDS;
        kill_after_promise(moment);
    }
}

fn kill_after_promise(moment: usize) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("records");
    let before = vec![0xAA; RECORD * RECORDS + UNTOUCHED];
    fs::write(&path, &before).unwrap();

    let mut process =
        child("disk_full::the_child_that_is_killed", &path).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut promised = 0;
    for line in lines.by_ref().map(Result::unwrap) {
        if line.contains("promised") {
            promised += 1;
            if promised > moment {
                break;
            }
        }
    }
    process.kill().unwrap();
    process.wait().unwrap();
    // It went on between the line that was read and the kill.
    promised += lines.filter(|line| line.as_ref().unwrap().contains("promised")).count();
    assert!(promised > 0, "the child did not begin");

    let content = fs::read(&path).unwrap();
    assert_eq!(content.len(), before.len());
    for (index, record) in content.chunks(RECORD).take(promised).enumerate() {
        assert!(record.iter().all(|&byte| usize::from(byte) == index), "record {index} is broken");
    }
    // It may have been in the middle of the next; but never in what it does not write.
    let (records, untouched) = content.split_at(RECORD * RECORDS);
    assert_eq!(untouched, &before[..UNTOUCHED]);
    for (index, record) in records.chunks(RECORD).enumerate() {
        let sound = |&byte: &u8| byte == 0xAA || usize::from(byte) == index;
        assert!(record.iter().all(sound), "record {index} has bytes nobody wrote");
    }
}

#[test]
#[ignore = "is a part of other tests, which run it as a process"]
fn the_child_that_is_killed() {
    let path = std::env::var_os(CHILD).unwrap();
    let mut file = MmioFile::with_capacity(
        16 * 1024,
        File::options().read(true).write(true).open(path).unwrap(),
    );
    for index in 0..RECORDS {
        // Until the flush, some of it may be there, in any order.
        let record = [u8::try_from(index).unwrap(); RECORD];
        file.seek(SeekFrom::Start((index * RECORD + RECORD / 2) as u64)).unwrap();
        file.write_all(&record[RECORD / 2..]).unwrap();
        file.seek(SeekFrom::Start((index * RECORD) as u64)).unwrap();
        file.write_all(&record[..RECORD / 2]).unwrap();
        file.flush(FlushFlags::empty()).unwrap();
        println!("promised {index}");
    }
    // Not closed, and not dropped: the parent kills this process.
    loop {
        std::thread::park();
    }
}
