// Package vpcd offers an emulated card to a PC/SC daemon: with the driver of the
// vsmartcard project, the daemon shows a virtual reader, and a Port is the card in
// it, for any PC/SC program. A Driver is the other end: a reader inside the program
// that speaks the protocol of the driver, without a daemon.
//
// Messages are two bytes of length, the high one first, and as many bytes. One byte
// from the driver is a control byte: 0 power off, 1 power on, 2 reset, none of which
// is answered, and 4, which asks for the answer to reset. Anything longer is a
// command APDU, and its answer is the response APDU. A closed connection is a card
// that was pulled.
//
// The driver looks for its card every 400 ms. A card that goes and comes back within
// that time leaves the daemon with a reader that looks empty for ever, so a Port
// stays away for a second each time. The driver may write length and body of a
// message apart, and its system then holds the body back until the length is
// acknowledged; a Port has its own system acknowledge at once, where that can be
// asked for.
//
// Caveats: the protocol knows neither who connects nor any encipherment, so a Port
// stays on the loopback interface unless another address is named.
package vpcd
