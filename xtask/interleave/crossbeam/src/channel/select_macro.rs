//! `select!`: a [`Select`](super::Select) written as a list of arms.

/// Waits for several channels, and carries out one arm of those that can be.
///
/// ```
/// use interleave_crossbeam::channel::{select, unbounded};
/// use std::time::Duration;
///
/// let (orders, order) = unbounded();
/// let (reports, report) = unbounded::<&str>();
/// orders.send(7)?;
/// select! {
///     recv(order) -> order => assert_eq!(order, Ok(7)),
///     recv(report) -> report => unreachable!("{report:?}"),
///     default(Duration::from_secs(1)) => unreachable!("there is one"),
/// }
/// select! {
///     send(reports, "done") -> sent => sent?,
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[macro_export]
macro_rules! select {
    ($($arms:tt)+) => {{
        let mut selection = $crate::channel::Select::new();
        $crate::__select!(@read selection () () $($arms)+)
    }};
}

/// Reads the arms one by one. For each channel it opens a block that has the channel in hand, so the arms are carried
/// out in the innermost one. There is one variable of the same name for each arm: each step of the macro
/// has its own.
///
/// `@read` splits the first arm off, `@arm` adds it to those already read. After the last, `@wait` chooses.
#[doc(hidden)]
#[macro_export]
macro_rules! __select {
    // After a block the comma may be left out.
    (@read $selection:ident $read:tt $default:tt
        $kind:ident $(($($argument:tt)*))? $(-> $result:pat)? => $body:block, $($rest:tt)*
    ) => {
        $crate::__select!(
            @arm $selection $read $default [$($rest)*] $kind ($($($argument)*)?) $($result)? => $body
        )
    };
    (@read $selection:ident $read:tt $default:tt
        $kind:ident $(($($argument:tt)*))? $(-> $result:pat)? => $body:block $($rest:tt)*
    ) => {
        $crate::__select!(
            @arm $selection $read $default [$($rest)*] $kind ($($($argument)*)?) $($result)? => $body
        )
    };
    (@read $selection:ident $read:tt $default:tt
        $kind:ident $(($($argument:tt)*))? $(-> $result:pat)? => $body:expr $(, $($rest:tt)*)?
    ) => {
        $crate::__select!(
            @arm $selection $read $default [$($($rest)*)?] $kind ($($($argument)*)?) $($result)? => $body
        )
    };

    // The channel may be a place or a temporary, owned or borrowed: the reference is to what it is in the end.
    (@arm $selection:ident ($($read:tt)*) $default:tt [$($rest:tt)*]
        recv($receiver:expr $(,)?) $result:pat => $body:expr
    ) => {
        match $receiver {
            ref channel => {
                let channel: &$crate::channel::Receiver<_> = channel;
                let index = $selection.recv(channel);
                $crate::__select!(
                    @read $selection ($($read)* [index recv(channel) $result => $body]) $default $($rest)*
                )
            }
        }
    };
    (@arm $selection:ident ($($read:tt)*) $default:tt [$($rest:tt)*]
        send($sender:expr, $message:expr $(,)?) $result:pat => $body:expr
    ) => {
        match $sender {
            ref channel => {
                let channel: &$crate::channel::Sender<_> = channel;
                let index = $selection.send(channel);
                $crate::__select!(
                    @read $selection ($($read)* [index send(channel, $message) $result => $body]) $default
                    $($rest)*
                )
            }
        }
    };
    (@arm $selection:ident $read:tt () [$($rest:tt)*]
        default($($timeout:expr $(,)?)?) => $body:expr
    ) => {
        $crate::__select!(@read $selection $read (($($timeout)?) $body) $($rest)*)
    };

    // All are read.
    (@read $selection:ident
        ($([$index:ident $method:ident($($argument:expr),*) $result:pat => $body:expr])*) $default:tt
    ) => {{
        let chosen = $crate::__select!(@wait $selection $default);
        // The channels are free again when an arm is carried out: it may replace them.
        ::core::mem::drop($selection);
        match chosen.as_ref().map($crate::channel::SelectedOperation::index) {
            $(
                Some(number) if number == $index => {
                    let result = chosen.expect("it has a number").$method($($argument),*);
                    let $result = result;
                    $body
                }
            )*
            _ => {
                ::core::mem::drop(chosen);
                $crate::__select!(@otherwise $default)
            }
        }
    }};

    (@wait $selection:ident ()) => { Some($selection.select()) };
    (@wait $selection:ident (() $body:expr)) => { $selection.try_select().ok() };
    (@wait $selection:ident (($timeout:expr) $body:expr)) => { $selection.select_timeout($timeout).ok() };

    (@otherwise ()) => { unreachable!("it waits until an arm is chosen") };
    (@otherwise ($timeout:tt $body:expr)) => { $body };
}
