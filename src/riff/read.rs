//! [`RiffRead`]: walking and searching chunks.

use std::io::{self, Read, Seek};

use super::scan::Siblings;
use super::spot::Spot;
use super::{Chunk, Find, FourCc, info};
use crate::MmioError;

/// Walks and searches the chunks of any stream that can be read and seeked.
///
/// A walk goes forward over siblings, from the position. [`descend`](RiffRead::descend) enters a
/// chunk, [`ascend`](RiffRead::ascend) leaves it. The [`Chunk`] in between is the only state.
///
/// No file makes a call loop, panic or go backwards. Only [`info`](RiffRead::info) allocates. [The
/// module](super#what-is-read-leniently) describes what is read leniently, and [what a call
/// costs](super#what-a-call-costs).
///
/// # Examples
///
/// ```
/// use std::io::{Cursor, Read};
/// use mmio_file::riff::{Find, FourCc, RiffRead};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut file = Cursor::new(b"RIFF\x1C\0\0\0demoone \x01\0\0\0a\0two \x04\0\0\0bcde");
/// let riff = file.descend(None, Find::Riff(Some(FourCc::new(*b"demo"))))?;
///
/// let mut names = Vec::new();
/// while let Some(chunk) = file.next_chunk(Some(&riff))? {
///     names.push(chunk.id().to_string());
///     file.ascend(&chunk)?;
/// }
/// assert_eq!(names, ["one ", "two "]);
///
/// let mut text = String::new();
/// let two = file.find_chunk(Some(&riff), Find::Id(FourCc::new(*b"two ")))?.unwrap();
/// file.chunk_reader(&two).read_to_string(&mut text)?;
/// assert_eq!(text, "bcde");
/// # Ok(())
/// # }
/// ```
pub trait RiffRead: Read + Seek {
    /// Enters the first chunk that `find` matches, from the position to the end of `parent`.
    ///
    /// Without a parent, the search is among the outermost chunks of the file. A position before
    /// the parent's first chunk counts as the start of that chunk. Afterwards, the position is at
    /// the chunk's data; after the type, if it is a RIFF or LIST.
    ///
    /// Without a parent, each call asks the stream for its end once; with one, none does.
    ///
    /// # Errors
    ///
    /// * [`MmioError::ChunkNotFound`]: there is no such chunk up to the end of the parent or of the
    ///   file.
    /// * [`MmioError::InvalidFile`]: an outermost RF64 has no `ds64`, or the file is RIFX or AIFF.
    /// * [`MmioError::CannotRead`], [`MmioError::CannotSeek`]: the stream failed.
    ///
    /// In each case, the position is where it was. (If the stream can't even go back, the position
    /// is unspecified.)
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Seek};
    /// # use mmio_file::MmioError;
    /// # use mmio_file::riff::{Find, RiffRead};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(b"RIFF\x0E\0\0\0demonote\x02\0\0\0hi");
    /// let riff = file.descend(None, Find::Next)?;
    /// assert_eq!(file.stream_position()?, 12);
    ///
    /// let error = file.descend(Some(&riff), Find::List(None)).unwrap_err();
    /// assert!(matches!(error, MmioError::ChunkNotFound { offset: 12, .. }));
    /// assert_eq!(file.stream_position()?, 12);
    /// # Ok(())
    /// # }
    /// ```
    fn descend(&mut self, parent: Option<&Chunk>, find: Find) -> Result<Chunk, MmioError> {
        enter(self, parent, find, Origin::Position)
    }

    /// Enters the chunk at the position. `None` means that the parent or the file ends here.
    ///
    /// This is [`descend`](RiffRead::descend) with [`Find::Next`], for use in a loop.
    ///
    /// # Errors
    ///
    /// Those of `descend`, except `ChunkNotFound`. After an error and after `None`, the position is where
    /// it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::RiffRead;
    /// # fn main() -> Result<(), mmio_file::MmioError> {
    /// let mut file = Cursor::new(b"RIFF\x04\0\0\0 avi");
    /// let riff = file.next_chunk(None)?.unwrap();
    /// assert!(file.next_chunk(Some(&riff))?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    fn next_chunk(&mut self, parent: Option<&Chunk>) -> Result<Option<Chunk>, MmioError> {
        none_if_not_found(enter(self, parent, Find::Next, Origin::Position))
    }

    /// Enters the first chunk of `parent` that `find` matches, wherever the position is.
    ///
    /// Without a parent, the file is searched from its start. `None` means that there is none.
    ///
    /// # Errors
    ///
    /// Those of [`descend`](RiffRead::descend), except `ChunkNotFound`. After an error and after `None`,
    /// the position is where it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Seek, SeekFrom};
    /// # use mmio_file::riff::{Find, RiffRead};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(b"RIFF\x0E\0\0\0demonote\x02\0\0\0hi");
    /// file.seek(SeekFrom::End(0))?;
    /// let riff = file.find_chunk(None, Find::Riff(None))?.unwrap();
    /// assert!(file.find_chunk(Some(&riff), Find::Id("note".parse()?))?.is_some());
    /// # Ok(())
    /// # }
    /// ```
    fn find_chunk(
        &mut self,
        parent: Option<&Chunk>,
        find: Find,
    ) -> Result<Option<Chunk>, MmioError> {
        none_if_not_found(enter(self, parent, find, Origin::Start))
    }

    /// Reads the `LIST INFO` of a RIFF: names such as `INAM` and their values, in order.
    ///
    /// If there are several lists, the items of all are returned. A text includes its terminating zero
    /// byte, and perhaps more of them. The position does not move. The memory that this takes is in
    /// proportion to the bytes of the lists, whatever the sizes claim.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotRead`], [`MmioError::CannotSeek`]: the stream failed. The position is where it
    /// was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::Cursor;
    /// # use mmio_file::riff::{Find, RiffRead};
    /// # fn main() -> Result<(), mmio_file::MmioError> {
    /// let mut file = Cursor::new(b"RIFF\x1A\0\0\0WAVELIST\x0E\0\0\0INFOINAM\x02\0\0\0A\0");
    /// let riff = file.descend(None, Find::Riff(None))?;
    /// let info = file.info(&riff)?;
    /// assert_eq!(info, [("INAM".parse().unwrap(), b"A\0".to_vec())]);
    /// # Ok(())
    /// # }
    /// ```
    fn info(&mut self, riff: &Chunk) -> Result<Vec<(FourCc, Vec<u8>)>, MmioError> {
        let (mut spot, position) = Spot::new(self)?;
        let answer = info::read(&mut spot, riff);
        let answer = answer.and_then(|items| spot.go_to(position).map(|()| items));
        spot.or_back(position, answer)
    }

    /// Leaves `chunk`: moves to where its next sibling begins, or to the end of the parent.
    ///
    /// The position before the call does not matter. After the last sibling, leave the parent.
    ///
    /// # Errors
    ///
    /// [`MmioError::CannotSeek`]: the stream failed. The position is where it was.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Seek};
    /// # use mmio_file::riff::{Find, RiffRead};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(b"odd \x01\0\0\0a\0even\0\0\0\0");
    /// let odd = file.descend(None, Find::Next)?;
    /// file.ascend(&odd)?;
    /// assert_eq!(file.stream_position()?, 10);
    /// # Ok(())
    /// # }
    /// ```
    fn ascend(&mut self, chunk: &Chunk) -> Result<(), MmioError> {
        let (mut spot, position) = Spot::new(self)?;
        let answer = spot.go_to(chunk.next);
        spot.or_back(position, answer)
    }

    /// Returns a reader over the rest of the chunk's data, from the position on. It never reads past the
    /// data.
    ///
    /// If the position is not in the data of `chunk`, there is nothing to read. A stream that can't
    /// report its position is assumed to be where `descend` left it.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::io::{Cursor, Read};
    /// # use mmio_file::riff::{Find, RiffRead};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut file = Cursor::new(b"note\x03\0\0\0abc\0next\0\0\0\0");
    /// let note = file.descend(None, Find::Next)?;
    /// let mut first = [0];
    /// file.read_exact(&mut first)?;
    /// let mut rest = String::new();
    /// file.chunk_reader(&note).read_to_string(&mut rest)?;
    /// assert_eq!(rest, "bc");
    /// # Ok(())
    /// # }
    /// ```
    fn chunk_reader(&mut self, chunk: &Chunk) -> io::Take<&mut Self> {
        let position = self.stream_position();
        let left = chunk.left_at(position.unwrap_or(chunk.content_offset()));
        self.take(left)
    }
}

impl<S: Read + Seek + ?Sized> RiffRead for S {}

/// Where a search begins.
#[derive(Clone, Copy)]
enum Origin {
    /// At the stream's position.
    Position,
    /// At the first chunk of the parent.
    Start,
}

/// Moves to the data of the chunk that is found, or back.
fn enter<S: Read + Seek + ?Sized>(
    stream: &mut S,
    parent: Option<&Chunk>,
    find: Find,
    origin: Origin,
) -> Result<Chunk, MmioError> {
    let (mut spot, position) = Spot::new(stream)?;
    let offset = match origin {
        Origin::Position => position,
        Origin::Start => 0,
    };
    let found = Siblings::of(&mut spot, parent).and_then(|all| all.find(&mut spot, offset, find));
    let answer = found.and_then(|found| {
        spot.go_to(found.map_or(position, |chunk| chunk.content_offset()))?;
        found.ok_or(MmioError::ChunkNotFound { offset })
    });
    spot.or_back(position, answer)
}

fn none_if_not_found(answer: Result<Chunk, MmioError>) -> Result<Option<Chunk>, MmioError> {
    match answer {
        Err(MmioError::ChunkNotFound { .. }) => Ok(None),
        answer => answer.map(Some),
    }
}
