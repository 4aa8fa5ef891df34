//! The checker in French, as its users meet it.

use crate::fixture::{ANSWER, Course};

/// The French face of a course's section: of two of its tests, and of their message.
const FACE: &str = r#"title = "Minuscule"

[[test]]
name = "result::first"
mirrors = "00000000"
why = "Il veut un."
hints = ["regardez", "utilisez", "presque"]

[messages]
"one" = "un"
"return 1" = "rendez 1"
"#;

fn with_face(name: &str) -> Course {
    let course = Course::new(name);
    course.write(&format!("{}/section.fr.toml", course.exercise()), FACE);
    course
}

#[test]
fn a_failed_assertion_is_told_in_french() {
    let course = with_face("faux");
    course.set_library(&ANSWER.replace("    1\n", "    2\n"));
    let ran = course.xtask(&["check", "faux", "--lang", "fr"]);
    let wanted = "
1 Minuscule
  ✗ result::first      échec
  ✗ concurrent::first  échec
  ✗ robust::first      échec
  ✗ clean::first       échec

  tests : 0 sur 4, points : 0 sur 10

result::first  échec

  Ce que veut le test
    Il veut un.

  Ce qui a été observé
    un
     attendu  1
      obtenu  2

  Où
    exercises/01-faux/tests/section.rs:10
         8 |     fn first() {
         9 |         isolate(|| {
    >   10 |             assert_eq!(one(), 1, \"one\")
        11 |         });
        12 |     }

  Ensuite
    Corrigez dans exercises/01-faux/src/lib.rs, enregistrez, puis tapez
        cargo xtask check faux
    Pour un indice\u{a0}:
        cargo xtask hint faux first
";
    assert_eq!(ran.out, wanted);
    assert_eq!(ran.code, Some(1));
    // What programs read is the same in every language.
    let json = |lang| course.xtask(&["check", "--format", "json", "--lang", lang]);
    let without_times = |text: String| -> Vec<String> {
        text.lines().filter(|line| !line.contains("milliseconds")).map(str::to_owned).collect()
    };
    assert_eq!(without_times(json("fr").out), without_times(json("en").out));
}

#[test]
fn what_is_to_be_written_and_hints_are_told_in_french() {
    let course = with_face("stube");
    let french = |arguments: &[&str]| course.xtask(&[arguments, &["--lang", "fr"]].concat());
    french(&["check", "stube"]).expect(1, &["pas encore écrit", "rendez 1", "Écrivez dans"]);
    french(&["hint", "stube"]).expect(0, &["Indice 1 sur 3", "regardez"]);
    french(&["list"]).expect(0, &["tests réussis\u{a0}: 0 sur 4", "Ensuite\u{a0}:"]);
    french(&["check", "nosuch"])
        .expect(2, &["erreur\u{a0}:", "il n'y a pas de section \"nosuch\""]);
    french(&["check", "--help"]).expect(0, &["Vérifie vos réponses", "Quand un test est arrêté"]);
}

/// Clap knows no French: what it refuses is told by ourselves, from what it says of its kind.
#[test]
fn what_is_typed_wrong_is_refused_in_french() {
    let course = with_face("refus");
    for (typed, told) in [
        ("lits", "pas de commande \"lits\"\n\nPeut-être\u{a0}: list\n"),
        ("list more", "\"more\" n'est pas attendu ici\n\nUsage\u{a0}: cargo xtask list"),
        ("hint", "il manque <SECTION>"),
        ("hint refus --level 4", "\"4\" n'est pas une valeur de --level"),
        ("list --lang", "il manque une valeur à --lang"),
        ("check --solutions --from x", "--solutions ne va pas avec --from"),
    ] {
        let mut command = course.command(&typed.split(' ').collect::<Vec<_>>());
        let output = command.env("COURSE_LANG", "fr").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{typed}");
        assert!(said.contains(told) && !said.contains("error"), "{typed}: {said}");
    }
}

#[test]
fn what_has_no_french_is_told_in_english() {
    let course = Course::new("sans");
    let check = ["check", "sans", "--lang", "fr"];
    course.xtask(&check).expect(1, &["1 Tiny", "It wants one.", "return 1", "pas encore écrit"]);
    // One that can't be read counts as none.
    course.write("exercises/01-sans/section.fr.toml", "title = 1");
    course.xtask(&check).expect(1, &["1 Tiny", "It wants one."]);
}

#[test]
fn the_environment_chooses_the_language_and_the_option_overrides_it() {
    let course = Course::new("langue");
    let with = |value: &str, arguments: &[&str]| {
        let output = course.command(arguments).env("COURSE_LANG", value).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(with("fr", &["list"]).contains("pas encore vérifiée"));
    assert!(with("fr", &["list", "--lang", "en"]).contains("not checked yet"));
    assert!(with("en", &["list"]).contains("not checked yet"));
}

#[test]
fn a_hang_and_what_is_left_behind_are_told_in_french() {
    let course = Course::new("pend");
    course.set_library(
        "//! Hangs.\nuse std::sync::Mutex;\n/// Twice.\npub fn one() -> i32 {\n    \
         let lock = Mutex::new(1);\n    let _first = lock.lock();\n    let _second = lock.lock();\n    1\n}\n",
    );
    let check = ["check", "pend", "--lang", "fr"];
    let seen = ["interblocage", "chaque thread en attend un autre", "attend un verrou"];
    course.xtask(&check).expect(1, &seen);
    course.set_library(
        "//! Leaves a zombie.\n/// One.\npub fn one() -> i32 {\n    \
         // SAFETY: the child does nothing but end.\n    \
         unsafe { if nix::libc::fork() == 0 { nix::libc::_exit(0) } }\n    1\n}\n",
    );
    course.xtask(&check).expect(1, &["restes", "personne n'a attendu 1 processus enfant"]);
}

#[test]
fn a_translation_that_falls_behind_is_noticed() {
    let course = with_face("verso").with_solution();
    let verify = |words: &[&str]| course.xtask(&["verify", "verso"]).expect(1, words);
    let claim = "its French says what its English says";
    assert!(!course.xtask(&["verify", "verso"]).out.contains(claim), "a course without French");

    course.write("exercises/LISEZ-MOI.md", "# Cours\n");
    course.write("exercises/GLOSSARY.md", "| English | French |\n|---|---|\n| pipe | tube |\n");
    verify(&[claim, "exercises/01-verso/README.fr.md"]);
    course.write("exercises/01-verso/README.fr.md", "# Minuscule\n");
    verify(&[
        "README.fr.md:1: a stamp is missing behind the heading:  <!-- en: ",
        "section.fr.toml:3: the tests, or their order, are not those of section.toml",
    ]);
}
