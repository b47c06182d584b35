//! RIFF files: walking, writing, and editing them in place.
//!
//! WAV, AVI and WebP are RIFF: chunks of an id, a size and data, in RIFF and LIST chunks that hold
//! a type and further chunks. [`RiffRead`] walks and searches the chunks of any stream that can be
//! read and seeked. Over an [`MmioFile`](crate::MmioFile) a step costs no call on the stream while
//! the header is in the buffer.
//!
//! # What is read leniently
//!
//! Real files are cut off, or come from programs that could not go back. So that they can be read:
//!
//! * A chunk that claims more than its parent or the file holds is found, cut down to that, and
//!   [`is_truncated`](Chunk::is_truncated). A size of `0xFFFF_FFFF` means "to the end", and so does
//!   0 for an outermost RIFF, and for a `data` that is not followed by a chunk that fits.
//! * The last pad byte of a parent may be missing.
//! * Fewer than 8 bytes at the end of a parent or of the file are no chunk, and are passed over.
//!
//! What can't be read is [`InvalidFile`](crate::MmioError::InvalidFile), with the offset and the
//! reason.

mod chunk;
mod ds64;
mod four_cc;
mod layout;
mod long;
mod open_chunk;
mod read;
mod scan;
mod spot;
mod write;

pub use chunk::{Chunk, Find};
pub use four_cc::{FourCc, ParseFourCcError};
pub use open_chunk::{NewChunk, OpenChunk};
pub use read::RiffRead;
pub use write::RiffWrite;
