//! The calls on the stream that [`transfer`](crate::transfer) asks for, one after the other.
//!
//! A transfer leaves the buffer whole if a call fails, and so does each function here: what the
//! stream has not accepted is dirty, and the position is where it was.

use std::io::{Read, Seek, Write};

use super::MmioFile;
use crate::MmioError;
use crate::transfer::{Around, Goal, Step, Transfer};

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Makes the calls that lead to `goal`.
    pub(super) fn reach(&mut self, goal: Goal) -> Result<(), MmioError> {
        let mut transfer = Transfer::new(goal);
        let error = loop {
            match transfer.next(&mut self.buffer) {
                Step::Done => return Ok(()),
                Step::Read { offset, space } => match self.port.read(offset, space) {
                    Ok(n) => transfer.read(&mut self.buffer, n),
                    Err(_) if transfer.could_not_read(&mut self.buffer) => {}
                    Err(error) => break error,
                },
                Step::Write { offset, bytes } => match self.port.write(offset, bytes) {
                    Ok(n) => transfer.wrote(&mut self.buffer, n),
                    Err(_) if transfer.could_not_write(&mut self.buffer) => {}
                    Err(error) => break error,
                },
            }
        };
        transfer.abandon(&mut self.buffer);
        Err(self.buffer.with_unwritten(error))
    }

    /// Reads into `out` until it is full, the file ends or a call fails. Moves the position over the
    /// bytes, and counts them in `done`.
    pub(super) fn read_full(&mut self, out: &mut [u8], done: &mut usize) -> Result<(), MmioError> {
        // Reads of at least this many bytes go around the buffer.
        let mut least = self.capacity();
        while *done < out.len() {
            self.begin_reading()?;
            let rest = &mut out[*done..];
            let n = if self.buffer.readable().is_empty()
                && let Some(around) = Around::read(&mut self.buffer, rest.len(), least)
            {
                let n = self.port.read(around.offset(), &mut rest[..around.len()])?;
                if n < around.len() {
                    // The file may end here. Ask the stream directly, not by filling a page.
                    least = 1;
                }
                around.was_read(&mut self.buffer, rest, n)
            } else {
                self.reach(Goal::Read { len: rest.len() })?;
                self.buffer.read_some(rest)
            };
            if n == 0 {
                break;
            }
            *done += n;
        }
        Ok(())
    }

    /// Writes at least one byte of `bytes`, which must not be empty. Moves the position.
    pub(super) fn write_some(&mut self, bytes: &[u8]) -> Result<usize, MmioError> {
        self.begin_writing(bytes.len())?;
        if bytes.len() >= self.capacity() {
            self.reach(Goal::Clean)?;
            let around = Around::write(&mut self.buffer, bytes.len());
            let n = self.port.write(around.offset(), bytes)?;
            around.was_written(&mut self.buffer, n);
            return Ok(n);
        }
        self.reach(Goal::Write { len: bytes.len() })?;
        Ok(self.buffer.write_some(bytes))
    }
}
