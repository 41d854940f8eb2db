package story

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/f510b0cf/till/bench/cast"
	"github.com/f510b0cf/till/emv/pin"
	"github.com/f510b0cf/till/emv/secret"
	"github.com/f510b0cf/till/issuer/httpd"
)

func issue(ctx context.Context, w *World, args Args) (Result, error) {
	words, options, err := args.take(1, "under", "profile", "login")
	if err != nil {
		return Result{}, err
	}
	if !w.emulates() {
		return Result{}, errLabIssue
	}
	people := cast.People()
	i := slices.IndexFunc(people, func(p cast.Person) bool { return p.Login == words[0] })
	if i < 0 || w.people[words[0]] != nil {
		return Result{}, fmt.Errorf("%w: want the name of somebody of the cast who has no card yet", errArguments)
	}
	var under *holder
	kind := "primary"
	if name, ok := options["under"]; ok {
		kind = "supplementary"
		if under, err = w.person(name); err != nil {
			return Result{}, err
		}
	}
	profile := cast.ProfileName
	if name, ok := options["profile"]; ok {
		profile = name
	}
	switch login, ok := options["login"]; {
	case ok && login == "none":
		people[i].Unregistered = true
	case ok:
		return Result{}, fmt.Errorf("%w: a login can be none", errArguments)
	}
	h, err := w.issue(ctx, people[i], profile, under)
	if err != nil {
		return Result{}, err
	}
	return Result{
		Means:  fmt.Sprintf("%s, deactivated, no PIN", h.handout.PAN),
		Detail: map[string]any{"member": h.handout.Name, "kind": kind, "pan": h.handout.PAN, "profile": profile},
	}, nil
}

func open(ctx context.Context, w *World, args Args) (Result, error) {
	terminal, err := w.openOptions(args)
	if err != nil {
		return Result{}, err
	}
	if w.draft == nil {
		return Result{}, errors.New("the issuer is open already")
	}
	if err := w.terminalKeys(); err != nil {
		return Result{}, err
	}
	if err := w.openIssuer(); err != nil {
		return Result{}, err
	}
	if err := w.useTill(terminal); err != nil {
		return Result{}, err
	}
	for _, name := range w.names() {
		if w.people[name].handout.PasswordFile == "" {
			continue
		}
		if err := w.logIn(ctx, w.people[name]); err != nil {
			return Result{}, err
		}
	}
	return Result{Means: strings.Join(w.names(), ", ") + " logged in", Detail: map[string]any{
		"members": w.names(), "http": shown(http.MethodPost, "/login", http.StatusOK),
	}}, nil
}

// names returns the names of all who have a card, in order.
func (w *World) names() []string {
	names := make([]string, 0, len(w.people))
	for name := range w.people {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func activate(ctx context.Context, w *World, args Args) (Result, error) {
	result, err := w.request(ctx, args, http.MethodPost, "/activate")
	if status, ok := result.Detail["card"].(string); ok {
		result.Means = "card " + status
	}
	return result, err
}

func unblockPIN(ctx context.Context, w *World, args Args) (Result, error) {
	return w.request(ctx, args, http.MethodPost, "/pin/unblock")
}

func createPIN(ctx context.Context, w *World, args Args) (Result, error) {
	return w.setPIN(ctx, args, http.MethodPost)
}

func changePIN(ctx context.Context, w *World, args Args) (Result, error) {
	return w.setPIN(ctx, args, http.MethodPut)
}

// request asks for something without a PIN.
func (w *World) request(ctx context.Context, args Args, method, path string) (Result, error) {
	words, options, err := args.take(1, "card")
	if err != nil {
		return Result{}, err
	}
	who, whose, err := w.parties(words[0], options)
	if err != nil {
		return Result{}, err
	}
	return w.askFor(ctx, who, whose, method, path, nil)
}

// setPIN asks for a PIN to be created or changed.
func (w *World) setPIN(ctx context.Context, args Args, method string) (Result, error) {
	words, options, err := args.take(2, "card")
	if err != nil {
		return Result{}, err
	}
	who, whose, err := w.parties(words[0], options)
	if err != nil {
		return Result{}, err
	}
	p, err := w.notedPIN(words[1], whose)
	if err != nil {
		return Result{}, err
	}
	var body []byte
	p.Open(func(digits []byte) { // the password is wanted for a change alone
		who.password.Open(func(password []byte) { body = fmt.Appendf(nil, `{"pin":"%s","password":%q}`, digits, password) })
	})
	defer secret.Wipe(body)
	result, err := w.askFor(ctx, who, whose, method, "/pin", body)
	if err == nil && w.last.refusal == nil {
		whose.pin = p
	}
	return result, err
}

// parties returns who asks, and whose card it is about.
func (w *World) parties(name string, options map[string]string) (who, whose *holder, err error) {
	if err := w.opened(); err != nil {
		return nil, nil, err
	}
	if who, err = w.person(name); err != nil {
		return nil, nil, err
	}
	whose = who
	if other, ok := options["card"]; ok {
		whose, err = w.person(other)
	}
	return who, whose, err
}

// notedPIN reads a PIN, and notes it for the scan.
func (w *World) notedPIN(word string, h *holder) (pin.PIN, error) {
	p, err := parsePIN(word)
	if err != nil {
		return p, err
	}
	number, ok := w.pinNames[word]
	if !ok {
		number = len(w.pinNames) + 1
		w.pinNames[word] = number
	}
	return p, w.secrets.AddPIN(fmt.Sprintf("PIN %d of %s", number, h.handout.Login), p, h.account.Image.Applications[0].PAN)
}

// askFor asks the members' door for something on a card.
func (w *World) askFor(ctx context.Context, who, whose *holder, method, path string, body []byte) (Result, error) {
	var status httpd.Status
	err := w.issuer.door.ask(ctx, who.token, method, "/v1/cards/"+whose.handout.Card+path, body, &status)
	w.last = &outcome{expected: true}
	if refused := (*refusal)(nil); errors.As(err, &refused) {
		w.last = &outcome{refusal: refused}
		code := refused.form.Error.Code
		return Result{
			Means:  "refused: " + code,
			Detail: map[string]any{"refused": code, "text": refused.form.Error.Text, "http": shown(method, path, refused.status)},
		}, nil
	}
	if err != nil {
		return Result{}, err
	}
	return Result{
		Means: status.Text,
		Detail: map[string]any{
			"card": status.Card.Status, "pin": status.PIN, "text": status.Text, "next": status.Next, "http": shown(method, path, http.StatusOK),
		},
	}, nil
}

// status asks how somebody's card and PIN stand.
func (w *World) status(ctx context.Context, h *holder) (status httpd.Status, err error) {
	err = w.issuer.door.ask(ctx, h.token, http.MethodGet, "/v1/cards/"+h.handout.Card+"/pin", nil, &status)
	return status, err
}
