// Package skeleton makes a card profile of a recorded dialogue: what the card keeps
// in its records and says about itself, with test values in the place of everything
// that is somebody's. A card that is issued from it is signed by the till test CA, and
// has keys of its own.
//
// An account number stays only where it is a test number; any other is replaced by one
// that is drawn in a test range of its scheme. Name and tracks are always replaced.
// A masked recording serves as well, and gives none away. Make refuses to return a text in which a number that was to be replaced is left.
package skeleton
