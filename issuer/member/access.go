package member

// Action is something that a member asks for on a card.
type Action uint8

// The actions.
const (
	SeeCard Action = iota + 1
	ActivateCard
	BlockCard
	SeePINStatus
	CreatePIN
	ChangePIN
	UnblockPIN
	SeeHistory
)

var actionNames = [...]string{"", "see card", "activate card", "block card", "see PIN status", "create PIN", "change PIN", "unblock PIN", "see history"}

// String returns the action as words.
func (a Action) String() string {
	if int(a) < len(actionNames) {
		return actionNames[a]
	}
	return "no action"
}

// Door is the way by which a member reaches the issuer.
type Door uint8

// The doors.
const (
	Web Door = iota + 1
	App
	Phone // keypad; an agent hands over to it
)

var doorNames = [...]string{"", "web", "app", "phone"}

// String returns the name of the door.
func (d Door) String() string {
	if int(d) < len(doorNames) {
		return doorNames[d]
	}
	return "no door"
}

// Roles are the members of one card.
type Roles struct {
	Holder  ID // the cardholder
	Primary ID // who answers for the account; the holder himself on a primary card
}

// Refusal is why a member does not get what he asked for, for the audit. Allowed
// is none.
type Refusal uint8

// The refusals. A member is told one text for all of them but NotByPhone.
const (
	Allowed      Refusal = iota
	NotYourCard          // the member has nothing to do with the card
	HoldersAlone         // the primary member asked for what only the holder may do
	NotByPhone           // the holder has to use another door
	NotAnOffer           // no such action
)

var refusalNames = [...]string{"allowed", "not this member's card", "only the cardholder may", "not by phone", "no such action"}

// String returns the reason as words.
func (r Refusal) String() string {
	if int(r) < len(refusalNames) {
		return refusalNames[r]
	}
	return "no reason"
}

// May says whether a member may do something to a card by a door. A card's PIN
// belongs to its own holder: the primary member of the account sees a
// supplementary card and may block it, and that is all. Changing a PIN is not
// offered by phone. docs/pin-lifecycle.md names these rules the customer's.
func May(who ID, door Door, do Action, card Roles) Refusal {
	holder, primary := who != 0 && who == card.Holder, who != 0 && who == card.Primary
	switch {
	case do < SeeCard || do > SeeHistory:
		return NotAnOffer
	case !holder && !primary:
		return NotYourCard
	case !holder && do != SeeCard && do != BlockCard:
		return HoldersAlone
	case do == ChangePIN && door == Phone:
		return NotByPhone
	}
	return Allowed
}
