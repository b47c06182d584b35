//! Which bytes move next between the buffer and a stream, so that the program can go on.
//!
//! It makes no call itself. A front end that needs something of the buffer names it as a [`Goal`],
//! asks the [`Transfer`] to it for the next [`Step`], makes that call on its stream, says what came of
//! it, and asks again, until it is [`Step::Done`]. So what is filled, written back and given up for
//! the sake of what is decided here once, for streams that are waited for and for streams that are
//! polled. What is large enough goes [`Around`] the buffer.
//!
//! # States
//!
//! | state | the next step | then |
//! |---|---|---|
//! | `Looking` | none: asks the buffer what stands in the way | to one of the others |
//! | `Filling` | reads what is missing | on with what is still missing; `Looking` when it is there; where the stream ends, `Done` to read, `Looking` to write past the end; if it can't be read, `WritingBack` to write all the same |
//! | `WritingBack` | writes the stretch of dirty bytes that goes into a frame | `Looking` when the frame is clean; if it can't be written, `Filling` another frame to read all the same |
//! | `Done` | none | stays |
//!
//! # Invariants
//!
//! 1. Between two steps the buffer is whole: what the stream has not answered for is dirty, what it has
//!    not given is not valid, and the position is where it was. So a transfer can be given up between
//!    any two of them.
//! 2. A step whose call is not answered is given again, the same, as often as it is asked for. So the
//!    call may be polled; and a front end whose stream takes bytes before it has written them
//!    answers only when they are.
//! 3. `Filling`: the frames that were claimed hold no page until a byte of it has arrived. The window is
//!    closed.
//! 4. `WritingBack`: all of the stretch lies before the frame's last dirty byte, and what was written of
//!    it is clean, so where it goes on need not be kept.
//!
//! Nothing else may change the buffer between two steps. A front end that lets the program do
//! something else meanwhile [abandons](Transfer::abandon) the transfer first.

mod around;
#[cfg(test)]
mod tests;

pub(crate) use around::Around;

use crate::buffer::{Fill, Obstacle, PageBuffer};

/// What the program needs of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Something to read at the position; nothing only where the file ends.
    Read,
    /// The same, in a page that may become dirty.
    Change,
    /// Room at the position, for a first write of `len` bytes or of what fits of them.
    Write { len: usize },
    /// That nothing is dirty; what is gets written in ascending order.
    Clean,
}

/// What the stream is to do next.
#[derive(Debug)]
pub(crate) enum Step<'a> {
    /// Nothing: the goal is reached.
    Done,
    /// To read at `offset` as much as it can, but at most all of `space`.
    Read { offset: u64, space: &'a mut [u8] },
    /// To write at `offset` as much of `bytes` as it can.
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
    WritingBack { frame: usize, purpose: Purpose },
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

    /// What the stream is to do next; the same again as long as that is not answered.
    #[inline]
    pub(crate) fn next<'a>(&mut self, buffer: &'a mut PageBuffer) -> Step<'a> {
        loop {
            match self.state {
                State::Looking => self.state = self.look(buffer),
                State::Filling(ref fill) => {
                    let (offset, space) = buffer.space(fill);
                    return Step::Read { offset, space };
                }
                State::WritingBack { frame, .. } if buffer.is_frame_dirty(frame) => {
                    let start = buffer.stretch_start(frame);
                    let (offset, bytes) = buffer.run(start).expect("a stretch is dirty");
                    return Step::Write { offset, bytes };
                }
                State::WritingBack { frame, purpose } => {
                    if let Purpose::StartAnew = purpose {
                        buffer.forget_page(frame);
                    }
                    self.state = State::Looking;
                }
                State::Done => return Step::Done,
            }
        }
    }

    /// Gives the transfer up. What has moved stays so; the frames that it claimed are the next to be
    /// claimed, so that giving up again and again costs no pages.
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

    /// The stream could not read. Whether there is another way to the goal; if not, the step stays.
    #[must_use]
    pub(crate) fn could_not_read(&mut self) -> bool {
        let State::Filling(fill) = &self.state else { unreachable!("no read was asked for") };
        let Goal::Write { .. } = self.goal else { return false };
        // A write must not fail because a read did.
        self.state = start_anew(fill);
        true
    }

    /// The stream has written `n` bytes, at least one.
    pub(crate) fn wrote(&mut self, buffer: &mut PageBuffer, n: usize) {
        let State::WritingBack { frame, .. } = self.state else {
            unreachable!("no write was asked for");
        };
        buffer.wrote(buffer.stretch_start(frame), n);
    }

    /// The stream could not write. Whether there is another way to the goal; if not, the step stays.
    #[must_use]
    pub(crate) fn could_not_write(&mut self, buffer: &mut PageBuffer) -> bool {
        let State::WritingBack { purpose: Purpose::Fill, .. } = self.state else {
            return false;
        };
        // A read must not fail because a write did, and there always is a clean frame.
        let frame = buffer.clean_victim();
        self.state = State::Filling(buffer.claim_to_read(frame));
        true
    }

    // ----- what stands in the way ----------------------------------------------------------------

    /// What there is to do, by what the buffer knows now.
    fn look(&self, buffer: &mut PageBuffer) -> State {
        match self.goal {
            Goal::Read | Goal::Change if buffer.position() >= buffer.rules().max_len => {
                buffer.fold();
                State::Done
            }
            Goal::Read | Goal::Change => match buffer.open_for_reading() {
                Ok(()) if self.goal == Goal::Change && !buffer.may_dirty_here() => {
                    have_one_less_dirty(buffer)
                }
                Ok(()) => State::Done,
                Err(Obstacle::Hole(fill)) => State::Filling(fill),
                Err(Obstacle::Absent | Obstacle::LastCleanFrame) => claim_to_read(buffer),
            },
            Goal::Write { len } => match buffer.open_for_writing(len) {
                Ok(()) => State::Done,
                Err(Obstacle::Hole(fill)) if buffer.rules().may_read => State::Filling(fill),
                Err(Obstacle::Hole(fill)) => start_anew(&fill),
                Err(Obstacle::Absent) => claim_to_write(buffer),
                Err(Obstacle::LastCleanFrame) => have_one_less_dirty(buffer),
            },
            Goal::Clean => {
                buffer.fold();
                match buffer.lowest_dirty() {
                    Some(frame) => State::WritingBack { frame, purpose: Purpose::Clean },
                    None => State::Done,
                }
            }
        }
    }
}

/// Claims frames for the page at the position, or has one written back first.
fn claim_to_read(buffer: &mut PageBuffer) -> State {
    let frame = buffer.victim();
    if buffer.is_frame_dirty(frame) {
        State::WritingBack { frame, purpose: Purpose::Fill }
    } else {
        State::Filling(buffer.claim_to_read(frame))
    }
}

/// Claims a frame to write to the page at the position, or has one written back first.
fn claim_to_write(buffer: &mut PageBuffer) -> State {
    let frame = buffer.victim();
    if buffer.is_frame_dirty(frame) {
        return State::WritingBack { frame, purpose: Purpose::Clean };
    }
    buffer.claim_to_write(frame);
    State::Done
}

fn have_one_less_dirty(buffer: &mut PageBuffer) -> State {
    State::WritingBack { frame: buffer.dirty_victim(), purpose: Purpose::Clean }
}

/// Where the hole before the position can't be filled, its page is written back and forgotten.
fn start_anew(hole: &Fill) -> State {
    State::WritingBack { frame: hole.frame(), purpose: Purpose::StartAnew }
}
