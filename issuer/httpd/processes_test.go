package httpd_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel"
	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/member"
	"github.com/f510b0cf/till/issuer/store"
)

// hooked is the store of a process, in which another process does something behind the
// next read of a member.
type hooked struct {
	store.Store
	happens *func()
}

// Members returns the members.
func (h hooked) Members() store.Members { return hookedMembers{h.Store.Members(), h.happens} }

type hookedMembers struct {
	store.Members
	happens *func()
}

// Get returns a member.
func (h hookedMembers) Get(ctx context.Context, id member.ID) (member.Member, error) {
	if happens := *h.happens; happens != nil {
		*h.happens = nil
		happens()
	}
	return h.Members.Get(ctx, id)
}

// TestRefreshAtTwoProcesses: a refresh token that comes to two processes at once is
// exchanged once, and the login ends: one of the two had stolen it.
func TestRefreshAtTwoProcesses(t *testing.T) {
	var happens func()
	var config httpd.Config
	b := newBank(t, func(c *httpd.Config) { config = *c })
	var err error
	config.Channel, err = channel.New(channel.Config{Store: b.store, PINs: b.module, Clock: b.clock})
	require.NoError(t, err)
	config.Store = hooked{b.store, &happens}
	doors, err := httpd.New(config)
	require.NoError(t, err)
	other := httptest.NewServer(doors.Members())
	t.Cleanup(other.Close)
	type tokens struct{ Token, Refresh string }
	var login, exchanged tokens
	status, text := b.ask("POST", b.members.URL+"/v1/login", `{"name":"anna","password":"`+passwordOfAnna+`","refresh":"body"}`)
	require.Equal(t, http.StatusOK, status, text)
	decode(t, text, &login)
	happens = func() {
		status, text := b.ask("POST", b.members.URL+"/v1/refresh", `{"refresh":"`+login.Refresh+`"}`)
		require.Equal(t, http.StatusOK, status, text)
		decode(t, text, &exchanged)
	}
	status, _ = b.ask("POST", other.URL+"/v1/refresh", `{"refresh":"`+login.Refresh+`"}`)
	assert.Equal(t, http.StatusUnauthorized, status)
	require.NotEmpty(t, exchanged.Token)
	status, _ = b.ask("GET", b.members.URL+"/v1/cards", "", "Authorization", "Bearer "+exchanged.Token)
	assert.Equal(t, http.StatusUnauthorized, status, "the login has ended")
}
