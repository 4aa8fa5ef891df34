//! A browser that is driven as by a person, with clicks and keys, through the pipe of its debugging protocol.

use super::{DEADLINE, Report};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Instant;

/// Where a page is looked at. It ends with this value.
pub struct Driven {
    browser: Child,
    orders: ChildStdin,
    messages: Receiver<Value>,
    /// Of the page, once it is there.
    session: Option<String>,
    last: u64,
}

impl Driven {
    /// Opens `report/file` from the file system. Blocks until the page is loaded, until the deadline at most.
    pub fn open(report: &Report, file: &str) -> Self {
        // The browser reads orders from descriptor 3, and answers on 4.
        let mut browser = Command::new("sh")
            .args(["-c", "exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", "sh"])
            .args(super::SWITCHES)
            .args(["--remote-debugging-pipe", "--window-size=1400,900"])
            .arg(format!("--user-data-dir={}", report.folder.join("driven").display()))
            .env("TMPDIR", &report.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let orders = browser.stdin.take().unwrap();
        let answers = BufReader::new(browser.stdout.take().unwrap());
        let (sender, messages) = mpsc::channel();
        // Ends with the browser.
        std::thread::spawn(move || {
            let all = answers.split(0).map_while(Result::ok);
            all.map_while(|message| serde_json::from_slice(&message).ok())
                .try_for_each(|message| sender.send(message).ok())
        });
        let mut driven = Self { browser, orders, messages, session: None, last: 0 };
        let page = driven.order("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": page["targetId"], "flatten": true });
        let attached = driven.order("Target.attachToTarget", attach);
        driven.session = attached["sessionId"].as_str().map(str::to_owned);
        driven.order("Page.enable", json!({}));
        let address = format!("file://{}", report.folder.join("report").join(file).display());
        driven.order("Page.navigate", json!({ "url": address }));
        driven.wait_for(|message| message["method"] == "Page.loadEventFired");
        driven
    }

    /// What an expression of the page is worth.
    pub fn ask(&mut self, expression: &str) -> Value {
        let question = json!({ "expression": expression, "returnByValue": true });
        let answer = self.order("Runtime.evaluate", question);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].clone()
    }

    /// Clicks into the midst of the first element that the selector names.
    pub fn click(&mut self, selector: &str) {
        let at = self.ask(&format!(
            "(() => {{
                const element = document.querySelector({selector:?});
                element.scrollIntoView({{ block: 'center', inline: 'center' }});
                const {{ x, y, width, height }} = element.getBoundingClientRect();
                return [x + width / 2, y + height / 2];
            }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let event =
                json!({ "type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1 });
            self.order("Input.dispatchMouseEvent", event);
        }
    }

    /// Presses a key and lets it go.
    pub fn press(&mut self, key: Key) {
        let (name, code, text) = match key {
            Key::Tab => ("Tab", 9, ""),
            Key::Enter => ("Enter", 13, "\r"),
            Key::Space => (" ", 32, " "),
            Key::Down => ("ArrowDown", 40, ""),
        };
        for kind in ["keyDown", "keyUp"] {
            let text = if kind == "keyDown" { text } else { "" };
            let event =
                json!({ "type": kind, "key": name, "windowsVirtualKeyCode": code, "text": text });
            self.order("Input.dispatchKeyEvent", event);
        }
    }

    /// Types into what has the focus.
    pub fn write(&mut self, text: &str) {
        self.order("Input.insertText", json!({ "text": text }));
    }

    fn order(&mut self, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let number = self.last;
        let mut order = json!({ "id": number, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            order["sessionId"] = session.as_str().into();
        }
        self.orders
            .write_all(format!("{order}\0").as_bytes())
            .expect("the test needs Debian's chromium: apt-get install chromium");
        let answer = self.wait_for(|message| message["id"] == number);
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    fn wait_for(&self, is_it: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let left = DEADLINE.saturating_sub(start.elapsed());
            let message = self.messages.recv_timeout(left);
            let message = message.expect(
                "chromium does not answer; the test needs Debian's: apt-get install chromium",
            );
            if is_it(&message) {
                return message;
            }
        }
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        let _ = self.browser.kill();
        let _ = self.browser.wait();
    }
}

/// What is pressed beside letters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Key {
    Tab,
    Enter,
    Space,
    Down,
}
