package script_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/script"
)

// benchmark runs work once with the issuer's keys diversified for each script,
// and once with the card's keys at hand.
func benchmark(b *testing.B, work func(b *testing.B, s script.Session)) {
	style := styleByName(b, "amex-style")
	pan, err := account.ParsePAN([]byte("374245001741007"))
	require.NoError(b, err)
	issuer, card := issuerKeys(b), cardKeys(b, "374245001741007")
	b.Run("derived", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			work(b, script.NewSession(style, issuer.ForCard(pan, 0, cryptogram.OptionA), testContext))
		}
	})
	b.Run("card keys cached", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			work(b, script.NewSession(style, card, testContext))
		}
	})
}

func BenchmarkPINChangeBuild(b *testing.B) {
	p := newPIN(b, "2580")
	benchmark(b, func(b *testing.B, s script.Session) {
		if _, err := s.PINChange(p); err != nil {
			b.Fatal(err)
		}
	})
}

func BenchmarkPINChangeOpen(b *testing.B) {
	c, err := testSession(b, "amex-style").PINChange(newPIN(b, "2580"))
	require.NoError(b, err)
	benchmark(b, func(b *testing.B, s script.Session) {
		if _, err := s.OpenPINChange(c, pin.PIN{}); err != nil {
			b.Fatal(err)
		}
	})
}
