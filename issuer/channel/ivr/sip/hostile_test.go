package sip_test

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/f510b0cf/till/issuer/channel/ivr/ivrtest"
)

// offer is a call with a description of its audio.
func offer(n int, body string, headers ...string) string {
	return fmt.Sprintf("INVITE sip:card@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKhostile%d\r\nFrom: <sip:x@127.0.0.1>;tag=%[1]d\r\nTo: <sip:card@127.0.0.1>\r\n"+
		"Call-ID: hostile%[1]d\r\nCSeq: 1 INVITE\r\nContact: <sip:x@127.0.0.1:9>\r\nMax-Forwards: 70\r\nContent-Type: application/sdp\r\n%sContent-Length: %d\r\n\r\n%s",
		n, strings.Join(headers, ""), len(body), body)
}

// audio describes audio as callers do.
const audio = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"

// hostileOffers are descriptions and headers that are none.
var hostileOffers = []string{
	offer(1, ""), offer(2, "\x00"), offer(3, strings.Repeat("m=audio 9 RTP/AVP 0\r\n", 2000)),
	offer(4, strings.Replace(audio, "127.0.0.1\r\nt=", "999.1.1.1\r\nt=", 1)), offer(5, strings.Replace(audio, "audio 9", "audio -1", 1)),
	offer(6, strings.Replace(audio, "audio 9", "audio 99999999999", 1)), offer(7, strings.Replace(audio, "m=audio 9 RTP/AVP 0 101", "m=", 1)),
	offer(8, strings.Replace(audio, "0 101", "x y z", 1)), offer(9, strings.Replace(audio, "a=rtpmap:101 telephone-event/8000", "a=rtpmap:", 1)),
	offer(10, strings.Replace(audio, "c=IN IP4 127.0.0.1\r\n", "", 1)), offer(11, strings.Replace(audio, "c=IN IP4 127.0.0.1", "c=IN IP6 ::", 1)),
	offer(12, "a=rtpmap:/\r\na=fmtp\r\nm=audio\r\nc=\r\no=\r\n"), offer(13, audio, "Record-Route: <\r\n"), offer(14, audio, "Via: \r\n"),
	strings.Replace(offer(15, audio), "CSeq: 1 INVITE", "CSeq: 99999999999999999999 BYE", 1), strings.Replace(offer(16, audio), "Content-Length: ", "Content-Length: -", 1),
	strings.Replace(offer(17, audio), "Contact: <sip:x@127.0.0.1:9>", "Contact: *", 1), strings.Replace(offer(18, audio), "From: ", "From: \"", 1),
	strings.Replace(offer(19, audio), "Call-ID: ", "X: ", 1), strings.Replace(offer(20, audio), "To: <sip:card@127.0.0.1>", "To: ", 1),
	strings.Replace(offer(21, audio), "Max-Forwards: 70", "Max-Forwards: 70\r\nX: "+strings.Repeat("y", 30000), 1), offer(22, strings.Replace(audio, "sendrecv", "inactive", 1)),
	offer(23, strings.Replace(audio, "RTP/AVP", "RTP/SAVP", 1)+"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\r\n"),
	"ACK sip:card@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKhostile1\r\nCall-ID: hostile1\r\nCSeq: 1 ACK\r\n\r\n",
	"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKnone\r\nCSeq: 1 INVITE\r\nCall-ID: x\r\n\r\n",
}

// TestHostileCalls sends what no caller would, whole and damaged: the process lives on,
// and who rings up then is answered.
func TestHostileCalls(t *testing.T) {
	p := newPhone(t)
	conn, err := net.Dial("udp", p.address)
	require.NoError(t, err)
	defer conn.Close()
	random := rand.New(rand.NewPCG(1, 0))
	for _, message := range hostileOffers {
		_, err := conn.Write([]byte(message))
		require.NoError(t, err)
		for range 12 {
			damaged := []byte(message)[:random.IntN(len(message))+1]
			for range random.IntN(6) {
				damaged[random.IntN(len(damaged))] = byte(random.IntN(256))
			}
			_, err := conn.Write(damaged)
			require.NoError(t, err)
		}
		time.Sleep(2 * time.Millisecond) // that it is read, not dropped
	}
	for n := range 20 {
		damaged := []byte(offer(100+n, audio))
		for range 1 + random.IntN(3) {
			damaged[random.IntN(len(damaged))] ^= byte(1 << random.IntN(8))
		}
		_, err := conn.Write(damaged)
		require.NoError(t, err)
	}
	c := ivrtest.Ring(t, p.address)
	require.Eventually(t, func() bool { return c.Heard() > 5 }, 10*time.Second, 10*time.Millisecond, "a caller is answered")
	p.stop()
	t.Logf("%d calls, %d refused, %d panics", strings.Count(p.log.String(), "event=call "), strings.Count(p.log.String(), `event="call refused"`), strings.Count(p.log.String(), "event=panic"))
}
