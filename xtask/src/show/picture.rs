//! A schedule as a picture: a lane a thread, time goes downwards. SVG, with no script and nothing from elsewhere.

mod layout;
mod marks;

use super::schedule::words::Words;
use super::text;
use crate::fault::Fault;
use crate::schedule::{Schedule, Story};
use crate::words;
use layout::Layout;
use std::path::Path;

/// By this the checker knows its own pictures again.
pub const MARK: &str = "<!-- drawn by cargo xtask check -->";

/// The file must not be there, unless it is an older picture.
///
/// # Errors
/// What is there.
pub fn require_free(file: &Path) -> Result<(), Fault> {
    require_own(file, MARK)
}

/// The file must not be there, unless the checker wrote it: `mark` is in it then.
///
/// # Errors
/// What is there.
pub fn require_own(file: &Path, mark: &str) -> Result<(), Fault> {
    let name = file.display();
    match std::fs::read(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Fault::unwritable(file, error)),
        Ok(old) if String::from_utf8_lossy(&old).contains(mark) => Ok(()),
        Ok(_) => {
            let what = words!(
                "{name} is there already, and was not written by the checker",
                "{name} existe déjà, et n'a pas été écrit par la vérification"
            );
            Err(Fault::new(what).next(words!(
                "It is left as it is. Choose another name.",
                "Il reste tel quel. Choisissez un autre nom."
            )))
        }
    }
}

/// Writes the picture of the schedule under which `test` fails.
///
/// # Errors
/// Why the file can't be written.
pub fn write(file: &Path, test: &str, schedule: &Schedule) -> Result<(), Fault> {
    require_free(file)?;
    std::fs::write(file, svg(test, schedule)).map_err(|error| Fault::unwritable(file, error))
}

/// The picture.
pub fn svg(test: &str, schedule: &Schedule) -> String {
    let story = Story::of(schedule);
    let words = Words { schedule, story: &story };
    let sentence = words.whole_sentence();
    let layout = Layout::new(&words, &sentence);
    let (width, height) = (layout.width(), layout.height());
    let id = &schedule.id;
    let title = escaped(&words!("How {test} fails: {id}", "Comment {test} échoue : {id}"));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title desc\">\n{MARK}\n<title id=\"title\">{title}</title>\n\
         <desc id=\"desc\">{}</desc>\n<style>\n{}</style>\n{}</svg>\n",
        escaped(&sentence),
        include_str!("picture/style.css"),
        marks::all(&layout, test),
    )
}

/// The text as XML has it, without what XML cannot have.
pub fn escaped(text: &str) -> String {
    text::safe(text)
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::show::schedule::examples;

    /// What is wrong with it as XML, as far as these pictures use it.
    fn flaw(xml: &str) -> Option<String> {
        let mut open = vec![];
        let mut rest = xml;
        while let Some((text, tag)) = rest.split_once('<') {
            let (tag, after) = tag.split_once('>')?;
            let entities = ["&amp;", "&lt;", "&gt;", "&quot;"];
            let bare =
                entities.iter().fold(text.to_owned(), |text, entity| text.replace(entity, ""));
            if bare.contains('&') || bare.contains('>') && open.last() != Some(&"style") {
                return Some(format!("{text:?} is not escaped"));
            }
            if let Some(name) = tag.strip_prefix('/') {
                if open.pop() != Some(name) {
                    return Some(format!("</{name}> closes nothing"));
                }
            } else if !tag.starts_with('!') && !tag.ends_with('/') {
                open.push(tag.split(' ').next().unwrap_or_default());
            }
            if tag.matches('"').count() % 2 == 1 {
                return Some(format!("<{tag}> has a quote too many"));
            }
            rest = after;
        }
        (!open.is_empty() || !rest.trim().is_empty()).then(|| format!("{open:?} is left open"))
    }

    #[test]
    fn pictures_are_well_formed() {
        for mut schedule in examples::schedules() {
            schedule.threads[0] = "<main> & \"others\" \u{7}".into();
            let svg = svg("robust::a_test", &schedule);
            assert_eq!(flaw(&svg), None, "{svg}");
            assert!(svg.contains("<title") && svg.contains("<desc") && !svg.contains("<script"));
        }
        assert!(flaw("<a><b></a></b>").is_some() && flaw("<a>&</a>").is_some());
    }

    #[test]
    fn only_a_picture_is_overwritten() {
        let file = std::env::temp_dir().join(format!("xtask-picture-{}.svg", std::process::id()));
        let schedule = &examples::schedules()[0];
        write(&file, "a_test", schedule).unwrap();
        write(&file, "a_test", schedule).unwrap();
        std::fs::write(&file, "notes").unwrap();
        let refused = write(&file, "a_test", schedule).unwrap_err();
        assert!(refused.what.contains("is there already"), "{refused}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "notes");
        std::fs::remove_file(&file).unwrap();
    }
}
