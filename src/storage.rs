//! Temporary.
use std::io::{self, Cursor, Read, Seek, Write};
/// Temporary.
pub trait Storage: Read + Write + Seek {
    /// Temporary.
    fn set_len(&mut self, len: u64) -> io::Result<()>;
    /// Temporary.
    fn sync_data(&mut self) -> io::Result<()>;
    /// Temporary.
    fn sync_all(&mut self) -> io::Result<()>;
}
impl Storage for Cursor<Vec<u8>> {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.get_mut().resize(len as usize, 0);
        Ok(())
    }
    fn sync_data(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn sync_all(&mut self) -> io::Result<()> {
        Ok(())
    }
}
