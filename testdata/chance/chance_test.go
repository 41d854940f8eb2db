package chance_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/f510b0cf/till/testdata/chance"
)

func TestWithout(t *testing.T) {
	for text, want := range map[string]string{
		"ref=" + strings.Repeat("8361", 8) + " pin=8361": "ref=* pin=8361",
		`{"at":"2026-11-23T12:00:05.836125Z"}`:           `{"at":"2026-11-23T12:00*Z"}`,
		"1283618361 374245001751006":                     "1283618361 374245001751006",
		`/v1/cards/` + strings.Repeat("ab", 16) + `/pin`: `/v1/cards/*/pin`,
	} {
		assert.Equal(t, want, chance.Without(text))
	}
}
