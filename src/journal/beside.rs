//! A file and the journal that lies beside it: opened, locked, made and removed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::session::Place;
use crate::{MmioError, MmioFile, PositionedFile, Sharing, Storage};

/// The journal of a file, as [`edit`](super::edit) makes it.
#[derive(Debug)]
pub struct JournalFile {
    file: PositionedFile,
    path: PathBuf,
    /// Whether the name is known to be durable.
    is_named: bool,
}

/// Where the journal of a file lies.
#[derive(Debug)]
pub(super) struct Beside {
    path: PathBuf,
}

/// Opens the file of an edit, so that nobody else edits it, and finds out where its journal lies.
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
    Ok((main, Beside { path: name.into() }))
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

impl Beside {
    /// Removes whatever lies at the journal's name, a link rather than what it leads to.
    pub(super) fn remove_any(&self) -> Result<(), MmioError> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
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
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
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

    /// Whoever may not read the file may not read its journal.
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

    /// The journal, and the first time its name too: what is durable under no name can't be found.
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

/// Makes the names in a folder durable, where there is a way to.
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

/// Owners and permissions, as Unix has them.
#[cfg(unix)]
mod native {
    use std::fs::{File, Metadata, Permissions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
    use std::path::Path;

    const GROUP: u32 = 0o070;
    const ALL: u32 = 0o777;

    /// Creates a file that nobody else may read yet.
    pub(super) fn create(path: &Path) -> io::Result<File> {
        File::options().read(true).write(true).create_new(true).mode(0o600).open(path)
    }

    /// Gives a journal the owner and the permissions of its file.
    ///
    /// Whoever may write a file that somebody else owns can't give its owner anything, and is refused.
    pub(super) fn protect_as(journal: &File, main: &File) -> io::Result<()> {
        let (new, main) = (journal.metadata()?, main.metadata()?);
        let mut mode = main.mode() & ALL;
        if (new.uid(), new.gid()) != (main.uid(), main.gid())
            && let Err(error) = fchown(journal, Some(main.uid()), Some(main.gid()))
        {
            if new.uid() != main.uid() {
                return Err(error);
            }
            // The owner need not be in the file's group; what that may do, another must not.
            mode &= !GROUP;
        }
        journal.set_permissions(Permissions::from_mode(mode))
    }

    /// Whether what was found at the journal's name is what was opened then, has no other name, and
    /// belongs to the owner of the file.
    pub(super) fn is_journal_of(there: &Metadata, opened: &File, main: &File) -> io::Result<bool> {
        let (opened, main) = (opened.metadata()?, main.metadata()?);
        let is_same = (there.dev(), there.ino()) == (opened.dev(), opened.ino());
        Ok(is_same && opened.nlink() == 1 && opened.uid() == main.uid())
    }
}

/// Elsewhere a new file is as its folder says.
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
