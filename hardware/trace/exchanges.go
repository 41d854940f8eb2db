package trace

import (
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
)

// Exchange is a command and its whole answer: what came in pieces is put together.
type Exchange struct {
	Command  apdu.Command
	Response apdu.Response
}

// Exchanges calls use with each command that was answered, in clear: account numbers
// and PIN blocks are in it. use must not keep the slices, which are wiped when it
// returns. Answers that were not heard to their end, and those that say no more than
// that Le was wrong, are left out. It returns the first ATR, nil where there is none.
func (r Recording) Exchanges(use func(Exchange)) (atr []byte) {
	var d dialogue
	var asked secret.Value // the command that GET RESPONSE fetches for
	for _, s := range r.steps {
		if !s.isCommand() {
			if atr == nil {
				s.response.Open(func(b []byte) { atr = append([]byte{}, b...) })
			}
			d.learn(s)
			continue
		}
		d.exchange(s, &asked, use)
		d.learn(s)
	}
	return atr
}

func (d *dialogue) exchange(s step, asked *secret.Value, use func(Exchange)) {
	s.open(func(command, response []byte) {
		d.hear(command)
		if !d.pieces.fetching {
			*asked = s.command
		}
		r, err := apdu.ParseResponse(response)
		if err != nil || r.SW.WrongLe() {
			return
		}
		whole, ok := d.pieces.whole(r)
		defer secret.Wipe(whole)
		if !ok {
			return
		}
		asked.Open(func(command []byte) {
			if c, err := apdu.ParseCommand(command); err == nil {
				use(Exchange{c, apdu.Response{Data: whole, SW: r.SW}})
			}
		})
	})
}
