impl redb::StorageBackend for Shared {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file().stream_len()?)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file().read_exact_at(out, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        Ok(self.file().set_len(len)?)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(self.file().sync_data()?)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.file().write_all_at(data, offset)
    }
}
