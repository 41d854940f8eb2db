package authorization

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
)

// reason is why a request is declined; approved is none.
type reason uint8

const (
	approved reason = iota
	malformedChipData
	orderWithChipData
	stripeWithChipData
	notSupported
	wrongChannel
	wrongAmount
	notActivated
	blocked
	lost
	stolen
	expired
	closed
	expiryDiffers
	badCryptogram
	cardKeysRetired
	atcNotNew
	wedge
	pinBlockFault
	pinKeyFault
	pinKeyRetired
	pinKeyUsed
	orderWithPIN
	wrongPIN
	wrongOfflinePIN
	pinTriesExceeded
	pinNotYet
	pinMissing
	chipDataDiffer
	reversedBefore
	otherCurrency
	aboveTransactionLimit
	aboveDayLimit
	pinRequired
	tooManyPayments
	aboveCashLimit
	aboveCashbackLimit
	cashNeedsPIN
	onlinePINMissing
	dataAuthenticationFailed
	numberRepeated
	wrongCID
	cidTriesExceeded
	cidMissing
	cidNotChecked
	unknownECI
	aevvMissing
)

// row is what a reason is in the answer and in the journal.
type row struct {
	action message.ActionCode
	arc    emv.ARC // tag 8A
	text   string
}

// Response codes of tag 8A. The issuer chooses them; these are those of DE 39 in
// ISO 8583:1987, from memory.
const (
	arcApproved         emv.ARC = '0'<<8 | '0'
	arcDeclined         emv.ARC = '0'<<8 | '5'
	arcExpired          emv.ARC = '5'<<8 | '4'
	arcIncorrectPIN     emv.ARC = '5'<<8 | '5'
	arcExceedsLimit     emv.ARC = '6'<<8 | '1'
	arcTooMany          emv.ARC = '6'<<8 | '5'
	arcPINTriesExceeded emv.ARC = '7'<<8 | '5'
)

// rows is the table of reasons. A wrong cryptogram, a replay and a wedge look
// like any refusal from outside; the journal tells them apart.
var rows = [...]row{
	approved:              {message.ActionApproved, arcApproved, "approved"},
	malformedChipData:     {message.ActionFormatError, arcDeclined, "chip data can not be read"},
	orderWithChipData:     {message.ActionFormatError, arcDeclined, "card not present with chip data"},
	stripeWithChipData:    {message.ActionFormatError, arcDeclined, "stripe or key entry with chip data"},
	notSupported:          {message.ActionFunctionNotSupported, arcDeclined, "type of transaction is not offered"},
	notActivated:          {message.ActionCardNotEffective, arcDeclined, "card is not activated"},
	blocked:               {message.ActionRestrictedCard, arcDeclined, "card is blocked"},
	lost:                  {message.ActionPickUpLostCard, arcDeclined, "card is lost"},
	stolen:                {message.ActionPickUpStolenCard, arcDeclined, "card is stolen"},
	expired:               {message.ActionExpiredCard, arcExpired, "card is expired"},
	closed:                {message.ActionRestrictedCard, arcDeclined, "card is closed"},
	expiryDiffers:         {message.ActionExpiredCard, arcExpired, "expiry differs from the card's"},
	badCryptogram:         {message.ActionDoNotHonour, arcDeclined, "cryptogram is wrong"},
	cardKeysRetired:       {message.ActionDoNotHonour, arcDeclined, "master keys of the card are retired"},
	atcNotNew:             {message.ActionDoNotHonour, arcDeclined, "ATC is not new"},
	wedge:                 {message.ActionDoNotHonour, arcDeclined, "terminal claims an offline PIN that the chip did not see"},
	pinBlockFault:         {message.ActionInvalidPINBlock, arcDeclined, "PIN block can not be read"},
	pinKeyFault:           {message.ActionPINKeySynchronisation, arcDeclined, "no key for the PIN block"},
	pinKeyRetired:         {message.ActionPINKeySynchronisation, arcDeclined, "key of the PIN block is retired: load a new one into terminal or host"},
	pinKeyUsed:            {message.ActionPINKeySynchronisation, arcDeclined, "key of the PIN block was used before"},
	orderWithPIN:          {message.ActionFormatError, arcDeclined, "card not present with a PIN block"},
	wrongPIN:              {message.ActionIncorrectPIN, arcIncorrectPIN, "online PIN is wrong"},
	wrongOfflinePIN:       {message.ActionIncorrectPIN, arcIncorrectPIN, "chip found the PIN wrong"},
	pinTriesExceeded:      {message.ActionPINTriesExceeded, arcPINTriesExceeded, "online PIN tries are used up"},
	pinNotYet:             {message.ActionIncorrectPIN, arcIncorrectPIN, "online PIN is the one that the chip does not have yet"},
	pinMissing:            {message.ActionPINRequired, arcDeclined, "first insertion without a PIN"},
	chipDataDiffer:        {message.ActionInvalidTransaction, arcDeclined, "chip data differ from the message"},
	reversedBefore:        {message.ActionDoNotHonour, arcDeclined, "was reversed before it came"},
	otherCurrency:         {message.ActionNotPermitted, arcDeclined, "currency is not that of the card's limits"},
	aboveTransactionLimit: {message.ActionExceedsLimit, arcExceedsLimit, "amount is above the limit of a transaction"},
	aboveDayLimit:         {message.ActionExceedsLimit, arcExceedsLimit, "amount is above the limit of the day"},
	pinRequired:           {message.ActionPINRequired, arcDeclined, "amount needs a PIN"},

	wrongChannel:             {message.ActionNotPermitted, arcDeclined, "type of transaction needs the card in the terminal"},
	wrongAmount:              {message.ActionInvalidAmount, arcDeclined, "type of transaction has no amount"},
	tooManyPayments:          {message.ActionExceedsFrequency, arcTooMany, "more payments than a day may have"},
	aboveCashLimit:           {message.ActionExceedsLimit, arcExceedsLimit, "cash is above the limit of the day"},
	aboveCashbackLimit:       {message.ActionExceedsLimit, arcExceedsLimit, "cash back is above its limit"},
	cashNeedsPIN:             {message.ActionPINRequired, arcDeclined, "type of transaction needs a PIN"},
	onlinePINMissing:         {message.ActionPINRequired, arcDeclined, "terminal took an online PIN that did not come"},
	dataAuthenticationFailed: {message.ActionDoNotHonour, arcDeclined, "offline data authentication failed"},
	numberRepeated:           {message.ActionDoNotHonour, arcDeclined, "unpredictable number was used before"},
	wrongCID:                 {message.ActionSecurityViolation, arcDeclined, "card identification digits are wrong"},
	cidTriesExceeded:         {message.ActionSecurityViolation, arcDeclined, "tries of card identification digits are used up"},
	cidMissing:               {message.ActionSecurityViolation, arcDeclined, "no card identification digits"},
	cidNotChecked:            {message.ActionSecurityViolation, arcDeclined, "no key for card identification digits: rotate the keys to draw one"},
	unknownECI:               {message.ActionFormatError, arcDeclined, "electronic commerce indicator is not known"},
	aevvMissing:              {message.ActionFormatError, arcDeclined, "authenticated order without its verification value"},
}

// String returns the reason as words.
func (r reason) String() string { return rows[r].text }
