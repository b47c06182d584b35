//! One dirty-tracked buffer over anything that is `Read + Write + Seek`.

mod buffer;
mod error;
mod file;
mod flags;
mod open;
mod positioned_file;
mod read_only;
mod rules;
mod sharing;
mod storage;

pub use error::MmioError;
pub use file::{CloseError, MmioFile, Unwritten};
pub use flags::FlushFlags;
pub use open::OpenOptions;
pub use positioned_file::PositionedFile;
pub use read_only::ReadOnly;
pub use sharing::Sharing;
pub use storage::Storage;
