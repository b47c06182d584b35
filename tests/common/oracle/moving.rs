//! What must come of moving bytes inside the file; above all, where they are if it fails midway.

use std::io::ErrorKind;

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
                let new = self.flushed();
                if new == old {
                    return;
                }
                self.has_failed = false;
                assert_eq!(new.len(), old.len() + len);
                check_moved(&old, &new, at, old.len() - at, at + len);
                if let Some(first) = self.start_of_piece(&error) {
                    let first = first.max(at + len);
                    assert_eq!(new[first..], old[first - len..], "what has moved");
                    if first > at + len {
                        let rest = ..first.min(old.len());
                        assert_eq!(new[rest], old[rest], "what has not moved");
                    }
                }
                self.model.bytes = new;
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
                let new = self.flushed();
                if new == old {
                    return;
                }
                self.has_failed = false;
                assert_eq!(new.len(), old.len());
                check_moved(&old, &new, end, old.len() - end, start);
                if let Some(first) = self.start_of_piece(&error) {
                    let behind = (first + self.file().capacity()).min(old.len() - (end - start));
                    let moved = end..behind + (end - start);
                    assert_eq!(new[start..behind], old[moved], "what has moved");
                    assert_eq!(new[behind..], old[behind..], "what has not moved");
                }
                self.model.bytes = new;
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

    /// Where the piece begins that a write failed in.
    fn start_of_piece(&mut self, error: &MmioError) -> Option<usize> {
        let MmioError::CannotWrite { offset, .. } = *error else { return None };
        let capacity = self.file().capacity();
        let offset = usize::try_from(offset).unwrap();
        Some(offset - offset.checked_rem(capacity)?)
    }
}

/// Nothing is lost: outside of where bytes were to go, all is as it was, and each byte is at its old
/// place or at its new one. Nor is anything made up: where they were to go are old bytes or new ones.
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
