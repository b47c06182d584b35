//! Decides which bytes move next between the buffer and a stream.
//!
//! What a program needs of the buffer is a [`Goal`]: bytes to read, room to write, or that nothing is
//! dirty. A front end makes a [`Transfer`] to the goal and asks it for the next [`Step`]. It makes that
//! call on its stream, reports the result, and asks again, until the step is [`Step::Done`]. A call that is
//! at least as large as the buffer may go [`Around`] it.
//!
//! Nothing here makes a call or holds an error. So the front ends over streams that block and streams
//! that are polled share every decision about which bytes move.
//!
//! # States
//!
//! * `Looking`: no call is under way. The buffer is asked what stands in the way of the goal, and with
//!   the answer the transfer goes to one of the other states.
//! * `Filling`: the stream reads what is missing. Once that is there, back to `Looking`. If the file ends
//!   first, a goal to read is `Done`, and one to write goes on past the end. If the stream can't read,
//!   pages before that of the position are left out. If there are none, a goal to write goes on to
//!   `WritingBack`, to start the page anew; any other is out of reach.
//! * `WritingBack`: the stream writes the stretch of dirty bytes that goes into one frame. Its pages come
//!   side by side first, so that one call can write them. Once the frame is clean, back to `Looking`. If
//!   the stream can't write, a frame that was wanted for a read is left as it is, and a clean one is
//!   taken, for `Filling`; any other goal is out of reach.
//! * `Done`: the goal is reached.
//!
//! # Invariants
//!
//! 1. Between two steps the buffer is whole: bytes that the stream has not reported as written are dirty,
//!    bytes that it has not reported as read are not valid, and the position is where it was. So a
//!    transfer can be given up between any two steps.
//! 2. Until it is answered, the same step is returned each time, unchanged, so the call may be polled. If a
//!    stream accepts bytes before it has written them, the front end answers only after the stream's own
//!    flush.
//! 3. `Filling`: a claimed frame holds no page until the first byte of that page has arrived. The window is
//!    closed.
//! 4. `WritingBack`: the run is the first of the stretch that goes through the frame, which is dirty. What
//!    was written is clean. Pages change frames where this state begins or a write was answered, and then
//!    both are found anew.
//!
//! Nothing else may change the buffer between two steps. A front end that lets the program do
//! something else first [abandons](Transfer::abandon) the transfer.

mod around;
#[cfg(test)]
mod tests;

pub(crate) use around::Around;

use core::mem;

use crate::buffer::{Fill, Obstacle, PageBuffer, Run};

/// What the program needs of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// At least one of the `len` bytes at the position, to read; none only at the end of the file.
    Read { len: usize },
    /// The same, in a page that may become dirty.
    Change,
    /// Room at the position, for a first write of `len` bytes or of what fits of them.
    Write { len: usize },
    /// That nothing is dirty. The dirty bytes are written in ascending order.
    Clean,
}

impl Goal {
    /// How many bytes the program asks for, at least one.
    fn len(self) -> usize {
        match self {
            Self::Read { len } | Self::Write { len } => len.max(1),
            Self::Change | Self::Clean => 1,
        }
    }
}

/// What the stream is to do next.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// Nothing: the goal is reached.
    Done,
    /// Read at `offset` as much as it can, up to all of `space`.
    Read { offset: u64, space: &'a mut [u8] },
    /// Write at `offset` as much of `bytes` as it can.
    Write { offset: u64, bytes: &'a [u8] },
}

/// The way to a [`Goal`]. See the head of this file.
#[derive(Debug)]
pub(crate) struct Transfer {
    goal: Goal,
    state: State,
}

#[derive(Debug)]
enum State {
    Looking,
    Filling(Fill),
    WritingBack { frame: usize, run: Run, purpose: Purpose },
    Done,
}

/// What a frame is written back for.
#[derive(Clone, Copy, Debug)]
enum Purpose {
    /// So that one frame less is dirty.
    Clean,
    /// So that it can be filled with another page. Any clean frame will do.
    Fill,
    /// So that its page can start anew.
    StartAnew,
}

impl Transfer {
    #[inline]
    pub(crate) fn new(goal: Goal) -> Self {
        Self { goal, state: State::Looking }
    }

    /// What the stream must do next: the same step, until it is answered.
    #[inline]
    pub(crate) fn next<'a>(&mut self, buffer: &'a mut PageBuffer) -> Step<'a> {
        loop {
            match self.state {
                State::Looking => self.state = self.look(buffer),
                State::Filling(ref fill) => {
                    let (offset, space) = buffer.space(fill);
                    return Step::Read { offset, space };
                }
                State::WritingBack { ref run, .. } => {
                    let (offset, bytes) = buffer.bytes_of(run);
                    return Step::Write { offset, bytes };
                }
                State::Done => return Step::Done,
            }
        }
    }

    /// Gives the transfer up. Bytes that have moved stay where they are. Its frames are the next to be
    /// claimed, so giving up repeatedly evicts no further pages.
    pub(crate) fn abandon(self, buffer: &mut PageBuffer) {
        if let State::Filling(fill) = self.state {
            buffer.abandon(&fill);
        }
    }

    // ----- what came of the step -----------------------------------------------------------------

    /// The stream has read `n` bytes; none if it ends there.
    pub(crate) fn read(&mut self, buffer: &mut PageBuffer, n: usize) {
        let State::Filling(fill) = &mut self.state else { unreachable!("no read was asked for") };
        let is_there = if n > 0 { buffer.filled(fill, n) } else { buffer.ended(fill) };
        if is_there {
            self.state = State::Looking;
        } else if n == 0 {
            self.state = if let Goal::Write { .. } = self.goal {
                buffer.open_past_end(fill.frame());
                State::Looking
            } else {
                State::Done
            };
        }
    }

    /// The stream could not read. Returns whether there is another way to the goal. If not, the step
    /// stays, and the transfer is abandoned or asked again.
    #[must_use]
    pub(crate) fn could_not_read(&mut self, buffer: &mut PageBuffer) -> bool {
        let State::Filling(fill) = &mut self.state else { unreachable!("no read was asked for") };
        if buffer.narrow(fill) {
            return true;
        }
        let Goal::Write { .. } = self.goal else { return false };
        // A write must not fail because a read did.
        self.state = start_anew(buffer, fill);
        true
    }

    /// The stream has written `n` bytes, at least one.
    pub(crate) fn wrote(&mut self, buffer: &mut PageBuffer, n: usize) {
        let state = mem::replace(&mut self.state, State::Looking);
        let State::WritingBack { frame, run, purpose } = state else {
            unreachable!("no write was asked for");
        };
        buffer.wrote(run, n);
        self.state = write_back(buffer, frame, purpose);
    }

    /// The stream could not write. Returns whether there is another way to the goal. If not, the step
    /// stays, and the transfer is abandoned or asked again.
    #[must_use]
    pub(crate) fn could_not_write(&mut self, buffer: &mut PageBuffer) -> bool {
        let State::WritingBack { purpose: Purpose::Fill, .. } = self.state else {
            return false;
        };
        // A read must not fail because a write did, and there always is a clean frame.
        self.state = State::Filling(buffer.claim_clean_to_read(self.goal.len()));
        true
    }

    // ----- what stands in the way ----------------------------------------------------------------

    /// What there is to do, by what the buffer knows now.
    #[inline]
    fn look(&self, buffer: &mut PageBuffer) -> State {
        match self.goal {
            Goal::Read { .. } | Goal::Change if buffer.position() >= buffer.rules().max_len => {
                buffer.fold();
                State::Done
            }
            Goal::Read { .. } | Goal::Change => match buffer.open_for_reading() {
                Ok(()) if self.goal == Goal::Change && !buffer.may_dirty_here() => {
                    have_one_less_dirty(buffer)
                }
                Ok(()) => State::Done,
                Err(Obstacle::Hole(fill)) => State::Filling(fill),
                Err(Obstacle::Absent | Obstacle::LastCleanFrame) => {
                    claim_to_read(buffer, self.goal.len())
                }
            },
            Goal::Write { len } => match buffer.open_for_writing(len) {
                Ok(()) => State::Done,
                Err(Obstacle::Hole(fill)) if buffer.rules().may_read => State::Filling(fill),
                Err(Obstacle::Hole(fill)) => start_anew(buffer, &fill),
                Err(Obstacle::Absent) => claim_to_write(buffer),
                Err(Obstacle::LastCleanFrame) => have_one_less_dirty(buffer),
            },
            Goal::Clean => {
                buffer.fold();
                match buffer.lowest_dirty() {
                    Some(frame) => write_back(buffer, frame, Purpose::Clean),
                    None => State::Done,
                }
            }
        }
    }
}

/// Claims frames for the page at the position, or has one written back first.
fn claim_to_read(buffer: &mut PageBuffer, len: usize) -> State {
    match buffer.claim_to_read(len) {
        Ok(fill) => State::Filling(fill),
        Err(frame) => write_back(buffer, frame, Purpose::Fill),
    }
}

/// Claims a frame to write to the page at the position, or has one written back first.
fn claim_to_write(buffer: &mut PageBuffer) -> State {
    match buffer.claim_to_write() {
        Ok(()) => State::Done,
        Err(frame) => write_back(buffer, frame, Purpose::Clean),
    }
}

fn have_one_less_dirty(buffer: &mut PageBuffer) -> State {
    let frame = buffer.dirty_victim();
    write_back(buffer, frame, Purpose::Clean)
}

/// Where the hole before the position can't be filled, its page is written back and forgotten.
fn start_anew(buffer: &mut PageBuffer, hole: &Fill) -> State {
    write_back(buffer, hole.frame(), Purpose::StartAnew)
}

/// Has the stretch that goes through `frame` written back, in as few calls as are worth it, until the frame is
/// clean.
fn write_back(buffer: &mut PageBuffer, frame: usize, purpose: Purpose) -> State {
    if buffer.is_frame_dirty(frame) {
        let (frame, run) = buffer.join_neighbours(frame);
        return State::WritingBack { frame, run, purpose };
    }
    if let Purpose::StartAnew = purpose {
        buffer.forget_page(frame);
    }
    State::Looking
}
