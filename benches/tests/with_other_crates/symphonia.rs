impl symphonia::core::io::MediaSource for Shared {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        self.file().stream_len().ok()
    }
}
