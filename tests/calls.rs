//! What it costs: calls and bytes on the stream, counted. The numbers are promises.

mod common;

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use common::stream::{Call, Class, Faulty};
use mmio_file::{FlushFlags, MmioFile};

const PAGE: usize = 4096;
const CAPACITY: usize = 64 * 1024;

/// A file at the default capacity over `len` bytes, its start position known, nothing counted yet.
fn file_of(len: usize) -> (MmioFile<Faulty>, Faulty) {
    let bytes: Vec<u8> = (0_u8..=250).cycle().take(len).collect();
    let stream = Faulty::new(bytes);
    let mut file = MmioFile::new(stream.clone());
    file.stream_position().unwrap();
    stream.forget_calls();
    (file, stream)
}

fn seek(file: &mut MmioFile<Faulty>, offset: usize) {
    file.seek(SeekFrom::Start(offset as u64)).unwrap();
}

fn flush(file: &mut MmioFile<Faulty>) {
    file.flush(FlushFlags::empty()).unwrap();
}

// ----- seeking --------------------------------------------------------------------------------

#[test]
fn the_position_is_asked_for_once() {
    let stream = Faulty::new([0; 100]);
    let mut file = MmioFile::new(stream.clone());
    for _ in 0..10 {
        file.stream_position().unwrap();
        file.seek(SeekFrom::Current(3)).unwrap();
    }
    assert_eq!(stream.calls(), (0, 0, 1));
}

#[test]
fn a_seek_makes_no_call() {
    let (mut file, stream) = file_of(1_000_000);
    for offset in [3, 999_999, 5000, 1 << 30, 4096, 12] {
        seek(&mut file, offset);
        file.seek_relative(-3).unwrap();
        file.rewind().unwrap();
        file.stream_position().unwrap();
    }
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn the_end_is_asked_for_each_time() {
    let (mut file, stream) = file_of(100);
    for asked in 1..5 {
        file.seek(SeekFrom::End(-1)).unwrap();
        assert_eq!(stream.calls(), (0, 0, 2 * asked - 1));
        file.stream_len().unwrap();
        assert_eq!(stream.calls(), (0, 0, 2 * asked));
    }
}

#[test]
fn a_seek_inside_a_cached_page_keeps_it() {
    let (mut file, stream) = file_of(2 * PAGE);
    let mut byte = [0];
    file.read_exact(&mut byte).unwrap();
    stream.forget_calls();
    for offset in (0..PAGE).rev() {
        seek(&mut file, offset);
        file.read_exact(&mut byte).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn a_seek_away_writes_nothing() {
    let (mut file, stream) = file_of(1_000_000);
    for offset in (0..10).map(|k| k * 90_000) {
        seek(&mut file, offset);
        file.write_all(b"hot").unwrap();
    }
    assert_eq!(stream.call_count(), 0);
    assert_eq!(file.dirty_len(), 30);
}

// ----- hot pages ------------------------------------------------------------------------------

/// An endless file of zeros that forgets what is written, and counts its calls.
#[derive(Default)]
struct Zeros {
    position: u64,
    calls: u32,
}

impl Read for Zeros {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        out.fill(0);
        self.position += out.len() as u64;
        Ok(out.len())
    }
}

impl Write for Zeros {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.calls += 1;
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.calls += 1;
        Ok(())
    }
}

impl Seek for Zeros {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.calls += 1;
        if let SeekFrom::Start(offset) = target {
            self.position = offset;
        }
        Ok(self.position)
    }
}

#[test]
fn hot_pages_stay_for_every_count_below_the_frames_and_every_stride() {
    let frames = (CAPACITY / PAGE) as u64;
    for stride in (12..=30).map(|power| 1_u64 << power) {
        for pages in 1..frames {
            let mut file = MmioFile::new(Zeros::default());
            let round = |file: &mut MmioFile<Zeros>| {
                for page in 0..pages {
                    let mut bytes = [0; 16];
                    file.seek(SeekFrom::Start(page * stride + 40)).unwrap();
                    file.read_exact(&mut bytes).unwrap();
                    file.seek_relative(-16).unwrap();
                    file.write_all(&bytes).unwrap();
                }
            };
            round(&mut file);
            let calls = file.get_ref().calls;
            for _ in 0..5 {
                round(&mut file);
            }
            assert_eq!(file.get_ref().calls, calls, "{pages} pages {stride} bytes apart");
        }
    }
}

#[test]
fn hot_pages_stay_after_the_buffer_was_full_of_others() {
    let (mut file, stream) = file_of(4_000_000);
    let mut megabyte = vec![0; 1_000_000];
    for chunk in megabyte.chunks_mut(1000) {
        file.read_exact(chunk).unwrap();
    }
    for round in 0..6 {
        if round == 3 {
            // The first rounds may still push out what was there.
            stream.forget_calls();
        }
        for page in 0..15 {
            seek(&mut file, 1_000_000 + page * 100_000);
            file.write_all(&[0; 8]).unwrap();
        }
    }
    assert_eq!(stream.call_count(), 0);
}

// ----- going around ---------------------------------------------------------------------------

#[test]
fn a_write_of_the_capacity_goes_around() {
    let (mut file, stream) = file_of(0);
    file.write_all(b"before").unwrap();
    file.write_all(&vec![1; CAPACITY]).unwrap();
    file.write_all(b"after").unwrap();
    let writes: Vec<usize> = stream.look().log.iter().map(|call| call.moved).collect();
    assert_eq!(writes, [6, CAPACITY], "first what came before, then all in one call");
    flush(&mut file);
    assert_eq!(stream.content().len(), 6 + CAPACITY + 5);
}

#[test]
fn a_read_of_the_capacity_goes_around_and_sees_what_is_unwritten() {
    let (mut file, stream) = file_of(4 * CAPACITY);
    seek(&mut file, 2 * CAPACITY);
    file.write_all(b"unwritten").unwrap();
    file.rewind().unwrap();
    let mut all = vec![0; 4 * CAPACITY];
    file.read_exact(&mut all).unwrap();
    assert_eq!(&all[2 * CAPACITY..][..9], b"unwritten");
    assert!(stream.calls().0 <= 4, "{:?}", stream.look().log);
    assert_eq!(stream.calls().1, 0, "a read writes nothing");
}

#[test]
fn a_cached_page_is_not_stale_after_a_write_went_around() {
    let (mut file, _) = file_of(4 * CAPACITY);
    let mut byte = [0];
    seek(&mut file, CAPACITY);
    file.read_exact(&mut byte).unwrap();
    file.rewind().unwrap();
    file.write_all(&vec![9; 2 * CAPACITY]).unwrap();
    seek(&mut file, CAPACITY);
    file.read_exact(&mut byte).unwrap();
    assert_eq!(byte, [9]);
}

// ----- how much is read ------------------------------------------------------------------------

#[test]
fn random_access_reads_one_page() {
    let (mut file, stream) = file_of(10_000_000);
    for offset in (0..50).map(|k| k * 7_654_321 % 9_999_000) {
        seek(&mut file, offset);
        file.read_exact(&mut [0; 16]).unwrap();
    }
    let pages = stream.calls().0;
    assert!(pages <= 51, "{pages} reads");
    assert!(stream.moved(Class::Read) <= pages * PAGE);
}

#[test]
fn sequential_reading_fills_many_pages_a_call() {
    let (mut file, stream) = file_of(100 * CAPACITY);
    for _ in 0..100 * CAPACITY / 64 {
        file.read_exact(&mut [0; 64]).unwrap();
    }
    // The first calls read 1, 4 and 11 pages, each further one the whole capacity.
    assert_eq!(stream.calls(), (102, 0, 0));
}

#[test]
fn sequential_reading_fills_many_pages_a_call_beside_hot_ones() {
    let (mut file, stream) = file_of(100 * CAPACITY);
    for k in 0..100 * CAPACITY / 1024 - 2 {
        seek(&mut file, CAPACITY + k * 1024 % (98 * CAPACITY));
        file.read_exact(&mut [0; 1024]).unwrap();
        // Two pages at the start of the file are looked at all the time.
        for hot in [0, PAGE] {
            seek(&mut file, hot);
            file.write_all(&[1]).unwrap();
        }
    }
    let reads = stream.calls().0;
    assert!(reads <= 3 * 100, "{reads} reads for 100 times the capacity");
    assert_eq!(stream.calls().1, 0, "the hot pages were never written back");
}

#[test]
fn lines_are_read_with_the_same_calls() {
    let (file, stream) = file_of(10 * CAPACITY);
    assert!(file.split(b'\n').count() > 1000);
    assert!(stream.calls().0 <= 14, "{:?}", stream.calls());
}

#[test]
fn a_write_reads_nothing_where_it_leaves_no_hole() {
    let (mut file, stream) = file_of(10 * CAPACITY);
    for page in 0..10 {
        seek(&mut file, page * 50_000 + 1000);
        file.write_all(&[1; 100]).unwrap();
        // Going on, and going on backwards.
        file.write_all(&[2; 100]).unwrap();
        seek(&mut file, page * 50_000 + 900);
        file.write_all(&[3; 100]).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn a_clean_flush_makes_no_call() {
    let (mut file, stream) = file_of(100);
    file.read_exact(&mut [0; 10]).unwrap();
    stream.forget_calls();
    flush(&mut file);
    file.flush(FlushFlags::EMPTY_BUF).unwrap();
    file.close().unwrap();
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn a_flush_writes_in_ascending_order_and_nothing_but_the_hulls() {
    let (mut file, stream) = file_of(10 * CAPACITY);
    for offset in [300_000, 20_000, 100_000] {
        seek(&mut file, offset);
        file.write_all(&[1; 10]).unwrap();
    }
    flush(&mut file);
    let writes: Vec<(u64, usize)> = stream
        .look()
        .log
        .iter()
        .filter(|call| call.class == Class::Write)
        .map(|call| (call.at, call.moved))
        .collect();
    assert_eq!(writes, [(20_000, 10), (100_000, 10), (300_000, 10)]);
}

// ----- budgets: 100 rounds in a file that fits the buffer ------------------------------------------

#[test]
fn append_and_patch_a_header_costs_one_write() {
    let (mut file, stream) = file_of(0);
    for round in 0..100 {
        file.write_all(&[1; 16]).unwrap();
        file.rewind().unwrap();
        file.write_all(&[2; 8]).unwrap();
        seek(&mut file, 16 * (round + 1));
    }
    assert_eq!(stream.call_count(), 0, "before the flush");
    flush(&mut file);
    let write = Call { class: Class::Write, at: 0, moved: 1600 };
    let flush = Call { class: Class::Flush, at: 1600, moved: 0 };
    assert_eq!(stream.look().log, [write, flush]);
}

#[test]
fn read_and_write_forward_costs_one_read_and_one_write() {
    let (mut file, stream) = file_of(1600);
    for _ in 0..100 {
        file.read_exact(&mut [0; 8]).unwrap();
        file.write_all(&[1; 8]).unwrap();
    }
    flush(&mut file);
    let (reads, writes, _) = stream.calls();
    assert_eq!((reads, writes), (1, 1));
}

#[test]
fn reading_back_what_was_just_written_costs_no_read() {
    let (mut file, stream) = file_of(0);
    for _ in 0..100 {
        file.write_all(&[1; 8]).unwrap();
        file.seek_relative(-8).unwrap();
        file.read_exact(&mut [0; 8]).unwrap();
    }
    assert_eq!(stream.call_count(), 0);
}

#[test]
fn reading_backwards_costs_a_read_a_page() {
    for len in [16, 64] {
        let (mut file, stream) = file_of(CAPACITY);
        for record in (0..CAPACITY / len).rev() {
            seek(&mut file, record * len);
            file.read_exact(&mut vec![0; len]).unwrap();
        }
        assert_eq!(stream.calls().0, CAPACITY / PAGE);
        assert_eq!(stream.moved(Class::Read), CAPACITY);
    }
}

// ----- the patterns that are measured in benches, 1,000 rounds each ----------------------------------

/// Runs `round` 1,000 times and flushes: reads, writes, seeks, and bytes read and written.
fn cost(
    len: usize,
    mut round: impl FnMut(&mut MmioFile<Faulty>, usize),
) -> ((usize, usize, usize), usize, usize) {
    let (mut file, stream) = file_of(len);
    for index in 0..1000 {
        round(&mut file, index);
    }
    flush(&mut file);
    (stream.calls(), stream.moved(Class::Read), stream.moved(Class::Write))
}

#[test]
fn append_100_and_patch_offset_4() {
    let (calls, read, written) = cost(0, |file, index| {
        file.write_all(&[1; 100]).unwrap();
        seek(file, 4);
        file.write_all(&[2; 4]).unwrap();
        seek(file, 100 * (index + 1));
    });
    assert_eq!((calls, read, written), ((0, 4, 2), 0, 100_004));
}

#[test]
fn append_108_and_patch_just_behind() {
    let (calls, read, written) = cost(0, |file, index| {
        file.write_all(&[1; 108]).unwrap();
        seek(file, 108 * index + 4);
        file.write_all(&[2; 4]).unwrap();
        seek(file, 108 * (index + 1));
    });
    assert_eq!((calls, read, written), ((0, 3, 2), 0, 108_004));
}

#[test]
fn append_512_and_patch_three_places() {
    let (calls, read, written) = cost(0, |file, index| {
        file.write_all(&[1; 512]).unwrap();
        for patch in [4, 40] {
            seek(file, patch);
            file.write_all(&[2; 4]).unwrap();
        }
        seek(file, 512 * (index + 1));
    });
    // The first time that room has to be made, every page has been come back to, and the oldest has
    // to go: that is the header's. It is read again, and stays from then on.
    assert_eq!((calls.0, read), (1, PAGE - 8));
    assert!(calls.1 <= 20 && calls.2 <= 20, "{calls:?}");
    assert!(written <= 512_000 + PAGE);
}

#[test]
fn four_pages_a_mebibyte_apart() {
    let (calls, read, written) = cost(4 << 20, |file, index| {
        let mut record = [0; 16];
        seek(file, (index % 4) << 20);
        file.read_exact(&mut record).unwrap();
        file.seek_relative(-16).unwrap();
        file.write_all(&record).unwrap();
    });
    assert_eq!((calls, read, written), ((4, 4, 7), 4 * PAGE, 4 * 16));
}

#[test]
fn seek_to_the_end_and_append_16() {
    let (calls, read, written) = cost(0, |file, _| {
        file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(&[1; 16]).unwrap();
    });
    // Where the end is, only the stream can tell, each time.
    assert_eq!((calls, read, written), ((0, 1, 1000), 0, 16_000));
}

#[test]
fn flush_after_each_append_of_16() {
    let (calls, read, written) = cost(0, |file, _| {
        file.write_all(&[1; 16]).unwrap();
        flush(file);
    });
    assert_eq!((calls, read, written), ((0, 1000, 0), 0, 16_000));
}

#[test]
fn records_changed_in_place_are_read_and_written_once() {
    let (calls, read, written) = cost(64_000, |file, _| {
        let mut record = [0; 64];
        file.read_exact(&mut record).unwrap();
        file.seek_relative(-64).unwrap();
        file.write_all(&record).unwrap();
    });
    assert_eq!((read, written), (64_000, 64_000));
    assert!(calls.0 <= 5 && calls.1 <= 2, "{calls:?}");
}

#[test]
fn a_fat_image_of_200_files() {
    let (mut file, stream) = file_of(4 << 20);
    fatfs::format_volume(&mut file, fatfs::FormatVolumeOptions::new()).unwrap();
    file.rewind().unwrap();
    let volume = fatfs::FileSystem::new(&mut file, fatfs::FsOptions::new()).unwrap();
    let root = volume.root_dir();
    for index in 0..200 {
        let mut made = root.create_file(&format!("file-{index}.txt")).unwrap();
        made.write_all(&[b'x'; 1000]).unwrap();
    }
    for index in 0..200 {
        let mut content = Vec::new();
        root.open_file(&format!("file-{index}.txt")).unwrap().read_to_end(&mut content).unwrap();
        assert_eq!(content.len(), 1000);
    }
    for index in (0..200).step_by(2) {
        root.remove(&format!("file-{index}.txt")).unwrap();
    }
    drop(root);
    volume.unmount().unwrap();
    flush(&mut file);
    let (reads, writes, seeks) = stream.calls();
    println!("a FAT image: {reads} reads, {writes} writes, {seeks} seeks");
    // Without a buffer, the same work takes hundreds of thousands.
    assert!(reads + writes + seeks < 7000, "{reads} reads, {writes} writes, {seeks} seeks");
}
