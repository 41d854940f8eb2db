package script_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/testdata/vectors"
)

// TestPublishedCommands builds and opens commands that are not in the vector
// files. Source: knovichikhin/pyemv, tests/test_cvn_hsm.py (CVN 17, 18, 21 and
// Interac 133); card, keys, ATC and new PIN are the same in all of them. Interac
// does as mchip does without ATC and AC in the MAC input.
func TestPublishedCommands(t *testing.T) {
	for name, c := range map[string]struct {
		style, ac          string
		noContext          bool
		change, knowingPIN string // PIN CHANGE with P2 02, and with P2 01 and current PIN 8888
		unblock            string // MAC of 84240000
		applicationUnblock string // MAC of 84180000
	}{
		"Visa CVN 18": {
			style: "visa", ac: "7A788EA6B8A3E733",
			change:             "8424000218BB221AF527377A2811D2B6EBC396A9391A22B480EF312F40",
			knowingPIN:         "84240001182EE025E554BCD87E11D2B6EBC396A9390FB94A4E4EC10F41",
			applicationUnblock: "04EDE90BC24CC35E",
		},
		"Mastercard CVN 17": {
			style: "mchip", ac: "EAE8A620A75648D8",
			change:  "84240002108661C474E4940A4378390C64CB96756E",
			unblock: "4D1858456CD0F22A",
		},
		"Mastercard CVN 21": {
			style: "mchip", ac: "C30E54BE496CF5E5",
			change:  "8424000210D9F5896BE8E283C682264E1D32DF1D51",
			unblock: "5E89E990C51CEE94",
		},
		"Interac CVN 133": {
			style: "mchip", ac: "18932FECA2D84326", noContext: true,
			change:  "8424000210382F36D5920D23915CC7573F770298C9",
			unblock: "B574ABB0A485A330",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := keyIn{
				Style:  c.style,
				IMKAC:  vectors.Unhex(t, "0123456789ABCDEFFEDCBA9876543210"),
				IMKSMI: vectors.Unhex(t, "FEDCBA98765432100123456789ABCDEF"),
				IMKSMC: vectors.Unhex(t, "89ABCDEF0123456776543210FEDCBA98"),
				PAN:    "1234567890123456", PSN: "00",
				ATC: vectors.Unhex(t, "001C"), AC: vectors.Unhex(t, c.ac), ContextInMAC: !c.noContext,
			}.session(t)
			changed, err := s.PINChange(newPIN(t, "9999"))
			require.NoError(t, err)
			assert.Equal(t, c.change, vectors.Bytes(encode(t, changed)).String())
			opened, err := s.OpenPINChange(parseCommand(t, vectors.Unhex(t, c.change)), pin.PIN{})
			require.NoError(t, err)
			assert.True(t, newPIN(t, "9999").Equal(opened))
			if c.knowingPIN != "" {
				changed, err := s.PINChangeKnowingPIN(newPIN(t, "9999"), newPIN(t, "8888"))
				require.NoError(t, err)
				assert.Equal(t, c.knowingPIN, vectors.Bytes(encode(t, changed)).String())
			}
			if c.unblock != "" {
				unblock, err := s.PINUnblock()
				require.NoError(t, err)
				assert.Equal(t, "8424000008"+c.unblock, vectors.Bytes(encode(t, unblock)).String())
			}
			if c.applicationUnblock != "" {
				unblock, err := s.ApplicationUnblock()
				require.NoError(t, err)
				assert.Equal(t, "8418000008"+c.applicationUnblock, vectors.Bytes(encode(t, unblock)).String())
			}
		})
	}
}
