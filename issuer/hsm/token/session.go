//go:build pkcs11 && cgo

package token

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/miekg/pkcs11"
)

// library is held while one is loaded: PKCS#11 has one state for each process and
// library.
var library sync.Mutex

// session is a session of the token's user.
type session struct {
	*pkcs11.Ctx
	handle pkcs11.SessionHandle
}

// session logs in, does something, and ends all that.
func (t token) session(flags uint, do func(*session) error) error {
	library.Lock()
	defer library.Unlock()
	ctx := pkcs11.New(t.config.Module)
	if ctx == nil {
		return fmt.Errorf("load %s: it is no PKCS#11 library, or not there: name that of the token by --pkcs11-module", t.config.Module)
	}
	defer ctx.Destroy()
	err := ctx.Initialize()
	if err == nil {
		defer func() { _ = ctx.Finalize() }()
	} else if !is(err, pkcs11.CKR_CRYPTOKI_ALREADY_INITIALIZED) { // by somebody else in this process, who finalizes
		return fmt.Errorf("initialize %s: %w", t.config.Module, err)
	}
	slot, err := t.slot(ctx)
	if err != nil {
		return err
	}
	s := &session{Ctx: ctx}
	if s.handle, err = ctx.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|flags); err != nil {
		return fmt.Errorf("open session with token %q: %w", t.config.Label, err)
	}
	defer func() { _ = ctx.CloseSession(s.handle) }()
	if err := t.logIn(s); err != nil {
		return fmt.Errorf("log in to token %q: %w", t.config.Label, err)
	}
	defer func() { _ = ctx.Logout(s.handle) }()
	return do(s)
}

// slot returns the slot of the token, which must allow a wrong PIN.
func (t token) slot(ctx *pkcs11.Ctx) (found uint, err error) {
	slots, err := ctx.GetSlotList(true)
	if err != nil {
		return 0, fmt.Errorf("list tokens: %w", err)
	}
	count := 0
	for _, slot := range slots {
		info, err := ctx.GetTokenInfo(slot)
		if err != nil || strings.TrimRight(info.Label, " \x00") != t.config.Label {
			continue // a token that was just pulled is not the one
		}
		count++
		found = slot
		switch {
		case info.Flags&pkcs11.CKF_USER_PIN_LOCKED != 0:
			return 0, fmt.Errorf("token %q: %w", t.config.Label, errLocked)
		case info.Flags&pkcs11.CKF_USER_PIN_FINAL_TRY != 0:
			return 0, fmt.Errorf("token %q has one PIN try left, which is not risked: log in with a tool of the token first", t.config.Label)
		}
	}
	if count != 1 {
		return 0, fmt.Errorf("there are %d tokens with the label %q, want one: name it by --pkcs11-token", count, t.config.Label)
	}
	return found, nil
}

var errLocked = errors.New("its PIN is locked: the token's security officer can set another")

// logIn logs the user in.
func (t token) logIn(s *session) (err error) {
	pin, err := t.config.PIN()
	if err != nil {
		return err
	}
	pin.Open(func(clear []byte) { err = s.Login(s.handle, pkcs11.CKU_USER, string(clear)) })
	switch {
	case is(err, pkcs11.CKR_USER_ALREADY_LOGGED_IN):
		return nil
	case is(err, pkcs11.CKR_PIN_INCORRECT), is(err, pkcs11.CKR_PIN_LEN_RANGE), is(err, pkcs11.CKR_PIN_INVALID):
		return errors.New("its PIN is another: give that of its user; too many wrong ones lock the token")
	case is(err, pkcs11.CKR_PIN_LOCKED):
		return errLocked
	}
	return err
}

// is reports whether an error is a return value of PKCS#11.
func is(err error, code pkcs11.Error) bool {
	var got pkcs11.Error
	return errors.As(err, &got) && got == code
}
