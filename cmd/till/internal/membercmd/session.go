package membercmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
	"unicode"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/cmd/till/internal/doors"
	"github.com/f510b0cf/till/emv/secret"
)

// Session is where a command finds the login.
type Session struct {
	File string `name:"session" env:"TILL_SESSION" placeholder:"FILE" help:"File of the login. Default: till/session.json below the configuration directory of the user."`
}

// session is a login as the issuer answers it and as its file has it. Who has the
// token is the member.
type session struct {
	Issuer  string    `json:"issuer"`
	Name    string    `json:"name"`
	Token   string    `json:"token"`
	Expires time.Time `json:"expires"`
}

// isWhole reports whether nothing of a login is missing that the commands need.
func (s session) isWhole() bool {
	return doors.IsURL(s.Issuer) && s.Token != "" && !s.Expires.IsZero() && !strings.ContainsFunc(s.Name+s.Token, unicode.IsControl)
}

// door returns the members' door as the login opens it.
func (s session) door() doors.Members { return doors.Members{URL: s.Issuer, Token: s.Token} }

const (
	sessionMode fs.FileMode = 0o600
	folderMode  fs.FileMode = 0o700
	othersMode  fs.FileMode = 0o077   // permissions that the file must not give
	sessionMax              = 1 << 16 // bytes
)

// path returns the file of the login.
func (s Session) path() (string, error) {
	if s.File != "" {
		return s.File, nil
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("find login: %w: name its file with --session", err)
	}
	return filepath.Join(dir, "till", "session.json"), nil
}

// save writes a login. The file appears as a whole or not at all.
func (s Session) save(login session) error {
	path, err := s.path()
	if err != nil {
		return err
	}
	content, err := json.Marshal(login)
	defer secret.Wipe(content)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), folderMode); err != nil {
		return fmt.Errorf("keep login: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".session-*")
	if err != nil {
		return fmt.Errorf("keep login: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(append(content, '\n'))
	if err = errors.Join(err, f.Chmod(sessionMode), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keep login: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("keep login: %w", err)
	}
	return nil
}

// errNoLogin says what to do where there is no login.
var errNoLogin = errors.New("you are not logged in: log in with `till login`")

// open returns the members' door as the login opens it.
func (s Session) open() (doors.Members, error) {
	path, err := s.path()
	if err != nil {
		return doors.Members{}, err
	}
	login, err := readLogin(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return doors.Members{}, cli.Failed{Err: errNoLogin}
	case err != nil:
		return doors.Members{}, cli.Failed{Err: fmt.Errorf("read login %s: %w: log in again with `till login`", path, err)}
	}
	return login.door(), nil
}

// Why the file of a login is not taken.
var (
	errNoFile  = errors.New("it is not a file")
	errOpen    = errors.New("others may read it, so that its login may not be yours alone")
	errDamaged = errors.New("it is damaged")
)

// readLogin reads the file of a login, which must be its owner's alone.
func readLogin(path string) (login session, err error) {
	info, err := os.Stat(path) // before it is opened: who opens a pipe waits
	switch {
	case err != nil:
		return login, cause(err)
	case !info.Mode().IsRegular():
		return login, errNoFile
	case runtime.GOOS != "windows" && info.Mode().Perm()&othersMode != 0:
		return login, errOpen
	}
	f, err := os.Open(path)
	if err != nil {
		return login, cause(err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, sessionMax))
	defer func() { secret.Wipe(content) }()
	if err != nil {
		return login, cause(err)
	}
	if json.Unmarshal(content, &login) != nil || !login.isWhole() {
		return login, errDamaged
	}
	return login, nil
}

// cause returns an error of a file without the file's name, which is told already.
func cause(err error) error {
	if in := (*fs.PathError)(nil); errors.As(err, &in) {
		return in.Err
	}
	return err
}
