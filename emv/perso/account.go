package perso

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// holder is an account with what a card says about it, defaults filled in.
type holder struct {
	pan            account.PAN
	sequenceNumber account.SequenceNumber
	effective      emv.Date
	expiry         account.Expiry
	cardholder     string
	serviceCode    string
	country        string
	currency       string
}

// The defaults of an account.
const (
	validYears         = 4
	cardholderDefault  = "TEST CARD/TILL"
	cardholderMax      = 26    // tag 5F20, EMV Book 3, Annex A
	serviceCodeDefault = "201" // international, use the chip
	codeDefault        = "840" // United States of America, and their dollar
	codeDigits         = 3     // of countries, currencies and the service code
)

// holder returns the account of an application: its own or the card's.
func (b *builder) holder(own *accountText) (h holder, err error) {
	t := b.profile.Account
	if own != nil {
		t = *own
	}
	h = holder{
		sequenceNumber: t.SequenceNumber.SequenceNumber,
		effective:      t.Effective.Date, expiry: t.Expiry.Expiry, cardholder: t.Cardholder,
		serviceCode: string(t.ServiceCode), country: string(t.Country), currency: string(t.Currency),
	}
	h.fillIn(b.options.Date)
	if err := h.check(); err != nil {
		return holder{}, fmt.Errorf("account: %w", err)
	}
	if own == nil && !b.options.PAN.IsZero() {
		h.pan = b.options.PAN
		return h, nil
	}
	if h.pan, err = b.pan(t); err != nil {
		return holder{}, fmt.Errorf("account: %w", err)
	}
	return h, nil
}

// fillIn puts defaults into what is empty.
func (h *holder) fillIn(issued emv.Date) {
	if h.effective == (emv.Date{}) {
		h.effective = emv.Date{Year: issued.Year, Month: issued.Month, Day: 1}
	}
	if h.expiry == (account.Expiry{}) {
		h.expiry = account.Expiry{Year: issued.Year + validYears, Month: issued.Month}
	}
	for _, field := range []struct {
		value     *string
		byDefault string
	}{
		{&h.cardholder, cardholderDefault}, {&h.serviceCode, serviceCodeDefault},
		{&h.country, codeDefault}, {&h.currency, codeDefault},
	} {
		if *field.value == "" {
			*field.value = field.byDefault
		}
	}
}

func (h *holder) check() error {
	if len(h.serviceCode) != codeDigits || len(h.country) != codeDigits || len(h.currency) != codeDigits {
		return fmt.Errorf("service_code, country and currency: want %d digits each", codeDigits)
	}
	if len(h.cardholder) < 2 || len(h.cardholder) > cardholderMax {
		return fmt.Errorf("cardholder: want 2 to %d characters", cardholderMax)
	}
	if lastDay(h.expiry).Compare(h.effective) < 0 {
		return errors.New("expiry: lies before the effective date")
	}
	return nil
}

// lastDay returns the last day of a month, as tag 5F24 has it.
func lastDay(m account.Expiry) emv.Date {
	return emv.DateOf(time.Date(m.Year, m.Month+1, 0, 0, 0, 0, 0, time.UTC))
}

// The lengths of drawn PANs: of American Express, by its prefixes, and of most
// others.
const panLengthAmex, panLengthDefault = 15, 16

// pan returns the PAN of the profile, or the prefix with drawn digits and the
// check digit. ISO/IEC 7812-1.
func (b *builder) pan(t accountText) (account.PAN, error) {
	if !t.PAN.IsZero() {
		return t.PAN.PAN, nil
	}
	if t.PANPrefix == "" {
		return account.PAN{}, errors.New("give pan, or pan_prefix for a PAN that is drawn")
	}
	length := t.PANLength
	if prefix := string(t.PANPrefix); length == 0 {
		length = panLengthDefault
		if strings.HasPrefix(prefix, "34") || strings.HasPrefix(prefix, "37") {
			length = panLengthAmex
		}
	}
	if length <= len(t.PANPrefix) || length > panDigitsMax {
		return account.PAN{}, fmt.Errorf("pan_length: want more digits than pan_prefix has, and %d at most", panDigitsMax)
	}
	return drawPAN(b.options.Random.Stream(streamPAN), string(t.PANPrefix), length)
}

// panDigitsMax is the longest PAN in digits. EMV Book 3, Annex A.
const panDigitsMax = 19

// drawPAN fills a prefix with random digits and the check digit.
func drawPAN(rand io.Reader, prefix string, length int) (account.PAN, error) {
	digits := make([]byte, length)
	defer secret.Wipe(digits)
	for i := copy(digits, prefix); i < length-1; i++ {
		d, err := drawDigit(rand)
		if err != nil {
			return account.PAN{}, fmt.Errorf("draw PAN: %w", err)
		}
		digits[i] = d
	}
	for d := byte('0'); d <= '9'; d++ {
		digits[length-1] = d
		pan, err := account.ParsePAN(digits)
		if err != nil || pan.LuhnValid() {
			return pan, err
		}
	}
	panic("perso: no check digit fits") // one of ten always does
}

// drawDigit draws a decimal digit, each as likely as the others.
func drawDigit(rand io.Reader) (byte, error) {
	const even = 250 // bytes from here on would favour the digits 0 to 5
	for {
		var b [1]byte
		if _, err := io.ReadFull(rand, b[:]); err != nil {
			return 0, err
		}
		if b[0] < even {
			return '0' + b[0]%10, nil
		}
	}
}
