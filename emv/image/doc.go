// Package image is a personalised card as plain data: what emv/perso makes of a
// profile and hardware/card runs from. It also seals an image for storage.
package image
