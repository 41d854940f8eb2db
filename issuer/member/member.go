package member

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/f510b0cf/till/emv/account"
)

// ID names a member, from 1. 0 is nobody.
type ID uint32

// String returns the number in decimal.
func (id ID) String() string { return strconv.FormatUint(uint64(id), 10) }

// Member is a person with a login. He is primary on the cards of his own account
// and supplementary on a card of another's; that is a matter of the card.
type Member struct {
	ID    ID
	Name  string
	Birth Date // for the rule that a PIN is not a birthday; zero where it is not known
	Login Login
	Cards []account.Ref // that he holds or answers for; the store keeps the list
}

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Login is how a member proves who he is.
type Login struct {
	Name     string // as LoginName writes it
	Password Hash
	Failures Failures
}

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d == Date{} }

// The bounds of names, in bytes.
const (
	NameMax      = 100
	LoginNameMax = 64
)

// ErrLoginName says that a text can not be a login name.
var ErrLoginName = fmt.Errorf("login name has not 1 to %d letters, digits and signs out of .-_@+", LoginNameMax)

// LoginName returns a login name as it is stored and compared: without spaces
// around it and in lower case. The error is ErrLoginName.
func LoginName(text string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(text))
	if name == "" || len(name) > LoginNameMax || strings.ContainsFunc(name, notInLoginName) {
		return "", ErrLoginName
	}
	return name, nil
}

func notInLoginName(r rune) bool {
	letter, digit := r >= 'a' && r <= 'z', r >= '0' && r <= '9'
	return !letter && !digit && !strings.ContainsRune(".-_@+", r)
}

// Validate reports what a member may not be: without a name, or with a login name
// that is not as LoginName writes it. A member without a login name has no login.
func (m Member) Validate() error {
	if m.Name == "" || len(m.Name) > NameMax {
		return fmt.Errorf("check member: name has not 1 to %d bytes", NameMax)
	}
	if m.Login.Name == "" {
		return nil
	}
	if name, err := LoginName(m.Login.Name); err != nil || name != m.Login.Name {
		return fmt.Errorf("check member: %w", ErrLoginName)
	}
	return nil
}
