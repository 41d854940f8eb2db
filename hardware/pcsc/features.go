package pcsc

import (
	"encoding/binary"
	"runtime"
)

// features are the control codes of what a reader can do beside, by their tags.
// PC/SC part 10, 2.2 (from memory).
type features map[byte]uint32

// The tags that are used here.
const (
	featureVerifyPINDirect = 0x06
	featureModifyPINDirect = 0x07
)

// getFeatureRequest is the control function that lists the features.
const getFeatureRequest = 3400

// featureBytes is the length of a row: tag, length and control code.
const featureBytes = 6

// controlCode returns the code of a control function, which differs between systems.
func controlCode(function uint16) uint32 {
	if runtime.GOOS == "windows" {
		return 0x310000 | uint32(function)<<2
	}
	return 0x42000000 + uint32(function)
}

// queryFeatures asks the reader. One that does not know the question has none.
func queryFeatures(l link) features {
	answer, err := l.control(controlCode(getFeatureRequest), nil)
	if err != nil {
		return nil
	}
	return parseFeatures(answer)
}

// parseFeatures reads rows of tag, length 4 and control code, the high byte first. It
// stops at what is none.
func parseFeatures(b []byte) features {
	found := features{}
	for ; len(b) >= featureBytes && b[1] == featureBytes-2; b = b[featureBytes:] {
		found[b[0]] = binary.BigEndian.Uint32(b[2:featureBytes])
	}
	return found
}
