//! Where the length of a chunk goes: into its own header, or into the `ds64`.

use std::io::{Read, Seek, Write};

use super::OpenChunk;
use super::layout::{self, OPEN_SIZE};
use super::long::LongSize;
use super::spot::Spot;
use crate::MmioError;

/// Where the length of a chunk goes.
pub(super) enum Place {
    SizeField(u32),
    Long(LongSize),
}

impl Place {
    /// The place for the length of `chunk`, whose data ends at `end`. Nothing is written.
    pub(super) fn of<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        chunk: &OpenChunk,
        len: u64,
        end: u64,
    ) -> Result<Self, MmioError> {
        if let Some(long) = chunk.long {
            return Ok(Self::Long(long));
        }
        let short = layout::size_field(len).map(Self::SizeField);
        let is_wanted = short.is_none() || chunk.ds64.is_some() || LongSize::is_of(spot, chunk)?;
        let long = if is_wanted { LongSize::find(spot, chunk, end)? } else { None };
        long.map(Self::Long)
            .or(short)
            .ok_or(MmioError::ChunkTooLong { offset: chunk.header_offset(), len })
    }

    pub(super) fn store<S: Read + Write + Seek + ?Sized>(
        self,
        spot: &mut Spot<'_, S>,
        chunk: &mut OpenChunk,
        len: u64,
        end: u64,
    ) -> Result<(), MmioError> {
        let size = match self {
            Self::SizeField(size) => size,
            Self::Long(long) => {
                // From here on the same place is taken, even if this fails midway.
                chunk.long = Some(long);
                long.store(spot, chunk, len, end)?;
                OPEN_SIZE
            }
        };
        if chunk.size_field != Some(size) {
            chunk.size_field = None;
            let offset = layout::size_offset(chunk.header_offset());
            spot.replace_len(offset, size.to_le_bytes())?;
            chunk.size_field = Some(size);
        }
        Ok(())
    }
}
