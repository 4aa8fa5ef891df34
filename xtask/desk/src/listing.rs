//! The part of a scene's file that is shown: the body of one of its two programs.

use scenes::Scene;

/// Which of the two programs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Program {
    Wrong,
    Mended,
}

impl Program {
    /// The program itself.
    pub fn of(self, scene: &Scene) -> fn() {
        match self {
            Self::Wrong => scene.wrong,
            Self::Mended => scene.mended,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Mended => "mended",
        }
    }
}

/// Its lines, with their numbers in the file, and without what all of them are indented by.
pub fn listing(scene: &Scene, program: Program) -> Vec<(u32, &'static str)> {
    let head = format!("pub fn {}() {{", program.name());
    let lines = (1..).zip(scene.source.lines());
    let body = lines.skip_while(|(_, line)| *line != head).skip(1);
    let body = body.take_while(|(_, line)| *line != "}");
    body.map(|(number, line)| (number, line.strip_prefix("    ").unwrap_or(line))).collect()
}
