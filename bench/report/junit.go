package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/f510b0cf/till/bench/suite"
)

// sorted returns results in the order of names and seeds.
func sorted(results []suite.Result) []suite.Result {
	return slices.SortedStableFunc(slices.Values(results), func(a, b suite.Result) int {
		if c := strings.Compare(a.Scenario.Name, b.Scenario.Name); c != 0 {
			return c
		}
		return int(min(max(int64(a.Seed-b.Seed), -1), 1))
	})
}

// The elements of a report in the XML of JUnit, in the order that the schema of the
// Jenkins xUnit plug-in asks for.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Time     string       `xml:"time,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string      `xml:"name,attr"`
		Tests     int         `xml:"tests,attr"`
		Failures  int         `xml:"failures,attr"`
		Errors    int         `xml:"errors,attr"`
		Skipped   int         `xml:"skipped,attr"`
		Time      string      `xml:"time,attr"`
		Timestamp string      `xml:"timestamp,attr"`
		Cases     []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Skipped *junitSkipped `xml:"skipped,omitempty"`
		Failure *junitFailure `xml:"failure,omitempty"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// seconds shows a duration as JUnit has it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.3f", d.Seconds()) }

// WriteJUnit writes the report as JUnit XML: a test suite for each folder, a test case
// for each scenario. What was not played counts as skipped.
func (r *Report) WriteJUnit(w io.Writer) error {
	all := junitSuites{Name: "till bench", Time: seconds(r.Took), Tests: len(r.Results) + len(r.Unplayed), Failures: r.failed()}
	for _, one := range sorted(r.Results) {
		class, name := split(one.Scenario.Name)
		c := junitCase{Name: legal(name), Class: legal(class), Time: seconds(one.Took), Out: legal(fmt.Sprintf("%s\nseed %d", one.Scenario.Title, one.Seed))}
		if one.Err != nil {
			text := legal(one.Err.Error())
			first, _, _ := strings.Cut(text, "\n")
			c.Failure = &junitFailure{Message: first, Type: "failure", Text: text}
		}
		all.add(c, r)
	}
	for _, p := range r.Unplayed {
		class, name := split(p.Scenario.Name)
		all.add(junitCase{Name: legal(name), Class: legal(class), Time: seconds(0), Skipped: &junitSkipped{"the run was called off"}}, r)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	encoder := xml.NewEncoder(w)
	encoder.Indent("", "  ")
	if err := encoder.Encode(all); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// add adds a case to the suite of its folder.
func (all *junitSuites) add(c junitCase, r *Report) {
	n := slices.IndexFunc(all.Suites, func(s junitSuite) bool { return s.Name == c.Class })
	if n < 0 {
		n = len(all.Suites)
		all.Suites = append(all.Suites, junitSuite{Name: legal(c.Class), Timestamp: r.Began.UTC().Format("2006-01-02T15:04:05"), Time: seconds(r.tookIn(c.Class))})
	}
	s := &all.Suites[n]
	s.Cases, s.Tests = append(s.Cases, c), s.Tests+1
	if c.Failure != nil {
		s.Failures++
	}
	if c.Skipped != nil {
		s.Skipped++
	}
}

// tookIn is how long the scenarios of a folder took, one after the other.
func (r *Report) tookIn(class string) (d time.Duration) {
	for _, one := range r.Results {
		if c, _ := split(one.Scenario.Name); legal(c) == class {
			d += one.Took
		}
	}
	return d
}

// legal leaves out what XML can not have. XML 1.0, 2.2.
func legal(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' && c != '\n' && c != '\t' || c == 0xFFFE || c == 0xFFFF {
			return '?'
		}
		return c
	}, strings.ToValidUTF8(text, "?"))
}
