//! What must be true after each way to write.

use std::io::{BufRead, IoSlice, Write};

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
        match self.or_failed(answer) {
            Some(()) => self.model.write(&bytes),
            // Any number of the first ones may be in the file.
            None => self.owes = true,
        }
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
}
