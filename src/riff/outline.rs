//! The chunks that a walk finds in a RIFF, compared with those that it finds while something is
//! appended.
//!
//! The rules by which a file is read look ahead: the bytes after a chunk show whether its pad byte is
//! missing, and the last child shows whether a RIFF is too small. So correcting a size can change where
//! other chunks appear to be. The writer must not guess whether it does.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek};

use super::careful::is_torn;
use super::scan::Siblings;
use super::spot::Spot;
use super::{Chunk, Find, FourCc};
use crate::MmioError;

/// A chunk that is the last one of its parent, and may be settled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Last {
    /// Where its header is.
    pub(super) offset: u64,
    /// Where its data ends, before and after.
    pub(super) ends: [u64; 2],
}

/// What was found before.
#[derive(Debug)]
pub(super) struct Outline {
    /// The last child of the RIFF, if there is a child, its last child, and so on.
    path: Vec<Last>,
    /// A digest of all that lies before them.
    digest: Option<u64>,
}

/// The chunk that is appended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Appended {
    pub(super) offset: u64,
    pub(super) id: FourCc,
}

impl Outline {
    /// What a walk finds in `riff` now.
    pub(super) fn of<S: Read + Seek + ?Sized>(
        spot: &mut Spot<'_, S>,
        riff: &Chunk,
        path: Vec<Last>,
    ) -> Result<Self, MmioError> {
        let digest = digest(spot, riff, &path)?;
        Ok(Self { path, digest })
    }

    /// Whether a walk finds the same in `riff`, and after it nothing but `JUNK` and what is appended.
    pub(super) fn holds<S: Read + Seek + ?Sized>(
        &self,
        spot: &mut Spot<'_, S>,
        riff: &Chunk,
        appended: Appended,
    ) -> Result<bool, MmioError> {
        if self.digest.is_none() || digest(spot, riff, &self.path)? != self.digest {
            return Ok(false);
        }
        let inside = Siblings::inside(riff);
        let mut offset = inside.start;
        if let Some(last) = self.path.first()
            && let Some(chunk) = inside.find(spot, last.offset, Find::Next)?
        {
            offset = chunk.next;
        }
        while let Some(chunk) = inside.find(spot, offset, Find::Next)? {
            let is_junk =
                chunk.id == FourCc::JUNK || is_torn(chunk.id, chunk.size_field, appended.id);
            let is_it = chunk.id == appended.id && chunk.header_offset() == appended.offset;
            if !is_it && !is_junk {
                return Ok(false);
            }
            offset = chunk.next;
        }
        Ok(true)
    }
}

/// A digest of the chunks before those of the path; `None` if one of these is not there, or is not the
/// last one in its parent.
fn digest<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    riff: &Chunk,
    path: &[Last],
) -> Result<Option<u64>, MmioError> {
    let mut hasher = DefaultHasher::new();
    let mut parent = *riff;
    for (depth, last) in path.iter().enumerate() {
        let inside = Siblings::inside(&parent);
        let mut offset = inside.start;
        loop {
            let Some(chunk) = inside.find(spot, offset, Find::Next)? else { return Ok(None) };
            offset = chunk.next;
            if chunk.header_offset() < last.offset {
                (chunk.id, chunk.data_offset, chunk.data_len, chunk.form).hash(&mut hasher);
                continue;
            }
            if chunk.header_offset() > last.offset || !last.ends.contains(&chunk.data_end()) {
                return Ok(None);
            }
            parent = chunk;
            break;
        }
        if depth > 0 && inside.find(spot, offset, Find::Next)?.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(hasher.finish()))
}
