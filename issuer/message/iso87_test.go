package message_test

import (
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/moov-io/iso8583"
	"github.com/moov-io/iso8583/encoding"
	"github.com/moov-io/iso8583/field"
	"github.com/moov-io/iso8583/prefix"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/explain"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

// request87 is a financial request, written down by hand.
const request87 = "0201" + "72384480A8C09202" + // 2 3 4 7 11 12 13 18 22 25 33 35 37 41 42 49 52 55 63
	"15374245001741007" + "000000" + "000000123456" + "1123140559" + "000047" + "150558" + "1123" + "5812" + "051" + "00" +
	"09673805001" + "33374245001741007=27122011234500000" + "REF 00000001" + "TILL0001" + "MERCHANT 1     " + "978" +
	"1B9C1845EB993A7A" + "012" + "82021C009C00" + "024" + "0120FFFF9876543210E00001"

func TestRequest1987ByHand(t *testing.T) {
	m, err := message.ISO87().Unpack([]byte(request87))
	require.NoError(t, err)
	r, ok := m.(*message.AuthorizationRequest)
	require.True(t, ok)
	assert.True(t, r.Repeat)
	assert.Equal(t, uint8(1), r.Variant, "0200")
	assert.True(t, r.PAN.Equal(panOf(t, "374245001741007")))
	assert.True(t, r.Track2.Equal(track2Of(t, "374245001741007=27122011234500000")))
	assert.Equal(t, message.LocalDateTime{Date: emv.Date{Month: time.November, Day: 23}, Hour: 15, Minute: 5, Second: 58}, r.Local)
	assert.Equal(t, uint16(5812), r.BusinessCode)
	assert.Equal(t, byte('5'), r.POSDataCode.CardDataInputMode)
	assert.Equal(t, byte('1'), r.POSDataCode.CardholderAuthCapability)
	assert.Equal(t, message.OriginalAuthorization, r.FunctionCode)
	assert.True(t, r.SecurityControl.Equal(secret.New(vectors.Unhex(t, "FFFF9876543210E00001"))))
	assert.True(t, r.PINBlock.Equal(secret.New(vectors.Unhex(t, "1B9C1845EB993A7A"))))
	assert.True(t, r.ICCData.Equal(secret.New(vectors.Unhex(t, "82021C009C00"))))
	assert.Equal(t, request87, string(pack(t, message.ISO87(), r)))

	response := &message.AuthorizationResponse{Header: r.Reply(), ActionCode: message.ActionIncorrectPIN}
	const answer = "0210" + "0238000182C00000" + "1123140559" + "000047" + "150558" + "1123"
	b := string(pack(t, message.ISO87(), response))
	assert.Equal(t, "0210", b[:4])
	assert.Contains(t, b, answer[20:])
	assert.Contains(t, b, "55TILL0001")
}

// reversal87 is a partial reversal request, written down by hand: 12.34 of 1234.56
// are left.
const reversal87 = "0400" + "F238000002C080000000004200000000" + // 2 3 4 7 11 12 13 39 41 42 49 90 95
	"15374245001741007" + "000000" + "000000123456" + "1123140601" + "000048" + "150558" + "1123" +
	"68" + "TILL0001" + "MERCHANT 1     " + "978" +
	"0200" + "000047" + "1123140559" + "00673805001" + "00000000000" +
	"000000001234" + "000000000000" + "000000000" + "000000000"

func TestReversal1987ByHand(t *testing.T) {
	m, err := message.ISO87().Unpack([]byte(reversal87))
	require.NoError(t, err)
	r, ok := m.(*message.Reversal)
	require.True(t, ok)
	assert.Equal(t, uint8(1), r.Variant, "0400")
	assert.Equal(t, message.PartialReversal, r.FunctionCode)
	assert.Equal(t, uint64(1234), r.Amount)
	assert.Equal(t, uint64(123456), r.OriginalAmounts.Transaction)
	assert.Equal(t, message.TimeoutWaitingForResponse, r.ReasonCode)
	assert.Equal(t, message.OriginalData{
		Kind: message.KindAuthorizationRequest, Variant: 1, STAN: 47, Local: r.Local, AcquiringInstitution: "673805001",
		Transmission: message.TransmissionDateTime{Month: time.November, Day: 23, Hour: 14, Minute: 5, Second: 59},
	}, r.Original)
	assert.Equal(t, reversal87, string(pack(t, message.ISO87(), r)))
}

// TestOriginal1987IsWhatTheHostLooksFor: zeros on the left of an acquirer come back
// where DE 32 has them.
func TestOriginal1987IsWhatTheHostLooksFor(t *testing.T) {
	for _, acquirer := range []string{"", "7", "007", "12345678901", "01234567890"} {
		request := &message.AuthorizationRequest{Header: header(t, false, false), Transaction: transaction(t)}
		request.AcquiringInstitution, request.MerchantType = acquirer, 0
		reversal := &message.Reversal{Header: request.Header, Transaction: request.Transaction, Original: message.Original(request)}
		back, err := message.ISO87().Unpack(pack(t, message.ISO87(), reversal))
		require.NoError(t, err)
		first, err := message.ISO87().Unpack(pack(t, message.ISO87(), request))
		require.NoError(t, err)
		assert.Equal(t, message.Original(first), back.(*message.Reversal).Original, acquirer)
	}
}

// for1987 takes out of a message what the edition does not carry.
func for1987(m message.Message) message.Message {
	h := m.Head()
	h.Local.Date.Year = 0
	strip := func(t *message.Transaction) {
		t.MerchantType, t.ReasonCode, t.FunctionCode = 0, 0, message.OriginalAuthorization
		t.NameAndLocation = t.NameAndLocation[:min(len(t.NameAndLocation), 40)]
		t.POSDataCode, _ = message.ParsePOSDataCode("510101500004")
	}
	switch m := m.(type) {
	case *message.AuthorizationRequest:
		strip(&m.Transaction)
	case *message.Advice:
		strip(&m.Transaction)
		original1987(h, &m.Original)
	case *message.Reversal:
		strip(&m.Transaction)
		original1987(h, &m.Original)
		m.FunctionCode, m.ReasonCode = message.FullReversal, message.TerminalCannotComplete
		m.OriginalAmounts, m.HasActionCode, m.ActionCode = message.OriginalAmounts{}, false, 0
	}
	return m
}

func original1987(h *message.Header, o *message.OriginalData) {
	if *o != (message.OriginalData{}) {
		o.Local, o.AcquiringInstitution = h.Local, h.AcquiringInstitution
	}
}

// bare1987 is iso87 with nothing but the library's own encoders and fields. The
// library counts bytes before hexadecimal digits, so that DE 55 is text to it.
func bare1987() *iso8583.MessageSpec {
	spec := bareSpec(message.ISO87().Rows(), encoding.ASCII, prefix.ASCII, field.NewString(&field.Spec{Length: 37, Enc: encoding.ASCII, Pref: prefix.ASCII.LL}))
	spec.Fields[1] = field.NewBitmap(&field.Spec{Length: 8, Enc: encoding.BytesToASCIIHex, Pref: prefix.ASCII.Fixed})
	for _, n := range []int{52, 64, 128} {
		spec.Fields[n] = field.NewBinary(&field.Spec{Length: 8, Enc: encoding.BytesToASCIIHex, Pref: prefix.ASCII.Fixed})
	}
	spec.Fields[55] = field.NewString(&field.Spec{Length: 510, Enc: encoding.ASCII, Pref: prefix.ASCII.LLL})
	return spec
}

// TestLibrary1987 has the library write what we read and read what we write: the same
// bytes both ways.
func TestLibrary1987(t *testing.T) {
	bare := bare1987()
	rapid.Check(t, func(r *rapid.T) {
		b := pack(t, message.ISO87(), for1987(draw(r, rapid.SampledFrom(kinds).Draw(r, "kind"))))
		values, err := message.ISO87().Values(b)
		require.NoError(t, err)
		if chip, ok := values[55]; ok {
			values[55] = []byte(strings.ToUpper(hex.EncodeToString(chip)))
		}
		require.Equal(t, string(b), string(barePack(t, bare, values)))
		theirs := iso8583.NewMessage(bare)
		require.NoError(t, theirs.Unpack(b))
		for n, want := range values {
			got, err := theirs.GetBytes(n)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "DE %d", n)
		}
	})
}

// TestStable1987: what is read is written and read again alike.
func TestStable1987(t *testing.T) {
	for _, k := range kinds {
		rapid.Check(t, func(r *rapid.T) {
			m := for1987(draw(r, k))
			m.Head().Variant = 0
			b := pack(t, message.ISO87(), m)
			back, err := message.ISO87().Unpack(b)
			require.NoError(t, err)
			require.Equal(t, string(b), string(pack(t, message.ISO87(), back)))
		})
	}
}

// TestVariants1987: each message type is answered by its own, refused or not.
func TestVariants1987(t *testing.T) {
	for request, answer := range map[string]string{
		"0100": "0110", "0101": "0110", "0120": "0130", "0121": "0130", "0200": "0210", "0201": "0210", "0220": "0230", "0221": "0230",
		"0400": "0410", "0401": "0410", "0420": "0430", "0421": "0430", "0800": "0810",
	} {
		k := map[string]message.Kind{"00": message.KindAuthorizationRequest, "20": message.KindAdvice}[request[2:3]+"0"]
		switch request[1] {
		case '4':
			k = message.KindReversal
		case '8':
			k = message.KindNetworkManagement
		}
		b := append([]byte(request), pack(t, message.ISO87(), for1987(full(t, k)))[4:]...)
		m, err := message.ISO87().Unpack(b)
		require.NoError(t, err, request)
		assert.Equal(t, request, string(pack(t, message.ISO87(), m)[:4]))
		reply := &message.AdviceResponse{Acknowledgement: message.Acknowledgement{Header: m.Head().Reply(), ActionCode: message.ActionAdviceAccepted}}
		var response message.Message = reply
		switch k {
		case message.KindAuthorizationRequest:
			response = &message.AuthorizationResponse{Header: m.Head().Reply()}
		case message.KindReversal:
			response = &message.ReversalResponse{Acknowledgement: reply.Acknowledgement}
		case message.KindNetworkManagement:
			response = &message.NetworkManagementResponse{Acknowledgement: reply.Acknowledgement}
		}
		assert.Equal(t, answer, string(pack(t, message.ISO87(), response)[:4]))
		cut := b[:len(b)-1]
		refusal, err := message.ISO87().Refuse(cut, second(message.ISO87().Unpack(cut)))
		require.NoError(t, err, request)
		assert.Equal(t, answer, string(refusal[:4]))
		item, err := message.ISO87().Describe(refusal, explain.Masked)
		require.NoError(t, err)
		assert.Contains(t, dump(t, item), "format error")
	}
}

// TestCodes1987 writes each action code and reads it again: those that have a code of
// their own come back, the rest neither approve nor change sides.
func TestCodes1987(t *testing.T) {
	m := &message.AuthorizationResponse{Header: header(t, false, false)}
	own := 0
	for a := message.ActionCode(0); a < 1000; a++ {
		m.ActionCode = a
		back, err := message.ISO87().Unpack(pack(t, message.ISO87(), m))
		require.NoError(t, err)
		got := back.(*message.AuthorizationResponse).ActionCode
		assert.Equal(t, a.Approves(), got.Approves(), a)
		assert.Equal(t, a.PicksUp(), got.PicksUp(), a)
		if got == a {
			own++
		}
	}
	assert.Equal(t, 36, own)
	for k, accepted := range map[message.Kind]message.ActionCode{
		message.KindAdviceResponse: message.ActionAdviceAccepted, message.KindReversalResponse: message.ActionReversalAccepted,
		message.KindNetworkManagementResponse: message.ActionNetworkAccepted,
	} {
		ack := message.Acknowledgement{Header: header(t, false, false), ActionCode: accepted}
		var m message.Message = &message.AdviceResponse{Acknowledgement: ack}
		if k == message.KindReversalResponse {
			m = &message.ReversalResponse{Acknowledgement: ack}
		}
		if k == message.KindNetworkManagementResponse {
			m = &message.NetworkManagementResponse{Acknowledgement: ack}
		}
		b := pack(t, message.ISO87(), for1987(m))
		assert.Contains(t, string(b), "00TILL0001")
		back, err := message.ISO87().Unpack(b)
		require.NoError(t, err)
		assert.Equal(t, m, back, k)
	}
}

// TestMalformed1987 changes what is written by hand.
func TestMalformed1987(t *testing.T) {
	for name, c := range map[string]struct {
		old, replacement string
		element          int
	}{
		"time":             {"150558" + "1123", "250558" + "1123", 12},
		"day":              {"150558" + "1123", "150558" + "0230", 13},
		"entry mode":       {"5812" + "051", "5812" + "061", 22},
		"PIN capability":   {"5812" + "051", "5812" + "059", 22},
		"condition":        {"051" + "00", "051" + "77", 25},
		"chip data digits": {"012" + "82", "012" + "8X", 55},
		"half a byte":      {"012" + "82021C009C00", "011" + "82021C009C0", 55},
		"PIN block":        {"1B9C1845", "1B9C184G", 52},
		"KSN":              {"0120FFFF", "0118FFFF", 63},
		"KSN digits":       {"0120FFFF", "0120FFFX", 63},
		"currency":         {"978", "97A", 49},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := message.ISO87().Unpack([]byte(replaceOnceIn(t, request87, c.old, c.replacement)))
			requireElement(t, err, c.element, "")
		})
	}
	_, err := message.ISO87().Unpack([]byte(request87 + "0"))
	require.ErrorContains(t, err, "behind the last element")
	_, err = message.ISO87().Unpack([]byte(strings.Replace(request87, "72384480A8", "72384480Z8", 1)))
	require.ErrorIs(t, err, emv.ErrMalformed)
}

// TestRefusalOfHalfATime: a request that ends between time and date is refused with
// neither, so that the refusal can be read.
func TestRefusalOfHalfATime(t *testing.T) {
	at := strings.Index(request87, "150558"+"1123")
	require.Positive(t, at)
	cut := []byte(request87[:at+len("150558")])
	refusal, err := message.ISO87().Refuse(cut, second(message.ISO87().Unpack(cut)))
	require.NoError(t, err)
	m, err := message.ISO87().Unpack(refusal)
	require.NoError(t, err)
	assert.Equal(t, message.LocalDateTime{}, m.Head().Local)
	assert.Equal(t, uint32(47), m.Head().STAN)
	assert.Equal(t, "000013", m.(*message.AuthorizationResponse).ApprovalCode)
}
