//! Between the buffer and the stream: filling, writing back, and going around.
//!
//! Each function clears what stands in the way and tries again, so that it fails with the buffer
//! whole: what the stream has not taken is dirty, and the position is where it was.

use std::io::{Read, Seek, Write};

use super::MmioFile;
use crate::MmioError;
use crate::buffer::{Fill, Obstacle};

impl<S: Read + Write + Seek> MmioFile<S> {
    /// Reads at least one byte into `out`, unless it is empty or the file ends. Moves the position.
    pub(super) fn read_some(&mut self, out: &mut [u8]) -> Result<usize, MmioError> {
        self.begin_reading()?;
        if self.buffer.readable().is_empty() {
            if out.len() >= self.capacity()
                && let Some(n) = self.read_around(out)?
            {
                return Ok(n);
            }
            self.open_for_reading()?;
        }
        let bytes = self.buffer.readable();
        let n = bytes.len().min(out.len());
        out[..n].copy_from_slice(&bytes[..n]);
        self.buffer.consume(n);
        Ok(n)
    }

    /// Writes at least one byte of `bytes`, which must not be empty. Moves the position.
    pub(super) fn write_some(&mut self, bytes: &[u8]) -> Result<usize, MmioError> {
        self.begin_writing(bytes.len())?;
        if bytes.len() >= self.capacity() {
            return self.write_around(bytes);
        }
        self.open_for_writing(bytes.len())?;
        let (room, _) = self.buffer.room();
        let n = room.len().min(bytes.len());
        room[..n].copy_from_slice(&bytes[..n]);
        self.buffer.advance_written(n);
        Ok(n)
    }

    // ----- opening the window ----------------------------------------------------------------

    /// Opens the window for reading at the position. At the end of the file it is then empty.
    pub(super) fn open_for_reading(&mut self) -> Result<(), MmioError> {
        if self.buffer.position() >= self.buffer.rules().max_len {
            self.buffer.fold();
            return Ok(());
        }
        while let Err(obstacle) = self.buffer.open_for_reading() {
            let fill = match obstacle {
                Obstacle::Hole(fill) => fill,
                Obstacle::Absent | Obstacle::LastCleanFrame => self.claim_to_read(),
            };
            if !self.fill(fill)? {
                break;
            }
        }
        Ok(())
    }

    /// Opens the window for writing at the position, for a first write of `len` bytes.
    pub(super) fn open_for_writing(&mut self, len: usize) -> Result<(), MmioError> {
        while let Err(obstacle) = self.buffer.open_for_writing(len) {
            match obstacle {
                Obstacle::Absent => self.claim_to_write()?,
                Obstacle::LastCleanFrame => self.spare_clean_frame()?,
                Obstacle::Hole(fill) => self.close_hole(fill)?,
            }
        }
        Ok(())
    }

    /// Closes a hole between what is valid of a page and the position, to write there.
    fn close_hole(&mut self, fill: Fill) -> Result<(), MmioError> {
        let frame = fill.frame();
        let filled = if self.buffer.rules().may_read { self.fill(fill).ok() } else { None };
        match filled {
            Some(true) => {}
            Some(false) => self.buffer.open_past_end(frame),
            None => {
                // A write must not fail because a read did: start the page anew.
                self.write_back(frame)?;
                self.buffer.forget_page(frame);
            }
        }
        Ok(())
    }

    /// Lets the stream fill up what is missing. `false`: the file ends before that.
    fn fill(&mut self, mut fill: Fill) -> Result<bool, MmioError> {
        loop {
            let (offset, space) = self.buffer.space(&fill);
            match self.port.read(offset, space)? {
                0 => return Ok(self.buffer.ended(fill)),
                n if self.buffer.filled(&mut fill, n) => return Ok(true),
                _ => {}
            }
        }
    }

    /// Claims frames to read the page at the position. This can't fail: if what is in the way can't
    /// be written back, a clean frame is taken, and there is one.
    fn claim_to_read(&mut self) -> Fill {
        let mut frame = self.buffer.victim();
        while self.buffer.is_frame_dirty(frame) {
            frame = match self.write_back(frame) {
                Ok(()) => self.buffer.victim(),
                Err(_) => self.buffer.clean_victim(),
            };
        }
        self.buffer.claim_to_read(frame)
    }

    /// Claims a frame to write to the page at the position.
    fn claim_to_write(&mut self) -> Result<(), MmioError> {
        loop {
            let frame = self.buffer.victim();
            if !self.buffer.is_frame_dirty(frame) {
                self.buffer.claim_to_write(frame);
                return Ok(());
            }
            self.write_back(frame)?;
        }
    }

    // ----- writing back ----------------------------------------------------------------------

    /// Writes back everything, in ascending order.
    pub(super) fn write_back_all(&mut self) -> Result<(), MmioError> {
        self.buffer.fold();
        while let Some(frame) = self.buffer.lowest_dirty() {
            self.write_run(frame)?;
        }
        Ok(())
    }

    /// Makes room for one more dirty frame.
    pub(super) fn spare_clean_frame(&mut self) -> Result<(), MmioError> {
        let frame = self.buffer.dirty_victim();
        self.write_back(frame)
    }

    /// Writes back the unbroken stretch of dirty bytes that goes into `frame`, from its start on.
    fn write_back(&mut self, frame: usize) -> Result<(), MmioError> {
        let mut at = self.buffer.stretch_start(frame);
        while self.buffer.is_frame_dirty(frame) {
            self.write_run(at)?;
            at = self.buffer.frame_after(at).unwrap_or(frame);
        }
        Ok(())
    }

    /// Writes back the run that begins in `frame`, until that frame is clean.
    fn write_run(&mut self, frame: usize) -> Result<(), MmioError> {
        while let Some((offset, bytes)) = self.buffer.run(frame) {
            match self.port.write(offset, bytes) {
                Ok(n) => self.buffer.wrote(frame, n),
                Err(error) => return Err(self.with_unwritten(error)),
            }
        }
        Ok(())
    }

    // ----- going around ------------------------------------------------------------------------

    /// Reads straight from the stream, if no dirty byte is in the way.
    fn read_around(&mut self, out: &mut [u8]) -> Result<Option<usize>, MmioError> {
        self.buffer.fold();
        let position = self.buffer.position();
        let dirty = self.buffer.next_dirty(position);
        let end = dirty.unwrap_or(u64::MAX).min(self.buffer.rules().max_len);
        let stretch = usize::try_from(end.saturating_sub(position)).unwrap_or(usize::MAX);
        if stretch < self.capacity().max(1) {
            return Ok(None);
        }
        let len = out.len().min(stretch);
        let mut n = self.port.read(position, &mut out[..len])?;
        if n == 0 && dirty.is_some() {
            // The stream ends before bytes that it has not got yet: up to them, there are zeros.
            out[..len].fill(0);
            n = len;
        }
        self.buffer.close_at(position + n as u64);
        Ok(Some(n))
    }

    /// Writes straight to the stream, after everything that was written before.
    fn write_around(&mut self, bytes: &[u8]) -> Result<usize, MmioError> {
        self.write_back_all()?;
        let position = self.buffer.position();
        // Before the call: a stream that fails, or lies, may have taken bytes all the same.
        self.buffer.forget(position, position + bytes.len() as u64);
        let n = self.port.write(position, bytes)?;
        self.buffer.close_at(position + n as u64);
        Ok(n)
    }
}
