// Package admission bounds how many connections a door of the issuer has open: in all,
// and from one address, so that one client can not take the places of all.
package admission
