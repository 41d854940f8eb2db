package authorization

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/message"
)

// A stored reply is the key of a digest, the digest of the message that it
// answered, and the answer. All of it is sealed.
const (
	purposeReply   = "reply"
	digestKeyBytes = 16
	replyHeadBytes = digestKeyBytes + sha256.Size
)

// sealReply returns what is stored for the message to be known when it comes again.
func (w *work) sealReply(m message.Message, answer []byte) ([]byte, error) {
	reply := make([]byte, replyHeadBytes, replyHeadBytes+len(answer))
	if _, err := io.ReadFull(w.config.Random, reply[:digestKeyBytes]); err != nil {
		return nil, fmt.Errorf("draw key of a digest: %w", err)
	}
	digest, err := w.config.Dialect.Digest(m, secret.New(reply[:digestKeyBytes]))
	if err != nil {
		return nil, err
	}
	copy(reply[digestKeyBytes:], digest[:])
	reply = append(reply, answer...)
	defer secret.Wipe(reply) // the answer holds the account number
	return w.config.Module.Seal(purposeReply, w.ref, reply)
}

// answerAgain answers a message whose key is known: with the bytes of then where
// it is the same message, else as a duplicate. Neither changes anything.
func (w *work) answerAgain(m message.Message) (answer []byte, err error) {
	stored, err := w.config.Module.Unseal(purposeReply, w.ref, w.reply)
	if err != nil {
		return nil, err
	}
	same := false
	stored.Open(func(reply []byte) {
		if len(reply) > replyHeadBytes {
			same, err = w.repeats(m, reply[:replyHeadBytes])
			answer = append(answer, reply[replyHeadBytes:]...)
		}
	})
	if err != nil {
		return nil, err
	}
	w.logRepeat(m, same)
	if same {
		return answer, nil
	}
	return w.config.Dialect.Pack(refuse(m, message.ActionDuplicate))
}

// repeats reports whether the message has the digest of a stored reply.
func (w *work) repeats(m message.Message, head []byte) (bool, error) {
	digest, err := w.config.Dialect.Digest(m, secret.New(head[:digestKeyBytes]))
	return err == nil && subtle.ConstantTimeCompare(digest[:], head[digestKeyBytes:]) == 1, err
}
