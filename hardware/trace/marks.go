package trace

import (
	"regexp"
	"strings"
)

// mark is what other programs write before a command or an answer.
type mark struct {
	text string
	word string // what it stands for in the line format
}

// marks are those that ParsePairs knows, each before any that it begins with. They
// are those of scriptor, GlobalPlatformPro, opensc-tool and the log of pcscd, and
// what people write by hand.
var marks = []mark{
	{"C-APDU:", wordCommand}, {"R-APDU:", wordResponse},
	{"Command:", wordCommand}, {"Response:", wordResponse},
	{"Sending:", wordCommand}, {"Received", wordResponse},
	{"APDU:", wordCommand}, {"SW:", wordResponse},
	{"ATR:", wordColdReset},
	{"A>>", wordCommand}, {"A<<", wordResponse},
	{"-->", wordCommand}, {"<--", wordResponse},
	{"->", wordCommand}, {"<-", wordResponse},
	{"=>", wordCommand}, {"<=", wordResponse},
	{">>", wordCommand}, {"<<", wordResponse},
	{">", wordCommand}, {"<", wordResponse},
}

// beforeMark is what a log may write before a mark: times, levels, names of files.
var beforeMark = regexp.MustCompile(`^([\w.:,+/\[\]()-]+\s+)*$`)

// findMark returns the mark of a line and what stands behind it.
func findMark(line string) (m mark, rest string, ok bool) {
	for _, m := range marks {
		before, rest, found := strings.Cut(line, m.text)
		if found && beforeMark.MatchString(before) {
			return m, rest, true
		}
	}
	return mark{}, "", false
}

func hasMark(line string) bool {
	_, _, ok := findMark(line)
	return ok
}

// remarks are what programs write between a mark and the digits: a colon, a
// protocol, and lengths and times in brackets.
var remarks = regexp.MustCompile(`^\s*(:|T=\w+|\([^)]*\))`)

// remarksMax is how many remarks there are at most in front of the digits.
const remarksMax = 4

// digitGroups are hexadecimal digits at the beginning of a text, in groups of whole
// bytes.
var digitGroups = regexp.MustCompile(`^\s*((?:[0-9A-Fa-f]{2})+(?:\s+(?:[0-9A-Fa-f]{2})+)*)(?:\s|:|$)`)

// leadingDigits returns the digits with which a text begins, behind remarks.
func leadingDigits(text string) string {
	for range remarksMax {
		text = text[len(remarks.FindString(text)):]
	}
	if m := digitGroups.FindStringSubmatch(text); m != nil {
		return strings.Join(strings.Fields(m[1]), "")
	}
	return ""
}

// digitLine is a line of digits, behind which a colon and words may stand.
var digitLine = regexp.MustCompile(`^((?:[0-9A-Fa-f]{2})+(?:\s+(?:[0-9A-Fa-f]{2})+)*)(?:\s*:.*)?$`)

// allDigits returns the digits of a line that has nothing else.
func allDigits(line string) (digits string, ok bool) {
	m := digitLine.FindStringSubmatch(line)
	if m == nil {
		return "", false
	}
	return strings.Join(strings.Fields(m[1]), ""), true
}

// status matches the status word where it stands before the data.
var status = regexp.MustCompile(`^\s*\(SW1=0x([0-9A-Fa-f]{2}), SW2=0x([0-9A-Fa-f]{2})\)`)

// statusBefore returns the digits of a status word that stands before the data,
// which lines of a dump follow.
func statusBefore(text string) (digits string, ok bool) {
	m := status.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	return m[1] + m[2], true
}

// dumpColumns is the width of the 16 bytes in a line of a dump.
const dumpColumns = 16 * len("00 ")
