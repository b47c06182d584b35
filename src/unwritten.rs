//! [`Unwritten`]: bytes that a stream has not received.

/// A run of bytes that were accepted and have not reached the stream.
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, Seek, SeekFrom, Write};
/// use mmio_file::{MmioFile, Unwritten};
///
/// # fn main() -> std::io::Result<()> {
/// let mut file = MmioFile::new(Cursor::new(Vec::new()));
/// file.seek(SeekFrom::Start(10))?;
/// file.write_all(b"ten")?;
/// let (_, unwritten) = file.into_parts();
/// assert_eq!(unwritten, [Unwritten { offset: 10, bytes: b"ten".to_vec() }]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unwritten {
    /// Where they belong, in bytes from the start of the file.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Unwritten {
    /// The offset past the last byte.
    pub(crate) fn end(&self) -> u64 {
        self.offset + self.bytes.len() as u64
    }
}
