package channel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/pinlife"
	"github.com/f510b0cf/till/issuer/store"
)

// Card is what a member sees of a card.
type Card struct {
	Ref           account.Ref
	LastFour      string // digits of the account number
	Supplementary bool
	Yours         bool // the member is its cardholder
	Status        store.Status
}

// Status is how a card and its PIN stand.
type Status struct {
	Card Card
	PIN  PINStatus
	// Unblock says that new PIN tries wait for the card.
	Unblock bool
	// Locked says that too many wrong PINs were sent online.
	Locked bool
	// ChipLocked says that the chip told so of its own PIN tries, when it was last
	// inserted.
	ChipLocked bool
	Text       string // the same in words
	Next       string // what to do; empty where nothing is to be done
}

// PINStatus names how the PIN stands, for programs.
type PINStatus string

// The statuses of a PIN.
const (
	None           PINStatus = "none"            // never created
	FirstPending   PINStatus = "first-pending"   // created: works from its first use at a terminal on
	Pending        PINStatus = "pending"         // changed: the PIN before is used a last time
	OnItsWay       PINStatus = "on-its-way"      // went out to the card, nothing heard
	ProbablyActive PINStatus = "probably-active" // a terminal says that the card took it
	Done           PINStatus = "done"            // the card proved that it has it
	Failed         PINStatus = "failed"          // went out, and the card did not confirm it
	Held           PINStatus = "held"            // went out too often
	ToBeSetAgain   PINStatus = "set-again"       // after a restore
	Ended          PINStatus = "ended"           // card replaced or closed
)

const (
	insert = "insert the card at a checkout terminal"
	noTap  = "; a tap will not do"
)

// statusTexts is what a member is told of the PIN, and what to do next.
var statusTexts = map[PINStatus]struct{ text, next string }{
	None:           {"the card has no PIN", "create a PIN"},
	FirstPending:   {"the PIN waits for the card", insert + " and enter the PIN" + noTap},
	Pending:        {"the new PIN is pending", insert + " and use the old PIN a last time" + noTap},
	OnItsWay:       {"the PIN went out to the card, which has not confirmed it yet", insert + " and use the new PIN, or the one before where that fails" + noTap},
	ProbablyActive: {"the new PIN is probably active", insert + " and use the new PIN, that confirms it"},
	Done:           {"the PIN is active", ""},
	Failed:         {"the new PIN did not arrive on the card", insert + " again and use the old PIN, or the new one where that fails" + noTap},
	Held:           {"the new PIN could not be brought to the card", "call the issuer, or change the PIN again"},
	ToBeSetAgain:   {"the issuer has lost the PIN", "create the PIN again"},
	Ended:          {"the card is closed", "use the card that replaces it"},
}

// pinStatus turns the state of a PIN into what a member is told.
func pinStatus(s pinlife.State) PINStatus {
	switch s.Phase() {
	case pinlife.Unset:
		return None
	case pinlife.Pending:
		return waitingStatus(s)
	case pinlife.Sent:
		return sentStatus(s, OnItsWay)
	case pinlife.Claimed:
		return sentStatus(s, ProbablyActive)
	case pinlife.Stable:
		return Done
	case pinlife.Held:
		return Held
	case pinlife.Unsure:
		return ToBeSetAgain
	default:
		return Ended
	}
}

// waitingStatus is the status of a PIN that waits to go out.
func waitingStatus(s pinlife.State) PINStatus {
	switch {
	case s.Attempts > 0:
		return Failed
	case !slices.ContainsFunc(s.Candidates(), func(g pinlife.Generation) bool { return g != pinlife.NoPIN && g != s.Pending }):
		return FirstPending // the chip holds no other
	default:
		return Pending
	}
}

// sentStatus is the status while an item is out: that of the item, unless it is an
// unblock alone, or a newer PIN waits behind it.
func sentStatus(s pinlife.State, item PINStatus) PINStatus {
	last := s.Sent[s.SentCount-1].Generation
	switch {
	case s.Pending == last && last != pinlife.NoPIN:
		return item
	case s.Pending != pinlife.NoPIN:
		return waitingStatus(s)
	case s.Unsure:
		return ToBeSetAgain
	case s.Proven != pinlife.NoPIN:
		return Done
	default:
		return item
	}
}

// status is what the member is told of a record.
func (s *Service) status(ref account.Ref, r store.Record) Status {
	st := Status{
		Card: Card{Ref: ref, LastFour: r.LastFour, Supplementary: r.Supplementary(), Yours: true, Status: r.Status},
		PIN:  pinStatus(r.PIN), Unblock: unblocks(r.PIN),
		Locked: s.triesMax > 0 && r.Tries >= s.triesMax,
	}
	texts := statusTexts[st.PIN]
	st.Text, st.Next = texts.text, texts.next
	switch {
	case r.Status == store.NotActivated:
		st.Text, st.Next = "the card is not activated; "+st.Text, join("activate the card", st.Next)
	case r.Status != store.Active:
		st.Text, st.Next = "the card is "+r.Status.String()+"; "+st.Text, "call the issuer"
	}
	if st.Unblock {
		st.Text, st.Next = st.Text+"; new PIN tries wait for the card", join(insert, st.Next)
	}
	if st.Locked {
		st.Text = st.Text + "; online the PIN is locked after too many wrong ones"
		st.Next = join("call the issuer", st.Next)
	}
	return st
}

// withChip adds what the chip said when it was last inserted. While it has no PIN
// its tries are used up, too, which means nothing.
func (s *Service) withChip(ctx context.Context, st Status, life pinlife.State) (Status, error) {
	if life.Proven == pinlife.NoPIN || st.Unblock {
		return st, nil
	}
	var err error
	if st.ChipLocked, err = s.chipLocked(ctx, st.Card.Ref); err == nil && st.ChipLocked {
		locked := "the PIN is locked after too many wrong ones"
		if st.PIN == Done {
			st.Text = locked // that it is active is no news
		} else {
			st.Text += "; " + locked
		}
		st.Next = join("unlock the PIN", st.Next)
	}
	return st, err
}

// join puts what is to be done first before the rest.
func join(first, rest string) string {
	switch {
	case rest == "":
		return first
	case strings.HasPrefix(rest, first):
		return rest
	}
	return first + ", then " + rest
}

// unblocks reports whether an unblock waits, or went out last and is not confirmed.
func unblocks(s pinlife.State) bool {
	return s.Unblock || s.Open && s.Sent[s.SentCount-1].Unblock
}

// Cards returns the cards that a member holds or answers for, in the order in
// which he got them.
func (s *Service) Cards(ctx context.Context, id member.ID) ([]Card, error) {
	m, err := s.store.Members().Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("read member: %w", err)
	}
	cards := make([]Card, 0, len(m.Cards))
	for _, ref := range m.Cards {
		err := s.store.View(ctx, ref, func(card store.Snapshot) error {
			r := card.Card()
			roles := member.Roles{Holder: r.Holder, Primary: r.Primary}
			if member.May(id, member.Web, member.SeeCard, roles) == member.Allowed {
				cards = append(cards, Card{Ref: ref, LastFour: r.LastFour, Supplementary: r.Supplementary(), Yours: r.Holder == id, Status: r.Status})
			}
			return nil
		})
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, fmt.Errorf("read card: %w", err)
		}
	}
	return cards, nil
}
