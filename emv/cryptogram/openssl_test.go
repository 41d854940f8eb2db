package cryptogram_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

// openssl runs `openssl enc` with a two-key TDES cipher. Single DES is TDES
// with two equal keys.
type openssl struct {
	t    *testing.T
	path string
}

func (o openssl) enc(data, key []byte, args ...string) []byte {
	o.t.Helper()
	cmd := exec.Command(o.path, append([]string{"enc", "-nopad", "-K", fmt.Sprintf("%X", key)}, args...)...)
	cmd.Stdin = bytes.NewReader(data)
	out, err := cmd.Output()
	require.NoError(o.t, err)
	require.Len(o.t, out, len(data))
	return out
}

// mac chains single DES under the left half over data, a multiple of 8 bytes,
// and passes the last block through the right and the left half.
func (o openssl) mac(data, key []byte) []byte {
	o.t.Helper()
	left, right := bytes.Repeat(key[:8], 2), bytes.Repeat(key[8:], 2)
	chain := o.enc(data, left, "-des-ede-cbc", "-iv", "0000000000000000")
	last := o.enc(chain[len(chain)-8:], right, "-des-ede", "-d")
	return o.enc(last, left, "-des-ede")
}

// TestOpenSSL computes whole transactions step by step with openssl, above all
// for the rows that no published cryptogram proves.
func TestOpenSSL(t *testing.T) {
	o := openssl{t, need.Program(t, "openssl")}
	const common = "000000001234" + "000000000000" + "0826" + "0000008000" + "0826" + "261123" + "00" + "ABCDEF12" + "7C00" + "0006"
	cases := []struct {
		profile, pan, psn string
		block             string // what diversifies the master key
		input             string // common data elements, tail and padding
		csk               bool
		arpc              string // what the ARPC covers behind, or combines with, the ARQC
		tag91             string // what follows the ARPC
	}{
		{"amex-style", "374245001741007", "02", "7424500174100702", common + "03A00000" + "000000", false, "", "3030"},
		{"visa-cvn22", "4761739001010119", "01", "6173900101011901",
			common + "1F2201A0000000000000000000000000000000000000000000000000000000FF" + "80000000000000", true, "00800000" + "80000000", "00800000"},
		{"ccd", "5413339000001513", "", "1333900000151300",
			common + "0FA501A00000000000000000000000000F000000000000000000000000000000" + "80000000000000", true, "00800000" + "80000000", "00800000"},
	}
	for _, c := range cases {
		t.Run(c.profile, func(t *testing.T) {
			imk := vectors.Unhex(t, "0B62AE1F5D9B43F8A7C14E70D3528C96")
			left := vectors.Unhex(t, c.block)
			key := o.enc(append(left, complement(left)...), imk, "-des-ede")
			if c.csk {
				key = o.enc(vectors.Unhex(t, "0006F00000000000"+"00060F0000000000"), key, "-des-ede")
			}
			wantAC := o.mac(vectors.Unhex(t, c.input), key)

			p, ok := cryptogram.ProfileByName(c.profile)
			require.True(t, ok)
			in := sampleInput(t, c.profile)
			mk := cryptogram.MasterKey(tdes(t, imk), pan(t, c.pan), psn(t, c.psn), cryptogram.OptionA)
			s := p.Session(mk, in.ATC, in.UnpredictableNumber)
			ac, err := s.Compute(&in)
			require.NoError(t, err)
			assert.Equal(t, emv.AC(wantAC), ac)

			var wantARPC []byte
			if c.csk {
				wantARPC = o.mac(append(wantAC, vectors.Unhex(t, c.arpc)...), key)[:4]
			} else {
				wantAC[0], wantAC[1] = wantAC[0]^'0', wantAC[1]^'0'
				wantARPC = o.enc(wantAC, key, "-des-ede")
			}
			response := cryptogram.IssuerResponse{ARC: [2]byte{'0', '0'}, CSU: [4]byte{1: 0x80}}
			tag91, err := s.AppendIssuerAuthenticationData(nil, ac, response)
			require.NoError(t, err)
			assert.Equal(t, vectors.Bytes(wantARPC).String()+c.tag91, vectors.Bytes(tag91).String())
		})
	}
}

func complement(b []byte) []byte {
	inverse := make([]byte, len(b))
	for i := range b {
		inverse[i] = ^b[i]
	}
	return inverse
}
