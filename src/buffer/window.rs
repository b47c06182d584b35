//! The window: the position, and how far a program may read and write there without a look-up.
//!
//! A small read or write is a bounds check, a copy and an addition, because the window knows how
//! far both may go. It has two states for that. Instructions per call with and without each, by
//! `benches/instructions.sh`:
//!
//! | | as it is | without *running* | without *patching* |
//! |---|---:|---:|---:|
//! | write 1 byte | 14 | 24 | 14 |
//! | read 8 bytes, back, write them | 50 | 50 | 445 |

use core::ops::Range;

use super::PageBuffer;
use super::pages::Found;

/// Where reading begins if no seek may be a hit.
const NOWHERE: usize = usize::MAX;

/// No bytes: the hull of these and any others is the others.
const NOTHING: Range<usize> = Range { start: NOWHERE, end: 0 };

/// What a window is open for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// For nothing: the position is not known, and the first seek must not count as a hit.
    Unset,
    /// For nothing, at a position that is known.
    Closed,
    /// For reading, for writing or for both, anywhere in the window.
    Patching,
    /// For a run of writes.
    Running,
}

/// A part of the arena that lies around the position. All indices are the arena's.
///
/// # Invariants
///
/// 1. The position is `base + cursor`, in wrapping arithmetic.
/// 2. Unset or closed: the cursor and each end are 0. Closed: `read_start` is 0, so that a seek to
///    where the position is counts as a hit.
/// 3. Patching: `read_start..read_end` may be read, and a seek into it or to its end is a hit.
///    Where nothing may be read, it is `NOWHERE..0`, so that no seek is a hit. Bytes before
///    `write_end` may be written, unless that is 0; `read_start` and the cursor are in no frame
///    before the one that holds these. `written` is the hull of what was written, and ends at
///    `write_end` at the latest.
/// 4. Running: what was written goes from `written.start` to the cursor, and `written.end` is not
///    kept. Nothing may be read and no seek is a hit, so that nothing but a write moves the cursor.
/// 5. A write that ends at `quiet_end` at the latest has nothing to note. While running, that is
///    `write_end`. While patching, the bytes from `read_start` to there are dirty already; if none are
///    known to be, it is 0. Any other write that there is room for is a patch to be noted.
/// 6. `written` is `NOTHING` unless something was written, or a run was begun.
///
/// [`PageBuffer`] knows the state of the bytes: those that may be read are valid, and those that
/// were written are dirty, though their page has not recorded that yet.
#[derive(Debug)]
pub(super) struct Window {
    /// The offset in the file that the arena's first byte would have, if the window went that far
    /// back; it may be "before" 0.
    base: u64,
    cursor: usize,
    read_start: usize,
    read_end: usize,
    write_end: usize,
    quiet_end: usize,
    written: Range<usize>,
    state: State,
}

impl Window {
    /// A closed window at `position`, or one whose position is not known yet.
    pub(super) fn new(position: Option<u64>) -> Self {
        Self {
            base: position.unwrap_or(0),
            cursor: 0,
            read_start: if position.is_some() { 0 } else { NOWHERE },
            read_end: 0,
            write_end: 0,
            quiet_end: 0,
            written: NOTHING,
            state: if position.is_some() { State::Closed } else { State::Unset },
        }
    }

    /// Whether the position is known.
    #[inline]
    pub(super) fn is_positioned(&self) -> bool {
        self.state != State::Unset
    }

    /// The offset in the file at which the program reads and writes next; 0 if it is not known.
    #[inline]
    pub(super) fn position(&self) -> u64 {
        self.offset_of(self.cursor)
    }

    /// The offset in the file of the arena's byte at `at`, if it is in the window's frame.
    #[inline]
    pub(super) fn offset_of(&self, at: usize) -> u64 {
        self.base.wrapping_add(at as u64)
    }

    #[inline]
    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    /// What may be read; empty if nothing may.
    pub(super) fn readable(&self) -> Range<usize> {
        self.read_start..self.read_end
    }

    /// The part of the arena that it lies in, the cursor included.
    pub(super) fn extent(&self) -> Range<usize> {
        let end = self.read_end.max(self.write_end).max(self.cursor);
        self.read_start.min(self.cursor)..end
    }

    pub(super) fn write_end(&self) -> usize {
        self.write_end
    }

    #[inline]
    pub(super) fn has_more_to_read(&self) -> bool {
        self.cursor < self.read_end
    }

    pub(super) fn has_more_room(&self) -> bool {
        self.cursor < self.write_end
    }

    /// While patching, records that the bytes between the cursor and `end` are written.
    #[inline]
    fn note_written(&mut self, end: usize) {
        self.written = self.written.start.min(self.cursor)..self.written.end.max(end);
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Patching | State::Running)
    }

    /// Moves the cursor over `n` bytes that were written where there is room, as it stands.
    pub(super) fn advance_written(&mut self, n: usize) {
        let end = self.cursor + n;
        debug_assert!(end <= self.write_end);
        if n > 0 && end > self.quiet_end {
            self.note_written(end);
        }
        self.cursor = end;
    }

    // ----- opening and closing -----------------------------------------------------------------

    /// Opens the window to read `readable`, or nothing, with the position `target` at `cursor`.
    pub(super) fn open(&mut self, target: u64, cursor: usize, readable: Option<Range<usize>>) {
        debug_assert!(self.written().is_empty(), "what was written must be taken first");
        self.base = target.wrapping_sub(cursor as u64);
        self.cursor = cursor;
        Range { start: self.read_start, end: self.read_end } = readable.unwrap_or(NOTHING);
        self.write_end = 0;
        self.quiet_end = 0;
        self.written = NOTHING;
        self.state = State::Patching;
    }

    /// Opens the window on the page that was `found`, for all that may be done there, with the position `target` at
    /// the page's byte `at`; `frame` is where in the arena the page is. `false` if what is valid does not reach `at`.
    ///
    /// At a dirty byte, the window begins with the dirty bytes, so nothing has to be noted if they are written again.
    #[inline]
    pub(super) fn open_on(
        &mut self,
        target: u64,
        at: usize,
        frame: Range<usize>,
        found: &Found<'_>,
    ) -> bool {
        debug_assert!(self.has_noted_nothing(), "what was written must be taken first");
        let start = frame.start;
        let (read_start, quiet_end, write_end);
        // Each bound is loaded only where it is needed. Most pages are clean, and for those the end is enough.
        if at < found.dirty().end() && found.dirty().start() <= at {
            read_start = start + found.dirty().start();
            quiet_end = start + found.dirty().end();
            write_end = frame.end;
        } else if found.valid().start() <= at && at <= found.valid().end() {
            read_start = start + found.valid().start();
            quiet_end = 0;
            write_end = if found.may_dirty() { frame.end } else { 0 };
        } else {
            return false;
        }
        self.read_start = read_start;
        self.read_end = start + found.valid().end();
        self.write_end = write_end;
        self.quiet_end = quiet_end;
        self.cursor = start + at;
        self.base = target.wrapping_sub(self.cursor as u64);
        self.state = State::Patching;
        true
    }

    /// Opens it for writing too, in the frame at `frame`, in which the cursor is.
    pub(super) fn open_room(&mut self, frame: Range<usize>) {
        debug_assert!(self.state == State::Patching);
        self.read_start = self.read_start.max(frame.start);
        self.write_end = frame.end;
    }

    /// Opens it to write on and on up to `end`, with the position `target` at `cursor`.
    pub(super) fn open_run(&mut self, target: u64, cursor: usize, end: usize) {
        self.open(target, cursor, None);
        self.write_end = end;
        self.quiet_end = end;
        self.written = cursor..cursor;
        self.state = State::Running;
    }

    /// Extends what may be read by the bytes at `more`, which touch it.
    pub(super) fn widen(&mut self, more: Range<usize>) {
        self.read_start = self.read_start.min(more.start);
        self.read_end = self.read_end.max(more.end);
    }

    /// Ends what may be read at `end`.
    pub(super) fn end_reading_at(&mut self, end: usize) {
        self.read_end = end;
    }

    /// The page that it is on, the only one, has moved in the arena: from `from` to `to`.
    pub(super) fn follow(&mut self, from: usize, to: usize) {
        debug_assert!(
            self.state == State::Patching && self.has_noted_nothing() && self.quiet_end == 0
        );
        let moved = |at: usize| at - from + to;
        self.base = self.base.wrapping_add(from as u64).wrapping_sub(to as u64);
        self.cursor = moved(self.cursor);
        if self.read_start != NOWHERE {
            self.read_start = moved(self.read_start);
            self.read_end = moved(self.read_end);
        }
        if self.write_end != 0 {
            self.write_end = moved(self.write_end);
        }
    }

    /// Closes it, if it is open. The position stays, and so does what is known of it.
    pub(super) fn close(&mut self) {
        if self.is_open() {
            self.close_at(self.position());
        }
    }

    /// Closes it, and puts the position at `position`.
    pub(super) fn close_at(&mut self, position: u64) {
        debug_assert!(self.written().is_empty(), "what was written must be taken first");
        *self = Self::new(Some(position));
    }

    // ----- what was written --------------------------------------------------------------------

    /// Where the bytes end that are dirty already, from the first that may be read; 0 if none are known to be.
    pub(super) fn quiet_end(&self) -> usize {
        if self.state == State::Patching { self.quiet_end } else { 0 }
    }

    /// Whether nothing was written that is not taken yet, and no run was begun.
    #[inline]
    pub(super) fn has_noted_nothing(&self) -> bool {
        self.written.start == NOWHERE
    }

    /// Whether taking what was written would change nothing.
    #[inline]
    pub(super) fn has_nothing_to_take(&self) -> bool {
        self.has_noted_nothing() && self.quiet_end == 0
    }

    /// What was written and not taken yet.
    #[inline]
    pub(super) fn written(&self) -> Range<usize> {
        let end = if self.state == State::Running { self.cursor } else { self.written.end };
        self.written.start..end
    }

    /// The same, for its page to learn of it. A run ends with that, and every write is noted again.
    pub(super) fn take_written(&mut self) -> Range<usize> {
        let written = self.written();
        self.written = NOTHING;
        self.quiet_end = 0;
        if self.state == State::Running {
            self.state = State::Patching;
        }
        written
    }

    /// Panics where an invariant of this file does not hold.
    #[cfg(test)]
    pub(super) fn check(&self) {
        let ends = [self.cursor, self.read_end, self.write_end];
        let is_unread = (self.read_start, self.read_end) == (NOWHERE, 0);
        match self.state {
            State::Unset => assert!(ends == [0; 3] && is_unread, "open at no position"),
            State::Closed => assert!(ends == [0; 3] && self.read_start == 0, "closed and open"),
            State::Patching => {
                assert!(is_unread || self.read_start <= self.read_end, "reads backwards");
                assert!(self.written.end <= self.write_end, "written past the room");
            }
            State::Running => {
                assert!(is_unread, "a run is read");
                assert!(self.written.start <= self.cursor, "a run goes backwards");
                assert!(self.cursor <= self.write_end, "written past the room");
            }
        }
        let is_running = self.state == State::Running;
        assert!(!is_running || self.quiet_end == self.write_end, "a run's end");
        assert!(self.quiet_end <= self.write_end, "quiet past the room");
        let is_written = self.written.start < self.written.end;
        assert!(is_written || is_running || self.written == NOTHING, "an empty hull");
    }
}

/// The hot path: what the window allows is done, or nothing is.
impl PageBuffer {
    /// The offset in the file at which the program reads and writes next; 0 if it was never set.
    #[inline]
    pub(crate) fn position(&self) -> u64 {
        self.window.position()
    }

    /// Reads all of `out` from the window, or nothing.
    #[inline]
    pub(crate) fn try_read(&mut self, out: &mut [u8]) -> bool {
        let Some(end) = self.window.cursor.checked_add(out.len()) else {
            return false;
        };
        if end > self.window.read_end {
            return false;
        }
        let Some(bytes) = self.arena.get(self.window.cursor..end) else {
            return false;
        };
        out.copy_from_slice(bytes);
        self.window.cursor = end;
        true
    }

    /// Reads all of `out` from the window at `offset`, wherever in it the position is, or nothing.
    #[inline]
    pub(crate) fn try_read_at(&self, out: &mut [u8], offset: u64) -> bool {
        let at = offset.wrapping_sub(self.window.base);
        let Some(end) = at.checked_add(out.len() as u64) else {
            return false;
        };
        if at < self.window.read_start as u64 || end > self.window.read_end as u64 {
            return false;
        }
        #[expect(clippy::cast_possible_truncation, reason = "they are indices of the arena")]
        let Some(bytes) = self.arena.get(at as usize..end as usize) else {
            return false;
        };
        out.copy_from_slice(bytes);
        true
    }

    /// Writes all of `bytes` to the window, or nothing.
    #[inline]
    pub(crate) fn try_write(&mut self, bytes: &[u8]) -> bool {
        let Some(end) = self.window.cursor.checked_add(bytes.len()) else {
            return false;
        };
        let Some(room) = self.arena.get_mut(self.window.cursor..end) else {
            return false;
        };
        if end > self.window.quiet_end {
            if end > self.window.write_end || bytes.is_empty() {
                return false;
            }
            self.window.note_written(end);
        }
        room.copy_from_slice(bytes);
        self.window.cursor = end;
        true
    }

    /// What can be read from the window.
    #[inline]
    pub(crate) fn readable(&self) -> &[u8] {
        self.arena.get(self.window.cursor..self.window.read_end).unwrap_or_default()
    }

    /// Moves the position over `n` bytes of what can be read, or to its end.
    #[inline]
    pub(crate) fn consume(&mut self, n: usize) {
        self.window.cursor += n.min(self.readable().len());
    }

    /// Moves the position to `target`, if what may be read goes that far, or has.
    #[inline]
    pub(crate) fn try_seek(&mut self, target: u64) -> bool {
        self.try_seek_to(target.wrapping_sub(self.window.base))
    }

    /// Moves the position by `distance`, under the same condition: there is no byte before offset 0
    /// or past the last, so it is not needed to know where the position is.
    #[inline]
    pub(crate) fn try_seek_by(&mut self, distance: i64) -> bool {
        self.try_seek_to((self.window.cursor as u64).wrapping_add_signed(distance))
    }

    #[inline]
    fn try_seek_to(&mut self, at: u64) -> bool {
        if at < self.window.read_start as u64 || at > self.window.read_end as u64 {
            return false;
        }
        #[expect(clippy::cast_possible_truncation, reason = "it is an index of the arena")]
        let at = at as usize;
        self.window.cursor = at;
        true
    }
}
