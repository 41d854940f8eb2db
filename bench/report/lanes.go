package report

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/f510b0cf/till/bench/timeline"
)

// The lanes of a diagram, from left to right.
var laneNames = []string{"cardholder", "card", "terminal", "network", "host"}

// The numbers of lanes.
const (
	laneCardholder = iota
	laneCard
	laneTerminal
	laneNetwork
	laneHost
)

// Measures of a diagram, in its own units.
const (
	laneWidth  = 215
	laneMargin = 60
	headHeight = 34
	rowHeight  = 26
	textMax    = 70 // characters of a label
	eventsMax  = 400
)

// arrow is something that travelled, in a diagram.
type arrow struct {
	from, to int
	text     string
	detail   string
	class    string
}

// lanes draws what travelled: a line for each place, an arrow for each thing.
func lanes(events []timeline.Event) template.HTML {
	var arrows []arrow
	for _, e := range events {
		arrows = append(arrows, arrowsOf(e)...)
	}
	if len(arrows) == 0 {
		return ""
	}
	left := 0
	if len(arrows) > eventsMax {
		left, arrows = len(arrows)-eventsMax, arrows[:eventsMax]
	}
	width, height := 2*laneMargin+(len(laneNames)-1)*laneWidth, headHeight+(len(arrows)+1)*rowHeight
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="lanes" viewBox="0 0 %d %d" role="img" aria-label="what travelled between %s">`, width, height, strings.Join(laneNames, ", "))
	for n, name := range laneNames {
		x := laneMargin + n*laneWidth
		fmt.Fprintf(&b, `<line class="lane" x1="%d" y1="%d" x2="%d" y2="%d"/><text class="head" x="%d" y="18">%s</text>`, x, headHeight-8, x, height-6, x, name)
	}
	for n, a := range arrows {
		a.draw(&b, headHeight+n*rowHeight+rowHeight/2+4)
	}
	b.WriteString("</svg>")
	if left > 0 {
		fmt.Fprintf(&b, "<p>%d further events are in the JSON report.</p>", left)
	}
	return template.HTML(b.String()) //nolint:gosec // every text went through escaped
}

// escaped makes text safe for SVG.
func escaped(s string) string { return template.HTMLEscapeString(s) }

// arrowsOf turns an event into arrows.
func arrowsOf(e timeline.Event) []arrow {
	switch e.Place {
	case timeline.Card:
		return []arrow{{laneTerminal, laneCard, strings.TrimSuffix(e.Command+" · "+e.Response, " · "), e.Text(), "card"}}
	case timeline.Message:
		a := arrow{laneTerminal, laneHost, strings.Replace(e.Summary, " request response", " response", 1), e.Text(), "message"}
		if e.From == "host" {
			a.from, a.to = laneHost, laneTerminal
		}
		return []arrow{a}
	case timeline.Member:
		return []arrow{{laneCardholder, laneHost, e.Summary, e.From + ", " + e.To, "member"}}
	}
	return []arrow{{laneNetwork, laneNetwork, e.Summary, "", "fault"}}
}

// draw draws an arrow, or a mark where it leads nowhere. The label of a command stands
// behind it, that of a message above its middle; details are a title, which is shown
// to who points at it.
func (a arrow) draw(b *strings.Builder, y int) {
	x1, x2 := laneMargin+a.from*laneWidth, laneMargin+a.to*laneWidth
	text := a.text
	if r := []rune(text); len(r) > textMax {
		text = string(r[:textMax-1]) + "…"
	}
	fmt.Fprintf(b, `<g class="%s"><title>%s</title>`, a.class, escaped(a.text+"\n"+a.detail))
	if a.from == a.to {
		fmt.Fprintf(b, `<path class="mark" d="M%d %d l10 10 m0 -10 l-10 10"/><text x="%d" y="%d" text-anchor="middle">%s</text></g>`, x1-5, y-5, x1, y-9, escaped(text))
		return
	}
	tip := 7
	if x2 > x1 {
		tip = -tip
	}
	fmt.Fprintf(b, `<path d="M%d %d H%d m%d -4 l%d 4 l%d 4"/>`, x1, y, x2, tip, -tip, tip)
	switch a.class {
	case "card":
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text></g>`, max(x1, x2)+8, y+4, escaped(text))
	default:
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">%s</text></g>`, (x1+x2)/2, y-5, escaped(text))
	}
}
