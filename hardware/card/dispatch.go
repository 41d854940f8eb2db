package card

import (
	"slices"

	"github.com/f510b0cf/till/emv/apdu"
)

// handler carries out a command that is allowed in the phase of the session. It
// checks P1, P2 and data before it changes anything.
type handler func(s *session, c apdu.Command) (data []byte, sw apdu.SW)

// answers says what Le a command may have.
type answers uint8

const (
	nothing    answers = iota // no Le
	everything                // Le 00, or left out as in T=0: the answer is not known before
	readable                  // as everything; another Le gives 6Cxx, since the command can be repeated
)

// command is a row of the table of commands.
type command struct {
	cla, ins byte
	phases   phase // in which it is allowed
	tap      bool  // allowed in a contactless session too
	answers  answers
	run      handler
}

// The sets of phases that commands share.
const (
	phasesAny         = phaseIdle | phaseEnvironment | phasesApplication
	phasesApplication = phaseSelected | phaseInitiated | phaseOnline | phaseFinished
	phasesScript      = phaseOnline | phaseFinished
)

// commands are the commands that the card knows. EMV Book 1, 11 and Book 3, 6.5.
var commands = [...]command{
	{0x00, 0xA4, phasesAny, true, everything, (*session).selectFile},
	{0x00, 0xB2, phaseEnvironment | phasesApplication, true, readable, (*session).readRecord},
	{0x80, 0xA8, phaseSelected, true, everything, (*session).getProcessingOptions},
	{0x80, 0xCA, phasesApplication, true, readable, (*session).getData},
	{0x00, 0x84, phasesApplication, false, readable, (*session).getChallenge},
	{0x00, 0x20, phaseInitiated, false, nothing, (*session).verify},
	{0x00, 0x88, phaseInitiated, true, everything, (*session).internalAuthenticate},
	{0x80, 0xAE, phaseInitiated | phaseOnline, true, everything, (*session).generateAC},
	{0x00, 0x82, phaseOnline, false, nothing, (*session).externalAuthenticate},
	{0x84, 0x24, phasesScript, false, nothing, scriptCommand(openPINChange)},
	{0x8C, 0x24, phasesScript, false, nothing, scriptCommand(openPINChange)},
	{0x84, 0x1E, phasesScript, false, nothing, scriptCommand(openApplicationBlock)},
	{0x8C, 0x1E, phasesScript, false, nothing, scriptCommand(openApplicationBlock)},
	{0x84, 0x18, phasesScript, false, nothing, scriptCommand(openApplicationUnblock)},
	{0x8C, 0x18, phasesScript, false, nothing, scriptCommand(openApplicationUnblock)},
	{0x84, 0x16, phasesScript, false, nothing, scriptCommand(openCardBlock)},
	{0x8C, 0x16, phasesScript, false, nothing, scriptCommand(openCardBlock)},
	{0x04, 0xDA, phasesScript, false, nothing, scriptCommand(openPutData)},
	{0x04, 0xDC, phasesScript, false, nothing, scriptCommand(openUpdateRecord)},
}

// classes are the class bytes of EMV commands. EMV Book 3, 6.3.2.
var classes = [...]byte{0x00, 0x04, 0x0C, 0x80, 0x84, 0x8C}

// dispatch answers a command of any bytes. The first thing wrong is told, in the
// order of length, class, instruction, phase, Le, and what the handler checks.
func (s *session) dispatch(raw []byte) ([]byte, apdu.SW) {
	// A challenge is valid for the next command alone. EMV Book 3, 6.5.6.
	s.given, s.challenge = s.challenge, nil
	c, err := apdu.ParseCommand(raw)
	if err != nil {
		return nil, apdu.SWWrongLength
	}
	row, sw := find(c)
	switch {
	case sw != apdu.SWSuccess:
		return nil, sw
	case row.phases&s.phase == 0, !row.tap && !s.contact():
		return nil, apdu.SWConditionsNotSatisfied
	case row.answers == nothing && c.Le != 0, row.answers == everything && c.Le != 0 && c.Le != apdu.MaxLe:
		return nil, apdu.SWWrongLength
	}
	data, sw := row.run(s, c)
	if row.answers == readable && c.Le != 0 && c.Le != apdu.MaxLe && c.Le != len(data) && sw == apdu.SWSuccess {
		return nil, withLength(sw1WrongLe, len(data))
	}
	return data, sw
}

// find returns the row of a command.
func find(c apdu.Command) (*command, apdu.SW) {
	known := false
	for i := range commands {
		if commands[i].ins != c.INS {
			continue
		}
		if commands[i].cla == c.CLA {
			return &commands[i], apdu.SWSuccess
		}
		known = true
	}
	if known || !slices.Contains(classes[:], c.CLA) {
		return nil, apdu.SWClassUnknown
	}
	return nil, apdu.SWInstructionUnknown
}
