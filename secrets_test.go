package till_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"go/ast"
	"log/slog"
	"math/big"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	kitlog "github.com/go-kit/log"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/dukpt"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/perso"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	hardwarecard "github.com/f510b0cf/till/hardware/card"
	"github.com/f510b0cf/till/hardware/cardtest"
	"github.com/f510b0cf/till/hardware/trace"
	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/channel/ivr/care"
	"github.com/f510b0cf/till/issuer/channel/ivr/ivrtest"
	"github.com/f510b0cf/till/issuer/channel/ivr/sip"
	"github.com/f510b0cf/till/issuer/channel/ivr/voice"
	"github.com/f510b0cf/till/issuer/channel/web"
	"github.com/f510b0cf/till/issuer/host"
	"github.com/f510b0cf/till/issuer/hsm"
	"github.com/f510b0cf/till/issuer/issuertest"
	"github.com/f510b0cf/till/issuer/message"
	"github.com/f510b0cf/till/issuer/store/mem"
	"github.com/f510b0cf/till/terminal"
	"github.com/f510b0cf/till/terminal/desk"
	"github.com/f510b0cf/till/terminal/guard"
	"github.com/f510b0cf/till/terminal/httpd"
	"github.com/f510b0cf/till/terminal/inspect"
	"github.com/f510b0cf/till/terminal/journal"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/link"
	"github.com/f510b0cf/till/terminal/pinpad"
	"github.com/f510b0cf/till/terminal/profile"
	"github.com/f510b0cf/till/testdata"
)

// canary is a secret as it was put in.
type canary struct {
	name  string
	clear []byte
}

// The canaries are unlike anything that a printer makes up by itself.
var (
	canaryKey    = canary{"key", mustHex("A7B3C9D5E1F70B1D2F3D4C5B6A798897")}
	canaryDigits = canary{"digits", []byte("4929718350")}
	canaryPAN    = canary{"PAN", []byte("374245719638504")}
	canaryBlock  = canary{"block", mustHex("0A49D6E4A8C1F0B7")}
	canaryPrime  = canary{"prime", mustHex("C99DE9B0D1F0F36F7F4E5A2A9A3C1B7D5E8F6071829A4B3C2D1E0F9A8B7C6D5F")}
	canaryTrack2 = canary{"track 2", []byte("374245719638504=271220198765432100")}
)

func mustHex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// traces are the forms in which a canary could show itself.
func (c canary) traces() []string {
	forms := [][]byte{c.clear, account.Pack(bytes.ReplaceAll(c.clear, []byte("="), []byte("0")))}
	var found []string
	switch c.name {
	case canaryKey.name:
		forms = forms[:1]
	case canaryPrime.name:
		forms = forms[:1]
		found = append(found, new(big.Int).SetBytes(c.clear).String())
	}
	for _, b := range forms {
		found = append(found, string(b), hex.EncodeToString(b), base64.RawStdEncoding.EncodeToString(b[:len(b)/3*3]),
			base64.RawURLEncoding.EncodeToString(b[:len(b)/3*3]),
			strings.Trim(fmt.Sprint(b), "[]"), strings.Trim(fmt.Sprintf("%#v", b)[len("[]byte"):], "{}"),
			strings.Trim(fmt.Sprintf("% x", b), "[]"))
	}
	return found
}

// requireNoTrace fails where text holds the canary, in upper or lower case.
func requireNoTrace(t *testing.T, c canary, sink, text string) {
	t.Helper()
	for _, trace := range c.traces() {
		require.NotContains(t, strings.ToLower(text), strings.ToLower(trace), "%s shows the %s", sink, c.name)
	}
}

// holders are a value of each type that holds a secret, with its canary. An APDU
// is none of them: its bytes are what travels, see the caveat of package apdu.
func holders(t *testing.T) map[string]struct {
	value any
	canary
} {
	t.Helper()
	key, err := secret.NewTDES(canaryKey.clear)
	require.NoError(t, err)
	aesKey, err := secret.NewAES(canaryKey.clear)
	require.NoError(t, err)
	pan, err := account.ParsePAN(canaryPAN.clear)
	require.NoError(t, err)
	track2, err := account.ParseTrack2(canaryTrack2.clear)
	require.NoError(t, err)
	p, err := pin.Parse(canaryDigits.clear)
	require.NoError(t, err)
	block, err := pin.ParseBlock(canaryBlock.clear)
	require.NoError(t, err)
	tdesHost, err := dukpt.NewTDESHost(key)
	require.NoError(t, err)
	tdesDevice, err := dukpt.NewTDESDevice(key, dukpt.TDESKSN{})
	require.NoError(t, err)
	aesHost, err := dukpt.NewAESHost(aesKey)
	require.NoError(t, err)
	aesDevice, err := dukpt.NewAESDevice(aesKey, dukpt.InitialKeyID{})
	require.NoError(t, err)
	prime := new(big.Int).SetBytes(canaryPrime.clear)
	privateKey, err := oda.NewPrivateKey(canaryPrime.clear, prime.Add(prime, big.NewInt(2)).Bytes(), []byte{3})
	require.NoError(t, err)
	keys := cryptogram.MasterKeys{AC: key, SMI: key, SMC: key}
	search := cryptogram.Search{Key: key, PAN: pan}
	cache := cryptogram.NewCardKeyCache[int](1)
	cache.Get(1, func() cryptogram.MasterKeys { return keys })
	card := image.Application{PAN: pan, Keys: keys, ICCKey: privateKey, PIN: p}
	cardProfile := canaryProfile(t)
	issued := canaryCard(t, cardProfile, aesKey)
	read := canaryPurchase(t, issued, p)
	lent := cardtest.New(t, cardtest.Options{Text: fmt.Sprintf("extends: amex\npin: %q\naccount: {pan: %q}\nkeys: {mk_ac: %[3]X, mk_smi: %[3]X, mk_smc: %[3]X}", canaryDigits.clear, canaryPAN.clear, canaryKey.clear)})
	lender, err := lent.Issuer(0)
	require.NoError(t, err)
	module, err := hsm.New(strings.NewReader(fmt.Sprintf(`{"key_sets":[{"number":1,"imk_ac":"%[1]X","imk_smi":"%[1]X","imk_smc":"%[1]X"}]}`, canaryKey.clear)), nil)
	require.NoError(t, err)
	recorded, err := trace.ParseLines(strings.NewReader(fmt.Sprintf("C: 0020008008%X\nR: 9000\n", canaryBlock.clear)))
	require.NoError(t, err)
	tdesTransaction, tdesCanary := canaryTransaction(t, tdesHost.TransactionKey, dukpt.TDESKSN{9: 1})
	aesTransaction, aesCanary := canaryTransaction(t, aesHost.TransactionKey, dukpt.AESKSN{11: 1})
	pad, padCanary := canaryPad(t)
	kept, err := journal.Open(journal.Config{Path: t.TempDir() + "/journal", Key: aesKey})
	require.NoError(t, err)
	t.Cleanup(func() { _ = kept.Close() })
	line, err := link.New(link.Config{Address: "127.0.0.1:0", Journal: kept, Profile: profile.Profile{}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = line.Close() })
	payments, err := desk.New(desk.Config{Journal: kept, Customer: func() (*desk.Customer, error) { return nil, errors.New("nobody comes") }})
	require.NoError(t, err)
	t.Cleanup(func() { _ = payments.Close() })
	return map[string]struct {
		value any
		canary
	}{
		"secret.Value":   {secret.New(canaryDigits.clear), canaryDigits},
		"secret.Key":     {key, canaryKey},
		"secret.Key AES": {aesKey, canaryKey},
		"account.PAN":    {pan, canaryPAN},
		"account.Track2": {track2, canaryTrack2},
		"pin.PIN":        {p, canaryDigits},
		"pin.Block":      {block, canaryBlock},

		"dukpt.TDESHost":           {tdesHost, canaryKey},
		"dukpt.TDESDevice":         {tdesDevice, tdesCanary}, // it holds the next key
		"dukpt.TDESTransactionKey": {tdesTransaction, tdesCanary},
		"dukpt.AESHost":            {aesHost, canaryKey},
		"dukpt.AESDevice":          {aesDevice, aesCanary},
		"dukpt.AESTransactionKey":  {aesTransaction, aesCanary},

		"oda.PrivateKey":            {privateKey, canaryPrime},
		"cryptogram.CardKeyCache":   {cache, canaryKey},
		"oda.ICCCertificate":        {oda.ICCCertificate{PAN: pan}, canaryPAN},
		"oda.Terms":                 {oda.Terms{PAN: pan}, canaryPAN},
		"cryptogram.MasterKeys":     {keys, canaryKey},
		"cryptogram.Session":        {cryptogram.Session{AC: key, ARPC: key}, canaryKey},
		"cryptogram.Search":         {search, canaryKey},
		"cryptogram.Search PAN":     {search, canaryPAN},
		"script.Session":            {script.Session{MKAC: key, SMI: key, SMC: key}, canaryKey},
		"script.Search":             {script.Search{Key: key}, canaryKey},
		"pin.PVK":                   {pin.PVK{Key: key, Index: 1}, canaryKey},
		"pin.IBM3624":               {pin.IBM3624{PVK: key}, canaryKey},
		"image.Application PAN":     {card, canaryPAN},
		"image.Application keys":    {card, canaryKey},
		"image.Application PIN":     {card, canaryDigits},
		"image.Application ICC key": {card, canaryPrime},
		"image.Image":               {image.Image{Applications: []image.Application{card}}, canaryPAN},
		"perso.Options":             {perso.Options{PAN: pan}, canaryPAN},
		"perso.Card":                {perso.Card{IssuerKeys: keys}, canaryKey},
		"perso.Profile PAN":         {cardProfile, canaryPAN},
		"perso.Profile PIN":         {cardProfile, canaryDigits},

		"message.Header":                 {message.Header{SecurityControl: secret.New(canaryKey.clear)}, canaryKey},
		"message.Transaction":            {message.Transaction{PAN: pan, ICCData: secret.New(canaryPAN.clear)}, canaryPAN},
		"message.CardNotPresent":         {message.CardNotPresent{CID: secret.New(canaryDigits.clear)}, canaryDigits},
		"message.AuthorizationRequest":   {message.AuthorizationRequest{PINBlock: secret.New(canaryKey.clear)}, canaryKey},
		"message.AuthorizationRequest 2": {message.AuthorizationRequest{Track2: track2}, canaryTrack2},
		"message.AuthorizationResponse":  {message.AuthorizationResponse{PAN: pan, ICCData: secret.New(canaryPAN.clear)}, canaryPAN},
		"issuertest.Card":                {issuertest.Card{PAN: pan, PIN: p}, canaryPAN},
		"ivr.Call":                       {canaryCall(t, canaryDigits.clear...), canaryDigits},
		"ivr.Call of a number":           {canaryCall(t, append(slices.Clone(canaryPAN.clear), '#')...), canaryPAN},
		"care.Agent":                     {care.Agent{Password: secret.New(canaryDigits.clear)}, canaryDigits},
		"sip.Config":                     {sip.Config{Users: map[string]secret.Value{"gateway": secret.New(canaryDigits.clear)}}, canaryDigits},
		"voice.Config":                   {voice.Config{Secret: secret.New(canaryDigits.clear)}, canaryDigits},
		"issuer.Phone":                   {issuer.Phone{VoiceSecret: secret.New(canaryDigits.clear)}, canaryDigits},
		"issuertest.PINPad":              {pad, padCanary},
		"issuertest.Attempt":             {issuertest.Attempt{Request: &message.AuthorizationRequest{Track2: track2}}, canaryTrack2},

		"hsm.Card": {hsm.Card{PAN: pan}, canaryPAN},

		"issuer.TerminalKeys": {issuer.TerminalKeys{TDES: key}, canaryKey},
		"hsm.Software":        {module, canaryKey},

		"card.Config":          {hardwarecard.Config{Key: aesKey}, canaryKey},
		"cardtest.Card":        {lent, canaryDigits},
		"cardtest.Card keys":   {lent, canaryKey},
		"cardtest.Issuer":      {lender, canaryKey},
		"card.ICC":             {issued, canaryDigits},
		"card.ICC key":         {issued, canaryKey},
		"trace.Recording":      {recorded, canaryBlock},
		"kernel.PINEntry":      {kernel.Entered(p), canaryDigits},
		"kernel.OnlineRequest": {kernel.OnlineRequest{PAN: pan, Track2: track2, PIN: p}, canaryPAN},
		"kernel.DataObjects":   {read.Data, canaryPAN},
		"kernel.Result":        {kernel.Result{PAN: pan, Data: read.Data}, canaryPAN},
		"inspect.Record":       {inspect.Record{Content: secret.New(canaryPAN.clear)}, canaryPAN},
		"inspect.Object":       {inspect.Object{Value: secret.New(canaryPAN.clear)}, canaryPAN},
		"inspect.Directory":    {inspect.Directory{FCI: secret.New(canaryPAN.clear)}, canaryPAN},
		"inspect.Application":  {inspect.Application{FCI: secret.New(canaryPAN.clear)}, canaryPAN},
		"inspect.Card":         {inspect.Card{Directory: inspect.Directory{FCI: secret.New(canaryPAN.clear)}}, canaryPAN},
		"guard.Session":        {canarySession(t), canaryPAN},
		"link.Order":           {link.Order{PAN: pan, PIN: p}, canaryPAN},
		"link.Order PIN":       {link.Order{PAN: pan, PIN: p}, canaryDigits},
		"journal.Config":       {journal.Config{Key: aesKey}, canaryKey},
		"journal.Journal":      {kept, canaryKey},
		"journal.Record":       {journal.Record{Content: secret.New(canaryPAN.clear)}, canaryPAN},
		"link.Link":            {line, canaryKey},
		"desk.Desk":            {payments, canaryKey},
		"httpd.Config":         {httpd.Config{Token: secret.New(canaryKey.clear)}, canaryKey},
		"channel.Registration": {channel.Registration{PAN: pan, CID: secret.New(canaryDigits.clear)}, canaryPAN},
		"web.Registration":     {web.Registration{PAN: secret.New(canaryPAN.clear)}, canaryPAN},
		"kernel.Config":        {kernel.Config{ReferenceKey: secret.New(canaryKey.clear)}, canaryKey},
		"host.Config":          {host.Config{MACKey: aesKey}, canaryKey},
		"issuer.Config":        {issuer.Config{MACKey: aesKey}, canaryKey},
		"link.Config":          {link.Config{MACKey: aesKey}, canaryKey},
		"terminal.Config":      {terminal.Config{ReferenceKey: secret.New(canaryKey.clear)}, canaryKey},
		"terminal.Receipt":     {terminal.Receipt{PAN: pan, Result: read}, canaryPAN},
	}
}

// canaryProfile is the profile of a card with the canaries as PIN and PAN.
func canaryProfile(t *testing.T) perso.Profile {
	t.Helper()
	amex, err := testdata.Profiles.ReadFile("profiles/amex.yaml")
	require.NoError(t, err)
	p, err := perso.Load(fstest.MapFS{
		"amex.yaml": {Data: amex},
		"p.yaml":    {Data: fmt.Appendf(nil, "extends: amex\npin: %q\naccount: {pan: %q}", canaryDigits.clear, canaryPAN.clear)},
	}, "p.yaml")
	require.NoError(t, err)
	return p
}

// canaryDate is the day on which the canary card is issued and used.
var canaryDate = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC)

// canaryCard issues that card.
func canaryCard(t *testing.T, p perso.Profile, key secret.Key) *hardwarecard.ICC {
	t.Helper()
	made, err := perso.Personalise(p, perso.Options{Random: random.Seeded(1), Date: emv.DateOf(canaryDate)})
	require.NoError(t, err)
	memory := hardwarecard.NewMemory()
	require.NoError(t, hardwarecard.Create(memory, key, made.Image, nil))
	icc, err := hardwarecard.Open(hardwarecard.Config{Medium: memory, Key: key})
	require.NoError(t, err)
	return icc
}

// recordOnly is a card that has one answer, a record.
type recordOnly struct {
	hardware.Card
	record secret.Value
}

func (r recordOnly) Transmit(context.Context, []byte) (answer []byte, err error) {
	r.record.Open(func(clear []byte) { answer = bytes.Clone(clear) })
	return answer, nil
}

// canarySession returns a watched card that has given its account number.
func canarySession(t *testing.T) *guard.Session {
	t.Helper()
	g, err := guard.New(guard.Policy{})
	require.NoError(t, err)
	record := tlv.Append(nil, 0x70, tlv.Append(nil, 0x5A, account.Pack(canaryPAN.clear)))
	s := g.Watch(recordOnly{record: secret.New(append(record, 0x90, 0x00))})
	_, err = s.Card().Transmit(t.Context(), []byte{0x00, 0xB2, 0x01, 0x0C, 0x00})
	require.NoError(t, err)
	require.True(t, s.Read())
	return s
}

// canaryPurchase is a purchase with that card at a terminal without a host.
func canaryPurchase(t *testing.T, icc *hardwarecard.ICC, p pin.PIN) *kernel.Result {
	t.Helper()
	demo, err := profile.Named("demo")
	require.NoError(t, err)
	k, err := kernel.New(kernel.Config{Profile: demo})
	require.NoError(t, err)
	chip, err := icc.PowerOn(hardware.Contact)
	require.NoError(t, err)
	result, err := k.Transact(context.Background(), chip, pinpad.NewScripted(kernel.Entered(p)), nil, kernel.Transaction{Amount: 1, Time: canaryDate})
	require.NoError(t, err)
	require.True(t, result.Data.Has(0x5A))
	return result
}

// canaryTransaction derives a DUKPT transaction key, which is a canary itself.
func canaryTransaction[KSN any, K interface{ Key() secret.Key }](t *testing.T, derive func(KSN) (K, error), ksn KSN) (K, canary) {
	t.Helper()
	transaction, err := derive(ksn)
	require.NoError(t, err)
	c := canary{name: canaryKey.name}
	transaction.Key().Open(func(raw []byte) { c.clear = bytes.Clone(raw) })
	return transaction, c
}

// canaryCall is a call in which keys were pressed for a card number.
func canaryCall(t *testing.T, keys ...byte) *ivr.Call {
	t.Helper()
	call, _, err := ivrtest.NewBank(t).Begin(t.Context(), "test")
	require.NoError(t, err)
	for _, key := range keys {
		call.Press(t.Context(), key)
	}
	return call
}

// canaryPad returns a PIN pad and the transaction key that it holds.
func canaryPad(t *testing.T) (*issuertest.PINPad, canary) {
	t.Helper()
	issuer := issuertest.NewIssuer(t, mem.New())
	ksn := dukpt.TDESKSN{0xFF, 0xFF, 0x98, 0x76, 0x54, 0x32, 1, 0xE0}
	initial, err := issuer.Module.InitialKeyTDES(ksn)
	require.NoError(t, err)
	twin, err := dukpt.NewTDESDevice(initial, ksn)
	require.NoError(t, err)
	_, c := canaryTransaction(t, func(dukpt.TDESKSN) (dukpt.TDESTransactionKey, error) {
		_, key, err := twin.Next()
		return key, err
	}, ksn)
	return issuer.PINPad(t, 1, false), c
}

// verbs are those of package fmt, and one that it does not have.
const verbs = "vTtbcdoOqxXUeEfFgGspw!"

// sinks are the ways by which a value could get printed.
var sinks = map[string]func(t *testing.T, v any) string{
	"fmt": func(_ *testing.T, v any) string {
		var b strings.Builder
		for _, verb := range verbs {
			for _, flags := range []string{"", "+", "#", "-", " ", "0", "20", ".4", "+#"} {
				fmt.Fprintf(&b, "%"+flags+string(verb)+"\n", v)
			}
		}
		return b.String() + fmt.Sprint(v) + fmt.Sprintln(v) + fmt.Errorf("wrap: %v", v).Error()
	},
	"json": func(_ *testing.T, v any) string {
		b, err := json.Marshal(v)
		return string(b) + fmt.Sprint(err)
	},
	"xml": func(_ *testing.T, v any) string {
		b, err := xml.Marshal(v)
		return string(b) + fmt.Sprint(err)
	},
	"gob": func(_ *testing.T, v any) string {
		var b bytes.Buffer
		err := gob.NewEncoder(&b).Encode(v)
		return b.String() + fmt.Sprint(err)
	},
	"go-kit/log": func(t *testing.T, v any) string {
		var b bytes.Buffer
		require.NoError(t, kitlog.NewLogfmtLogger(&b).Log("value", v, "again", fmt.Sprintf("%v", v)))
		_ = kitlog.NewJSONLogger(&b).Log("value", v)
		return b.String()
	},
	"slog": func(_ *testing.T, v any) string {
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("m", "value", v, slog.Any("any", v))
		slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "value", v, slog.Any("any", v))
		return b.String()
	},
	"testify": func(_ *testing.T, v any) string {
		var failed recorder
		assert.Equal(&failed, v, struct{}{})
		assert.Equal(&failed, []any{v, 1}, []any{v, 2})
		assert.Nil(&failed, v)
		assert.Contains(&failed, []any{v}, 3)
		assert.ElementsMatch(&failed, []any{v}, []any{4})
		assert.IsType(&failed, 0, v)
		return failed.String()
	},
	"panic": func(_ *testing.T, v any) (text string) {
		defer func() { text = fmt.Sprintf("%v %+v", recover(), v) }()
		panic(v)
	},
}

// recorder is a test that only notes how it failed.
type recorder struct{ strings.Builder }

func (r *recorder) Errorf(format string, args ...any) { fmt.Fprintf(r, format, args...) }

// wrapped puts a value into each of the shapes in which it may travel.
func wrapped(v any) map[string]any {
	type exported struct {
		Inside any
		Other  int
	}
	type unexported struct {
		inside any
		other  int
	}
	return map[string]any{
		"itself":           v,
		"pointer":          &v,
		"slice":            []any{v, v},
		"map":              map[string]any{"inside": v},
		"struct":           exported{v, 1},
		"unexported field": unexported{v, 1},
		"error":            fmt.Errorf("cause: %v", v),
	}
}

// TestSecretsDoNotShow drives every type that holds a secret through every sink.
func TestSecretsDoNotShow(t *testing.T) {
	for name, h := range holders(t) {
		for shape, v := range wrapped(h.value) {
			for sink, write := range sinks {
				text := write(t, v)
				require.NotEmpty(t, text)
				requireNoTrace(t, h.canary, name+" as "+shape+" in "+sink, text)
			}
		}
	}
}

// TestTracesAreFound shows that the search finds a canary in every sink that is
// given the clear bytes or their digits.
func TestTracesAreFound(t *testing.T) {
	for _, c := range []canary{canaryKey, canaryDigits, canaryBlock, canaryPAN, canaryTrack2, canaryPrime} {
		for sink, write := range sinks {
			text := strings.ToLower(write(t, c.clear) + write(t, hex.EncodeToString(c.clear)))
			found := false
			for _, trace := range c.traces() {
				found = found || strings.Contains(text, strings.ToLower(trace))
			}
			assert.True(t, found, "%s in %s", c.name, sink)
		}
	}
}

// secretTypes are the types that a struct holds a secret by, as they are written
// in its own package and in others.
var secretTypes = []string{"Value", "Key", "Opaque", "PAN", "Track2", "PIN", "Block", "PrivateKey", "MasterKeys", "Session", "Application"}

// secretPackages are the packages that these types live in.
var secretPackages = []string{"secret", "account", "pin", "oda", "cryptogram", "script", "image"}

// TestEveryHolderOfASecretIsDriven reads the types of the tree and checks that
// each exported struct with a secret in it is one of the holders.
func TestEveryHolderOfASecretIsDriven(t *testing.T) {
	driven := map[string]bool{}
	for name := range holders(t) {
		name, _, _ = strings.Cut(name, " ")
		driven[name] = true
	}
	found := 0
	for _, f := range sourceFiles(t) {
		if !matches([]string{"emv/...", "hardware/...", "terminal/...", "issuer/..."}, path.Dir(f.path)) {
			continue
		}
		for _, name := range holdingTypes(f.file) {
			if name == "hsm.PINBlock" {
				continue // its block is enciphered; it hides it all the same
			}
			found++
			assert.True(t, driven[name], "%s in %s holds a secret and is not driven through the sinks", name, f.path)
		}
	}
	assert.GreaterOrEqual(t, found, 15)
}

// holdingTypes returns the exported structs of a file with a field of one of the
// secret types, as "package.Type".
func holdingTypes(file *ast.File) []string {
	var names []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok || !spec.Name.IsExported() {
			return true
		}
		structure, ok := spec.Type.(*ast.StructType)
		if ok && slices.ContainsFunc(structure.Fields.List, func(f *ast.Field) bool { return holdsSecret(file.Name.Name, f.Type) }) {
			names = append(names, file.Name.Name+"."+spec.Name.Name)
		}
		return false
	})
	return names
}

// holdsSecret reports whether the type of a field is a secret one, or a slice,
// an array or a map of such, or a pointer to one.
func holdsSecret(pkg string, t ast.Expr) bool {
	switch t := t.(type) {
	case *ast.StarExpr:
		return holdsSecret(pkg, t.X)
	case *ast.ArrayType:
		return holdsSecret(pkg, t.Elt)
	case *ast.MapType:
		return holdsSecret(pkg, t.Value)
	case *ast.SelectorExpr:
		x, ok := t.X.(*ast.Ident)
		return ok && slices.Contains(secretPackages, x.Name) && slices.Contains(secretTypes, t.Sel.Name)
	case *ast.Ident:
		return slices.Contains(secretPackages, pkg) && slices.Contains(secretTypes, t.Name)
	}
	return false
}
