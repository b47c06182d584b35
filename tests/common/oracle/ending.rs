//! What must be true after flushing, syncing, and each way to be done with a file.

use mmio_file::{FlushFlags, MmioError, MmioFile};

use super::{Harness, Model};

impl Harness {
    pub(super) fn flush(&mut self, flags: FlushFlags) {
        let answer = self.file().flush(flags);
        if self.or_failed(answer).is_some() {
            assert_eq!(self.file().dirty_len(), 0);
            self.check_flushed();
        }
    }

    pub(super) fn sync(&mut self) {
        let answer = self.file().sync_all();
        if let Err(MmioError::CannotSync { .. }) = answer {
            self.check_flushed();
            if self.is_sync_broken {
                return;
            }
            self.is_sync_broken = true;
        }
        if self.or_failed(answer).is_some() {
            assert!(!self.is_sync_broken, "a sync that failed stays failed");
            self.check_flushed();
        }
    }

    /// A new file over the same stream, which is put where the old file was.
    pub(super) fn reopen(&mut self, capacity: usize) {
        self.stream.edit().position = self.model.position as u64;
        let mut file = MmioFile::with_capacity(capacity, self.stream.clone());
        file.set_sole_owner(self.is_sole_owner);
        self.file = Some(file);
        self.is_sync_broken = false;
    }

    pub(super) fn close(&mut self) {
        let file = self.file.take().unwrap();
        let capacity = file.capacity();
        match file.close() {
            Ok(()) => {
                self.check_flushed();
                self.reopen(capacity);
            }
            Err(error) => {
                let (error, file) = error.into_parts();
                self.file = Some(file);
                self.check_cause(&error);
            }
        }
    }

    pub(super) fn take_stream(&mut self) {
        let file = self.file.take().unwrap();
        let capacity = file.capacity();
        match file.into_inner() {
            Ok(stream) => {
                self.check_flushed();
                assert_eq!(stream.look().position, self.model.position as u64);
                self.reopen(capacity);
            }
            Err(error) => {
                let (error, file) = error.into_parts();
                self.file = Some(file);
                self.check_cause(&error);
            }
        }
    }

    pub(super) fn take_apart(&mut self) {
        let file = self.file.take().unwrap();
        let capacity = file.capacity();
        let calls = self.stream.call_count();
        let (stream, unwritten) = file.into_parts();
        assert_eq!(self.stream.call_count(), calls, "a call on the stream");

        let mut rebuilt = Model { bytes: stream.content(), position: 0 };
        let mut end = 0;
        for run in &unwritten {
            assert!(run.offset >= end && !run.bytes.is_empty(), "out of order, or overlapping");
            end = run.offset + run.bytes.len() as u64;
            rebuilt.write_at(usize::try_from(run.offset).unwrap(), &run.bytes);
        }
        assert_eq!(rebuilt.bytes, self.model.bytes, "the stream and what is unwritten together");
        // As if they had been written: what is unwritten is given up by us, not by the file.
        let mut state = self.stream.edit();
        state.bytes = rebuilt.bytes;
        state.is_flushed = true;
        drop(state);
        self.reopen(capacity);
    }
}
