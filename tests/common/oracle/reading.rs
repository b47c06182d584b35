//! What must be true after each way to read.

use std::io::{BufRead, ErrorKind, IoSliceMut, Read};

use mmio_file::MmioError;

use super::{Blames, Harness, NOT_ZERO};

impl Harness {
    pub(super) fn read(&mut self, len: usize, second: Option<usize>) {
        let total = len + second.unwrap_or(0);
        let expected = self.model.peek(total).to_vec();
        let mut out = vec![NOT_ZERO; total];
        let answer = if second.is_none() {
            self.file().read(&mut out)
        } else {
            let (a, b) = out.split_at_mut(len);
            self.file().read_vectored(&mut [IoSliceMut::new(a), IoSliceMut::new(b)])
        };
        if let Some(n) = self.or_failed(answer) {
            assert_eq!(out[..n], expected[..n], "what was read");
            assert!(n == expected.len() || self.failed(), "{n} of {}", expected.len());
            assert!(n > 0 || expected.is_empty(), "the end of the file inside of it");
            self.model.position += n;
        }
    }

    pub(super) fn read_exact(&mut self, len: usize) {
        let expected = self.model.peek(len).to_vec();
        let mut out = vec![NOT_ZERO; len];
        match self.file().read_exact(&mut out) {
            Ok(()) => {
                assert_eq!(out, expected);
                self.model.position += len;
            }
            // The position is where it was, whichever it is.
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                let end = (self.model.position + expected.len()) as u64;
                let at =
                    matches!(*error.ours(), MmioError::CannotRead { offset, .. } if offset == end);
                assert!(at && expected.len() < len, "{error:?}");
            }
            Err(error) => self.check_cause(&error),
        }
    }

    pub(super) fn read_to_end(&mut self) {
        let expected = self.model.peek(usize::MAX / 2).to_vec();
        let mut out = Vec::new();
        let answer = self.file().read_to_end(&mut out);
        match self.or_failed(answer) {
            Some(n) => assert_eq!((n, &out), (out.len(), &expected)),
            None => assert_eq!(out, expected[..out.len()]),
        }
        self.model.position += out.len();
    }

    pub(super) fn read_until(&mut self, byte: u8) {
        let rest = self.model.peek(usize::MAX / 2).to_vec();
        let len = rest.iter().position(|&b| b == byte).map_or(rest.len(), |at| at + 1);
        let mut out = Vec::new();
        match self.file().read_until(byte, &mut out) {
            Ok(_) => assert_eq!(out, rest[..len]),
            Err(error) => {
                self.check_direct(&error);
                assert_eq!(out, rest[..out.len()]);
            }
        }
        self.model.position += out.len();
    }

    pub(super) fn fill_buf(&mut self, n: usize) {
        let rest = self.model.peek(usize::MAX / 2).to_vec();
        match self.file().fill_buf() {
            Ok(bytes) => {
                assert_eq!(bytes, &rest[..bytes.len()]);
                assert!(!bytes.is_empty() || rest.is_empty(), "the end of the file inside of it");
                let n = n.min(bytes.len());
                // None of these may disturb what was filled.
                let file = self.file();
                let _ = (file.stream_len().is_ok(), file.is_dirty(), file.dirty_len());
                file.consume(n);
                self.model.position += n;
            }
            Err(error) => self.check_direct(&error),
        }
    }

    /// An error of direct access: there is nothing to look into, or the stream failed.
    pub(super) fn check_direct(&mut self, error: &impl Blames) {
        if matches!(error.ours(), MmioError::Unbuffered) {
            assert_eq!(self.file().capacity(), 0);
        } else {
            self.check_cause(error);
        }
    }
}
