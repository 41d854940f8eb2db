package message

// elements1993 are the data elements of ISO 8583:1993 with their formats as jPOS
// has them (cfg/packager/iso93ascii.xml).
var elements1993 = []element{
	{2, "primary account number", formatN, 2, 19},
	{3, "processing code", formatN, 0, 6},
	{4, "amount, transaction", formatN, 0, amountDigits},
	{7, "date and time, transmission", formatN, 0, 10},
	{11, "systems trace audit number", formatN, 0, stanDigits},
	{12, "date and time, local transaction", formatN, 0, localDateTimeDigits},
	{13, "date, effective", formatN, 0, 4},
	{14, "date, expiration", formatN, 0, 4},
	{15, "date, settlement", formatN, 0, 6},
	{18, "merchant type", formatN, 0, 4},
	{19, "country code, acquiring institution", formatN, 0, 3},
	{22, "point of service data code", formatAN, 0, posDataCodeLength},
	{23, "card sequence number", formatN, 0, 3},
	{24, "function code", formatN, 0, 3},
	{25, "message reason code", formatN, 0, 4},
	{26, "card acceptor business code", formatN, 0, 4},
	{27, "approval code length", formatN, 0, 1},
	{30, "amounts, original", formatN, 0, 2 * amountDigits},
	{31, "acquirer reference data", formatANS, 2, 99},
	{32, "acquiring institution identification code", formatN, 2, institutionDigitsMax},
	{33, "forwarding institution identification code", formatN, 2, institutionDigitsMax},
	{34, "primary account number, extended", formatANS, 2, 28},
	{35, "track 2 data", formatZ, 2, 37},
	{37, "retrieval reference number", formatAN, 0, 12},
	{38, "approval code", formatAN, 0, 6},
	{39, "action code", formatN, 0, 3},
	{41, "card acceptor terminal identification", formatANS, 0, 8},
	{42, "card acceptor identification code", formatANS, 0, 15},
	{43, "card acceptor name/location", formatANS, 2, 99},
	{44, "additional response data", formatANS, 2, 99},
	{45, "track 1 data", formatANS, 2, 76},
	{47, "additional data, national", formatANS, 3, 999},
	{48, "additional data, private", formatANS, 3, 999},
	{49, "currency code, transaction", formatAN, 0, 3},
	{52, "personal identification number data", formatB, 0, 8},
	{53, "security related control information", formatB, 2, 48},
	{54, "amounts, additional", formatANS, 3, 120},
	{55, "integrated circuit card system related data", formatB, 3, 255},
	{56, "original data elements", formatN, 2, 35},
	{59, "transport data", formatANS, 3, 999},
	{60, "reserved for national use", formatANS, 3, 999},
	{61, "reserved for national use", formatANS, 3, 999},
	{62, "reserved for private use", formatANS, 3, 999},
	{63, "reserved for private use", formatANS, 3, 999},
	{64, "message authentication code", formatB, 0, 8},
	{95, "card issuer reference data", formatANS, 2, 99},
	{96, "key management data", formatB, 3, 999},
	{100, "receiving institution identification code", formatN, 2, institutionDigitsMax},
	{128, "message authentication code", formatB, 0, 8},
}

// withElement returns the elements with one row exchanged.
func withElement(rows []element, row element) []element {
	changed := make([]element, len(rows))
	for i, e := range rows {
		if e.number == row.number {
			e = row
		}
		changed[i] = e
	}
	return changed
}
