//! Where the parts of a chunk lie. All arithmetic on offsets and sizes is here, but for the fields
//! of a `ds64`, whose places [`ds64`](super::ds64) knows.
//!
//! # Rules
//!
//! 1. Offsets and lengths are `u64`, in bytes. Nothing that a file says is ever added to an offset:
//!    it is first compared with the room that is left, and that is found by subtracting.
//! 2. A chunk's data never reaches past its parent's, and the next chunk never begins before the
//!    end of this one's header, nor past the end of the parent.

use std::ops::Range;

/// The bytes of a header: an id and a size.
pub(super) const HEADER: u64 = 8;

/// The bytes of an id, which the size field follows.
const ID: u64 = 4;

/// The bytes of the type that a RIFF or LIST begins with.
pub(super) const FORM: u64 = 4;

/// The size that means "to the end", or "look into the `ds64`".
pub(super) const OPEN_SIZE: u32 = u32::MAX;

/// The least size that a chunk may have while [`OPEN_SIZE`] replaces its size, or the other way round. No
/// real chunk is likely to be that long.
pub(super) const LEAST_OPEN_SIZE: u32 = 0xFF00_0000;

/// What a chunk says about the length of its data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    Bytes(u64),
    ToTheEnd,
}

/// What is left of that claim once it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) data_len: u64,
    /// Where the next sibling would begin.
    pub(super) next: u64,
    /// Whether the chunk claims more than there is.
    pub(super) is_truncated: bool,
}

/// The room for data after a header at `offset`, in a parent that ends at `end`; `None` if not even
/// the header fits. (As all readers have it, fewer than 8 stray bytes at the end are not a chunk.)
pub(super) fn room(offset: u64, end: u64) -> Option<u64> {
    end.checked_sub(offset)?.checked_sub(HEADER)
}

/// The offset of the size field of the chunk, or of the entry of a table, at `offset`.
pub(super) fn size_offset(offset: u64) -> u64 {
    offset + ID
}

/// The offset of the data of a chunk whose header is at `offset`.
pub(super) fn data_offset(offset: u64) -> u64 {
    // Nothing overflows in a file, but another stream can claim any length.
    offset.saturating_add(HEADER)
}

/// The offset of the header of a chunk whose data is at `data_offset`.
pub(super) fn header_offset(data_offset: u64) -> u64 {
    data_offset - HEADER
}

/// The offset of the content, after the type if there is one.
pub(super) fn content_offset(data_offset: u64, has_form: bool) -> u64 {
    data_offset + if has_form { FORM } else { 0 }
}

/// The offset of the first chunk in the RIFF or LIST at `offset`.
pub(super) fn first_inside(offset: u64) -> u64 {
    offset.saturating_add(HEADER + FORM)
}

/// The offset of the RIFF or LIST whose first chunk is at `offset`.
pub(super) fn outside(offset: u64) -> u64 {
    offset - FORM - HEADER
}

/// The length of data that was written up to `end`; `None` if not even its type was.
pub(super) fn written_len(data_offset: u64, has_form: bool, end: u64) -> Option<u64> {
    let least = if has_form { FORM } else { 0 };
    end.checked_sub(data_offset).filter(|len| *len >= least)
}

/// How many bytes of `data` lie at or after `position`; 0 if it is outside.
pub(super) fn left(data: &Range<u64>, position: u64) -> u64 {
    if data.contains(&position) { data.end - position } else { 0 }
}

/// How far a chunk reaches that has `room` for its data, from `data_offset` on.
pub(super) fn extent(data_offset: u64, claim: Claim, room: u64) -> Extent {
    let (data_len, is_truncated) = match claim {
        Claim::Bytes(len) => (len.min(room), len > room),
        Claim::ToTheEnd => (room, false),
    };
    // The last pad byte of a parent may be missing; many writers forget it.
    let padded = data_len + pad(data_len).min(room - data_len);
    Extent { data_len, next: data_offset + padded, is_truncated }
}

/// The reach of an outermost RIFF whose children are found to end at `end`, with `room` for its data.
pub(super) fn grown(data_offset: u64, extent: Extent, end: u64, room: u64) -> Extent {
    if end <= data_offset + extent.data_len {
        return extent;
    }
    self::extent(data_offset, Claim::Bytes(end - data_offset), room)
}

/// The end of the data of a chunk whose pad byte may be missing in the middle: a chunk of an odd length
/// that it has in full, with more before `end`.
pub(super) fn unpadded_end(data_offset: u64, extent: &Extent, end: u64) -> Option<u64> {
    let data_end = data_offset + extent.data_len;
    let is_padded = extent.next > data_end;
    (is_padded && !extent.is_truncated && extent.next < end).then_some(data_end)
}

/// How far a chunk reaches that was written, with its pad byte.
pub(super) fn written(data_offset: u64, len: u64) -> Extent {
    extent(data_offset, Claim::Bytes(len), len.saturating_add(pad(len)))
}

/// The bytes that make a length even.
pub(super) fn pad(len: u64) -> u64 {
    len % 2
}

/// The size field for `len` bytes; `None` if it can't hold that. `0xFFFF_FFFF` is not a size.
pub(super) fn size_field(len: u64) -> Option<u32> {
    u32::try_from(len).ok().filter(|size| *size != OPEN_SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUGE: u64 = u64::MAX;

    #[test]
    fn a_header_needs_eight_bytes() {
        assert_eq!(room(12, 19), None);
        assert_eq!(room(12, 20), Some(0));
        assert_eq!(room(12, 11), None);
        assert_eq!(room(HUGE, HUGE), None);
        assert_eq!(room(0, HUGE), Some(HUGE - 8));
    }

    #[test]
    fn a_chunk_that_fits_is_followed_by_its_pad() {
        let even = extent(8, Claim::Bytes(4), 10);
        assert_eq!((even.data_len, even.next, even.is_truncated), (4, 12, false));
        let odd = extent(8, Claim::Bytes(5), 10);
        assert_eq!((odd.data_len, odd.next, odd.is_truncated), (5, 14, false));
    }

    #[test]
    fn the_last_pad_byte_may_be_missing() {
        let odd = extent(8, Claim::Bytes(5), 5);
        assert_eq!((odd.data_len, odd.next, odd.is_truncated), (5, 13, false));
    }

    #[test]
    fn a_chunk_that_claims_too_much_ends_with_its_parent() {
        for len in [6, 0xFFFF_FFF8, HUGE] {
            let cut = extent(8, Claim::Bytes(len), 5);
            assert_eq!((cut.data_len, cut.next, cut.is_truncated), (5, 13, true));
        }
    }

    #[test]
    fn an_open_end_is_not_a_truncation() {
        let open = extent(8, Claim::ToTheEnd, 5);
        assert_eq!((open.data_len, open.next, open.is_truncated), (5, 13, false));
    }

    #[test]
    fn nothing_wraps_at_the_end_of_all_offsets() {
        let last = extent(HUGE - 1, Claim::Bytes(HUGE), 1);
        assert_eq!((last.data_len, last.next, last.is_truncated), (1, HUGE, true));
        assert_eq!(extent(8, Claim::ToTheEnd, HUGE - 8).next, HUGE);
    }

    #[test]
    fn the_next_chunk_lies_between_this_header_and_the_end() {
        for end in 8..64 {
            for offset in 0..=end - HEADER {
                let room = room(offset, end).unwrap();
                for len in 0..70 {
                    let next = extent(offset + HEADER, Claim::Bytes(len), room).next;
                    assert!((offset + HEADER..=end).contains(&next));
                }
            }
        }
    }

    #[test]
    fn what_was_written_has_a_type_at_least() {
        assert_eq!(written_len(8, true, 12), Some(4));
        assert_eq!(written_len(8, true, 11), None);
        assert_eq!(written_len(8, false, 8), Some(0));
        assert_eq!(written_len(8, false, 7), None);
    }

    #[test]
    fn a_position_outside_of_the_data_has_nothing_left() {
        let left_at = |position| left(&(8..10), position);
        assert_eq!([7, 8, 9, 10].map(left_at), [0, 2, 1, 0]);
    }

    #[test]
    fn the_way_in_is_the_way_out() {
        assert_eq!(outside(first_inside(5)), 5);
        assert_eq!(header_offset(data_offset(5)), 5);
    }

    #[test]
    fn the_largest_size_is_one_less_than_the_field_holds() {
        assert_eq!(size_field(0xFFFF_FFFE), Some(0xFFFF_FFFE));
        assert_eq!(size_field(0xFFFF_FFFF), None);
        assert_eq!(size_field(0x1_0000_0000), None);
    }
}
