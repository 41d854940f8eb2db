package skeleton

import (
	"bytes"
	"errors"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/apdu"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/hardware/trace"
)

// recorded is what a dialogue tells of a card.
type recorded struct {
	atr          []byte
	directory    bool // a payment system environment was selected
	applications []*application
}

// application is what a dialogue tells of one application.
type application struct {
	secret.Opaque
	aid       []byte
	fci       objects // the primitive data objects of the answer to SELECT
	format1   bool    // answers come in template 80
	aip       emv.AIP
	afl       emv.AFL
	records   map[place]objects
	data      objects // of all records, each once
	getData   objects
	iad       []byte
	signature int // length in bytes of the card's signatures; 0 where there was none
}

// place is where a record stands.
type place struct{ sfi, number uint8 }

// object is a primitive data object.
type object struct {
	tag   emv.Tag
	value []byte
}

type objects []object

func (o objects) find(tag emv.Tag) ([]byte, bool) {
	i := slices.IndexFunc(o, func(x object) bool { return x.tag == tag })
	if i < 0 {
		return nil, false
	}
	return o[i].value, true
}

func (o objects) value(tag emv.Tag) []byte {
	value, _ := o.find(tag)
	return value
}

// errNothing says that a dialogue does not show a card.
var errNothing = errors.New("no application was selected, and its records read with an account number in them: record a whole transaction")

// listen takes notice of a dialogue.
func listen(r trace.Recording) (recorded, error) {
	var card recorded
	var current *application
	card.atr = r.Exchanges(func(e trace.Exchange) {
		if e.Response.SW != apdu.SWSuccess {
			return
		}
		if e.Command.INS == apdu.INSSelect {
			current = card.selected(e.Response.Data)
		} else if current != nil {
			current.learn(e.Command, e.Response.Data)
		}
	})
	card.applications = slices.DeleteFunc(card.applications, func(a *application) bool { return a.numberDigits() == 0 })
	if len(card.applications) == 0 {
		return recorded{}, errNothing
	}
	return card, nil
}

// environment ends the names of the payment system environments, after a digit.
var environment = []byte("PAY.SYS.DDF01")

// selected returns the application of an answer to SELECT, nil where it is none.
func (c *recorded) selected(fci []byte) *application {
	nodes, err := tlv.Parse(fci)
	if err != nil {
		return nil
	}
	told := primitives(nil, nodes)
	name := told.value(tagName)
	switch {
	case len(name) < aidBytesMin:
		return nil
	case bytes.HasSuffix(name, environment):
		c.directory = true
		return nil
	}
	for _, a := range c.applications {
		if bytes.Equal(a.aid, name) {
			return a
		}
	}
	a := &application{aid: name, fci: told, records: map[place]objects{}}
	c.applications = append(c.applications, a)
	return a
}

// primitives appends copies of the primitive data objects.
func primitives(to objects, nodes []tlv.Node) objects {
	for _, n := range nodes {
		if n.Tag.Constructed() {
			to = primitives(to, n.Children)
			continue
		}
		to = append(to, object{n.Tag, slices.Clone(n.Value)})
	}
	return to
}

// learn takes notice of an answer.
func (a *application) learn(c apdu.Command, data []byte) {
	nodes, err := tlv.Parse(data)
	if err != nil || len(nodes) == 0 {
		return
	}
	switch c.INS {
	case apdu.INSGetProcessingOptions:
		a.learnOptions(nodes)
	case apdu.INSReadRecord:
		a.learnRecord(place{c.P2 >> sfiShift, c.P1}, nodes)
	case apdu.INSGetData:
		a.getData = append(a.getData, primitives(nil, nodes)...)
	case apdu.INSGenerateAC:
		a.learnCryptogram(nodes)
	case apdu.INSInternalAuthenticate:
		if signature := primitives(nil, nodes); len(signature) == 1 {
			a.signature = len(signature[0].value)
		}
	}
}

// sfiShift is where the short file identifier stands in P2 of READ RECORD. EMV Book
// 3, 6.5.11.
const sfiShift = 3

// learnOptions reads AIP and AFL. EMV Book 3, 6.5.8.
func (a *application) learnOptions(nodes []tlv.Node) {
	told := primitives(nil, nodes)
	aip, afl := told.value(tagAIP), told.value(tagAFL)
	if nodes[0].Tag == tagFormat1 && len(nodes[0].Value) > len(a.aip) {
		a.format1 = true
		aip, afl = nodes[0].Value[:len(a.aip)], nodes[0].Value[len(a.aip):]
	}
	parsed, err := emv.ParseAFL(afl)
	if err != nil || len(aip) != len(a.aip) {
		return
	}
	a.aip, a.afl = emv.AIP(aip), parsed
}

// learnRecord keeps a record. Of a data object that is there twice the first stands.
func (a *application) learnRecord(at place, nodes []tlv.Node) {
	if nodes[0].Tag != tagRecord {
		return
	}
	if _, known := a.records[at]; known {
		return
	}
	a.records[at] = primitives(nil, nodes)
	for _, o := range a.records[at] {
		if _, known := a.data.find(o.tag); !known {
			a.data = append(a.data, o)
		}
	}
}

// cryptogramBytes is the length of a cryptogram in format 1 without issuer
// application data. EMV Book 3, 6.5.5.
const cryptogramBytes = 1 + 2 + 8

func (a *application) learnCryptogram(nodes []tlv.Node) {
	told := primitives(nil, nodes)
	iad := told.value(tagIAD)
	if value := nodes[0].Value; nodes[0].Tag == tagFormat1 && len(value) > cryptogramBytes {
		iad = value[cryptogramBytes:]
	}
	if a.iad == nil {
		a.iad = slices.Clone(iad)
	}
	if signature := told.value(tagSignature); len(signature) > 0 {
		a.signature = len(signature)
	}
}
