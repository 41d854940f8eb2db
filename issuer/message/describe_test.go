package message_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

func dump(t *testing.T, item explain.Item) string {
	t.Helper()
	b, err := json.Marshal(item)
	require.NoError(t, err)
	return string(b)
}

func element(t *testing.T, item explain.Item, label string) explain.Item {
	t.Helper()
	for _, e := range item.Items {
		if e.Label == label {
			return e
		}
	}
	t.Fatalf("no %s in the description", label)
	return explain.Item{}
}

func TestDescribe(t *testing.T) {
	item, err := message.ISO93().Describe(vectors.Unhex(t, requestByHand), explain.Masked)
	require.NoError(t, err)
	assert.Equal(t, "authorization request, repeat", item.Text)
	assert.Equal(t, "1101", item.Value)
	for label, want := range map[string]explain.Item{
		"DE 2":  {Name: "primary account number", Value: "[15]", Text: "374245*****1007"},
		"DE 3":  {Name: "processing code", Value: "000000", Text: "goods and services"},
		"DE 4":  {Name: "amount, transaction", Value: "000000123456"},
		"DE 24": {Name: "function code", Value: "100", Text: "original authorization"},
		"DE 35": {Name: "track 2 data", Value: "[33]", Text: "374245*****1007"},
		"DE 52": {Name: "personal identification number data", Value: "[8]"},
	} {
		want.Label = label
		assert.Equal(t, want, element(t, item, label))
	}
	assert.Contains(t, element(t, item, "DE 22").Notes, "position 9, cardholder authentication entity: 1, ICC")
	assert.Equal(t, "82", element(t, item, "DE 55").Items[0].Label)
	text := dump(t, item)
	assert.NotContains(t, text, "374245001741007")
	assert.NotContains(t, text, "1B9C")
}

func TestDescribeClear(t *testing.T) {
	item, err := message.ISO93().Describe(vectors.Unhex(t, requestByHand), explain.Clear)
	require.NoError(t, err)
	assert.Equal(t, "374245001741007", element(t, item, "DE 2").Value)
	assert.Equal(t, "374245001741007=27122011234500000", element(t, item, "DE 35").Value)
	assert.NotContains(t, dump(t, item), "1B9C")
}

// TestDescribeKinds describes a full message of each kind.
func TestDescribeKinds(t *testing.T) {
	for _, k := range kinds {
		item, err := message.ISO93().Describe(pack(t, message.ISO93(), full(t, k)), explain.Masked)
		require.NoError(t, err)
		text := dump(t, item)
		assert.Equal(t, k.String(), item.Text)
		for _, secret := range []string{"374245001741007", "4321", "1B9C", "FFFF9876"} {
			assert.NotContains(t, text, secret, k)
		}
	}
	item, err := message.ISO93().Describe(pack(t, message.ISO93(), full(t, message.KindReversal)), explain.Masked)
	require.NoError(t, err)
	assert.Equal(t, "authorization request, STAN 000046, 2026-11-23 15:05:58", element(t, item, "DE 56").Text)
	item, err = message.ISO93().Describe(pack(t, message.ISO93(), full(t, message.KindAuthorizationRequest)), explain.Masked)
	require.NoError(t, err)
	assert.Equal(t, `card not present, CID true, ECI "05", AEVV true`, element(t, item, "DE 48").Text)
}

// TestDescribeHidesAccountInChipData has the PAN and track 2 in DE 55.
func TestDescribeHidesAccountInChipData(t *testing.T) {
	m := &message.AuthorizationResponse{Header: header(t, false, false), ICCData: secret.New(vectors.Unhex(t, "5A08374245001741007F5711374245001741007D27122011234500000F"))}
	b := pack(t, message.ISO93(), m)
	item, err := message.ISO93().Describe(b, explain.Masked)
	require.NoError(t, err)
	assert.NotContains(t, dump(t, item), "37424500174100")
}

// TestDescribeHidesChipDataThatAreNoTLV has a PAN where a wrong length hides it
// from the reader of TLV.
func TestDescribeHidesChipDataThatAreNoTLV(t *testing.T) {
	b := vectors.Unhex(t, replaceOnce(t, requestByHand, "0006"+"82021C009C00", "0009"+"5A2037424500174100"))
	item, err := message.ISO93().Describe(b, explain.Masked)
	require.NoError(t, err)
	assert.Equal(t, "[9]", element(t, item, "DE 55").Value)
	assert.NotEmpty(t, element(t, item, "DE 55").Notes)
	item, err = message.ISO93().Describe(b, explain.Clear)
	require.NoError(t, err)
	assert.Equal(t, "5A2037424500174100", element(t, item, "DE 55").Value)
}

// TestDescribeWhatIsWrong shows what could be read of messages that Unpack
// refuses.
func TestDescribeWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		hex, shows string
	}{
		"wrong digit":           {strings.Replace(echo, "261123150558", "26112315055F", 1), "a character that is not of format n"},
		"element of no dialect": {strings.Replace(echo, "0230010000800000", "0A30010000800000", 1), "1804"},
		"cut":                   {echo[:len(echo)-2], "000047"},
		"more than all of it":   {echo + "00", "TILL0001"},
	} {
		t.Run(name, func(t *testing.T) {
			item, err := message.ISO93().Describe(vectors.Unhex(t, c.hex), explain.Masked)
			if name != "wrong digit" {
				require.ErrorIs(t, err, emv.ErrMalformed)
			}
			assert.Contains(t, dump(t, item), c.shows)
		})
	}
	item, err := message.ISO93().Describe([]byte{0x99}, explain.Masked)
	require.ErrorIs(t, err, emv.ErrMalformed)
	assert.Equal(t, "unknown message", item.Text)
}
