// Package httpd is a terminal's HTTP server for cash registers: payments, refunds,
// receipts and the state of the terminal as a JSON API with server-sent events, its
// OpenAPI document, and a page to try it. It reads and writes JSON and calls
// terminal/desk; it has no rules about cards.
//
// A PIN never comes this way: it is entered at the terminal's own pad.
//
// # Caveats
//
// There is no TLS: beyond a loopback address amounts, masked receipts and the token
// travel in clear, unless something in front of it protects them.
package httpd
