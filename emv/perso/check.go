package perso

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/emv/tlv"
)

// Severity says how bad a finding is.
type Severity string

// The severities.
const (
	Error   Severity = "error"   // a terminal must refuse the card, or it can not do what it says
	Warning Severity = "warning" // unusual; a test may want it so
)

// Finding is something that Check found in an image.
type Finding struct {
	Severity Severity `json:"severity"`
	Where    string   `json:"where,omitempty"` // the application, with the interface
	Text     string   `json:"text"`
}

// String returns place and text.
func (f Finding) String() string {
	if f.Where == "" {
		return f.Text
	}
	return f.Where + ": " + f.Text
}

func (f Finding) isError() bool { return f.Severity == Error }

// RefusedError is why a card was not made: errors among the findings of Check.
type RefusedError struct{ Findings []Finding }

// Error tells the first error.
func (e *RefusedError) Error() string {
	return e.Findings[slices.IndexFunc(e.Findings, Finding.isError)].String()
}

// Check holds an image against the rules of EMV: directories and answers to
// SELECT, AFL and records, mandatory data, data object lists, keys, and the
// certificates down from the test CA. date is the day for which the card's own
// dates are judged. Certificates under a CA that this till does not know are a
// warning.
func Check(img image.Image, date emv.Date) []Finding { return check(img, date, nil) }

// check is Check with CA public keys that need not be derived again.
func check(img image.Image, date emv.Date, known []oda.CAPublicKey) []Finding {
	c := checker{date: date, caPublicKeys: known}
	c.atr(img.ATR)
	if len(img.Applications) == 0 {
		c.fail("the card has no application")
	}
	for _, e := range img.Environments {
		c.environment(e, img.Applications)
	}
	for _, a := range img.Applications {
		c.application(a)
	}
	return c.findings
}

// checker collects findings.
type checker struct {
	date         emv.Date
	expired      emv.Date // the last day of the application that is checked, as its records have it
	where        string
	findings     []Finding
	caPublicKeys []oda.CAPublicKey // of the test CA, those met so far
}

func (c *checker) fail(format string, args ...any) { c.add(Error, format, args...) }

func (c *checker) warn(format string, args ...any) { c.add(Warning, format, args...) }

func (c *checker) add(s Severity, format string, args ...any) {
	c.findings = append(c.findings, Finding{Severity: s, Where: c.where, Text: fmt.Sprintf(format, args...)})
}

// fci checks an answer to SELECT and returns its proprietary template. EMV Book
// 1, 11.3.4.
func (c *checker) fci(fci, name []byte) (proprietary []byte) {
	e, rest, err := tlv.Next(fci)
	if err != nil || e.Tag != tagFCITemplate || len(rest) > 0 {
		c.fail("answer to SELECT is not one template %s", tagFCITemplate)
		return nil
	}
	if inside, _, err := tlv.Find(e.Value, tagDFName); err != nil || !bytes.Equal(inside, name) {
		c.fail("answer to SELECT: DF name %s differs from the name of the application", tagDFName)
	}
	proprietary, ok, err := tlv.Find(e.Value, tagFCIProprietary)
	if err != nil || !ok {
		c.fail("answer to SELECT: template %s is missing", tagFCIProprietary)
	}
	return proprietary
}

// environment checks a payment system environment: each entry of its directory
// names an application of the card. EMV Book 1, 12.2.3.
func (c *checker) environment(e image.Environment, apps []image.Application) {
	c.where = string(e.Name)
	proprietary := c.fci(e.FCI, e.Name)
	if e.File == nil {
		entries, _, err := tlv.Find(proprietary, tagIssuerDiscretionary)
		if err != nil {
			c.fail("directory can not be read: %v", err)
		}
		c.entries(entries, apps)
		return
	}
	for i, record := range e.File.Records {
		body, ok := c.record(e.File.SFI, i+1, record)
		if ok {
			c.entries(body, apps)
		}
	}
}

// entries checks directory entries.
func (c *checker) entries(b []byte, apps []image.Application) {
	for entry, err := range tlv.Elements(b) {
		if err != nil {
			c.fail("directory can not be read: %v", err)
			return
		}
		aid, _, err := tlv.Find(entry.Value, tagAID)
		if err != nil || !named(apps, aid) {
			c.fail("directory names an application that the card does not have")
		}
	}
}

func named(apps []image.Application, aid []byte) bool {
	for _, a := range apps {
		if bytes.Equal(a.Name, aid) {
			return true
		}
	}
	return false
}

// recordBytesMax is the longest record in bytes, template 70 included. EMV Book
// 3, 5.3 (from memory).
const recordBytesMax = 254

// record checks one record and returns what is in its template.
func (c *checker) record(sfi uint8, number int, record []byte) (body []byte, ok bool) {
	if len(record) > recordBytesMax {
		c.fail("record %d of SFI %d has %d bytes, at most %d: move data objects to another", number, sfi, len(record), recordBytesMax)
	}
	e, rest, err := tlv.Next(record)
	if err != nil || e.Tag != tagRecord || len(rest) > 0 {
		c.fail("record %d of SFI %d is not one template %s", number, sfi, tagRecord)
		return nil, false
	}
	if _, err := tlv.Parse(e.Value); err != nil {
		c.fail("record %d of SFI %d can not be read: %v", number, sfi, err)
		return nil, false
	}
	return e.Value, true
}
