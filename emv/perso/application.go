package perso

import (
	"errors"
	"fmt"
	"slices"

	"github.com/f510b0cf/till/emv"
	"github.com/f510b0cf/till/emv/image"
	"github.com/f510b0cf/till/emv/tlv"
)

// applicationBuilder makes one application.
type applicationBuilder struct {
	*builder
	text   application
	holder holder
	auth   signers
	layout []recordPlan

	signing signing
}

// application makes the application with that place on the card, from 0.
func (b *builder) application(text application, place int) (image.Application, error) {
	a := applicationBuilder{builder: b, text: text, layout: text.Records}
	if a.layout == nil {
		a.layout = defaultLayout
	}
	if err := checkLayout(a.layout); err != nil {
		return image.Application{}, err
	}
	a.text.fillIn()
	var err error
	if a.holder, err = b.holder(text.Account); err != nil {
		return image.Application{}, err
	}
	a.signing = a.corruptSigning(a.holder)
	if a.auth, err = a.signers(place); err != nil {
		return image.Application{}, err
	}
	return a.build()
}

func (a *applicationBuilder) build() (image.Application, error) {
	app := image.Application{
		Name: a.text.AID, PAN: a.holder.pan, SequenceNumber: a.holder.sequenceNumber,
		Data:  a.text.GetData,
		CDOL1: a.text.CDOL1.list(), CDOL2: a.text.CDOL2.list(), DDOL: a.text.DDOL.list(),
		Format1: a.text.Format1, Cryptogram: a.text.Cryptogram, Script: a.text.Script, DKI: byte(a.text.DKI),
		Keys:   a.issuer.forCard(a.holder.pan, a.holder.sequenceNumber),
		ICCKey: a.auth.icc, PINKey: a.auth.pin,
		PIN: a.profile.PIN.PIN, PINTryLimit: pinTryLimitDefault,
		PINTriesUsed: a.profile.PINTriesUsed, Blocked: a.text.Blocked,
	}
	if a.profile.PINTryLimit != nil {
		app.PINTryLimit = *a.profile.PINTryLimit
	}
	contact, files, err := a.side(a.contact())
	if err != nil {
		return image.Application{}, err
	}
	app.Contact, app.Files = contact, files
	if a.text.Contactless != nil {
		tap, files, err := a.side(a.contactless())
		if err != nil {
			return image.Application{}, fmt.Errorf("contactless: %w", err)
		}
		app.Contactless, app.Files = &tap, append(app.Files, files...)
	}
	return app, errors.Join(a.risk(&app), a.writable(&app), a.log(&app))
}

// side is an application as it is over contacts or without: what differs. Each
// has files of its own, since the AIP is part of what its certificates sign.
type side struct {
	aip     emv.AIP
	pdol    dolText
	cvmList cvmListText
	log     bool  // the answer to SELECT names the transaction log
	files   uint8 // short file identifiers lie that much above those of the layout
}

func (a *applicationBuilder) contact() side {
	s := side{pdol: a.text.PDOL, cvmList: a.text.CVMList, aip: a.defaultAIP(), log: a.text.Log != nil}
	if a.text.AIP != nil {
		s.aip = a.text.AIP.AIP
	}
	return s
}

// defaultAIP is what the rest of the profile makes of the card.
func (a *applicationBuilder) defaultAIP() (aip emv.AIP) {
	if bit, ok := methodBits[a.text.ODA.Method]; ok {
		aip.Set(bit)
	}
	if len(a.text.CVMList) > 0 {
		aip.Set(emv.AIPCardholderVerificationSupported)
	}
	aip.Set(emv.AIPTerminalRiskManagement)
	aip.Set(emv.AIPIssuerAuthenticationSupported)
	return aip
}

// contactless is the side of a tap. There is one GENERATE AC, so that nothing
// authenticates the issuer, and no PIN but an online one; where the profile has
// no CVM list for it, no cardholder verification either.
func (a *applicationBuilder) contactless() side {
	t := a.text.Contactless
	s := side{pdol: t.PDOL, cvmList: t.CVMList, files: topSFI(a.layout), aip: a.contact().aip}
	for _, bit := range []emv.Bit[emv.AIP]{emv.AIPIssuerAuthenticationSupported, emv.AIPCardholderVerificationSupported} {
		s.aip[bit.Byte()-1] &^= bit.Mask()
	}
	if len(s.cvmList) > 0 {
		s.aip.Set(emv.AIPCardholderVerificationSupported)
	}
	if t.AIP != nil {
		s.aip = t.AIP.AIP
	}
	return s
}

// side makes the interface of a side and its files.
func (a *applicationBuilder) side(s side) (image.Interface, []image.File, error) {
	objects := a.corruptData(a.objects(s))
	static, err := a.staticData(s, objects)
	if err != nil {
		return image.Interface{}, nil, err
	}
	certified, err := a.certify(s.aip, static)
	if err != nil {
		return image.Interface{}, nil, err
	}
	files, afl := a.files(s, a.corruptObjects(a.withGiven(objects, certified)))
	return image.Interface{FCI: a.fci(s), PDOL: s.pdol.list(), AIP: s.aip, AFL: afl}, files, nil
}

// withGiven returns objects, and of those of certificates the ones that the profile
// does not give.
func (a *applicationBuilder) withGiven(objects, certified []image.Object) []image.Object {
	return append(objects, slices.DeleteFunc(certified, func(o image.Object) bool { return a.text.Objects.has(o.Tag) })...)
}

// The data object lists of a card whose profile has none: what cryptograms of
// all rows cover, for the second GENERATE AC with the response code before it.
const (
	cdol1Default = "\x9F\x02\x06\x9F\x03\x06\x9F\x1A\x02\x95\x05\x5F\x2A\x02\x9A\x03\x9C\x01\x9F\x37\x04"
	cdol2Default = "\x8A\x02" + cdol1Default
	ddolDefault  = "\x9F\x37\x04"
)

// fillIn puts defaults into what is empty.
func (t *application) fillIn() {
	t.CDOL1 = orDefault(t.CDOL1, []byte(cdol1Default))
	t.CDOL2 = orDefault(t.CDOL2, []byte(cdol2Default))
	if t.ODA.Method == "" {
		t.ODA.Method = methodNone
	}
	if t.ODA.Method == methodDDA || t.ODA.Method == methodCDA {
		t.DDOL = orDefault(t.DDOL, []byte(ddolDefault))
	}
	t.Version = orDefault(t.Version, []byte{0x00, 0x01})
	t.ODA.fillIn()
	if t.Log != nil {
		t.Log.fillIn()
	}
}

// fci returns the answer to SELECT. EMV Book 1, 11.3.4.
func (a *applicationBuilder) fci(s side) []byte {
	t := a.text
	p := tlv.Append(nil, tagLabel, []byte(t.Label))
	p = appendPriority(p, t)
	if len(s.pdol) > 0 {
		p = tlv.Append(p, tagPDOL, s.pdol)
	}
	if t.Language != "" {
		p = tlv.Append(p, tagLanguage, []byte(t.Language))
	}
	if t.PreferredName != "" {
		p = tlv.Append(p, tagCodeTable, []byte{max(t.CodeTable, 1)})
		p = tlv.Append(p, tagPreferredName, []byte(t.PreferredName))
	}
	if s.log {
		entry := tlv.Append(nil, tagLogEntry, []byte{t.Log.SFI, t.Log.Records})
		p = tlv.Append(p, tagIssuerDiscretionary, entry)
	}
	return fciTemplate(t.AID, p)
}

// fciTemplate returns a file control information template.
func fciTemplate(name, proprietary []byte) []byte {
	body := tlv.Append(nil, tagDFName, name)
	body = tlv.Append(body, tagFCIProprietary, proprietary)
	return tlv.Append(nil, tagFCITemplate, body)
}

// confirmationRequired is bit 8 of the priority indicator. EMV Book 1, 12.2.3.
const confirmationRequired = 0x80

// appendPriority appends the application priority indicator, if there is one.
func appendPriority(dst []byte, t application) []byte {
	indicator := t.Priority
	if t.Confirm {
		indicator |= confirmationRequired
	}
	if indicator == 0 {
		return dst
	}
	return tlv.Append(dst, tagPriority, []byte{indicator})
}
