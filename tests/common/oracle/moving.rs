//! What must be true after moving bytes inside the file; above all, where they are if it fails midway.

use std::io::{ErrorKind, SeekFrom};

use mmio_file::{FlushFlags, MmioError};

use super::Harness;

impl Harness {
    pub(super) fn copy_within(&mut self, start: usize, len: usize, dst: usize) {
        let answer = self.file().copy_within(start as u64..(start + len) as u64, dst as u64);
        let inside = start + len <= self.model.bytes.len();
        match answer {
            Ok(()) if len > 0 => {
                assert!(inside, "copied what is not there");
                let bytes = self.model.bytes[start..start + len].to_vec();
                self.model.write_at(dst, &bytes);
            }
            Ok(()) => {}
            Err(MmioError::CannotRead { ref source, .. })
                if !inside && source.kind() == ErrorKind::UnexpectedEof => {}
            Err(error) => {
                self.check_cause(&error);
                let old = self.model.bytes.clone();
                let new = self.flushed();
                assert!((old.len()..=old.len().max(dst + len)).contains(&new.len()));
                if new == old || new.starts_with(&old) && self.repeats {
                    // At most, the file has got longer.
                    self.owes = new != old;
                    return;
                }
                self.has_failed = false;
                check_moved(&old, &new, start, len, dst);
                self.model.bytes = new;
            }
        }
    }

    pub(super) fn insert_range(&mut self, at: usize, len: usize) {
        let old = self.model.bytes.clone();
        match self.file().insert_range(at as u64, len as u64) {
            Ok(()) => {
                assert!(at <= old.len(), "inserted past the end");
                self.model.bytes.splice(at..at, std::iter::repeat_n(0, len));
            }
            Err(MmioError::InvalidRange { .. }) => assert!(at > old.len()),
            Err(error) => {
                self.check_cause(&error);
                self.stream.pause(true);
                let now = usize::try_from(self.file().stream_len().unwrap()).unwrap();
                let is_past_end = matches!(error, MmioError::CannotWrite { offset, .. } if offset >= old.len() as u64);
                if now < old.len() + len || is_past_end {
                    if now > old.len() {
                        self.file().set_len(old.len() as u64).unwrap();
                    }
                    self.stream.pause(false);
                    return;
                }
                let piece = self.piece(&error);
                let new = self.flushed();
                if new == old {
                    return;
                }
                self.has_failed = false;
                assert_eq!(new.len(), old.len() + len);
                check_moved(&old, &new, at, old.len() - at, at + len);
                self.model.bytes = new;
                let Some(piece) = piece else { return };
                // From here on, everything has moved.
                let first = match piece {
                    Piece::Write { start, .. } => start,
                    Piece::Read { at, capacity } => (at + len) / capacity * capacity + capacity,
                };
                let first = first.clamp(at + len, old.len().max(at + len));
                let new = &self.model.bytes;
                assert_eq!(new[first..], old[first - len..], "what has moved");
                if first > at + len {
                    assert_eq!(new[..first], old[..first], "what has not moved");
                }
                // So a program can go on with the rest.
                self.stream.pause(true);
                let rest = at as u64..(first - len) as u64;
                self.file().copy_within(rest, (at + len) as u64).unwrap();
                self.file().write_all_at(&vec![0; len], at as u64).unwrap();
                self.stream.pause(false);
                self.model.bytes = old;
                self.model.bytes.splice(at..at, std::iter::repeat_n(0, len));
            }
        }
    }

    pub(super) fn remove_range(&mut self, start: usize, end: usize) {
        let old = self.model.bytes.clone();
        match self.file().remove_range(start as u64..end as u64) {
            Ok(()) => {
                assert!(start <= end && end <= old.len(), "removed what is not there");
                self.model.bytes.drain(start..end);
            }
            Err(MmioError::InvalidRange { .. }) => assert!(end < start || end > old.len()),
            Err(error) => {
                self.check_cause(&error);
                if matches!(error, MmioError::CannotExpand { .. }) {
                    // All has moved, and the file is still to be cut.
                    self.has_failed = false;
                    self.stream.pause(true);
                    self.file().set_len((old.len() - (end - start)) as u64).unwrap();
                    self.stream.pause(false);
                    self.model.bytes.drain(start..end);
                    return;
                }
                let piece = self.piece(&error);
                let new = self.flushed();
                if new == old {
                    return;
                }
                self.has_failed = false;
                assert_eq!(new.len(), old.len());
                check_moved(&old, &new, end, old.len() - end, start);
                self.model.bytes = new;
                let Some(piece) = piece else { return };
                // Before here, everything has moved.
                let len = end - start;
                let moved = match piece {
                    Piece::Write { end, .. } => end,
                    Piece::Read { at, capacity } => (at - len) / capacity * capacity,
                };
                let moved = moved.clamp(start, old.len() - len);
                let new = &self.model.bytes;
                assert_eq!(new[start..moved], old[end..moved + len], "what has moved");
                assert_eq!(new[moved..], old[moved..], "what has not moved");
                // So a program can go on with the rest.
                self.stream.pause(true);
                let rest = (moved + len) as u64..old.len() as u64;
                self.file().copy_within(rest, moved as u64).unwrap();
                self.file().set_len((old.len() - len) as u64).unwrap();
                self.stream.pause(false);
                self.model.bytes = old;
                self.model.bytes.drain(start..end);
            }
        }
    }

    /// What the stream has once it has taken what is unwritten.
    fn flushed(&mut self) -> Vec<u8> {
        self.stream.pause(true);
        self.file().flush(FlushFlags::empty()).expect("the stream is repaired");
        self.stream.pause(false);
        self.stream.content()
    }

    /// The piece that was being moved when the call failed, derived from the error and the buffer.
    fn piece(&mut self, error: &MmioError) -> Option<Piece> {
        let (offset, has_been_read) = match *error {
            MmioError::CannotWrite { offset, .. } => (offset, true),
            MmioError::CannotRead { offset, .. } => (offset, false),
            MmioError::CannotSeek { target: SeekFrom::Start(offset), .. } => {
                (offset, self.file().is_dirty())
            }
            _ => return None,
        };
        let at = usize::try_from(offset).unwrap();
        let capacity = self.file().capacity();
        let start = at - at.checked_rem(capacity)?;
        Some(if has_been_read {
            Piece::Write { start, end: start + capacity }
        } else {
            Piece::Read { at, capacity }
        })
    }
}

/// A piece of the file that was being moved.
enum Piece {
    /// It is in the buffer, at its new place, which lies in here.
    Write { start: usize, end: usize },
    /// It has not moved; and it has a byte that was at `at`.
    Read { at: usize, capacity: usize },
}

/// Nothing is lost: outside of the destination, everything is as it was, and each byte is at its old place
/// or at its new one. Nor is anything made up: the destination has only old bytes or new ones.
fn check_moved(old: &[u8], new: &[u8], src: usize, len: usize, dst: usize) {
    for (at, byte) in new.iter().enumerate() {
        let moved = at.checked_sub(dst).filter(|&index| index < len).map(|index| old[src + index]);
        let may_be_zero = at >= old.len() || (src..dst).contains(&at);
        let kept = old.get(at) == Some(byte);
        assert!(kept || moved == Some(*byte) || may_be_zero && *byte == 0, "{byte} at {at}");
    }
    for (index, byte) in old[src..src + len].iter().enumerate() {
        let at_either = [src + index, dst + index].iter().any(|&at| new.get(at) == Some(byte));
        assert!(at_either, "{byte} of {} is lost", src + index);
    }
}
