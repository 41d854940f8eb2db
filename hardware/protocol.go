package hardware

import "github.com/f510b0cf/till/emv/atr"

// Protocoler is a Card that knows the protocol that its reader speaks with it.
type Protocoler interface{ Protocol() atr.Protocol }
