//! Any bytes are walked, searched and edited as a RIFF file: nothing panics, loops, or moves back; and
//! after an append that returned `Ok`, at once or after a failure, the chunk is found, and nothing before
//! it has changed.
#![no_main]

use std::io::{Cursor, Seek, Write};

#[path = "../../tests/riff/appended.rs"]
mod appended;
#[path = "../../tests/riff/stopping.rs"]
mod stopping;

use libfuzzer_sys::fuzz_target;
use mmio_file::MmioFile;
use mmio_file::riff::{Chunk, Find, FourCc, NewChunk, RiffRead, RiffWrite};

/// Walks all chunks of `parent`, entering those that hold others.
fn walk(file: &mut MmioFile<Cursor<Vec<u8>>>, len: u64) {
    let mut parents: Vec<Chunk> = Vec::new();
    let mut last = 0;
    for step in 0.. {
        assert!(step <= 2 * len + 2, "a walk that does not end");
        match file.next_chunk(parents.last()) {
            Ok(Some(chunk)) => {
                assert!(chunk.data_offset() > last, "it moved back");
                assert!(chunk.data_range().end <= len, "a chunk beyond the file");
                last = chunk.data_offset();
                if chunk.form().is_some() {
                    parents.push(chunk);
                } else if file.ascend(&chunk).is_err() {
                    return;
                }
            }
            Ok(None) => match parents.pop() {
                Some(parent) => file.ascend(&parent).unwrap(),
                None => return,
            },
            Err(_) => return,
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let len = bytes.len() as u64;
    let mut file = MmioFile::with_capacity(64, Cursor::new(bytes.to_vec()));
    walk(&mut file, len);

    // Append a chunk, as to a file that was just found; whatever comes of it, nothing panics.
    file.rewind().unwrap();
    if let Ok(riff) = file.descend(None, Find::Riff(None))
        && let Ok(mut riff) = file.reopen(riff)
    {
        let _ =
            file.write_chunk(NewChunk::id(FourCc::new(*b"note")), |file| file.write_all(b"odd"));
        let _ = file.finish_chunk(&mut riff);
    }
    file.close().unwrap();

    appended::append(bytes);
    appended::set_info(bytes);
    let stop_after = bytes.last().map_or(0, |byte| usize::from(byte % 80));
    appended::append_again(bytes, stop_after);
});
