// SPDX-License-Identifier: Apache-2.0

package window

import (
	"encoding/json"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/cardos/localfiles"
	"tscns/cmd/internal/finding"
	"tscns/cmd/internal/message"
	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

// hangs bounds waits against a server that hangs.
const hangs = 10 * time.Second

// fixture is a server on the loopback interface, a card in a simulated reader, and
// a browser as far as requests go.
type fixture struct {
	*testing.T
	service *simreader.Service
	card    *simcard.Card
	server  *Server
	cookie  *http.Cookie
	served  chan struct{} // closed when the server has ended
}

func start(t *testing.T, f simcard.Family, changes ...func(*simcard.Options)) *fixture {
	t.Helper()
	x := &fixture{T: t, served: make(chan struct{})}
	x.service, x.card, _ = cardtest.Insert(t, f, changes...)
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	x.server = New(Config{
		Version: "test", Language: message.English,
		Connect: func() (cardos.Transport, error) { return x.service.Transport(), nil },
		Cards:   cardos.Options{PINRecords: localfiles.NewPINRecords("")},
		Doctor:  func() []finding.Finding { return finding.Failed(message.NoReader, message.CureNoReader) },
	}, l.Addr().String())
	watched := make(chan struct{})
	go func() { defer close(watched); x.server.watch() }()
	go func() { defer close(x.served); _ = x.server.Serve(l) }()
	t.Cleanup(func() {
		x.server.Close()
		x.waitFor(x.served)
		x.waitFor(watched)
	})
	return x
}

func (x *fixture) waitFor(c <-chan struct{}) {
	x.Helper()
	select {
	case <-c:
	case <-time.After(hangs):
		x.Fatal("it hangs")
	}
}

// request sends a request as a page of the server would, and headers over that:
// "" takes one away.
func (x *fixture) request(method, path, body string, headers ...string) (*http.Response, string) {
	x.Helper()
	r, err := http.NewRequest(method, x.server.origin()+path, strings.NewReader(body))
	require.NoError(x, err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if method == http.MethodPost {
		r.Header.Set("Origin", x.server.origin())
	}
	if x.cookie != nil {
		r.AddCookie(x.cookie)
	}
	for i := 0; i < len(headers); i += 2 {
		switch name, value := headers[i], headers[i+1]; {
		case name == "Host":
			r.Host = value
		case value == "":
			r.Header.Del(name)
		default:
			r.Header.Set(name, value)
		}
	}
	client := http.Client{Timeout: hangs, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	answer, err := client.Do(r)
	require.NoError(x, err)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	require.NoError(x, err)
	return answer, string(b)
}

// use uses a token.
func (x *fixture) use(token string, headers ...string) (*http.Response, string) {
	x.Helper()
	return x.request("POST", "/enter", token, append([]string{"Content-Type", tokenType}, headers...)...)
}

// token returns that of an address.
func (x *fixture) token() string {
	_, token, _ := strings.Cut(x.server.Address(), "#")
	return token
}

// enter opens the page.
func (x *fixture) enter() *fixture {
	x.Helper()
	r, body := x.use(x.token())
	require.Equal(x, http.StatusOK, r.StatusCode, body)
	require.Len(x, r.Cookies(), 1)
	x.cookie = r.Cookies()[0]
	return x
}

// get returns a page of the session.
func (x *fixture) get(route string) string {
	x.Helper()
	r, body := x.request("GET", x.server.session.path+route, "")
	require.Equal(x, http.StatusOK, r.StatusCode, "%s: %s", route, body)
	return body
}

// state waits until the page of the card is in a state, and returns it.
func (x *fixture) state(code string) (body string) {
	x.Helper()
	for end := time.Now().Add(hangs); ; {
		x.server.live.mu.Lock()
		next := x.server.live.changed
		x.server.live.mu.Unlock()
		body = x.get("card")
		if strings.Contains(body, `data-state="`+code+`"`) {
			return body
		}
		select {
		case <-next:
		case <-time.After(time.Until(end)):
			x.Fatalf("not %s: %s", code, heading(body))
		}
	}
}

var headings = regexp.MustCompile(`<h1[^>]*>([^<]*)`)

// heading is what a page says.
func heading(body string) string {
	if m := headings.FindStringSubmatch(body); m != nil {
		return html.UnescapeString(m[1])
	}
	return ""
}

var operationNumber = regexp.MustCompile(`data-operation="([^"]*)"`)

// form opens the form of an action, and returns its number.
func (x *fixture) form(a action, more ...string) (number, body string) {
	x.Helper()
	q := url.Values{"action": {string(a)}, "reader": {cardtest.ReaderName}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	body = x.get("pin?" + q.Encode())
	if m := operationNumber.FindStringSubmatch(body); m != nil {
		number = m[1]
	}
	return number, body
}

// send sends a form, and returns the answer.
func (x *fixture) send(number string, typed ...string) (status int, a answer) {
	x.Helper()
	return x.sendConfirmed(number, "0", typed...)
}

func (x *fixture) sendConfirmed(number, confirmed string, typed ...string) (status int, a answer) {
	x.Helper()
	r, body := x.request("POST", x.server.session.path+"pin/send", strings.Join(append([]string{number, confirmed}, typed...), "\n"), "Content-Type", pinType)
	_ = json.Unmarshal([]byte(body), &a)
	return r.StatusCode, a
}

// does fills a form in and sends it, and returns the page with how it ended.
func (x *fixture) does(a action, typed ...string) string {
	x.Helper()
	number, _ := x.form(a)
	status, got := x.send(number, typed...)
	require.Equal(x, http.StatusOK, status)
	require.Empty(x, got.Error)
	return x.get(strings.TrimPrefix(got.Next, x.server.session.path))
}

// pins is how many commands with a PIN the card got.
func (x *fixture) pins() int { with, _ := cardtest.PINCommands(x.card); return with }

// untried is the state of the cards that the tests begin with.
const untried = "certificate"
