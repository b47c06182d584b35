//! Nothing is allocated after construction, on any path but errors; and how much is, before.

use std::io::{BufRead, Cursor, Read, Seek, SeekFrom, Write};

use allocation_counter::measure;
use mmio_file::{FlushFlags, MmioFile};

const CAPACITY: usize = 64 * 1024;

#[test]
fn a_file_takes_its_capacity_one_page_and_less_than_2_kib() {
    let stream = Cursor::new(Vec::new());
    let mut file = None;
    let taken = measure(|| file = Some(MmioFile::new(stream)));
    let bytes = usize::try_from(taken.bytes_total).unwrap() + size_of_val(&file);
    let frames = CAPACITY + 4096;
    assert!((frames..frames + 2048).contains(&bytes), "{bytes} bytes");
}

#[test]
fn nothing_is_allocated_after_construction() {
    let mut bytes = vec![7; 1 << 20];
    let mut file = MmioFile::new(Cursor::new(&mut bytes[..]));
    let mut large = vec![0; 2 * CAPACITY];
    let taken = measure(|| {
        for round in 0..200_u64 {
            let at = round * 77_777 % 900_000;
            file.seek(SeekFrom::Start(at)).unwrap();
            file.read_exact(&mut large[..100]).unwrap();
            file.seek_relative(-50).unwrap();
            file.write_all(&large[..5000]).unwrap();
            for page in [3, 1, 2, 0] {
                file.write_all_at(&large[..4096], at / 4096 * 4096 + page * 4096).unwrap();
            }
            file.seek(SeekFrom::End(-10)).unwrap();
            file.write_with(10, |room| room.len()).unwrap();
            file.rewind().unwrap();
            let n = file.fill_buf_mut().unwrap().len();
            file.consume(n);
            let n = file.fill_buf().unwrap().len();
            file.consume(n);
            if round % 20 == 0 {
                file.read_exact(&mut large).unwrap();
                file.rewind().unwrap();
                file.write_all(&large).unwrap();
                file.copy_within(100..200_000, 50_000).unwrap();
                file.flush(FlushFlags::EMPTY_BUF).unwrap();
            }
            file.stream_len().unwrap();
        }
        file.discard_unwritten();
    });
    assert_eq!(taken.count_total, 0, "{taken:?}");
}

/// Errors are allocated, and freed again; what can't be written is not piled up.
#[test]
fn a_disk_that_stays_full_takes_no_memory() {
    let mut disk = vec![7; 1 << 20].into_boxed_slice();
    // Nothing fits past the end of a slice.
    let mut file = MmioFile::new(Cursor::new(&mut disk[..]));
    let mut failed = 0;
    let taken = measure(|| {
        for round in 0..1000_u64 {
            file.seek(SeekFrom::Start((1 << 20) + round * 5000)).unwrap();
            failed += u32::from(file.write(&[1; 100]).is_err());
            failed += u32::from(file.flush(FlushFlags::empty()).is_err());
        }
    });
    assert!(failed > 1900, "{failed}");
    assert_eq!(taken.bytes_current, 0, "{taken:?}");
    file.discard_unwritten();
}
