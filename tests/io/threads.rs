//! A file can be sent to another thread if its stream can, and shared through a lock.

use std::cell::Cell;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::sync::Mutex;
use std::thread;

use mmio_file::{MmioFile, Storage};

const fn is_send<T: Send>() {}
const fn is_sync<T: Sync>() {}

const _: () = {
    is_send::<MmioFile>();
    is_sync::<MmioFile>();
    is_send::<MmioFile<File>>();
    is_sync::<MmioFile<File>>();
    is_send::<MmioFile<Box<dyn Storage + Send>>>();
    is_send::<MmioFile<Cursor<Vec<u8>>>>();
};

/// `Send` is the stream's: this would not compile if `MmioFile` were always so, since then the two
/// implementations below would overlap.
trait IsSend<Marker> {}
impl<T> IsSend<()> for T {}
impl<T: Send> IsSend<u8> for T {}

#[test]
fn a_file_is_send_only_if_its_stream_is() {
    fn ambiguous_if_send<T: IsSend<Marker>, Marker>() {}
    // With a stream that is not `Send`, only one implementation applies, and it is inferred.
    ambiguous_if_send::<MmioFile<NotSend>, _>();
}

struct NotSend(Cursor<Vec<u8>>, #[allow(dead_code)] Cell<*const u8>);

impl Read for NotSend {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.0.read(out)
    }
}

impl Write for NotSend {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for NotSend {
    fn seek(&mut self, target: SeekFrom) -> std::io::Result<u64> {
        self.0.seek(target)
    }
}

#[test]
fn eight_threads_write_every_byte_once() {
    const THREADS: u8 = 8;
    const RECORDS: u16 = 500;
    // Its thread, its number, and the thread again to the end; not a whole number of them a page.
    let record = |id: u8, number: u16| {
        let mut bytes = [id; 100];
        bytes[1..3].copy_from_slice(&number.to_le_bytes());
        bytes
    };
    let file = MmioFile::with_capacity(8192, tempfile::tempfile().unwrap());
    let file = Mutex::new(file);
    thread::scope(|scope| {
        for id in 0..THREADS {
            let file = &file;
            scope.spawn(move || {
                for number in 0..RECORDS {
                    file.lock().unwrap().write_all(&record(id, number)).unwrap();
                }
            });
        }
    });
    let mut stream = file.into_inner().unwrap().into_inner().unwrap();
    let mut content = Vec::new();
    stream.rewind().unwrap();
    stream.read_to_end(&mut content).unwrap();

    let mut expected: Vec<_> = (0..THREADS)
        .flat_map(|id| (0..RECORDS).map(move |number| record(id, number).to_vec()))
        .collect();
    let mut found: Vec<_> = content.chunks(100).map(<[u8]>::to_vec).collect();
    expected.sort();
    found.sort();
    assert!(found == expected);
}
