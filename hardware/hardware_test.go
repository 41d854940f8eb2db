package hardware_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/hardware"
)

// tapped is a card that is held to the contactless side.
type tapped struct{ hardware.Card }

func (tapped) Presentation() hardware.Presentation { return hardware.Contactless }

// abilities are the optional methods.
type abilities struct{}

func (abilities) WarmReset(context.Context) ([]byte, error)         { return nil, nil }
func (abilities) VerifyPIN(context.Context, []byte) ([]byte, error) { return nil, nil }

func TestWithAbilities(t *testing.T) {
	for name, c := range map[string]struct {
		reset hardware.WarmResetter
		pad   hardware.PINVerifier
	}{
		"none": {}, "reset": {reset: abilities{}}, "pad": {pad: abilities{}}, "both": {abilities{}, abilities{}},
	} {
		card := hardware.WithAbilities(tapped{}, c.reset, c.pad)
		_, resets := card.(hardware.WarmResetter)
		_, verifies := card.(hardware.PINVerifier)
		assert.Equal(t, c.reset != nil, resets, name)
		assert.Equal(t, c.pad != nil, verifies, name)
		assert.Equal(t, hardware.Contactless, hardware.PresentationOf(card), name)
	}
}

func TestPresentation(t *testing.T) {
	var plain struct{ hardware.Card }
	assert.Equal(t, hardware.Contact, hardware.PresentationOf(plain))
	assert.Equal(t, "contact", hardware.Contact.String())
	assert.Equal(t, "contactless", hardware.Contactless.String())
	assert.Equal(t, "Presentation(7)", hardware.Presentation(7).String())
}
