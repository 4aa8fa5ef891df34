//! The checker of the course, as a library: the program `cargo xtask` is made of it, and so is the grading of a class.
//!
//! It has no other users, and promises nothing from one version to the next.

#![allow(missing_docs, reason = "a field whose name says it all needs no second saying")]

pub mod ahead;
pub mod catalogue;
pub mod check;
pub mod class;
pub mod command_line;
pub mod compile;
pub mod confinement;
pub mod course;
pub mod desk;
pub mod digest;
pub mod examine;
pub mod execute;
pub mod fault;
pub mod freshness;
pub mod hand_over;
pub mod hint;
pub mod judge;
pub mod language;
pub mod lesson;
pub mod list;
pub mod memory;
pub mod mirror;
pub mod mistake;
pub mod replay;
pub mod reset;
pub mod run;
pub mod schedule;
pub mod show;
pub mod solution;
pub mod source;
pub mod stage_source;
pub mod test_file;
pub mod translation;
pub mod verify;
