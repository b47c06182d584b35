//! One stream in memory that misbehaves on demand, and counts and logs its calls.
//!
//! The test keeps a [`Faulty`] of its own, which shares everything with the one in the file under
//! test: so it can look at the bytes, arm faults and repair them without the file noticing.

use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

use mmio_file::Storage;

/// A kind of call on the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    Read,
    Write,
    Seek,
    Flush,
    SetLen,
    Sync,
}

impl Class {
    pub(crate) const ALL: [Self; 6] =
        [Self::Read, Self::Write, Self::Seek, Self::Flush, Self::SetLen, Self::Sync];

    /// Everything that can go wrong with calls of this class, but for panics.
    pub(crate) fn faults(self) -> Vec<What> {
        use What::{
            ClaimsTooMuch, Fails, FailsMidway, Half, HalfThenFails, Interrupted, Short,
            WrongPosition, Zero,
        };
        let full = ErrorKind::StorageFull;
        let fails = [Fails(full), Fails(ErrorKind::WouldBlock)];
        let moving = [Short(1), Half, HalfThenFails(full), ClaimsTooMuch, FailsMidway(full)];
        let retried = fails.into_iter().chain([Interrupted(3)]);
        match self {
            Self::Read => retried.chain(moving).collect(),
            Self::Write => retried.chain(moving).chain([Zero]).collect(),
            Self::Seek => retried.chain([WrongPosition, FailsMidway(full)]).collect(),
            Self::Flush => retried.chain([FailsMidway(full)]).collect(),
            // Neither is tried again when it is interrupted: it would not be known what it did.
            Self::SetLen | Self::Sync => fails.into_iter().chain([FailsMidway(full)]).collect(),
        }
    }
}

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum What {
    /// It fails, having done nothing.
    Fails(ErrorKind),
    /// It moves at most this many bytes.
    Short(usize),
    /// It moves half of the bytes.
    Half,
    /// It moves half of the bytes, and the next one fails.
    HalfThenFails(ErrorKind),
    /// It moves half of the bytes, or seeks, or leaves the stream elsewhere, and then fails.
    FailsMidway(ErrorKind),
    /// It moves no byte and says so: `Ok(0)`.
    Zero,
    /// It moves nothing, and claims one byte more than it was given.
    ClaimsTooMuch,
    /// It goes to another position than asked, and says so.
    WrongPosition,
    /// It is interrupted this many times before it succeeds.
    Interrupted(u32),
    /// It panics, having done nothing.
    Panics,
    /// It does half of its work, as one that fails midway, and then panics.
    PanicsMidway,
}

/// What goes wrong, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) class: Class,
    pub(crate) what: What,
    /// How many calls of the class go well before.
    pub(crate) after: u32,
    /// Whether all further calls of the class go wrong too.
    pub(crate) for_good: bool,
}

impl Fault {
    pub(crate) fn once(class: Class, what: What, after: u32) -> Self {
        Self { class, what, after, for_good: false }
    }

    pub(crate) fn for_good(class: Class, what: What) -> Self {
        Self { class, what, after: 0, for_good: true }
    }
}

/// A call that failed in a way that the program may notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) class: Class,
    pub(crate) at: u64,
    pub(crate) kind: ErrorKind,
    /// Where a seek was to go.
    pub(crate) target: Option<SeekFrom>,
    /// How many bytes were written nevertheless.
    pub(crate) written: usize,
}

/// A call as it was made: its class, the position, and how many bytes were moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) class: Class,
    pub(crate) at: u64,
    pub(crate) moved: usize,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) bytes: Vec<u8>,
    pub(crate) position: u64,
    /// How many bytes a call moves at most.
    pub(crate) per_call: usize,
    /// How long the disk lets the stream get.
    pub(crate) room: usize,
    pub(crate) log: Vec<Call>,
    /// Whether all goes well for now, and calls are not logged.
    is_paused: bool,
    /// Armed faults, each with the number of calls of its class since then.
    armed: Vec<(Fault, u32)>,
    /// How often each fault has fired.
    pub(crate) fired: BTreeMap<(Class, What), u32>,
    pub(crate) failures: Vec<Failure>,
    /// Whether its own flush has succeeded since it last took bytes.
    pub(crate) is_flushed: bool,
}

/// More calls than any test makes between two resets: a file that makes this many makes no progress.
const TOO_MANY: usize = 200_000;

/// The stream. A clone is the same stream.
#[derive(Clone, Debug)]
pub(crate) struct Faulty(Rc<RefCell<State>>);

impl Faulty {
    /// A stream that behaves.
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Rc::new(RefCell::new(State {
            bytes: bytes.into(),
            position: 0,
            per_call: usize::MAX,
            room: usize::MAX,
            log: Vec::with_capacity(32),
            is_paused: false,
            armed: Vec::new(),
            fired: BTreeMap::new(),
            failures: Vec::new(),
            is_flushed: true,
        })))
    }

    /// The stream as it is, but at `position`.
    pub(crate) fn at(self, position: usize) -> Self {
        self.edit().position = position as u64;
        self
    }

    /// A stream that moves at most `per_call` bytes in a call.
    pub(crate) fn short(bytes: impl Into<Vec<u8>>, per_call: usize) -> Self {
        let stream = Self::new(bytes);
        stream.edit().per_call = per_call;
        stream
    }

    pub(crate) fn look(&self) -> Ref<'_, State> {
        self.0.borrow()
    }

    pub(crate) fn edit(&self) -> RefMut<'_, State> {
        self.0.borrow_mut()
    }

    pub(crate) fn content(&self) -> Vec<u8> {
        self.look().bytes.clone()
    }

    pub(crate) fn arm(&self, fault: Fault) {
        self.edit().armed.push((fault, 0));
    }

    /// From now on, everything goes well.
    pub(crate) fn repair(&self) {
        let mut state = self.edit();
        state.armed.clear();
        state.room = usize::MAX;
    }

    /// Lets every call succeed for a while. Faults that are armed stay armed.
    pub(crate) fn pause(&self, is_paused: bool) {
        self.edit().is_paused = is_paused;
    }

    /// Calls made so far: reads, writes and seeks.
    pub(crate) fn calls(&self) -> (usize, usize, usize) {
        let count = |class| self.look().log.iter().filter(|call| call.class == class).count();
        (count(Class::Read), count(Class::Write), count(Class::Seek))
    }

    pub(crate) fn forget_calls(&self) {
        self.edit().log.clear();
    }

    /// How many calls were made, of any class.
    pub(crate) fn call_count(&self) -> usize {
        self.look().log.len()
    }

    /// How many bytes were moved by calls of this class.
    pub(crate) fn moved(&self, class: Class) -> usize {
        self.look().log.iter().filter(|call| call.class == class).map(|call| call.moved).sum()
    }
}

impl State {
    /// What goes wrong with this call, if anything does.
    fn fault(&mut self, class: Class) -> Option<What> {
        if self.is_paused {
            return None;
        }
        let mut wrong = None;
        let mut follow_up = None;
        for (fault, seen) in self.armed.iter_mut().filter(|(fault, _)| fault.class == class) {
            let index = *seen;
            *seen += 1;
            let hits = match fault.what {
                What::Interrupted(times) => (fault.after..fault.after + times).contains(&index),
                _ => index == fault.after || (fault.for_good && index > fault.after),
            };
            if hits {
                wrong = Some(fault.what);
                if let What::HalfThenFails(kind) = fault.what {
                    follow_up = Some(Fault::once(class, What::Fails(kind), 0));
                }
            }
        }
        if let Some(fault) = follow_up {
            // In front, since of several faults of one call the last is met: one that was armed.
            self.armed.insert(0, (fault, 0));
        }
        if let Some(what) = wrong {
            *self.fired.entry((class, what)).or_default() += 1;
            if let Some(kind) = what.noticed_as() {
                self.failed(class, kind);
            }
        }
        if matches!((class, wrong), (Class::Read | Class::Write, Some(What::Interrupted(_)))) {
            // Where one that was interrupted has left the stream is not known.
            self.position += 1;
        }
        wrong
    }

    fn failed(&mut self, class: Class, kind: ErrorKind) {
        self.failures.push(Failure { class, at: self.position, kind, target: None, written: 0 });
    }

    /// Begins a call that can move `len` bytes: how many it moves, and what else it does, if anything.
    fn begin(&mut self, class: Class, len: usize) -> (usize, Option<What>) {
        let fault = self.fault(class);
        let len = len.min(self.per_call);
        match fault {
            None => (len, None),
            Some(What::Short(most)) => (len.min(most), None),
            Some(What::Half | What::HalfThenFails(_)) => (len.div_ceil(2), None),
            Some(What::FailsMidway(_) | What::PanicsMidway) => (len.div_ceil(2), fault),
            Some(_) => (0, fault),
        }
    }

    /// Makes a call that moves no bytes and no position, unless it goes wrong.
    fn call_plainly(&mut self, class: Class) -> io::Result<()> {
        self.made(class, 0);
        match self.fault(class) {
            None => Ok(()),
            Some(what) => {
                if matches!(what, What::FailsMidway(_) | What::PanicsMidway) {
                    self.position += 3;
                }
                Err(what.into_error())
            }
        }
    }

    /// Records a call that moved `n` bytes, and moves the position over them.
    fn made(&mut self, class: Class, n: usize) {
        if !self.is_paused {
            self.log.push(Call { class, at: self.position, moved: n });
        }
        assert!(self.log.len() < TOO_MANY, "calls without end");
        self.position += n as u64;
    }
}

impl What {
    /// What the file under test may let its user notice; with the others it must cope.
    fn noticed_as(self) -> Option<ErrorKind> {
        match self {
            Self::Short(_) | Self::Half | Self::HalfThenFails(_) | Self::Interrupted(_) => None,
            Self::Fails(kind) | Self::FailsMidway(kind) => Some(kind),
            Self::Zero => Some(ErrorKind::WriteZero),
            Self::ClaimsTooMuch | Self::WrongPosition | Self::Panics | Self::PanicsMidway => {
                Some(ErrorKind::Other)
            }
        }
    }

    /// What a call returns that was given `given` bytes, or room for them.
    fn into_answer(self, given: usize) -> io::Result<usize> {
        match self {
            Self::Zero => Ok(0),
            Self::ClaimsTooMuch => Ok(given + 1),
            other => Err(other.into_error()),
        }
    }

    fn into_error(self) -> io::Error {
        match self {
            Self::Fails(kind) | Self::FailsMidway(kind) => kind.into(),
            Self::Interrupted(_) => ErrorKind::Interrupted.into(),
            Self::Panics | Self::PanicsMidway => panic!("the stream panics, as the test asked"),
            other => io::Error::other(format!("{other:?}")),
        }
    }
}

impl Read for Faulty {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut state = self.edit();
        let start = usize::try_from(state.position).unwrap_or(usize::MAX).min(state.bytes.len());
        let left = out.len().min(state.bytes.len() - start);
        let (n, answer) = state.begin(Class::Read, left);
        if answer.is_some() {
            // Scribbles on what it was given, as a failed transfer may.
            out.fill(0xBD);
        }
        out[..n].copy_from_slice(&state.bytes[start..start + n]);
        state.made(Class::Read, n);
        answer.map_or(Ok(n), |what| what.into_answer(out.len()))
    }
}

impl Write for Faulty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.edit();
        let start = usize::try_from(state.position).expect("no such memory");
        let (n, mut answer) = state.begin(Class::Write, bytes.len());
        let room = if state.is_paused { usize::MAX } else { state.room.saturating_sub(start) };
        if room == 0 && n > 0 && answer.is_none() {
            state.failed(Class::Write, ErrorKind::StorageFull);
            answer = Some(What::Fails(ErrorKind::StorageFull));
        }
        let n = n.min(room);
        if n > 0 {
            state.is_flushed = false;
            let end = state.bytes.len().max(start + n);
            state.bytes.resize(end, 0);
            state.bytes[start..start + n].copy_from_slice(&bytes[..n]);
        }
        if answer.is_some()
            && let Some(failure) = state.failures.last_mut()
        {
            failure.written = n;
        }
        state.made(Class::Write, n);
        answer.map_or(Ok(n), |what| what.into_answer(bytes.len()))
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut state = self.edit();
        state.call_plainly(Class::Flush)?;
        state.is_flushed = true;
        Ok(())
    }
}

impl Seek for Faulty {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let mut state = self.edit();
        let at = state.position;
        state.made(Class::Seek, 0);
        let fault = state.fault(Class::Seek);
        if fault.and_then(What::noticed_as).is_some()
            && let Some(failure) = state.failures.last_mut()
        {
            failure.target = Some(target);
        }
        // Only the stream knows its position and its end, so a wrong answer could not be noticed.
        let can_be_noticed = matches!(target, SeekFrom::Start(_));
        let target = match target {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::Current(distance) => at.checked_add_signed(distance),
            SeekFrom::End(distance) => (state.bytes.len() as u64).checked_add_signed(distance),
        };
        let target = target.ok_or(ErrorKind::InvalidInput)?;
        let (position, answer) = match fault {
            None => (target, None),
            Some(What::WrongPosition) if can_be_noticed => (target + 3, None),
            Some(What::FailsMidway(_) | What::PanicsMidway) => (target, fault),
            Some(_) => (at, fault),
        };
        state.position = position;
        answer.map_or(Ok(position), |what| Err(what.into_error()))
    }
}

impl Storage for Faulty {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let mut state = self.edit();
        state.call_plainly(Class::SetLen)?;
        let len = usize::try_from(len).map_err(|_| ErrorKind::FileTooLarge)?;
        state.bytes.resize(len, 0);
        Ok(())
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.edit().call_plainly(Class::Sync)
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.edit().call_plainly(Class::Sync)
    }
}
