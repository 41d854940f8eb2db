package message

// Kind is what a message is for. Dialects write it as a message type identifier
// (MTI): 1100 in ISO 8583:1993.
type Kind uint8

// The kinds of messages.
const (
	KindAuthorizationRequest Kind = iota + 1
	KindAuthorizationResponse
	KindAdvice
	KindAdviceResponse
	KindReversal
	KindReversalResponse
	KindNetworkManagement
	KindNetworkManagementResponse
)

var kindNames = [...]string{
	"unknown message",
	KindAuthorizationRequest:      "authorization request",
	KindAuthorizationResponse:     "authorization request response",
	KindAdvice:                    "authorization advice",
	KindAdviceResponse:            "authorization advice response",
	KindReversal:                  "reversal advice",
	KindReversalResponse:          "reversal advice response",
	KindNetworkManagement:         "network management request",
	KindNetworkManagementResponse: "network management request response",
}

// String returns the name that ISO 8583 gives the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[0]
}

// IsRequest reports whether the message asks for a response.
func (k Kind) IsRequest() bool { return k.Response() != 0 }

// Response returns the kind of the answer, 0 for what is an answer itself.
func (k Kind) Response() Kind {
	switch k {
	case KindAuthorizationRequest, KindAdvice, KindReversal, KindNetworkManagement:
		return k + 1
	}
	return 0
}

// newMessage returns an empty message of the kind, which is a known one.
func newMessage(k Kind) Message {
	switch k {
	case KindAuthorizationRequest:
		return new(AuthorizationRequest)
	case KindAuthorizationResponse:
		return new(AuthorizationResponse)
	case KindAdvice:
		return new(Advice)
	case KindAdviceResponse:
		return new(AdviceResponse)
	case KindReversal:
		return new(Reversal)
	case KindReversalResponse:
		return new(ReversalResponse)
	case KindNetworkManagement:
		return new(NetworkManagement)
	}
	return new(NetworkManagementResponse)
}
