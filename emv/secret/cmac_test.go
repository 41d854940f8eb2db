package secret_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/testdata/vectors"
)

// TestCMAC has the examples of RFC 4493, 4, with AES-128, and those of NIST SP 800-38B,
// D.3, with AES-256.
func TestCMAC(t *testing.T) {
	message := vectors.Unhex(t, "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e5130c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
	for _, c := range []struct {
		key    string
		length int
		want   string
	}{
		{"2b7e151628aed2a6abf7158809cf4f3c", 0, "bb1d6929e95937287fa37d129b756746"},
		{"2b7e151628aed2a6abf7158809cf4f3c", 16, "070a16b46b4d4144f79bdd9dd04a287c"},
		{"2b7e151628aed2a6abf7158809cf4f3c", 40, "dfa66747de9ae63030ca32611497c827"},
		{"2b7e151628aed2a6abf7158809cf4f3c", 64, "51f0bebf7e3b9d92fc49741779363cfe"},
		{"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 0, "028962f61b7bf89efc6b551f4667d983"},
		{"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 16, "28a7023f452e8f82bd4bf28d8c37c35c"},
		{"603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", 64, "e1992190549f6ed5696a2c056c315410"},
	} {
		got := aes(t, vectors.Unhex(t, c.key)).CMAC(message[:c.length])
		assert.Equal(t, vectors.Unhex(t, c.want), got[:], c.length)
	}
	assert.Panics(t, func() { tdes(t, make([]byte, 16)).CMAC(nil) })
	assert.Panics(t, func() { secret.Key{}.CMAC(nil) })
}
