package storetest

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// life is a card whose holder changes the PIN again and again.
type life struct {
	t      *testing.T
	module *hsm.Software
	store  store.Store
	card   hsm.Card
	ref    account.Ref
}

const (
	lifePAN = "374245719638504"
	lifeKey = "A7B3C9D5E1F70B1D2F3D4C5B6A798897"
)

// issue starts the life of a card with a PIN.
func (l *life) issue(p pin.PIN) {
	ctx := context.Background()
	id, err := l.store.Members().Create(ctx, member.Member{Name: "Ada"})
	require.NoError(l.t, err)
	sealedPAN, err := l.module.SealPAN(l.ref, l.card.PAN)
	require.NoError(l.t, err)
	first, err := l.module.SealPIN(l.card, 1, p)
	require.NoError(l.t, err)
	require.NoError(l.t, l.store.Create(ctx, l.ref, store.Record{
		Holder: id, Primary: id, Status: store.Active, PAN: sealedPAN, LastFour: lifePAN[len(lifePAN)-4:],
		Expiry: account.Expiry{Year: 2030, Month: 1}, PIN: pinlife.Personalised(), PINs: []hsm.SealedPIN{first},
		Chip: store.Chip{Cryptogram: l.card.Cryptogram, Script: l.card.Script, KeySet: 1, Option: cryptogram.OptionA},
	}))
}

// change is one PIN change and the insertion that delivers it, with an answer that
// holds what an answer to a message may hold.
func (l *life) change(n int, p pin.PIN) {
	g := pinlife.Generation(n + 2)
	sealed, err := l.module.SealPIN(l.card, g, p)
	require.NoError(l.t, err)
	l.step(func(r *store.Record) { r.SetPIN(sealed) }, pinlife.PINChanged{Generation: g}, nil)
	atc := uint16(n + 1)
	to := hsm.Script{Phase: script.AfterFinalAC, Context: script.Context{ATC: emv.ATC(atc)}}
	template, err := l.module.BuildPINChange(l.card, to, sealed, hsm.SealedPIN{})
	require.NoError(l.t, err)
	sealedScript, err := l.module.Seal("script", l.ref, template)
	require.NoError(l.t, err)
	answer, err := l.module.Seal("answer", l.ref, append([]byte(lifePAN+" "), template...))
	require.NoError(l.t, err)
	l.step(func(r *store.Record) {
		r.Sent = append(r.Sent, store.SentScript{ATC: atc, Sealed: sealedScript})
	}, pinlife.Request{
		Policy: pinlife.DefaultPolicy(), ATC: atc, ARQCValid: true, Active: true,
		CVR: pinlife.CVR{OfflinePINPerformed: true, ScriptCount: uint8(min(n, 1))},
	}, answer)
}

// step takes the card through one event and commits.
func (l *life) step(prepare func(*store.Record), e pinlife.Event, answer []byte) {
	require.NoError(l.t, l.store.Update(context.Background(), l.ref, func(tx store.Tx) error {
		prepare(tx.Card())
		state, _ := tx.Card().PIN.Step(e)
		tx.Card().Advance(state)
		if answer != nil {
			tx.PutReply(store.TerminalReplies, store.NewKey(fmt.Sprint(tx.Card().Revision)), answer)
		}
		tx.Append(store.Entry{Kind: strings.TrimPrefix(fmt.Sprintf("%T", e), "pinlife.")})
		return nil
	}))
}

// Secrets takes a card through many changes of its PIN and looks for its secrets in all
// that a store, which is new, has written: contents returns that by name, and may close
// the store. Randomness is seeded, so that no page holds a canary by chance.
func Secrets(t *testing.T, s store.Store, contents func() map[string][]byte) {
	keys := fmt.Sprintf(`{"key_sets":[{"number":1,"imk_ac":%q,"imk_smi":%q,"imk_smc":%q}]}`, lifeKey, lifeKey, lifeKey)
	module, err := hsm.New(strings.NewReader(keys), random.Seeded(1).Stream("issuer/hsm"))
	require.NoError(t, err)
	pan, err := account.ParsePAN([]byte(lifePAN))
	require.NoError(t, err)
	l := &life{t: t, module: module, store: s, ref: module.Ref(pan, 0),
		card: hsm.Card{PAN: pan, KeySet: 1, Cryptogram: "visa-cvn18", Script: "visa"}}
	raw, err := hex.DecodeString(lifeKey)
	require.NoError(t, err)
	canaries := map[string][]byte{"PAN": []byte(lifePAN), "issuer master key": raw}
	master, err := secret.NewTDES(bytes.Clone(raw))
	require.NoError(t, err)
	cardKey := cryptogram.MasterKey(master, pan, 0, cryptogram.OptionA)
	cardKey.Open(func(raw []byte) { canaries["card's key"] = bytes.Clone(raw) })

	l.issue(parsed(t, "492971835064"))
	for n := range 40 {
		digits := fmt.Sprintf("%012d", 739184620517-int64(n)*13579)
		p := parsed(t, digits)
		canaries["PIN "+fmt.Sprint(n)] = []byte(digits)
		for _, f := range []pin.Format{pin.Format0, pin.Format2} {
			block, err := pin.Encode(f, p, pan, nil)
			require.NoError(t, err)
			block.Open(func(clear []byte) {
				canaries[fmt.Sprint("block ", n, " of format ", f)] = bytes.Clone(clear)
			})
		}
		l.change(n, p)
	}
	for name, content := range contents() {
		require.Contains(t, string(content), "PINChanged", "what is not sealed can be found in %s", name)
		for canary, clear := range canaries {
			require.Empty(t, secret.Traces(content, clear), "%s in %s", canary, name)
		}
	}
}

func parsed(t testing.TB, digits string) pin.PIN {
	t.Helper()
	p, err := pin.Parse([]byte(digits))
	require.NoError(t, err)
	return p
}
