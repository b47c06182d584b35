//! Pages that the program comes back to again and again stay in the buffer, if they fit.

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::common::counted::{file_of, seek};
use mmio_file::MmioFile;
use proptest::prelude::*;

const PAGE: usize = 4096;

/// How many pages the default capacity has.
const PAGES: usize = 16;

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
    for stride in (12..=30).map(|power| 1_u64 << power) {
        for pages in 1..=PAGES as u64 {
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

/// The second page of each record follows the first, as in a file that is read on from there. What is
/// read ahead then must not push out the others.
#[test]
fn records_across_the_ends_of_pages_stay() {
    for records in 1..=PAGES / 2 {
        let (mut file, stream) = file_of(1000 * PAGE);
        for round in 0..10 {
            if round == 5 {
                stream.forget_calls();
            }
            for record in 1..=records {
                seek(&mut file, 100 * record * PAGE - 32);
                file.read_exact(&mut [0; 64]).unwrap();
            }
        }
        assert_eq!(stream.call_count(), 0, "{records} records");
    }
}

/// How often the stream is called once pages, each read in turn, had ten rounds to settle.
fn calls_after_ten_rounds(pages: &[usize]) -> usize {
    let (mut file, stream) = file_of(60 * PAGE);
    for round in 0..20 {
        if round == 10 {
            stream.forget_calls();
        }
        for page in pages {
            seek(&mut file, page * PAGE + 40);
            file.read_exact(&mut [0; 16]).unwrap();
        }
    }
    stream.call_count()
}

/// One of these is read ahead of another, evicted for a third, and read ahead again: three calls a round,
/// forever, if only pages that a jump misses are remembered.
#[test]
fn neighbours_that_are_read_ahead_of_each_other_settle() {
    assert_eq!(calls_after_ten_rounds(&[10, 11, 13, 15, 7, 3]), 0);
}

/// A jump to a page that was read ahead must not count as passing what lies between.
#[test]
fn pages_that_are_left_by_a_jump_to_what_was_read_ahead_settle() {
    assert_eq!(calls_after_ten_rounds(&[9, 0, 22, 23, 26, 27, 31, 32, 8, 1, 10, 33, 17]), 0);
}

/// The second and the fourth share a slot among the pages that are remembered, and each is evicted when the other is
/// read. So it must be looked up before that.
#[test]
fn pages_that_are_remembered_in_place_of_each_other_settle() {
    assert_eq!(calls_after_ten_rounds(&[0, 1, 4, 5, 13, 18, 9, 16, 20, 22, 21]), 0);
}

proptest! {
    #![proptest_config(crate::common::random(1000, "MMIO_HOT_PAGES_CASES"))]

    /// Near each other or not, whatever is read ahead for one of them.
    #[test]
    fn pages_that_fit_stay_in_whatever_order_they_are_used(
        pages in (1..=PAGES, prop::sample::select(vec![16_usize, 24, 60, 500])).prop_flat_map(
            |(count, of)| Just((0..of).collect::<Vec<_>>()).prop_shuffle().prop_map(
                move |pages| pages[..count].to_vec()
            )
        ),
        writes: bool,
    ) {
        let mut file = MmioFile::new(Zeros::default());
        let mut before = 0;
        for round in 0..20 {
            if round == 10 {
                before = file.get_ref().calls;
            }
            for &page in &pages {
                file.seek(SeekFrom::Start((page * PAGE + 40) as u64)).unwrap();
                let mut bytes = [0; 16];
                file.read_exact(&mut bytes).unwrap();
                if writes {
                    file.seek_relative(-16).unwrap();
                    file.write_all(&bytes).unwrap();
                }
            }
        }
        prop_assert_eq!(file.get_ref().calls, before);
    }
}
