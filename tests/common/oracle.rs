//! The oracle: what must hold after each call, whether or not the stream failed beneath it.

use std::io::{BufRead, ErrorKind, IoSlice, IoSliceMut, Read, Seek, SeekFrom, Write};

use mmio_file::{FlushFlags, MmioError, MmioFile};

use super::blame::{self, Blames};
use super::model::Model;
use super::step::Step;
use super::stream::{Class, Failure, Faulty};

/// A file under test beside its stream and its model.
pub(crate) struct Harness {
    /// `None` only while it is being closed.
    file: Option<MmioFile<Faulty>>,
    pub(crate) stream: Faulty,
    pub(crate) model: Model,
    /// The next byte to write, so that what was written when can be told.
    fresh: u8,
    /// What was last made up to be written, and where.
    offered: (usize, Vec<u8>),
    /// How often the stream had failed before the step, and what the step may fail with.
    failures: usize,
    may_fail_with: &'static [Class],
    /// Whether a sync has failed: then it stays failed.
    is_sync_broken: bool,
    /// Whether to ask for the position after each step. That has a file learn it that did not know
    /// it, so it is not always done.
    pub(crate) asks: bool,
}

impl Harness {
    /// A file that begins where its stream is.
    pub(crate) fn new(capacity: usize, stream: Faulty) -> Self {
        let position = usize::try_from(stream.look().position).unwrap();
        let model = Model { bytes: stream.content(), position };
        let file = Some(MmioFile::with_capacity(capacity, stream.clone()));
        Self {
            file,
            stream,
            model,
            fresh: 100,
            offered: (0, Vec::new()),
            failures: 0,
            may_fail_with: &[],
            is_sync_broken: false,
            asks: true,
        }
    }

    pub(crate) fn file(&mut self) -> &mut MmioFile<Faulty> {
        self.file.as_mut().unwrap()
    }

    /// Takes the step; panics where what comes of it is not what the contract says.
    pub(crate) fn take(&mut self, step: &Step) {
        self.failures = self.stream.look().failures.len();
        self.may_fail_with = blame::may_fail_with(step);
        self.offered = (0, Vec::new());
        let calls = self.stream.call_count();
        match *step {
            Step::Read(len) => self.read(len, None),
            Step::ReadVectored(a, b) => self.read(a, Some(b)),
            Step::ReadExact(len) => self.read_exact(len),
            Step::ReadToEnd => self.read_to_end(),
            Step::ReadUntil(byte) => self.read_until(byte),
            Step::FillBuf(n) => self.fill_buf(n),
            Step::Write(len) => self.write(len, None),
            Step::WriteVectored(a, b) => self.write(a, Some(b)),
            Step::WriteAll(len) => self.write_all(len),
            Step::FillBufMut(n) => self.fill_buf_mut(n),
            Step::WriteWith(max, made) => self.write_with(max, made),
            Step::SeekStart(at) => self.seek(SeekFrom::Start(at as u64), false),
            Step::Rewind => self.seek(SeekFrom::Start(0), false),
            Step::SeekCurrent(distance) => self.seek(SeekFrom::Current(distance), false),
            Step::SeekRelative(distance) => self.seek(SeekFrom::Current(distance), true),
            Step::SeekEnd(distance) => self.seek(SeekFrom::End(distance), false),
            Step::StreamLen => {
                let answer = self.file().stream_len();
                if let Some(len) = self.or_failed(answer) {
                    assert_eq!(len, self.model.bytes.len() as u64);
                }
            }
            Step::Flush => self.flush(FlushFlags::empty()),
            Step::FlushEmpty => self.flush(FlushFlags::EMPTY_BUF),
            Step::SetCapacity(capacity) => {
                let before = self.file().capacity();
                let answer = self.file().set_capacity(capacity);
                match self.or_failed(answer) {
                    Some(()) => assert!(self.file().capacity() >= capacity),
                    None => assert_eq!(self.file().capacity(), before),
                }
            }
            Step::SetLen(len) => {
                let answer = self.file().set_len(len as u64);
                if self.or_failed(answer).is_some() {
                    self.model.bytes.resize(len, 0);
                }
            }
            Step::CopyWithin(start, len, dst) => self.copy_within(start, len, dst),
            Step::Sync => self.sync(),
            Step::Discard => {
                self.file().discard_unwritten();
                self.model.bytes = self.stream.content();
            }
            Step::Close => self.close(),
            Step::IntoInner => self.take_stream(),
            Step::IntoParts => self.take_apart(),
        }
        // At worst, each byte there is, and each one moved, is moved alone, and sought.
        let calls = self.stream.call_count() - calls;
        assert!(calls <= 8 * (self.model.bytes.len() + 400), "{calls} calls on the stream");
        self.adopt_what_was_written_all_the_same();
        self.check();
    }

    /// With the stream repaired: nothing is lost, nothing is doubled, and all reads back.
    pub(crate) fn finish(mut self) {
        self.stream.repair();
        self.file().flush(FlushFlags::empty()).expect("the stream is repaired");
        assert_eq!(self.stream.content(), self.model.bytes, "what the stream holds after a flush");
        assert_eq!(self.file().stream_position().unwrap(), self.model.position as u64);
        // Page by page; and, where the buffer has no dirty byte, around it.
        for len in [3, 1000] {
            self.file().rewind().unwrap();
            let mut content = vec![0; self.model.bytes.len()];
            for piece in content.chunks_mut(len) {
                self.file().read_exact(piece).unwrap();
            }
            assert_eq!(content, self.model.bytes, "what reads back");
            assert_eq!(self.file().read(&mut [0]).unwrap(), 0, "the end of the file");
        }
        self.file.take().unwrap().close().unwrap();
        assert_eq!(self.stream.content(), self.model.bytes);
    }

    /// Whether the stream failed in this step, in a way that the step may fail with.
    fn failed(&self) -> bool {
        self.failed_with(self.may_fail_with)
    }

    fn failed_with(&self, classes: &[Class]) -> bool {
        let state = self.stream.look();
        state.failures[self.failures..].iter().any(|failure| classes.contains(&failure.class))
    }

    /// An answer; an error must have a cause in the stream, and tell it.
    fn or_failed<T, E: Blames>(&self, answer: Result<T, E>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                self.check_cause(&error);
                None
            }
        }
    }

    fn check_cause(&self, error: &impl Blames) {
        assert!(self.failed(), "the stream did not fail, but the call: {error:?}");
        let dirty_len = self.file.as_ref().map_or(0, MmioFile::dirty_len);
        let last = *self.stream.look().failures.last().unwrap();
        blame::check(error.ours(), last, self.model.position as u64, dirty_len);
    }

    /// A write that fails may have been done in part. What the buffer holds it holds on to; of what
    /// went around it, the stream has kept some.
    fn adopt_what_was_written_all_the_same(&mut self) {
        let failures: Vec<Failure> = self.stream.look().failures[self.failures..].to_vec();
        let content = self.stream.content();
        for failure in failures {
            let at = usize::try_from(failure.at).unwrap();
            for (at, &byte) in content.iter().enumerate().skip(at).take(failure.written) {
                if self.model.bytes.get(at) != Some(&byte) {
                    let offered = at.checked_sub(self.offered.0).map(|index| self.offered.1[index]);
                    assert_eq!(offered, Some(byte), "at {at}, the stream has what nobody wrote");
                    self.model.write_at(at, &[byte]);
                }
            }
        }
    }

    fn check(&mut self) {
        if self.asks
            && let Some(position) = self.position()
        {
            assert_eq!(position, self.model.position, "the position");
        }
        let file = self.file();
        assert_eq!(file.is_dirty(), file.dirty_len() > 0);
        if !file.is_dirty() {
            assert_eq!(self.stream.content(), self.model.bytes, "nothing is dirty, but differs");
        }
    }

    fn fresh(&mut self, len: usize) -> Vec<u8> {
        let next = |_| {
            self.fresh = self.fresh.wrapping_add(1);
            self.fresh
        };
        let bytes: Vec<u8> = (0..len).map(next).collect();
        self.offered = (self.model.position, bytes.clone());
        bytes
    }

    // ----- reading ---------------------------------------------------------------------------

    fn read(&mut self, len: usize, second: Option<usize>) {
        let total = len + second.unwrap_or(0);
        let expected = self.model.peek(total).to_vec();
        let mut out = vec![0; total];
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

    fn read_exact(&mut self, len: usize) {
        let expected = self.model.peek(len).to_vec();
        let mut out = vec![0; len];
        match self.file().read_exact(&mut out) {
            Ok(()) => {
                assert_eq!(out, expected);
                self.model.position += len;
            }
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                self.adopt_progress(expected.len());
                let at = matches!(*error.ours(), MmioError::CannotRead { offset, .. }
                    if offset == self.model.position as u64);
                assert!(at && self.model.peek(1).is_empty() && expected.len() < len);
            }
            Err(error) => {
                // First who is to blame: to ask for the position may be a call that fails, too.
                self.check_cause(&error);
                self.adopt_progress(expected.len());
            }
        }
    }

    fn read_to_end(&mut self) {
        let expected = self.model.peek(usize::MAX / 2).to_vec();
        let mut out = Vec::new();
        let answer = self.file().read_to_end(&mut out);
        match self.or_failed(answer) {
            Some(n) => assert_eq!((n, &out), (out.len(), &expected)),
            None => assert_eq!(out, expected[..out.len()]),
        }
        self.model.position += out.len();
    }

    fn read_until(&mut self, byte: u8) {
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

    fn fill_buf(&mut self, n: usize) {
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
    fn check_direct(&mut self, error: &impl Blames) {
        if matches!(error.ours(), MmioError::Unbuffered) {
            assert_eq!(self.file().capacity(), 0);
        } else {
            self.check_cause(error);
        }
    }

    // ----- writing ---------------------------------------------------------------------------

    fn write(&mut self, len: usize, second: Option<usize>) {
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

    fn write_all(&mut self, len: usize) {
        let bytes = self.fresh(len);
        let answer = self.file().write_all(&bytes);
        let n = match self.or_failed(answer) {
            Some(()) => len,
            None => self.progress(len),
        };
        self.model.write(&bytes[..n]);
    }

    fn fill_buf_mut(&mut self, n: usize) {
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

    fn write_with(&mut self, max: usize, made: usize) {
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

    fn copy_within(&mut self, start: usize, len: usize, dst: usize) {
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
                    // Anything may be in the destination now, but only there.
                    let bytes = self.stream.content();
                    assert!(bytes.len() <= self.model.bytes.len().max(dst + len));
                    for (at, byte) in self.model.bytes.iter().enumerate() {
                        assert!(bytes[at] == *byte || (dst..dst + len).contains(&at), "at {at}");
                    }
                    self.model.bytes = bytes;
                }
            }
        }
    }

    // ----- seeking ---------------------------------------------------------------------------

    fn seek(&mut self, target: SeekFrom, relative: bool) {
        let answer = match target {
            SeekFrom::Current(distance) if relative => {
                self.file().seek_relative(distance).and_then(|()| self.file().stream_position())
            }
            _ => self.file().seek(target),
        };
        let mut moved = self.model.clone();
        let valid = match target {
            SeekFrom::Start(offset) => moved.seek(0, offset.cast_signed()),
            SeekFrom::Current(distance) => moved.seek(self.model.position, distance),
            SeekFrom::End(distance) => moved.seek(self.model.bytes.len(), distance),
        };
        match answer {
            Ok(position) => {
                assert!(valid, "went to before the start");
                assert_eq!(position, moved.position as u64);
                self.model = moved;
            }
            Err(error) if valid || self.failed() => self.check_cause(&error),
            Err(error) => assert_eq!(error.kind(), ErrorKind::InvalidInput),
        }
    }

    // ----- the end ---------------------------------------------------------------------------

    fn flush(&mut self, flags: FlushFlags) {
        let answer = self.file().flush(flags);
        if self.or_failed(answer).is_some() {
            assert_eq!(self.file().dirty_len(), 0);
            assert_eq!(self.stream.content(), self.model.bytes, "what the stream holds");
        }
    }

    fn sync(&mut self) {
        let answer = self.file().sync_all();
        if let Err(MmioError::CannotSync { .. }) = answer {
            assert_eq!(self.stream.content(), self.model.bytes);
            if self.is_sync_broken {
                return;
            }
            self.is_sync_broken = true;
        }
        if self.or_failed(answer).is_some() {
            assert!(!self.is_sync_broken, "a sync that failed stays failed");
            assert_eq!(self.stream.content(), self.model.bytes);
        }
    }

    /// A new file over the same stream, which is put where the old file was.
    fn reopen(&mut self, capacity: usize) {
        self.stream.edit().position = self.model.position as u64;
        self.file = Some(MmioFile::with_capacity(capacity, self.stream.clone()));
        self.is_sync_broken = false;
    }

    fn close(&mut self) {
        let file = self.file.take().unwrap();
        let capacity = file.capacity();
        match file.close() {
            Ok(()) => {
                assert_eq!(self.stream.content(), self.model.bytes, "what the stream holds");
                self.reopen(capacity);
            }
            Err(error) => {
                let (error, file) = error.into_parts();
                self.file = Some(file);
                self.check_cause(&error);
            }
        }
    }

    fn take_stream(&mut self) {
        let file = self.file.take().unwrap();
        let capacity = file.capacity();
        match file.into_inner() {
            Ok(stream) => {
                assert_eq!(stream.content(), self.model.bytes, "what the stream holds");
                assert_eq!(stream.look().position, self.model.position as u64);
                self.reopen(capacity);
            }
            Err(error) => {
                let (error, file) = error.into_parts();
                self.file = Some(file);
                self.check_cause(&error);
            }
        }
    }

    fn take_apart(&mut self) {
        let file = self.file.take().unwrap();
        let capacity = file.capacity();
        let calls = self.stream.call_count();
        let (stream, unwritten) = file.into_parts();
        assert_eq!(self.stream.call_count(), calls, "a call on the stream");

        let mut rebuilt = Model { bytes: stream.content(), position: 0 };
        let mut end = 0;
        for run in &unwritten {
            assert!(run.offset >= end && !run.bytes.is_empty(), "out of order, or overlapping");
            end = run.offset + run.bytes.len() as u64;
            rebuilt.write_at(usize::try_from(run.offset).unwrap(), &run.bytes);
        }
        assert_eq!(rebuilt.bytes, self.model.bytes, "the stream and what is unwritten together");
        // As if they had been written: what is unwritten is given up by us, not by the file.
        self.stream.edit().bytes = rebuilt.bytes;
        self.reopen(capacity);
    }

    /// How far a call that stopped midway has moved the position; at most `len` bytes.
    fn progress(&mut self, len: usize) -> usize {
        let position = self.position().unwrap_or(self.model.position);
        let moved = position.checked_sub(self.model.position).expect("it moved back");
        assert!(moved <= len, "it moved too far");
        moved
    }

    /// The position; `None` if only the stream knows it, and fails.
    fn position(&mut self) -> Option<usize> {
        match self.file().stream_position() {
            Ok(position) => Some(usize::try_from(position).unwrap()),
            Err(error) => {
                assert!(self.failed_with(&[Class::Seek]), "{error:?}");
                None
            }
        }
    }

    fn adopt_progress(&mut self, len: usize) {
        self.model.position += self.progress(len);
    }
}
