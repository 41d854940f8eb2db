package story

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/f510b0cf/till/bench/cast"
	"github.com/f510b0cf/till/issuer/channel/ivr/care"
)

// agent has the agent of customer care ask the caller, who answers as himself or, with
// agent=NAME, as somebody else; and hears what comes of it.
func (c *caller) agent(ctx context.Context, word string) error {
	if !c.world.care {
		return errors.New("there is no customer care: open the issuer with care=true")
	}
	as := c.holder
	if _, name, ok := strings.Cut(word, "="); ok {
		var err error
		if as, err = c.world.person(name); err != nil {
			return err
		}
	}
	people := cast.People()
	i := slices.IndexFunc(people, func(p cast.Person) bool { return p.Login == as.handout.Login })
	answers := people[i]
	if c.holder != as { // the card is his own, the answers are not
		answers.PAN = people[slices.IndexFunc(people, func(p cast.Person) bool { return p.Login == c.holder.handout.Login })].PAN
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	desk := http.Client{Transport: c.world.issuer.door.client.Transport, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	number := strconv.Itoa(c.world.calls - c.world.callsBefore)
	for _, form := range []struct {
		path   string
		values url.Values
	}{
		{"/login", url.Values{"name": {agentName}, "password": {agentPassword}}},
		{"/identify", url.Values{
			"call": {number}, "holder": {answers.Name}, "last": {answers.PAN[len(answers.PAN)-4:]},
			"birth": {fmt.Sprintf("%04d-%02d-%02d", answers.Birth.Year, answers.Birth.Month, answers.Birth.Day)},
		}},
	} {
		if err := c.ask(ctx, desk, form.path, form.values); err != nil {
			return err
		}
	}
	return c.send(ctx, "")
}

// ask sends a form of the agent's page.
func (c *caller) ask(ctx context.Context, desk http.Client, path string, values url.Values) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.world.URL()+care.Path+path, strings.NewReader(values.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", c.world.URL())
	response, err := desk.Do(r)
	if err != nil {
		return fmt.Errorf("ask customer care: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("ask customer care: HTTP status %d", response.StatusCode)
	}
	return nil
}
