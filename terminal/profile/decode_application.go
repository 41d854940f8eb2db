package profile

import (
	"errors"
	"fmt"
	"math"

	"go.yaml.in/yaml/v3"

	"github.com/f510b0cf/till/emv"
)

// Bounds of what an application holds. EMV Book 1, 12.2.1, Book 3, 10.6.2 and
// Annex A.
const (
	aidBytesMin, aidBytesMax       = 5, 16
	versionBytes                   = 2
	percentageMax            uint8 = 99
	objectBytesMax                 = 252 // what one data object of a card holds
)

// readApplication reads an application whose amounts have that exponent.
func readApplication(n *yaml.Node, exponent uint8) (Application, error) {
	var a Application
	err := readMapping(n,
		required("aid", hexadecimal(&a.AID, aidBytesMin, aidBytesMax)),
		optional("partial_selection", flag(&a.PartialSelection)),
		required("versions", a.readVersions),
		required("tac", a.readActionCodes),
		required("floor_limit", floorLimit(&a.FloorLimit, exponent)),
		optional("random_selection", func(n *yaml.Node) error { return a.RandomSelection.read(n, exponent) }),
		optional("default_ddol", dol(&a.DefaultDDOL)),
		optional("default_tdol", dol(&a.DefaultTDOL)),
		optional("data", a.readData),
	)
	return a, err
}

func (a *Application) readVersions(n *yaml.Node) error {
	err := readList(n, func(item *yaml.Node) error {
		var b []byte
		if err := hexadecimal(&b, versionBytes, versionBytes)(item); err != nil {
			return err
		}
		a.Versions = append(a.Versions, uint16(b[0])<<8|uint16(b[1]))
		return nil
	})
	if err == nil && len(a.Versions) == 0 {
		return errors.New("want one version or more")
	}
	return err
}

func (a *Application) readActionCodes(n *yaml.Node) error {
	return readMapping(n,
		required("denial", actionCode(&a.TACDenial)),
		required("online", actionCode(&a.TACOnline)),
		required("default", actionCode(&a.TACDefault)),
	)
}

// read reads the parameters of random transaction selection and checks them
// against each other. EMV Book 3, 10.6.2.
func (s *RandomSelection) read(n *yaml.Node, exponent uint8) error {
	err := readMapping(n,
		required("target_percentage", count(&s.TargetPercentage, percentageMax)),
		required("maximum_percentage", count(&s.MaximumTargetPercentage, percentageMax)),
		required("threshold", amount(&s.Threshold, exponent)),
	)
	if err == nil && s.MaximumTargetPercentage < s.TargetPercentage {
		return errors.New("want a maximum_percentage that is not below the target_percentage")
	}
	return err
}

// readData reads a mapping from tags to values.
func (a *Application) readData(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return errors.New(`want lines such as "9F66": "36000000"`)
	}
	seen := make(map[emv.Tag]bool)
	for i := 0; i < len(n.Content); i += 2 {
		tag, err := emv.ParseTag(n.Content[i].Value)
		if err != nil || tag.Constructed() {
			return atLine(n.Content[i], "", errors.New("want the tag of a primitive data object as hexadecimal digits"))
		}
		if seen[tag] {
			return atLine(n.Content[i], tag.String(), errTwice)
		}
		seen[tag] = true
		object := Object{Tag: tag}
		if err := hexadecimal(&object.Value, 0, objectBytesMax)(n.Content[i+1]); err != nil {
			return atLine(n.Content[i+1], tag.String(), err)
		}
		a.Data = append(a.Data, object)
	}
	return nil
}

// floorLimit reads an amount that tag 9F1B, four binary bytes, has room for.
func floorLimit(into *uint64, exponent uint8) reader {
	return func(n *yaml.Node) error {
		if err := amount(into, exponent)(n); err != nil {
			return err
		}
		if *into > math.MaxUint32 {
			return fmt.Errorf("want %s at most", FormatAmount(math.MaxUint32, exponent))
		}
		return nil
	}
}
