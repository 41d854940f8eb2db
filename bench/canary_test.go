package bench_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/bench/canary"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware/slot"
	"github.com/f510b0cf/till/issuer/message"
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

// secrets returns all that a wire must not write down.
func (w *wire) secrets() *canary.Set {
	w.t.Helper()
	application := w.made.Image.Applications[0]
	c := new(canary.Set)
	c.Add("password", []byte(storyPassword))
	c.Add("session token", []byte(w.token))
	application.PAN.Open(func(digits []byte) { c.Add("PAN", digits) })
	tracks := 0
	for _, file := range application.Files {
		for _, record := range file.Records {
			content, _, _ := tlv.Find(record, 0x70)
			if track2, ok, _ := tlv.Find(content, 0x57); ok {
				c.Add("track 2", track2)
				tracks++
			}
		}
	}
	require.NotZero(w.t, tracks)
	for _, digits := range []string{createdPIN, changedPIN, latestPIN, wrongPIN} {
		require.NoError(w.t, c.AddPIN("PIN "+digits, mustPIN(w.t, digits), application.PAN))
	}
	require.NoError(w.t, c.AddIssuerKeys(random.Seeded(1)))
	c.AddKey("card's key of cryptograms", application.Keys.AC)
	c.AddKey("card's key of MACs", application.Keys.SMI)
	c.AddKey("card's key of PIN blocks", application.Keys.SMC)
	initial, _ := w.initial(1)
	c.AddKey("terminal's initial key", initial)
	c.AddKey("storage key of card and journal", storageKey(w.t))
	kek, err := os.ReadFile(w.kek)
	require.NoError(w.t, err)
	c.Add("file of the key-encryption key", bytes.TrimSpace(kek))
	return c
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
			assert.Empty(w.t, w.secrets().Traces(content), "a receipt in clear")
			assert.Contains(w.t, string(content), receipt.PAN.String())
			w.kept = string(content)
		})
		return err
	}))
}

// left stops everything, and puts what was written into one directory: the
// issuer's data, what it told and a backup, the terminal's journal, the card's memory
// and the logs. The key-encryption key is not among them.
func (w *wire) left() string {
	w.t.Helper()
	dir := filepath.Join(w.dir, "left")
	require.NoError(w.t, os.Mkdir(dir, 0o700))
	w.told(dir)
	w.halt()
	w.first.shut()
	size, err := w.chip.Size()
	require.NoError(w.t, err)
	memory := make([]byte, size)
	_, err = w.chip.ReadAt(memory, 0)
	require.NoError(w.t, err)
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
	for name, clear := range map[string]string{"data/issuer.db": `"channel":"contact"`, "data/keys.sealed": "", "journal": "receipts", "card": "", "log": "event=answered",
		"backup": `"channel":"contact"`, "metrics": `till_issuer_journal_entries_total{kind="approved"}`, "lists": `"kind":"PIN changed"`, "errors": `"code":"bad-request"`} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		require.NotEmpty(t, content, name)
		assert.True(t, strings.Contains(string(content), clear), "%s: the scan sees what is clear", name)
	}
	content, err := os.ReadFile(filepath.Join(dir, "journal"))
	require.NoError(t, err)
	assert.Empty(t, secret.Traces(content, []byte(w.kept[:100])), "the receipt is sealed")
	scan, err := w.secrets().Scan(dir)
	require.NoError(t, err)
	return scan.Found
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
