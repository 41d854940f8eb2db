package conformance_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// fileLocators draws file locators of one entry and reads what they name, or not.
// EMV Book 3, 7.5 and 10.2.
func fileLocators(_ *testing.T, l *library) []string {
	r := rand.New(rand.NewPCG(5, 6))
	edge := func(values ...int) int { return values[r.IntN(len(values))] }
	for range 1500 {
		sfi, first, count := edge(0, 1, 2, 10, 11, 30, 31), edge(0, 1, 2, 200), edge(0, 1, 2, 3, 4)
		last := first + edge(-1, 0, 1, 2)
		if last < 0 || last > 255 {
			continue
		}
		valid := sfi >= 1 && sfi <= 30 && first >= 1 && last >= first && count <= last-first+1
		entry := fmt.Sprintf("%02X%02X%02X%02X", sfi<<3|r.IntN(8), first, last, count)
		lines := []string{"like ended", "afl = " + entry, "upto gpo"}
		if valid {
			lines = []string{"like base", "afl = 08FAFA00" + entry, "step read", "> 00B2FA0C00", "< 70{ @rec1 } 9000"}
			for n := first; n <= last; n++ {
				lines = append(lines, fmt.Sprintf("> 00B2%02X%02X00", n, sfi<<3|4), fmt.Sprintf("< 70{ DF2001%02X } 9000", n))
			}
		}
		if problems := tried(l, "READ.ORACLE", lines...); problems != nil {
			return problems
		}
	}
	return nil
}

// priorities draws up to five applications and compares the order in which they
// are offered. EMV Book 1, 12.4.
func priorities(_ *testing.T, l *library) []string {
	r := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		var found []offered
		var aids []string
		lines := []string{"like base", "step select"}
		for n := range 2 + r.IntN(4) {
			one := offered{fmt.Sprintf("F0000000770%d01", n), fmt.Sprintf("APP%d", n), fmt.Sprintf("%02X", r.IntN(2)<<7|r.IntN(5))}
			found, aids = append(found, one), append(aids, one.name)
			lines = append(lines, "> 00A40400 #{ "+one.name+" } 00", "< "+one.fci())
		}
		rank := func(o offered) int { return (int(o.indicator[1]-'0') + 15) % 16 } // none comes last
		slices.SortStableFunc(found, func(a, b offered) int { return cmp.Compare(rank(a), rank(b)) })
		question := "? application"
		for _, o := range found {
			question += fmt.Sprintf(" %q", o.label)
		}
		choice := r.IntN(len(found))
		chosen := found[choice]
		lines = append(lines, question, fmt.Sprintf("! %d", choice), "step final", "> 00A40400 #{ "+chosen.name+" } 00", "< "+chosen.fci(),
			"terminal aid="+strings.Join(aids, ","), "expect application="+chosen.name)
		if problems := tried(l, "SEL.ORACLE", lines...); problems != nil {
			return problems
		}
	}
	return nil
}

// offered is an application of the card.
type offered struct{ name, label, indicator string }

func (o offered) fci() string {
	return fmt.Sprintf("6F{ 84=%s A5{ 50=%q 87=%s } } 9000", o.name, o.label, o.indicator)
}

// dates draws dates of card and terminal. EMV Book 3, 10.4.3, and Book 4, 6.7.3.
func dates(_ *testing.T, l *library) []string {
	r := rand.New(rand.NewPCG(9, 10))
	day := func(from, days int) time.Time {
		return time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(days))
	}
	for range 1000 {
		today := day(2020, 29*365)
		expires, effective := day(1950, 99*365), day(1950, 99*365)
		if r.IntN(2) == 0 {
			expires, effective = today.AddDate(0, 0, r.IntN(3)-1), today.AddDate(0, 0, r.IntN(3)-1)
		}
		bits := 0
		if expires.Before(today) {
			bits |= 0x40
		}
		if effective.After(today) {
			bits |= 0x20
		}
		const form = "060102"
		lines := []string{"like base", "tx date=" + today.Format(form), "date = " + today.Format(form),
			"put rec1 5F24=" + expires.Format(form) + " 5F25=" + effective.Format(form), fmt.Sprintf("tvr = 80%02X008000", bits)}
		if problems := tried(l, "RES.DATES", lines...); problems != nil {
			return problems
		}
	}
	return nil
}

// velocities draws counters and limits. EMV Book 3, 10.6.3.
func velocities(_ *testing.T, l *library) []string {
	r := rand.New(rand.NewPCG(11, 12))
	for range 1000 {
		last := []int{0, 1, 5, 0x7FFF, 0xFFFE}[r.IntN(5)]
		now := min(max(last+r.IntN(12)-2, 0), 0xFFFF)
		lower, upper := r.IntN(8), r.IntN(10)
		card, offline := 0, 0
		if last == 0 {
			card = 0x08
		}
		switch {
		case now <= last:
			offline = 0x60
		case now-last > lower:
			offline = 0x40
			if now-last > upper {
				offline = 0x60
			}
		}
		if now > last && now-last <= lower && now-last > upper {
			continue // the upper limit below the lower: the Book's words and figure differ
		}
		lines := []string{"like velocity", fmt.Sprintf("put rec1 9F14=%02X 9F23=%02X", lower, upper), fmt.Sprintf("now = %04X", now),
			fmt.Sprintf("last = %04X", last), fmt.Sprintf("tvr = 80%02X00%02X00", card, offline)}
		if problems := tried(l, "TRM.ORACLE", lines...); problems != nil {
			return problems
		}
	}
	return nil
}

// scriptsDrawn draws answers with up to four scripts and what the card answers to
// each command. EMV Book 3, 10.10 and Annex E.
func scriptsDrawn(_ *testing.T, l *library) []string {
	r := rand.New(rand.NewPCG(13, 14))
	words := []string{"9000", "9000", "9000", "6283", "63C2", "6985", "6A80", "6D00"}
	for range 800 {
		answer := "! arc=@arc"
		dialogue, results := map[string][]string{}, map[string][]string{}
		failed := map[string]bool{}
		lines := []string{"like base"}
		for n := range 1 + r.IntN(4) {
			template := []string{"71", "72"}[r.IntN(2)]
			body, result := fmt.Sprintf("9F18=%08d", n), fmt.Sprintf("20%08d", n)
			stopped := false
			for c := range 1 + r.IntN(3) {
				command := fmt.Sprintf("84DA%02d%02d04A1A2A3A4", n, c)
				body += " 86=" + command
				if stopped {
					continue
				}
				sw := words[r.IntN(len(words))]
				dialogue[template] = append(dialogue[template], "> "+command, "< "+sw)
				if stopped = sw[:2] != "90" && sw[:2] != "62" && sw[:2] != "63"; stopped {
					result, failed[template] = fmt.Sprintf("1%d%08d", c+1, n), true
				}
			}
			lines = append(lines, fmt.Sprintf("s%d = %s{ %s }", n, template, body))
			answer += fmt.Sprintf(" script=@s%d", n)
			results[template] = append(results[template], result)
		}
		before, after := 0, 0
		if failed["71"] {
			before = 0x20
		}
		if failed["72"] {
			after = 0x10
		}
		lines = append(lines, "step online", "? online", answer, "step before")
		lines = append(append(lines, dialogue["71"]...), "step after")
		lines = append(append(lines, dialogue["72"]...), "steps select final gpo read gac1 online before gac2 after",
			fmt.Sprintf("tvr2 = 80000080%02X", before), fmt.Sprintf("tvrend = 80000080%02X", before|after), "tsiend = 6C00",
			"expect scripts="+strings.Join(slices.Concat(results["71"], results["72"]), ","))
		if len(results["71"]) > 0 {
			lines = append(lines, "tsi2 = 6C00")
		}
		if problems := tried(l, "SCR.ORACLE", lines...); problems != nil {
			return problems
		}
	}
	return nil
}
