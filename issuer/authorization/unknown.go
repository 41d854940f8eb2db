package authorization

import "github.com/f510b0cf/till/issuer/message"

// answerUnknown answers a message about an account that has no card here. An
// advice or a reversal is acknowledged all the same, so that its terminal does not
// send it for ever. Nothing is stored: there is no account to store it under.
func (w *work) answerUnknown(m message.Message) ([]byte, error) {
	w.logUnknown(m)
	action := message.ActionNoCardRecord
	switch m.Kind() {
	case message.KindAdvice:
		action = message.ActionAdviceAccepted
	case message.KindReversal:
		action = message.ActionReversalAccepted
	}
	return w.config.Dialect.Pack(refuse(m, action))
}

// refuse returns an answer that says nothing but an action code.
func refuse(m message.Message, action message.ActionCode) message.Message {
	acknowledged := message.Acknowledgement{Header: m.Head().Reply(), ActionCode: action}
	switch m.Kind() {
	case message.KindAdvice:
		return &message.AdviceResponse{Acknowledgement: acknowledged}
	case message.KindReversal:
		return &message.ReversalResponse{Acknowledgement: acknowledged}
	}
	return &message.AuthorizationResponse{Header: acknowledged.Header, ActionCode: action}
}
