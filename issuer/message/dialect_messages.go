package message

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// kindsByName are the kinds as files have them: "authorization-request".
var kindsByName = func() map[string]Kind {
	names := map[string]Kind{}
	for k := KindAuthorizationRequest; k <= KindNetworkManagementResponse; k++ {
		names[strings.ReplaceAll(k.String(), " ", "-")] = k
	}
	return names
}()

var mtiForm = regexp.MustCompile(`^[0-9]{4}$`)

// readMessages takes the rows of the file in place of the base's for the same kinds.
func readMessages(r *rules, keys map[string]*yaml.Node) error {
	n := keys["messages"]
	if n == nil {
		return nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		return atLine(n, "messages: want a list")
	}
	known := readBy(r.edition)
	var given []layout
	for _, item := range n.Content {
		l, err := readMessage(item, known)
		if err != nil {
			return err
		}
		given = append(given, l)
	}
	replaced := func(l layout) bool {
		return slices.ContainsFunc(given, func(g layout) bool { return g.kind == l.kind })
	}
	r.layouts = append(given, slices.DeleteFunc(slices.Clone(r.layouts), replaced)...)
	return nil
}

func readMessage(n *yaml.Node, known elementSet) (l layout, err error) {
	keys, err := mapping(n, "kind", "mti", "repeat", "mandatory", "optional")
	if err != nil {
		return l, err
	}
	if keys["kind"] == nil || keys["mti"] == nil || keys["mandatory"] == nil {
		return l, atLine(n, "want kind, mti and mandatory")
	}
	if l.kind, err = oneOf(keys["kind"], "kind", kindsByName); err != nil {
		return l, err
	}
	for key, to := range map[string]*string{"mti": &l.mti, "repeat": &l.repeat} {
		if v := keys[key]; v != nil {
			if !mtiForm.MatchString(v.Value) {
				return l, atLine(v, "%s: want four digits", key)
			}
			*to = v.Value
		}
	}
	for key, to := range map[string]*elementSet{"mandatory": &l.mandatory, "optional": &l.optional} {
		if *to, err = readSet(keys[key]); err != nil {
			return l, err
		}
	}
	if unread := l.mandatory.without(known).first(); unread != 0 {
		return l, atLine(keys["mandatory"], "element %d: the program never writes it, so that it can be optional alone", unread)
	}
	return l, checkMessage(&l, n, known)
}

// readSet reads a list of elements; nil is none.
func readSet(n *yaml.Node) (set elementSet, err error) {
	if n == nil {
		return set, nil
	}
	if n.Kind != yaml.SequenceNode {
		return set, atLine(n, "want a list of elements such as [2, 3, 4]")
	}
	for _, item := range n.Content {
		number, err := readNumber(item)
		if err != nil {
			return set, err
		}
		if set.has(number) {
			return set, atLine(item, "element %d is there twice", number)
		}
		set.add(number)
	}
	return set, nil
}

// checkMessage checks that the program finds in a message what it can not do
// without, and has room for what it must say.
func checkMessage(l *layout, n *yaml.Node, known elementSet) error {
	if both := l.optional.without(elementSet{^l.mandatory[0], ^l.mandatory[1]}).first(); both != 0 {
		return atLine(n, "element %d is mandatory and optional", both)
	}
	needed := map[Kind]elementSet{
		KindAuthorizationRequest:      elements(2, 3, 4, 11, 12, 22, 41, 49),
		KindAdvice:                    elements(2, 3, 4, 11, 12, 22, 39, 41, 49),
		KindReversal:                  elements(2, 3, 4, 11, 12, 41, 49),
		KindNetworkManagement:         elements(11),
		KindAuthorizationResponse:     elements(11, 39),
		KindAdviceResponse:            elements(11, 39),
		KindReversalResponse:          elements(11, 39),
		KindNetworkManagementResponse: elements(11, 39),
	}[l.kind]
	for _, set := range []elementSet{needed, neededBy(l.kind, known.has(90))} {
		if missing := set.without(l.mandatory).first(); missing != 0 {
			return atLine(n, "element %d must be mandatory in %s", missing, l.mti)
		}
	}
	if !l.all().has(4) && l.kind == KindAuthorizationResponse {
		return atLine(n, "element 4 must be in %s: it tells a partial approval", l.mti)
	}
	if !l.all().has(55) && (l.kind == KindAuthorizationRequest || l.kind == KindAuthorizationResponse || l.kind == KindAdvice) {
		return atLine(n, "element 55 must be in %s: chip data travel in it", l.mti)
	}
	return nil
}

// neededBy returns what one edition needs beside that; DE 90 is of that of 1987.
func neededBy(k Kind, of1987 bool) elementSet {
	switch {
	case k == KindNetworkManagement && of1987:
		return elements(70)
	case k == KindReversal && of1987:
		return elements(13, 90)
	case k == KindReversal:
		return elements(24, 25, 56)
	case !k.IsRequest():
		return elementSet{}
	case of1987:
		return elements(13, 25)
	}
	return elements(24)
}

// checkMessages checks that requests and answers fit each other, and that the
// elements that messages have are those of the dialect.
func (r *rules) checkMessages(root *yaml.Node) error {
	var have elementSet
	for _, e := range r.elements {
		have.add(e.number)
	}
	types, count := map[string]bool{}, map[Kind]int{}
	for _, l := range r.layouts {
		count[l.kind]++
		for _, mti := range []string{l.mti, l.repeat} {
			if mti != "" && types[mti] {
				return atLine(root, "messages: %s is there twice", mti)
			}
			types[mti] = true
		}
		if n := l.all().without(have).first(); n != 0 {
			return atLine(root, "messages: %s has element %d, of which no format is told", l.mti, n)
		}
	}
	for k := KindAuthorizationRequest; k <= KindNetworkManagementResponse; k++ {
		if count[k] == 0 {
			return atLine(root, "messages: there is no %s", k)
		}
		if k.IsRequest() && count[k] != count[k.Response()] {
			return atLine(root, "messages: %s has %d message types and its response %d: each request needs one", k, count[k], count[k.Response()])
		}
	}
	for _, l := range numbered(r.layouts) {
		if n := r.beyond(l); n != 0 {
			return atLine(root, "messages: element %d must be optional in %s: not every answer has it", n, l.mti)
		}
	}
	return nil
}

// beyond returns an element that a response must have and some answers do not: they have
// what each request tells, which is echoed, the action code and little more. It is 0
// where there is none.
func (r *rules) beyond(response layout) int {
	if response.kind.IsRequest() {
		return 0
	}
	has := elements(3, 4, 11, 24, 39, 70)
	for _, l := range numbered(r.layouts) {
		if l.kind.Response() == response.kind && l.variant == response.variant {
			for n := range l.mandatory.all() {
				if echoed.has(n) {
					has.add(n)
				}
			}
		}
	}
	if response.kind != KindAuthorizationResponse {
		has = has.without(elements(3, 4))
	}
	if response.kind != KindNetworkManagementResponse {
		has = has.without(elements(24, 70))
	}
	return response.mandatory.without(has).first()
}
