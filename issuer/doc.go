// Package issuer is the issuer host: members and cards, the life cycle of a PIN,
// authorisation, and the doors that members and terminals come through.
package issuer
