package browser_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/stretchr/testify/require"
)

// follow opens a stream of live notices as the app does, whose bytes a browser does not
// show to who looks on, and notes them until the test ends.
func (b *browser) follow(s *shop, name, password string) {
	b.t.Helper()
	body, err := json.Marshal(map[string]string{"name": name, "password": password})
	require.NoError(b.t, err)
	response, err := http.Post(s.URL()+"/v1/login", "application/json", strings.NewReader(string(body)))
	require.NoError(b.t, err)
	defer response.Body.Close()
	var login struct{ Token string }
	require.NoError(b.t, json.NewDecoder(response.Body).Decode(&login))
	ctx, stop := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL()+"/v1/events", nil)
	require.NoError(b.t, err)
	r.Header.Set("Authorization", "Bearer "+login.Token)
	stream, err := http.DefaultClient.Do(r)
	require.NoError(b.t, err)
	require.Equal(b.t, http.StatusOK, stream.StatusCode)
	over := make(chan struct{})
	go func() {
		defer close(over)
		for lines := bufio.NewScanner(stream.Body); lines.Scan(); {
			b.keep(&b.live, lines.Text())
		}
	}()
	b.t.Cleanup(func() {
		stop()
		<-over
		_ = stream.Body.Close()
	})
}
