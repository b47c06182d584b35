//! The calls that a trace takes with perfect knowledge.
//!
//! A schedule that knows the trace to its end, in the memory that this crate has at the same capacity:
//! one frame more than the pages of the capacity.
//!
//! * **Reading.** A page that is needed and absent is read by one call, which also reads the pages before
//!   and after it, as far as they are used again sooner than the pages that they replace. The pages that
//!   are used again last are replaced. A call reads at most as many pages as there are frames.
//! * **Writing.** A write needs no page, unless it would leave a hole in the known bytes of one. A page
//!   that is replaced is written back, by one call, together with the unbroken stretch of dirty bytes
//!   around it. A flush is a call for each such stretch.
//! * Bytes count as whole pages, except past the end of the file.
//!
//! It is not proven to be minimal: a schedule that gives up a page in order to read a longer stretch later
//! may do better. It is the mark that a policy without knowledge should come close to.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use crate::counted::Tally;
use crate::trace::{Op, Trace};

const PAGE: u64 = 4096;

/// A page in a frame: which of its bytes are known, and which are to be written.
#[derive(Clone, Default)]
struct Known {
    bytes: Range<u64>,
    dirty: Range<u64>,
}

fn hull(one: &Range<u64>, other: &Range<u64>) -> Range<u64> {
    if one.is_empty() {
        return other.clone();
    }
    one.start.min(other.start)..one.end.max(other.end)
}

/// A use of one page: some of its bytes, or a flush of all pages.
enum Use {
    Read { page: u64, bytes: Range<u64> },
    Write { page: u64, bytes: Range<u64> },
    Flush,
}

/// A program as uses of pages, and when each page is used again.
struct Future {
    uses: Vec<Use>,
    /// For each page, the uses of it.
    of_page: HashMap<u64, Vec<usize>>,
}

impl Future {
    fn of(trace: &Trace) -> Self {
        let mut uses = Vec::new();
        let mut len = trace.len;
        let mut position = 0;
        for &op in trace.ops.iter().chain([&Op::Flush]) {
            match op {
                Op::Seek(offset) => position = offset,
                Op::Read(wanted) => {
                    let end = (position + wanted as u64).min(len).max(position);
                    for (page, bytes) in pages(position, end) {
                        uses.push(Use::Read { page, bytes });
                    }
                    position = end;
                }
                Op::Write(count) => {
                    let end = position + count as u64;
                    for (page, bytes) in pages(position, end) {
                        uses.push(Use::Write { page, bytes });
                    }
                    position = end;
                    len = len.max(end);
                }
                Op::Flush => uses.push(Use::Flush),
            }
        }
        let mut of_page: HashMap<u64, Vec<usize>> = HashMap::new();
        for (index, usage) in uses.iter().enumerate() {
            if let Use::Read { page, .. } | Use::Write { page, .. } = *usage {
                of_page.entry(page).or_default().push(index);
            }
        }
        Self { uses, of_page }
    }

    /// The next use of `page` after `now`.
    fn next_use(&self, page: u64, now: usize) -> usize {
        let Some(uses) = self.of_page.get(&page) else {
            return usize::MAX;
        };
        uses.get(uses.partition_point(|&index| index < now)).copied().unwrap_or(usize::MAX)
    }
}

/// The parts of pages that `start..end` is made of.
fn pages(start: u64, end: u64) -> impl Iterator<Item = (u64, Range<u64>)> {
    (start / PAGE..end.div_ceil(PAGE)).map(move |page| {
        let first = page * PAGE;
        (page, start.max(first) - first..end.min(first + PAGE) - first)
    })
}

/// The frames, and what was done so far.
struct Schedule<'a> {
    future: &'a Future,
    frames: usize,
    known: HashMap<u64, Known>,
    /// How long the file on the stream is.
    len: u64,
    tally: Tally,
}

pub(crate) fn limit(trace: &Trace, capacity: usize) -> Tally {
    let future = Future::of(trace);
    let frames = capacity / 4096 + 1;
    let known = HashMap::new();
    let tally = Tally::default();
    let mut schedule = Schedule { future: &future, frames, known, len: trace.len, tally };
    for (now, usage) in future.uses.iter().enumerate() {
        match usage {
            Use::Read { page, bytes } => schedule.read(now, *page, bytes),
            Use::Write { page, bytes } => schedule.write(now, *page, bytes),
            Use::Flush => schedule.flush(),
        }
    }
    schedule.tally
}

impl Schedule<'_> {
    fn read(&mut self, now: usize, page: u64, bytes: &Range<u64>) {
        let is_known = self
            .known
            .get(&page)
            .is_some_and(|known| known.bytes.start <= bytes.start && bytes.end <= known.bytes.end);
        if !is_known {
            self.fetch(now, page);
        }
    }

    fn write(&mut self, now: usize, page: u64, bytes: &Range<u64>) {
        self.make_room(now, page);
        let known = self.known.entry(page).or_default();
        let hole = if bytes.end < known.bytes.start {
            bytes.end
        } else if known.bytes.end < bytes.start {
            known.bytes.end
        } else {
            PAGE
        };
        // What lies past the end of the file is zeros, and needs no reading.
        if !known.bytes.is_empty() && hole < PAGE && page * PAGE + hole < self.len {
            self.fetch(now, page);
        }
        let known = self.known.entry(page).or_default();
        known.bytes = hull(&known.bytes, bytes);
        known.dirty = hull(&known.dirty, bytes);
    }

    /// Reads `page`, and the pages around it that are worth reading.
    fn fetch(&mut self, now: usize, page: u64) {
        self.make_room(now, page);
        let (mut first, mut last) = (page, page);
        self.bring(page);
        while last - first + 1 < self.frames as u64 && self.is_worth(now, last + 1, page) {
            last += 1;
            self.make_room(now, last);
            self.bring(last);
        }
        while first > 0
            && last - first + 1 < self.frames as u64
            && self.is_worth(now, first - 1, page)
        {
            first -= 1;
            self.make_room(now, first);
            self.bring(first);
        }
        self.tally.reads += 1;
        self.tally.bytes_read += ((last + 1) * PAGE).min(self.len).saturating_sub(first * PAGE);
    }

    /// Whether reading `page` together with `needed` is better than keeping the page that it replaces.
    fn is_worth(&self, now: usize, page: u64, needed: u64) -> bool {
        let next = self.future.next_use(page, now);
        if self.known.contains_key(&page) || next == usize::MAX || page * PAGE >= self.len {
            return false;
        }
        self.known.len() < self.frames
            || self.last_used(now, needed).is_some_and(|(when, _)| next < when)
    }

    fn bring(&mut self, page: u64) {
        self.known.entry(page).or_default().bytes = 0..PAGE;
    }

    /// Frees a frame for `page`, if it has none.
    fn make_room(&mut self, now: usize, page: u64) {
        if self.known.len() < self.frames || self.known.contains_key(&page) {
            return;
        }
        let (_, gone) = self.last_used(now, page).expect("there are two frames or more");
        if !self.known[&gone].dirty.is_empty() {
            self.write_back(gone);
        }
        self.known.remove(&gone);
    }

    /// The page that is used again last, and when; not `needed`. Of those that never are, the lowest.
    fn last_used(&self, now: usize, needed: u64) -> Option<(usize, u64)> {
        let pages = self.known.keys().filter(|&&page| page != needed);
        let uses = pages.map(|&page| (self.future.next_use(page, now), page));
        uses.max_by_key(|&(when, page)| (when, Reverse(page)))
    }

    /// Writes back the unbroken stretch of dirty bytes that goes through `page`.
    fn write_back(&mut self, page: u64) {
        let dirty = |page: u64| self.known.get(&page).map_or(0..0, |known| known.dirty.clone());
        let is_one = |page: u64| {
            let next = dirty(page + 1);
            dirty(page).end == PAGE && next.start == 0 && !next.is_empty()
        };
        let first = (0..page).rev().take_while(|&page| is_one(page)).last().unwrap_or(page);
        let last = (page..u64::MAX).find(|&page| !is_one(page)).unwrap_or(page);
        for page in first..=last {
            let known = self.known.get_mut(&page).expect("it is dirty");
            let dirty = std::mem::take(&mut known.dirty);
            self.tally.bytes_written += dirty.end - dirty.start;
            self.len = self.len.max(page * PAGE + dirty.end);
        }
        self.tally.writes += 1;
    }

    fn flush(&mut self) {
        loop {
            let dirty = self.known.iter().filter(|(_, known)| !known.dirty.is_empty());
            let Some(page) = dirty.map(|(&page, _)| page).min() else {
                return;
            };
            self.write_back(page);
        }
    }
}
