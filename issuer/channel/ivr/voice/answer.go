package voice

import (
	"encoding/xml"
	"fmt"
	"time"

	"github.com/f510b0cf/till/issuer/channel/ivr"
	"github.com/f510b0cf/till/issuer/channel/ivr/prompts"
)

// response is the document that tells the provider what to do, top to bottom.
type response struct {
	XMLName  xml.Name  `xml:"Response"`
	Say      []string  `xml:"Say,omitempty"`
	Gather   *gather   `xml:"Gather,omitempty"`
	Pause    *pause    `xml:"Pause,omitempty"`
	Redirect *redirect `xml:"Redirect,omitempty"`
	Hangup   *struct{} `xml:"Hangup,omitempty"`
}

// gather says announcements, takes keys, and sends them; a key ends the announcements.
type gather struct {
	Input       string   `xml:"input,attr"`
	Timeout     int      `xml:"timeout,attr"` // seconds, until the first key and after each
	NumDigits   uint8    `xml:"numDigits,attr,omitempty"`
	FinishOnKey string   `xml:"finishOnKey,attr"`
	Action      string   `xml:"action,attr"`
	Method      string   `xml:"method,attr"`
	Say         []string `xml:"Say"`
}

type pause struct {
	Length int `xml:"length,attr"` // seconds
}

// redirect has the provider ask again, here where no key came.
type redirect struct {
	Method string `xml:"method,attr"`
	URL    string `xml:",chardata"`
}

// carePoll is how often the provider asks whether the agent is through.
const carePoll = 5 * time.Second

// document writes what the provider is to do after a turn.
func document(call *ivr.Call, turn ivr.Turn, next string) ([]byte, error) {
	said, err := texts(turn.Say)
	if err != nil {
		return nil, err
	}
	again := &redirect{Method: "POST", URL: next}
	at, _, length := call.Awaits()
	r := response{Redirect: again}
	switch {
	case turn.HangUp || at == ivr.Over:
		r = response{Say: said, Hangup: &struct{}{}}
	case at == ivr.WithCare:
		r.Say, r.Pause = said, &pause{int(carePoll / time.Second)}
	default:
		r.Gather = &gather{
			Input: "dtmf", Timeout: int(call.Wait() / time.Second), NumDigits: length, FinishOnKey: finishKey(at),
			Action: next, Method: "POST", Say: said,
		}
	}
	text, err := xml.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("write answer to provider: %w", err)
	}
	return append([]byte(xml.Header), text...), nil
}

// finishKey is the key that ends an entry; in the menu each is a choice.
func finishKey(at ivr.Step) string {
	if at == ivr.AtMenu {
		return ""
	}
	return "#"
}

func texts(all []prompts.Prompt) (said []string, err error) {
	for _, p := range all {
		text, err := p.Text()
		if err != nil {
			return nil, err
		}
		said = append(said, text)
	}
	return said, nil
}
