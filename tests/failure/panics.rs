//! A stream that panics in any call of any operation: the file goes on where it is still held, and
//! drops quietly where it is not.

use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::common::stream::{Class, Fault, Faulty, What};
use mmio_file::{FlushFlags, MmioFile};

/// The position, in a file of 150 bytes.
const POSITION: usize = 83;

/// An operation, and the bytes of the file that it may change.
struct Operation {
    name: &'static str,
    changes: Range<usize>,
    run: fn(&mut MmioFile<Faulty>),
}

fn operations() -> Vec<Operation> {
    let op = |name, changes, run| Operation { name, changes, run };
    vec![
        op("read, buffered", 0..0, |file| drop(file.read(&mut [0; 6]))),
        op("read", 0..0, |file| drop(file.read(&mut [0; 120]))),
        op("read_exact", 0..0, |file| drop(file.read_exact(&mut [0; 40]))),
        op("read_to_end", 0..0, |file| drop(file.read_to_end(&mut Vec::new()))),
        op("fill_buf_mut", 0..0, |file| drop(file.fill_buf_mut().map(drop))),
        op("write, buffered", 83..88, |file| drop(file.write(&[1; 5]))),
        op("write", 83..183, |file| drop(file.write(&[1; 100]))),
        op("write_all", 83..123, |file| drop(file.write_all(&[1; 40]))),
        op("read_at", 0..0, |file| drop(file.read_at(&mut [0; 120], 3))),
        op("write_at, buffered", 20..25, |file| drop(file.write_at(&[1; 5], 20))),
        op("write_all_at", 3..103, |file| drop(file.write_all_at(&[1; 100], 3))),
        op("write_with", 83..88, |file| {
            drop(file.write_with(5, |room| {
                room.fill(1);
                room.len()
            }));
        }),
        op("seek", 0..0, |file| drop(file.seek(SeekFrom::End(-3)))),
        op("stream_len", 0..0, |file| drop(file.stream_len())),
        op("flush", 0..0, |file| drop(file.flush(FlushFlags::empty()))),
        op("flush, emptying", 0..0, |file| drop(file.flush(FlushFlags::EMPTY_BUF))),
        op("set_capacity", 0..0, |file| drop(file.set_capacity(8))),
        op("set_len", 144..300, |file| drop(file.set_len(144))),
        op("copy_within", 30..110, |file| drop(file.copy_within(5..85, 30))),
        op("sync_all", 0..0, |file| drop(file.sync_all())),
    ]
}

/// A file with unwritten spots, one at the position and one past the end; and its content.
fn in_use(capacity: usize, per_call: usize) -> (MmioFile<Faulty>, Faulty, Vec<u8>) {
    let mut bytes: Vec<u8> = (0..150).collect();
    let stream = Faulty::short(bytes.clone(), per_call);
    let mut file = MmioFile::with_capacity(capacity, stream.clone());
    bytes.resize(165, 0);
    for changed in [10..13, 60..75, 139..141, 160..165, 85..86] {
        file.seek(SeekFrom::Start(changed.start as u64)).unwrap();
        file.write_all(&vec![2; changed.len()]).unwrap();
        bytes[changed].fill(2);
    }
    file.seek(SeekFrom::Start(POSITION as u64)).unwrap();
    (file, stream, bytes)
}

/// A file in which an operation met a panic, in a call of this class.
struct Panicked<'a> {
    file: MmioFile<Faulty>,
    stream: Faulty,
    class: Class,
    operation: &'a Operation,
    expected: &'a [u8],
}

impl Panicked<'_> {
    /// Panics unless everything is there, except what the operation may have changed.
    fn assert_intact(&self, content: &[u8]) {
        let Operation { name, changes, .. } = self.operation;
        for at in (0..content.len().max(self.expected.len())).filter(|at| !changes.contains(at)) {
            let (found, expected) = (content.get(at), self.expected.get(at));
            assert_eq!(found, expected, "at {at}, after a {:?} of {name} panicked", self.class);
        }
    }
}

/// Has each operation meet a panic in each call that it makes; returns how many there were.
fn panic_everywhere(then: impl Fn(Panicked)) -> u32 {
    let mut panics = 0;
    let capacities = [0, 2, 33, 64, 256].into_iter().flat_map(|c| [(c, 3), (c, 1000)]);
    for ((capacity, per_call), what) in
        capacities.flat_map(|c| [(c, What::Panics), (c, What::PanicsMidway)])
    {
        for (operation, class) in
            operations().iter().flat_map(|operation| Class::ALL.map(|class| (operation, class)))
        {
            for call in 0.. {
                let (mut file, stream, expected) = in_use(capacity, per_call);
                stream.arm(Fault::once(class, what, call));
                let run = AssertUnwindSafe(|| (operation.run)(&mut file));
                if catch_unwind(run).is_ok() {
                    break;
                }
                stream.repair();
                panics += 1;
                then(Panicked { file, stream, class, operation, expected: &expected });
            }
        }
    }
    panics
}

#[test]
fn a_file_that_is_held_loses_nothing_and_goes_on() {
    let panics = panic_everywhere(|mut panicked| {
        let file = &mut panicked.file;
        let position = file.stream_position().unwrap();
        assert!((POSITION as u64..=POSITION as u64 + 100).contains(&position), "{position}");

        // At once, before any other call finds the stream again, which may be anywhere.
        let mut next = [0xA5; 7];
        let n = file.read(&mut next).unwrap();
        file.flush(FlushFlags::empty()).unwrap();
        let at = usize::try_from(position).unwrap();
        assert_eq!(panicked.stream.content()[at..at + n], next[..n], "what is read is there");

        file.rewind().unwrap();
        let mut content = vec![0xA5; usize::try_from(file.stream_len().unwrap()).unwrap()];
        for piece in content.chunks_mut(3) {
            file.read_exact(piece).unwrap();
        }
        file.flush(FlushFlags::empty()).unwrap();
        assert_eq!(panicked.stream.content(), content, "what is read is what is there");
        panicked.assert_intact(&content);
    });
    println!("{panics} panics");
    assert!(panics > 1000);
}

#[test]
fn a_file_that_is_dropped_is_flushed_unless_it_was_a_write_that_panicked() {
    let panics = panic_everywhere(|mut panicked| {
        // A seek may have been on its way to a write, or not.
        let may_write = !matches!(panicked.class, Class::Write | Class::Seek);
        panicked.stream.forget_calls();
        let content = panicked.stream.content();
        let stream = panicked.stream.clone();
        let empty = MmioFile::new(Faulty::new([]));
        drop(std::mem::replace(&mut panicked.file, empty));
        if may_write || stream.calls().1 > 0 {
            assert_ne!(panicked.class, Class::Write, "it is written to again");
            panicked.assert_intact(&stream.content());
        } else {
            assert_eq!(stream.content(), content);
        }
    });
    assert!(panics > 1000);
}
