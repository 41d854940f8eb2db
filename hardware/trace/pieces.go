package trace

import (
	"slices"

	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
)

// pieces are those of an answer that a card hands over one by one: each but the
// last with 61xx, each but the first in answer to GET RESPONSE. By itself a piece
// can look like data objects that it is no part of. EMV Contact Interface
// Specification, 9.3.1.
type pieces struct {
	fetching bool         // the command at hand is GET RESPONSE
	open     bool         // the answer has begun, and more of it is to come
	data     secret.Value // what has come
}

// piecesBytesMax is how much of an answer is kept, in bytes: as much as
// apdu.Exchange fetches.
const piecesBytesMax = 16 * apdu.MaxLe

// hear takes notice of a command.
func (p *pieces) hear(c apdu.Command) {
	p.fetching = c.INS == insGetResponse
	if !p.fetching {
		p.open, p.data = false, secret.Value{}
	}
}

// join returns the data of the answer up to r, a copy. ok is false where that is
// nothing: the beginning is not known, or r says that Le was wrong, whereupon the
// data comes again.
func (p *pieces) join(r apdu.Response) (data []byte, ok bool) {
	if p.fetching && !p.open || r.SW.WrongLe() {
		return nil, false
	}
	p.data.Open(func(before []byte) { data = slices.Concat(before, r.Data) })
	return data, true
}

// whole returns the data of the answer of which r is the last piece, a copy. ok
// is false where it is not the last, or the answer is not known as a whole.
func (p *pieces) whole(r apdu.Response) (data []byte, ok bool) {
	if r.SW.BytesAvailable() {
		return nil, false
	}
	return p.join(r)
}

// learn takes notice of an answer.
func (p *pieces) learn(r apdu.Response) {
	data, ok := p.join(r)
	defer secret.Wipe(data)
	if !ok {
		return
	}
	p.open, p.data = r.SW.BytesAvailable() && len(data) <= piecesBytesMax, secret.Value{}
	if p.open {
		p.data = secret.New(data)
	}
}
