//! The oracle: what must hold after each call, whether or not the stream failed beneath it.
//!
//! What each call must do is in [`reading`], [`writing`], [`positional`], [`moving`] and [`ending`]; this file has what
//! must hold after any of them. A call that failed is made again, as a program would, and then everything must be
//! as if it had not failed.

mod ending;
mod moving;
mod positional;
mod reading;
mod writing;

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use mmio_file::{FlushFlags, MmioError, MmioFile};

use super::blame::{self, Blames};
use super::model::Model;
use super::step::Step;
use super::stream::{Class, Failure, Faulty};

/// What a buffer holds before a read. Zeros would hide zeros that the file failed to fill in.
const NOT_ZERO: u8 = 0xA5;

/// How often a failed call is repeated before the stream is repaired.
const ATTEMPTS: u32 = 3;

/// A file under test beside its stream and its model.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Harness {
    /// `None` only while it is being closed.
    file: Option<MmioFile<Faulty>>,
    pub(crate) stream: Faulty,
    pub(crate) model: Model,
    /// The next byte to write, so that bytes show when they were written.
    fresh: u8,
    /// What was last made up to be written, and where.
    offered: (usize, Vec<u8>),
    /// How often the stream had failed before the step, and what the step may fail with.
    failures: usize,
    may_fail_with: &'static [Class],
    /// Whether the file is the only one to change the stream's length, and may rely on it.
    is_sole_owner: bool,
    /// Whether a sync has failed: then it stays failed.
    is_sync_broken: bool,
    /// Whether the last attempt failed, in a way that lets it be done again.
    has_failed: bool,
    /// Whether it has left something in the file that only doing it again makes whole.
    owes: bool,
    /// Whether to do again what failed. What [owes](Self::owes) is done again in any case.
    pub(crate) repeats: bool,
    /// How many calls were done again.
    pub(crate) repeated: u64,
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
            is_sole_owner: false,
            is_sync_broken: false,
            has_failed: false,
            owes: false,
            repeats: true,
            repeated: 0,
            asks: true,
        }
    }

    /// The same, of which the file is the sole owner.
    pub(crate) fn sole_owner(mut self) -> Self {
        self.is_sole_owner = true;
        self.file().set_sole_owner(true);
        self
    }

    pub(crate) fn file(&mut self) -> &mut MmioFile<Faulty> {
        self.file.as_mut().unwrap()
    }

    /// Takes the step; panics where what comes of it is not what the contract says.
    ///
    /// A step that fails is taken again, with the same bytes, in the end with the stream repaired.
    pub(crate) fn take(&mut self, step: &Step) {
        let fresh = self.fresh;
        self.attempt(step);
        for attempt in 1.. {
            if !self.has_failed || !(self.repeats || self.owes) {
                break;
            }
            assert!(attempt <= ATTEMPTS, "it fails though the stream does not");
            self.stream.pause(attempt == ATTEMPTS);
            self.fresh = fresh;
            self.repeated += 1;
            self.attempt(step);
        }
        self.stream.pause(false);
    }

    fn attempt(&mut self, step: &Step) {
        self.has_failed = false;
        self.owes = false;
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
            Step::ReadAt(len, at) => self.read_at(len, at),
            Step::ReadExactAt(len, at) => self.read_exact_at(len, at),
            Step::WriteAt(len, at) => self.write_at(len, at),
            Step::WriteAllAt(len, at) => self.write_all_at(len, at),
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
                    Some(()) => {
                        assert!(self.file().capacity() >= capacity);
                        self.check_flushed();
                    }
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
            Step::InsertRange(at, len) => self.insert_range(at, len),
            Step::RemoveRange(start, end) => self.remove_range(start, end),
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
        if !self.owes {
            self.adopt_what_was_written_all_the_same();
        }
        self.check();
    }

    /// With the stream repaired: nothing is lost, nothing is doubled, and all reads back.
    pub(crate) fn finish(mut self) {
        self.stream.repair();
        self.file().flush(FlushFlags::empty()).expect("the stream is repaired");
        self.check_flushed();
        assert_eq!(self.file().stream_position().unwrap(), self.model.position as u64);
        // By way of its pages; and, where it has no dirty byte, around the buffer.
        for len in [(self.file().capacity() / 2).max(1), 1000] {
            self.file().rewind().unwrap();
            let mut content = vec![NOT_ZERO; self.model.bytes.len()];
            for piece in content.chunks_mut(len) {
                self.file().read_exact(piece).unwrap();
            }
            assert_eq!(content, self.model.bytes, "what reads back");
            assert_eq!(self.file().read(&mut [0]).unwrap(), 0, "the end of the file");
        }
        self.file.take().unwrap().close().unwrap();
        self.check_flushed();
    }

    /// Whether the stream failed in this step, in a way that the step may fail with.
    fn failed(&self) -> bool {
        self.failed_with(self.may_fail_with)
    }

    fn failed_with(&self, classes: &[Class]) -> bool {
        let state = self.stream.look();
        state.failures[self.failures..].iter().any(|failure| classes.contains(&failure.class))
    }

    /// The value; an error must be caused by the stream, and report the cause.
    fn or_failed<T, E: Blames>(&mut self, answer: Result<T, E>) -> Option<T> {
        match answer {
            Ok(value) => Some(value),
            Err(error) => {
                self.check_cause(&error);
                None
            }
        }
    }

    fn check_cause(&mut self, error: &impl Blames) {
        assert!(self.failed(), "the stream did not fail, but the call: {error:?}");
        self.has_failed = true;
        let dirty_len = self.file.as_ref().map_or(0, MmioFile::dirty_len);
        let last = self.last_failure(error.ours());
        blame::check(error.ours(), last, self.model.position as u64, dirty_len);
        if let Some(SeekFrom::Start(target)) = last.target
            && !self.may_fail_with.contains(&Class::Write)
        {
            let at = usize::try_from(target).unwrap();
            let byte = |bytes: &[u8]| bytes.get(at).copied().unwrap_or(0);
            let (there, ours) = (byte(&self.stream.look().bytes), byte(&self.model.bytes));
            assert_eq!(there, ours, "where it went to write, and should not have failed");
        }
    }

    /// What the error blames: the last failure; or the one before, if that had the file cut back, and
    /// this failed too.
    fn last_failure(&self, error: &MmioError) -> Failure {
        let failures = &self.stream.look().failures[self.failures..];
        let may_be = |failure: &&Failure| {
            failure.class != Class::SetLen || matches!(error, MmioError::CannotExpand { .. })
        };
        *failures.iter().rev().find(may_be).expect("a call on the stream is to blame")
    }

    /// What the stream holds after a flush that succeeded.
    fn check_flushed(&self) {
        let state = self.stream.look();
        assert_eq!(state.bytes, self.model.bytes, "what the stream holds");
        assert!(state.is_flushed, "the stream's own flush was not called");
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
        let is_dirty = file.is_dirty();
        assert_eq!(is_dirty, file.dirty_len() > 0);
        if !is_dirty && !self.owes {
            assert_eq!(self.stream.look().bytes, self.model.bytes, "nothing is dirty, but differs");
        }
    }

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

    /// Bytes to write that differ from those written before, as far as a byte can.
    fn fresh(&mut self, len: usize) -> Vec<u8> {
        self.fresh_at(len, self.model.position)
    }

    fn fresh_at(&mut self, len: usize, at: usize) -> Vec<u8> {
        let next = |_| {
            self.fresh = self.fresh.wrapping_add(1);
            self.fresh
        };
        let bytes: Vec<u8> = (0..len).map(next).collect();
        self.offered = (at, bytes.clone());
        bytes
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
}
