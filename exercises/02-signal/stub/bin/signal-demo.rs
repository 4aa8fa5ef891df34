//! Starts a talker on standard output, lets it talk, and then tells it to say its last words.

use signal::{Exit, start};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

const PERIOD: Duration = Duration::from_secs(1);

/// Its only argument says for how many seconds the child talks: 3, unless it is given.
pub fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let seconds = match arguments.as_slice() {
        [] => Some(3),
        [seconds] => seconds.to_str().and_then(|text| text.parse().ok()),
        _ => None,
    };
    let Some(seconds) = seconds else {
        eprintln!("usage: signal-demo [seconds]\nThe seconds are a whole number, for example 5.");
        return ExitCode::from(2);
    };
    match talk_for(Duration::from_secs(seconds)) {
        Ok(Exit::Signal(signal)) => eprintln!("{signal} ended the child."),
        Ok(Exit::Code(code)) => eprintln!("The child ended itself, with code {code}."),
        Err(errno) => {
            eprintln!("signal-demo: {errno}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn talk_for(time: Duration) -> nix::Result<Exit> {
    let mut talker = start(PERIOD, std::io::stdout())?;
    // The report goes to standard error: standard output is the child's.
    eprintln!("The child is process {}.", talker.pid());
    sleep(time);
    talker.farewell()
}
