package bench_test

import (
	"context"
	"fmt"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/issuer/authorization"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
	"github.com/f510b0cf/till/issuer/store/mem"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/testdata"
)

// The lengths of the keys of the card that is measured, in bits.
const (
	benchCABits, benchIssuerBits, benchICCBits = 1408, 1152, 1152
)

// rsaCard is amex-pin with a longer key.
const rsaCard = `extends: amex-pin
name: amex-bench
note: a card for measurements
application:
  oda: {icc: 1152}
`

// changing is an issuer in memory that a kernel asks without a line between them:
// messages are packed and unpacked as if there were one.
type changing struct {
	t          testing.TB
	module     *hsm.Software
	store      store.Store
	authorizer *authorization.Authorizer
	made       perso.Card
	ref        account.Ref
	card       hsm.Card
	stan       uint32
}

func newChanging(t testing.TB) *changing {
	t.Helper()
	module, err := hsm.New(nil, nil)
	require.NoError(t, err)
	c := &changing{t: t, module: module, store: mem.New()}
	builtIn, err := fs.Sub(testdata.Profiles, "profiles")
	require.NoError(t, err)
	p, err := perso.Load(overlay{builtIn, fstest.MapFS{"amex-bench" + perso.Suffix: {Data: []byte(rsaCard)}}}, "amex-bench"+perso.Suffix)
	require.NoError(t, err)
	c.made, err = module.Personalise(p, 1, perso.Options{Random: random.Seeded(1), Date: emv.DateOf(now)})
	require.NoError(t, err)
	c.enrol()
	c.authorizer, err = authorization.New(authorization.Config{Store: c.store, Module: module, Dialect: message.ISO93()})
	require.NoError(t, err)
	return c
}

// overlay looks for a file in one place after the other.
type overlay struct{ below, above fs.FS }

// Open opens a file.
func (o overlay) Open(name string) (fs.File, error) {
	if f, err := o.above.Open(name); err == nil {
		return f, nil
	}
	return o.below.Open(name)
}

// enrol adds the card to the store.
func (c *changing) enrol() {
	holder, err := c.store.Members().Create(context.Background(), member.Member{Name: "Anna"})
	require.NoError(c.t, err)
	app := c.made.Image.Applications[0]
	c.ref = c.module.Ref(app.PAN, app.SequenceNumber)
	c.card = hsm.Card{PAN: app.PAN, SequenceNumber: app.SequenceNumber, KeySet: 1, Option: c.made.Option, Cryptogram: app.Cryptogram, Script: app.Script}
	r := store.Record{
		Holder: holder, Primary: holder, Status: store.Active, LastFour: "0000", Expiry: account.Expiry{Year: 2035, Month: 12}, SequenceNumber: app.SequenceNumber,
		Chip: store.Chip{Cryptogram: app.Cryptogram, Script: app.Script, KeySet: 1, Option: c.made.Option}, PIN: pinlife.Personalised(),
	}
	r.PAN, err = c.module.SealPAN(c.ref, app.PAN)
	require.NoError(c.t, err)
	sealed, err := c.module.SealPIN(c.card, r.PIN.Proven, app.PIN)
	require.NoError(c.t, err)
	r.SetPIN(sealed)
	require.NoError(c.t, c.store.Create(context.Background(), c.ref, r))
}

// change has the holder ask for another PIN.
func (c *changing) change(digits string) {
	require.NoError(c.t, c.store.Update(context.Background(), c.ref, func(tx store.Tx) error {
		r := tx.Card()
		g := r.PIN.Next()
		sealed, err := c.module.SealPIN(c.card, g, mustPIN(c.t, digits))
		if err != nil {
			return err
		}
		state, _ := r.PIN.Step(pinlife.PINChanged{Generation: g})
		r.SetPIN(sealed)
		r.Advance(state)
		return nil
	}))
}

// Authorize asks the issuer.
func (c *changing) Authorize(ctx context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	c.stan++
	code, err := message.ParsePOSDataCode("510101511344")
	require.NoError(c.t, err)
	packed, err := message.ISO93().Pack(&message.AuthorizationRequest{
		Header: message.Header{
			Transmission: message.TransmissionDateTimeOf(now), STAN: c.stan % 1_000_000, Local: message.LocalDateTimeOf(r.Transaction.Time),
			AcquiringInstitution: "12345", Terminal: "TILL0001", CardAcceptor: "MERCHANT1",
		},
		Transaction: message.Transaction{
			PAN: r.PAN, Amount: r.Transaction.Amount, Expiry: account.Expiry{Year: r.Expiry.Year, Month: r.Expiry.Month}, Currency: 840, POSDataCode: code,
			SequenceNumber: r.SequenceNumber, HasSequenceNumber: r.HasSequenceNumber, FunctionCode: message.OriginalAuthorization, ICCData: secret.New(r.ChipData),
		},
	})
	require.NoError(c.t, err)
	request, err := message.ISO93().Unpack(packed)
	require.NoError(c.t, err)
	answer, err := c.authorizer.Answer(ctx, request)
	require.NoError(c.t, err)
	m, err := message.ISO93().Unpack(answer)
	require.NoError(c.t, err)
	response := &kernel.OnlineResponse{Booked: true}
	m.(*message.AuthorizationResponse).ICCData.Open(func(data []byte) {
		for e, err := range tlv.Elements(append([]byte(nil), data...)) {
			require.NoError(c.t, err)
			switch e.Tag {
			case 0x8A:
				response.ARC, _ = emv.ParseARC(e.Value)
			case 0x91:
				response.IssuerAuthenticationData = e.Value
			case 0x72:
				response.Scripts = append(response.Scripts, e.Raw)
			}
		}
	})
	return response, nil
}

// BenchmarkPINChange is a whole change of a PIN at a purchase, without disks and
// lines: the holder asks for another PIN, the card with a key of 1152 bits does DDA and
// deciphers the PIN before, the issuer decides and answers with a script, and the card
// runs it. BenchmarkPINChangeFloor is the RSA and TDES work in it and nothing else.
func BenchmarkPINChange(b *testing.B) {
	c := newChanging(b)
	icc, k := open(b, issue(b, c.made)), till(b)
	pins := [2]string{"1234", "8361"}
	at := 0
	b.ReportAllocs()
	for b.Loop() {
		c.change(pins[1-at])
		result, _ := insertion{chip: icc, online: c, pins: []string{pins[at]}, till: k}.run(b)
		if result.Outcome != kernel.ApprovedOnline || len(result.ScriptResults) != 1 || result.ScriptResults[0].Outcome != emv.ScriptSuccessful {
			b.Fatal(fmt.Sprint(result.Outcome, result.Reason, result.ScriptResults))
		}
		at = 1 - at
	}
}

// BenchmarkPINChangeFloor does what the cryptography of one change is: two private RSA
// operations of the card, the terminal's recoveries of two certificates and a signature
// and its encipherment of the PIN, two application cryptograms and an ARPC at both
// ends, and the script, which issuer and card each make keys for.
func BenchmarkPINChangeFloor(b *testing.B) {
	stream := random.Seeded(3).Stream("floor")
	ca, err := oda.GenerateKey(stream, benchCABits, oda.Exponent3)
	require.NoError(b, err)
	issuerKey, err := oda.GenerateKey(stream, benchIssuerBits, oda.Exponent3)
	require.NoError(b, err)
	icc, err := oda.GenerateKey(stream, benchICCBits, oda.Exponent3)
	require.NoError(b, err)
	block, err := pin.Encode(pin.Format2, mustPIN(b, oldPIN), personalised(b, "amex-pin").Image.Applications[0].PAN, nil)
	require.NoError(b, err)
	key, err := secret.GenerateTDES(stream)
	require.NoError(b, err)
	style, _ := script.StyleByName("amex-style")
	keys, at, digits := cryptogram.MasterKeys{AC: key, SMI: key, SMC: key}, script.Context{ATC: 1}, mustPIN(b, oldPIN)
	ca144, issuer144 := make([]byte, 176), make([]byte, 144)
	ca144[1], issuer144[1] = 1, 1
	b.ReportAllocs()
	for b.Loop() {
		signature, err := oda.SignDDA(icc, make([]byte, 8), make([]byte, 4))
		require.NoError(b, err)
		_, err = oda.VerifyDDA(icc.Public(), signature, make([]byte, 4))
		require.NoError(b, err)
		_, err = ca.Public().Recover(ca144)
		require.NoError(b, err)
		_, err = issuerKey.Public().Recover(issuer144)
		require.NoError(b, err)
		enciphered, err := oda.EncipherPIN(icc.Public(), block, oda.Challenge{}, stream)
		require.NoError(b, err)
		_, err = oda.DecipherPIN(icc, enciphered, oda.Challenge{})
		require.NoError(b, err)
		for range 4 {
			cryptogram.Compute(key, secret.Padding1, make([]byte, 40))
		}
		for range 2 {
			cryptogram.ARPC1(key, emv.AC{}, [2]byte{})
		}
		command, err := script.NewSession(style, keys, at).PINChange(digits)
		require.NoError(b, err)
		raw, err := command.Encode()
		require.NoError(b, err)
		parsed, err := apdu.ParseCommand(raw)
		require.NoError(b, err)
		_, err = script.NewSession(style, keys, at).OpenPINChange(parsed, digits)
		require.NoError(b, err)
	}
}
