//! A stream that is polled, waits, fails, and defers its writes as tokio's `File` does.

use std::cell::{RefCell, RefMut};
use std::io::{self, ErrorKind, SeekFrom};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};

/// Random numbers by xorshift.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        random.next();
        random.next();
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 16) % end as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// How often the stream waits and fails: one call in this many; 0 for never.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Mood {
    pub(crate) waits: usize,
    pub(crate) fails: usize,
    pub(crate) is_short: bool,
}

#[derive(Debug)]
pub(crate) struct Disk {
    /// What has really been written.
    pub(crate) bytes: Vec<u8>,
    pub(crate) mood: Mood,
    pub(crate) calls: usize,
    random: Random,
    position: u64,
    /// Whether the next read panics, with nothing to show for how far the stream has moved.
    pub(crate) panics: bool,
    /// Taken, and not written yet.
    in_flight: Option<Vec<u8>>,
    /// That a write failed after it was taken: reported once, and forgotten.
    late: Option<ErrorKind>,
    /// Read, and not handed out yet: a read without a seek gets it, however old it is.
    ready: Vec<u8>,
    is_reading: bool,
    seeking: Option<SeekFrom>,
}

impl Disk {
    fn waits(&mut self) -> bool {
        self.calls += 1;
        self.mood.waits > 0 && self.random.one_in(self.mood.waits)
    }

    fn fails(&mut self) -> Option<ErrorKind> {
        let kinds = [ErrorKind::StorageFull, ErrorKind::Interrupted, ErrorKind::TimedOut];
        (self.mood.fails > 0 && self.random.one_in(self.mood.fails))
            .then(|| kinds[self.random.below(kinds.len())])
    }

    fn some_of(&mut self, len: usize) -> usize {
        if self.mood.is_short && len > 1 { 1 + self.random.below(len) } else { len }
    }

    fn put(&mut self, bytes: &[u8]) {
        let start = usize::try_from(self.position).unwrap();
        if self.bytes.len() < start + bytes.len() {
            self.bytes.resize(start + bytes.len(), 0);
        }
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        self.position += bytes.len() as u64;
    }

    /// Writes what was taken, or fails to.
    fn poll_in_flight(&mut self) -> Poll<()> {
        if self.in_flight.is_some() {
            if self.waits() {
                return Poll::Pending;
            }
            let bytes = self.in_flight.take().unwrap();
            match self.fails() {
                Some(kind) => {
                    let n = self.random.below(bytes.len() + 1);
                    self.put(&bytes[..n]);
                    self.late = Some(kind);
                }
                None => self.put(&bytes),
            }
        }
        Poll::Ready(())
    }

    fn late_error(&mut self) -> io::Result<()> {
        self.late.take().map_or(Ok(()), |kind| Err(kind.into()))
    }
}

/// The stream; a clone shares all with it.
#[derive(Clone, Debug)]
pub(crate) struct Scripted(Rc<RefCell<Disk>>);

impl Scripted {
    pub(crate) fn new(bytes: &[u8], seed: u64, mood: Mood) -> Self {
        Self(Rc::new(RefCell::new(Disk {
            bytes: bytes.to_vec(),
            mood,
            calls: 0,
            random: Random::new(seed),
            position: 0,
            panics: false,
            in_flight: None,
            late: None,
            ready: Vec::new(),
            is_reading: false,
            seeking: None,
        })))
    }

    pub(crate) fn disk(&self) -> RefMut<'_, Disk> {
        self.0.borrow_mut()
    }

    /// Sets another mood, and returns the old one.
    pub(crate) fn set_mood(&self, mood: Mood) -> Mood {
        std::mem::replace(&mut self.disk().mood, mood)
    }

    /// Makes calls that neither wait nor fail.
    pub(crate) fn repair_during<T, E>(&self, calls: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let mood = self.set_mood(Mood::default());
        let answer = calls();
        self.set_mood(mood);
        answer
    }

    /// Whether bytes were taken, and are not written yet.
    pub(crate) fn has_taken(&self) -> bool {
        self.disk().in_flight.is_some()
    }

    /// Fails to write what was taken, and neither waits nor fails from now on.
    pub(crate) fn fail_in_flight(&self) {
        let disk = &mut *self.disk();
        disk.in_flight = None;
        disk.late = Some(ErrorKind::StorageFull);
        disk.mood = Mood::default();
    }

    /// Neither waits nor fails from now on; and what was taken is written.
    pub(crate) fn repair(&self) {
        self.set_mood(Mood::default());
        let _ = self.disk().poll_in_flight();
    }
}

impl AsyncRead for Scripted {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let disk = &mut *self.disk();
        ready!(disk.poll_in_flight());
        if !disk.is_reading && disk.ready.is_empty() {
            let start = usize::try_from(disk.position).unwrap().min(disk.bytes.len());
            let len = out.remaining().min(disk.bytes.len() - start);
            let n = disk.some_of(len);
            disk.ready = disk.bytes[start..start + n].to_vec();
            disk.position += n as u64;
            if disk.panics {
                disk.ready.clear();
                panic!("as asked");
            }
            disk.is_reading = true;
        }
        if disk.is_reading {
            if disk.waits() {
                return Poll::Pending;
            }
            disk.is_reading = false;
            if let Some(kind) = disk.fails() {
                return Poll::Ready(Err(kind.into()));
            }
        }
        let n = disk.ready.len().min(out.remaining());
        out.put_slice(&disk.ready[..n]);
        disk.ready.drain(..n);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Scripted {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let disk = &mut *self.disk();
        ready!(disk.poll_in_flight());
        disk.late_error()?;
        assert!(!disk.is_reading && disk.ready.is_empty(), "written where it was not seeked to");
        if let Some(kind) = disk.fails() {
            return Poll::Ready(Err(kind.into()));
        }
        let n = disk.some_of(bytes.len());
        disk.in_flight = Some(bytes[..n].to_vec());
        Poll::Ready(Ok(n))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let disk = &mut *self.disk();
        ready!(disk.poll_in_flight());
        Poll::Ready(disk.late_error())
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}

impl AsyncSeek for Scripted {
    fn start_seek(self: Pin<&mut Self>, target: SeekFrom) -> io::Result<()> {
        let disk = &mut *self.disk();
        if disk.in_flight.is_some() || disk.is_reading || disk.seeking.is_some() {
            return Err(io::Error::other("something else is under way"));
        }
        disk.ready.clear();
        disk.seeking = Some(target);
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let disk = &mut *self.disk();
        ready!(disk.poll_in_flight());
        if (disk.is_reading || disk.seeking.is_some()) && disk.waits() {
            return Poll::Pending;
        }
        disk.is_reading = false;
        if let Some(target) = disk.seeking.take() {
            if let Some(kind) = disk.fails() {
                return Poll::Ready(Err(kind.into()));
            }
            let (origin, distance) = match target {
                SeekFrom::Start(offset) => (offset, 0),
                SeekFrom::Current(distance) => (disk.position, distance),
                SeekFrom::End(distance) => (disk.bytes.len() as u64, distance),
            };
            disk.position = origin.checked_add_signed(distance).unwrap();
        }
        Poll::Ready(Ok(disk.position))
    }
}

impl mmio_file::tokio::AsyncStorage for Scripted {
    fn set_len(&mut self, len: u64) -> impl Future<Output = io::Result<()>> + Send {
        // It can't wait: its parts are not `Send`, and need not be.
        let disk = &mut *self.disk();
        while disk.poll_in_flight().is_pending() {}
        disk.is_reading = false;
        let answer = disk.fails().map_or(Ok(()), |kind| Err(kind.into()));
        if answer.is_ok() {
            disk.bytes.resize(usize::try_from(len).unwrap(), 0);
        }
        std::future::ready(answer)
    }

    fn sync_data(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    fn sync_all(&mut self) -> impl Future<Output = io::Result<()>> + Send {
        std::future::ready(Ok(()))
    }
}
