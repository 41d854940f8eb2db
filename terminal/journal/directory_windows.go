package journal

// syncDirectory does nothing: the file system journals its entries.
func syncDirectory(string) error { return nil }
