//! What a file says about its sizes, and what is so: each rule, with the kinds of files it is for.

mod gaps;
mod open;
mod rf64;
mod too_small;
