package kernel_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/testdata/vectors"
)

// odaCase is a case of testdata/vectors/oda.json, as far as a card needs it.
type odaCase struct {
	Method string `json:"method"`
	CAPK   struct {
		RID, Index, Modulus, Exponent vectors.Bytes
	} `json:"capk"`
	Tags         map[string]vectors.Bytes `json:"tags"`
	StaticData   vectors.Bytes            `json:"static_data"`
	DynamicInput vectors.Bytes            `json:"dynamic_input"`
	Date         vectors.Bytes            `json:"date"`
}

// TestCertificateVectors has the kernel authenticate cards with the certificates of
// the vectors, most of them from other places: the good ones pass, and those that
// were altered fail for the reason that the vector names. (CDA takes the terminal's
// data as they were: TestAmexTap has the dialogue of that vector.)
func TestCertificateVectors(t *testing.T) {
	seen := map[string]int{}
	for _, c := range vectors.LoadPart[odaCase, struct{}](t, "oda") {
		// The AIP is not the card's to leave out.
		if c.In.Method == "CDA" || c.Name == "ax1-icc" || c.Name == "ax1-sda-no-aip" {
			continue
		}
		seen[c.In.Method]++
		t.Run(c.Name, func(t *testing.T) {
			want := c.Expect
			switch want {
			case emv.ErrBadPAN:
				want = emv.ErrBadHash // the PAN of a card stands in the signed record, whose hash is compared first
				fallthrough
			case emv.ErrBadIssuerID:
				c.In.StaticData = withPAN(t, c.In.StaticData, c.In.Tags["5A"])
			}
			r := vectorBench(t, c.In).run()
			failed := map[string]emv.Bit[emv.TVR]{"SDA": emv.TVRSDAFailed, "DDA": emv.TVRDDAFailed}[c.In.Method]
			assert.Equal(t, c.Expect != vectors.OK, r.TVR.Has(failed), texts(r))
			assert.False(t, r.TVR.Has(emv.TVRICCDataMissing), texts(r))
			assert.True(t, r.TSI.Has(emv.TSIOfflineDataAuthenticationPerformed))
			if c.Expect != vectors.OK {
				assert.Contains(t, whyOf(r, failed), want.Error())
			}
		})
	}
	assert.Equal(t, map[string]int{"SDA": 8, "DDA": 13}, seen)
}

func whyOf(r *kernel.Result, bit emv.Bit[emv.TVR]) string {
	for _, f := range r.Findings {
		if f.Bit == bit {
			return f.Why
		}
	}
	return ""
}

// vectorBench is a transaction of a card with these certificates.
func vectorBench(t *testing.T, in odaCase) *bench {
	b := newBench(t)
	key, err := oda.NewPublicKey(in.CAPK.Modulus, in.CAPK.Exponent)
	require.NoError(t, err)
	b.profile.CAPublicKeys, err = oda.NewCAPublicKeys(oda.CAPublicKey{RID: oda.RID(in.CAPK.RID), Index: in.CAPK.Index[0], Key: key})
	require.NoError(t, err)
	b.profile.Capabilities[2] = map[string]byte{"SDA": 0x80, "DDA": 0x40}[in.Method]
	b.random, b.tx.Time = in.DynamicInput, time.Date(2007, time.June, 1, 0, 0, 0, 0, time.UTC)
	if d := in.Date; len(d) > 0 {
		date, err := emv.ParseDate(d)
		require.NoError(t, err)
		b.tx.Time = time.Date(date.Year, date.Month, date.Day, 0, 0, 0, 0, time.UTC)
	}
	aid := digits(in.CAPK.RID) + "01"
	b.app().AID = unhexed(aid)
	b.card.answers["00A4040006"+aid] = []string{fci(aid)}

	signed, aip := in.StaticData[:len(in.StaticData)-2], in.StaticData[len(in.StaticData)-2:]
	b.card.answers["80A8"] = []string{object(0x80, digits(aip), "08010101"+"10010200") + "9000"}
	b.card.answers["00B2010C"] = []string{digits(tlv.Append(nil, 0x70, signed)) + "9000"}
	first, second := unsigned(t, in, signed)
	b.card.answers["00B20114"] = []string{digits(tlv.Append(nil, 0x70, first)) + "9000"}
	b.card.answers["00B20214"] = []string{digits(tlv.Append(nil, 0x70, second)) + "9000"}
	b.card.answers["0088"] = []string{digits(tlv.Append(nil, 0x80, in.Tags["9F4B"])) + "9000"}
	return b
}

// withPAN puts another PAN into static data, for the vectors that have it altered:
// a card gives its PAN nowhere else.
func withPAN(t *testing.T, static, pan []byte) []byte {
	signed, aip := static[:len(static)-2], static[len(static)-2:]
	var out []byte
	for e, err := range tlv.Elements(signed) {
		require.NoError(t, err)
		if e.Tag == 0x5A {
			e.Value = pan
		}
		out = tlv.Append(out, e.Tag, e.Value)
	}
	return append(out, aip...)
}

// unsigned are the data objects that are not in the signed record: those with
// which the issuer's certificate goes, and the others.
func unsigned(t *testing.T, in odaCase, signed []byte) (first, second []byte) {
	there := map[emv.Tag]bool{}
	for e, err := range tlv.Elements(signed) {
		require.NoError(t, err)
		there[e.Tag] = true
	}
	add := func(dst []byte, tag emv.Tag, value []byte) []byte {
		if there[tag] || len(value) == 0 {
			return dst
		}
		return tlv.Append(dst, tag, value)
	}
	first = add(first, 0x8F, in.CAPK.Index)
	for _, tag := range []emv.Tag{0x90, 0x92, 0x9F32} {
		first = add(first, tag, in.Tags[tag.String()])
	}
	for _, tag := range []emv.Tag{0x93, 0x9F46, 0x9F47, 0x9F48} {
		second = add(second, tag, in.Tags[tag.String()])
	}
	for tag, value := range map[emv.Tag]string{0x9F4A: "82", 0x8C: cdol, 0x8D: "8A02" + cdol, 0x5F24: "491231", 0x9F49: "9F3704", 0x8E: "00000000000000001F00"} {
		second = add(second, tag, unhexed(value))
	}
	return first, second
}
