//! What libraries that flush after each record cost, with and without `set_deferred_flush`: calls on the
//! stream.

#[path = "../../tests/common/mod.rs"]
mod common;

use std::io::{Seek, Write};

use fatfs::{Date, DateTime, FileSystem, FormatVolumeOptions, FsOptions, Time, TimeProvider};

use common::counted::{file_of, flush};
use common::stream::Faulty;
use mmio_file::MmioFile;

/// The reads, writes and seeks of `work` and a flush after it, without and with `Write::flush` deferred.
/// The stream must hold the same bytes in the end.
fn calls(len: usize, work: impl Fn(&mut MmioFile<Faulty>)) -> [(usize, usize, usize); 2] {
    let run = |is_deferred| {
        let (mut file, stream) = file_of(len);
        file.set_deferred_flush(is_deferred);
        work(&mut file);
        flush(&mut file);
        (stream.calls(), stream.content())
    };
    let [(as_it_is, bytes), (deferred, same)] = [false, true].map(run);
    assert!(bytes == same, "other bytes");
    [as_it_is, deferred]
}

/// The time of every file, so that two images are the same.
#[derive(Debug)]
struct Always;

impl TimeProvider for Always {
    fn get_current_date(&self) -> Date {
        Date { year: 2000, month: 1, day: 1 }
    }

    fn get_current_date_time(&self) -> DateTime {
        let time = Time { hour: 0, min: 0, sec: 0, millis: 0 };
        DateTime { date: self.get_current_date(), time }
    }
}

#[test]
fn records_of_postcard_cost_a_write_each_or_one_for_all() {
    let [as_it_is, deferred] = calls(0, |file| {
        for number in 0..1500_u64 {
            // It flushes what it is given after each value.
            let record = (1_000_000_000_000 + number, [number.to_le_bytes(); 3], true, "ab");
            postcard::to_io(&record, &mut *file).unwrap();
        }
    });
    println!("1,500 records by postcard::to_io: {as_it_is:?}, deferred {deferred:?}");
    assert_eq!(as_it_is.1, 1500);
    assert_eq!(deferred, (0, 1, 0));
}

#[test]
fn files_of_fatfs_cost_what_the_buffer_costs() {
    let [as_it_is, deferred] = calls(4 << 20, |file| {
        fatfs::format_volume(&mut *file, FormatVolumeOptions::new()).unwrap();
        file.rewind().unwrap();
        let options = FsOptions::new().time_provider(&Always);
        let volume = FileSystem::new(&mut *file, options).unwrap();
        for index in 0..200 {
            // It flushes when the file is dropped.
            let mut made = volume.root_dir().create_file(&format!("file-{index}.txt")).unwrap();
            made.write_all(&[b'x'; 1000]).unwrap();
        }
        volume.unmount().unwrap();
    });
    println!("200 files by fatfs: {as_it_is:?}, deferred {deferred:?}");
    let total = |(reads, writes, seeks): (usize, usize, usize)| reads + writes + seeks;
    assert!(3 * total(deferred) < total(as_it_is), "{as_it_is:?}, deferred {deferred:?}");
}
