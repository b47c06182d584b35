//! What a program does to a journaled file, and what the file must be afterwards.

use std::io::{self, Read, Seek, SeekFrom, Write};

use mmio_file::journal::Journaled;
use mmio_file::{MmioError, MmioFile, Storage};

use super::disk::{Disk, Random, Shared, SimFile};

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Write(u64, Vec<u8>),
    SetLen(u64),
    Commit,
    Rollback,
    /// All of it is read, and compared.
    Read,
}

/// A file of whatever bytes.
pub(crate) fn bytes(len: usize, seed: u8) -> Vec<u8> {
    (0..len).map(|i| (i as u8).wrapping_mul(7).wrapping_add((i >> 8) as u8) ^ seed).collect()
}

pub(crate) fn script(random: &mut Random, len: usize) -> Vec<Step> {
    let steps = 1 + random.below(6);
    let mut script: Vec<Step> = (0..steps)
        .map(|_| match random.below(10) {
            0 => Step::SetLen(random.below(len * 2 + 1) as u64),
            1 => Step::Rollback,
            2 => Step::Commit,
            3 => Step::Read,
            _ => {
                let at = random.below(len + 700) as u64;
                let size = [1, 5, 300, 700, 1500][random.below(5)];
                Step::Write(at, bytes(1 + random.below(size), random.below(256) as u8))
            }
        })
        .collect();
    script.push(Step::Commit);
    script
}

/// The bytes that a file has after a step.
fn apply(step: &Step, bytes: &mut Vec<u8>) {
    match step {
        Step::Write(at, new) => {
            let (start, end) = (*at as usize, *at as usize + new.len());
            bytes.resize(bytes.len().max(end), 0);
            bytes[start..end].copy_from_slice(new);
        }
        Step::SetLen(len) => bytes.resize(*len as usize, 0),
        Step::Commit | Step::Rollback | Step::Read => {}
    }
}

pub(crate) trait Stream: Read + Write + Seek {}

impl<S: Read + Write + Seek> Stream for S {}

/// What lies over the two storages.
pub(crate) enum Subject {
    Bare(Box<Journaled<SimFile, SimFile>>),
    Buffered(Box<MmioFile<Journaled<SimFile, SimFile>>>),
}

impl Subject {
    /// Over the bare storage, or a buffer of this many bytes.
    pub(crate) fn open(disk: &Shared, capacity: Option<usize>) -> Result<Self, MmioError> {
        let (main, journal) = SimFile::pair(disk);
        let storage = Journaled::open(main, journal)?;
        Ok(match capacity {
            None => Self::Bare(Box::new(storage)),
            Some(capacity) => Self::Buffered(Box::new(MmioFile::with_capacity(capacity, storage))),
        })
    }

    fn stream(&mut self) -> &mut dyn Stream {
        match self {
            Self::Bare(storage) => storage,
            Self::Buffered(file) => &mut **file,
        }
    }

    pub(crate) fn commit(&mut self) -> Result<(), MmioError> {
        match self {
            Self::Bare(storage) => storage.commit(),
            Self::Buffered(file) => file.commit(),
        }
    }

    pub(crate) fn rollback(&mut self) -> Result<(), MmioError> {
        match self {
            Self::Bare(storage) => storage.rollback(),
            Self::Buffered(file) => file.rollback(),
        }
    }

    pub(crate) fn read(&mut self) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        let stream = self.stream();
        stream.seek(SeekFrom::Start(0))?;
        stream.read_to_end(&mut all)?;
        Ok(all)
    }

    fn step(&mut self, step: &Step) -> io::Result<()> {
        match step {
            Step::Write(..) | Step::SetLen(_) => match self {
                Self::Bare(storage) => {
                    if let Step::SetLen(len) = step {
                        return storage.set_len(*len);
                    }
                    change(storage, step)
                }
                Self::Buffered(file) => run_all(file, std::slice::from_ref(step)),
            },
            Step::Commit => Ok(self.commit()?),
            Step::Rollback => Ok(self.rollback()?),
            Step::Read => Ok(()),
        }
    }

    /// Ends the session.
    pub(crate) fn close(self) -> Result<(), MmioError> {
        match self {
            Self::Bare(storage) => storage.close(),
            Self::Buffered(file) => file.into_parts().0.close(),
        }
    }
}

/// Makes the changes of a script.
pub(crate) fn run_all<S: Storage>(file: &mut MmioFile<S>, script: &[Step]) -> io::Result<()> {
    for step in script {
        if let Step::SetLen(len) = step {
            file.set_len(*len)?;
        }
        change(file, step)?;
    }
    Ok(())
}

fn change(stream: &mut impl Stream, step: &Step) -> io::Result<()> {
    if let Step::Write(at, bytes) = step {
        stream.seek(SeekFrom::Start(*at))?;
        stream.write_all(bytes)?;
    }
    Ok(())
}

/// What a file may be now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Expected {
    /// The file after the last commit that returned `Ok`.
    pub(crate) committed: Vec<u8>,
    /// The file after the commit that is in progress, or failed midway.
    pub(crate) maybe: Option<Vec<u8>>,
    /// What the program sees.
    pub(crate) current: Vec<u8>,
    /// Whether it may be whatever it is, unless it is changed: others have not synced what they wrote.
    pub(crate) is_unsynced: bool,
}

impl Expected {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let (committed, current) = (bytes.into(), bytes.into());
        Self { committed, maybe: None, current, is_unsynced: false }
    }

    pub(crate) fn allows(&self, bytes: &[u8]) -> bool {
        bytes == self.committed || self.maybe.as_ref().is_some_and(|maybe| maybe == bytes)
    }

    /// What the program makes of the file by the script without commits, if it ends.
    pub(crate) fn after(old: &[u8], script: &[Step]) -> Vec<u8> {
        let mut bytes = old.to_vec();
        for step in script {
            apply(step, &mut bytes);
        }
        bytes
    }

    /// Runs the script until it fails; what failed then.
    pub(crate) fn run(
        &mut self,
        subject: &mut Subject,
        script: &[Step],
    ) -> Result<(), (usize, io::Error)> {
        for (index, step) in script.iter().enumerate() {
            if matches!(step, Step::Commit) {
                self.maybe = Some(self.current.clone());
            }
            subject.step(step).map_err(|error| (index, error))?;
            match step {
                Step::Commit => {
                    self.committed = self.current.clone();
                    self.maybe = None;
                }
                Step::Rollback => self.current = self.committed.clone(),
                Step::Read => {
                    let read = subject.read().map_err(|error| (index, error))?;
                    assert!(read == self.current, "read back wrong");
                }
                _ => apply(step, &mut self.current),
            }
        }
        Ok(())
    }
}

/// The disk as a cut leaves it: the two files, the journal if it has kept its name.
pub(crate) fn reopened(main: &[u8], journal: Option<&[u8]>) -> Shared {
    Disk::new(main, journal, 1)
}
