package pin_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
)

func TestWeak(t *testing.T) {
	for digits, weak := range map[string]bool{
		"0000": true, "9999": true, "555555": true, "000000000000": true,
		"1234": true, "0123": true, "6789": true, "123456789012": true,
		"4321": true, "3210": true, "9876": true,
		"7890": true, "8901": true, "9012": true, // past 9 comes 0
		"1098": true, "0987": true, "2109": true, // and back
		"1235": false, "0001": false, "1000": false, "1357": false, "2468": false, "1212": false, "1221": false,
		"12340": false, "2580": false, "9753": false, "123455": false,
	} {
		assert.Equal(t, weak, pin.Weak(mustPIN(t, digits)), digits)
	}
	assert.False(t, pin.Weak(pin.PIN{}))
}

// TestWeakCount counts the weak PINs of four digits: ten repeated digits, ten
// rising and ten falling runs.
func TestWeakCount(t *testing.T) {
	weak := 0
	for i := range 10000 {
		if pin.Weak(mustPIN(t, fmt.Sprintf("%04d", i))) {
			weak++
		}
	}
	assert.Equal(t, 30, weak)
}

func TestWeakPersonal(t *testing.T) {
	personal := append(pin.DateForms(1987, time.March, 5), pin.LastFour(mustPAN(t, "374245001741007")), secret.Value{})
	for _, digits := range []string{
		"0503", "0305", "1987", "8703", "0387", "050387", "030587", "870305", "05031987", "03051987", "19870305", "1007",
	} {
		assert.True(t, pin.Weak(mustPIN(t, digits), personal...), digits)
		assert.False(t, pin.Weak(mustPIN(t, digits)), digits)
	}
	for _, digits := range []string{"0504", "1988", "10071", "1741", "050388"} {
		assert.False(t, pin.Weak(mustPIN(t, digits), personal...), digits)
	}
	require.True(t, pin.LastFour(account.PAN{}).IsZero())
}
