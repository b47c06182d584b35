impl mp4ameta::StorageFile for Shared {
    fn set_len(&mut self, len: u64) -> mp4ameta::Result<()> {
        Ok(self.file().set_len(len).map_err(io::Error::from)?)
    }
}
