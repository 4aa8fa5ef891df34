//! A folder that is written beside its place, and put there when it is whole.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use xtask::fault::Fault;

/// A folder that nobody sees under its name yet. Dropped before it is published, it is removed.
pub struct Draft {
    /// Where it is written.
    draft: PathBuf,
    /// Where it belongs.
    place: PathBuf,
    published: bool,
}

impl Draft {
    /// Begins a folder for `place`, which is not there yet or is an empty folder.
    ///
    /// # Errors
    /// The place is taken, or nothing can be written beside it.
    pub fn begin(place: &Path) -> Result<Self, Fault> {
        require_free(place)?;
        // Without links and dots: what is renamed there must be beside it.
        let place = match place.canonicalize() {
            Ok(place) => place,
            Err(_) => std::path::absolute(place).map_err(|error| cannot_write(place, &error))?,
        };
        let (Some(name), Some(parent)) = (place.file_name(), place.parent()) else {
            return Err(Fault::new(format!("{} is no name for a folder", place.display())));
        };
        let name = format!(".{}.draft-{}", name.to_string_lossy(), std::process::id());
        let draft = parent.join(name);
        fs::create_dir_all(parent).map_err(|error| cannot_write(parent, &error))?;
        fs::create_dir(&draft).map_err(|error| cannot_write(&draft, &error))?;
        Ok(Self { draft, place, published: false })
    }

    /// Where it is written.
    pub fn folder(&self) -> &Path {
        &self.draft
    }

    /// Writes a file of it.
    pub fn put(&self, file: &Path, text: &[u8]) -> Result<(), Fault> {
        let path = self.draft.join(file);
        let folder = path.parent().unwrap_or(&self.draft);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.map_err(|error| cannot_write(&path, &error))
    }

    /// Puts it in its place.
    ///
    /// # Errors
    /// Somebody was faster, or the disk refuses.
    pub fn publish(mut self) -> Result<(), Fault> {
        fs::rename(&self.draft, &self.place).map_err(|error| cannot_write(&self.place, &error))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.published {
            // What can't be written can perhaps not be removed either: the first error is the one that is told.
            let _ = fs::remove_dir_all(&self.draft);
        }
    }
}

fn require_free(place: &Path) -> Result<(), Fault> {
    let another = "Name a folder that is not there yet.";
    if place.symlink_metadata().is_err() {
        return Ok(());
    }
    let taken = |what: &str| Fault::new(format!("{} is {what}", place.display())).next(another);
    if !place.is_dir() {
        return Err(taken("not a folder"));
    }
    match fs::read_dir(place).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(taken("there, and not empty")),
        Err(error) => Err(taken(&format!("a folder that can't be read: {error}"))),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Fault {
    Fault::new(format!("can't write {}: {error}", path.display()))
        .next("Nothing was written. Is the disk full, or the folder read-only?")
}
