//! The loop that polls.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Polls `call` until it is ready, but at most a number of times. `None`: it was given up.
pub(crate) fn poll_at_most<T>(
    polls: usize,
    mut call: impl FnMut(&mut Context<'_>) -> Poll<T>,
) -> Option<T> {
    let cx = &mut Context::from_waker(Waker::noop());
    (0..polls).find_map(|_| match call(cx) {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    })
}

/// Polls `future` until it is ready, but at most a number of times; then drops it.
pub(crate) fn run_at_most<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_at_most(polls, |cx| Pin::new(&mut future).poll(cx))
}

/// Polls `future` until it is ready.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    run_at_most(100_000, future).expect("it gets ready")
}
