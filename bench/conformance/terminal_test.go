package conformance_test

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/random"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
	"github.com/f510b0cf/till/terminal/profile"
)

// setting reads the words of "terminal" and "tx" statements.
type setting struct {
	words map[string]string
	used  map[string]bool
	err   error
}

func newSetting(words map[string]string) *setting {
	return &setting{words: words, used: map[string]bool{}}
}

func (s *setting) text(key string) string {
	s.used[key] = true
	return s.words[key]
}

func (s *setting) flag(key string) bool { return s.text(key) == "yes" }

func (s *setting) number(key string) uint64 {
	text := s.text(key)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseUint(text, 10, 64)
	s.fail(key, err)
	return n
}

func (s *setting) bytes(key string) []byte {
	b, err := hex.DecodeString(s.text(key))
	s.fail(key, err)
	return b
}

func (s *setting) fail(key string, err error) {
	if err != nil && s.err == nil {
		s.err = fmt.Errorf("%s: %w", key, err)
	}
}

// done reports a word that nothing has read.
func (s *setting) done() error {
	for key := range s.words {
		if !s.used[key] {
			s.fail(key, fmt.Errorf("no such word"))
		}
	}
	return s.err
}

func field[F emv.Field](s *setting, key string) F {
	f, err := emv.ParseField[F](s.bytes(key))
	s.fail(key, err)
	return f
}

func code(s *setting, key string) emv.ActionCode {
	c, err := emv.ParseActionCode(s.bytes(key))
	s.fail(key, err)
	return c
}

func list(s *setting, key string) tlv.DOL {
	if s.text(key) == "" {
		return nil
	}
	d, err := tlv.ParseDOL(s.bytes(key))
	s.fail(key, err)
	return d
}

// config returns the kernel's set-up for a case.
func (d *definition) config() (kernel.Config, error) {
	s := newSetting(d.terminal)
	p := profile.Profile{
		Name: d.id, Type: emv.TerminalType(s.bytes("type")[0]),
		Capabilities:           field[emv.TerminalCapabilities](s, "caps"),
		AdditionalCapabilities: field[emv.AdditionalTerminalCapabilities](s, "more"),
		CountryCode:            uint16(s.number("country")), CurrencyCode: uint16(s.number("currency")), CurrencyExponent: 2,
		IFDSerialNumber: "12345678", TerminalIdentification: "TERM0001", MerchantIdentifier: "MERCHANT0000001",
		MerchantCategoryCode: 5999, MerchantNameAndLocation: "SHOP", AcquirerIdentifier: 123456,
		SelectByDirectory: s.flag("pse"), PINBypass: s.flag("bypass"),
		SelectAutomatically: s.flag("automatic"), QuickChip: s.flag("quick"),
	}
	if codes := s.text("approve"); codes != "" {
		for one := range strings.SplitSeq(codes, ",") {
			arc, err := emv.ParseARC([]byte(one))
			s.fail("approve", err)
			p.ApprovalCodes = append(p.ApprovalCodes, arc)
		}
	}
	for aid := range strings.SplitSeq(s.text("aid"), ",") {
		p.Applications = append(p.Applications, application(s, aid))
	}
	var err error
	p.CAPublicKeys, err = caKeys(s)
	s.fail("capk", err)
	c := kernel.Config{Profile: p, Rand: randomStream(s.text("random"))}
	if listed := s.text("exceptions"); listed != "" {
		c.ExceptionFile = func(pan account.PAN, n account.SequenceNumber) bool {
			same := false
			pan.Open(func(digits []byte) { same = listed == string(digits)+"-"+n.String() })
			return same
		}
	}
	return c, s.done()
}

// application returns the terms of an AID; a plus sign behind it is partial
// selection.
func application(s *setting, aid string) profile.Application {
	digits, partial := strings.CutSuffix(aid, "+")
	name, err := hex.DecodeString(digits)
	s.fail("aid", err)
	a := profile.Application{
		AID: name, PartialSelection: partial,
		TACDenial: code(s, "tac-denial"), TACOnline: code(s, "tac-online"), TACDefault: code(s, "tac-default"),
		FloorLimit: s.number("floor"), DefaultDDOL: list(s, "ddol"), DefaultTDOL: list(s, "tdol"),
		RandomSelection: profile.RandomSelection{
			TargetPercentage: uint8(s.number("target")), MaximumTargetPercentage: uint8(s.number("maximum")), Threshold: s.number("threshold"),
		},
	}
	for version := range strings.SplitSeq(s.text("versions"), ",") {
		v, err := strconv.ParseUint(version, 16, 16)
		s.fail("versions", err)
		a.Versions = append(a.Versions, uint16(v))
	}
	return a
}

// caKeys are the terminal's CA public keys: "none", or the test CA's with the
// expiration month that is named.
func caKeys(s *setting) (oda.CAPublicKeys, error) {
	text := s.text("capk")
	if text == "none" {
		return oda.NewCAPublicKeys()
	}
	ca := keys().ca
	if text == "short" {
		ca, text = shortKeys().ca, ""
	}
	key, err := oda.NewPublicKey(ca.modulus.Bytes(), ca.exponent)
	if err != nil {
		return oda.CAPublicKeys{}, err
	}
	one := oda.CAPublicKey{RID: oda.RID{0xF0, 0, 0, 0, 0x77}, Index: 0xC1, Key: key}
	if text != "" {
		if one.Expiry, err = account.ParseExpiry([]byte(text)); err != nil {
			return oda.CAPublicKeys{}, err
		}
	}
	return oda.NewCAPublicKeys(one)
}

// constant is a stream of one byte.
type constant byte

// Read fills b with the byte.
func (c constant) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(c)
	}
	return len(b), nil
}

// randomStream is the terminal's generator: a byte for a stream of that byte, or
// a repeatable one.
func randomStream(text string) io.Reader {
	if b, err := hex.DecodeString(text); err == nil && len(b) == 1 {
		return constant(b[0])
	}
	return random.Seeded(5).Stream("conformance " + text)
}

// transaction returns what the merchant asks for.
func (d *definition) transaction() (kernel.Transaction, error) {
	s := newSetting(d.tx)
	kinds := map[string]emv.TransactionKind{"": emv.Purchase, "purchase": emv.Purchase, "cashback": emv.PurchaseWithCashback,
		"manual-cash": emv.ManualCash, "unattended-cash": emv.UnattendedCash,
		"refund": emv.Refund, "balance": emv.BalanceInquiry, "pin-change": emv.PINChange, "pin-unblock": emv.PINUnblock}
	kind, ok := kinds[s.text("kind")]
	if !ok {
		s.fail("kind", fmt.Errorf("no such kind"))
	}
	day, err := time.Parse("060102", s.text("date"))
	s.fail("date", err)
	tx := kernel.Transaction{
		Amount: s.number("amount"), OtherAmount: s.number("other"), Kind: kind, Time: day.Add(10*time.Hour + 20*time.Minute + 30*time.Second),
		Counter: 1, Contactless: s.flag("tap"), ForceOnline: s.flag("force"),
	}
	if b := s.bytes("type"); len(b) == 1 {
		tx.Type = b[0]
	}
	return tx, s.done()
}
