//! A file and the journal beside it: opening, locking, creating and removing them.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::session::Place;
use crate::{MmioError, MmioFile, PositionedFile, Sharing, Storage};

/// The journal of a file, as [`edit`](super::edit) creates it.
#[derive(Debug)]
pub struct JournalFile {
    file: PositionedFile,
    path: PathBuf,
    /// Whether the journal's name is known to be durable.
    is_named: bool,
}

/// The place of a file's journal. The file is unlocked when this is dropped.
#[derive(Debug)]
pub(super) struct Beside {
    path: PathBuf,
    main: File,
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Closing it is not enough: a child process that is just being started has it open, too.
        let _ = self.main.unlock();
    }
}

/// Opens and locks the file of an edit, and finds the place of its journal.
pub(super) fn open_main(path: &Path) -> Result<(PositionedFile, Beside), MmioError> {
    let cannot_open = |source| MmioError::CannotOpen { path: path.into(), source };
    let real = fs::canonicalize(path).map_err(cannot_open)?;
    let mut options = MmioFile::options();
    options.read(true).write(true).capacity(0).sharing(Sharing::DenyWrite);
    let (main, _) = options.open(&real).map_err(|error| given(error, path))?.into_parts();
    if !main.get_ref().metadata().map_err(cannot_open)?.is_file() {
        let source = io::Error::new(ErrorKind::InvalidInput, "not a regular file");
        return Err(cannot_open(source));
    }
    let mut name = real.into_os_string();
    name.push(OsString::from(".mmio-journal"));
    let lock = main.get_ref().try_clone().map_err(cannot_open)?;
    Ok((main, Beside { path: name.into(), main: lock }))
}

/// The error with the path that the caller gave.
fn given(error: MmioError, path: &Path) -> MmioError {
    let path = path.into();
    match error {
        MmioError::CannotOpen { source, .. } => MmioError::CannotOpen { path, source },
        MmioError::SharingViolation { .. } => MmioError::SharingViolation { path },
        other => other,
    }
}

/// Whether there is no such file, and perhaps can't be one: the journal's name is longer than that of its file.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidFilename)
}

impl Beside {
    /// Removes whatever lies at the journal's name. A link is removed, not what it leads to.
    pub(super) fn remove_any(&self) -> Result<(), MmioError> {
        match fs::remove_file(&self.path) {
            Err(error) if is_absent(&error) => Ok(()),
            answer => answer.and_then(|()| sync_folder(folder_of(&self.path))),
        }
        .map_err(|source| self.cannot_open(source))
    }

    /// The error with the path of the journal.
    pub(super) fn name(&self, error: MmioError) -> MmioError {
        match error {
            MmioError::JournalForeign { .. } => self.foreign(),
            other => other,
        }
    }

    fn foreign(&self) -> MmioError {
        MmioError::JournalForeign { path: self.path.clone() }
    }

    fn cannot_open(&self, source: io::Error) -> MmioError {
        MmioError::CannotOpen { path: self.path.clone(), source }
    }

    fn journal(&self, file: File) -> io::Result<JournalFile> {
        let file = PositionedFile::new(file)?;
        Ok(JournalFile { file, path: self.path.clone(), is_named: false })
    }
}

impl Place for Beside {
    type Main = PositionedFile;
    type Journal = JournalFile;

    fn find(&self, main: &PositionedFile) -> Result<Option<JournalFile>, MmioError> {
        let cannot_open = |source| self.cannot_open(source);
        let there = match fs::symlink_metadata(&self.path) {
            Err(error) if is_absent(&error) => return Ok(None),
            answer => answer.map_err(cannot_open)?,
        };
        if !there.is_file() {
            return Err(self.foreign());
        }
        let file = File::options().read(true).write(true).open(&self.path).map_err(cannot_open)?;
        if !native::is_journal_of(&there, &file, main.get_ref()).map_err(cannot_open)? {
            return Err(self.foreign());
        }
        self.journal(file).map(Some).map_err(cannot_open)
    }

    /// A user who can't read the file must not be able to read its journal.
    fn create(&self, main: &PositionedFile) -> Result<JournalFile, MmioError> {
        let file = native::create(&self.path).map_err(|source| self.cannot_open(source))?;
        let protected = native::protect_as(&file, main.get_ref());
        protected.and_then(|()| self.journal(file)).map_err(|source| {
            let _ = fs::remove_file(&self.path);
            self.cannot_open(source)
        })
    }

    fn remove(journal: &JournalFile) {
        let _ = fs::remove_file(&journal.path);
    }
}

impl JournalFile {
    fn sync(&mut self, call: impl Fn(&File) -> io::Result<()>) -> io::Result<()> {
        call(self.file.get_ref())?;
        if !self.is_named {
            sync_folder(folder_of(&self.path))?;
            self.is_named = true;
        }
        Ok(())
    }
}

impl Read for JournalFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.file.read(out)
    }
}

impl Write for JournalFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for JournalFile {
    fn seek(&mut self, target: SeekFrom) -> io::Result<u64> {
        self.file.seek(target)
    }
}

impl Storage for JournalFile {
    fn set_len(&mut self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    /// Syncs the journal, and the first time its name too: without a name, durable bytes can't be
    /// found.
    fn sync_data(&mut self) -> io::Result<()> {
        self.sync(File::sync_data)
    }

    fn sync_all(&mut self) -> io::Result<()> {
        self.sync(File::sync_all)
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().expect("a file lies in a folder")
}

/// Makes the names in a folder durable, if the system has a call for that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(folder)?.sync_all() {
        // Some file systems have no such call.
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => {
            Ok(())
        }
        answer => answer,
    }
}

/// Owners and permissions on Unix.
#[cfg(unix)]
mod native {
    use std::fs::{File, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
    use std::path::Path;

    const GROUP: u32 = 0o070;
    const ALL: u32 = 0o777;

    /// Creates a file that no other user can read yet.
    pub(super) fn create(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).mode(0o600).open(path)
    }

    /// Gives a journal the owner and the permissions of its file.
    ///
    /// A user who can write the file but does not own it can't give the journal to the file's owner. The edit is
    /// refused then.
    pub(super) fn protect_as(journal: &File, main: &File) -> io::Result<()> {
        let (new, main) = (journal.metadata()?, main.metadata()?);
        let mut mode = main.mode() & ALL;
        if (new.uid(), new.gid()) != (main.uid(), main.gid())
            && let Err(error) = fchown(journal, Some(main.uid()), Some(main.gid()))
        {
            if new.uid() != main.uid() {
                return Err(error);
            }
            // The owner need not be in the file's group. Another group must not get that group's
            // permissions.
            mode &= !GROUP;
        }
        journal.set_permissions(Permissions::from_mode(mode))
    }

    /// Whether the file at the journal's name is the one that was opened, has no other name, and
    /// belongs to the owner of the file.
    pub(super) fn is_journal_of(there: &Metadata, opened: &File, main: &File) -> io::Result<bool> {
        let (opened, main) = (opened.metadata()?, main.metadata()?);
        let is_same = (there.dev(), there.ino()) == (opened.dev(), opened.ino());
        Ok(is_same && opened.nlink() == 1 && opened.uid() == main.uid())
    }
}

/// On other systems, a new file inherits its permissions from its folder.
#[cfg(not(unix))]
mod native {
    use std::fs::{File, Metadata};
    use std::io;
    use std::path::Path;

    pub(super) fn create(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).open(path)
    }

    #[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(super) fn protect_as(_: &File, _: &File) -> io::Result<()> {
        Ok(())
    }

    #[allow(clippy::unnecessary_wraps, reason = "as on Unix")]
    pub(super) fn is_journal_of(_: &Metadata, _: &File, _: &File) -> io::Result<bool> {
        Ok(true)
    }
}
