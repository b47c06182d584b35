//! How many calls on the stream the patterns of the bench `lab` may take, at the default capacity. What
//! is there today is less; more than this would be a loss. Reads and writes count, flush included.

use std::io::{Read, Write};

use crate::common::counted::{file_of, flush, seek};
use crate::common::stream::{Class, Faulty};
use mmio_file::MmioFile;

const PAGE: usize = 4096;
const MIB: usize = 1 << 20;

/// What a program over a file of `len` bytes takes: reads and writes, and bytes that are read.
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
    for (scans, budget) in [(1, 75), (2, 90)] {
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
