//! The invariants, checked after every verb; in [`cases`], the verbs one by one.

mod cases;
mod neighbours;

use proptest::prelude::*;

use super::{Arena, Fill, Geometry, Obstacle, PageBuffer};
use crate::rules::Rules;

/// The smallest owner a buffer can have: its stream is a vector that never fails.
struct Owner {
    buffer: PageBuffer,
    stream: Vec<u8>,
    /// How many bytes a call moves at most.
    per_call: usize,
    /// How many bytes each fill asked for.
    fills: Vec<usize>,
    /// Where each write was.
    writes: Vec<u64>,
}

impl Owner {
    fn new(capacity: usize, stream: &[u8]) -> Self {
        Self::with_rules(capacity, stream, Rules::default())
    }

    fn with_rules(capacity: usize, stream: &[u8], rules: Rules) -> Self {
        let geometry = Geometry::of(capacity);
        let mut arena = Arena::new(geometry.memory());
        arena.bytes.fill(0xEE);
        let buffer = PageBuffer::new(geometry, arena, Some(0), rules);
        let (fills, writes) = (Vec::new(), Vec::new());
        Self { buffer, stream: stream.to_vec(), per_call: usize::MAX, fills, writes }
    }

    /// Writes back the stretch that goes through the page in `frame` up to there. Returns the frame that the
    /// page is in then.
    fn write_back(&mut self, mut frame: usize) -> usize {
        while self.buffer.is_frame_dirty(frame) {
            let (now_in, run) = neighbours::join(&mut self.buffer, frame);
            frame = now_in;
            let (offset, bytes) = self.buffer.bytes_of(&run);
            let at = usize::try_from(offset).unwrap();
            let n = bytes.len().min(self.per_call);
            self.stream.resize(self.stream.len().max(at + n), 0);
            self.stream[at..at + n].copy_from_slice(&bytes[..n]);
            self.buffer.wrote(run, n);
            self.writes.push(offset);
            self.buffer.check();
        }
        frame
    }

    fn flush(&mut self) {
        self.buffer.fold();
        self.writes.clear();
        while let Some(frame) = self.buffer.lowest_dirty() {
            self.write_back(frame);
        }
        assert!(self.writes.is_sorted(), "written back out of order");
    }

    fn fill(&mut self, mut fill: Fill) -> bool {
        self.fills.push(self.buffer.space(&fill).1.len());
        loop {
            let (offset, space) = self.buffer.space(&fill);
            let rest = usize::try_from(offset).ok().and_then(|at| self.stream.get(at..));
            let rest = rest.unwrap_or_default();
            let n = rest.len().min(space.len()).min(self.per_call);
            space[..n].copy_from_slice(&rest[..n]);
            if n == 0 {
                return self.buffer.ended(&mut fill);
            }
            if self.buffer.filled(&mut fill, n) {
                return true;
            }
        }
    }

    fn claim_to_read(&mut self, len: usize) -> Fill {
        loop {
            match self.buffer.claim_to_read(len) {
                Ok(fill) => return fill,
                Err(frame) => {
                    self.write_back(frame);
                }
            }
        }
    }

    fn read(&mut self, len: usize) -> Vec<u8> {
        let mut out = vec![0; len];
        if self.buffer.try_read(&mut out) {
            return out;
        }
        out.clear();
        while out.len() < len && self.buffer.position() < self.buffer.rules().max_len {
            while let Err(obstacle) = self.buffer.open_for_reading() {
                self.buffer.check();
                let fill = if let Obstacle::Hole(fill) = obstacle {
                    fill
                } else {
                    self.claim_to_read(len - out.len())
                };
                if !self.fill(fill) {
                    return out;
                }
                self.buffer.check();
            }
            let bytes = self.buffer.readable();
            let n = bytes.len().min(len - out.len());
            out.extend_from_slice(&bytes[..n]);
            self.buffer.consume(n);
        }
        out
    }

    /// Reads `len` bytes one by one.
    fn read_each(&mut self, len: usize) {
        (0..len).for_each(|_| assert_eq!(self.read(1).len(), 1));
    }

    fn write(&mut self, mut bytes: &[u8]) {
        if self.buffer.try_write(bytes) {
            return;
        }
        while !bytes.is_empty() {
            while let Err(obstacle) = self.buffer.open_for_writing(bytes.len()) {
                self.buffer.check();
                match obstacle {
                    Obstacle::Hole(fill) if !self.buffer.rules().may_read => {
                        let frame = self.write_back(fill.frame());
                        self.buffer.forget_page(frame);
                    }
                    Obstacle::Hole(fill) => {
                        let frame = fill.frame();
                        if !self.fill(fill) {
                            self.buffer.open_past_end(frame);
                        }
                    }
                    Obstacle::Absent => {
                        if let Err(frame) = self.buffer.claim_to_write() {
                            self.write_back(frame);
                        }
                    }
                    Obstacle::LastCleanFrame => {
                        let frame = self.buffer.dirty_victim();
                        self.write_back(frame);
                    }
                }
                self.buffer.check();
            }
            let (room, _) = self.buffer.room();
            let n = room.len().min(bytes.len());
            room[..n].copy_from_slice(&bytes[..n]);
            self.buffer.advance_written(n);
            bytes = &bytes[n..];
        }
    }

    fn content(mut self) -> Vec<u8> {
        self.flush();
        self.stream
    }
}

impl PageBuffer {
    /// Panics where an invariant stated at the head of `buffer.rs` does not hold.
    pub(crate) fn check(&self) {
        self.pages.check();
        let dirty = self.pages.dirty_count();
        let frames = self.pages.count();
        assert!(frames == 0 || dirty < frames, "no frame is clean");
        self.policy.check(&self.pages);
        self.window.check();
        let fixed = self.frames_of_window();
        for frame in fixed.clone().skip(1) {
            let page = self.pages.page(frame - 1).unwrap();
            assert!(self.pages.holds(frame, page + 1), "the window is not on pages in a row");
        }
        assert!(fixed.is_empty() || fixed.contains(&self.entered.frame()));
        assert!(fixed.len() < 2 || !self.entered.is_recorded(), "a visit to several pages");
        for at in self.window.readable() {
            let frame = self.frame_at(at);
            let offset = self.window.offset_of(at);
            assert!(self.pages.holds(frame, offset >> self.page_shift));
            assert!(self.pages.valid(frame).contains(at - self.start_of(frame)));
        }
        let write_end = self.window.write_end();
        assert!(self.rules.may_read || self.window.readable().is_empty(), "what may not be read");
        assert!(self.rules.may_write || write_end == 0, "what may not be written");
        if write_end == 0 {
            return;
        }
        let frame = self.frame_at(write_end - 1);
        let start = self.start_of(frame);
        let page = self.window.offset_of(start) >> self.page_shift;
        assert!(self.pages.holds(frame, page), "the window is on no page");
        assert!(self.pages.may_dirty(frame), "no frame would be clean");
        assert_eq!(self.room_of(frame).end, write_end, "the room is not the page's");
        assert!(start <= self.window.cursor(), "the cursor is before the room");
        assert!(start <= self.window.readable().start, "the window goes back too far");
        let quiet = self.window.readable().start..self.window.quiet_end();
        if let Some((quiet, span)) = self.in_page(quiet) {
            let dirty = self.pages.dirty(quiet);
            assert_eq!(quiet, frame, "quiet outside of the room");
            assert_eq!(dirty.hull(span), dirty, "what is written there is not dirty");
        }
        if let Some((fresh, _)) = self.pending() {
            assert_eq!(fresh, frame, "written outside of the room");
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A seek that looks whether the window goes that far, and one that does not.
    Seek(u64),
    Jump(u64),
    Read(usize),
    Write(usize),
    EditInPlace,
    /// From this many bytes past the offset that is eight bytes before the position.
    ReadElsewhere(u64, usize),
    WriteElsewhere(u64, usize),
    Flush,
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => (0..120_u64).prop_map(Step::Seek),
        2 => (0..120_u64).prop_map(Step::Jump),
        3 => (0..24_usize).prop_map(Step::Read),
        4 => (1..24_usize).prop_map(Step::Write),
        1 => Just(Step::EditInPlace),
        2 => (0..16_u64, 1..24_usize).prop_map(|(at, len)| Step::ReadElsewhere(at, len)),
        2 => (0..16_u64, 1..6_usize).prop_map(|(at, len)| Step::WriteElsewhere(at, len)),
        1 => Just(Step::Flush),
        1 => Just(Step::Clear),
    ];
    prop::collection::vec(step, 1..60)
}

/// Reads and writes, one of them, and often so that the limit cuts a page.
fn rules() -> impl Strategy<Value = Rules> {
    let modes =
        prop::sample::select(vec![(true, true), (true, true), (true, false), (false, true)]);
    let max_len = prop_oneof![Just(u64::MAX), 1..120_u64];
    (modes, max_len).prop_map(|((may_read, may_write), max_len)| Rules {
        may_read,
        may_write,
        max_len,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_invariant_holds_after_every_verb(
        capacity in prop::sample::select(vec![1_usize, 2, 3, 8, 16, 33, 64, 128]),
        rules in rules(),
        len in 0..100_usize,
        per_call in prop::sample::select(vec![1_usize, 3, 7, 10, usize::MAX]),
        steps in steps(),
    ) {
        let max_len = usize::try_from(rules.max_len).unwrap_or(usize::MAX);
        let mut model: Vec<u8> = (1..).take(len.min(max_len)).collect();
        let mut owner = Owner { per_call, ..Owner::with_rules(capacity, &model, rules) };
        let mut position = 0;
        for (fresh, step) in (100..).zip(steps) {
            match step {
                Step::Read(_) | Step::ReadElsewhere(..) | Step::EditInPlace if !rules.may_read => {}
                Step::Write(_) | Step::WriteElsewhere(..) | Step::EditInPlace
                    if !rules.may_write => {}
                Step::Seek(to) => {
                    if !owner.buffer.try_seek(to) {
                        owner.buffer.seek(to);
                    }
                    position = usize::try_from(to).unwrap();
                }
                Step::Jump(to) => {
                    owner.buffer.seek(to);
                    position = usize::try_from(to).unwrap();
                }
                Step::Read(len) => {
                    let start = position.min(model.len());
                    let end = (position + len).min(model.len()).max(start);
                    prop_assert_eq!(owner.read(len), &model[start..end]);
                    position += end - start;
                }
                Step::Write(len) if position < max_len => {
                    let len = len.min(max_len - position);
                    owner.write(&vec![fresh; len]);
                    model.resize(model.len().max(position + len), 0);
                    model[position..position + len].fill(fresh);
                    position += len;
                }
                Step::Write(_) => {}
                Step::EditInPlace => {
                    if let Some(byte) = owner.read(1).first() {
                        owner.buffer.seek(position as u64);
                        prop_assert!(owner.buffer.open_for_reading().is_ok());
                        if owner.buffer.may_dirty_here() {
                            let bytes = owner.buffer.readable_mut();
                            prop_assert_eq!(bytes[0], *byte);
                            bytes[0] = fresh;
                            model[position] = fresh;
                        }
                    }
                }
                Step::ReadElsewhere(after, len) => {
                    let at = (position as u64).saturating_sub(8) + after;
                    let mut out = vec![0; len];
                    let start = usize::try_from(at).unwrap();
                    if owner.buffer.try_read_at(&mut out, at)
                        || owner.buffer.read_cached(&mut out, at)
                    {
                        prop_assert_eq!(&out, &model[start..start + len]);
                    }
                }
                Step::WriteElsewhere(after, len) => {
                    let at = (position as u64).saturating_sub(8) + after;
                    let start = usize::try_from(at).unwrap();
                    if owner.buffer.write_cached(&vec![fresh; len], at) {
                        model.resize(model.len().max(start + len), 0);
                        model[start..start + len].fill(fresh);
                    }
                }
                Step::Flush => {
                    owner.flush();
                    prop_assert_eq!(owner.buffer.dirty_len(), 0);
                    prop_assert_eq!(&owner.stream, &model);
                }
                Step::Clear => {
                    owner.flush();
                    owner.buffer.clear();
                }
            }
            owner.buffer.check();
            prop_assert_eq!(owner.buffer.position(), position as u64);
            prop_assert_eq!(owner.buffer.is_dirty(), owner.buffer.dirty_len() > 0);
        }
        prop_assert_eq!(owner.content(), model);
    }
}
