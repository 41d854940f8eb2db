package democmd

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/f510b0cf/till/bench/story"
	"github.com/f510b0cf/till/cmd/till/internal/cli"
)

// serve goes on serving until ctx ends, and tells how to go on.
func serve(ctx context.Context, w *story.World, dir string, asJSON bool, streams cli.Streams) error {
	at, err := w.Serve()
	if err != nil {
		return cli.Failed{Err: err}
	}
	if err := tellServing(at, dir, asJSON, streams); err != nil {
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
func tellServing(at story.Serving, dir string, asJSON bool, streams cli.Streams) error {
	if asJSON {
		return json.NewEncoder(streams.Out).Encode(map[string]any{"serving": at})
	}
	_, err := fmt.Fprintf(streams.Out, `
The issuer goes on serving. In another window:

  cd %[1]s
  till login --issuer %[2]s --name anna --password-file %[4]s
  till pin status
  till pin change
  till checkout --reader image:%[5]s --key %[6]s --amount 12.34 \
      --host %[3]s --journal %[7]s --pin-file %[8]s
  till pin status

members    %[2]s
terminals  %[3]s, ISO 8583

The PIN of the last change is in %[8]s. Ctrl-C ends the issuer, and removes
%[1]s with all that is in it.
`, dir, at.Members, at.Terminals, at.Password, at.Card, at.Key, at.Journal, at.PIN)
	return err
}
