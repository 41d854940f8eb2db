package emv_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/testdata/vectors"
)

func FuzzParseIAD(f *testing.F) {
	for _, s := range []string{
		"06010103A00000", "06010A03A4B8000F112233445566778899AABBCCDDEEFF", "0110A00009248400000000000000000029FF",
		"0FA501A438D0080001020304050607080F101112131415161718191A1B1C1D1E", "1F220101A4A01202000000000000000000000000000000000000000000000000",
	} {
		f.Add(vectors.Unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		iad, err := emv.ParseIAD(b)
		if err != nil {
			require.ErrorIs(t, err, emv.ErrMalformed)
			return
		}
		require.LessOrEqual(t, len(b), 32)
		require.NotContains(t, iad.Family.String(), "(")
		parts := len(iad.RawCVR) + len(iad.DAC) + len(iad.Counters) + len(iad.Issuer)
		require.Less(t, parts, len(b), "DKI and CVN are beside them")
		if iad.Family != emv.IADVisaLayout {
			return
		}
		cvr, err := iad.CVR.VisaCVR()
		require.NoError(t, err)
		again, err := emv.AppendVisaIAD(nil, iad.DKI, iad.CVN, cvr, iad.Issuer)
		require.NoError(t, err)
		if len(b) == len(again)+1 {
			again = append(again, 0) // a length of zero says what its absence says
		}
		require.Equal(t, b, again)
	})
}

func FuzzCVMWalk(f *testing.F) {
	f.Add(vectors.Unhex(f, "0000000000000000440341035E031F03"), byte(0xF8), uint64(100), byte(0), true, []byte{1})
	f.Add(vectors.Unhex(f, "00001388000027101F0641075E031F03"), byte(0x60), uint64(6000), byte(1), false, []byte{2, 1})
	f.Fuzz(func(t *testing.T, b []byte, capabilities byte, amount uint64, kind byte, currency bool, outcomes []byte) {
		list, err := emv.ParseCVMList(b)
		if err != nil {
			require.ErrorIs(t, err, emv.ErrMalformed)
			return
		}
		require.Equal(t, b, list.Append(nil))
		asked := 0
		walk, err := list.Walk(emv.CVMFacts{
			Capabilities: emv.TerminalCapabilities{1: capabilities},
			Amount:       amount, ApplicationCurrency: currency, Kind: emv.TransactionKind(kind),
			EnterPIN: func(emv.CVM) (emv.PINOutcome, error) {
				asked++
				if asked > len(outcomes) {
					return emv.PINRefused, nil
				}
				return emv.PINOutcome(outcomes[asked-1]), nil
			},
		})
		require.NoError(t, err)
		checkWellFormed(t, list, walk)
		require.NotEmpty(t, walk.Results.String())
	})
}
