package script

// stylesFor are the styles that cards of a row of cryptograms have, as far as this
// table knows them: what an issuer goes by that is not told another.
var stylesFor = map[string]string{
	"visa-cvn10": "visa", "visa-cvn18": "visa-csk", "visa-cvn22": "visa-cvn22",
	"mc-cvn16": "mchip", "mc-cvn17": "mchip", "mc-cvn20": "mchip", "mc-cvn21": "mchip",
	"ccd": "ccd", "amex-style": "amex-style",
}

// StyleFor returns the style of cards with a row of emv/cryptogram, by its name; ok
// is false for a row that has none here.
func StyleFor(cryptogram string) (s Style, ok bool) { return StyleByName(stylesFor[cryptogram]) }
