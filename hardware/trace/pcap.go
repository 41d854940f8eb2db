package trace

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// The header of a pcap file: magic number, version, time zone, accuracy, longest
// packet, link type.
const (
	pcapMagic        = 0xA1B2C3D4 // times in microseconds
	pcapMagicNano    = 0xA1B23C4D // times in nanoseconds
	pcapNGMagic      = 0x0A0D0D0A // of pcapng, another format
	pcapHeaderBytes  = 24
	pcapPacketBytes  = 16 // in front of each packet: seconds, fraction, length kept, length
	pcapPacketMax    = 1 << 16
	pcapVersionMajor = 2
	pcapVersionMinor = 4
)

// The link types that are read; linkRaw is written: packets begin with their IP
// header. https://www.tcpdump.org/linktypes.html
const (
	linkEthernet = 1
	linkRaw      = 101
	linkLinuxSLL = 113
	linkIPv4     = 228
)

// linkBytes are the lengths of what stands before the IP header.
var linkBytes = map[uint32]int{linkEthernet: 14, linkRaw: 0, linkLinuxSLL: 16, linkIPv4: 0}

// GSMTAP, version 2, as libosmocore's gsmtap.h has it: version, length in words of
// 4 bytes, type, time slot, channel (2), signal, noise, frame number (4), sub-type,
// antenna, sub-slot, reserved. Wireshark shows type 4 as the dialogue with a SIM,
// which is a chip card.
const (
	gsmtapPort        = 4729
	gsmtapVersion     = 2
	gsmtapWords       = 4
	gsmtapTypeSIM     = 4
	gsmtapSIMAPDU     = 0 // a command and what came back
	gsmtapSIMATR      = 1
	gsmtapSubTypeByte = 12
)

// The headers of IPv4 without options and of UDP.
const (
	ipv4Bytes   = 20
	ipv4TTL     = 64
	protocolUDP = 17
	udpBytes    = 8
)

// payloadBytesMax is how many bytes of a command and its answer an IPv4 packet holds:
// more than those of EMV have.
const payloadBytesMax = 1<<16 - 1 - ipv4Bytes - udpBytes - 4*gsmtapWords

// writePcap writes a packet for each step, for Wireshark. Without times the packets
// lie a microsecond apart.
func (r Recording) writePcap(w io.Writer) error {
	out := bufio.NewWriter(w)
	header := make([]byte, 0, pcapHeaderBytes)
	header = binary.LittleEndian.AppendUint32(header, pcapMagic)
	header = binary.LittleEndian.AppendUint16(header, pcapVersionMajor)
	header = binary.LittleEndian.AppendUint16(header, pcapVersionMinor)
	header = append(header, make([]byte, 8)...) // Greenwich, accuracy not known
	header = binary.LittleEndian.AppendUint32(header, pcapPacketMax)
	header = binary.LittleEndian.AppendUint32(header, linkRaw)
	_, _ = out.Write(header)
	for i, s := range r.steps {
		at := time.Duration(i) * time.Microsecond
		if s.timed {
			at = s.at
		}
		subType := byte(gsmtapSIMAPDU)
		if !s.isCommand() {
			subType = gsmtapSIMATR
		}
		if s.command.Len()+s.response.Len() > payloadBytesMax {
			return fmt.Errorf("write trace: step %d: longer than a packet holds", i+1)
		}
		s.open(func(command, response []byte) {
			_, _ = out.Write(appendPacket(nil, at, subType, command, response))
		})
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write trace: %w", err)
	}
	return nil
}

// appendPacket appends a packet with all its headers, sent from this machine to
// itself.
func appendPacket(dst []byte, at time.Duration, subType byte, parts ...[]byte) []byte {
	payload := []byte{gsmtapVersion, gsmtapWords, gsmtapTypeSIM, 0, 0, 0, 0, 0, 0, 0, 0, 0, subType, 0, 0, 0}
	for _, p := range parts {
		payload = append(payload, p...)
	}
	length := ipv4Bytes + udpBytes + len(payload)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(at/time.Second))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(at%time.Second/time.Microsecond))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(length))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(length))
	dst = append(dst, ipv4Header(length)...)
	dst = binary.BigEndian.AppendUint16(dst, gsmtapPort)
	dst = binary.BigEndian.AppendUint16(dst, gsmtapPort)
	dst = binary.BigEndian.AppendUint16(dst, uint16(udpBytes+len(payload)))
	dst = append(dst, 0, 0) // no check sum, as UDP over IPv4 allows
	return append(dst, payload...)
}

// ipv4Header returns the header of a packet of that length, from 127.0.0.1 to
// 127.0.0.1.
func ipv4Header(length int) []byte {
	h := []byte{0x45, 0, byte(length >> 8), byte(length), 0, 0, 0, 0, ipv4TTL, protocolUDP, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1}
	sum := uint32(0)
	for i := 0; i < len(h); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(h[i:]))
	}
	sum = sum&0xFFFF + sum>>16
	binary.BigEndian.PutUint16(h[10:], ^uint16(sum+sum>>16))
	return h
}
