//! The system calls in which a process may wait for another, and what each of them is about.

use nix::libc;
use std::ffi::c_long;

/// What a system call is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// It takes from a descriptor: this argument, and so many bytes are asked for.
    Read,
    /// It puts into a descriptor.
    Write(Amount),
    /// It waits for one of several descriptors.
    Poll,
    /// It waits for the end of a child.
    Wait,
    /// As `Wait`, but the child is told in memory that this argument points to.
    WaitId,
    /// It sends a signal to the process in the first argument, or the thread in this one.
    Kill,
    /// It waits for a signal.
    Pause,
    Sleep,
    /// A lock or a semaphore in memory.
    Futex,
    /// A System V semaphore.
    Semaphore,
    /// System V messages.
    MessageSend,
    MessageReceive,
    /// It makes two sockets that are each other's peers.
    SocketPair,
}

/// How much is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Amount {
    /// The third argument says it.
    Third,
    /// It stands in memory.
    Elsewhere,
}

/// The purpose of a system call, by its number; none, if nobody waits for another in it.
pub fn purpose(number: u64, arguments: &[u64; 6]) -> Option<Purpose> {
    let number = c_long::try_from(number).ok()?;
    Some(match number {
        libc::SYS_read | libc::SYS_readv | libc::SYS_recvfrom | libc::SYS_recvmsg => Purpose::Read,
        libc::SYS_write | libc::SYS_sendto => Purpose::Write(Amount::Third),
        libc::SYS_writev | libc::SYS_sendmsg => Purpose::Write(Amount::Elsewhere),
        libc::SYS_accept | libc::SYS_accept4 => Purpose::Read,
        libc::SYS_ppoll | libc::SYS_pselect6 | libc::SYS_epoll_pwait => Purpose::Poll,
        libc::SYS_wait4 => Purpose::Wait,
        libc::SYS_waitid => Purpose::WaitId,
        libc::SYS_kill | libc::SYS_tkill | libc::SYS_tgkill => Purpose::Kill,
        libc::SYS_rt_sigsuspend | libc::SYS_rt_sigtimedwait => Purpose::Pause,
        libc::SYS_nanosleep | libc::SYS_clock_nanosleep => Purpose::Sleep,
        // The lowest bits say what is done: to wait, or to wait for some bits.
        libc::SYS_futex if matches!(arguments[1] & 0x7f, 0 | 9) => Purpose::Futex,
        libc::SYS_semop | libc::SYS_semtimedop => Purpose::Semaphore,
        libc::SYS_msgsnd => Purpose::MessageSend,
        libc::SYS_msgrcv => Purpose::MessageReceive,
        libc::SYS_socketpair => Purpose::SocketPair,
        _ => return older(number),
    })
}

/// Those that newer processors do not have any more.
#[cfg(target_arch = "x86_64")]
fn older(number: c_long) -> Option<Purpose> {
    match number {
        libc::SYS_poll | libc::SYS_select | libc::SYS_epoll_wait => Some(Purpose::Poll),
        libc::SYS_pause => Some(Purpose::Pause),
        _ => None,
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn older(_: c_long) -> Option<Purpose> {
    None
}
