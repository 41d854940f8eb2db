package perso

import (
	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/secret"
)

// Profile is a card profile, as Load has read it. docs/profiles.md describes the
// text.
type Profile struct {
	secret.Opaque
	text document
}

// Name returns the name that the profile gives itself.
func (p Profile) Name() string { return p.text.Name }

// Note returns what the profile says about itself.
func (p Profile) Note() string { return p.text.Note }

// document is the text of a profile. A pointer is nil where the text does not
// have the field, so that a default applies.
type document struct {
	Extends      string        `yaml:"extends"`
	Name         string        `yaml:"name"`
	Note         string        `yaml:"note"`
	ATR          bytesText     `yaml:"atr"`
	Protocol     protocolText  `yaml:"protocol"`
	PSE          *bool         `yaml:"pse"`
	Account      accountText   `yaml:"account"`
	PIN          pinText       `yaml:"pin"`
	PINTryLimit  *uint8        `yaml:"pin_try_limit"`
	PINTriesUsed uint8         `yaml:"pin_tries_used"`
	Keys         keysText      `yaml:"keys"`
	Applications []application `yaml:"applications"`
	Application  *application  `yaml:"application"` // changes of the first one of the profile that is extended
	Corrupt      corruptText   `yaml:"corrupt"`
}

// accountText is the account of a card or of one of its applications.
type accountText struct {
	PAN            panText    `yaml:"pan"`
	PANPrefix      digitsText `yaml:"pan_prefix"`
	PANLength      int        `yaml:"pan_length"`
	SequenceNumber psnText    `yaml:"sequence_number"`
	Effective      dateText   `yaml:"effective"`
	Expiry         monthText  `yaml:"expiry"`
	Cardholder     string     `yaml:"cardholder"`
	ServiceCode    digitsText `yaml:"service_code"`
	Country        digitsText `yaml:"country"`
	Currency       digitsText `yaml:"currency"`
}

// keysText is the issuer's master keys or the card's. A profile without them has
// some drawn.
type keysText struct {
	Option optionText `yaml:"option"`
	IMKAC  keyText    `yaml:"imk_ac"`
	IMKSMI keyText    `yaml:"imk_smi"`
	IMKSMC keyText    `yaml:"imk_smc"`
	MKAC   keyText    `yaml:"mk_ac"`
	MKSMI  keyText    `yaml:"mk_smi"`
	MKSMC  keyText    `yaml:"mk_smc"`
}

// application is one application of a card.
type application struct {
	AID           bytesText       `yaml:"aid"`
	Label         string          `yaml:"label"`
	PreferredName string          `yaml:"preferred_name"`
	CodeTable     uint8           `yaml:"code_table"`
	Priority      uint8           `yaml:"priority"`
	Confirm       bool            `yaml:"confirm"`
	Language      string          `yaml:"language"`
	Version       bytesText       `yaml:"version"`
	Account       *accountText    `yaml:"account"`
	Blocked       bool            `yaml:"blocked"`
	AIP           *aipText        `yaml:"aip"`
	AUC           aucText         `yaml:"auc"`
	CVMList       cvmListText     `yaml:"cvm_list"`
	IAC           actionCodes     `yaml:"iac"`
	PDOL          dolText         `yaml:"pdol"`
	CDOL1         dolText         `yaml:"cdol1"`
	CDOL2         dolText         `yaml:"cdol2"`
	DDOL          dolText         `yaml:"ddol"`
	Format1       bool            `yaml:"format1"`
	Cryptogram    string          `yaml:"cryptogram"`
	Script        string          `yaml:"script"`
	DKI           byteText        `yaml:"dki"`
	ODA           authentication  `yaml:"oda"`
	Objects       objectsText     `yaml:"objects"`
	GetData       objectsText     `yaml:"get_data"`
	PutData       *[]tagText      `yaml:"put_data"`
	UpdateRecord  []uint8         `yaml:"update_record"`
	Risk          risk            `yaml:"risk"`
	Log           *transactionLog `yaml:"log"`
	Records       []recordPlan    `yaml:"records"`
	Contactless   *contactless    `yaml:"contactless"`
}

// actionCodes are the issuer action codes.
type actionCodes struct {
	Default *actionCodeText `yaml:"default"`
	Denial  *actionCodeText `yaml:"denial"`
	Online  *actionCodeText `yaml:"online"`
}

// authentication is the offline data authentication of an application. Sizes are those of
// the moduli in bits; 0 takes the default. Keys that are given stand in for drawn ones.
type authentication struct {
	Method    methodText `yaml:"method"`
	CA        int        `yaml:"ca"`
	Issuer    int        `yaml:"issuer"`
	ICC       int        `yaml:"icc"`
	PIN       int        `yaml:"pin"` // of a key for PIN encipherment; 0: the ICC key serves
	Exponent  int        `yaml:"exponent"`
	SignAIP   *bool      `yaml:"sign_aip"`
	CAIndex   byteText   `yaml:"ca_index"` // of the CA key that is given
	CAKey     *rsaText   `yaml:"ca_key"`
	IssuerKey *rsaText   `yaml:"issuer_key"`
	ICCKey    *rsaText   `yaml:"icc_key"`
	PINKey    *rsaText   `yaml:"pin_key"`
}

// rsaText is an RSA private key by its primes.
type rsaText struct {
	secret.Opaque `yaml:"-"`

	P        bytesText `yaml:"p"`
	Q        bytesText `yaml:"q"`
	Exponent int       `yaml:"exponent"`
}

// contactless is what differs where the application is reached by a tap.
type contactless struct {
	AIP     *aipText    `yaml:"aip"`
	PDOL    dolText     `yaml:"pdol"`
	CVMList cvmListText `yaml:"cvm_list"`
}

// recordPlan says which data objects stand in a record; those that the card does
// not have are passed over, and so is a record without any.
type recordPlan struct {
	SFI    uint8     `yaml:"sfi"`
	Signed bool      `yaml:"signed"` // takes part in offline data authentication
	Tags   []tagText `yaml:"tags"`
}

// tags returns the plain tags of a plan.
func (p recordPlan) tags() []emv.Tag {
	tags := make([]emv.Tag, len(p.Tags))
	for i, t := range p.Tags {
		tags[i] = t.Tag
	}
	return tags
}
