use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, MutexGuard};

use mmio_file::MmioFile;

/// A file that the program shares with a library.
#[derive(Clone, Debug)]
pub struct Shared(Arc<Mutex<MmioFile>>);

impl Shared {
    pub fn new(file: MmioFile) -> Self {
        Self(Arc::new(Mutex::new(file)))
    }

    pub fn file(&self) -> MutexGuard<'_, MmioFile> {
        self.0.lock().expect("no thread panics while it holds the file")
    }
}

impl Read for Shared {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.file().read(bytes)
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Write::flush(&mut *self.file())
    }
}

impl Seek for Shared {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.file().seek(target)
    }
}
