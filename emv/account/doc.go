// Package account names accounts: the PAN, its sequence number, the expiration
// date and track 2 data, and Ref, the only form in which an account appears as
// a key of maps, stores and logs.
//
// A PAN prints masked; its digits come out through Open alone.
package account
