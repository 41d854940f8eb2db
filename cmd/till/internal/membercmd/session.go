package membercmd

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

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

const (
	sessionMode fs.FileMode = 0o600
	folderMode  fs.FileMode = 0o700
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
	return os.Rename(f.Name(), path)
}

// errNoLogin says what to do where there is no login.
var errNoLogin = errors.New("you are not logged in: log in with `till login`")

// open returns the members' door as the login opens it.
func (s Session) open() (doors.Members, error) {
	path, err := s.path()
	if err != nil {
		return doors.Members{}, err
	}
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return doors.Members{}, cli.Failed{Err: errNoLogin}
	}
	var login session
	if err != nil || json.Unmarshal(content, &login) != nil {
		return doors.Members{}, fmt.Errorf("read login: %s can not be read: log in again with `till login`", path)
	}
	return doors.Members{URL: login.Issuer, Token: login.Token}, nil
}
