package terminalcmd

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"runtime"

	"github.com/f510b0cf/till/cmd/till/internal/cli"
	"github.com/f510b0cf/till/emv/secret"
)

const (
	tokenMode = 0o600
	tokenMin  = 16 // characters
)

// token returns what cash registers have to show; zero where everybody on this machine
// is let in.
func (c *Serve) token(streams cli.Streams) (secret.Value, error) {
	if c.TokenFile == "" {
		if !isLoopback(c.Listen) {
			return secret.Value{}, errors.New("--listen: other machines could reach this address and take payments: give it a --token-file, or use a loopback address such as 127.0.0.1:8484")
		}
		return secret.Value{}, nil
	}
	info, err := os.Stat(c.TokenFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = makeToken(c.TokenFile, streams)
	case err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&^tokenMode != 0:
		err = fmt.Errorf("%s can be read or written by others: chmod 600 it, and make a new token if that may have happened", c.TokenFile)
	}
	if err != nil {
		return secret.Value{}, fmt.Errorf("--token-file: %w", err)
	}
	token, err := cli.Line{File: c.TokenFile, What: "token", Flag: "token"}.Read(streams, "")
	if err == nil && token.Len() < tokenMin {
		err = fmt.Errorf("--token-file: want a token of at least %d characters in its first line", tokenMin)
	}
	return token, err
}

// isLoopback reports whether an address is one that this machine alone reaches.
func isLoopback(address string) bool {
	name, _, err := net.SplitHostPort(address)
	ip, notIP := netip.ParseAddr(name)
	return err == nil && (name == "localhost" || notIP == nil && ip.IsLoopback())
}

// makeToken writes a new token, and says so.
func makeToken(path string, streams cli.Streams) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, tokenMode)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, rand.Text())
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		fmt.Fprintf(streams.Err, "till: made the token %s: cash registers show it\n", path)
	}
	return err
}
