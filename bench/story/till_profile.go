package story

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/f510b0cf/till/emv/oda"
	"github.com/f510b0cf/till/terminal/profile"
)

// terminalProfile loads a profile: one of the story's folder, or a built-in one. Where
// it trusts the till test CA it does so for all schemes that it takes.
func (w *World) terminalProfile(name string) (p profile.Profile, err error) {
	if p, err = w.ownOrNamed(name); err != nil {
		return p, err
	}
	test, err := profile.TestCAPublicKeys()
	if err != nil || len(test) == 0 {
		return p, err
	}
	if _, trusted := p.CAPublicKeys.Lookup(test[0].RID, test[0].Index); !trusted {
		return p, nil
	}
	keys := test
	rids := map[oda.RID]bool{test[0].RID: true}
	for _, a := range p.Applications {
		rid := oda.RID(a.AID)
		if rids[rid] {
			continue
		}
		rids[rid] = true
		for _, k := range test {
			k.RID = rid
			keys = append(keys, k)
		}
	}
	for rid := range rids {
		for index := range 0x100 {
			k, known := p.CAPublicKeys.Lookup(rid, byte(index))
			if known && !slices.ContainsFunc(test, func(t oda.CAPublicKey) bool { return t.Index == k.Index }) {
				keys = append(keys, k)
			}
		}
	}
	p.CAPublicKeys, err = oda.NewCAPublicKeys(keys...)
	return p, err
}

// ownOrNamed loads a profile as it is written.
func (w *World) ownOrNamed(name string) (profile.Profile, error) {
	if w.config.Files != nil {
		f, err := w.config.Files.Open(name + ".terminal.yaml")
		if err == nil {
			defer f.Close()
			return profile.Load(f)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return profile.Profile{}, err
		}
	}
	return profile.Named(name)
}
