package checkout

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
)

// labCard is a card whose issuer master keys somebody knows.
const labCard = `
name: lab
account: {pan: "4929999900000006"}
keys: {imk_ac: 0123456789ABCDEF FEDCBA9876543210, imk_smi: FEDCBA9876543210 0123456789ABCDEF, imk_smc: 89ABCDEF01234567 76543210FEDCBA98, option: A}
applications:
  - aid: A000000025010801
    label: LAB
    cdol1: 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704
    cdol2: 8A02 9F3704
    cryptogram: ROW
    script: visa
`

// asked keeps the request.
type asked struct{ request *kernel.OnlineRequest }

func (a *asked) Authorize(_ context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	a.request = r
	return &kernel.OnlineResponse{ARC: emv.ARC(0x3035)}, nil
}

// request is what a card asks its issuer.
func request(t *testing.T, text string) *kernel.OnlineRequest {
	t.Helper()
	p, err := perso.Load(fstest.MapFS{"lab.yaml": {Data: []byte(text)}}, "lab.yaml")
	require.NoError(t, err)
	made, err := perso.Personalise(p, perso.Options{Random: random.Seeded(1), Date: emv.Date{Year: 2026, Month: time.March, Day: 1}})
	require.NoError(t, err)
	key, err := secret.NewAES(make([]byte, 32))
	require.NoError(t, err)
	memory := card.NewMemory()
	require.NoError(t, card.Create(memory, key, made.Image, nil))
	icc, err := card.Open(card.Config{Medium: memory, Key: key})
	require.NoError(t, err)
	powered, err := icc.PowerOn(hardware.Contact)
	require.NoError(t, err)
	demo, err := profile.Named("demo")
	require.NoError(t, err)
	k, err := kernel.New(kernel.Config{Profile: demo})
	require.NoError(t, err)
	var a asked
	result, err := k.Transact(t.Context(), powered, pinpad.NewScripted(), &a, kernel.Transaction{Amount: 1234, Time: time.Date(2026, 3, 15, 12, 0, 0, 0, time.UTC)})
	require.NoError(t, err)
	require.NotNil(t, a.request, "%s %s", result.Outcome, result.Reason)
	return a.request
}

func keysFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "keys.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// TestCardKeys: keys are those of a card where they make its cryptogram, whatever
// row of the table it follows.
func TestCardKeys(t *testing.T) {
	known, err := readCardKeys(keysFile(t, `{"imk_ac":"0123456789ABCDEFFEDCBA9876543210","imk_smi":"","imk_smc":"","option":"A"}`))
	require.NoError(t, err)
	other, err := readCardKeys(keysFile(t, `{"imk_ac":"0123456789ABCDEFFEDCBA9876543211","option":"A"}`))
	require.NoError(t, err)
	for _, row := range []string{"visa-cvn10", "visa-cvn18", "amex-style"} {
		r := request(t, strings.Replace(labCard, "ROW", row, 1))
		assert.True(t, known.prove(r), row)
		assert.True(t, other.prove(r), "parity bits of a key do not count")
	}
	wrong, err := readCardKeys(keysFile(t, `{"imk_ac":"1123456789ABCDEFFEDCBA9876543210","option":"A"}`))
	require.NoError(t, err)
	r := request(t, strings.Replace(labCard, "ROW", "visa-cvn10", 1))
	assert.False(t, wrong.prove(r))
	r.SequenceNumber++
	assert.False(t, known.prove(r), "another card")
	r.SequenceNumber--
	r.ChipData = r.ChipData[:len(r.ChipData)-1]
	assert.False(t, known.prove(r))

	for _, text := range []string{"", "{}", `{"imk_ac":"0123","option":"A"}`, `{"imk_ac":"xx","option":"A"}`, `{"imk_ac":"0123456789ABCDEFFEDCBA9876543210","option":"C"}`} {
		_, err := readCardKeys(keysFile(t, text))
		require.Error(t, err, text)
		assert.NotContains(t, err.Error(), "0123")
	}
}
