//! `grades.csv`: a row a student. Points that are not known yet are no zero: their cells are empty.

use super::escape::csv as cell;
use super::standing::{self, Standing};
use crate::record::{Class, Student};

/// The table, as RFC 4180 has it: every cell in quotes, lines that end in CR LF.
pub fn class(class: &Class) -> String {
    let row = |cells: Vec<String>| cells.join(",") + "\r\n";
    let students = class.students.iter().map(|student| row(cells(class, student)));
    std::iter::once(row(heads(class))).chain(students).collect()
}

fn heads(class: &Class) -> Vec<String> {
    let sections = class.sections.iter().map(|section| section.name.as_str());
    let ends = ["points", "of", "not checked", "suspicions", "trouble"];
    ["name", "entry"].into_iter().chain(sections).chain(ends).map(cell).collect()
}

fn cells(class: &Class, student: &Student) -> Vec<String> {
    let mut cells = vec![cell(&student.name), cell(&student.entry)];
    let mut unchecked = vec![];
    for section in &class.sections {
        if Standing::of(student, &section.name).is_known() {
            cells.push(cell(&student.points_of(&section.name).to_string()));
        } else {
            cells.push(cell(""));
            unchecked.push(section.name.as_str());
        }
    }
    let points = student.points().to_string();
    let most: u32 = class.sections.iter().map(|section| section.points).sum();
    cells.push(cell(if standing::is_known(class, student) { &points } else { "" }));
    cells.push(cell(&most.to_string()));
    cells.push(cell(&unchecked.join(" ")));
    cells.push(cell(&student.suspicions.len().to_string()));
    cells.push(cell(student.trouble.as_deref().unwrap_or_default()));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::sample;

    #[test]
    fn a_row_has_points_where_they_are_known() {
        let expected = "\
\"name\",\"entry\",\"pipes\",\"locks\",\"points\",\"of\",\"not checked\",\"suspicions\",\"trouble\"\r
\"Ann\",\"ann.zip\",\"4\",\"2\",\"6\",\"10\",\"\",\"1\",\"\"\r
\"'=HYPERLINK(\"\"http://x\"\")\",\"b <i>.tar\",\"0\",\"0\",\"0\",\"10\",\"\",\"0\",\"\"\r
\"::error::Carol\",\"carol\",\"\",\"0\",\"\",\"10\",\"pipes\",\"0\",\"\"\r
\"Дмитрий\",\"d.zip\",\"0\",\"0\",\"0\",\"10\",\"\",\"0\",\"the archive ends too early\"\r
";
        assert_eq!(class(&sample::small()), expected);
    }

    #[test]
    fn another_reader_finds_the_same_cells() {
        let record = sample::class(sample::Size { students: 30, sections: 12 }, 5);
        let text = class(&record);
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().len(), 12 + 7);
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 30);
        for (row, student) in rows.iter().zip(&record.students) {
            assert_eq!(row.len(), 12 + 7, "{row:?}");
            assert!(row[14].is_empty() || row[14] == *student.points().to_string(), "{row:?}");
            let formula = |cell: &str| cell.trim_start().starts_with(['=', '+', '-', '@']);
            assert!(!row.iter().any(formula), "{row:?}");
        }
    }
}
