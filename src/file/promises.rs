//! What a program can promise, so that fewer calls reach the stream.

use std::io::{Read, Seek, Write};

use super::MmioFile;

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Makes [`Write::flush`] only return `Ok`. With `false`, the default, it flushes.
    ///
    /// # Hazards
    ///
    /// * An `Ok` of [`Write::flush`] no longer means that the stream has the bytes, nor that it can
    ///   take them. A full disk shows later. Only [`MmioFile::flush`], as in
    ///   `file.flush(FlushFlags::empty())`, and [`close`](MmioFile::close) report that everything is
    ///   written.
    /// * It affects everything that writes to the file. The flush of a
    ///   [`BufWriter`](std::io::BufWriter) over it stops here. A library that flushes so that its bytes
    ///   reach the disk in a certain order loses that order:
    ///   [`append_chunk`](crate::riff::RiffWrite::append_chunk), for one, no longer leaves the old file
    ///   to every reader if the program is killed midway.
    ///
    /// It is for libraries that flush after each record although nothing depends on it: their records
    /// then cost no more than any other write to the buffer.
    ///
    /// All other calls flush as before: [`flush`](MmioFile::flush), [`close`](MmioFile::close),
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

    /// Promises that nothing but this file changes the stream's length. With `false`, the promise
    /// is withdrawn.
    ///
    /// # Hazards
    ///
    /// * If another handle makes the file longer or shorter despite the promise, [`SeekFrom::End`] still
    ///   leads to the old end, and what is appended there overwrites what the other handle has appended.
    /// * A read does not see what others have appended, until the end is forgotten.
    ///
    /// The stream is then asked for its end once. From then on, [`SeekFrom::End`], [`stream_len`] and a
    /// read at the end make no call on it; writes and [`set_len`](MmioFile::set_len) move the known end.
    /// The end is forgotten, and asked for once more, after [`get_mut`](MmioFile::get_mut),
    /// [`FlushFlags::EMPTY_BUF`](crate::FlushFlags::EMPTY_BUF),
    /// [`discard_unwritten`](MmioFile::discard_unwritten) and every call on the stream that fails.
    ///
    /// A file opened with [`Sharing::Exclusive`](crate::Sharing::Exclusive) has this promise from the
    /// system.
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
