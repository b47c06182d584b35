//! The `LIST INFO` of a RIFF: reading and replacing it.

use std::io::{self, Read, Seek, Write};

use super::careful::is_torn;
use super::scan::Siblings;
use super::settle::settle_size;
use super::spot::Spot;
use super::{Chunk, Find, FourCc, NewChunk, RiffWrite, append};
use crate::MmioError;

const INFO: Find = Find::List(Some(FourCc::INFO));

/// The items of all lists of `riff`, in order.
pub(super) fn read<S: Read + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    riff: &Chunk,
) -> Result<Vec<(FourCc, Vec<u8>)>, MmioError> {
    let mut items = Vec::new();
    let mut offset = 0;
    while let Some(list) = Siblings::inside(riff).find(spot, offset, INFO)? {
        offset = list.next;
        let inside = Siblings::inside(&list);
        let mut offset = 0;
        while let Some(item) = inside.find(spot, offset, Find::Next)? {
            offset = item.next;
            items.push((item.id, spot.read_up_to(item.data_offset, item.data_len)?));
        }
    }
    Ok(items)
}

/// Appends a list of `items`, if there are any, and makes every older one a `JUNK`.
pub(super) fn replace<S: Read + Write + Seek + ?Sized>(
    stream: &mut S,
    riff: &Chunk,
    items: &[(FourCc, &[u8])],
) -> io::Result<()> {
    if !items.is_empty() {
        stream.append_chunk(riff, NewChunk::list(FourCc::INFO), |file| {
            items.iter().try_for_each(|(id, text)| {
                file.write_chunk(NewChunk::id(*id), |file| file.write_all(text))
            })
        })?;
        // The new list must be complete before the old one goes.
        stream.flush()?;
    }
    let (mut spot, _) = Spot::careful(stream)?;
    let riff = append::riff_at(&mut spot, riff.header_offset())?;
    let (mut last, mut offset) = (None, 0);
    while let Some(chunk) = Siblings::inside(&riff).find(&mut spot, offset, Find::Next)? {
        offset = chunk.next;
        if is_torn(chunk.id, chunk.size_field, FourCc::LIST) {
            spot.rename(chunk.header_offset(), FourCc::JUNK)?;
        } else if INFO.may_match(chunk.id)
            && INFO.matches_form(chunk.form)
            && let Some(old) = last.replace(chunk)
        {
            discard(&mut spot, &old)?;
        }
    }
    if let Some(old) = last.filter(|_| items.is_empty()) {
        discard(&mut spot, &old)?;
    }
    Ok(())
}

/// Makes a list a `JUNK` of the same length.
fn discard<S: Read + Write + Seek + ?Sized>(
    spot: &mut Spot<'_, S>,
    list: &Chunk,
) -> Result<(), MmioError> {
    if list.is_open {
        // A size that means "to the end" need not mean it for a `JUNK`.
        settle_size(spot, list, list.data_len)?;
    }
    spot.rename(list.header_offset(), FourCc::JUNK)
}
