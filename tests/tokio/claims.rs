//! Single promises, a test each.
