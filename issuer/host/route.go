package host

import (
	"context"
	"fmt"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/issuer/message"
)

// answer returns the answer to a message, nil where there is to be none. An error
// closes the connection.
func (c *connection) answer(ctx context.Context, b []byte) ([]byte, error) {
	m, err := c.unpack(b)
	if err != nil {
		_ = c.config.Logger.Log("event", "message refused", "connection", c.number, "reason", err)
		return c.config.Dialect.Refuse(b, err)
	}
	if n, ok := m.(*message.NetworkManagement); ok {
		return c.config.Dialect.Pack(c.manage(n))
	}
	switch {
	case !m.Kind().IsRequest():
		return nil, fmt.Errorf("receive %s: nothing was asked: %w", m.Kind(), emv.ErrMalformed)
	case c.config.RequireSignOn && !c.signedOn:
		return nil, fmt.Errorf("receive %s: connection has not signed on", m.Kind())
	}
	return c.authorize(ctx, m), nil
}

// unpack reads a message, which is authentic where the line has a key to tell.
func (c *connection) unpack(b []byte) (message.Message, error) {
	if !c.config.MACKey.IsZero() {
		if err := c.config.Dialect.CheckMAC(b, c.config.MACKey); err != nil {
			return nil, err
		}
	}
	return c.config.Dialect.Unpack(b)
}

// authorize returns the Authorizer's answer. Where there is none the terminal is
// left to its time-out: its reversal puts right what may have been committed.
func (c *connection) authorize(ctx context.Context, m message.Message) []byte {
	answer, err := c.config.Authorizer.Answer(ctx, m)
	if err != nil {
		_ = c.config.Logger.Log("event", "no answer", "connection", c.number, "kind", m.Kind().String(), "stan", m.Head().STAN, "reason", err)
		return nil
	}
	return answer
}

// manage answers echo, sign-on and sign-off.
func (c *connection) manage(m *message.NetworkManagement) message.Message {
	action := message.ActionNetworkAccepted
	switch m.FunctionCode {
	case message.EchoTest:
	case message.SignOn:
		c.signedOn = true
	case message.SignOff:
		c.signedOn = false
	default:
		action = message.ActionFunctionNotSupported
	}
	return &message.NetworkManagementResponse{
		Acknowledgement: message.Acknowledgement{Header: m.Header.Reply(), ActionCode: action},
		FunctionCode:    m.FunctionCode,
	}
}
