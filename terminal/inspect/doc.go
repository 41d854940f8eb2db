// Package inspect looks at a card in a reader without a transaction: which
// applications it has, what their files hold. It sends SELECT, GET PROCESSING
// OPTIONS, READ RECORD and GET DATA, and never VERIFY or GENERATE AC.
//
// # Caveats
//
// GET PROCESSING OPTIONS begins a transaction, so that the application transaction
// counter of each application goes up by one.
package inspect
