package perso

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
)

// cvmListText is the value of tag 8E; empty where there is none.
type cvmListText []byte

// cvmMethods are the words for the methods of a CVM list. EMV Book 3, Annex C3.
var cvmMethods = map[string]emv.CVM{
	"fail": emv.CVMFail, "plaintext-pin": emv.CVMPlaintextPIN, "online-pin": emv.CVMOnlinePIN,
	"plaintext-pin-and-signature": emv.CVMPlaintextPINAndSignature, "enciphered-pin": emv.CVMEncipheredPIN,
	"enciphered-pin-and-signature": emv.CVMEncipheredPINAndSignature, "signature": emv.CVMSignature, "no-cvm": emv.CVMNone,
}

// cvmConditions are the words for their conditions; without one a rule holds
// always.
var cvmConditions = map[string]emv.CVMCondition{
	"always": emv.CVMAlways, "if-unattended-cash": emv.CVMUnattendedCash, "if-not-cash": emv.CVMNotCashNorCashback,
	"if-supported": emv.CVMSupported, "if-manual-cash": emv.CVMManualCash, "if-cashback": emv.CVMCashback,
	"if-under-x": emv.CVMUnderX, "if-over-x": emv.CVMOverX, "if-under-y": emv.CVMUnderY, "if-over-y": emv.CVMOverY,
}

// cvmElseNext is the word for a rule that hands on where it is unsuccessful.
const cvmElseNext = "else-next"

// UnmarshalYAML reads a CVM list: its rules, with X and Y zero, or a mapping of
// x, y and rules.
func (t *cvmListText) UnmarshalYAML(n *yaml.Node) error {
	var list emv.CVMList
	rules := n
	if n.Kind == yaml.MappingNode {
		fields := map[string]*yaml.Node{"x": nil, "y": nil, "rules": nil}
		for i := 0; i < len(n.Content); i += 2 {
			name := n.Content[i]
			if at, known := fields[name.Value]; !known || at != nil {
				return wrong(name, "x, y and rules, each once")
			}
			fields[name.Value] = n.Content[i+1]
		}
		for name, into := range map[string]*uint32{"x": &list.X, "y": &list.Y} {
			if fields[name] == nil || fields["rules"] == nil {
				return wrong(n, "x, y and rules, all three")
			}
			if err := readAmount(into, fields[name]); err != nil {
				return err
			}
		}
		rules = fields["rules"]
	}
	return t.readRules(list, rules)
}

// readRules reads rules in words or as hexadecimal digits.
func (t *cvmListText) readRules(list emv.CVMList, n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		for _, item := range n.Content {
			rule, err := readRule(item)
			if err != nil {
				return err
			}
			list.Rules = append(list.Rules, rule)
		}
		*t = list.Append(nil)
		_, err := emv.ParseCVMList(*t)
		if err != nil {
			return wrong(n, "one rule or more, 122 at most")
		}
		return nil
	}
	const want = "rules in words, a line \"- ...\" for each, or of 4 hexadecimal digits such as 4403 1F03"
	return read((*[]byte)(t), n, want, func(s string) ([]byte, error) {
		b, err := parseHex(s)
		if err != nil {
			return nil, err
		}
		whole := append(list.Append(nil), b...)
		_, err = emv.ParseCVMList(whole)
		return whole, err
	})
}

// readRule reads a method, a condition and else-next, in words.
func readRule(n *yaml.Node) (rule emv.CVMRule, err error) {
	want := fmt.Sprintf("a method (%s), then a condition (%s) or none, then %s or nothing",
		strings.Join(sortedKeys(cvmMethods), ", "), strings.Join(sortedKeys(cvmConditions), ", "), cvmElseNext)
	err = read(&rule, n, want, func(s string) (emv.CVMRule, error) {
		words := strings.Fields(s)
		next := len(words) > 0 && words[len(words)-1] == cvmElseNext
		if next {
			words = words[:len(words)-1]
		}
		if len(words) == 1 {
			words = append(words, "always")
		}
		if len(words) != 2 {
			return emv.CVMRule{}, errUnreadable
		}
		method, known := cvmMethods[words[0]]
		condition, knownToo := cvmConditions[words[1]]
		if !known || !knownToo {
			return emv.CVMRule{}, errUnreadable
		}
		return emv.CVMRule{Code: emv.NewCVMCode(method, next), Condition: condition}, nil
	})
	return rule, err
}

// readAmount reads an amount in the smallest unit of the application currency.
func readAmount(into *uint32, n *yaml.Node) error {
	return read(into, n, "an amount in the smallest unit of the currency, without point", func(s string) (uint32, error) {
		v, err := strconv.ParseUint(s, 10, 32)
		return uint32(v), err
	})
}
