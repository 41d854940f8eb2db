package notice

import (
	"time"

	"github.com/f510b0cf/till/issuer/store"
)

// Notice is what a cardholder is told.
type Notice struct {
	Number  uint64 // of the journal's entry
	At      time.Time
	To      string // login name: an address, where the member has chosen one as his name
	Name    string
	Subject string
	Text    string
}

// words are subject and text of a notice; %s is the end of the card number.
type words struct{ subject, text string }

const notYou = " If this was not you, call us at once."

// told are the entries that a cardholder is told of, by kind, and for those of the PIN
// life cycle by text.
var told = map[string]words{
	"registered":        {"You are registered", "A login was made with your card ending in %s." + notYou},
	"card activated":    {"Your card is active", "Your card ending in %s was activated." + notYou},
	"PIN created":       {"Your PIN was created", "A PIN was created for your card ending in %s. Insert the card at a checkout terminal and enter the PIN; a tap will not do." + notYou},
	"PIN changed":       {"Your request for a new PIN was received", "The new PIN of your card ending in %s is pending. Insert the card at a checkout terminal and use your current PIN one last time; a tap will not do." + notYou},
	"PIN unblock asked": {"Your request to unlock the PIN was received", "New PIN tries for your card ending in %s come when the card is inserted next." + notYou},
	"notice done":       {"Your new PIN is active", "The new PIN of your card ending in %s is active. The one before works no more."},
	"notice failed":     {"Your new PIN did not arrive", "The new PIN did not arrive on your card ending in %s. Insert the card again and use the PIN before."},
	"notice held":       {"Your new PIN could not be delivered", "The new PIN could not be brought to your card ending in %s. Call us, or change the PIN again."},
	"notice unblocked":  {"Your PIN is unlocked", "Your card ending in %s has its PIN tries again."},
	"notice set again":  {"Set your PIN again", "Create the PIN of your card ending in %s again in Online Services or in the app."},
}

// wordsOf returns what is told of an entry; false where nothing is.
func wordsOf(e store.Entry) (words, bool) {
	key := e.Kind
	if key == "notice" {
		key += " " + e.Detail
	}
	w, ok := told[key]
	return w, ok
}
