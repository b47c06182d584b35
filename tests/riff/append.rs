//! Appending to files that others made.

mod failures;
mod info;
mod leftover;
mod refused;
mod settled;

use std::io::{self, Cursor, Seek, SeekFrom};

use mmio_file::riff::{Find, FourCc, RiffRead, RiffWrite};
use mmio_file::{MmioError, MmioFile};

use crate::appended::Stream;
use crate::make::{enter, find, read};

const INAM: FourCc = FourCc::new(*b"INAM");
const TITLE: &[u8] = b"A title\0";

fn set_title(file: &mut dyn Stream) -> io::Result<()> {
    let riff = file.find_chunk(None, Find::Riff(None))?.unwrap();
    file.set_info(&riff, &[(INAM, TITLE)])
}

/// The file with a title.
fn titled(bytes: &[u8]) -> Vec<u8> {
    let mut file = Cursor::new(bytes.to_vec());
    set_title(&mut file).unwrap();
    let riff = enter(&mut file);
    assert_eq!(file.info(&riff).unwrap(), [(INAM, TITLE.to_vec())]);
    assert_eq!((riff.declared_size(), riff.is_truncated()), (riff.data_len(), false));
    file.into_inner()
}

/// Where a chunk of the first RIFF is, and what its header says.
fn place(bytes: &[u8], name: &str) -> (u64, u64, u64) {
    let (_, chunks) = read(bytes);
    let chunk = find(&chunks, name);
    (chunk.data_offset(), chunk.data_len(), chunk.declared_size())
}

/// Why a title is refused. Not a byte is written then, and the position stays.
fn refused(bytes: &[u8]) -> MmioError {
    let mut file = MmioFile::new(Cursor::new(bytes.to_vec()));
    let edited: &mut dyn Stream = &mut file;
    let riff = enter(edited);
    edited.seek(SeekFrom::Start(5)).unwrap();
    let error = edited.set_info(&riff, &[(INAM, TITLE)]).unwrap_err();
    assert_eq!(file.stream_position().unwrap(), 5);
    assert!(!file.is_dirty());
    assert_eq!(file.into_inner().unwrap().into_inner(), bytes);
    error.downcast().unwrap()
}
