//! A trace: calls in turn on one file, each given up after a number of polls, beside a model.

use std::io::{self, ErrorKind, SeekFrom};
use std::pin::Pin;

use mmio_file::tokio::MmioFile;
use mmio_file::{FlushFlags, MmioError};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

use crate::model::Model;
use crate::poll::{poll_at_most, run, run_at_most};
use crate::stream::{Mood, Random, Scripted};

/// A call, and how often its future is polled before it is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) call: Call,
    pub(crate) polls: usize,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Call {
    ReadExact(usize),
    WriteAll { len: usize, first: u8 },
    Seek(SeekFrom),
    Flush(FlushFlags),
    SetLen(usize),
    PollRead(usize),
    PollFillBuf { consumed: usize },
    PollWrite { len: usize, first: u8 },
    PollFlush,
    PollShutdown,
    PollSeek(SeekFrom),
}

impl Step {
    pub(crate) fn random(random: &mut Random) -> Self {
        let len = [1, 3, 8, 20, 70][random.below(5)];
        let len = 1 + random.below(len);
        let first = random.next().to_le_bytes()[3];
        let near = i64::try_from(random.below(80)).unwrap() - 40;
        let target = match random.below(6) {
            0 => SeekFrom::End(near),
            1 | 2 => SeekFrom::Current(near),
            _ => SeekFrom::Start(random.below(160) as u64),
        };
        let call = match random.below(20) {
            0..3 => Call::ReadExact(len),
            3..7 => Call::WriteAll { len, first },
            7..9 => Call::Seek(target),
            9 => Call::Flush(FlushFlags::empty()),
            10 => Call::Flush(FlushFlags::EMPTY_BUF),
            11 if random.one_in(3) => Call::SetLen(random.below(160)),
            11..13 => Call::PollRead(len),
            13 => Call::PollFillBuf { consumed: random.below(len) },
            14..17 => Call::PollWrite { len, first },
            17 if random.one_in(3) => Call::PollShutdown,
            17 => Call::PollFlush,
            _ => Call::PollSeek(target),
        };
        let polls = if random.one_in(3) { 100_000 } else { random.below(7) };
        Self { call, polls }
    }
}

/// What traces have met.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) traces: usize,
    pub(crate) calls: usize,
    pub(crate) dropped: usize,
    pub(crate) failed: usize,
}

/// A write of which any number of the first bytes may have been accepted.
#[derive(Debug)]
struct Doubt {
    start: usize,
    bytes: Vec<u8>,
}

struct Trace {
    file: MmioFile<Scripted>,
    stream: Scripted,
    model: Model,
    doubt: Option<Doubt>,
    /// Where a seek leads that was given up, and may still be completed by the next.
    left_over: Option<SeekFrom>,
    /// Whether the call that is made is polled at all.
    is_polled: bool,
    tally: Tally,
}

/// Runs a trace. At the end the stream is repaired, and the file must be what the model is: after a flush,
/// or taken apart.
pub(crate) fn run_trace(seed: u64, steps: &[Step]) -> Tally {
    let mut random = Random::new(seed);
    let bytes: Vec<u8> = (0..random.below(120)).map(|_| random.next().to_le_bytes()[2]).collect();
    let mood = Mood {
        waits: [0, 2, 3, 6][random.below(4)],
        fails: [0, 0, 4, 9, 30][random.below(5)],
        is_short: random.one_in(2),
    };
    let stream = Scripted::new(&bytes, random.next(), mood);
    let file = MmioFile::with_capacity([0, 8, 16, 40, 64, 256][random.below(6)], stream.clone());
    let model = Model { bytes, position: 0 };
    let tally = Tally { traces: 1, ..Tally::default() };
    let mut trace =
        Trace { file, stream, model, doubt: None, left_over: None, is_polled: false, tally };
    for step in steps {
        trace.step(*step);
    }
    trace.settle_doubt();
    trace.stream.repair();
    if random.one_in(3) { trace.end_in_parts() } else { trace.end_in_flush() }
}

fn bytes_of(len: usize, first: u8) -> Vec<u8> {
    (0..len).map(|i| first.wrapping_add(u8::try_from(i).unwrap())).collect()
}

impl Trace {
    fn step(&mut self, Step { call, polls }: Step) {
        if self.is_in_doubt(call) {
            self.settle_doubt();
        }
        self.tally.calls += 1;
        self.is_polled = polls > 0;
        let left_over = if polls > 0 { self.left_over.take() } else { self.left_over };
        match call {
            Call::ReadExact(len) => self.read_exact(len, polls),
            Call::WriteAll { len, first } => self.write_all(bytes_of(len, first), polls),
            Call::Seek(target) => {
                let answer = run_at_most(polls, self.file.seek(target));
                self.sought(target, answer);
            }
            Call::Flush(flags) => {
                let answer = run_at_most(polls, self.file.flush(flags));
                self.flushed(answer.map(|answer| answer.map_err(io::Error::from)));
            }
            Call::SetLen(len) => self.set_len(len, polls),
            Call::PollRead(len) => self.poll_read(len, polls),
            Call::PollFillBuf { consumed } => self.poll_fill_buf(consumed, polls),
            Call::PollWrite { len, first } => {
                let bytes = bytes_of(len, first);
                let file = &mut self.file;
                let answer = poll_at_most(polls, |cx| Pin::new(&mut *file).poll_write(cx, &bytes));
                if let Some(n) = self.answer(answer) {
                    assert!(0 < n && n <= len, "{n} of {len} bytes taken");
                    self.model.write(&bytes[..n]);
                }
            }
            Call::PollFlush => {
                let file = &mut self.file;
                let answer = poll_at_most(polls, |cx| Pin::new(&mut *file).poll_flush(cx));
                self.flushed(answer);
            }
            Call::PollShutdown => {
                let file = &mut self.file;
                let answer = poll_at_most(polls, |cx| Pin::new(&mut *file).poll_shutdown(cx));
                self.flushed(answer);
            }
            Call::PollSeek(target) => self.poll_seek(target, polls, left_over),
        }
    }

    /// Counts the outcome of a call, and returns its answer if it has one.
    fn answer<T>(&mut self, answer: Option<io::Result<T>>) -> Option<T> {
        match answer {
            None => {
                self.tally.dropped += usize::from(self.is_polled);
                None
            }
            Some(Err(error)) => {
                assert!(self.stream.disk().mood.fails > 0, "no call failed, but: {error}");
                self.tally.failed += 1;
                None
            }
            Some(Ok(answer)) => Some(answer),
        }
    }

    fn read_exact(&mut self, len: usize, polls: usize) {
        let mut out = vec![0; len];
        let expected = self.model.peek(len).to_vec();
        match run_at_most(polls, self.file.read_exact(&mut out)) {
            Some(Err(error)) if error.kind() == ErrorKind::UnexpectedEof => {
                assert!(expected.len() < len, "{len} bytes are there, and yet: {error}");
                let Some(MmioError::CannotRead { offset, .. }) = MmioError::from_io(&error) else {
                    panic!("{error:?}");
                };
                let end = self.model.bytes.len().max(self.model.position);
                assert_eq!(*offset, end as u64, "where the file ends");
                self.tally.failed += 1;
            }
            answer => {
                if self.answer(answer).is_some() {
                    assert_eq!(out, expected, "read at {}", self.model.position);
                    self.model.position += len;
                }
            }
        }
    }

    fn write_all(&mut self, bytes: Vec<u8>, polls: usize) {
        let start = self.model.position;
        let answer = run_at_most(polls, self.file.write_all(&bytes));
        if self.answer(answer).is_some() {
            self.model.write(&bytes);
        } else if polls > 0 {
            self.doubt = Some(Doubt { start, bytes });
        }
    }

    fn sought(&mut self, target: SeekFrom, answer: Option<io::Result<u64>>) {
        let expected = self.resolve(target);
        if let Some(Err(error)) = &answer
            && error.kind() == ErrorKind::InvalidInput
        {
            assert!(expected.is_none(), "{target:?} is a position");
        } else if let Some(offset) = self.answer(answer) {
            assert_eq!(Some(offset), expected, "{target:?}");
            self.model.position = usize::try_from(offset).unwrap();
        }
    }

    fn resolve(&self, target: SeekFrom) -> Option<u64> {
        let (origin, distance) = match target {
            SeekFrom::Start(offset) => (offset, 0),
            SeekFrom::Current(distance) => (self.model.position as u64, distance),
            SeekFrom::End(distance) => (self.model.bytes.len() as u64, distance),
        };
        origin.checked_add_signed(distance)
    }

    fn flushed(&mut self, answer: Option<io::Result<()>>) {
        if self.answer(answer).is_some() {
            assert!(!self.file.is_dirty());
            if self.doubt.is_none() {
                assert_eq!(self.stream.disk().bytes, self.model.bytes, "after a flush");
            }
        }
    }

    fn set_len(&mut self, len: usize, polls: usize) {
        let answer = run_at_most(polls, self.file.set_len(len as u64));
        if self.answer(answer.map(|answer| answer.map_err(io::Error::from))).is_none() && polls > 0
        {
            // It may be that long or not; so it is made that long.
            self.stream.repair_during(|| run(self.file.set_len(len as u64))).unwrap();
        } else if polls == 0 {
            return;
        }
        self.model.bytes.resize(len, 0);
    }

    fn poll_read(&mut self, len: usize, polls: usize) {
        let mut out = vec![0; len];
        let mut out = ReadBuf::new(&mut out);
        let file = &mut self.file;
        let answer = poll_at_most(polls, |cx| Pin::new(&mut *file).poll_read(cx, &mut out));
        if self.answer(answer).is_some() {
            let expected = self.model.peek(len);
            assert!(!out.filled().is_empty() || expected.is_empty(), "the file does not end here");
            assert_eq!(out.filled(), &expected[..out.filled().len()]);
            self.model.position += out.filled().len();
        }
    }

    fn poll_fill_buf(&mut self, consumed: usize, polls: usize) {
        let file = &mut self.file;
        let answer =
            poll_at_most(polls, |cx| Pin::new(&mut *file).poll_fill_buf(cx).map_ok(<[u8]>::to_vec));
        if let Some(bytes) = self.answer(answer) {
            let expected = self.model.peek(bytes.len().max(1));
            assert_eq!(bytes, expected);
            let n = consumed.min(bytes.len());
            Pin::new(&mut self.file).consume(n);
            self.model.position += n;
        }
    }

    /// As tokio's `seek` does it: first it completes what may be under way.
    fn poll_seek(&mut self, target: SeekFrom, polls: usize, left_over: Option<SeekFrom>) {
        if polls == 0 {
            return;
        }
        let file = &mut self.file;
        let answer = poll_at_most(polls, |cx| Pin::new(&mut *file).poll_complete(cx));
        let is_done = answer.as_ref().map(Result::is_ok);
        self.sought(left_over.unwrap_or(SeekFrom::Current(0)), answer);
        match is_done {
            None => self.left_over = left_over,
            Some(false) => {}
            Some(true) => {
                Pin::new(&mut self.file).start_seek(target).unwrap();
                let file = &mut self.file;
                let answer = poll_at_most(polls, |cx| Pin::new(&mut *file).poll_complete(cx));
                if answer.is_none() {
                    self.left_over = Some(target);
                }
                self.sought(target, answer);
            }
        }
    }

    // ----- doubt -----------------------------------------------------------------------------------

    /// Whether what `call` is to do depends on how much of a dropped write was accepted.
    fn is_in_doubt(&self, call: Call) -> bool {
        let Some(Doubt { start, bytes }) = &self.doubt else { return false };
        let touches = |len: usize| {
            let position = self.model.position;
            let end = position + len;
            // The file's end may be anywhere in what was to be written past it.
            end > self.model.bytes.len() || (position < start + bytes.len() && *start < end)
        };
        match call {
            Call::Seek(target) | Call::PollSeek(target) => {
                matches!(target, SeekFrom::End(_))
                    || matches!(self.left_over, Some(SeekFrom::End(_)))
            }
            Call::ReadExact(len) | Call::PollRead(len) | Call::PollWrite { len, .. } => {
                touches(len)
            }
            Call::WriteAll { .. } | Call::SetLen(_) | Call::PollFillBuf { .. } => true,
            Call::Flush(_) | Call::PollFlush | Call::PollShutdown => false,
        }
    }

    /// Makes the call again that was given up, over a stream that has been repaired.
    fn settle_doubt(&mut self) {
        if let Some(Doubt { start, bytes }) = self.doubt.take() {
            self.left_over = None;
            let position = self.model.position;
            self.stream
                .repair_during(|| {
                    run(self.file.seek(SeekFrom::Start(start as u64)))?;
                    run(self.file.write_all(&bytes))?;
                    run(self.file.seek(SeekFrom::Start(position as u64)))
                })
                .unwrap();
            self.model.write_at(start, &bytes);
        }
    }

    // ----- the end -----------------------------------------------------------------------------------

    fn end_in_flush(mut self) -> Tally {
        // What the stream still reports belongs to a write that was given up, and is not a failure of this one.
        run(self.file.flush(FlushFlags::empty())).unwrap();
        assert_eq!(self.stream.disk().bytes, self.model.bytes, "at the end");
        let position = run(self.file.seek(SeekFrom::Current(0))).unwrap();
        assert_eq!(position, self.model.position as u64);
        run(self.file.seek(SeekFrom::Start(0))).unwrap();
        let mut bytes = vec![0; self.model.bytes.len()];
        run(self.file.read_exact(&mut bytes)).unwrap();
        assert_eq!(bytes, self.model.bytes, "what is cached at the end");
        run(self.file.close()).unwrap();
        self.tally
    }

    fn end_in_parts(self) -> Tally {
        let (stream, unwritten) = self.file.into_parts();
        stream.repair();
        let bytes = stream.disk().bytes.clone();
        let mut whole = Model { bytes, position: 0 };
        for run in unwritten {
            whole.write_at(usize::try_from(run.offset).unwrap(), &run.bytes);
        }
        assert_eq!(whole.bytes, self.model.bytes, "the stream and what is unwritten");
        self.tally
    }
}
