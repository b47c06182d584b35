//! Faults that other buffers mishandle, or that this one once did: one test each.

mod flushing;
mod making_room;
mod reading;
mod reporting;

use std::io::{ErrorKind, Read, Seek};

use crate::common::stream::{Faulty, What};
use mmio_file::{FlushFlags, MmioError, MmioFile};

const FULL: What = What::Fails(ErrorKind::StorageFull);

fn numbers(len: usize) -> Vec<u8> {
    (0..=250_u8).cycle().take(len).collect()
}

/// Sixteen pages of four bytes over a stream of `len` bytes.
fn small(len: usize) -> (MmioFile<Faulty>, Faulty) {
    let stream = Faulty::new(numbers(len));
    let mut file = MmioFile::with_capacity(64, stream.clone());
    file.rewind().unwrap();
    (file, stream)
}

fn flush(file: &mut MmioFile<Faulty>) -> Result<(), MmioError> {
    file.flush(FlushFlags::empty())
}

/// The whole content, in pieces small enough to go through the buffer.
fn read_all(file: &mut MmioFile<Faulty>) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = [0; 7];
    file.rewind().unwrap();
    loop {
        match file.read(&mut piece).unwrap() {
            0 => return all,
            n => all.extend_from_slice(&piece[..n]),
        }
    }
}
