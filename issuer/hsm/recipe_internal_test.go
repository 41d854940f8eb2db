package hsm

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzKeyFile: what stands at the head of a key file is read or refused, and costs no
// more than its bounds however it is written.
func FuzzKeyFile(f *testing.F) {
	salt := make([]byte, saltBytes)
	f.Add([]byte(fileMagic + defaultCost(salt).recipe() + "\nsealed"))
	f.Add([]byte(fileMagic + "token aa AAAA\nsealed"))
	f.Add([]byte(fileMagic + "argon2id v=19 m=4294967296 t=1 p=1 AAAAAAAAAAAAAAAAAAAAAA\n"))
	f.Add([]byte("\x01raw"))
	f.Fuzz(func(t *testing.T, content []byte) {
		recipe, sealed, err := cutRecipe(content)
		if err != nil {
			return
		}
		s := sealing{recipe: recipe}
		require.Equal(t, string(content), string(append(s.head(), sealed...)), "nothing is lost")
		c, err := parseCost(recipe)
		if err != nil {
			return
		}
		assert.LessOrEqual(t, c.memory, uint32(memoryMaxKiB))
		assert.LessOrEqual(t, c.passes, uint32(passesMax))
		assert.Equal(t, recipe, c.recipe(), "one way to write it")
	})
}

// FuzzDocument: a document is read or refused, and what is read is written alike.
func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"key_sets":[{"number":1,"imk_ac":"0123456789ABCDEFFEDCBA9876543210","imk_smi":"0123456789ABCDEFFEDCBA9876543210","imk_smc":"0123456789ABCDEFFEDCBA9876543210"}],"current_set":1,"bdks_tdes":[{"id":"FFFF987655","key":"0123456789ABCDEFFEDCBA9876543210"}],"bdks_aes":[{"id":"98765432","key":"0123456789ABCDEFFEDCBA9876543210"}],"zone_keys":[{"id":"2","key":"0123456789ABCDEFFEDCBA9876543210"}],"retired":["zone key"],"old_pin_keys":["","00000000000000000000000000000000"],"pin_key":"00000000000000000000000000000000","data_key":"00000000000000000000000000000000"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := readDocument(bytes.NewReader(text))
		if err != nil {
			return
		}
		ring, err := d.ring()
		if err != nil || len(ring.pin) == 0 || len(ring.data) == 0 {
			return
		}
		again := ring.document()
		defer again.wipe()
		second, err := again.ring()
		require.NoError(t, err)
		assert.Equal(t, newSoftware(ring, nil).KeyChecks(), newSoftware(second, nil).KeyChecks())
		assert.Equal(t, newSoftware(ring, nil).StorageChecks(), newSoftware(second, nil).StorageChecks())
		assert.Equal(t, ring.current, second.current)
	})
}
