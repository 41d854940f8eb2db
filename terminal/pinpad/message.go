package pinpad

import (
	"fmt"

	"github.com/f510b0cf/till/terminal/kernel"
)

// messageTexts are the messages in plain words. EMV Book 4, 11.2 (from memory).
var messageTexts = map[kernel.Message]string{
	kernel.MessageApproved:     "Approved",
	kernel.MessageCardError:    "Card error",
	kernel.MessageDeclined:     "Declined",
	kernel.MessageIncorrectPIN: "Incorrect PIN",
	kernel.MessageNotAccepted:  "Not accepted",
	kernel.MessagePINOK:        "PIN OK",
	kernel.MessagePleaseWait:   "Please wait",
	kernel.MessageRemoveCard:   "Remove card",
	kernel.MessageUseMagStripe: "Use the magnetic stripe",
	kernel.MessageTryAgain:     "Try again",
	kernel.MessageLastPINTry:   "Last try: a wrong PIN now blocks it",
}

// Text returns a message as a display shows it.
func Text(m kernel.Message) string {
	if text, ok := messageTexts[m]; ok {
		return text
	}
	return fmt.Sprintf("Message %02X", uint8(m))
}
