package authorization

import "github.com/f510b0cf/till/issuer/message"

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
	wrongAEVV
	aevvTriesExceeded
	aevvNotChecked
)

// row is what a reason is in the answer and in the journal.
type row struct {
	action message.ActionCode
	text   string
}

// rows is the table of reasons. A wrong cryptogram, a replay and a wedge look
// like any refusal from outside; the journal tells them apart.
var rows = [...]row{
	approved:              {message.ActionApproved, "approved"},
	malformedChipData:     {message.ActionFormatError, "chip data can not be read"},
	orderWithChipData:     {message.ActionFormatError, "card not present with chip data"},
	stripeWithChipData:    {message.ActionFormatError, "stripe or key entry with chip data"},
	notSupported:          {message.ActionFunctionNotSupported, "type of transaction is not offered"},
	notActivated:          {message.ActionCardNotEffective, "card is not activated"},
	blocked:               {message.ActionRestrictedCard, "card is blocked"},
	lost:                  {message.ActionPickUpLostCard, "card is lost"},
	stolen:                {message.ActionPickUpStolenCard, "card is stolen"},
	expired:               {message.ActionExpiredCard, "card is expired"},
	closed:                {message.ActionRestrictedCard, "card is closed"},
	expiryDiffers:         {message.ActionExpiredCard, "expiry differs from the card's"},
	badCryptogram:         {message.ActionDoNotHonour, "cryptogram is wrong"},
	cardKeysRetired:       {message.ActionDoNotHonour, "master keys of the card are retired"},
	atcNotNew:             {message.ActionDoNotHonour, "ATC is not new"},
	wedge:                 {message.ActionDoNotHonour, "terminal claims an offline PIN that the chip did not see"},
	pinBlockFault:         {message.ActionInvalidPINBlock, "PIN block can not be read"},
	pinKeyFault:           {message.ActionPINKeySynchronisation, "no key for the PIN block"},
	pinKeyRetired:         {message.ActionPINKeySynchronisation, "key of the PIN block is retired: load a new one into terminal or host"},
	pinKeyUsed:            {message.ActionPINKeySynchronisation, "key of the PIN block was used before"},
	orderWithPIN:          {message.ActionFormatError, "card not present with a PIN block"},
	wrongPIN:              {message.ActionIncorrectPIN, "online PIN is wrong"},
	wrongOfflinePIN:       {message.ActionIncorrectPIN, "chip found the PIN wrong"},
	pinTriesExceeded:      {message.ActionPINTriesExceeded, "online PIN tries are used up"},
	pinNotYet:             {message.ActionIncorrectPIN, "online PIN is the one that the chip does not have yet"},
	pinMissing:            {message.ActionPINRequired, "first insertion without a PIN"},
	chipDataDiffer:        {message.ActionInvalidTransaction, "chip data differ from the message"},
	reversedBefore:        {message.ActionDoNotHonour, "was reversed before it came"},
	otherCurrency:         {message.ActionNotPermitted, "currency is not that of the card's limits"},
	aboveTransactionLimit: {message.ActionExceedsLimit, "amount is above the limit of a transaction"},
	aboveDayLimit:         {message.ActionExceedsLimit, "amount is above the limit of the day"},
	pinRequired:           {message.ActionPINRequired, "amount needs a PIN"},

	wrongChannel:             {message.ActionNotPermitted, "type of transaction needs the card in the terminal"},
	wrongAmount:              {message.ActionInvalidAmount, "type of transaction has no amount"},
	tooManyPayments:          {message.ActionExceedsFrequency, "more payments than a day may have"},
	aboveCashLimit:           {message.ActionExceedsLimit, "cash is above the limit of the day"},
	aboveCashbackLimit:       {message.ActionExceedsLimit, "cash back is above its limit"},
	cashNeedsPIN:             {message.ActionPINRequired, "type of transaction needs a PIN"},
	onlinePINMissing:         {message.ActionPINRequired, "terminal took an online PIN that did not come"},
	dataAuthenticationFailed: {message.ActionDoNotHonour, "offline data authentication failed"},
	numberRepeated:           {message.ActionDoNotHonour, "unpredictable number was used before"},
	wrongCID:                 {message.ActionSecurityViolation, "card identification digits are wrong"},
	cidTriesExceeded:         {message.ActionSecurityViolation, "tries of card identification digits are used up"},
	cidMissing:               {message.ActionSecurityViolation, "no card identification digits"},
	cidNotChecked:            {message.ActionSecurityViolation, "no key for card identification digits: rotate the keys to draw one"},
	unknownECI:               {message.ActionFormatError, "electronic commerce indicator is not known"},
	aevvMissing:              {message.ActionFormatError, "authenticated order without its verification value"},
	wrongAEVV:                {message.ActionSecurityViolation, "verification value of the authentication is wrong"},
	aevvTriesExceeded:        {message.ActionSecurityViolation, "tries of identification digits and verification values are used up"},
	aevvNotChecked:           {message.ActionSecurityViolation, "no key for verification values: rotate the keys to draw one"},
}

// String returns the reason as words.
func (r reason) String() string { return rows[r].text }
