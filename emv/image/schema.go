package image

import "github.com/f510b0cf/till/emv"

// schemaVersion is the first byte of an encoded image. It changes with any
// change of what follows; a test pins the bytes. Images of every version from
// the oldest on are read; what they do not have is zero.
const (
	schemaVersion = 3
	schemaOldest  = 1
	schemaRisk    = 2 // card risk management, updates, transaction log, T=0
	schemaUsed    = 3 // PIN tries used, blocked; an AFL that is not checked
)

// The bounds of an image. Where no section is named the bound is our choice, far
// above what cards hold.
const (
	encodedBytesMax   = 1 << 16
	atrBytesMax       = 33  // TS and up to 32 characters, ISO/IEC 7816-3
	nameBytesMax      = 16  // DF name, EMV Book 1, 12.2
	responseBytesMax  = 256 // data of a response APDU, ISO/IEC 7816-4 without extended length
	sfiMax            = 30  // EMV Book 3, 5.3.2
	recordsMax        = 255 // of one file
	filesMax          = sfiMax
	environmentsMax   = 4
	applicationsMax   = 16
	objectsMax        = 64
	listBytesMax      = 252 // DOL and AFL, EMV Book 3, Annex A
	rowNameBytesMax   = 32  // name of a row of the tables of cryptograms and scripts
	tagBytesMax       = 4
	panDigitsMax      = 19
	sequenceNumberMax = 99
	masterKeyBytes    = 16  // two-key TDES
	primeBytesMax     = 128 // more than half of a modulus of 248 bytes
	exponentBytesMax  = 3
	byteMax           = 0xFF
)

// image walks the fields of an image in the order in which they are encoded.
// Here and below one description serves both directions, so that they can not
// disagree.
func (c *coder) image(i *Image) {
	c.version()
	c.bytes("ATR", &i.ATR, atrBytesMax)
	if c.has(schemaRisk) {
		c.boolean("T=0", &i.T0)
	}
	list(c, "environments", &i.Environments, environmentsMax, (*coder).environment)
	list(c, "applications", &i.Applications, applicationsMax, (*coder).application)
}

func (c *coder) environment(e *Environment) {
	c.bytes("DF name", &e.Name, nameBytesMax)
	c.bytes("FCI", &e.FCI, responseBytesMax)
	optional(c, "directory", &e.File, (*coder).file)
}

func (c *coder) file(f *File) {
	c.number("SFI", &f.SFI, sfiMax)
	list(c, "records", &f.Records, recordsMax, (*coder).record)
	if c.has(schemaRisk) {
		c.boolean("updates", &f.Updates)
	}
}

func (c *coder) record(r *[]byte) { c.bytes("record", r, responseBytesMax) }

func (c *coder) application(a *Application) {
	c.bytes("DF name", &a.Name, nameBytesMax)
	c.pan(&a.PAN)
	c.number("PAN sequence number", (*uint8)(&a.SequenceNumber), sequenceNumberMax)
	c.side(&a.Contact)
	optional(c, "contactless", &a.Contactless, (*coder).side)
	list(c, "files", &a.Files, filesMax, (*coder).file)
	list(c, "data objects", &a.Data, objectsMax, (*coder).object)
	c.dol("CDOL1", &a.CDOL1)
	c.dol("CDOL2", &a.CDOL2)
	c.dol("DDOL", &a.DDOL)
	c.boolean("format 1", &a.Format1)
	c.text("cryptogram", &a.Cryptogram, rowNameBytesMax)
	c.text("script", &a.Script, rowNameBytesMax)
	c.number("DKI", &a.DKI, byteMax)
	c.key("master key AC", &a.Keys.AC)
	c.key("master key SMI", &a.Keys.SMI)
	c.key("master key SMC", &a.Keys.SMC)
	c.privateKey("ICC key", &a.ICCKey)
	c.privateKey("PIN key", &a.PINKey)
	c.pin(&a.PIN)
	c.number("PIN try limit", &a.PINTryLimit, byteMax)
	if c.has(schemaRisk) {
		list(c, "tags for PUT DATA", &a.Puts, objectsMax, (*coder).tag)
		optional(c, "log", &a.Log, (*coder).log)
		c.risk(&a.Risk)
	}
	if c.has(schemaUsed) {
		c.number("PIN tries used", &a.PINTriesUsed, byteMax)
		c.boolean("blocked", &a.Blocked)
	}
}

func (c *coder) log(l *Log) {
	c.number("SFI of the log", &l.SFI, sfiMax)
	c.number("records of the log", &l.Records, byteMax)
	c.dol("log format", &l.Format)
}

func (c *coder) risk(r *Risk) {
	for _, tag := range [...]*emv.Tag{&r.LowerCount, &r.UpperCount, &r.LowerAmount, &r.UpperAmount} {
		c.optionalTag(tag)
	}
	c.fixed(r.Currency[:])
	c.fixed(r.Country[:])
	for _, f := range [...]*emv.CVRFlags{&r.Denial, &r.Online, &r.Default} {
		c.flags(f)
	}
	c.boolean("issuer authentication mandatory", &r.AuthenticationMandatory)
	c.boolean("issuer authentication advisory", &r.AuthenticationAdvisory)
	c.boolean("offline only", &r.OfflineOnly)
}

// side is an application as it is over contacts or without.
func (c *coder) side(i *Interface) {
	c.bytes("FCI", &i.FCI, responseBytesMax)
	c.dol("PDOL", &i.PDOL)
	c.fixed(i.AIP[:])
	c.afl(&i.AFL)
}

func (c *coder) object(o *Object) {
	c.tag(&o.Tag)
	c.bytes("data object", &o.Value, responseBytesMax)
}
