// Package link is a terminal's way to its issuer: requests over one framed
// connection, answers that find their request, and the queue of what the host is
// still owed.
//
// Before a request goes out its reversal is in the journal. What the transaction
// came to is told with Completed, which erases the reversal or lets it fall due,
// and adds an advice where a script was processed. Reversals that are due go out
// before the next request, over restarts too.
//
// # Caveats
//
// A link serves one terminal and one transaction at a time. A transaction whose
// end it is not told is reversed when the next one begins.
package link
