package httpd_test

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/issuer/httpd"
	"github.com/f510b0cf/till/issuer/store"
)

// weather is what an issuer can suffer.
type weather struct {
	contended bool // others change a card between each look at it and what follows
	crowded   bool // logins wait
	failed    bool // the store takes no update
	full      chan struct{}
	release   chan struct{}
}

// over puts the weather over an issuer.
func (w *weather) over(c *httpd.Config) {
	c.StoreFailed = func() bool { return w.failed }
	c.Store = contention{counted{c.Store, func(step string) {
		if w.crowded && step == "find" {
			w.full <- struct{}{}
			<-w.release
		}
	}}, w}
}

// contention is a store in which others change a card all the time.
type contention struct {
	store.Store
	*weather
}

func (s contention) View(ctx context.Context, ref account.Ref, fn func(store.Snapshot) error) error {
	err := s.Store.View(ctx, ref, fn)
	if s.contended && err == nil {
		err = s.Update(ctx, ref, func(tx store.Tx) error {
			tx.Card().Tries ^= 1
			return nil
		})
	}
	return err
}

// busy asks while too many others do.
func (u tour) busy(w *weather, anna []string) {
	u.t.Helper()
	b := u.b
	mine, carl := b.card.String(), b.tokenOf("carl", "long enough")
	w.contended = true
	b.change(b.card, func(r *store.Record) { r.Status = store.NotActivated })
	u.ask(503, "POST", "/v1/cards/{ref}/activate", mine, "", anna...)
	b.change(b.card, func(r *store.Record) { r.Status = store.Active })
	u.ask(503, "POST", pinPath+"/unblock", mine, "", anna...)
	u.ask(503, "POST", pinPath, b.module.Ref(panOf(u.t, panOfCarl), 0).String(), `{"pin":"8361"}`, carl...)
	w.contended = false

	w.crowded, w.release = true, make(chan struct{})
	var group sync.WaitGroup
	for n := range 32 {
		group.Go(func() { b.from(fmt.Sprintf("192.0.2.%d:1", n), fmt.Sprint("nobody", n), "x") })
		<-w.full
	}
	u.ask(503, "POST", "/v1/login", "", `{"name":"anna","password":"x"}`)
	u.ask(503, "POST", "/v1/register", "", `{"pan":"374245001751006","expires":"3512","cid":"1234","name":"x","password":"long enough"}`)
	u.ask(503, "PUT", pinPath, mine, `{"pin":"8361","password":"x"}`, anna...)
	w.crowded = false
	close(w.release)
	group.Wait()
}

// everywhere asks all operations of some methods, or of all, of which each is answered
// with a status.
func (u tour) everywhere(status int, methods string, anna []string, headers ...string) {
	u.t.Helper()
	asked := map[string]bool{}
	for _, operation := range u.Operations() {
		part := strings.Fields(operation)
		method, path := part[0], part[1]
		switch {
		case methods != "" && !strings.Contains(methods, method), asked[method+path]:
			continue
		case path == "/healthz" && status == 500:
			continue // it tells 503
		}
		asked[method+path] = true
		body := ""
		if method == "PUT" || path == pinPath && method == "POST" || path == "/v1/login" || path == "/v1/refresh" || path == "/v1/register" {
			body = `{"name":"x","password":"long enough","pin":"8361","refresh":"","pan":"374245001751006","expires":"3512","cid":"1234"}`
		}
		u.ask(status, method, path, u.b.card.String(), body, append(headers, anna...)...)
	}
}
