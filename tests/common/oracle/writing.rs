//! What must come of each way to write.

use std::io::{BufRead, ErrorKind, IoSlice, Write};

use mmio_file::MmioError;

use super::Harness;

impl Harness {
    pub(super) fn write(&mut self, len: usize, second: Option<usize>) {
        let bytes = self.fresh(len + second.unwrap_or(0));
        let answer = if second.is_none() {
            self.file().write(&bytes)
        } else {
            let (a, b) = bytes.split_at(len);
            self.file().write_vectored(&[IoSlice::new(a), IoSlice::new(b)])
        };
        if let Some(n) = self.or_failed(answer) {
            assert!(n == bytes.len() || self.failed(), "{n} of {}", bytes.len());
            assert!(n > 0 || bytes.is_empty(), "nothing was taken, and it is no error");
            self.model.write(&bytes[..n]);
        }
    }

    pub(super) fn write_all(&mut self, len: usize) {
        let bytes = self.fresh(len);
        let answer = self.file().write_all(&bytes);
        let n = match self.or_failed(answer) {
            Some(()) => len,
            None => self.progress(len),
        };
        self.model.write(&bytes[..n]);
    }

    pub(super) fn fill_buf_mut(&mut self, n: usize) {
        let rest = self.model.peek(usize::MAX / 2).to_vec();
        let fresh = self.fresh(n);
        match self.file().fill_buf_mut() {
            Ok(bytes) => {
                assert_eq!(bytes, &rest[..bytes.len()]);
                assert!(!bytes.is_empty() || rest.is_empty(), "the end of the file inside of it");
                let n = n.min(bytes.len());
                bytes[..n].copy_from_slice(&fresh[..n]);
                self.file().consume(n);
                self.model.write(&fresh[..n]);
            }
            Err(error) => self.check_direct(&error),
        }
    }

    pub(super) fn write_with(&mut self, max: usize, made: usize) {
        let fresh = self.fresh(made.min(max));
        let mut given = 0;
        let answer = self.file().write_with(max, |room| {
            given = room.len();
            let n = fresh.len().min(room.len());
            // What lies beyond the answer must never become content.
            room.fill(0xDD);
            room[..n].copy_from_slice(&fresh[..n]);
            n
        });
        match answer {
            Ok(n) => {
                assert_eq!(n, fresh.len().min(given));
                assert_eq!(given > 0, max > 0, "room for 1 to {max} bytes");
                assert!(given <= max);
                self.model.write(&fresh[..n]);
            }
            Err(error) => self.check_direct(&error),
        }
    }

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
                if !self.file().is_dirty() {
                    // Any part of the destination may have its new content, and nothing else has.
                    let bytes = self.stream.content();
                    assert!(bytes.len() <= self.model.bytes.len().max(dst + len));
                    for (at, byte) in bytes.iter().enumerate() {
                        let old = self.model.bytes.get(at).unwrap_or(&0);
                        let index = at.checked_sub(dst).filter(|&index| inside && index < len);
                        let new = index.map(|index| &self.model.bytes[start + index]);
                        assert!(byte == old || Some(byte) == new, "{byte} at {at}");
                    }
                    assert!(bytes.len() >= self.model.bytes.len(), "cut short");
                    self.model.bytes = bytes;
                }
            }
        }
    }
}
