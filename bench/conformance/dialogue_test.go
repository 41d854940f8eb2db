package conformance_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/terminal/kernel"
)

// player plays card, cardholder and host of one case in the one order that the
// dialogue has. What does not fit is kept as a problem.
type player struct {
	env      *environment
	items    []item
	problems []string
	lines    []string // the dialogue as it went
	messages []kernel.Message

	cryptograms int // answers to GENERATE AC that hold one
}

// errCardGone is what the reader of a case says where the card was pulled.
var errCardGone = errors.New("card pulled")

func (p *player) problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

func (p *player) log(format string, args ...any) {
	p.lines = append(p.lines, fmt.Sprintf(format, args...))
}

// next takes the next item, which is of that side.
func (p *player) next(side, came string) (item, bool) {
	if len(p.items) == 0 {
		p.problem("after the end of the dialogue: %s %s", side, came)
		return item{}, false
	}
	one := p.items[0]
	if one.side != side {
		p.problem("%s: want %s %s, came %s %s", one.where, one.side, one.expect, side, came)
		return one, false
	}
	p.items = p.items[1:]
	return one, true
}

// Transmit plays the card.
func (p *player) Transmit(_ context.Context, command []byte) ([]byte, error) {
	came := strings.ToUpper(hex.EncodeToString(command))
	p.log("> %s", came)
	unexpected := []byte{0x6F, 0x00}
	one, ok := p.next(">", came)
	if !ok {
		return unexpected, nil
	}
	want, err := p.env.pattern(one.expect)
	if err != nil {
		p.problem("%s: %v", one.where, err)
		return unexpected, nil
	}
	if !p.env.match(want, command) {
		p.problem("%s: want %s, came %s", one.where, want, came)
	}
	if one.answer == "pulled" {
		p.log("< pulled")
		return nil, errCardGone
	}
	response, err := p.env.bytes(one.answer)
	if err != nil {
		p.problem("%s: %v", one.where, err)
		return unexpected, nil
	}
	p.log("< %X", response)
	if strings.HasPrefix(came, "80AE") && len(response) > 2 {
		p.cryptograms++
	}
	return response, nil
}

// ask plays one question.
func (p *player) ask(came string) (answer string, ok bool) {
	p.log("? %s", came)
	one, ok := p.next("?", came)
	if !ok {
		return "", false
	}
	if one.expect != came {
		p.problem("%s: want ? %s, came ? %s", one.where, one.expect, came)
	}
	p.log("! %s", one.answer)
	return one.answer, true
}

// SelectApplication plays the cardholder before the list of applications.
func (p *player) SelectApplication(_ context.Context, candidates []kernel.Candidate) (int, error) {
	names := []string{"application"}
	for _, c := range candidates {
		name := c.PreferredName
		if name == "" {
			name = c.Label
		}
		if name == "" {
			name = fmt.Sprintf("%X", c.Name)
		}
		names = append(names, strconv.Quote(name))
	}
	answer, _ := p.ask(strings.Join(names, " "))
	choice, err := strconv.Atoi(answer)
	if err != nil {
		return kernel.NoApplication, nil
	}
	return choice, nil
}

// PIN plays the cardholder at the PIN pad.
func (p *player) PIN(_ context.Context, prompt kernel.PINPrompt) (kernel.PINEntry, error) {
	words := []string{"pin", map[emv.CVM]string{
		emv.CVMPlaintextPIN: "plaintext", emv.CVMEncipheredPIN: "enciphered", emv.CVMOnlinePIN: "online",
	}[prompt.Method]}
	if prompt.TriesLeft != kernel.TriesUnknown {
		words = append(words, fmt.Sprintf("tries=%d", prompt.TriesLeft))
	}
	if prompt.Retry {
		words = append(words, "retry")
	}
	answer, _ := p.ask(strings.Join(words, " "))
	switch answer {
	case "", "failed":
		return kernel.PadFailed(), nil
	case "bypass":
		return kernel.Bypassed(), nil
	case "error":
		return kernel.PINEntry{}, errors.New("cancelled")
	}
	if sw, ok := strings.CutPrefix(answer, "reader "); ok {
		value, err := strconv.ParseUint(sw, 16, 16)
		return kernel.VerifiedByReader(apdu.SW(value)), err
	}
	entered, err := pin.Parse([]byte(answer))
	return kernel.Entered(entered), err
}

// Show keeps what is displayed.
func (p *player) Show(_ context.Context, m kernel.Message) { p.messages = append(p.messages, m) }

// Authorize plays the host. The question is "online", with "pin" where a PIN goes
// with it, and the chip data that the dialogue names: online 95=8000008000.
func (p *player) Authorize(_ context.Context, r *kernel.OnlineRequest) (*kernel.OnlineResponse, error) {
	p.log("? online %X", r.ChipData)
	one, ok := p.next("?", "online")
	if !ok {
		return nil, &kernel.UnableToGoOnlineError{}
	}
	p.log("! %s", one.answer)
	words := fields(one.expect)
	if words[0] != "online" {
		p.problem("%s: want ? %s, came ? online", one.where, one.expect)
	}
	if slices.Contains(words, "pin") == r.PIN.IsZero() {
		p.problem("%s: want ? %s, PIN in the request: %v", one.where, one.expect, !r.PIN.IsZero())
	}
	for _, word := range words[1:] {
		if tag, value, ok := strings.Cut(word, "="); ok {
			p.checkChipData(one, r, tag, value)
		}
	}
	return p.hostAnswer(one)
}

// checkChipData compares one data object of field 55; an empty value says that it
// is not there.
func (p *player) checkChipData(one item, r *kernel.OnlineRequest, tag, value string) {
	parsed, err := emv.ParseTag(tag)
	if err != nil {
		p.problem("%s: %v", one.where, err)
		return
	}
	have, ok := r.Data.Value(parsed)
	if value, inField55, err := tlv.Find(r.ChipData, parsed); err != nil || inField55 != (ok && slices.Contains(kernel.ChipDataTags(), parsed)) {
		p.problem("%s: tag %s in field 55: %v, %v", one.where, tag, inField55, err)
	} else if inField55 {
		have = value
	}
	if value == "" {
		if ok {
			p.problem("%s: tag %s is in the request", one.where, tag)
		}
		return
	}
	want, err := p.env.pattern(value)
	if err != nil || !ok || !p.env.match(want, have) {
		p.problem("%s: tag %s: want %s, came %X (%v)", one.where, tag, want, have, err)
	}
}

// hostAnswer makes the answer: "unsent", "silent", or words such as arc=3030, 91=...
// and script=..., in which the bytes of one value are joined by +.
func (p *player) hostAnswer(one item) (*kernel.OnlineResponse, error) {
	switch one.answer {
	case "unsent":
		return nil, &kernel.UnableToGoOnlineError{}
	case "silent":
		return nil, &kernel.UnableToGoOnlineError{Sent: true}
	}
	response := &kernel.OnlineResponse{}
	for _, word := range fields(one.answer) {
		key, expression, _ := strings.Cut(word, "=")
		value, err := p.env.bytes(expression)
		if err != nil {
			p.problem("%s: %v", one.where, err)
		}
		switch key {
		case "arc":
			response.ARC, err = emv.ParseARC(value)
			if err != nil {
				p.problem("%s: %v", one.where, err)
			}
		case "91":
			response.IssuerAuthenticationData = value
		case "script":
			response.Scripts = append(response.Scripts, value)
		default:
			p.problem("%s: no such word %s", one.where, key)
		}
	}
	return response, nil
}
