//! The four bytes that name chunks and their types.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Four bytes that name a chunk, or the type of a RIFF or LIST: a "four-character code".
///
/// They are compared as bytes: `fmt ` ends with a space, and `DATA` is not `data`.
///
/// # Examples
///
/// ```
/// use mmio_file::riff::FourCc;
///
/// const WAVE: FourCc = FourCc::new(*b"WAVE");
///
/// assert_eq!("WAVE".parse(), Ok(WAVE));
/// assert_eq!("fmt".parse(), Ok(FourCc::new(*b"fmt ")));
/// assert_eq!(FourCc::from(*b"WAVE"), WAVE);
/// assert_eq!(WAVE.to_string(), "WAVE");
/// assert_eq!(FourCc::new([b'0', b'1', 0, 0xFF]).to_string(), r"01\x00\xff");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FourCc([u8; 4]);

impl FourCc {
    /// `RIFF`, the outermost chunk of a file.
    pub const RIFF: Self = Self::new(*b"RIFF");
    /// `LIST`, a chunk of chunks.
    pub const LIST: Self = Self::new(*b"LIST");
    /// `JUNK`, a chunk whose content means nothing.
    pub const JUNK: Self = Self::new(*b"JUNK");
    /// `RF64`, a RIFF that may be longer than 4 GiB (EBU Tech 3306).
    pub const RF64: Self = Self::new(*b"RF64");
    /// `BW64`, the same as defined by ITU-R BS.2088.
    pub const BW64: Self = Self::new(*b"BW64");

    pub(super) const DATA: Self = Self::new(*b"data");
    pub(super) const DS64: Self = Self::new(*b"ds64");
    pub(super) const INFO: Self = Self::new(*b"INFO");

    /// Creates the code of these four bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }

    /// The four bytes, in the order of the file.
    ///
    /// # Examples
    ///
    /// ```
    /// # use mmio_file::riff::FourCc;
    /// assert_eq!(FourCc::LIST.to_bytes(), *b"LIST");
    /// ```
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0
    }

    /// The code with ASCII letters in upper case, as `MMIO_TOUPPER` makes it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use mmio_file::riff::FourCc;
    /// assert_eq!(FourCc::new(*b"wave").to_ascii_uppercase(), FourCc::new(*b"WAVE"));
    /// ```
    #[must_use]
    pub const fn to_ascii_uppercase(self) -> Self {
        let mut bytes = self.0;
        bytes.make_ascii_uppercase();
        Self(bytes)
    }

    /// Whether this is a RIFF, of whatever size.
    pub(super) fn is_riff(self) -> bool {
        self == Self::RIFF || self.is_riff_64()
    }

    /// Whether this is a RIFF whose sizes are in its `ds64`.
    pub(super) fn is_riff_64(self) -> bool {
        self == Self::RF64 || self == Self::BW64
    }

    /// Whether a file of chunks begins here, including the big-endian kinds, which are refused.
    pub(super) fn is_any_riff(self) -> bool {
        self.is_riff() || matches!(&self.0, b"RIFX" | b"FORM")
    }

    /// Whether a chunk of this name holds a type, and then chunks.
    pub(super) fn has_form(self) -> bool {
        self == Self::LIST || self.is_riff()
    }

    /// Whether this may be zero padding, not a name.
    pub(super) fn begins_with_zero(self) -> bool {
        self.0[0] == 0
    }

    /// Whether this looks like a name, and not like audio.
    pub(super) fn is_printable(self) -> bool {
        self.0.iter().all(|byte| matches!(byte, b' '..=b'~'))
    }
}

impl From<[u8; 4]> for FourCc {
    /// The same as [`FourCc::new`].
    fn from(bytes: [u8; 4]) -> Self {
        Self(bytes)
    }
}

impl From<FourCc> for [u8; 4] {
    /// The same as [`FourCc::to_bytes`].
    fn from(id: FourCc) -> Self {
        id.0
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FourCc({self})")
    }
}

impl FromStr for FourCc {
    type Err = ParseFourCcError;

    /// Takes up to four ASCII characters, and adds spaces.
    fn from_str(text: &str) -> Result<Self, ParseFourCcError> {
        if text.len() > 4 || !text.is_ascii() {
            return Err(ParseFourCcError(()));
        }
        let mut bytes = *b"    ";
        bytes[..text.len()].copy_from_slice(text.as_bytes());
        Ok(Self(bytes))
    }
}

/// The text is not a [`FourCc`]: it is longer than four characters, or not ASCII.
///
/// # Examples
///
/// ```
/// # use mmio_file::riff::FourCc;
/// let error = "RIFFs".parse::<FourCc>().unwrap_err();
/// assert_eq!(error.to_string(), "a four-character code is at most four ASCII characters");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a four-character code is at most four ASCII characters")]
pub struct ParseFourCcError(());
