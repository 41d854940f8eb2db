package message

// agns93 reads and writes EBCDIC messages as others publish them for Amex
// samples. Nothing of it is from Amex, whose specifications are confidential.
var agns93 = newDialect("agns93", rules{
	edition: edition1993{}, alphabet: ebcdicOnly, elements: elements1993, layouts: layoutsAGNS(), chip: chipAGNS{}, framing: FramingInclusive,
})

// ebcdicOnly is the alphabet of agns93: all but bytes in EBCDIC, lengths too.
var ebcdicOnly = func() alphabet {
	e := ebcdic()
	return alphabet{digits: e, characters: e, bytes: octets{}, bitmap: octets{}}
}()

// AGNS93 returns the dialect agns93: ISO 8583:1993 in EBCDIC (code page 1047)
// with binary bitmaps and positional chip data, behind a length that counts
// itself.
func AGNS93() *Dialect { return agns93 }

// layoutsAGNS are those of iso93, but that the transmission time may be missing,
// as it is in one of the samples.
func layoutsAGNS() []layout {
	rows := numbered(layouts1993)
	for i := range rows {
		rows[i].mandatory = rows[i].mandatory.without(elements(7))
		rows[i].optional.add(7)
	}
	return rows
}
