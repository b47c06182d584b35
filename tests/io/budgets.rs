//! How many calls on the stream the patterns of the bench `lab` may take, at the default capacity. Today's
//! counts are lower; exceeding a budget would be a regression. Reads and writes count, flush included.

use std::io::{ErrorKind, Read, Write};

use crate::common::counted::{file_of, flush, seek};
use crate::common::stream::{Class, Fault, Faulty, What};
use mmio_file::{FlushFlags, MmioFile};

const PAGE: usize = 4096;
const MIB: usize = 1 << 20;

/// The cost of a program over a file of `len` bytes: reads and writes, and bytes that are read.
fn cost(len: usize, program: impl FnOnce(&mut MmioFile<Faulty>)) -> (usize, usize) {
    let (mut file, stream) = file_of(len);
    program(&mut file);
    flush(&mut file);
    let (reads, writes, _) = stream.calls();
    (reads + writes, stream.moved(Class::Read))
}

fn read(file: &mut MmioFile<Faulty>, offset: usize, len: usize) {
    seek(file, offset);
    file.read_exact(&mut vec![0; len]).unwrap();
}

fn write(file: &mut MmioFile<Faulty>, offset: usize, len: usize) {
    seek(file, offset);
    file.write_all(&vec![1; len]).unwrap();
}

/// Numbers as if at random, the same each time: Marsaglia's xorshift64.
fn numbers() -> impl FnMut(usize) -> usize {
    let mut state = 88_172_645_463_325_252_u64;
    move |end| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % end as u64).unwrap()
    }
}

#[test]
fn scans_in_turn_each_read_ahead() {
    for (scans, budget) in [(1, 25), (2, 90), (4, 320), (8, 1300)] {
        let (calls, bytes) = cost(scans * MIB, |file| {
            for at in (0..MIB).step_by(64) {
                (0..scans).for_each(|scan| read(file, scan * MIB + at, 64));
            }
        });
        assert!(calls <= budget, "{scans} scans: {calls} calls");
        assert!(bytes <= scans * MIB * 11 / 10, "{scans} scans: {bytes} bytes");
    }
}

#[test]
fn scans_towards_the_start_read_ahead_too() {
    for (scans, budget) in [(1, 75), (2, 80)] {
        let (calls, bytes) = cost(scans * MIB, |file| {
            for at in (0..MIB).step_by(64).rev() {
                (0..scans).for_each(|scan| read(file, scan * MIB + at, 64));
            }
        });
        assert!(calls <= budget, "{scans} scans: {calls} calls");
        assert!(bytes <= scans * MIB * 11 / 10, "{scans} scans: {bytes} bytes");
    }
}

#[test]
fn records_backwards_across_the_ends_of_pages_are_read_once() {
    for (len, budget) in [(1000, 130), (20_000, 145)] {
        let (calls, bytes) = cost(4 * MIB, |file| {
            (0..4 * MIB / len).rev().for_each(|index| read(file, index * len, len));
        });
        assert!(calls <= budget, "by {len}: {calls} calls");
        assert!(bytes <= 4 * MIB * 11 / 10, "by {len}: {bytes} bytes");
    }
}

#[test]
fn a_scan_pushes_out_no_hot_page_and_reads_nothing_twice() {
    let (calls, bytes) = cost(8 * MIB, |file| {
        for at in (0..6 * MIB).step_by(256) {
            read(file, at, 256);
            (0..2).for_each(|page| read(file, (6 + page) * MIB, 16));
        }
    });
    assert!(calls <= 120, "{calls} calls");
    assert!(bytes <= 6_400_000, "{bytes} bytes");
}

/// As a player does, which reads eight times as much of one as of the other.
#[test]
fn two_scans_of_which_one_is_faster_share_the_buffer() {
    let (calls, bytes) = cost(5 * MIB, |file| {
        for index in 0..512 {
            read(file, 4 * MIB + index * 512, 512);
            (0..8).for_each(|part| read(file, (index * 8 + part) * 1024, 1024));
        }
    });
    assert!(calls <= 130, "{calls} calls");
    assert!(bytes <= 4_866_048, "{bytes} bytes");
}

#[test]
fn two_sorted_runs_are_merged_in_few_calls() {
    let mut number = numbers();
    let (calls, _) = cost(2 * MIB, |file| {
        let mut at = [0, MIB];
        while at[0] < MIB || at[1] < 2 * MIB {
            let run = number(2);
            if at[run] < (run + 1) * MIB {
                read(file, at[run], 64);
                at[run] += 64;
            }
        }
    });
    assert!(calls <= 80, "{calls} calls");
}

#[test]
fn a_copy_inside_the_file_is_read_and_written_in_large_pieces() {
    let (calls, bytes) = cost(4 * MIB, |file| {
        for at in (0..MIB).step_by(64) {
            read(file, at, 64);
            write(file, 2 * MIB + at, 64);
        }
    });
    assert!(calls <= 110, "{calls} calls");
    assert!(bytes <= MIB * 11 / 10, "{bytes} bytes");
}

#[test]
fn records_that_are_read_and_written_back_go_in_large_pieces() {
    let (calls, bytes) = cost(2 * MIB, |file| {
        for at in (0..2 * MIB).step_by(64) {
            read(file, at, 64);
            write(file, at, 64);
        }
    });
    assert!(calls <= 160, "{calls} calls");
    assert!(bytes <= 2 * MIB * 11 / 10, "{bytes} bytes");
}

#[test]
fn of_a_loop_over_a_few_pages_more_than_fit_most_stay() {
    for (pages, budget) in [(17, 17), (18, 500), (20, 900)] {
        let (calls, _) = cost(100 * MIB / 4, |file| {
            for _ in 0..100 {
                (0..pages).for_each(|page| read(file, page * MIB + 40, 16));
            }
        });
        assert!(calls <= budget, "{pages} pages: {calls} calls");
    }
}

#[test]
fn what_a_call_asks_for_is_read_in_one_call() {
    let mut number = numbers();
    let (calls, bytes) = cost(16 * MIB, |file| {
        (0..3000).for_each(|_| read(file, (1 + number(4095)) * PAGE - 32, 64));
    });
    assert!(calls <= 3300, "{calls} calls");
    assert!(bytes <= 3000 * 2 * PAGE, "{bytes} bytes");
}

#[test]
fn pages_that_are_used_more_than_others_stay() {
    let mut number = numbers();
    let (calls, _) = cost(120 * PAGE, |file| {
        for _ in 0..10_000 {
            let is_hot = number(10) > 0;
            let page = if is_hot { number(12) * 10 } else { number(120) };
            read(file, page * PAGE + 100, 16);
        }
    });
    assert!(calls <= 900, "{calls} calls");
}

#[test]
fn pages_that_are_used_no_more_make_room() {
    let mut number = numbers();
    let (calls, _) = cost(128 * MIB, |file| {
        for phase in 0..20 {
            for _ in 0..500 {
                read(file, (phase * 3 + number(10) * 6) * MIB + 8, 16);
            }
        }
    });
    assert!(calls <= 210, "{calls} calls");
}

/// As a program does that creates files of less than a page in an image, each with an entry in three tables.
#[test]
fn tables_that_are_patched_again_and_again_are_written_once() {
    let (calls, _) = cost(2 * MIB, |file| {
        for index in 0..300 {
            write(file, 2 * PAGE + index * 32, 32);
            write(file, index * 4, 4);
            write(file, (16 + index) * PAGE, 3000);
            write(file, PAGE + index * 4, 4);
        }
    });
    assert!(calls <= 300 + 10, "{calls} calls");
}

// ----- pages that are neighbours in the file, wherever they are in memory ----------------------------

/// The first `count` numbers in an order as if at random.
fn shuffled(count: usize, number: &mut impl FnMut(usize) -> usize) -> Vec<usize> {
    let mut numbers: Vec<usize> = (0..count).collect();
    (1..count).rev().for_each(|index| numbers.swap(index, number(index + 1)));
    numbers
}

#[test]
fn pages_written_out_of_order_are_flushed_in_few_calls() {
    let mut number = numbers();
    for (capacity, pages, rounds, budget) in
        [(16, 16, 60, 75), (256, 64, 10, 12), (256, 256, 10, 12)]
    {
        let stream = Faulty::new([]);
        let mut file = MmioFile::with_capacity(capacity * PAGE, stream.clone());
        for round in 0..rounds {
            for page in shuffled(pages, &mut number) {
                write(&mut file, (round * pages + page) * PAGE, PAGE);
            }
            flush(&mut file);
        }
        let (_, writes, _) = stream.calls();
        assert!(writes <= budget, "{rounds} times {pages} pages: {writes} writes");
        assert_eq!(stream.moved(Class::Write), rounds * pages * PAGE);
    }
}

#[test]
fn what_is_written_towards_the_start_goes_in_large_pieces() {
    let (calls, bytes) = cost(0, |file| {
        (0..2 * MIB).step_by(64).rev().for_each(|at| write(file, at, 64));
    });
    assert!(calls <= 70, "{calls} calls");
    assert_eq!(bytes, 0);
}

#[test]
fn two_appenders_in_turn_write_large_pieces() {
    let (calls, _) = cost(0, |file| {
        for at in (0..MIB).step_by(64) {
            write(file, at, 64);
            write(file, 4 * MIB + at, 64);
        }
    });
    assert!(calls <= 110, "{calls} calls");
}

#[test]
fn pages_written_out_of_order_reach_a_stream_that_takes_little_in_order_and_once() {
    let stream = Faulty::short([], 1000);
    let mut file = MmioFile::new(stream.clone());
    for page in shuffled(16, &mut numbers()) {
        write(&mut file, page * PAGE, PAGE);
    }
    flush(&mut file);
    let mut end = 0;
    for call in stream.look().log.iter().filter(|call| call.class == Class::Write) {
        assert_eq!(call.at, end);
        end += call.moved as u64;
    }
    assert_eq!(end, 16 * PAGE as u64);
}

#[test]
fn wherever_the_flush_of_pages_written_out_of_order_fails_each_byte_is_in_the_file_or_unwritten() {
    let order = shuffled(16, &mut numbers());
    let content: Vec<u8> = (0..16).flat_map(|page| vec![page + 1; PAGE]).collect();
    for (what, after) in [What::Half, What::HalfThenFails(ErrorKind::StorageFull)]
        .into_iter()
        .flat_map(|what| (0..4).map(move |after| (what, after)))
    {
        let stream = Faulty::short([], 9000);
        let mut file = MmioFile::new(stream.clone());
        for &page in &order {
            seek(&mut file, page * PAGE);
            file.write_all(&content[page * PAGE..(page + 1) * PAGE]).unwrap();
        }
        stream.arm(Fault::once(Class::Write, what, after));
        let failed = file.flush(FlushFlags::empty()).is_err();
        assert_eq!(failed, what != What::Half);
        assert_eq!(file.dirty_len() + stream.look().bytes.len() as u64, content.len() as u64);
        let mut whole = stream.content();
        let (_, unwritten) = file.into_parts();
        for run in unwritten {
            assert_eq!(run.offset, whole.len() as u64, "what is unwritten is not what is missing");
            whole.extend(run.bytes);
        }
        assert!(whole == content, "{what:?} after {after} calls");
    }
}
