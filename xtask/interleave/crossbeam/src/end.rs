//! One end of an explored channel: it is counted as long as it lives.

use interleave::channel::Shared;
use interleave::operation::Side;
use interleave::{Place, own_line};
use std::sync::Arc;

/// A sender or a receiver.
pub(crate) struct End<T> {
    channel: Arc<Shared<T>>,
    side: Side,
    /// Where it was made. A drop has no line of its own, so it is reported at this one.
    made: Place,
}

impl<T> End<T> {
    /// For an end that the channel has counted already, as it does the first of each side.
    pub(crate) fn new(channel: Arc<Shared<T>>, side: Side, made: Place) -> Self {
        Self { channel, side, made }
    }

    /// One more end on the same side.
    pub(crate) fn clone_at(&self, made: Place) -> Self {
        self.channel.connect(self.side);
        Self {
            channel: Arc::clone(&self.channel),
            side: self.side,
            made: own_line(made, self.made),
        }
    }

    pub(crate) fn channel(&self) -> &Arc<Shared<T>> {
        &self.channel
    }
}

impl<T> Drop for End<T> {
    fn drop(&mut self) {
        self.channel.disconnect(self.side, self.made);
    }
}
