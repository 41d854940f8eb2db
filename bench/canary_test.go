package bench_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware/slot"
	issuerhost "github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store/storetest"
	pointofsale "github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/pinpad"
)

// The PINs of the canaries. With a 0 before them they are no number that a log or
// a journal writes.
const (
	createdPIN = "0483"
	changedPIN = "0716"
	latestPIN  = "0952"
)

// canaries are secrets by their names.
type canaries map[string][]byte

// addKey adds a key.
func (c canaries) addKey(name string, k secret.Key) {
	k.Open(func(raw []byte) { c[name] = bytes.Clone(raw) })
}

// addPIN adds a PIN, and its clear blocks for an account.
func (c canaries) addPIN(t *testing.T, digits string, pan account.PAN) {
	t.Helper()
	c["PIN "+digits] = []byte(digits)
	for _, f := range []pin.Format{pin.Format0, pin.Format2} {
		block, err := pin.Encode(f, mustPIN(t, digits), pan, nil)
		require.NoError(t, err)
		block.Open(func(clear []byte) { c[fmt.Sprintf("block of %s in format %v", digits, f)] = bytes.Clone(clear) })
	}
}

// addIssuerKeys adds the keys that the issuer of a wire was founded with.
func (c canaries) addIssuerKeys(t *testing.T) {
	t.Helper()
	keys, err := issuerhost.SeededKeys(random.Seeded(1))
	require.NoError(t, err)
	var text bytes.Buffer
	_, err = text.ReadFrom(keys)
	require.NoError(t, err)
	require.True(t, json.Valid(text.Bytes()))
	for n, digits := range regexp.MustCompile(`[0-9a-f]{32,}`).FindAllString(text.String(), -1) {
		raw, err := hex.DecodeString(digits)
		require.NoError(t, err)
		c[fmt.Sprintf("key %d of the issuer", n+1)] = raw
	}
}

// secrets returns all that a wire must not write down.
func (w *wire) secrets() canaries {
	w.t.Helper()
	application := w.made.Image.Applications[0]
	c := canaries{"password": []byte(storyPassword), "session token": []byte(w.token)}
	application.PAN.Open(func(digits []byte) { c["PAN"] = bytes.Clone(digits) })
	for _, file := range application.Files {
		for _, record := range file.Records {
			content, _, _ := tlv.Find(record, 0x70)
			if track2, ok, _ := tlv.Find(content, 0x57); ok {
				c["track 2"] = bytes.Clone(track2)
			}
		}
	}
	require.Contains(w.t, c, "track 2")
	for _, digits := range []string{createdPIN, changedPIN, latestPIN, wrongPIN} {
		c.addPIN(w.t, digits, application.PAN)
	}
	c.addIssuerKeys(w.t)
	c.addKey("card's key of cryptograms", application.Keys.AC)
	c.addKey("card's key of MACs", application.Keys.SMI)
	c.addKey("card's key of PIN blocks", application.Keys.SMC)
	initial, _ := w.initial(1)
	c.addKey("terminal's initial key", initial)
	c.addKey("storage key of card and journal", storageKey(w.t))
	kek, err := os.ReadFile(w.kek)
	require.NoError(w.t, err)
	c["file of the key-encryption key"] = bytes.TrimSpace(kek)
	return c
}

// shortMax is the length of a secret that storetest.Traces does not look for, in
// bytes: it comes up in ciphertext by chance.
const shortMax = 4

// traces returns where canaries show in content: those that are not short in every
// form, short ones as characters that stand alone. A PIN in BCD is two bytes, and
// is found by its PIN blocks.
func (c canaries) traces(content []byte) (found []string) {
	for name, clear := range c {
		for _, form := range storetest.Traces(content, clear) {
			found = append(found, name+": "+form)
		}
		if len(clear) <= shortMax && regexp.MustCompile(`(^|[^0-9A-Fa-f])`+string(clear)+`([^0-9A-Fa-f]|$)`).Match(content) {
			found = append(found, name+": clear")
		}
	}
	return found
}

// scan returns where canaries show in the files of a directory and in a log.
func (c canaries) scan(t *testing.T, dir string) (found []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		for _, trace := range c.traces(content) {
			found = append(found, entry.Name()+": "+trace)
		}
		return err
	}))
	slices.Sort(found)
	return found
}

// live takes a card through its life: a PIN created and changed twice, purchases
// with right and wrong PINs, on and offline, answers that are lost.
func (w *wire) live() {
	w.t.Helper()
	w.ask("POST", "/pin", `{"pin":"`+createdPIN+`"}`)
	w.insert(wrongPIN) // online
	require.True(w.t, w.insert(createdPIN).Approved())
	w.change(changedPIN, "pending")
	w.insert(wrongPIN, createdPIN)
	w.proves(changedPIN)
	w.change(latestPIN, "pending")
	w.first.line.lose(message.KindAuthorizationResponse)
	w.insert(changedPIN)
	w.insert(changedPIN)
	w.proves(latestPIN)
	require.True(w.t, w.insert(wrongPIN, wrongPIN, wrongPIN, latestPIN).Approved(), "the last one online")
	w.sell(latestPIN)
	w.first.drained()
}

// clerk enters PINs, and pulls the card when the terminal says so.
type clerk struct {
	*pinpad.Scripted
	slot *slot.Slot
}

// Show obeys a message.
func (c clerk) Show(ctx context.Context, m kernel.Message) {
	c.Scripted.Show(ctx, m)
	if m == kernel.MessageRemoveCard {
		c.slot.Pull()
	}
}

// sell makes a purchase at the whole terminal, which keeps a receipt of it.
func (w *wire) sell(pins ...string) {
	w.t.Helper()
	s := slot.New("counter")
	s.Insert(open(w.t, w.chip))
	till, err := pointofsale.New(pointofsale.Config{
		Reader: s, Profile: terminalProfile(w.t, 1), Cardholder: clerk{pinpad.NewScripted(entries(w.t, pins)...), s},
		Online: w.link, Counter: w.first.journal, Receipts: w.first.journal,
	})
	require.NoError(w.t, err)
	receipt, err := till.Purchase(w.t.Context(), 1234)
	require.NoError(w.t, err)
	require.NoError(w.t, errors.Join(receipt.Unrecorded, receipt.Unkept, s.Close()))
	require.True(w.t, receipt.Result.Outcome.Approved())
	require.NoError(w.t, w.first.journal.View(func(tx *journal.Tx) error {
		kept, err := tx.Receipts()
		require.Len(w.t, kept, 1)
		kept[0].Content.Open(func(content []byte) {
			assert.Empty(w.t, w.secrets().traces(content), "a receipt in clear")
			assert.Contains(w.t, string(content), receipt.PAN.String())
			w.kept = string(content)
		})
		return err
	}))
}

// left stops everything, and puts what was written into one directory: the
// issuer's data, the terminal's journal, the card's memory and the logs. The
// key-encryption key is not among them.
func (w *wire) left() string {
	w.t.Helper()
	w.halt()
	w.first.shut()
	size, err := w.chip.Size()
	require.NoError(w.t, err)
	memory := make([]byte, size)
	_, err = w.chip.ReadAt(memory, 0)
	require.NoError(w.t, err)
	dir := filepath.Join(w.dir, "left")
	require.NoError(w.t, os.Mkdir(dir, 0o700))
	require.NoError(w.t, os.Rename(w.data, filepath.Join(dir, "data")))
	require.NoError(w.t, os.Rename(w.first.path(), filepath.Join(dir, "journal")))
	require.NoError(w.t, os.WriteFile(filepath.Join(dir, "card"), memory, 0o600))
	require.NoError(w.t, os.WriteFile(filepath.Join(dir, "log"), w.log.content(), 0o600))
	return dir
}

// leaks lives once and returns what is found of the secrets.
func leaks(t *testing.T) []string {
	t.Helper()
	w := newWire(t, "amex")
	w.live()
	dir := w.left()
	for name, clear := range map[string]string{"data/issuer.db": `"channel":"contact"`, "data/keys.sealed": "", "journal": "receipts", "card": "", "log": "event=answered"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NotEmpty(t, content, name)
		assert.True(t, strings.Contains(string(content), clear), "%s: the scan sees what is clear", name)
	}
	content, err := os.ReadFile(filepath.Join(dir, "journal"))
	require.NoError(t, err)
	assert.Empty(t, storetest.Traces(content, []byte(w.kept[:100])), "the receipt is sealed")
	return w.secrets().scan(t, dir)
}

// TestNoSecretIsLeft looks for every secret in all that issuer, terminal and card
// have written, freed pages too. What is found is looked for in another life under
// other keys, since four characters may come up in ciphertext by chance.
func TestNoSecretIsLeft(t *testing.T) {
	found := leaks(t)
	if len(found) > 0 {
		again := leaks(t)
		found = slices.DeleteFunc(found, func(trace string) bool { return !slices.Contains(again, trace) })
	}
	assert.Empty(t, found)
}

// TestPlantedCanaryIsFound writes each secret in each form to a file.
func TestPlantedCanaryIsFound(t *testing.T) {
	w := newWire(t, "amex")
	c := w.secrets()
	for name, clear := range c {
		forms := []string{string(clear)}
		if len(clear) > shortMax {
			forms = append(forms, hex.EncodeToString(clear), strings.ToUpper(hex.EncodeToString(clear)), base64.StdEncoding.EncodeToString(clear))
		}
		if name == "PAN" {
			forms = append(forms, string(account.Pack(clear)))
		}
		for _, form := range forms {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "planted"), []byte("\x00 before "+form+" behind\x00"), 0o600))
			assert.NotEmpty(t, canaries{name: clear}.scan(t, dir), name)
		}
	}
}
