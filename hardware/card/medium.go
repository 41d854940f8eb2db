package card

// Medium is the memory that a journal lies on. It is appended to, after a loss of
// power cut back to its last whole record, and replaced as a whole when it has
// grown long.
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
	// Replace puts p in place of all that is there and returns when that would
	// survive a loss of power. Whenever the power goes, all of the old content or
	// all of the new is there.
	Replace(p []byte) error
	// Size returns how many bytes there are.
	Size() (int64, error)
}
