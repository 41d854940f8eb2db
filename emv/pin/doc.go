// Package pin holds PINs and what is made from them: PIN blocks of ISO 9564-1,
// formats 0 to 4, and the two common reference values that an issuer keeps
// instead of a PIN, Visa's PIN verification value (PVV) and the offset of the
// IBM 3624 method. It also tells which PINs are too easily guessed.
//
// PINs and clear PIN blocks print "[secret]"; their digits come out through
// Open alone. A PIN block that can not be decoded gives one error, whatever is
// wrong with it: the difference would tell who sends altered blocks something
// about the PIN.
//
// PVV, IBM 3624 and the formats are cited from public knowledge and are tested
// against published figures; the text of ISO 9564-1 was not at hand.
package pin
