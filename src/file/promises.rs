//! What the program promises, so that calls on the stream can be left out.

use std::io::{Read, Seek, Write};

use super::MmioFile;

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Makes [`Write::flush`] do nothing but return `Ok`. With `false`, it flushes again, which is
    /// the default.
    ///
    /// # Hazards
    ///
    /// * An `Ok` of [`Write::flush`] says nothing then: not that the stream has the bytes, nor that it
    ///   could take them. A full disk shows later. Only [`flush`](MmioFile::flush), which is the method
    ///   that `file.flush(FlushFlags::empty())` means, or [`close`](MmioFile::close) says that all is
    ///   written.
    /// * It holds for whatever is built on the file. The flush of a buffer over this one, such as a
    ///   [`BufWriter`](std::io::BufWriter), comes no further than to here, and a library that flushes
    ///   to have its bytes reach the disk in a certain order does not have that order:
    ///   [`append_chunk`](crate::riff::RiffWrite::append_chunk), for one, no longer leaves the old file
    ///   to every reader when the program is killed midway.
    ///
    /// It is for libraries that flush after each record, though nobody waits for it: their calls then
    /// cost what the buffer costs.
    ///
    /// All else flushes as ever: [`flush`](MmioFile::flush), [`close`](MmioFile::close),
    /// [`into_inner`](MmioFile::into_inner), [`set_capacity`](MmioFile::set_capacity),
    /// [`sync_all`](MmioFile::sync_all), [`copy_within`](MmioFile::copy_within), and dropping the file.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Write};
    /// use mmio_file::{FlushFlags, MmioFile};
    ///
    /// /// A library that flushes after each record.
    /// fn record(mut out: impl Write) -> std::io::Result<()> {
    ///     out.write_all(b"record\n")?;
    ///     out.flush()
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(Vec::new()));
    /// file.set_deferred_flush(true);
    /// record(&mut file)?;
    /// record(&mut file)?;
    /// assert!(file.get_ref().get_ref().is_empty());
    ///
    /// file.flush(FlushFlags::empty())?;
    /// assert_eq!(file.get_ref().get_ref(), b"record\nrecord\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_deferred_flush(&mut self, is_deferred: bool) {
        self.defers_flush = is_deferred;
    }

    /// Promises that nothing but this file changes the stream's length. With `false`, withdraws
    /// that promise.
    ///
    /// # Hazards
    ///
    /// * If another handle lets the file grow or cuts it all the same, [`SeekFrom::End`] leads to where
    ///   the end was, and what is appended there is written over what the other one has appended.
    /// * A read does not see what was appended by others, until the end is forgotten.
    ///
    /// The stream is then asked for its end once. [`SeekFrom::End`], [`stream_len`] and a read at the end
    /// make no call on it from then on: what is written moves the end that is known, and so does
    /// [`set_len`](MmioFile::set_len). [`get_mut`](MmioFile::get_mut),
    /// [`FlushFlags::EMPTY_BUF`](crate::FlushFlags::EMPTY_BUF),
    /// [`discard_unwritten`](MmioFile::discard_unwritten) and every call on the stream that fails have
    /// the end be asked for once more.
    ///
    /// A file that is opened with [`Sharing::Exclusive`](crate::Sharing::Exclusive) has such a promise
    /// from the system.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::{Cursor, Read, Seek, SeekFrom, Write};
    /// use mmio_file::MmioFile;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = MmioFile::new(Cursor::new(b"old".to_vec()));
    /// file.set_sole_owner(true);
    /// for _ in 0..1000 {
    ///     // Asks the stream for its end the first time only.
    ///     file.seek(SeekFrom::End(0))?;
    ///     file.write_all(b"new")?;
    /// }
    /// assert_eq!(file.stream_len()?, 3003);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// [`SeekFrom::End`]: std::io::SeekFrom::End
    /// [`stream_len`]: MmioFile::stream_len
    pub fn set_sole_owner(&mut self, is_sole_owner: bool) {
        self.port.set_sole_owner(is_sole_owner);
    }
}
