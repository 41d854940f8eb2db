package message_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

// The bytes of an echo test and its response, written down by hand.
const (
	echo = "1804" + "0230010000800000" + // 7 11 12 24 41
		"1123140559" + "000047" + "261123150558" + "0831" + "54494C4C30303031"
	echoResponse = "1814" + "0230010002800000" + // 7 11 12 24 39 41
		"1123140559" + "000047" + "261123150558" + "0831" + "0800" + "54494C4C30303031"
)

func TestEchoByHand(t *testing.T) {
	m, err := message.ISO93().Unpack(vectors.Unhex(t, echo))
	require.NoError(t, err)
	request, ok := m.(*message.NetworkManagement)
	require.True(t, ok)
	assert.Equal(t, message.EchoTest, request.FunctionCode)
	assert.Equal(t, uint32(47), request.STAN)
	assert.Equal(t, "TILL0001", request.Terminal)
	assert.Equal(t, header(t, false, false).Transmission, request.Transmission)
	assert.Equal(t, header(t, false, false).Local, request.Local)
	response := &message.NetworkManagementResponse{FunctionCode: request.FunctionCode}
	response.Header, response.ActionCode = request.Reply(), message.ActionNetworkAccepted
	assert.Equal(t, echoResponse, vectors.Bytes(pack(t, message.ISO93(), response)).String())
	assert.Equal(t, request.MatchKey(), response.MatchKey())
}

// requestByHand is a repeat with a PAN and track 2 of odd length, with both
// lengths in bytes and in digits, a fixed text that is filled and chip data.
const requestByHand = "1101" + "72340580A8C09200" + // 2 3 4 7 11 12 14 22 24 25 33 35 37 41 42 49 52 55
	"15" + "0374245001741007" + "000000" + "000000123456" + "1123140559" + "000047" + "261123150558" + "2712" +
	"353130313031353131333434" + "0100" + "1502" + "09" + "0673805001" +
	"33" + "0374245001741007D27122011234500000" + "524546203030303030303031" + "54494C4C30303031" +
	"4D45524348414E5420312020202020" + "393738" + "1B9C1845EB993A7A" + "0006" + "82021C009C00"

func TestRequestByHand(t *testing.T) {
	b := vectors.Unhex(t, requestByHand)
	m, err := message.ISO93().Unpack(b)
	require.NoError(t, err)
	r, ok := m.(*message.AuthorizationRequest)
	require.True(t, ok)
	assert.True(t, r.Repeat)
	assert.True(t, r.PAN.Equal(panOf(t, "374245001741007")))
	assert.True(t, r.Track2.Equal(track2Of(t, "374245001741007=27122011234500000")))
	assert.Equal(t, "MERCHANT 1", r.CardAcceptor)
	assert.Equal(t, "673805001", r.ForwardingInstitution)
	assert.Equal(t, byte('1'), r.POSDataCode.CardholderAuthEntity)
	assert.Equal(t, uint16(978), r.Currency)
	assert.True(t, r.PINBlock.Equal(secret.New(vectors.Unhex(t, "1B9C1845EB993A7A"))))
	assert.Equal(t, b, pack(t, message.ISO93(), r))
}

func TestRoundTrip(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.String(), rapid.MakeCheck(func(t *rapid.T) {
			m := draw(t, k)
			b, err := message.ISO93().Pack(m)
			require.NoError(t, err)
			back, err := message.ISO93().Unpack(b)
			require.NoError(t, err)
			require.True(t, same(reflect.ValueOf(m), reflect.ValueOf(back)), "message comes back another")
			again, err := message.ISO93().Pack(back)
			require.NoError(t, err)
			require.Equal(t, b, again)
		}))
	}
}

// TestLayouts packs a message of each kind with all that it may have: the tables
// and the structs know the same elements.
func TestLayouts(t *testing.T) {
	for _, k := range kinds {
		values, err := message.ISO93().Values(pack(t, message.ISO93(), full(t, k)))
		require.NoError(t, err)
		delete(values, 0)
		mandatory, optional := message.ISO93().Layout(k)
		assert.Len(t, values, len(mandatory)+len(optional), k)
		for _, n := range slices.Concat(mandatory, optional) {
			assert.Contains(t, values, n, k)
		}
	}
}

// TestMandatory leaves each mandatory element out of the bytes.
func TestMandatory(t *testing.T) {
	for _, k := range kinds {
		b := pack(t, message.ISO93(), full(t, k))
		mandatory, _ := message.ISO93().Layout(k)
		for _, n := range mandatory {
			_, err := message.ISO93().Unpack(without(t, b, n))
			requireElement(t, err, n, "missing")
		}
	}
}

// TestUnknownElements gives each kind each element that it does not have.
func TestUnknownElements(t *testing.T) {
	for _, k := range kinds {
		b := pack(t, message.ISO93(), full(t, k))
		mandatory, optional := message.ISO93().Layout(k)
		for _, row := range message.ISO93().Rows() {
			if row.Number < 64 && !slices.Contains(mandatory, row.Number) && !slices.Contains(optional, row.Number) {
				_, err := message.ISO93().Unpack(with(t, b, row))
				requireElement(t, err, row.Number, "not an element of this message")
			}
		}
	}
}

// without takes an element out of a message.
func without(t *testing.T, b []byte, n int) []byte {
	t.Helper()
	start, end := span(t, b, n)
	cut := slices.Concat(b[:start], b[end:])
	cut[2+(n-1)/8] &^= 0x80 >> ((n - 1) % 8)
	return cut
}

// with puts an element of the shortest value, of zeros or spaces, into a message.
func with(t *testing.T, b []byte, row message.ElementRow) []byte {
	t.Helper()
	added := bytes.Clone(b)
	added[2+(row.Number-1)/8] |= 0x80 >> ((row.Number - 1) % 8)
	at := 10
	for n := 2; n < row.Number; n++ {
		if b[2+(n-1)/8]&(0x80>>((n-1)%8)) != 0 {
			_, at = span(t, b, n)
		}
	}
	length := row.Length
	var value []byte
	if row.Prefix > 0 {
		length = 1
		value = []byte{0, 1}[2-(row.Prefix+1)/2:]
	}
	switch row.Format {
	case "n", "z":
		value = append(value, make([]byte, (length+1)/2)...)
	case "b":
		value = append(value, make([]byte, length)...)
	default:
		value = append(value, strings.Repeat("A", length)...)
	}
	return slices.Insert(added, at, value...)
}

// span finds an element of an iso93 message, its length included, by a walk of
// its own.
func span(t *testing.T, b []byte, number int) (start, end int) {
	t.Helper()
	bitmap := binary.BigEndian.Uint64(b[2:])
	end = 10
	for _, row := range message.ISO93().Rows() {
		if row.Number > 64 || bitmap>>(64-row.Number)&1 == 0 {
			continue
		}
		start = end
		length := row.Length
		for i, size := 0, (row.Prefix+1)/2; i < size; i++ {
			if i == 0 {
				length = 0
			}
			length = 100*length + int(10*(b[end]>>4)+b[end]&0xF)
			end++
		}
		if row.Format == "n" || row.Format == "z" {
			length = (length + 1) / 2
		}
		end += length
		if row.Number == number {
			return start, end
		}
	}
	t.Fatalf("message has no element %d", number)
	return 0, 0
}

func requireElement(t *testing.T, err error, n int, words string) {
	t.Helper()
	var at *message.ElementError
	require.ErrorAs(t, err, &at)
	require.Equal(t, n, at.Element, err)
	require.ErrorIs(t, err, emv.ErrMalformed)
	require.ErrorContains(t, err, words)
	var class emv.Failure
	require.ErrorAs(t, err, &class)
}

func TestUnpackIsStrict(t *testing.T) {
	request := requestByHand
	for name, c := range map[string]struct {
		old, new string // in requestByHand
		element  int
		words    string
	}{
		"unknown MTI":                   {"1101" + "7234", "1102" + "7234", 0, "unknown message type"},
		"MTI that is none":              {"1101" + "7234", "11A1" + "7234", 0, "unknown message type"},
		"element of no dialect":         {"72340580A8C09200", "72340580A8C09208", 61, "past the end"},
		"bit without element":           {"72340580A8C09200", "7A340580A8C09200", 5, "no element of dialect iso93"},
		"PAN of seven digits":           {"15" + "0374245001741007", "07" + "00374245", 2, "7 digits"},
		"PAN with a letter":             {"0374245001741007", "03742450017A1007", 2, "format n"},
		"PAN with a filler":             {"0374245001741007000000", "F374245001741007000000", 2, "format n"},
		"PAN with a digit for filler":   {"0374245001741007000000", "1374245001741007000000", 2, "format n"},
		"PAN of twenty digits":          {"15" + "0374245001741007", "20" + "03742450017410070000", 2, "at most 19"},
		"length that is not decimal":    {"15" + "0374245001741007", "1F" + "0374245001741007", 2, "not decimal"},
		"amount that is not decimal":    {"000000123456", "00000012345E", 4, "format n"},
		"month 13":                      {"1123140559", "1323140559", 7, "no such date"},
		"30 February":                   {"1123140559", "0230140559", 7, "no such date"},
		"24 o'clock":                    {"261123150558", "261123240558", 12, "no such date"},
		"29 February of no leap year":   {"261123150558", "270229150558", 12, "no such date"},
		"second 60":                     {"261123150558", "261123150560", 12, "no such date"},
		"expiry in month 0":             {"558" + "2712" + "3531", "558" + "2700" + "3531", 14, "month"},
		"POS data code with a space":    {"353130313031353131333434", "353130313031353131333420", 22, "neither letter nor digit"},
		"POS data code with a sign":     {"353130313031353131333434", "353130313031353131333421", 22, "format an"},
		"function code with a filler":   {"0100" + "1502", "1100" + "1502", 24, "format n"},
		"function code zero":            {"0100" + "1502", "0000" + "1502", 24, "zeros"},
		"institution without digits":    {"09" + "0673805001", "00", 33, "length 0"},
		"institution of twelve digits":  {"09" + "0673805001", "12" + "000673805001", 33, "at most 11"},
		"track 2 without separator":     {"7D2712", "792712", 35, "separator"},
		"track 2 with two separators":   {"7D2712", "7DD712", 35, "track 2"},
		"track 2 with another sign":     {"7D2712", "7B2712", 35, "format z"},
		"terminal that is blank":        {"54494C4C30303031", "2020202020202020", 41, "spaces"},
		"terminal with a control byte":  {"54494C4C30303031", "54494C4C30303007", 41, "format ans"},
		"currency in letters":           {"393738", "455552", 49, "decimal"},
		"chip data cut":                 {"82021C009C00", "82021C009C01", 55, "9C"},
		"chip data longer than message": {"0006" + "82021C", "0007" + "82021C", 55, "past the end"},
		"chip data of 256 bytes":        {"0006" + "82021C", "0256" + "82021C", 55, "at most 255"},
		"chip data that are empty":      {"0006" + "82021C009C00", "0000", 55, "length 0"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(request, c.old, c.new, 1)
			require.NotEqual(t, request, changed)
			_, err := message.ISO93().Unpack(vectors.Unhex(t, changed))
			requireElement(t, err, c.element, c.words)
		})
	}
}

func TestUnpackLeavesNothingOver(t *testing.T) {
	b := vectors.Unhex(t, requestByHand)
	_, err := message.ISO93().Unpack(append(b, 0))
	require.ErrorIs(t, err, emv.ErrMalformed)
	require.ErrorContains(t, err, "1 bytes behind the last element")
	for n := range b {
		_, err := message.ISO93().Unpack(b[:n])
		require.ErrorIs(t, err, emv.ErrMalformed, n)
	}
	_, err = message.ISO93().Unpack(make([]byte, message.BytesMax+1))
	require.ErrorIs(t, err, emv.ErrMalformed)
	require.ErrorContains(t, err, "at most 4096")
}

func TestBitmaps(t *testing.T) {
	for name, c := range map[string]struct{ hex, words string }{
		"second one empty": {strings.Replace(echo, "0230010000800000", "82300100008000000000000000000000", 1), "second bitmap without"},
		"third one":        {strings.Replace(echo, "0230010000800000", "823001000080000080000000000000000000000000000000", 1), "third bitmap"},
		"cut":              {echo[:16], "past the end"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := message.ISO93().Unpack(vectors.Unhex(t, c.hex))
			requireElement(t, err, 1, c.words)
		})
	}
	_, err := message.ISO93().Unpack(vectors.Unhex(t, strings.Replace(echo, "0230010000800000", "82300100008000000000000000000001", 1)+"0102030405060708"))
	requireElement(t, err, 128, "not an element of this message")
}

func TestPackIsStrict(t *testing.T) {
	request := func(change func(m *message.AuthorizationRequest)) message.Message {
		m, _ := full(t, message.KindAuthorizationRequest).(*message.AuthorizationRequest)
		change(m)
		return m
	}
	for name, c := range map[string]struct {
		m       message.Message
		element int
		words   string
	}{
		"no PAN":               {request(func(m *message.AuthorizationRequest) { m.PAN = message.Transaction{}.PAN }), 2, "missing"},
		"amount":               {request(func(m *message.AuthorizationRequest) { m.Amount = 1e12 }), 4, "length 13"},
		"STAN":                 {request(func(m *message.AuthorizationRequest) { m.STAN = 1e6 }), 11, "length 7"},
		"no such day":          {request(func(m *message.AuthorizationRequest) { m.Local.Date.Day = 31 }), 12, "no such date"},
		"year":                 {request(func(m *message.AuthorizationRequest) { m.Local.Date.Year = 2077 }), 12, "length 14"},
		"expiry year":          {request(func(m *message.AuthorizationRequest) { m.Expiry.Year = 1949 }), 14, "length 6"},
		"expiry":               {request(func(m *message.AuthorizationRequest) { m.Expiry.Month = 13 }), 14, "month"},
		"sequence number":      {request(func(m *message.AuthorizationRequest) { m.SequenceNumber = 100 }), 23, "above 99"},
		"terminal":             {request(func(m *message.AuthorizationRequest) { m.Terminal = "TOO LONG 9" }), 41, "length 10"},
		"location in UTF-8":    {request(func(m *message.AuthorizationRequest) { m.NameAndLocation = "Zürich" }), 43, "format ans"},
		"AES block":            {request(func(m *message.AuthorizationRequest) { m.PINBlock = secret.New(make([]byte, 16)) }), 52, "length 16"},
		"chip data":            {request(func(m *message.AuthorizationRequest) { m.ICCData = secret.New([]byte{0x9F}) }), 55, ""},
		"chip data too long":   {request(func(m *message.AuthorizationRequest) { m.ICCData = secret.New(make([]byte, 256)) }), 55, "length 256"},
		"MAC":                  {request(func(m *message.AuthorizationRequest) { m.MAC = []byte{1} }), 64, "length 1"},
		"institution":          {request(func(m *message.AuthorizationRequest) { m.AcquiringInstitution = "12x" }), 32, "format n"},
		"no original":          {&message.Reversal{Header: header(t, false, false), Transaction: transaction(t)}, 56, "missing"},
		"original of no kind":  {&message.Reversal{Header: header(t, false, false), Transaction: transaction(t), Original: message.OriginalData{STAN: 1}}, 56, ""},
		"response with a key":  {&message.AdviceResponse{Acknowledgement: message.Acknowledgement{Header: header(t, true, false)}}, 53, "not an element"},
		"no transmission time": {&message.NetworkManagement{FunctionCode: message.SignOn}, 7, "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := message.ISO93().Pack(c.m)
			requireElement(t, err, c.element, c.words)
		})
	}
	m := full(t, message.KindNetworkManagement)
	m.Head().Repeat = true
	_, err := message.ISO93().Pack(m)
	require.ErrorContains(t, err, "never a repeat")
}

func TestAESBlock(t *testing.T) {
	m, _ := full(t, message.KindAuthorizationRequest).(*message.AuthorizationRequest)
	m.PINBlock = secret.New(vectors.Unhex(t, "00112233445566778899AABBCCDDEEFF"))
	m.SecurityControl = secret.New(vectors.Unhex(t, "123456789012345600000001"))
	back, err := message.ISO93AES().Unpack(pack(t, message.ISO93AES(), m))
	require.NoError(t, err)
	assert.True(t, same(reflect.ValueOf(m), reflect.ValueOf(back)))
}

func TestNamed(t *testing.T) {
	for _, name := range message.Names() {
		d, err := message.Named(name)
		require.NoError(t, err)
		assert.Equal(t, name, d.Name())
	}
	assert.Equal(t, []string{"iso93", "iso93-aes", "agns93", "iso87"}, message.Names())
	_, err := message.Named("iso03")
	require.ErrorContains(t, err, "iso93")
	variant := full(t, message.KindReversal)
	variant.Head().Variant = 1
	_, err = message.AGNS93().Pack(variant)
	require.ErrorContains(t, err, "no such message")
}

// TestErrorsHoldNoData looks for the account number in what an error shows, the
// fields of the errors within included.
func TestErrorsHoldNoData(t *testing.T) {
	b := vectors.Unhex(t, requestByHand)
	for n := range b {
		changed := bytes.Clone(b)
		changed[n] ^= 0xFF
		for _, err := range []error{second(message.ISO93().Unpack(changed)), second(message.ISO93().Unpack(b[:n]))} {
			for ; err != nil; err = errors.Unwrap(err) {
				text := strings.ToUpper(strings.Join([]string{err.Error(), sprintDeep(err)}, " "))
				require.NotContains(t, text, "374245001741")
				require.NotContains(t, text, "37 42 45")
				require.NotContains(t, text, "55 66 69 0 23") // 37 42 45 00 17 in decimal
			}
		}
	}
}
