//! Which call on the stream is to blame when a step fails: it must be one that the step can't do without.
//! And what the error must then report.

use std::io;

use mmio_file::{MmioError, NotClosed};

use super::step::Step;
use super::stream::{Class, Failure};

/// The calls that a step may fail with. A read does not fail because nothing can be written, nor a
/// write because nothing can be read.
pub(crate) fn may_fail_with(step: &Step) -> &'static [Class] {
    use Class::{Flush, Read, Seek, SetLen, Sync, Write};
    match step {
        Step::Read(_)
        | Step::ReadExact(_)
        | Step::ReadVectored(..)
        | Step::ReadToEnd
        | Step::ReadUntil(_)
        | Step::ReadAt(..)
        | Step::ReadExactAt(..)
        | Step::FillBuf(_) => &[Read, Seek],
        Step::Write(_)
        | Step::WriteAll(_)
        | Step::WriteVectored(..)
        | Step::WriteWith(..)
        | Step::WriteAt(..)
        | Step::WriteAllAt(..) => &[Write, Seek],
        Step::FillBufMut(_) | Step::CopyWithin(..) => &[Read, Write, Seek],
        Step::SeekStart(_)
        | Step::SeekCurrent(_)
        | Step::SeekRelative(_)
        | Step::SeekEnd(_)
        | Step::Rewind
        | Step::StreamLen => &[Seek],
        Step::Flush | Step::FlushEmpty | Step::SetCapacity(_) | Step::Close | Step::IntoInner => {
            &[Write, Seek, Flush]
        }
        Step::InsertRange(..) | Step::RemoveRange(..) => &[Read, Write, Seek, SetLen],
        Step::SetLen(_) => &[SetLen, Seek],
        Step::Sync => &[Write, Seek, Flush, Sync],
        Step::Discard | Step::IntoParts => &[],
    }
}

/// An error of any of the types that a step may return.
pub(crate) trait Blames: std::fmt::Debug {
    fn ours(&self) -> &MmioError;
}

impl Blames for MmioError {
    fn ours(&self) -> &MmioError {
        self
    }
}

impl Blames for io::Error {
    fn ours(&self) -> &MmioError {
        let inner = self.get_ref().and_then(|error| error.downcast_ref::<MmioError>());
        let inner = inner.expect("an error of ours is within");
        assert_eq!(self.kind(), inner.kind());
        inner
    }
}

impl<F> Blames for NotClosed<F> {
    fn ours(&self) -> &MmioError {
        self.error()
    }
}

/// The error is of the variant that goes with the call that failed last, and has its offset or target and
/// its kind; and reports how much is unwritten.
pub(crate) fn check(error: &MmioError, last: Failure, position: u64, dirty_len: u64) {
    let class = match *error {
        MmioError::CannotRead { offset, .. } => {
            assert_eq!(offset, last.at, "{error:?}");
            Class::Read
        }
        MmioError::CannotWrite { offset, unwritten, .. } => {
            let at = if last.class == Class::Flush { position } else { last.at };
            assert_eq!((offset, unwritten), (at, dirty_len), "{error:?}");
            if last.class == Class::Flush { Class::Flush } else { Class::Write }
        }
        MmioError::CannotSeek { target, .. } => {
            assert_eq!(Some(target), last.target, "{error:?}");
            Class::Seek
        }
        MmioError::CannotExpand { .. } => Class::SetLen,
        MmioError::CannotSync { .. } => Class::Sync,
        _ => panic!("of which no stream is the cause: {error:?}"),
    };
    assert_eq!((class, error.kind()), (last.class, last.kind), "{error:?}");
}
