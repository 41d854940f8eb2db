package story

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/script"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware"
	"github.com/f510b0cf/till/issuer/message"
)

// Data objects of requests and answers. EMV Book 3, Annex A.
const (
	tagAC                       emv.Tag = 0x9F26
	tagATC                      emv.Tag = 0x9F36
	tagIssuerAuthenticationData emv.Tag = 0x91
)

// chipOf returns the chip data of an answer, in clear.
func chipOf(m message.Message) (answer *message.AuthorizationResponse, chip []byte, err error) {
	answer, ok := m.(*message.AuthorizationResponse)
	if !ok {
		return nil, nil, errors.New("change answer: the message is none to a request")
	}
	answer.ICCData.Open(func(clear []byte) { chip = slices.Clone(clear) })
	return answer, chip, nil
}

// scriptKinds are what `script` can put into an answer.
func scriptKinds() []string {
	return []string{"unblock-application", "block-application", "reset-tries", "last", "truncated", "garbage", "hex=HEX"}
}

func addScripts(_ context.Context, w *World, args Args) (Result, error) {
	if err := w.opened(); err != nil {
		return Result{}, err
	}
	if len(args) < 2 {
		return Result{}, fmt.Errorf("%w: want a name, and one or more of %s", errArguments, strings.Join(scriptKinds(), ", "))
	}
	h, err := w.person(args[0])
	if err != nil {
		return Result{}, err
	}
	for _, kind := range args[1:] {
		if _, err := h.script(kind, script.Context{}); err != nil {
			return Result{}, err
		}
	}
	line := w.till.line
	line.plan(lineFault{
		kind: "answer", number: 1, word: "scripts added", what: "gets further scripts on its way: " + strings.Join(args[1:], ", "),
		edit: func(m message.Message) error { return h.add(m, line.requested(), args[1:]) },
	})
	return Result{}, nil
}

// add puts scripts into an answer, a template 72 each, behind those of the issuer.
func (h *holder) add(m message.Message, request script.Context, kinds []string) error {
	answer, chip, err := chipOf(m)
	if err != nil {
		return err
	}
	all, err := script.ParseTemplates(chip)
	if err != nil {
		return err
	}
	issuers := len(all)
	for _, kind := range kinds {
		command, err := h.script(kind, request)
		if err != nil {
			return err
		}
		all = append(all, script.Template{Phase: script.AfterFinalAC, Commands: [][]byte{command}})
	}
	if _, err := script.EncodeTemplates(all...); err != nil { // how much one answer takes
		return err
	}
	added, err := script.EncodeTemplates(all[issuers:]...)
	answer.ICCData = secret.New(append(chip, added...))
	return err
}

// script returns a script command of a kind, made with the keys of the card.
func (h *holder) script(kind string, request script.Context) ([]byte, error) {
	a := h.account.Image.Applications[0]
	style, ok := script.StyleByName(a.Script)
	if !ok {
		return nil, errors.New("the card takes no scripts")
	}
	session := script.NewSession(style, a.Keys, request)
	encode := func(c apdu.Command, err error) ([]byte, error) {
		if err != nil {
			return nil, err
		}
		return c.Encode()
	}
	switch kind {
	case "unblock-application":
		return encode(session.ApplicationUnblock())
	case "block-application":
		return encode(session.ApplicationBlock())
	case "reset-tries":
		return encode(session.PINUnblock())
	case "last":
		if h.lastScript == nil {
			return nil, errors.New("no script has come to that card yet, which could come again")
		}
		return h.lastScript, nil
	case "truncated":
		whole, err := encode(session.PINUnblock())
		return whole[:max(0, len(whole)-truncatedBytes)], err
	case "garbage":
		return []byte{0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, nil
	}
	digits, ok := strings.CutPrefix(kind, "hex=")
	command, err := hex.DecodeString(digits)
	if !ok || err != nil || len(command) == 0 {
		return nil, fmt.Errorf("%w: want one of %s", errArguments, strings.Join(scriptKinds(), ", "))
	}
	return command, nil
}

// truncatedBytes is how much of a truncated script is missing: half of its MAC.
const truncatedBytes = 4

// requested returns the transaction that the last request is of.
func (l *line) requested() (c script.Context) {
	l.mu.Lock()
	packed := l.request
	l.mu.Unlock()
	m, err := l.dialect.Unpack(packed)
	request, ok := m.(*message.AuthorizationRequest)
	if err != nil || !ok {
		return c
	}
	request.ICCData.Open(func(chip []byte) {
		if ac, ok, _ := tlv.Find(chip, tagAC); ok {
			copy(c.AC[:], ac)
		}
		if atc, ok, _ := tlv.Find(chip, tagATC); ok && len(atc) == 2 {
			c.ATC = emv.ATC(atc[0])<<8 | emv.ATC(atc[1])
		}
	})
	return c
}

// listener is a chip that notes the last script command which came to it, for `script`
// to send again.
type listener struct {
	hardware.Chip
	holder *holder
}

// PowerOn returns the card, whose commands are listened to.
func (l listener) PowerOn(p hardware.Presentation) (hardware.Card, error) {
	inner, err := l.Chip.PowerOn(p)
	if err != nil {
		return nil, err
	}
	var reset hardware.WarmResetter
	if r, ok := inner.(hardware.WarmResetter); ok {
		reset = r
	}
	return hardware.WithAbilities(heard{inner, l.holder}, reset, nil), nil
}

type heard struct {
	hardware.Card
	holder *holder
}

// Presentation returns that of the card.
func (h heard) Presentation() hardware.Presentation { return hardware.PresentationOf(h.Card) }

// Transmit passes a command on.
func (h heard) Transmit(ctx context.Context, command []byte) ([]byte, error) {
	if c, err := apdu.ParseCommand(command); err == nil && c.CLA&secureMessaging == secureMessaging {
		h.holder.lastScript = slices.Clone(command)
	}
	return h.Card.Transmit(ctx, command)
}

// secureMessaging are the bits of a class byte that every script command has. EMV
// Book 3, 6.3.2.
const secureMessaging = 0x04
