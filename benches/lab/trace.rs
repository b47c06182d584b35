//! What a program does to a stream: a list that can be recorded, and replayed over any other.

use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

/// One call of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Seek(u64),
    /// Asks for this many bytes; at the end of the file, it gets fewer.
    Read(usize),
    Write(usize),
    Flush,
}

/// A program over a file of `len` bytes.
pub(crate) struct Trace {
    pub(crate) name: String,
    pub(crate) len: u64,
    pub(crate) ops: Vec<Op>,
}

impl Trace {
    pub(crate) fn new(name: impl Into<String>, len: u64) -> Self {
        Self { name: name.into(), len, ops: Vec::new() }
    }

    pub(crate) fn seek(&mut self, offset: u64) -> &mut Self {
        self.ops.push(Op::Seek(offset));
        self
    }

    pub(crate) fn read(&mut self, len: usize) -> &mut Self {
        self.ops.push(Op::Read(len));
        self
    }

    pub(crate) fn write(&mut self, len: usize) -> &mut Self {
        self.ops.push(Op::Write(len));
        self
    }

    pub(crate) fn flush(&mut self) -> &mut Self {
        self.ops.push(Op::Flush);
        self
    }

    /// Does it all to `stream`, and flushes.
    pub(crate) fn replay(&self, stream: &mut (impl Read + Write + Seek)) -> io::Result<()> {
        let mut bytes = Vec::new();
        for op in self.ops.iter().chain([&Op::Flush]) {
            match *op {
                Op::Seek(offset) => {
                    stream.seek(SeekFrom::Start(offset))?;
                }
                Op::Read(len) => {
                    bytes.resize(bytes.len().max(len), 0);
                    let mut done = 0;
                    while done < len {
                        match stream.read(&mut bytes[done..len])? {
                            0 => break,
                            n => done += n,
                        }
                    }
                }
                Op::Write(len) => {
                    bytes.resize(bytes.len().max(len), 0);
                    stream.write_all(&bytes[..len])?;
                }
                Op::Flush => stream.flush()?,
            }
        }
        Ok(())
    }
}

/// A file in memory that records the calls made on it.
pub(crate) struct Recorder {
    file: Cursor<Vec<u8>>,
    trace: Trace,
}

impl Recorder {
    pub(crate) fn new(name: &str, bytes: Vec<u8>) -> Self {
        let trace = Trace::new(name, bytes.len() as u64);
        Self { file: Cursor::new(bytes), trace }
    }

    pub(crate) fn len(&self) -> u64 {
        self.file.get_ref().len() as u64
    }

    /// What was done to it, and the bytes that it has now.
    pub(crate) fn into_parts(self) -> (Trace, Vec<u8>) {
        (self.trace, self.file.into_inner())
    }
}

impl Read for Recorder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.trace.read(out.len());
        self.file.read(out)
    }
}

impl Write for Recorder {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.trace.write(bytes.len());
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.trace.flush();
        Ok(())
    }
}

impl Seek for Recorder {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let before = self.file.position();
        let offset = self.file.seek(target)?;
        // Asking where the file is moves nothing.
        if offset != before {
            self.trace.seek(offset);
        }
        Ok(offset)
    }
}

impl lofty::io::Truncate for Recorder {
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.file.get_mut().truncate(len);
        Ok(())
    }
}

impl lofty::io::Length for Recorder {
    fn len(&self) -> io::Result<u64> {
        Ok(self.len())
    }
}
