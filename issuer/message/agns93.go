package message

// agns93 reads the plain elements of EBCDIC messages that others publish as Amex
// samples. Nothing of it is from Amex, whose specifications are confidential.
var agns93 = newDialect("agns93", rules{ebcdicOnly, elements1993, layoutsAGNS, false})

// ebcdicOnly is the alphabet of agns93: all but bytes in EBCDIC, lengths too.
var ebcdicOnly = func() alphabet { e := ebcdic(); return alphabet{digits: e, characters: e} }()

// AGNS93 returns the dialect agns93: ISO 8583:1993 in EBCDIC (code page 1047)
// with binary bitmaps. It has authorization requests alone, and their chip data
// are positional: they are passed on as they are.
func AGNS93() *Dialect { return agns93 }

// layoutsAGNS fit the samples, some of which have no transmission time.
var layoutsAGNS = []layout{
	{KindAuthorizationRequest, "1100", "1101",
		elements(2, 3, 4, 11, 12, 22, 24, 41, 49),
		elements(7, 14, 18, 19, 23, 25, 26, 27, 32, 33, 35, 37, 42, 43, 52, 53, 55)},
}
