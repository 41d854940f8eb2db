package dukpt

import "github.com/f510b0cf/till/emv/secret"

// TDESTransactionKey is the key of one transaction, of which only variants are
// used. It prints nothing.
type TDESTransactionKey struct {
	secret.Opaque
	key secret.Key
}

// Key returns the transaction key itself, for its check value. Nothing is
// enciphered under it.
func (k TDESTransactionKey) Key() secret.Key { return k.key }

// PIN returns the key that enciphers a PIN block. ANSI X9.24-1:2009, table A-1.
func (k TDESTransactionKey) PIN() secret.Key { return k.variant(7) }

// MACRequest returns the key of the MAC over a request, or over both ways. ANSI
// X9.24-1:2009, table A-1.
func (k TDESTransactionKey) MACRequest() secret.Key { return k.variant(6) }

// MACResponse returns the key of the MAC over a response. ANSI X9.24-1:2009,
// table A-1.
func (k TDESTransactionKey) MACResponse() secret.Key { return k.variant(4) }

// DataRequest returns the key that enciphers data of a request, or of both
// ways: a variant enciphered under itself. ANSI X9.24-1:2009, A.4.1.
func (k TDESTransactionKey) DataRequest() secret.Key { return k.variant(5).EncipheredBySelf() }

// DataResponse returns the key that enciphers data of a response, made like
// DataRequest. ANSI X9.24-1:2009, A.4.1.
func (k TDESTransactionKey) DataResponse() secret.Key { return k.variant(3).EncipheredBySelf() }

// variant returns the key with the byte at that place of both halves inverted.
func (k TDESTransactionKey) variant(place int) secret.Key {
	var mask [16]byte
	mask[place], mask[8+place] = 0xFF, 0xFF
	return k.key.Xor(mask[:])
}
