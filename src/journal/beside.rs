//! A file and the journal that lies beside it: opened, locked, made and removed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::{MmioError, MmioFile, PositionedFile, Sharing, Storage};

/// The journal of a file, as [`edit`](super::edit) makes it.
#[derive(Debug)]
pub struct JournalFile {
    file: PositionedFile,
    path: PathBuf,
    /// The folder of a journal that is new, until the name is durable in it.
    unsynced_folder: Option<PathBuf>,
}

/// Opens the file of an edit, so that nobody else edits it, and finds out where its journal lies.
pub(super) fn open_main(path: &Path) -> Result<(PositionedFile, PathBuf), MmioError> {
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
    Ok((main, name.into()))
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

/// Removes whatever lies at a journal's name, a link rather than what it leads to.
pub(super) fn remove_any(path: &Path) -> Result<(), MmioError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        answer => answer.and_then(|()| sync_folder(folder_of(path))),
    }
    .map_err(|source| MmioError::CannotOpen { path: path.into(), source })
}

impl JournalFile {
    /// Opens the journal that lies beside `main`, if there is one.
    pub(super) fn find(main: &PositionedFile, path: &Path) -> Result<Option<Self>, MmioError> {
        let cannot_open = |source| MmioError::CannotOpen { path: path.into(), source };
        let foreign = || MmioError::JournalForeign { path: path.into() };
        let there = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            answer => answer.map_err(cannot_open)?,
        };
        if !there.is_file() {
            return Err(foreign());
        }
        let file = File::options().read(true).write(true).open(path).map_err(cannot_open)?;
        if !native::is_journal_of(&there, &file, main.get_ref()).map_err(cannot_open)? {
            return Err(foreign());
        }
        let file = PositionedFile::new(file).map_err(cannot_open)?;
        Ok(Some(Self { file, path: path.into(), unsynced_folder: None }))
    }

    /// Makes the journal of `main`, which has none: whoever may not read the one may not read the other.
    pub(super) fn create(main: &PositionedFile, path: &Path) -> Result<Self, MmioError> {
        let cannot_open = |source| MmioError::CannotOpen { path: path.into(), source };
        let file = native::create(path).map_err(cannot_open)?;
        let journal = native::protect_as(&file, main.get_ref())
            .and_then(|()| PositionedFile::new(file))
            .map(|file| Self {
                file,
                path: path.into(),
                unsynced_folder: Some(folder_of(path).into()),
            });
        journal.map_err(|source| {
            let _ = fs::remove_file(path);
            cannot_open(source)
        })
    }

    /// Removes the journal, which holds nothing that could be applied.
    ///
    /// If that fails, or a power cut brings it back, it is one that holds nothing; so no error is
    /// reported.
    pub(super) fn remove(&self) {
        let _ = fs::remove_file(&self.path).and_then(|()| sync_folder(folder_of(&self.path)));
    }

    fn sync(&mut self, call: impl Fn(&File) -> io::Result<()>) -> io::Result<()> {
        call(self.file.get_ref())?;
        if let Some(folder) = &self.unsynced_folder {
            sync_folder(folder)?;
            self.unsynced_folder = None;
        }
        Ok(())
    }
}

/// The error with the path of the journal.
pub(super) fn name(error: MmioError, path: &Path) -> MmioError {
    match error {
        MmioError::JournalForeign { .. } => MmioError::JournalForeign { path: path.into() },
        other => other,
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

    /// The journal, and its name if that is new: what is durable under no name can't be found.
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
