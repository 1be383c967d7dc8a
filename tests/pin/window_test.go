// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// page is a browser with the page of tscns window.
type page struct {
	t              *testing.T
	client         *http.Client
	origin, folder string
}

// What is typed into the page lies in locked memory alone while the card is asked,
// and nowhere from then on: not in what the HTTP server read of the request either.
func TestThePageKeepsNoPIN(t *testing.T) {
	pin, next, kept := randomPIN(t), randomPIN(t), randomPIN(t)
	d := newFixture(t, pin)
	command := []string{kit.Command(t, "tscns"), "window", "--no-open"}
	if os.Geteuid() == 0 { // as root it refuses
		command = append([]string{"unshare", "--user", "--map-user=1000", "--map-group=1000"}, command...)
	}
	x := d.program(kept, command[0], command[1:]...)
	x.Until("\n") // after the address
	address := regexp.MustCompile(`(http://127\.0\.0\.1:\d+)/#([\w-]+)`).FindStringSubmatch(x.Shown())
	require.NotNil(t, address, x.Shown())
	p := enter(t, address[1], address[2])
	for _, form := range []struct {
		action  string
		typed   []string
		command byte
	}{
		{"verify", []string{pin}, insVerify},
		{"change", []string{pin, next, next}, insChange},
	} {
		number := p.form(form.action)
		reached, release := d.card.holdAt(form.command)
		answer := make(chan string, 1)
		go func() { answer <- p.send(number, form.typed...) }()
		<-reached
		x.requireOnlyKept(true, form.typed...)
		_, elsewhere := x.memory(kept)
		require.NotZero(t, elsewhere, "what the process was given is found")
		release()
		require.Contains(t, <-answer, "pin/result", form.action)
		x.requireOnlyKept(false, form.typed...)
	}
}

// enter exchanges the token of an address for a session.
func enter(t *testing.T, origin, token string) *page {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	p := &page{t: t, client: &http.Client{Jar: jar}, origin: origin}
	var opened struct{ Next string }
	require.NoError(t, json.Unmarshal([]byte(p.post("/enter", token, "application/x-tscns-token")), &opened))
	p.folder = opened.Next[:strings.LastIndex(opened.Next, "/")+1]
	return p
}

// form opens the form of an action and returns its number.
func (p *page) form(action string) string {
	p.t.Helper()
	card := p.get(p.folder + "card")
	link := regexp.MustCompile(`href="([^"]*/pin\?action=` + action + `[^"]*)"`).FindStringSubmatch(card)
	require.NotNil(p.t, link, card)
	number := regexp.MustCompile(`data-operation="([^"]+)"`).FindStringSubmatch(p.get(html.UnescapeString(link[1])))
	require.NotNil(p.t, number)
	return number[1]
}

func (p *page) send(number string, typed ...string) string {
	return p.post(p.folder+"pin/send", strings.Join(append([]string{number, "0"}, typed...), "\n"), "application/x-tscns-pin")
}

func (p *page) get(path string) string {
	p.t.Helper()
	return p.do(http.NewRequest(http.MethodGet, p.origin+path, nil))
}

func (p *page) post(path, body, kind string) string {
	r, err := http.NewRequest(http.MethodPost, p.origin+path, strings.NewReader(body))
	if err == nil {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", p.origin)
	}
	return p.do(r, err)
}

func (p *page) do(r *http.Request, err error) string {
	if err != nil {
		return err.Error()
	}
	answer, err := p.client.Do(r)
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
