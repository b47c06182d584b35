//! Offsets beyond 32 bits, up to where no file can be: on sparse files, on every file system at hand.
#![cfg(unix)]

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use mmio_file::{FlushFlags, MmioError, MmioFile};

const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;
/// The offset of the last page that a file can have.
const LAST_PAGE: u64 = (1 << 63) - 4096;
/// The length that no file can exceed.
const MAX_LEN: u64 = (1 << 63) - 1;

/// Temporary folders: where the system has them, and in memory if that is another place. The first
/// may be on a file system whose files end at 16 TiB; the files of the second end where offsets do.
fn folders() -> Vec<tempfile::TempDir> {
    let mut folders = vec![tempfile::tempdir().unwrap()];
    folders.extend(tempfile::tempdir_in("/dev/shm"));
    folders
}

fn file_in(folder: &Path) -> (MmioFile, PathBuf) {
    let path = folder.join("large");
    (MmioFile::create(&path).unwrap(), path)
}

/// The greatest length that the file system gives a file.
fn greatest_len(path: &Path) -> u64 {
    let file = File::create(path.with_extension("probe")).unwrap();
    let (mut fits, mut fails) = (TIB, MAX_LEN + 1);
    while fails - fits > 1 {
        let len = fits + (fails - fits) / 2;
        match file.set_len(len) {
            Ok(()) => fits = len,
            Err(_) => fails = len,
        }
    }
    fits
}

fn read_at(file: &mut MmioFile, offset: u64) -> [u8; 6] {
    let mut bytes = [0; 6];
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn spots_from_0_to_1_tib_are_written_patched_and_read_back() {
    let spots = [0, 4 * GIB - 3, 4 * GIB + 3, TIB - 4096, TIB];
    for folder in folders() {
        let (mut file, path) = file_in(folder.path());
        for (spot, letter) in spots.into_iter().zip(b'a'..) {
            file.seek(SeekFrom::Start(spot)).unwrap();
            file.write_all(&[letter; 6]).unwrap();
        }
        // Patched while it is unwritten, and again when it has been read anew.
        for flags in [FlushFlags::empty(), FlushFlags::EMPTY_BUF] {
            file.flush(flags).unwrap();
            for (spot, letter) in spots.into_iter().zip(b'a'..) {
                let seen = read_at(&mut file, spot);
                assert_eq!(seen[0], letter, "at {spot}");
                file.seek(SeekFrom::Start(spot + 2)).unwrap();
                file.write_all(&[seen[2].to_ascii_uppercase(), seen[3] + 1]).unwrap();
            }
        }
        assert_eq!(file.stream_len().unwrap(), TIB + 6);
        file.close().unwrap();

        let file = File::open(&path).unwrap();
        for (spot, letter) in spots.into_iter().zip(b'a'..) {
            let mut bytes = [0; 8];
            let n = file.read_at(&mut bytes, spot).unwrap();
            let expected = [letter, letter, letter - 32, letter + 2, letter, letter];
            // The second spot is followed at once by the third.
            assert_eq!(bytes[..n.min(6)], expected, "at {spot}");
        }
        assert_eq!(file.metadata().unwrap().len(), TIB + 6);
    }
}

#[test]
fn the_end_and_bytes_before_it_are_found_beyond_4_gib() {
    for folder in folders() {
        let (mut file, _) = file_in(folder.path());
        file.set_len(TIB).unwrap();
        assert_eq!(file.seek(SeekFrom::End(-3)).unwrap(), TIB - 3);
        file.write_all(b"abcdef").unwrap();
        assert_eq!(file.stream_len().unwrap(), TIB + 3);
        assert_eq!(file.seek(SeekFrom::End(-6)).unwrap(), TIB - 3);
        assert_eq!(&read_at(&mut file, TIB - 3), b"abcdef");
    }
}

#[test]
fn bytes_are_moved_across_4_gib() {
    for folder in folders() {
        let (mut file, _) = file_in(folder.path());
        file.seek(SeekFrom::Start(4 * GIB - 3)).unwrap();
        file.write_all(b"abcdef").unwrap();
        file.copy_within(4 * GIB - 3..4 * GIB + 3, 1).unwrap();
        file.copy_within(0..7, TIB).unwrap();
        file.copy_within(4 * GIB - 3..4 * GIB + 3, 4 * GIB - 1).unwrap();
        assert_eq!(&read_at(&mut file, 1), b"abcdef");
        assert_eq!(&read_at(&mut file, TIB + 1), b"abcdef");
        assert_eq!(&read_at(&mut file, 4 * GIB - 1), b"abcdef");
    }
}

#[test]
fn the_last_bytes_that_the_file_system_takes_are_taken_and_no_more() {
    for folder in folders() {
        let (mut file, path) = file_in(folder.path());
        let greatest = greatest_len(&path);
        file.seek(SeekFrom::Start(greatest - 6)).unwrap();
        file.write_all(b"abcdef").unwrap();
        file.flush(FlushFlags::EMPTY_BUF).unwrap();
        assert_eq!(&read_at(&mut file, greatest - 6), b"abcdef");
        assert_eq!(file.stream_len().unwrap(), greatest);
        assert_eq!(file.read(&mut [0; 4096]).unwrap(), 0);

        file.seek(SeekFrom::Start(greatest - 2)).unwrap();
        if greatest == MAX_LEN {
            // No call is needed to know that this can't be.
            let error: MmioError = file.write(b"EFgh").unwrap_err().downcast().unwrap();
            assert!(matches!(error, MmioError::CannotExpand { .. }), "{error:?}");
            assert!(!file.is_dirty());
        } else {
            file.write_all(b"EFgh").unwrap();
            let error = file.flush(FlushFlags::empty()).unwrap_err();
            let MmioError::CannotWrite { offset, unwritten, .. } = error else {
                panic!("{error:?}")
            };
            // What fits has been written, and the rest is kept.
            assert_eq!((offset, unwritten), (greatest, 2));
            assert_eq!(error.kind(), ErrorKind::FileTooLarge);
            file.discard_unwritten();
            assert_eq!(&read_at(&mut file, greatest - 6), b"abcdEF");
        }
    }
}

#[test]
fn the_last_page_of_all_is_written_and_read_or_refused_with_its_offset() {
    for folder in folders() {
        let (mut file, path) = file_in(folder.path());
        let greatest = greatest_len(&path);
        file.seek(SeekFrom::Start(LAST_PAGE)).unwrap();
        file.write_all(b"abcdef").unwrap();
        match file.flush(FlushFlags::EMPTY_BUF) {
            Ok(()) => {
                assert!(greatest > LAST_PAGE);
                assert_eq!(&read_at(&mut file, LAST_PAGE), b"abcdef");
                assert_eq!(file.stream_len().unwrap(), LAST_PAGE + 6);
            }
            Err(error) => {
                assert!(greatest <= LAST_PAGE);
                let MmioError::CannotWrite { offset, unwritten, .. } = error else {
                    panic!("{error:?}")
                };
                assert_eq!((offset, unwritten), (LAST_PAGE, 6));
                assert_eq!(file.stream_len().unwrap(), LAST_PAGE + 6);
                file.discard_unwritten();
                assert_eq!(file.stream_len().unwrap(), 0);
            }
        }
    }
}

#[test]
fn what_can_not_be_an_offset_is_refused_before_it_is_accepted() {
    for capacity in [0, 64, 64 * 1024] {
        let folder = tempfile::tempdir().unwrap();
        let mut options = MmioFile::options();
        options.read(true).write(true).create(true).capacity(capacity);
        let mut file = options.open(folder.path().join("large")).unwrap();
        for position in [MAX_LEN, MAX_LEN + 1, u64::MAX - 1, u64::MAX] {
            file.seek(SeekFrom::Start(position)).unwrap();
            let error: MmioError = file.write(b"x").unwrap_err().downcast().unwrap();
            let too_long = match error {
                MmioError::CannotExpand { len, .. } => len,
                error => panic!("{error:?}"),
            };
            assert_eq!(too_long, position.saturating_add(1), "capacity {capacity}");
            let error = file.write_with(1, |_| panic!("called")).unwrap_err();
            assert_eq!(error.mmio_code(), if capacity == 0 { 266 } else { 264 });
            assert_eq!(file.read(&mut [0; 16]).unwrap(), 0);
            assert_eq!(file.stream_position().unwrap(), position);
            assert!(!file.is_dirty());
        }
        let error = file.set_len(MAX_LEN + 1).unwrap_err();
        assert!(matches!(error, MmioError::CannotExpand { len, .. } if len == MAX_LEN + 1));
        let error = file.copy_within(0..1, MAX_LEN).unwrap_err();
        assert!(matches!(error, MmioError::CannotExpand { .. }));
        file.close().unwrap();
    }
}

#[test]
fn a_length_that_the_file_system_can_not_give_is_refused_with_that_length() {
    for folder in folders() {
        let (mut file, path) = file_in(folder.path());
        let greatest = greatest_len(&path);
        file.write_all(b"abcdef").unwrap();
        let error = file.set_len(greatest + 1).unwrap_err();
        assert!(matches!(error, MmioError::CannotExpand { len, .. } if len == greatest + 1));
        assert_eq!(error.mmio_code(), 264);
        assert_eq!(&read_at(&mut file, 0), b"abcdef");
        file.set_len(greatest).unwrap();
        assert_eq!(file.stream_len().unwrap(), greatest);
        assert_eq!(&read_at(&mut file, 0), b"abcdef");
        assert_eq!(&read_at(&mut file, greatest - 6), &[0; 6]);
    }
}
