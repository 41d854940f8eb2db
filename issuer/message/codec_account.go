package message

import (
	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/secret"
)

// opened is what holds a secret and lends it.
type opened interface {
	IsZero() bool
	Open(use func(clear []byte))
}

// secretCodec writes a secret as its characters.
func secretCodec[T opened](parse func(value []byte) (T, error)) codec[T] {
	return codec[T]{
		isZero: func(v T) bool { return v.IsZero() },
		append: func(dst []byte, v T, _ *element) []byte {
			v.Open(func(clear []byte) { dst = append(dst, clear...) })
			return dst
		},
		parse: func(value []byte, _ *element) (T, error) { return parse(value) },
	}
}

func pan(c *coder, n int, v *account.PAN) { transfer(c, n, v, secretCodec(account.ParsePAN)) }

func track2(c *coder, n int, v *account.Track2) { transfer(c, n, v, secretCodec(account.ParseTrack2)) }

func secretBytes(c *coder, n int, v *secret.Value) {
	transfer(c, n, v, secretCodec(func(value []byte) (secret.Value, error) { return secret.New(value), nil }))
}

// sequenceNumber is an element of three digits that has its presence beside it.
func sequenceNumber(c *coder, n int, v *account.SequenceNumber, has *bool) {
	flagged(c, n, v, has, codec[account.SequenceNumber]{
		append: appendNumber[account.SequenceNumber],
		parse: func(value []byte, _ *element) (account.SequenceNumber, error) {
			if value[0] != '0' {
				return 0, fault("number above 99")
			}
			return account.ParseSequenceNumber(string(value[1:]))
		},
	})
}

// expiry is YYMM.
func expiry(c *coder, n int, v *account.Expiry) {
	transfer(c, n, v, codec[account.Expiry]{
		isZero: isZero[account.Expiry],
		append: func(dst []byte, v account.Expiry, _ *element) []byte {
			return appendPairs(dst, shortYear(v.Year), int(v.Month))
		},
		parse: func(value []byte, _ *element) (account.Expiry, error) { return account.ParseExpiry(value) },
	})
}
