package emv_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/tlv"
	"github.com/f510b0cf/till/testdata/need"
	"github.com/f510b0cf/till/testdata/vectors"
)

// TestTraces decodes what recorded cards answered: each data object whose bytes
// this package knows how to read, in templates 77 and 70 and in format 1.
func TestTraces(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(need.Foreign(t, "traces"), "*.txt"))
	require.NoError(t, err)
	decoded := map[emv.Tag]int{}
	for _, file := range files {
		for _, answer := range answers(t, file) {
			decodeAnswer(t, answer, decoded)
		}
	}
	// How often each stands in the six traces; a decoder that is never called shows.
	assert.Equal(t, map[emv.Tag]int{0x82: 7, 0x94: 7, 0x8E: 6, 0x9F07: 6, 0x9F27: 8, 0x9F10: 8, 0x87: 4}, decoded)
}

// answer is the data of a card's answer with 9000, and the INS of its command.
type answer struct {
	ins  byte
	data []byte
}

const (
	insGetResponse          = 0xC0 // brings the answer to the command before it
	insGetProcessingOptions = 0xA8
	insGenerateAC           = 0xAE
)

// answers returns the answers of a trace that have data.
func answers(t *testing.T, file string) []answer {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	var all []answer
	var ins byte
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "C: "); ok {
			if command := vectors.Unhex(t, text); command[1] != insGetResponse {
				ins = command[1]
			}
		}
		text, ok := strings.CutPrefix(lines.Text(), "R: ")
		data, success := strings.CutSuffix(text, "9000")
		if ok && success && data != "" {
			all = append(all, answer{ins, vectors.Unhex(t, data)})
		}
	}
	return all
}

// decodeAnswer reads an answer in templates or in format 1; some, such as a
// challenge, are neither.
func decodeAnswer(t *testing.T, a answer, decoded map[emv.Tag]int) {
	t.Helper()
	nodes, err := tlv.Parse(a.data)
	switch {
	case err != nil:
		return
	case nodes[0].Tag != 0x80:
		decodeNodes(t, nodes, decoded)
	case a.ins == insGetProcessingOptions:
		decodeElement(t, 0x82, nodes[0].Value[:2], decoded)
		decodeElement(t, 0x94, nodes[0].Value[2:], decoded)
	case a.ins == insGenerateAC:
		decodeElement(t, 0x9F27, nodes[0].Value[:1], decoded)
		decodeElement(t, 0x9F10, nodes[0].Value[11:], decoded)
	}
}

func decodeNodes(t *testing.T, nodes []tlv.Node, decoded map[emv.Tag]int) {
	t.Helper()
	for _, n := range nodes {
		decodeElement(t, n.Tag, n.Value, decoded)
		decodeNodes(t, n.Children, decoded)
	}
}

// decodeElement reads one data object, checks it against the dictionary and, for
// bit fields, that no reserved bit is set.
func decodeElement(t *testing.T, tag emv.Tag, value []byte, decoded map[emv.Tag]int) {
	t.Helper()
	known := byte(tag>>8) == 0xDF || tag == 0x9F28 // 9F28 in one directory entry is in no public specification
	if entry, ok := emv.Describe(tag); assert.True(t, ok || known, "%v is not in the dictionary", tag) && ok {
		assert.GreaterOrEqual(t, len(value), entry.Min, "%v", tag)
		assert.True(t, entry.Max == 0 || len(value) <= entry.Max, "%v has %d bytes", tag, len(value))
	}
	decoded[tag]++
	switch tag {
	case 0x82:
		aip, err := emv.ParseField[emv.AIP](value)
		require.NoError(t, err)
		assert.Empty(t, aip.RFU())
	case 0x9F07:
		auc, err := emv.ParseField[emv.AUC](value)
		require.NoError(t, err)
		assert.Empty(t, auc.RFU())
	case 0x94:
		afl, err := emv.ParseAFL(value)
		require.NoError(t, err)
		assert.Equal(t, value, afl.Append(nil))
	case 0x8E:
		list, err := emv.ParseCVMList(value)
		if len(value) == 8 {
			require.ErrorIs(t, err, emv.ErrNoCVMRules)
			break
		}
		require.NoError(t, err)
		assert.Equal(t, value, list.Append(nil))
		for _, r := range list.Rules {
			assert.True(t, r.Code.Method().Recognised())
			assert.NotContains(t, r.Condition.String(), "condition ")
		}
	case 0x9F10:
		iad, err := emv.ParseIAD(value)
		require.NoError(t, err, "%X", value)
		assert.NotEqual(t, emv.ACTypeRFU, iad.CVR.FirstAC)
	case 0x9F27:
		assert.NotEqual(t, emv.ACTypeRFU, emv.CID(value[0]).Type())
	case 0x87:
		assert.Equal(t, 1, emv.ApplicationPriorityIndicator(value[0]).Priority())
	default:
		delete(decoded, tag)
	}
}

// TestMessages decodes the chip data of recorded ISO 8583 requests.
func TestMessages(t *testing.T) {
	b, err := os.ReadFile(need.Foreign(t, "messages", "amex-1100.json"))
	require.NoError(t, err)
	var messages []struct {
		Name string `json:"name"`
		Out  struct {
			Elements map[string]string `json:"agns_request"`
		} `json:"out"`
	}
	require.NoError(t, json.Unmarshal(b, &messages))
	require.NotEmpty(t, messages)
	chip := 0
	for _, m := range messages {
		if m.Out.Elements == nil {
			continue
		}
		chip++
		value := func(tag string) []byte { return vectors.Unhex(t, m.Out.Elements[tag]) }
		iad, err := emv.ParseIAD(value("9F10"))
		require.NoError(t, err, m.Name)
		assert.Equal(t, emv.IADVisaLayout, iad.Family)
		assert.EqualValues(t, 1, iad.CVN, "Amex-style")
		tvr, err := emv.ParseField[emv.TVR](value("95"))
		require.NoError(t, err, m.Name)
		assert.Empty(t, tvr.RFU())
		aip, err := emv.ParseField[emv.AIP](value("82"))
		require.NoError(t, err, m.Name)
		assert.Empty(t, aip.RFU())
		_, err = emv.ParseDate(value("9A"))
		require.NoError(t, err, m.Name)
		_, err = emv.DecodeN(value("9F02"))
		require.NoError(t, err, m.Name)
		assert.Equal(t, iad.CVR.FirstAC, emv.CID(value("9F27")[0]).Type(), m.Name)
	}
	assert.Positive(t, chip)
}
