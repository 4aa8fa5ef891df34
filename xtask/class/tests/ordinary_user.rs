//! Who is not root can grade as well, also where bubblewrap is not installed.

use nix::unistd::geteuid;
use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// A user without any rights.
const NOBODY: u32 = 65534;

#[test]
fn namespaces_of_our_own_hold_in_for_an_ordinary_user() {
    // The target folder may lie where only root can look.
    let folder = std::env::temp_dir().join(format!("xtask-class-{}", std::process::id()));
    let program = folder.join("xtask-class");
    fs::create_dir_all(&folder).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_xtask-class"), &program).unwrap();
    let mut doctor = Command::new(&program);
    // Nothing is on the search path, and no bubblewrap.
    doctor.arg("doctor").env("PATH", "");
    if geteuid().is_root() {
        doctor.uid(NOBODY).gid(NOBODY);
    }
    let output = doctor.output();
    fs::remove_dir_all(&folder).unwrap();
    let output = output.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("✓ namespaces and Landlock"), "{text}");
    assert!(output.status.success(), "{text}");
}
