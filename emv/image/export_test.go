package image

// The encoding itself, for tests that look at the bytes before they are sealed.
var (
	Encode = encode
	Decode = decode
)
