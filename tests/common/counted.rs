//! A file whose calls on the stream are counted.

use std::io::{Seek, SeekFrom};

use mmio_file::{FlushFlags, MmioFile};

use super::stream::Faulty;

/// A file at the default capacity over `len` bytes, its start position known, nothing counted yet.
pub(crate) fn file_of(len: usize) -> (MmioFile<Faulty>, Faulty) {
    let bytes: Vec<u8> = (0_u8..=250).cycle().take(len).collect();
    let stream = Faulty::new(bytes);
    let mut file = MmioFile::new(stream.clone());
    file.stream_position().unwrap();
    stream.forget_calls();
    (file, stream)
}

pub(crate) fn seek(file: &mut MmioFile<Faulty>, offset: usize) {
    file.seek(SeekFrom::Start(offset as u64)).unwrap();
}

pub(crate) fn flush(file: &mut MmioFile<Faulty>) {
    file.flush(FlushFlags::empty()).unwrap();
}
