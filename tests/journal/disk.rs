//! A disk in memory that loses its power: a file, the journals beside it and their name in the folder, and
//! every state in which a cut may leave them.
//!
//! A write reaches the disk at the next sync at the latest. Until then, any subset of the writes and
//! truncations since the last sync may have arrived, each sector of 512 bytes by itself. Of a write that
//! made the file longer, only the length may have arrived, with zeros or junk for the bytes. After a failed
//! sync, what has not arrived never will, though every program still sees it. The name in the folder is any
//! of those that it had since the folder's last sync.
//!
//! A program that is killed is cut off likewise, but [`Disk::restart`] leaves what programs see as it is, and
//! what has not arrived yet may still do so, or get lost.

use std::cell::RefCell;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::rc::Rc;

use mmio_file::Storage;

use super::on_disk::OnDisk;
pub(crate) use super::on_disk::Random;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Main,
    Journal,
    Folder,
}

/// What lies at the journal's name: which of the journals, if any.
#[derive(Clone, Debug, Default)]
struct Name {
    durable: Option<usize>,
    /// What it was since the folder's last sync, in order.
    pending: Vec<Option<usize>>,
}

impl Name {
    fn seen(&self) -> Option<usize> {
        self.pending.last().copied().unwrap_or(self.durable)
    }
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It does nothing.
    Fails,
    /// It does everything, and then fails.
    DoneAndFails,
    /// A write does half, and says so; the next one fails.
    Half,
    /// From then on, nothing that makes the file write succeeds until there is room.
    Full,
    /// It does half, and fails.
    HalfAndFails,
    /// It is interrupted once, which must not be noticed.
    Interrupted,
}

pub(crate) const FAULTS: [Fault; 6] = [
    Fault::Fails,
    Fault::DoneAndFails,
    Fault::Half,
    Fault::Full,
    Fault::HalfAndFails,
    Fault::Interrupted,
];

/// The disk.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    pub(crate) main: OnDisk,
    journals: Vec<OnDisk>,
    name: Name,
    /// How many calls were made that change something, or can fail.
    pub(crate) calls: usize,
    /// The first call that is not made any more.
    pub(crate) cut: usize,
    /// The calls that fail.
    pub(crate) faults: Vec<(usize, Fault)>,
    full: Option<Which>,
    pub(crate) met: Option<(Which, Fault)>,
    pub(crate) random: Random,
    /// How many syncs of each were made.
    pub(crate) synced: [usize; 3],
    /// Whether the file was written to by a program with a journal.
    pub(crate) is_touched: bool,
    /// How many bytes were written.
    pub(crate) written: u64,
    /// Whether another program waits for the file's lock; what it made of the file when it got it.
    pub(crate) is_awaited: bool,
    pub(crate) edited: Option<Vec<u8>>,
}

pub(crate) type Shared = Rc<RefCell<Disk>>;

impl Disk {
    pub(crate) fn new(main: &[u8], journal: Option<&[u8]>, seed: u64) -> Shared {
        let durable = journal.map(|_| 0);
        Rc::new(RefCell::new(Self {
            main: OnDisk::new(main),
            journals: journal.map(OnDisk::new).into_iter().collect(),
            name: Name { durable, pending: Vec::new() },
            calls: 0,
            cut: usize::MAX,
            faults: Vec::new(),
            full: None,
            met: None,
            random: Random(seed | 1),
            synced: [0; 3],
            is_touched: false,
            written: 0,
            is_awaited: false,
            edited: None,
        }))
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.calls > self.cut
    }

    pub(crate) fn make_room(&mut self) {
        self.full = None;
        self.faults.clear();
    }

    /// From now on, no call that makes the file write succeeds.
    pub(crate) fn fill(&mut self, which: Which) {
        self.full = Some(which);
    }

    /// The program is gone, the power is not: another one may begin.
    pub(crate) fn restart(&self) -> Shared {
        let mut disk = self.clone();
        disk.make_room();
        (disk.calls, disk.cut, disk.synced) = (0, usize::MAX, [0; 3]);
        (disk.is_touched, disk.is_awaited) = (false, false);
        Rc::new(RefCell::new(disk))
    }

    /// Another program edits the file, plainly and durably.
    pub(crate) fn edit_plainly(&mut self) -> Vec<u8> {
        if let len @ 1.. = self.main.seen.len() {
            let at = self.random.below(len);
            let byte = self.main.seen[at] ^ 1;
            self.main.write(at as u64, &[byte]);
        }
        self.main.sync();
        self.main.seen.clone()
    }

    /// What the disk holds of the journal after a cut, if it has its name.
    pub(crate) fn journal_images(&self, most: usize, random: &mut Random) -> Vec<Option<Vec<u8>>> {
        let mut names = self.name.pending.clone();
        names.push(self.name.durable);
        names.sort_unstable();
        names.dedup();
        let mut images = Vec::new();
        for name in names {
            match name {
                None => images.push(None),
                Some(journal) => {
                    images
                        .extend(self.journals[journal].images(most, random).into_iter().map(Some));
                }
            }
        }
        images
    }

    /// What every program sees of the journal.
    pub(crate) fn journal(&self) -> Option<&[u8]> {
        self.name.seen().map(|journal| &self.journals[journal].seen[..])
    }

    fn file(&mut self, which: Which, journal: usize) -> &mut OnDisk {
        match which {
            Which::Main => &mut self.main,
            _ => &mut self.journals[journal],
        }
    }

    /// Begins a call: an error if there is no power, or else its fault.
    fn begin(&mut self, which: Which, grows: bool) -> io::Result<Option<Fault>> {
        self.calls += 1;
        if self.is_cut() {
            return Err(io::Error::other("the power is gone"));
        }
        let call = self.calls - 1;
        let fault = self.faults.iter().find(|fault| fault.0 == call).map(|fault| fault.1);
        if let Some(fault) = fault {
            self.met = Some((which, fault));
        }
        match fault {
            Some(Fault::Full) => self.full = Some(which),
            Some(Fault::Interrupted) => return Err(ErrorKind::Interrupted.into()),
            Some(Fault::Fails) => return Err(io::Error::other("put in by the test")),
            _ => {}
        }
        if grows && self.full == Some(which) {
            return Err(ErrorKind::StorageFull.into());
        }
        Ok(fault)
    }

    /// Opens what lies at the journal's name.
    pub(crate) fn find(disk: &Shared) -> Option<SimFile> {
        let journal = disk.borrow().name.seen()?;
        Some(SimFile {
            disk: disk.clone(),
            which: Which::Journal,
            journal,
            position: 3,
            is_named: false,
        })
    }

    /// Makes a journal and gives it the name, which has none.
    pub(crate) fn create(disk: &Shared) -> SimFile {
        {
            let disk = &mut *disk.borrow_mut();
            assert_eq!(disk.name.seen(), None, "there is one already");
            disk.journals.push(OnDisk::default());
            disk.name.pending.push(Some(disk.journals.len() - 1));
        }
        Self::find(disk).expect("it was just made")
    }

    /// The same as a call that can be cut, and can fail.
    pub(crate) fn try_create(disk: &Shared) -> io::Result<SimFile> {
        let fault = disk.borrow_mut().begin(Which::Folder, true)?;
        let journal = Self::create(disk);
        if matches!(fault, None | Some(Fault::Full)) {
            return Ok(journal);
        }
        disk.borrow_mut().name.pending.push(None);
        Err(io::Error::other("put in by the test"))
    }
}

/// A handle on one of the two.
#[derive(Debug)]
pub(crate) struct SimFile {
    pub(crate) disk: Shared,
    which: Which,
    /// Which of the journals, if it is one.
    journal: usize,
    position: u64,
    /// Whether a journal's name is known to be durable.
    is_named: bool,
}

impl SimFile {
    pub(crate) fn main(disk: &Shared) -> Self {
        // Not where it is expected to be.
        Self { disk: disk.clone(), which: Which::Main, journal: 0, position: 3, is_named: true }
    }

    /// The file and its journal, which is made if there is none.
    pub(crate) fn pair(disk: &Shared) -> (Self, Self) {
        let journal = Disk::find(disk).unwrap_or_else(|| Disk::create(disk));
        (Self::main(disk), journal)
    }

    /// Removes the journal.
    pub(crate) fn remove(&self) -> io::Result<()> {
        let disk = &mut *self.disk.borrow_mut();
        let fault = disk.begin(Which::Folder, false)?;
        if !matches!(fault, Some(Fault::Half | Fault::HalfAndFails)) {
            disk.name.pending.push(None);
        }
        Ok(())
    }

    fn file<'a>(&self, disk: &'a mut Disk) -> &'a mut OnDisk {
        disk.file(self.which, self.journal)
    }

    fn sync(&mut self) -> io::Result<()> {
        let disk = &mut *self.disk.borrow_mut();
        match disk.begin(self.which, false) {
            Ok(None) => self.file(disk).sync(),
            Ok(Some(Fault::DoneAndFails)) => {
                self.file(disk).sync();
                return Err(io::Error::other("put in by the test"));
            }
            answer => {
                let is_interrupted =
                    answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::Interrupted);
                if !disk.is_cut() && !is_interrupted {
                    let mut random = disk.random.clone();
                    self.file(disk).fail_to_sync(&mut random);
                    disk.random = random;
                }
                answer?;
                return Err(io::Error::other("put in by the test"));
            }
        }
        disk.synced[self.which as usize] += 1;
        // As the journal beside a file does it: its name is durable with its first sync.
        if !self.is_named {
            let fault = disk.begin(Which::Folder, false)?;
            if matches!(fault, None | Some(Fault::DoneAndFails)) {
                disk.name = Name { durable: disk.name.seen(), pending: Vec::new() };
            }
            if fault.is_some() {
                return Err(io::Error::other("put in by the test"));
            }
            disk.synced[Which::Folder as usize] += 1;
            self.is_named = true;
        }
        Ok(())
    }
}

impl Drop for SimFile {
    /// A program that waits for the lock gets it.
    fn drop(&mut self) {
        let disk = &mut *self.disk.borrow_mut();
        if self.which == Which::Main && disk.is_awaited && !disk.is_cut() {
            disk.is_awaited = false;
            let edited = disk.edit_plainly();
            disk.edited = Some(edited);
        }
    }
}

impl Read for SimFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let disk = &mut *self.disk.borrow_mut();
        let fault = disk.begin(self.which, false)?;
        if !matches!(fault, None | Some(Fault::Half | Fault::Full)) {
            return Err(io::Error::other("put in by the test"));
        }
        let bytes = &disk.file(self.which, self.journal).seen;
        let rest = bytes.get(self.position as usize..).unwrap_or_default();
        let mut n = rest.len().min(out.len());
        if fault == Some(Fault::Half) && n > 1 {
            n /= 2;
        }
        out[..n].copy_from_slice(&rest[..n]);
        self.position += n as u64;
        Ok(n)
    }
}

impl Write for SimFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let disk = &mut *self.disk.borrow_mut();
        let fault = disk.begin(self.which, true)?;
        disk.is_touched |= self.which == Which::Main;
        let n = match fault {
            Some(Fault::Half | Fault::HalfAndFails) if bytes.len() > 1 => bytes.len() / 2,
            _ => bytes.len(),
        };
        self.file(disk).write(self.position, &bytes[..n]);
        disk.written += n as u64;
        self.position += n as u64;
        match fault {
            Some(Fault::DoneAndFails | Fault::HalfAndFails) => {
                Err(io::Error::other("put in by the test"))
            }
            Some(Fault::Half) => {
                let next = disk.calls;
                disk.faults.push((next, Fault::Fails));
                Ok(n)
            }
            _ => Ok(n),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for SimFile {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        let len = self.file(&mut self.disk.borrow_mut()).seen.len() as u64;
        self.position = match target {
            SeekFrom::Start(offset) => offset,
            SeekFrom::Current(distance) => self.position.checked_add_signed(distance).unwrap(),
            SeekFrom::End(distance) => len.checked_add_signed(distance).unwrap(),
        };
        Ok(self.position)
    }
}

impl Storage for SimFile {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        let disk = &mut *self.disk.borrow_mut();
        let fault = disk.begin(self.which, true)?;
        disk.is_touched |= self.which == Which::Main;
        self.file(disk).set_len(len);
        match fault {
            None | Some(Fault::Full | Fault::Half) => Ok(()),
            _ => Err(io::Error::other("put in by the test")),
        }
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.sync()
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.sync()
    }
}
