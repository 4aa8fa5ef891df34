//! A format string of the source, as a pattern for the texts that come of it.

/// A format string: what is fixed in it, and the places between.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// One more than there are places: before the first, between them, after the last.
    fixed: Vec<String>,
    /// As they are written, `{name:?}`, in their order.
    places: Vec<String>,
}

impl Pattern {
    /// Reads a format string: `{{` and `}}` are braces, any other `{…}` is a place.
    pub fn new(format: &str) -> Self {
        let (mut fixed, mut places) = (vec![String::new()], vec![]);
        let mut rest = format;
        while let Some(at) = rest.find(['{', '}']) {
            let last = fixed.last_mut().expect("the beginning is always there");
            last.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            let after = &rest[at + 1..];
            let place = after.find('}').filter(|_| brace == "{");
            if let Some(doubled) = after.strip_prefix(brace) {
                last.push_str(brace);
                rest = doubled;
            } else if let Some(end) = place {
                places.push(rest[at..=at + 1 + end].to_owned());
                fixed.push(String::new());
                rest = &after[end + 1..];
            } else {
                last.push_str(brace);
                rest = after;
            }
        }
        fixed.last_mut().expect("the beginning is always there").push_str(rest);
        Self { fixed, places }
    }

    /// The places, as they are written.
    pub fn places(&self) -> &[String] {
        &self.places
    }

    /// How many bytes are fixed: the more, the more a match says.
    pub fn weight(&self) -> usize {
        self.fixed.iter().map(String::len).sum()
    }

    /// Is there a word in it, and not only signs?
    pub fn has_words(&self) -> bool {
        self.fixed.iter().any(|text| text.contains(char::is_alphabetic))
    }

    /// What stands in the places, if all of the text comes of this format. Where a text can be read in several ways, each
    /// place is as short as it can be. The time is proportional to the length of the text: what is found is never given up.
    pub fn matches<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let (first, between) = self.fixed.split_first().expect("the beginning is always there");
        let mut rest = text.strip_prefix(first.as_str())?;
        let Some((last, between)) = between.split_last() else {
            return rest.is_empty().then(Vec::new);
        };
        let mut found = vec![];
        for fixed in between {
            let (place, after) = rest.split_once(fixed.as_str())?;
            found.push(place);
            rest = after;
        }
        found.push(rest.strip_suffix(last.as_str())?);
        Some(found)
    }

    /// This format with these texts in the places that `original` has for them; it may have them in another order.
    pub fn filled(&self, original: &Self, texts: &[String]) -> String {
        let mut free: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
        let mut filled = self.fixed[0].clone();
        for (place, fixed) in self.places.iter().zip(&self.fixed[1..]) {
            let mut same = original.places.iter().zip(&mut free);
            let text = same.find(|(other, text)| *other == place && text.is_some());
            filled += text.and_then(|(_, text)| text.take()).unwrap_or(place);
            filled += fixed;
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_are_places_unless_they_are_doubled() {
        let pattern = Pattern::new("{a:?} {{x}} of {}");
        assert_eq!(pattern.places(), ["{a:?}", "{}"]);
        assert_eq!(pattern.matches("1 {x} of 2 of 3"), Some(vec!["1", "2 of 3"]));
        assert_eq!(Pattern::new("} { {").matches("} { {"), Some(vec![]));
    }

    #[test]
    fn a_match_takes_in_the_whole_text() {
        let pattern = Pattern::new("after {n} bytes");
        for text in ["after 3 byte", "x after 3 bytes", "after 3 bytes more", "after", ""] {
            assert_eq!(pattern.matches(text), None, "{text:?}");
        }
        assert_eq!(pattern.matches("after  bytes"), Some(vec![""]));
        assert_eq!(Pattern::new("aba{x}aba").matches("aba"), None, "no part is used twice");
    }

    #[test]
    fn places_may_change_their_order() {
        let (english, french) =
            (Pattern::new("{a} of {b}, {} and {}"), Pattern::new("{b}: {a}, {} et {}"));
        let texts = ["1", "2", "3", "4"].map(str::to_owned);
        assert_eq!(french.filled(&english, &texts), "2: 1, 3 et 4");
    }
}
