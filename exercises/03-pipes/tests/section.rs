//! probe
mod result {
    use harness::isolate;
    #[test]
    fn ok() {
        isolate(|| assert_eq!(1 + 1, 2))
    }
    #[test]
    fn bad() {
        isolate(|| assert_eq!(1 + 1, 3, "sum"))
    }
    #[test]
    fn exit() {
        isolate(|| std::process::exit(0))
    }
    #[test]
    fn dead() {
        isolate(|| {
            let m = std::sync::Mutex::new(1);
            let _a = m.lock();
            let _b = m.lock();
        })
    }
    #[test]
    fn spin() {
        isolate(|| {
            loop {
                std::hint::spin_loop()
            }
        })
    }
    #[test]
    fn zomb() {
        isolate(|| {
            let _c = std::process::Command::new("true").spawn().unwrap();
        })
    }
    #[test]
    fn daemon() {
        isolate(|| {
            std::process::Command::new("sh")
                .args(["-c", "setsid sleep 100 & "])
                .status()
                .unwrap();
        })
    }
    #[test]
    fn bomb() {
        isolate(|| {
            loop {
                unsafe {
                    let _ = nix::unistd::fork();
                }
            }
        })
    }
    #[test]
    fn killall() {
        isolate(|| {
            let _ =
                nix::sys::signal::kill(nix::unistd::Pid::from_raw(-1), nix::sys::signal::SIGKILL);
        })
    }
    #[test]
    fn todo() {
        isolate(|| todo!("write it"))
    }
}
