package perso

import (
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
)

// risk is the card risk management of an application.
type risk struct {
	OfflineCount         limits             `yaml:"offline_count"`
	OfflineAmount        limits             `yaml:"offline_amount"`
	Decline              conditionsText     `yaml:"decline"`
	Online               conditionsText     `yaml:"online"`
	Default              conditionsText     `yaml:"default"`
	IssuerAuthentication authenticationText `yaml:"issuer_authentication"`
	OfflineOnly          bool               `yaml:"offline_only"`
}

// limits are those of one offline counter, with the tags under which GET DATA
// gives them.
type limits struct {
	Lower    limitText `yaml:"lower"`
	Upper    limitText `yaml:"upper"`
	LowerTag tagText   `yaml:"lower_tag"`
	UpperTag tagText   `yaml:"upper_tag"`
}

// transactionLog is the transaction log of an application.
type transactionLog struct {
	SFI     uint8   `yaml:"sfi"`
	Records uint8   `yaml:"records"`
	Format  dolText `yaml:"format"`
}

type (
	// limitText is a limit; set says that there is one.
	limitText struct {
		value uint64
		set   bool
	}
	conditionsText     struct{ emv.CVRFlags }
	authenticationText string
	protocolText       string
)

// UnmarshalYAML reads a whole number.
func (t *limitText) UnmarshalYAML(n *yaml.Node) error {
	return read(t, n, "a whole number, amounts in the smallest unit of the currency", func(s string) (limitText, error) {
		v, err := strconv.ParseUint(s, 10, 64)
		return limitText{v, true}, err
	})
}

// UnmarshalYAML reads a list of the names of conditions.
func (t *conditionsText) UnmarshalYAML(n *yaml.Node) error {
	want := "a list of " + strings.Join(image.Conditions.Names(), ", ")
	if n.Kind != yaml.SequenceNode {
		return wrong(n, want)
	}
	t.CVRFlags = 0
	for _, item := range n.Content {
		f, ok := emv.ParseCVRFlag(item.Value)
		if !ok || f&image.Conditions == 0 {
			return wrong(item, want)
		}
		t.CVRFlags |= f
	}
	return nil
}

// What the card makes of issuer authentication.
const (
	authenticationOptional  authenticationText = "optional"
	authenticationMandatory authenticationText = "mandatory"
	authenticationAdvisory  authenticationText = "advisory"
)

// UnmarshalYAML reads one of the words.
func (t *authenticationText) UnmarshalYAML(n *yaml.Node) error {
	return readWord(t, n, authenticationOptional, authenticationMandatory, authenticationAdvisory)
}

// The transmission protocols.
const (
	protocolT0 protocolText = "t0"
	protocolT1 protocolText = "t1"
)

// UnmarshalYAML reads one of the protocols.
func (t *protocolText) UnmarshalYAML(n *yaml.Node) error {
	return readWord(t, n, protocolT0, protocolT1)
}

// readWord reads one of some words.
func readWord[T ~string](into *T, n *yaml.Node, words ...T) error {
	var all []string
	for _, w := range words {
		all = append(all, string(w))
	}
	return read(into, n, strings.Join(all, " or "), func(s string) (T, error) {
		if !slices.Contains(words, T(s)) {
			return "", errUnreadable
		}
		return T(s), nil
	})
}
