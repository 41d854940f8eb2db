package democmd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// serve goes on serving until ctx ends, and tells how to go on.
func serve(ctx context.Context, w *story.World, asJSON bool, streams cli.Streams) error {
	at, err := w.Serve()
	if err != nil {
		return cli.Failed{Err: err}
	}
	if err := tellServing(at, asJSON, streams); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-at.Ended:
		return cli.Failed{Err: fmt.Errorf("the issuer has ended: %w", err)}
	}
}

// tellServing tells the addresses, and commands for another window.
func tellServing(at story.Serving, asJSON bool, streams cli.Streams) error {
	if asJSON {
		return json.NewEncoder(streams.Out).Encode(map[string]any{"serving": at})
	}
	_, err := fmt.Fprintf(streams.Out, `
The issuer goes on serving. In another window:

  cd %[1]s
  %[9]s login --issuer %[2]s --name anna --password-file %[4]s
  %[9]s pin status
  %[9]s pin change --password-file %[4]s
  %[9]s checkout --reader image:%[5]s --key %[6]s --amount 12.34 \
      --host %[3]s --journal %[7]s --pin-file %[8]s
  %[9]s pin status

members    %[2]s
  pages    %[10]s, as anna with the password in %[4]s
  app      %[11]s
terminals  %[3]s, ISO 8583

The old PIN is in %[8]s. Ctrl-C ends the issuer, and removes the folder
%[1]s with all that is in it.
`, at.Folder, at.Members, at.Terminals, at.Password, at.Card, at.Key, at.Journal, at.PIN, self(), at.Pages, at.App)
	return err
}

// self is how this program is called from another folder.
func self() string {
	if !strings.ContainsRune(os.Args[0], os.PathSeparator) {
		return os.Args[0]
	}
	path, err := filepath.Abs(os.Args[0])
	if err != nil {
		return os.Args[0]
	}
	return path
}
