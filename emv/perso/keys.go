package perso

import (
	"cmp"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv/account"
	"github.com/f510b0cf/till/emv/cryptogram"
	"github.com/f510b0cf/till/emv/secret"
)

// issuerKeys is where the keys of the card come from.
type issuerKeys struct {
	master cryptogram.MasterKeys // of the issuer, zero where card is given
	option cryptogram.Option
	card   cryptogram.MasterKeys // as the profile gives them, zero where they are derived
	drawn  bool
}

// The streams that a card is drawn from, one for each purpose, so that a profile
// that leaves less open changes nothing else.
const (
	streamPAN       = "emv/perso/pan"
	streamMasters   = "emv/perso/issuer master keys"
	streamIssuerRSA = "emv/perso/issuer key"
	streamICC       = "emv/perso/icc key"
	streamPINKey    = "emv/perso/pin key"
	streamOtherICC  = "emv/perso/other icc key"
	streamOtherKeys = "emv/perso/other card keys"
)

// issuerKeys returns the keys of the profile or, where it has none, the issuer
// master keys that were given with the options, or draws some.
func (b *builder) issuerKeys() (issuerKeys, error) {
	text := b.profile.Keys
	keys := issuerKeys{option: text.Option.Option}
	if keys.option == 0 {
		keys.option = cmp.Or(b.options.Option, cryptogram.OptionA)
	}
	issuer, errIssuer := triple(text.IMKAC, text.IMKSMI, text.IMKSMC)
	card, errCard := triple(text.MKAC, text.MKSMI, text.MKSMC)
	switch {
	case errIssuer != nil:
		return issuerKeys{}, fmt.Errorf("keys: give imk_ac, imk_smi and imk_smc, all three: %w", errIssuer)
	case errCard != nil:
		return issuerKeys{}, fmt.Errorf("keys: give mk_ac, mk_smi and mk_smc, all three: %w", errCard)
	case !issuer.AC.IsZero() && !card.AC.IsZero():
		return issuerKeys{}, errors.New("keys: give issuer master keys (imk_...) or keys of the card (mk_...), not both")
	}
	keys.master, keys.card = issuer, card
	if !issuer.AC.IsZero() || !card.AC.IsZero() {
		return keys, nil
	}
	if given := b.options.IssuerKeys; !given.AC.IsZero() {
		keys.master = given
		return keys, nil
	}
	var err error
	keys.drawn = true
	keys.master, err = drawMasterKeys(b.options.Random.Stream(streamMasters))
	return keys, err
}

// errIncomplete says that some keys of three are there and some are not.
var errIncomplete = errors.New("one is missing")

// triple returns three keys, all of them or none.
func triple(ac, smi, smc keyText) (cryptogram.MasterKeys, error) {
	there := 0
	for _, k := range []keyText{ac, smi, smc} {
		if !k.IsZero() {
			there++
		}
	}
	if there != 0 && there != 3 {
		return cryptogram.MasterKeys{}, errIncomplete
	}
	return cryptogram.MasterKeys{AC: ac.Key, SMI: smi.Key, SMC: smc.Key}, nil
}

func drawMasterKeys(rand io.Reader) (keys cryptogram.MasterKeys, err error) {
	for _, k := range []*secret.Key{&keys.AC, &keys.SMI, &keys.SMC} {
		if *k, err = secret.GenerateTDES(rand); err != nil {
			return cryptogram.MasterKeys{}, fmt.Errorf("draw issuer master keys: %w", err)
		}
	}
	return keys, nil
}

// forCard returns the keys of the card with that account.
func (k issuerKeys) forCard(pan account.PAN, n account.SequenceNumber) cryptogram.MasterKeys {
	if !k.card.AC.IsZero() {
		return k.card
	}
	return k.master.ForCard(pan, n, k.option)
}
