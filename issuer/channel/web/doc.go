// Package web is Online Services: the members' pages, drawn by the server. It reads
// forms, calls issuer/channel and draws what came of it; it has no rules about cards.
// A page works without a script, but for the ones where a PIN is entered: that is
// sealed in the browser, and the server sees what it can not open.
package web
