impl lofty::io::Length for Shared {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file().stream_len()?)
    }
}

impl lofty::io::Truncate for Shared {
    fn truncate(&mut self, len: u64) -> io::Result<()> {
        Ok(self.file().set_len(len)?)
    }
}
