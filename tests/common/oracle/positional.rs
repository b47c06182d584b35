//! What must be true after access at an explicit offset. That the position stays is checked after every
//! step.

use std::io::ErrorKind;

use mmio_file::MmioError;

use super::{Blames, Harness, NOT_ZERO};

impl Harness {
    pub(super) fn read_at(&mut self, len: usize, at: usize) {
        let expected = self.model.peek_at(at, len).to_vec();
        let mut out = vec![NOT_ZERO; len];
        let answer = self.file().read_at(&mut out, at as u64);
        if let Some(n) = self.or_failed(answer) {
            assert_eq!(out[..n], expected[..n], "what was read");
            assert!(n == expected.len() || self.failed(), "{n} of {}", expected.len());
            assert!(n > 0 || expected.is_empty(), "the end of the file inside of it");
        }
    }

    pub(super) fn read_exact_at(&mut self, len: usize, at: usize) {
        let expected = self.model.peek_at(at, len).to_vec();
        let mut out = vec![NOT_ZERO; len];
        match self.file().read_exact_at(&mut out, at as u64) {
            Ok(()) => assert_eq!(out, expected),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                let end = (at + expected.len()) as u64;
                let at =
                    matches!(*error.ours(), MmioError::CannotRead { offset, .. } if offset == end);
                assert!(at && expected.len() < len, "{error:?}");
            }
            Err(error) => self.check_cause(&error),
        }
    }

    pub(super) fn write_at(&mut self, len: usize, at: usize) {
        let bytes = self.fresh_at(len, at);
        let answer = self.file().write_at(&bytes, at as u64);
        if let Some(n) = self.or_failed(answer) {
            assert!(n == bytes.len() || self.failed(), "{n} of {}", bytes.len());
            assert!(n > 0 || bytes.is_empty(), "nothing was taken, and it is no error");
            self.model.write_at(at, &bytes[..n]);
        }
    }

    pub(super) fn write_all_at(&mut self, len: usize, at: usize) {
        let bytes = self.fresh_at(len, at);
        let answer = self.file().write_all_at(&bytes, at as u64);
        match self.or_failed(answer) {
            Some(()) => self.model.write_at(at, &bytes),
            // Any number of the first ones may be in the file.
            None => self.owes = true,
        }
    }
}
