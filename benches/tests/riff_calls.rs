//! What 1,000 chunks of 100 bytes cost to write and to walk, in calls on the stream: here, and with the
//! other crates over the bare stream and over std's buffers.

#[path = "../common/chunks.rs"]
mod chunks;
#[path = "../../tests/common/mod.rs"]
mod common;

use std::io::{self, BufReader, BufWriter};

use common::stream::Faulty;
use mmio_file::MmioFile;

/// Does the work on a stream of these bytes: its calls, and what it holds then.
fn cost(bytes: &[u8], work: impl FnOnce(Faulty) -> io::Result<()>) -> (usize, Vec<u8>) {
    let stream = Faulty::new(bytes);
    work(stream.clone()).unwrap();
    (stream.call_count(), stream.content())
}

#[test]
fn chunks_are_written_with_fewer_calls_than_by_others() {
    let (ours, written) = cost(&[], |stream| chunks::write(&mut MmioFile::new(stream)));
    let others = [
        ("riff", cost(&[], |mut stream| chunks::write_by_riff(&mut stream))),
        ("riff, buffered", cost(&[], |s| chunks::write_by_riff(&mut BufWriter::new(s)))),
        ("riff-chunks", cost(&[], |mut stream| chunks::write_by_riff_chunks(&mut stream))),
        (
            "riff-chunks, buffered",
            cost(&[], |s| chunks::write_by_riff_chunks(&mut BufWriter::new(s))),
        ),
    ];
    println!("mmio-file: {ours} calls");
    assert!(ours < 50, "{ours} calls");
    for (name, (calls, content)) in others {
        println!("{name}: {calls} calls");
        assert_eq!(content, written, "{name} writes the same file");
        assert!(calls > ours, "{name} has become better: {calls} calls");
    }
}

#[test]
fn chunks_are_walked_with_tens_of_calls() {
    let (_, written) = cost(&[], |stream| chunks::write(&mut MmioFile::new(stream)));
    let (ours, _) = cost(&written, |stream| chunks::walk(&mut MmioFile::new(stream)));
    println!("mmio-file: {ours} calls");
    assert!(ours < 50, "{ours} calls");
    let others = [
        ("riff", cost(&written, |mut stream| chunks::walk_by_riff(&mut stream))),
        ("riff, buffered", cost(&written, |s| chunks::walk_by_riff(&mut BufReader::new(s)))),
        ("riff-chunks", cost(&written, |mut stream| chunks::walk_by_riff_chunks(&mut stream))),
        (
            "riff-chunks, buffered",
            cost(&written, |s| chunks::walk_by_riff_chunks(&mut BufReader::new(s))),
        ),
    ];
    for (name, (calls, _)) in others {
        println!("{name}: {calls} calls");
    }
}
