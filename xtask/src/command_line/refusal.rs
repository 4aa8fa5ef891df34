//! What clap refuses, told in French: what is wrong, what may have been meant, and how it is typed.

use crate::fault::Fault;
use clap::Error;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The refusal in French. `None` where it is none, as with `--help`, or of a kind that this course's commands do not meet.
pub fn in_french(error: &Error) -> Option<Fault> {
    let about = |kind| error.get(kind).map(plain).unwrap_or_default();
    let (argument, value) = (about(ContextKind::InvalidArg), about(ContextKind::InvalidValue));
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            format!("il n'y a pas de commande \"{}\"", about(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => format!("\"{argument}\" n'est pas attendu ici"),
        ErrorKind::MissingRequiredArgument => format!("il manque {argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("il manque une valeur à {argument}"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("\"{value}\" n'est pas une valeur de {argument}")
        }
        ErrorKind::ArgumentConflict => {
            format!("{argument} ne va pas avec {}", about(ContextKind::PriorArg))
        }
        _ => return None,
    };
    let kinds = [
        ("Peut-être\u{a0}: ", ContextKind::SuggestedSubcommand),
        ("Peut-être\u{a0}: ", ContextKind::SuggestedArg),
        ("Valeurs possibles\u{a0}: ", ContextKind::ValidValue),
        ("", ContextKind::Usage),
    ];
    let known = kinds.into_iter().map(|(before, kind)| (before, about(kind)));
    let lines =
        known.filter(|(_, text)| !text.is_empty()).map(|(before, text)| before.to_owned() + &text);
    let help = "Tout ce qui peut être tapé\u{a0}: cargo xtask --help".to_owned();
    let next: Vec<String> = lines.chain([help]).collect();
    Some(Fault::new(what).next(next.join("\n")))
}

fn plain(value: &ContextValue) -> String {
    match value {
        ContextValue::Strings(several) => several.join(", "),
        // Clap's own French is the same word, but for its colon.
        ContextValue::StyledStr(text) => {
            text.to_string().trim().replace("Usage: ", "Usage\u{a0}: ")
        }
        other => other.to_string(),
    }
}
