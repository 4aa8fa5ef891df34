//! The pages in a real browser: Debian's `chromium`, without a window. Without it these tests fail.

mod driven;

use super::sample::{self, Size};
use super::{page, student_page, write};
use crate::record::Class;
use driven::{Driven, Key};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A page is there in less than this, also on a busy machine.
const DEADLINE: Duration = Duration::from_secs(120);
/// What is seen of a page does not change after this; the browser's own clock leaps there.
const VIRTUAL_TIME: &str = "--virtual-time-budget=3000";

/// Without a window, and without all that a browser does beside.
const SWITCHES: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// One browser at a time: each takes all of a small machine.
static BROWSER: Mutex<()> = Mutex::new(());

/// A report in a folder of its own, gone behind the test.
struct Report {
    folder: PathBuf,
}

/// What a browser makes of a page.
struct Seen {
    /// The document, after its script ran.
    document: String,
    /// What the browser complains of.
    log: String,
}

impl Report {
    fn of(class: &Class) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("xtask-pages-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        write(class, &folder.join("report")).unwrap();
        Self { folder }
    }

    /// Opens `report/file#fragment` from the file system.
    fn open(&self, file: &str, fragment: &str) -> Seen {
        let _alone = BROWSER.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let profile = self.folder.join("profile");
        let _ = fs::remove_dir_all(&profile);
        let [document, log] = ["document", "log"].map(|name| self.folder.join(name));
        let output = |path: &PathBuf| Stdio::from(fs::File::create(path).unwrap());
        let address =
            format!("file://{}#{fragment}", self.folder.join("report").join(file).display());
        let browser = Command::new("chromium")
            .args(SWITCHES)
            .args(["--enable-logging=stderr", VIRTUAL_TIME, "--dump-dom"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(address)
            .env("TMPDIR", &self.folder)
            .stdin(Stdio::null())
            .stdout(output(&document))
            .stderr(output(&log))
            .spawn();
        let mut browser =
            browser.expect("the test needs Debian's chromium: apt-get install chromium");
        let start = Instant::now();
        let status = loop {
            match browser.try_wait().unwrap() {
                Some(status) => break status,
                None if start.elapsed() > DEADLINE => {
                    browser.kill().and_then(|()| browser.wait()).unwrap();
                    panic!("chromium did not end: {}", fs::read_to_string(log).unwrap());
                }
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let log = fs::read_to_string(log).unwrap();
        assert!(status.success(), "chromium: {status}: {log}");
        Seen { document: fs::read_to_string(document).unwrap(), log }
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        // A process of the browser may still be writing to its profile.
        let gone = (0..50).any(|_| match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                std::thread::sleep(Duration::from_millis(100));
                false
            }
            _ => true,
        });
        assert!(gone || std::thread::panicking(), "{} is still in use", self.folder.display());
    }
}

impl Seen {
    /// The rows of the table of the class, in the order in which they are shown.
    fn rows(&self) -> Vec<&str> {
        let (_, table) = self.document.split_once("<table id=\"class\"").unwrap();
        let (_, body) = table.split_once("<tbody>").unwrap();
        let (body, _) = body.split_once("</tbody>").unwrap();
        body.split("<tr").skip(1).filter(|row| !row.starts_with(" hidden")).collect()
    }

    /// The keys of a column, by which it is sorted.
    fn column(&self, index: usize) -> Vec<&str> {
        let key = |row| str::split(row, "data-sort=\"").nth(index + 1)?.split('"').next();
        self.rows().into_iter().map(|row| key(row).unwrap()).collect()
    }

    fn numbers(&self, index: usize) -> Vec<i64> {
        self.column(index).into_iter().map(|key| key.parse().unwrap()).collect()
    }

    fn title(&self) -> &str {
        let (_, title) = self.document.split_once("<title>").unwrap();
        title.split_once("</title>").unwrap().0
    }

    /// The browser has run and loaded what is ours, and has found nothing to complain of.
    fn is_clean(&self) {
        for complaint in ["Content Security Policy", "Uncaught", "CONSOLE"] {
            assert!(!self.log.contains(complaint), "{}", self.log);
        }
    }
}

fn class() -> Class {
    sample::class(Size { students: 30, sections: 12 }, 11)
}

#[test]
fn a_link_sorts_and_filters() {
    let report = Report::of(&class());
    let seen = report.open("index.html", "");
    seen.is_clean();
    assert_eq!(seen.rows().len(), 30);
    assert!(seen.document.contains(">30 of 30 students</output>"));
    assert_eq!(seen.document.matches("aria-sort=\"none\"").count(), 15);
    assert_eq!(seen.document.matches("<th scope=\"col\" data-key=").count(), 15);
    assert_eq!(seen.document.matches("<button type=\"button\">").count(), 15);

    let seen = report.open("index.html", "sort=points");
    seen.is_clean();
    let points = seen.numbers(1);
    assert!(points.is_sorted_by(|a, b| a >= b) && points.len() == 30, "{points:?}");
    assert!(seen.document.contains("data-key=\"points\" aria-sort=\"descending\""));

    let seen = report.open("index.html", "sort=pipes&order=ascending&filter=deadlock");
    let points = seen.numbers(4);
    assert!(points.is_sorted() && (2..30).contains(&points.len()), "{points:?}");
    assert!(seen.rows().iter().all(|row| row.contains("deadlock")));
    assert!(seen.document.contains(&format!(
        ">{} of 30 students, sorted by 3 pipes of 20, ascending<",
        points.len()
    )));

    let seen = report.open("index.html", "text=%D0%B4%D0%BC%D0%B8%D1%82");
    assert_eq!(seen.rows().len(), 1, "a name is found in any script, and in small letters");
    let seen = report.open("index.html", "text=nobody+is+called+this");
    assert_eq!(seen.rows().len(), 0);
}

/// The points of the students that are shown, from the top.
fn points(page: &mut Driven) -> Vec<i64> {
    let shown =
        "[...document.getElementById('class').tBodies[0].rows].filter((row) => !row.hidden)";
    let points = page.ask(&format!("{shown}.map((row) => Number(row.cells[1].dataset.sort))"));
    points.as_array().unwrap().iter().map(|points| points.as_i64().unwrap()).collect()
}

#[test]
fn clicks_sort_filter_and_bring_all_back() {
    let report = Report::of(&class());
    let _alone = BROWSER.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut page = Driven::open(&report, "index.html");
    let unsorted = points(&mut page);
    let head = "th[data-key=points] button";
    page.click(head);
    assert!(points(&mut page).is_sorted_by(|a, b| a >= b), "the best first");
    page.click(head);
    assert!(points(&mut page).is_sorted(), "once more, the other way round");
    assert_eq!(page.ask("location.hash"), "#sort=points&order=ascending", "a view can be kept");
    page.click("#filters [name=text]");
    page.write("\u{434}\u{43c}\u{438}\u{442}");
    assert_eq!(points(&mut page).len(), 1);
    page.click("#filters [type=reset]");
    assert_eq!(points(&mut page), unsorted);
    assert_eq!(page.ask("document.querySelector('#filters [name=text]').value"), "");
}

#[test]
fn keys_reach_everything_and_do_what_clicks_do() {
    let report = Report::of(&class());
    let _alone = BROWSER.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let mut page = Driven::open(&report, "index.html");
    page.press(Key::Tab);
    assert_eq!(
        page.ask("document.activeElement.className"),
        "skip",
        "the first way leads to the table"
    );
    // The form stands before the table, its parts in the order in which they are read.
    let go_to = |page: &mut Driven, selector: &str| {
        let is_there = format!("document.activeElement.matches({selector:?})");
        let found = (0..200).any(|_| {
            page.press(Key::Tab);
            page.ask(&is_there) == true
        });
        assert!(found, "Tab does not come to {selector}");
    };
    go_to(&mut page, "#filters select[name=verdict]");
    page.press(Key::Down);
    let filter = page.ask("document.activeElement.value");
    assert_eq!(
        page.ask("new URLSearchParams(location.hash.slice(1)).get('filter')"),
        filter,
        "a view can be kept"
    );
    assert!((1..30).contains(&points(&mut page).len()), "{filter}");
    go_to(&mut page, "#filters [type=reset]");
    page.press(Key::Space);
    assert_eq!(points(&mut page).len(), 30);
    go_to(&mut page, "th[data-key=points] button");
    page.press(Key::Enter);
    assert!(points(&mut page).is_sorted_by(|a, b| a >= b));
    let focus = page.ask("document.activeElement.matches('th[data-key=points] button')");
    assert_eq!(focus, true, "sorting leaves the focus where it was");
    page.press(Key::Space);
    assert!(points(&mut page).is_sorted());
    assert_eq!(page.ask("document.activeElement.closest('th').ariaSort"), "ascending");
}

#[test]
fn a_fragment_that_means_nothing_changes_nothing() {
    let report = Report::of(&class());
    for fragment in
        ["sort=<script>&filter=nothing&order=up", "class", "=&&=%ff", "text=%3Cimg%20src%3Dx"]
    {
        let seen = report.open("index.html", fragment);
        seen.is_clean();
        let rows = if fragment.starts_with("text") { 1 } else { 30 };
        assert_eq!(seen.rows().len(), rows, "{fragment}");
        assert_eq!(seen.title(), "The class");
    }
}

#[test]
fn names_that_are_markup_stay_text() {
    let class = class();
    let report = Report::of(&class);
    let seen = report.open("index.html", "");
    seen.is_clean();
    assert_eq!(seen.title(), "The class");
    for element in ["<script", "<style", "<img", "<svg onload"] {
        let ours = usize::from(matches!(element, "<script" | "<style"));
        assert_eq!(seen.document.matches(element).count(), ours, "{element}");
    }
    assert!(seen.document.contains("&lt;script&gt;document.title='x'&lt;/script&gt;"));
    let hostile = class.students.iter().position(|student| student.name.starts_with('<')).unwrap();
    let file = format!("students/{}", student_page::file_name(&class, hostile));
    let seen = report.open(&file, "");
    seen.is_clean();
    assert_eq!(seen.title(), "&lt;script&gt;document.title='x'&lt;/script&gt;");
    assert!(!seen.document.contains("<script"));
}

#[test]
fn without_its_script_the_page_is_complete() {
    let report = Report::of(&class());
    let file = report.folder.join("report").join("index.html");
    let page = fs::read_to_string(&file).unwrap();
    let (before, after) = page.split_once("<script>").unwrap();
    fs::write(&file, format!("{before}{}", after.split_once("</script>").unwrap().1)).unwrap();
    let seen = report.open("index.html", "sort=points");
    seen.is_clean();
    assert_eq!(seen.rows().len(), 30);
    assert!(seen.document.contains("role=\"search\" aria-label=\"Filter the table\" hidden=\"\""));
    assert!(
        !seen.document.contains("<button type=\"button\">"),
        "a button without a script does nothing"
    );
}

/// A picture that came from elsewhere could hold a script: as an image it does not run, nor does anything in a page.
#[test]
fn nothing_in_a_picture_runs() {
    let mut class = sample::small();
    let results = &mut class.students[0].results[1];
    let crate::record::Outcome::Ran { tests } = &mut results.outcome else { unreachable!() };
    tests[0].picture = Some(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"9\" height=\"9\" onload=\"top.document.title='x'\">\
         <script>top.document.title='y'</script><image href=\"http://127.0.0.1:9/\"/></svg>"
            .into(),
    );
    let report = Report::of(&class);
    let seen = report.open("students/001-ann.html", "");
    seen.is_clean();
    assert_eq!(seen.title(), "Ann");
    assert!(seen.document.contains("<img src=\"data:image/svg+xml;base64,"));
}

#[test]
fn two_hundred_students_are_shown() {
    let class = sample::class(Size { students: 200, sections: 12 }, 12);
    assert!(page::class(&class).len() < 2_000_000);
    let seen = Report::of(&class).open("index.html", "sort=points&order=ascending");
    seen.is_clean();
    assert_eq!(seen.numbers(1).len(), 200);
    assert!(seen.numbers(1).is_sorted());
}
