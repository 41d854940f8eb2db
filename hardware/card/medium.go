package card

// Medium is the memory that a journal lies on. It is only appended to and, after
// a loss of power, cut back to its last whole record.
type Medium interface {
	// ReadAt is that of io.ReaderAt.
	ReadAt(p []byte, offset int64) (n int, err error)
	// Append writes p behind all that is there. Where it fails, any number of the
	// bytes of p from the first on may have been written.
	Append(p []byte) error
	// Sync returns when all that was appended or cut off would survive a loss of
	// power.
	Sync() error
	// Truncate cuts the memory off behind size bytes.
	Truncate(size int64) error
	// Size returns how many bytes there are.
	Size() (int64, error)
}
