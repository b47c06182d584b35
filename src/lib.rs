//! One dirty-tracked buffer over anything that is `Read + Write + Seek`.

mod error;
mod flags;

pub use error::MmioError;
pub use flags::FlushFlags;
