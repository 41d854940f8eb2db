package doors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"

	"github.com/f510b0cf/till/issuer"
	"github.com/f510b0cf/till/issuer/httpd"
)

// Operators is the operators' door of an issuer of this machine, by its data
// directory.
type Operators string

// ErrNotRunning says that nobody listens at the operators' door.
var ErrNotRunning = errors.New("no issuer runs")

// notRunning is ErrNotRunning with what to do.
type notRunning struct{ data Operators }

// Error returns what happened and what to do next.
func (e notRunning) Error() string {
	return fmt.Sprintf("%s on %s: start it with `till issuer serve --data %s`", ErrNotRunning, e.data, filepath.Clean(string(e.data)))
}

// Unwrap returns ErrNotRunning.
func (e notRunning) Unwrap() error { return ErrNotRunning }

// Overview asks how the issuer is.
func (o Operators) Overview(ctx context.Context) (overview httpd.Overview, err error) {
	return overview, o.Ask(ctx, http.MethodGet, "/v1/status", &overview)
}

// Ask sends a request and reads the answer into result.
func (o Operators) Ask(ctx context.Context, method, path string, result any) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	response, err := o.send(ctx, method, path)
	if err != nil {
		return err
	}
	return read(response, result)
}

// Backup writes a backup, which may take long. Its own check tells whether it is
// whole.
func (o Operators) Backup(ctx context.Context, w io.Writer) error {
	response, err := o.send(ctx, http.MethodGet, "/v1/backup")
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return read(response, nil)
	}
	defer response.Body.Close()
	if _, err = io.Copy(w, response.Body); err != nil {
		return fmt.Errorf("read backup from the issuer: it broke off: %w", err)
	}
	return nil
}

func (o Operators) send(ctx context.Context, method, path string) (*http.Response, error) {
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", issuer.Socket(string(o)))
		},
	}}
	r, err := http.NewRequestWithContext(ctx, method, "http://operator"+path, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(r)
	switch {
	case err != nil && dialled(err):
		return nil, notRunning{o}
	case err != nil:
		return nil, errors.New("the issuer broke off: look at the journal before you try again")
	}
	return response, nil
}
