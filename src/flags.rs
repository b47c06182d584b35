//! [`FlushFlags`]: what a flush does besides writing.

use bitflags::bitflags;

bitflags! {
    /// What [`MmioFile::flush`](crate::MmioFile::flush) does besides writing what is unwritten.
    ///
    /// The default is [`empty`](FlushFlags::empty): write, and keep clean data cached. Flags keep
    /// the numbers they have in `mmsystem.h`.
    ///
    /// # Examples
    ///
    /// ```
    /// use mmio_file::FlushFlags;
    ///
    /// assert_eq!(FlushFlags::EMPTY_BUF.bits(), 0x10);
    /// assert_eq!(FlushFlags::default(), FlushFlags::empty());
    /// ```
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct FlushFlags: u32 {
        /// After a successful flush, empty the buffer, so that the next read asks the stream again.
        /// This is `MMIO_EMPTYBUF` of the Windows services.
        const EMPTY_BUF = 0x10;
    }
}
