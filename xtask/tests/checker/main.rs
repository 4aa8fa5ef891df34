//! The checker, as its users meet it, on small courses of its own.

mod check;
mod fixture;
mod french;
mod interrupt;
mod learner;
mod schedules;
mod verify;
