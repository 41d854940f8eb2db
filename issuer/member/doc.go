// Package member is the people behind the cards: primary and supplementary
// members, how they log in, and who may do what to which card. Decisions are
// values; the package reads no clock and keeps nothing.
package member
