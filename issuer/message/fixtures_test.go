package message_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/testdata/vectors"
)

// kinds are all that there are.
var kinds = []message.Kind{
	message.KindAuthorizationRequest, message.KindAuthorizationResponse, message.KindAdvice, message.KindAdviceResponse,
	message.KindReversal, message.KindReversalResponse, message.KindNetworkManagement, message.KindNetworkManagementResponse,
}

// chipData is 9F26, 82 and a padding byte that must stay.
const chipData = "9F2608A1B2C3D4E5F60718" + "82021C00" + "00" + "9505000000E000"

func panOf(t vectors.T, digits string) account.PAN {
	t.Helper()
	p, err := account.ParsePAN([]byte(digits))
	if err != nil {
		t.Fatalf("make PAN: %v", err)
	}
	return p
}

func track2Of(t vectors.T, text string) account.Track2 {
	t.Helper()
	track2, err := account.ParseTrack2([]byte(text))
	if err != nil {
		t.Fatalf("make track 2: %v", err)
	}
	return track2
}

func pos(t vectors.T, s string) message.POSDataCode {
	t.Helper()
	p, err := message.ParsePOSDataCode(s)
	if err != nil {
		t.Fatalf("make POS data code: %v", err)
	}
	return p
}

func header(t vectors.T, security, mac bool) message.Header {
	t.Helper()
	h := message.Header{
		Transmission:             message.TransmissionDateTime{Month: time.November, Day: 23, Hour: 14, Minute: 5, Second: 59},
		STAN:                     47,
		Local:                    message.LocalDateTime{Date: emv.Date{Year: 2026, Month: time.November, Day: 23}, Hour: 15, Minute: 5, Second: 58},
		AcquiringInstitution:     "673805001",
		ForwardingInstitution:    "00673001180",
		RetrievalReferenceNumber: "REF 00000001",
		Terminal:                 "TILL0001",
		CardAcceptor:             "MERCHANT 1",
	}
	if security {
		h.SecurityControl = secret.New(vectors.Unhex(t, "FFFF9876543210E00001"))
	}
	if mac {
		h.MAC = vectors.Unhex(t, "0102030405060708")
	}
	return h
}

func transaction(t vectors.T) message.Transaction {
	t.Helper()
	return message.Transaction{
		PAN: panOf(t, "374245001741007"), ProcessingCode: message.Cash, Amount: 123456, Expiry: account.Expiry{Year: 2027, Month: time.December},
		MerchantType: 5999, AcquirerCountry: 40, POSDataCode: pos(t, "510101511344"), SequenceNumber: 0, HasSequenceNumber: true,
		FunctionCode: message.OriginalAuthorization, ReasonCode: 1502, BusinessCode: 7523, NameAndLocation: `A shop\Street 1\Town`,
		Currency: 978, ICCData: secret.New(vectors.Unhex(t, chipData)),
	}
}

// full returns a message of the kind that has every element the kind may have.
func full(t vectors.T, k message.Kind) message.Message {
	t.Helper()
	original := message.OriginalData{Kind: message.KindAuthorizationRequest, STAN: 46, Local: header(t, false, false).Local, AcquiringInstitution: "673805001"}
	acknowledgement := message.Acknowledgement{Header: header(t, false, true), ActionCode: message.ActionAdviceAccepted}
	switch k {
	case message.KindAuthorizationRequest:
		return &message.AuthorizationRequest{Header: header(t, true, true), Transaction: transaction(t), ApprovalCodeLength: 6,
			Track2: track2Of(t, "374245001741007=27122011234500000"), PINBlock: secret.New(vectors.Unhex(t, "1B9C1845EB993A7A")),
			CardNotPresent: message.CardNotPresent{CID: secret.New([]byte("4321")), ECI: "05", AEVV: make([]byte, 20), TransactionID: slices.Repeat([]byte{0xFE}, 20)}}
	case message.KindAuthorizationResponse:
		return &message.AuthorizationResponse{Header: header(t, false, true), PAN: panOf(t, "374245001741007"), ProcessingCode: message.Cash,
			Amount: 1200, ApprovalCode: "A1B2C3", ActionCode: message.ActionApproved, Currency: 978,
			Amounts: []message.AdditionalAmount{{AmountType: message.AvailableBalance, Currency: 978, Amount: 4711}},
			ICCData: secret.New(vectors.Unhex(t, "910A00112233445566773030"+"7200"+"7200"))}
	case message.KindAdvice:
		return &message.Advice{Header: header(t, true, true), Transaction: transaction(t), ApprovalCode: "A1B2C3", Original: original}
	case message.KindAdviceResponse:
		return &message.AdviceResponse{Acknowledgement: acknowledgement}
	case message.KindReversal:
		return &message.Reversal{Header: header(t, true, true), Transaction: transaction(t), ApprovalCode: "A1B2C3", Original: original,
			OriginalAmounts: message.OriginalAmounts{Transaction: 123456}, HasActionCode: true}
	case message.KindReversalResponse:
		return &message.ReversalResponse{Acknowledgement: acknowledgement}
	case message.KindNetworkManagement:
		return &message.NetworkManagement{Header: header(t, true, true), FunctionCode: message.EchoTest}
	}
	return &message.NetworkManagementResponse{Acknowledgement: acknowledgement, FunctionCode: message.EchoTest}
}

func pack(t testing.TB, d *message.Dialect, m message.Message) []byte {
	t.Helper()
	b, err := d.Pack(m)
	require.NoError(t, err)
	return b
}

// same reports whether two values are equal, secrets by their Equal.
func same(a, b reflect.Value) bool {
	if equal := a.MethodByName("Equal"); equal.IsValid() {
		return equal.Call([]reflect.Value{b})[0].Bool()
	}
	switch a.Kind() {
	case reflect.Pointer:
		return same(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if !same(a.Field(i), b.Field(i)) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// draw makes messages with any of the optional elements.
func draw(t *rapid.T, k message.Kind) message.Message {
	switch m := full(t, k).(type) {
	case *message.AuthorizationRequest:
		drawHeader(t, &m.Header, true)
		drawTransaction(t, &m.Transaction)
		m.ApprovalCodeLength = rapid.Uint8Range(0, 9).Draw(t, "DE 27")
		drop(t, "DE 35", &m.Track2)
		drop(t, "DE 52", &m.PINBlock)
		drop(t, "CID", &m.CardNotPresent.CID)
		drop(t, "ECI", &m.CardNotPresent.ECI)
		drop(t, "AEVV", &m.CardNotPresent.AEVV)
		drop(t, "transaction id", &m.CardNotPresent.TransactionID)
		return m
	case *message.AuthorizationResponse:
		drawHeader(t, &m.Header, false)
		m.ActionCode = message.ActionCode(rapid.Uint16Range(0, 999).Draw(t, "DE 39"))
		drop(t, "DE 2", &m.PAN)
		drop(t, "DE 4", &m.Amount)
		drop(t, "DE 49", &m.Currency)
		drop(t, "DE 54", &m.Amounts)
		drop(t, "DE 55", &m.ICCData)
		return m
	case *message.Advice:
		drawHeader(t, &m.Header, true)
		drawTransaction(t, &m.Transaction)
		drop(t, "DE 56", &m.Original)
		return m
	case *message.Reversal:
		drawHeader(t, &m.Header, true)
		drawTransaction(t, &m.Transaction)
		drop(t, "DE 39", &m.HasActionCode)
		m.OriginalAmounts.Reconciliation = drawAmount(t)
		return m
	case *message.NetworkManagement:
		drawHeader(t, &m.Header, false)
		m.FunctionCode = message.FunctionCode(rapid.Uint16Range(1, 999).Draw(t, "DE 24"))
		return m
	default:
		drawHeader(t, m.Head(), false)
		return m
	}
}

func drawHeader(t *rapid.T, h *message.Header, repeats bool) {
	h.Repeat = repeats && rapid.Bool().Draw(t, "repeat")
	at := time.Unix(rapid.Int64Range(0, 2524607999).Draw(t, "time"), 0).UTC() // up to the end of 2049
	h.Transmission, h.Local = message.TransmissionDateTimeOf(at), message.LocalDateTimeOf(at)
	h.STAN = rapid.Uint32Range(0, 999999).Draw(t, "DE 11")
	h.AcquiringInstitution = rapid.StringMatching(`[0-9]{0,11}`).Draw(t, "DE 32")
	h.RetrievalReferenceNumber = rapid.StringMatching(`[0-9A-Z ]{0,11}[0-9A-Z]`).Draw(t, "DE 37")
	h.Terminal = rapid.StringMatching(`[!-~][ -~]{0,6}[!-~]`).Draw(t, "DE 41")
	drop(t, "DE 33", &h.ForwardingInstitution)
	drop(t, "DE 42", &h.CardAcceptor)
	drop(t, "DE 53", &h.SecurityControl)
	drop(t, "DE 64", &h.MAC)
}

func drawTransaction(t *rapid.T, x *message.Transaction) {
	x.PAN = panOf(t, rapid.StringMatching(`[0-9]{8,19}`).Draw(t, "DE 2"))
	x.Amount = drawAmount(t)
	x.ProcessingCode = message.ProcessingCode(rapid.Uint32Range(0, 999999).Draw(t, "DE 3"))
	x.SequenceNumber = account.SequenceNumber(rapid.Uint8Range(0, 99).Draw(t, "DE 23"))
	if rapid.Bool().Draw(t, "without DE 23") {
		x.SequenceNumber, x.HasSequenceNumber = 0, false
	}
	drop(t, "DE 14", &x.Expiry)
	drop(t, "DE 18", &x.MerchantType)
	drop(t, "DE 43", &x.NameAndLocation)
	value := rapid.SliceOfN(rapid.Byte(), 0, 120).Draw(t, "DE 55")
	x.ICCData = secret.New(tlv.Append(nil, 0x9F26, value))
	drop(t, "DE 55", &x.ICCData)
}

func drawAmount(t *rapid.T) uint64 { return rapid.Uint64Range(0, 999999999999).Draw(t, "amount") }

// drop leaves a member out, half of the time.
func drop[T any](t *rapid.T, label string, v *T) {
	if rapid.Bool().Draw(t, "without "+label) {
		*v = *new(T)
	}
}

// forDialect makes a message one that a dialect can carry.
func forDialect(t vectors.T, d *message.Dialect, m message.Message) message.Message {
	if d.Edition() == 1987 {
		m = for1987(m)
	}
	request := secret.New(vectors.Unhex(t, agnsObjects))
	switch m := m.(type) {
	case *message.AuthorizationRequest:
		if d == message.ISO93AES() {
			m.PINBlock = secret.New(make([]byte, 16))
		}
		if d == message.AGNS93() {
			m.ICCData = request
		}
	case *message.Advice:
		if d == message.AGNS93() {
			m.ICCData = request
		}
	case *message.Reversal:
		if d == message.AGNS93() {
			m.ICCData = request
		}
	}
	return m
}
