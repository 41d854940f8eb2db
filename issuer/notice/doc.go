// Package notice tells cardholders what happened to their card and PIN: that a request
// was received, and that the card proved that it has the new PIN. It reads the journal
// of issuer/store, so that what was committed is told though the process was killed
// meanwhile; a notice may then come twice. No notice holds a PIN or an account number.
package notice
