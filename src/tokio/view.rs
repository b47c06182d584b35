//! [`View`]: the buffer, lent to code that blocks.
//!
//! # How a view runs
//!
//! | state | what happens | then |
//! |---|---|---|
//! | running | the closure reads cached pages; its writes are set aside, in order | applying, if it missed nothing; fetching, if it missed a page or the stream's end; failed, if it wrote more than the buffer holds |
//! | fetching | what was missed is read into the buffer; the writes of the run are forgotten | running, from the same position; failed, after too many fetches or if the stream fails |
//! | applying | the writes of the last run are made, and flushed where it flushed | done; failed, where a blocking call would fail |
//!
//! So every run sees the same file, and only the last one counts. Nothing is written until everything that
//! the closure needs is known to fit in the buffer.

use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};

use ::tokio::io::{AsyncRead, AsyncSeek, AsyncWrite};

use super::MmioFile;
use crate::buffer::PageBuffer;
use crate::transfer::Goal;
use crate::{FlushFlags, MmioError};

/// How many fetches one view may make for each page of the buffer.
const FETCHES_A_PAGE: usize = 4;

/// What a run is missing.
#[derive(Clone, Copy, Debug)]
enum Missing {
    /// The bytes after that offset.
    Bytes(u64),
    /// Where the stream ends.
    End,
    /// Room for what it writes.
    Room,
}

/// What is known about the file's end, for all runs of a view.
#[derive(Clone, Copy, Debug, Default)]
struct End {
    /// What the stream has reported, if it was asked.
    reported: Option<u64>,
    /// Where a read has found no bytes.
    found: Option<u64>,
    /// The file reaches at least here, since it had dirty bytes up to here.
    reached: u64,
}

/// What a run did to the file, in order.
#[derive(Debug)]
enum Action {
    Write { offset: u64, bytes: Vec<u8> },
    Flush,
}

/// The buffer of an async file as a `Read + Write + Seek`, for one run of the closure of
/// [`MmioFile::with_view`].
///
/// It makes no call on the stream. If a page is missing, it returns [`WouldBlock`](ErrorKind::WouldBlock), from
/// all further calls of the run too. Then the page is fetched, and the closure runs again.
///
/// # Examples
///
/// ```
/// use std::io::{self, Cursor, Read, Write};
/// use mmio_file::tokio::{MmioFile, View};
///
/// /// Any code over `Read + Write + Seek` would do.
/// fn double_the_first(view: &mut View<'_>) -> io::Result<u8> {
///     let mut byte = [0];
///     view.read_exact(&mut byte)?;
///     view.write_all(&[2 * byte[0]])?;
///     Ok(2 * byte[0])
/// }
///
/// # async fn example() -> io::Result<()> {
/// let mut file = MmioFile::new(Cursor::new(vec![21]));
/// let doubled = file.with_view(|view| Ok(double_the_first(view))).await??;
/// assert_eq!(doubled, 42);
/// assert_eq!(file.into_inner().await?.into_inner(), [21, 42]);
/// # Ok(())
/// # }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug)]
pub struct View<'a> {
    buffer: &'a mut PageBuffer,
    end: End,
    position: u64,
    actions: Vec<Action>,
    /// How many bytes the actions write.
    written: usize,
    missing: Option<Missing>,
}

impl<S: AsyncRead + AsyncWrite + AsyncSeek + Unpin> MmioFile<S> {
    /// Runs `run`, which is code that blocks, over the buffer. All of [`riff`](crate::riff) works
    /// in it.
    ///
    /// If `run` needs a page that is not in the buffer, the page is fetched, and `run` is called again,
    /// over the same bytes and from the same position. Only the run that finds everything counts: its
    /// writes are made then, and flushed where it flushed. Everything that one run reads must fit the
    /// buffer, and it must not write more than the capacity. So use a view for one call of `riff`, and move
    /// long data with [`read_exact`](MmioFile::read_exact) and [`write_all`](MmioFile::write_all).
    ///
    /// If the future is dropped, the position is where it was. If it is dropped before the run that counts,
    /// nothing is written. Otherwise, any number of that run's first writes may have been accepted, as in a call
    /// of `riff` that fails.
    ///
    /// # Errors
    ///
    /// * That of `run`. Its writes have been made, and the position is where `run` left it.
    /// * [`MmioError::ViewTooLarge`]: what `run` needs does not fit the buffer. This is reported after at most
    ///   four fetches for each page of the buffer, and nothing is written.
    /// * That of the stream if a page could not be fetched. Nothing is written.
    /// * Those of [`write_all`](MmioFile::write_all) and [`flush`](MmioFile::flush), when the writes of the run are
    ///   made.
    ///
    /// After all but the first, the position is where it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::Cursor;
    /// use mmio_file::riff::{Find, FourCc, RiffRead, RiffWrite};
    /// use mmio_file::tokio::MmioFile;
    ///
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let bytes = b"RIFF\x0E\0\0\0WAVEdata\x02\0\0\0pc".to_vec();
    /// let mut file = MmioFile::new(Cursor::new(bytes));
    /// let riff = file.with_view(|view| view.descend(None, Find::Riff(None))).await?;
    /// let items = [(FourCc::new(*b"INAM"), &b"A title\0"[..])];
    /// // `set_info` returns an `io::Result`, which is passed through.
    /// file.with_view(|view| Ok(view.set_info(&riff, &items))).await??;
    ///
    /// file.seek(std::io::SeekFrom::Start(0)).await?;
    /// let riff = file.with_view(|view| view.descend(None, Find::Riff(None))).await?;
    /// let info = file.with_view(|view| view.info(&riff)).await?;
    /// assert_eq!(info, [(FourCc::new(*b"INAM"), b"A title\0".to_vec())]);
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn with_view<T>(
        &mut self,
        mut run: impl FnMut(&mut View<'_>) -> Result<T, MmioError>,
    ) -> Result<T, MmioError> {
        self.give_up();
        let capacity = self.capacity();
        let most = FETCHES_A_PAGE * (capacity / self.buffer.page_size() + 1);
        let mut end = End::default();
        let mut back = self.all_or_back().await?;
        for _ in 0..most {
            back.rewind();
            let file = &mut *back.file;
            let mut view = View::new(&mut file.buffer, end);
            let answer = run(&mut view);
            // A run that missed something does not count, whatever it has returned.
            let View { position, actions, missing, .. } = view;
            match missing {
                None => {
                    file.apply(actions).await?;
                    file.go_to(position);
                    back.keep();
                    return answer;
                }
                Some(Missing::Room) => break,
                Some(missing) => {
                    end.reached = end.reached.max(file.buffer.dirty_end());
                    file.fetch(missing, &mut end).await?;
                }
            }
        }
        Err(MmioError::ViewTooLarge { capacity })
    }

    async fn fetch(&mut self, missing: Missing, end: &mut End) -> Result<(), MmioError> {
        if let Missing::Bytes(offset) = missing {
            self.go_to(offset);
            poll_fn(|cx| self.poll_reach(cx, Goal::Read { len: 1 })).await?;
            if self.buffer.readable().is_empty() {
                end.found = Some(offset);
            }
        } else {
            let reported = poll_fn(|cx| self.port.poll_seek(cx, SeekFrom::End(0))).await?;
            end.reported = Some(reported);
        }
        Ok(())
    }

    async fn apply(&mut self, actions: Vec<Action>) -> Result<(), MmioError> {
        for action in actions {
            match action {
                Action::Write { offset, bytes } => {
                    self.go_to(offset);
                    let mut rest = &bytes[..];
                    while !rest.is_empty() {
                        let n = poll_fn(|cx| self.poll_write_some(cx, rest)).await?;
                        rest = &rest[n..];
                    }
                }
                Action::Flush => self.flush(FlushFlags::empty()).await?,
            }
        }
        Ok(())
    }
}

impl<'a> View<'a> {
    fn new(buffer: &'a mut PageBuffer, end: End) -> Self {
        let position = buffer.position();
        Self { buffer, end, position, actions: Vec::new(), written: 0, missing: None }
    }

    /// Records what is missing, and ends the run: all its further calls fail.
    fn miss<T>(&mut self, missing: Missing) -> io::Result<T> {
        self.missing = Some(missing);
        Err(ErrorKind::WouldBlock.into())
    }

    fn go_on(&self) -> io::Result<()> {
        if self.missing.is_some() { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
    }

    /// A lower bound of the file's end, without the writes of this run.
    fn reached(&self) -> u64 {
        self.end.reached.max(self.buffer.dirty_end())
    }

    /// What this run has written, in order: offsets and bytes.
    fn writes(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.actions.iter().filter_map(|action| match action {
            Action::Write { offset, bytes } => Some((*offset, &bytes[..])),
            Action::Flush => None,
        })
    }

    /// Where the last byte ends that this run has written.
    fn written_end(&self) -> u64 {
        self.writes().map(|(offset, bytes)| offset + bytes.len() as u64).max().unwrap_or(0)
    }

    /// Copies the file's bytes at the position into `out`, without the writes of this run, as far as
    /// they are known; `None` if none are.
    fn read_beneath(&mut self, out: &mut [u8]) -> Option<usize> {
        let position = self.position;
        let covering = self
            .writes()
            .filter(|(offset, _)| *offset <= position)
            .map(|(offset, bytes)| (offset + bytes.len() as u64).saturating_sub(position))
            .max();
        if let Some(len @ 1..) = covering {
            return Some(usize::try_from(len).unwrap_or(usize::MAX).min(out.len()));
        }
        if !self.buffer.try_seek(position) {
            self.buffer.seek(position);
        }
        if position < self.buffer.rules().max_len
            && (!self.buffer.readable().is_empty() || self.buffer.open_for_reading().is_ok())
        {
            return Some(self.buffer.read_some(out));
        }
        if self.end.found.is_some_and(|found| position >= found && position >= self.reached()) {
            // Up to what this run has written further on, there are zeros.
            let next = self.writes().map(|(offset, _)| offset).filter(|next| *next > position);
            let len = next.min().map_or(0, |next| next - position);
            let len = usize::try_from(len).unwrap_or(usize::MAX).min(out.len());
            out[..len].fill(0);
            return Some(len);
        }
        None
    }
}

impl Read for View<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.go_on()?;
        self.buffer.allow_reading_at(self.position)?;
        if out.is_empty() {
            return Ok(0);
        }
        let Some(n) = self.read_beneath(out) else {
            return self.miss(Missing::Bytes(self.position));
        };
        let (start, end) = (self.position, self.position + n as u64);
        for (offset, bytes) in self.writes() {
            let (from, to) = (offset.max(start), (offset + bytes.len() as u64).min(end));
            if from < to {
                let at = |offset: u64, origin: u64| {
                    usize::try_from(offset - origin).expect("it lies in a slice")
                };
                out[at(from, start)..at(to, start)]
                    .copy_from_slice(&bytes[at(from, offset)..at(to, offset)]);
            }
        }
        self.position = end;
        Ok(n)
    }
}

impl Write for View<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.go_on()?;
        self.buffer.allow_writing_at(self.position)?;
        self.buffer.allow_end(self.position.checked_add(bytes.len() as u64))?;
        if bytes.is_empty() {
            return Ok(0);
        }
        self.written += bytes.len();
        if self.written > self.buffer.capacity() {
            return self.miss(Missing::Room);
        }
        match self.actions.last_mut() {
            Some(Action::Write { offset, bytes: before })
                if *offset + before.len() as u64 == self.position =>
            {
                before.extend_from_slice(bytes);
            }
            _ => self.actions.push(Action::Write { offset: self.position, bytes: bytes.to_vec() }),
        }
        self.position += bytes.len() as u64;
        Ok(bytes.len())
    }

    /// Records a flush between the writes before and the writes after it.
    fn flush(&mut self) -> io::Result<()> {
        self.go_on()?;
        self.actions.push(Action::Flush);
        Ok(())
    }
}

impl Seek for View<'_> {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.go_on()?;
        let (origin, distance) = match target {
            SeekFrom::Start(offset) => (offset, 0),
            SeekFrom::Current(distance) => (self.position, distance),
            SeekFrom::End(distance) => match self.end.reported {
                Some(reported) => (reported.max(self.reached()).max(self.written_end()), distance),
                None => return self.miss(Missing::End),
            },
        };
        let Some(offset) = origin.checked_add_signed(distance) else {
            let source = ErrorKind::InvalidInput.into();
            return Err(MmioError::CannotSeek { target, source }.into());
        };
        self.position = offset;
        Ok(offset)
    }
}
