// SPDX-License-Identifier: Apache-2.0

package window

import (
	"bytes"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

// A person changes the PIN, mistypes it until it is blocked, and unblocks it. The
// last try needs a confirmation, which the server checks.
func TestChangeBlockUnblock(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	assert.Equal(t, "The PIN has been changed", heading(x.does(change, cardtest.PIN, "246810", "246810")))
	assert.Equal(t, "The PIN is right", heading(x.does(verify, "246810")))
	for _, left := range []string{"2 tries are left", "1 try is left"} {
		body := x.does(verify, "999999")
		assert.Equal(t, "Wrong PIN", heading(body))
		assert.Contains(t, body, left)
	}
	x.state("last-try")
	number, body := x.form(change)
	assert.Contains(t, body, `id="understood"`)
	before := x.pins()
	status, got := x.send(number, "999999", "13579", "13579")
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "Tick the box first. Nothing was sent to the card.", got.Error)
	assert.Equal(t, before, x.pins(), "not without the confirmation")
	status, got = x.sendConfirmed(got.Operation, "1", "999999", "13579", "13579")
	require.Equal(t, http.StatusOK, status)
	assert.Equal(t, "The PIN is blocked, set a new one", heading(x.get(strings.TrimPrefix(got.Next, x.server.session.path))))
	x.state("pin-blocked")
	_, body = x.form(verify)
	assert.Contains(t, body, `data-state="pin-blocked"`, "there is no form for a PIN that is blocked")
	assert.Equal(t, "Wrong PUK", heading(x.does(unblock, "11111111", "13579", "13579")))
	assert.Equal(t, "The PIN has been unblocked and set", heading(x.does(unblock, cardtest.PUK, "13579", "13579")))
	x.state(untried)
	assert.Equal(t, "The PIN is right", heading(x.does(verify, "13579")))
}

// A form that was opened with more tries than are left is not sent, and leads to
// one that asks for the confirmation: its own says nothing of the last try.
func TestLastTryMeanwhile(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	number, body := x.form(verify)
	assert.NotContains(t, body, `id="understood"`)
	for range 2 {
		assert.Equal(t, "Wrong PIN", heading(x.does(verify, "999999")))
	}
	before := x.pins()
	status, got := x.sendConfirmed(number, "1", cardtest.PIN)
	require.Equal(t, http.StatusOK, status)
	assert.Equal(t, before, x.pins())
	assert.Contains(t, x.get(strings.TrimPrefix(got.Next, x.server.session.path)), `id="understood"`)
}

// A card of a kind that nobody has seen accept a PIN may take a try for the right
// one: that is said, and confirmed, before the first is sent.
func TestUnknownKindOfCard(t *testing.T) {
	x := start(t, simcard.FamilyH).enter()
	x.state("unknown")
	number, body := x.form(verify)
	assert.Contains(t, body, "Even the right PIN may cost one try")
	assert.Contains(t, body, `id="understood"`)
	status, got := x.send(number, cardtest.PIN)
	assert.Equal(t, http.StatusOK, status)
	assert.Equal(t, "Tick the box first. Nothing was sent to the card.", got.Error)
	assert.Zero(t, x.pins())
	status, got = x.sendConfirmed(got.Operation, "1", cardtest.PIN)
	assert.Equal(t, http.StatusOK, status)
	assert.NotEmpty(t, got.Next)
	assert.NotZero(t, x.pins())
}

// Whatever repeats a request, the card gets a PIN once for each press of the
// button: the number of a form is good once, and a result is shown by another.
func TestOnePressOnePIN(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	number, _ := x.form(verify)
	status, got := x.send(number, "999999")
	require.Equal(t, http.StatusOK, status)
	for range 3 {
		status, again := x.send(number, "999999")
		assert.Equal(t, http.StatusConflict, status)
		assert.NotEmpty(t, again.Error)
		assert.Equal(t, "Wrong PIN", heading(x.get(strings.TrimPrefix(got.Next, x.server.session.path))), "the page with the result, reloaded")
	}
	assert.Equal(t, 1, x.pins())
	status, _ = x.send("", "999999")
	assert.Equal(t, http.StatusConflict, status)
	// While one is done, another is refused.
	until := make(chan struct{})
	x.service.SetFault(cardtest.ReaderName, func(_ int, command []byte) simreader.Fault {
		if command[1] == 0x20 && len(command) > 5 {
			return simreader.Slow(until)
		}
		return simreader.Fault{}
	})
	first, _ := x.form(verify)
	second, _ := x.form(verify)
	ended := make(chan int)
	go func() { status, _ := x.send(first, cardtest.PIN); ended <- status }()
	require.Eventually(t, func() bool { return x.service.InTransaction(cardtest.ReaderName) }, hangs, 1e6)
	status, got = x.send(second, cardtest.PIN)
	assert.Equal(t, http.StatusConflict, status)
	assert.Contains(t, got.Error, "busy")
	close(until)
	assert.Equal(t, http.StatusOK, <-ended)
	assert.Equal(t, 2, x.pins())
}

// What cannot be a PIN does not reach the card, and the form goes on with a number
// of its own.
func TestTypingErrors(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	number, _ := x.form(change)
	for _, typed := range [][]string{
		{"", "246810", "246810"}, {"12", "246810", "246810"}, {"12a45678", "246810", "246810"}, {"123456789", "246810", "246810"},
		{cardtest.PIN, "", ""}, {cardtest.PIN, "246810", "246811"}, {cardtest.PIN, cardtest.PIN, cardtest.PIN}, {cardtest.PIN, "1 2345", "1 2345"},
	} {
		status, got := x.send(number, typed...)
		assert.Equal(t, http.StatusOK, status)
		assert.NotEmpty(t, got.Error, typed)
		assert.Empty(t, got.Next)
		number = got.Operation
	}
	assert.Zero(t, x.pins())
	for _, body := range []string{"", number, number + "\n0", number + "\n0\n1\n2", number + "\n0\n1\n2\n3\n4"} {
		r, _ := x.request("POST", x.server.session.path+"pin/send", body, "Content-Type", pinType)
		assert.NotEqual(t, http.StatusOK, r.StatusCode, "%q", body)
	}
	number, _ = x.form(change)
	for _, kind := range []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"} {
		r, _ := x.request("POST", x.server.session.path+"pin/send", number+"\n0\n"+cardtest.PIN+"\n246810\n246810", "Content-Type", kind)
		assert.Equal(t, http.StatusForbidden, r.StatusCode, "what a form of another site can send: %q", kind)
	}
	assert.Zero(t, x.pins())
}

// Of a request that breaks off nothing reaches the card: what has come of the PIN
// could be another one.
func TestRequestThatBreaksOff(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	number, _ := x.form(verify)
	body := number + "\n0\n" + cardtest.PIN
	c, err := net.Dial("tcp4", x.server.host)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(hangs)))
	_, err = fmt.Fprintf(c, "POST %spin/send HTTP/1.1\r\nHost: %s\r\nOrigin: %s\r\nCookie: %s=%s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		x.server.session.path, x.server.host, x.server.origin(), x.cookie.Name, x.cookie.Value, pinType, len(body), body[:len(body)-2])
	require.NoError(t, err)
	require.NoError(t, c.(*net.TCPConn).CloseWrite())
	answer, err := io.ReadAll(c)
	require.NoError(t, err)
	assert.NotContains(t, string(answer), "200 OK")
	assert.Zero(t, x.pins())
	status, _ := x.send(number, cardtest.PIN)
	assert.Equal(t, http.StatusOK, status, "the form is as it was")
}

// Where the service or the card does not answer a PIN, nobody knows whether it was
// compared, and the page does not ask for another at once.
func TestNoAnswer(t *testing.T) {
	for _, err := range []error{cardos.ErrNoService, cardos.ErrServiceHangs, cardos.ErrCardMute, cardos.ErrProtocol} {
		x := start(t, simcard.FamilyB2).enter()
		x.state(untried)
		x.service.SetFault(cardtest.ReaderName, func(_ int, command []byte) simreader.Fault {
			if command[1] == 0x20 && len(command) > 5 {
				return simreader.Fault{Err: err}
			}
			return simreader.Fault{}
		})
		body := x.does(verify, cardtest.PIN)
		assert.Contains(t, body, "look at the tries", err)
		assert.NotContains(t, body, "Try again", err)
	}
}

// A card that is taken out closes the forms. Where it goes in the middle, the page
// says that nobody knows whether it got the PIN.
func TestCardTakenOut(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	number, _ := x.form(verify)
	x.service.Remove(cardtest.ReaderName)
	x.state("empty")
	x.service.Insert(cardtest.ReaderName, x.card)
	x.state(untried)
	status, _ := x.send(number, cardtest.PIN)
	assert.Equal(t, http.StatusConflict, status, "a form is of one insertion")
	assert.Zero(t, x.pins())
	x.service.SetFault(cardtest.ReaderName, func(_ int, command []byte) simreader.Fault {
		if command[1] == 0x20 && len(command) > 5 {
			return simreader.Removed()
		}
		return simreader.Fault{}
	})
	assert.Equal(t, "The card was gone in the middle", heading(x.does(verify, cardtest.PIN)))
	x.state("empty")
}

// A form of another insertion is refused too where it was not closed, as one that
// was opened, or got a new number, while the card changed.
func TestFormOfAnotherCard(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	number, _ := x.form(verify)
	op, open := x.server.operations.take(number)
	require.True(t, open)
	x.service.Remove(cardtest.ReaderName)
	x.state("empty")
	x.service.Insert(cardtest.ReaderName, x.card)
	x.state(untried)
	status, got := x.send(x.server.operations.begin(op), cardtest.PIN)
	assert.Equal(t, http.StatusConflict, status)
	assert.Contains(t, got.Error, "no longer good")
	assert.Zero(t, x.pins())
	assert.Equal(t, "The PIN is right", heading(x.does(verify, cardtest.PIN)))
}

// Two PINs on one card have a place and forms of their own.
func TestTwoTokens(t *testing.T) {
	x := start(t, simcard.FamilyB1, cardtest.Signature(t, "34509876", "99887766")).enter()
	body := x.state(untried)
	for _, title := range []string{"Access to services", "Digital signature", "Change the PIN of the digital signature"} {
		assert.Contains(t, body, title)
	}
	saved := map[string]bool{}
	for _, m := range regexp.MustCompile(`href="([^"]*/certificate\?[^"]*)"`).FindAllStringSubmatch(body, -1) {
		page := x.get(strings.TrimPrefix(html.UnescapeString(m[1]), x.server.session.path))
		to := regexp.MustCompile(`href="([^"]*/certificate\.pem\?[^"]*)"`).FindStringSubmatch(page)
		require.NotNil(t, to, page)
		saved[x.get(strings.TrimPrefix(html.UnescapeString(to[1]), x.server.session.path))] = true
	}
	assert.Len(t, saved, 2, "each leads to its own certificate")
	number, form := x.form(change, "key", "signature")
	assert.Equal(t, "Change the PIN of the digital signature", heading(form))
	status, got := x.send(number, "34509876", "246810", "246810")
	require.Equal(t, http.StatusOK, status)
	require.Empty(t, got.Error)
	assert.Equal(t, "The PIN has been changed", heading(x.get(strings.TrimPrefix(got.Next, x.server.session.path))))
	assert.Equal(t, "The PIN is right", heading(x.does(verify, cardtest.PIN)), "the other PIN is as it was")
}

// At a reader with a keypad no PIN is typed on the page, unless a person wants to.
func TestKeypad(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	typed := []string{cardtest.PIN}
	pad := &simreader.Pad{Verify: true, Type: func() (string, uint16) {
		if len(typed) == 0 {
			return "", 0x6401 // cancelled
		}
		digits := typed[0]
		typed = typed[1:]
		return digits, 0
	}}
	x.service.SetPad(cardtest.ReaderName, pad)
	x.service.Remove(cardtest.ReaderName)
	x.state("empty")
	x.service.Insert(cardtest.ReaderName, x.card)
	x.state(untried)
	number, body := x.form(verify)
	assert.NotContains(t, body, "<iframe")
	status, got := x.send(number)
	require.Equal(t, http.StatusOK, status)
	assert.Equal(t, "The PIN is right", heading(x.get(strings.TrimPrefix(got.Next, x.server.session.path))))
	body = x.does(verify)
	assert.Equal(t, "That did not work", heading(body))
	assert.Contains(t, body, "Cancelled at the reader")
	_, body = x.form(verify, "keyboard", "1")
	assert.Contains(t, body, "<iframe")
	assert.Equal(t, 2, pad.Entries)
	pad.Err = cardos.ErrPadFailed
	body = x.does(verify)
	assert.Contains(t, body, "keyboard=1", "the way on is on the page")
	assert.Contains(t, body, "look at the tries", "nobody knows whether the card got a PIN")
	assert.NotContains(t, body, "terminal")
}

// The tries that are left, and the rest of the card, are read once for each
// insertion and operation, however often the page is asked for.
func TestReadOnce(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	commands := 0
	x.service.SetFault(cardtest.ReaderName, func(int, []byte) simreader.Fault { commands++; return simreader.Fault{} })
	for range 5 {
		x.get("card")
		x.form(change)
	}
	assert.Zero(t, commands)
}

// shown is the page of the card with name and number.
func (x *fixture) shown() string {
	x.Helper()
	link := regexp.MustCompile(`href="([^"]*card\?show=\d+)"`).FindStringSubmatch(x.state(untried))
	require.NotNil(x, link)
	return x.get(strings.TrimPrefix(link[1], x.server.session.path))
}

// Name and number are shown when a person asks for them, of the card that is there
// then: the next one is masked again, at the same address.
func TestNextCardIsMasked(t *testing.T) {
	x := start(t, simcard.FamilyB2, cardtest.Distinct(t)).enter()
	masked := x.state(untried)
	assert.Contains(t, masked, "••••")
	assert.NotContains(t, x.shown(), "••••")
	_, changes := x.server.live.numbers()
	x.service.Remove(cardtest.ReaderName)
	x.state("empty")
	x.service.Insert(cardtest.ReaderName, x.card)
	x.state(untried)
	assert.Contains(t, x.get("card?show="+strconv.Itoa(changes)), "••••")
}

// A PIN is in no page, no answer and no address.
func TestPINIsNotShown(t *testing.T) {
	x := start(t, simcard.FamilyB2, cardtest.Distinct(t)).enter()
	x.state(untried)
	number, form := x.form(verify)
	r, body := x.request("POST", x.server.session.path+"pin/send", number+"\n0\n"+cardtest.DistinctPIN, "Content-Type", pinType)
	require.Equal(t, http.StatusOK, r.StatusCode)
	var head bytes.Buffer
	require.NoError(t, r.Header.Write(&head))
	for _, text := range []string{form, body, head.String(), x.get("card"), x.shown(), x.get("doctor")} {
		assert.NotContains(t, text, cardtest.DistinctPIN)
	}
	assert.Equal(t, 1, x.pins())
}
