package membercmd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/terminal/pinpad/keyboard"
)

// Password is how a command gets the password of a login.
type Password struct {
	PasswordFile string `placeholder:"FILE" help:"Read the password of the login from the first line of FILE; else it is asked for without echo."`
}

// read returns the password, from the file or the keyboard.
func (p Password) read(ctx context.Context, streams cli.Streams) (secret.Value, error) {
	if p.PasswordFile != "" {
		return notEmpty(passwordLine(p.PasswordFile))
	}
	tty, _ := streams.In.(*os.File)
	value, err := keyboard.ReadHidden(ctx, tty, streams.Err, "Password: ")
	if errors.Is(err, keyboard.ErrNoTTY) {
		err = fmt.Errorf("%w: name a file with --password-file", err)
	}
	if err != nil {
		return value, fmt.Errorf("read password: %w", err)
	}
	return notEmpty(value, nil)
}

// notEmpty refuses a password that is none, before it counts as a wrong one.
func notEmpty(password secret.Value, err error) (secret.Value, error) {
	if err == nil && password.Len() == 0 {
		err = errors.New("read password: there is none on the first line")
	}
	return password, err
}

// passwordLine reads the first line of a file. The error leaves out its name: a
// password may have been typed there.
func passwordLine(path string) (secret.Value, error) {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		var content []byte
		content, err = io.ReadAll(io.LimitReader(f, member.PasswordMax+2)) // with a line break
		defer secret.Wipe(content)
		line, _, _ := bytes.Cut(content, []byte("\n"))
		if err == nil {
			return secret.New(bytes.TrimRight(line, "\r")), nil
		}
	}
	return secret.Value{}, fmt.Errorf("read password: %w", cause(err))
}
