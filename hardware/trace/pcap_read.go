package trace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/f510b0cf/till/emv/apdu"
)

// pcapOrder returns the order of the bytes in the headers of a pcap file.
func pcapOrder(b []byte) (order binary.ByteOrder, ok bool) {
	if len(b) < 4 {
		return nil, false
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		switch order.Uint32(b) {
		case pcapMagic, pcapMagicNano, pcapNGMagic:
			return order, true
		}
	}
	return nil, false
}

// ParsePcap reads the packets of a pcap file that GSMTAP has put a card's dialogue
// into, each with a command and its answer, or with an ATR. Other packets are passed
// over, and so are times. Where the boundary between command and answer is not
// clear, by Lc and INS, a byte 00 behind the data is Le. The error wraps
// emv.ErrMalformed, or is that of the reader.
func ParsePcap(r io.Reader) (Recording, error) {
	header := make([]byte, pcapHeaderBytes)
	if _, err := io.ReadFull(r, header); err != nil {
		return Recording{}, pcapError(0, err)
	}
	order, ok := pcapOrder(header)
	switch {
	case !ok:
		return Recording{}, fmt.Errorf("read trace: %w", malformed("this is no pcap file"))
	case order.Uint32(header) == pcapNGMagic:
		return Recording{}, fmt.Errorf("read trace: %w", malformed("this is pcapng: save it as pcap"))
	}
	link, known := linkBytes[order.Uint32(header[20:])]
	if !known {
		return Recording{}, fmt.Errorf("read trace: %w", malformed("the link type is neither Ethernet nor IP"))
	}
	var p linesParser
	for number := 1; ; number++ {
		packet, err := nextPacket(r, order)
		if errors.Is(err, io.EOF) {
			return p.recording, nil
		}
		if err == nil {
			err = p.packet(packet[min(link, len(packet)):])
		}
		if err != nil {
			return Recording{}, pcapError(number, err)
		}
	}
}

func pcapError(packet int, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = malformed("the file ends too early")
	}
	return fmt.Errorf("read trace: packet %d: %w", packet, err)
}

// nextPacket returns what was kept of a packet, io.EOF behind the last.
func nextPacket(r io.Reader, order binary.ByteOrder) ([]byte, error) {
	header := make([]byte, pcapPacketBytes)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	kept := order.Uint32(header[8:])
	if kept > pcapPacketMax {
		return nil, malformed("too long")
	}
	packet := make([]byte, kept)
	if _, err := io.ReadFull(r, packet); err != nil {
		return nil, malformed("the file ends too early")
	}
	return packet, nil
}

// packet adds the step that an IP packet holds, if it holds one.
func (p *linesParser) packet(b []byte) error {
	payload, ok := udpPayload(b)
	if !ok || len(payload) < 4*gsmtapWords || payload[0] != gsmtapVersion || payload[2] != gsmtapTypeSIM {
		return nil
	}
	header := 4 * int(payload[1])
	if header < 4*gsmtapWords || len(payload) < header {
		return malformed("the GSMTAP header is too short")
	}
	content := payload[header:]
	switch payload[gsmtapSubTypeByte] {
	case gsmtapSIMATR:
		return p.begin(step{kind: coldReset}, content)
	case gsmtapSIMAPDU:
		return p.exchange(content)
	}
	return nil
}

// udpPayload returns what an IPv4 packet to or from the port of GSMTAP holds.
func udpPayload(b []byte) (payload []byte, ok bool) {
	if len(b) < ipv4Bytes || b[0]>>4 != 4 || b[9] != protocolUDP {
		return nil, false
	}
	header := 4 * int(b[0]&0x0F)
	if header < ipv4Bytes || len(b) < header+udpBytes {
		return nil, false
	}
	udp := b[header:]
	ours := binary.BigEndian.Uint16(udp) == gsmtapPort || binary.BigEndian.Uint16(udp[2:]) == gsmtapPort
	length := int(binary.BigEndian.Uint16(udp[4:]))
	if !ours || length < udpBytes || length > len(udp) {
		return nil, false
	}
	return udp[udpBytes:length], true
}

// exchange adds a command and its answer, which is not there where the card was
// gone.
func (p *linesParser) exchange(b []byte) error {
	n, err := commandLength(b)
	if err != nil {
		return err
	}
	if err := p.begin(step{kind: exchange}, b[:n:n]); err != nil {
		return err
	}
	if len(b) == n {
		return p.answer(wordFailure, string(cardRemoved))
	}
	return p.answerBytes(b[n:])
}

// The lengths of a command's header, and of the header with the byte behind it.
const (
	commandHeaderBytes = 4
	p3Bytes            = 5
)

// commandLength returns how many bytes of b are a command; those behind are its
// answer. The byte behind the header is Le where the card has something to give, and
// else Lc. EMV Book 3, 6.5; EMV Contact Interface Specification, 9.3.1.
func commandLength(b []byte) (int, error) {
	if len(b) < commandHeaderBytes {
		return 0, malformed("fewer bytes than a command has")
	}
	if len(b) == commandHeaderBytes || len(b) == commandHeaderBytes+swBytes && apdu.SW(b[4])<<8|apdu.SW(b[5]) >= firstSW {
		return commandHeaderBytes, nil // case 1
	}
	n := p3Bytes
	switch b[1] {
	case insReadRecord, insGetData, insGetResponse, insGetChallenge:
	default:
		n += int(b[4])
	}
	switch {
	case n > len(b):
		return 0, malformed("fewer bytes than Lc says")
	case n > p3Bytes && n < len(b) && b[n] == 0 && len(b) != n+swBytes:
		n++ // Le; no answer begins like this
	case len(b) == n+1:
		return 0, malformed("one byte is no answer")
	}
	return n, nil
}

// firstSW is the least status word. ISO/IEC 7816-4.
const firstSW apdu.SW = 0x6000
