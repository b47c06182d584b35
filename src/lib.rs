//! One dirty-tracked buffer over anything that is `Read + Write + Seek`.

mod buffer;
mod error;
mod file;
mod flags;
mod positioned_file;
mod rules;
mod storage;

pub use error::MmioError;
pub use file::{CloseError, MmioFile, Unwritten};
pub use flags::FlushFlags;
pub use positioned_file::PositionedFile;
pub use storage::Storage;
