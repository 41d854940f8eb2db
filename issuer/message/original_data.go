package message

// OriginalData says which message an advice or a reversal is about: original data
// elements, DE 56 of ISO 8583:1993 and DE 90 of ISO 8583:1987. The zero value is absent.
type OriginalData struct {
	Kind    Kind
	Variant uint8 // of the message type, as in Header
	STAN    uint32
	Local   LocalDateTime
	// Transmission is the time of sending, which dialects of 1987 tell alone.
	Transmission TransmissionDateTime
	// AcquiringInstitution is an identification code of up to 11 digits.
	AcquiringInstitution string
}

// Original returns what an advice or a reversal says of the message m.
func Original(m Message) OriginalData {
	h := m.Head()
	return OriginalData{
		Kind: m.Kind(), Variant: h.Variant, STAN: h.STAN, Local: h.Local, Transmission: h.Transmission, AcquiringInstitution: h.AcquiringInstitution,
	}
}

// Digits of the parts of DE 56: MTI, STAN, local date and time, then the
// acquiring institution behind its length.
const (
	stanDigits              = 6
	localDateTimeDigits     = 12
	institutionAt           = mtiDigits + stanDigits + localDateTimeDigits
	institutionLengthDigits = 2
	institutionDigitsMax    = 11
)

func originalData(c *coder, n int, v *OriginalData) {
	transfer(c, n, v, codec[OriginalData]{
		isZero: isZero[OriginalData],
		append: func(dst []byte, v OriginalData, _ *element) []byte { return c.dialect.appendOriginalData(dst, v) },
		parse:  func(value []byte, _ *element) (OriginalData, error) { return c.dialect.parseOriginalData(value) },
	})
}

// appendOriginalData writes no MTI for a kind that the dialect does not have, so
// that the value does not read back.
func (d *Dialect) appendOriginalData(dst []byte, v OriginalData) []byte {
	if l := d.layoutOf(v.Kind, v.Variant); l != nil {
		dst = append(dst, l.mti...)
	}
	dst = appendDigits(dst, uint64(v.STAN), stanDigits)
	dst = appendLocalDateTime(dst, v.Local)
	dst = appendDigits(dst, uint64(len(v.AcquiringInstitution)), institutionLengthDigits)
	return append(dst, v.AcquiringInstitution...)
}

func (d *Dialect) parseOriginalData(value []byte) (o OriginalData, err error) {
	if len(value) < institutionAt+institutionLengthDigits {
		return o, fault("shorter than its fixed parts")
	}
	l, _ := d.layoutByMTI(string(value[:mtiDigits]))
	if l == nil {
		return o, fault("unknown message type")
	}
	o.Kind, o.Variant = l.kind, l.variant
	o.STAN = uint32(parseDigits(value[mtiDigits : mtiDigits+stanDigits]))
	if o.Local, err = parseLocalDateTime(value[mtiDigits+stanDigits : institutionAt]); err != nil {
		return o, err
	}
	institution := value[institutionAt+institutionLengthDigits:]
	length := parseDigits(value[institutionAt : institutionAt+institutionLengthDigits])
	if length > institutionDigitsMax || uint64(len(institution)) != length {
		return o, fault("length of the acquiring institution")
	}
	o.AcquiringInstitution = string(institution)
	return o, nil
}

// OriginalAmounts are the amounts of a transaction that is reversed in part (DE
// 30), in the smallest unit of their currencies. The zero value is absent.
type OriginalAmounts struct{ Transaction, Reconciliation uint64 }

// amountDigits is the length of one amount.
const amountDigits = 12

func originalAmounts(c *coder, n int, v *OriginalAmounts) {
	transfer(c, n, v, codec[OriginalAmounts]{
		isZero: isZero[OriginalAmounts],
		append: func(dst []byte, v OriginalAmounts, _ *element) []byte {
			return appendDigits(appendDigits(dst, v.Transaction, amountDigits), v.Reconciliation, amountDigits)
		},
		parse: func(value []byte, _ *element) (OriginalAmounts, error) {
			return OriginalAmounts{parseDigits(value[:amountDigits]), parseDigits(value[amountDigits:])}, nil
		},
	})
}
