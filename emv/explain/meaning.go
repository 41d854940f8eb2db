package explain

import (
	"fmt"

	"github.com/f510b0cf/till/emv"
)

// tagScriptCommand is the command APDU of an issuer script. EMV Book 3, Annex A.
const tagScriptCommand emv.Tag = 0x86

// tagPINData is transaction PIN data, which no view shows. EMV Book 3, Annex A.
const tagPINData emv.Tag = 0x99

// meanings are the data elements whose value has parts that are worth words.
var meanings = map[emv.Tag]func(value []byte) (notes []string, err error){
	0x82:   bits[emv.AIP],
	0x8A:   responseCode,
	0x8C:   list,
	0x8D:   list,
	0x8E:   cvmList,
	0x94:   fileLocator,
	0x95:   bits[emv.TVR],
	0x97:   list,
	0x9B:   bits[emv.TSI],
	0x9F07: bits[emv.AUC],
	0x9F0D: actionCode,
	0x9F0E: actionCode,
	0x9F0F: actionCode,
	0x9F10: issuerApplicationData,
	0x9F27: cryptogramInformation,
	0x9F33: bits[emv.TerminalCapabilities],
	0x9F34: cvmResults,
	0x9F38: list,
	0x9F40: bits[emv.AdditionalTerminalCapabilities],
	0x9F49: list,
}

// bitField is what the bit fields of package emv have in common.
type bitField[F emv.Field] interface {
	emv.Field
	Bits() []emv.Bit[F]
	RFU() []emv.Bit[F]
}

// bits says which bits of a bit field are set.
func bits[F bitField[F]](value []byte) ([]string, error) {
	field, err := emv.ParseField[F](value)
	if err != nil {
		return nil, err
	}
	var notes []string
	for _, b := range append(field.Bits(), field.RFU()...) {
		notes = append(notes, fmt.Sprintf("byte %d, %02X: %s", b.Byte(), b.Mask(), b.Text()))
	}
	return notes, nil
}

// actionCode says upon which bits of the TVR an action code acts.
func actionCode(value []byte) ([]string, error) { return bits[emv.TVR](value) }

func responseCode(value []byte) ([]string, error) {
	arc, err := emv.ParseARC(value)
	if err != nil {
		return nil, err
	}
	return []string{arc.String() + " " + arc.Text()}, nil
}

func list(value []byte) ([]string, error) {
	items, err := DOL(value)
	if err != nil {
		return nil, err
	}
	notes := make([]string, len(items))
	for i, item := range items {
		notes[i] = item.Label + " " + item.Name + ", " + item.Text
	}
	return notes, nil
}

func fileLocator(value []byte) ([]string, error) {
	afl, err := emv.ParseAFL(value)
	if err != nil {
		return nil, err
	}
	notes := make([]string, len(afl))
	for i, e := range afl {
		notes[i] = fmt.Sprintf("SFI %d, records %d to %d, %d signed", e.SFI, e.First, e.Last, e.ODACount)
	}
	return notes, nil
}

func cvmList(value []byte) ([]string, error) {
	cvm, err := emv.ParseCVMList(value)
	if err != nil {
		return nil, err
	}
	notes := []string{fmt.Sprintf("amount X %d, amount Y %d", cvm.X, cvm.Y)}
	for _, r := range cvm.Rules {
		notes = append(notes, fmt.Sprintf("%02X%02X %s", byte(r.Code), byte(r.Condition), rule(r)))
	}
	return notes, nil
}

// rule says what a CV rule asks for, when, and what follows if it fails.
func rule(r emv.CVMRule) string {
	after := "then fail"
	if r.Code.NextIfUnsuccessful() {
		after = "else the next rule"
	}
	return fmt.Sprintf("%s; %s; %s", r.Code.Method(), r.Condition, after)
}

func cvmResults(value []byte) ([]string, error) {
	results, err := emv.ParseCVMResults(value)
	if err != nil {
		return nil, err
	}
	r := results.Rule()
	return []string{fmt.Sprintf("%s; %s; %s", r.Code.Method(), r.Condition, results.Result())}, nil
}

func cryptogramInformation(value []byte) ([]string, error) {
	if len(value) != 1 {
		return nil, fmt.Errorf("parse CID: %d bytes, want 1: %w", len(value), emv.ErrMalformed)
	}
	cid := emv.CID(value[0])
	notes := []string{cid.Type().String()}
	if cid.AdviceRequired() {
		notes = append(notes, "advice required")
	}
	if cid.Reason() != emv.ReasonNone {
		notes = append(notes, cid.Reason().String())
	}
	return notes, nil
}

func issuerApplicationData(value []byte) ([]string, error) {
	iad, err := emv.ParseIAD(value)
	if err != nil {
		return nil, err
	}
	notes := []string{
		fmt.Sprintf("%s, derivation key index %02X, cryptogram version %02X", iad.Family, iad.DKI, iad.CVN),
		fmt.Sprintf("CVR %s: first AC %s, second AC %s, script commands %d", hexadecimal(iad.RawCVR), iad.CVR.FirstAC, iad.CVR.SecondAC, iad.CVR.ScriptCount),
	}
	return append(notes, iad.CVR.Flags.Names()...), nil
}
