// SPDX-License-Identifier: Apache-2.0

//go:build linux

package window

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/cardtest"
)

// changing are the requests that do something.
func (x *fixture) changing() map[string]func(headers ...string) (*http.Response, string) {
	number, _ := x.form(verify)
	below := x.server.session.path
	return map[string]func(...string) (*http.Response, string){
		"enter": func(h ...string) (*http.Response, string) { return x.use(x.token(), h...) },
		"pin": func(h ...string) (*http.Response, string) {
			return x.request("POST", below+"pin/send", number+"\n0\n"+cardtest.PIN, append([]string{"Content-Type", pinType}, h...)...)
		},
		"doctor": func(h ...string) (*http.Response, string) { return x.request("POST", below+"doctor/run", "", h...) },
		"quit":   func(h ...string) (*http.Response, string) { return x.request("POST", below+"quit", "", h...) },
	}
}

// A site that the person visits sends requests here (CSRF), under a name of its
// own that it has resolved to this address (DNS rebinding), from another port, or
// from a frame without an origin. Each request is refused, with the cookie, and
// nothing of it reaches the card.
func TestRequestsFromElsewhere(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	_, port, _ := net.SplitHostPort(x.server.host)
	changing := x.changing()
	for what, headers := range map[string][]string{
		"rebinding":         {"Host", "attacker.example:" + port, "Origin", "http://attacker.example:" + port},
		"localhost":         {"Host", "localhost:" + port},
		"below localhost":   {"Host", "x.localhost:" + port},
		"no port":           {"Host", "127.0.0.1"},
		"other loopback":    {"Host", "127.0.0.2:" + port},
		"CSRF":              {"Origin", "https://attacker.example", "Sec-Fetch-Site", "cross-site"},
		"CSRF, old browser": {"Origin", "https://attacker.example", "Sec-Fetch-Site", ""},
		"null origin":       {"Origin", "null"},
		"no origin":         {"Origin", "", "Sec-Fetch-Site", ""},
		"empty origin":      {"Origin", " "},
		"cross-site":        {"Sec-Fetch-Site", "cross-site"},
		"other port":        {"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site"},
		"same site":         {"Sec-Fetch-Site", "same-site"},
		"by hand":           {"Sec-Fetch-Site", "none"},
		"https":             {"Origin", "https://" + x.server.host},
		"WebSocket":         {"Connection", "Upgrade", "Upgrade", "websocket"},
	} {
		for name, request := range changing {
			r, body := request(headers...)
			assert.Equal(t, http.StatusForbidden, r.StatusCode, "%s: %s: %s", what, name, body)
			assert.Empty(t, r.Cookies(), "%s: %s", what, name)
		}
	}
	assert.Zero(t, x.pins(), "nothing reached the card")
	for _, name := range slices.Sorted(maps.Keys(changing)) { // quit is the last
		r, body := changing[name]()
		assert.Equal(t, http.StatusOK, r.StatusCode, "%s by our own page: %s", name, body)
	}
	assert.Equal(t, 1, x.pins())
}

// What a site may load without CORS (an image, a script, a frame), what it opens
// by EventSource or WebSocket, and what it reads by fetch, is refused by where it
// comes from. A person may open the address, and our own pages load it.
func TestReadingFromElsewhere(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	_, port, _ := net.SplitHostPort(x.server.host)
	for _, path := range []string{"/", x.server.session.path + "card", x.server.session.path + "events", x.server.session.path + "certificate.pem"} {
		for what, headers := range map[string][]string{
			"img":         {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "image"},
			"iframe":      {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Dest", "iframe"},
			"link":        {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"},
			"fetch":       {"Origin", "https://attacker.example", "Sec-Fetch-Site", ""},
			"other port":  {"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", "same-site"},
			"EventSource": {"Origin", "https://attacker.example", "Accept", "text/event-stream"},
			"WebSocket":   {"Connection", "Upgrade", "Upgrade", "websocket", "Origin", "https://attacker.example"},
			"rebinding":   {"Host", "attacker.example:" + port},
		} {
			r, body := x.request("GET", path, "", headers...)
			assert.Equal(t, http.StatusForbidden, r.StatusCode, "%s %s", what, path)
			assert.Equal(t, "forbidden\n", body)
		}
	}
	for _, method := range []string{"HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"} {
		r, _ := x.request(method, x.server.session.path+"card", "", "Origin", x.server.origin())
		assert.Equal(t, http.StatusForbidden, r.StatusCode, method)
		for name := range r.Header {
			assert.NotContains(t, name, "Access-Control", "no other site may ask")
		}
	}
	r, _ := x.request("GET", "/", "", "Sec-Fetch-Site", "none")
	assert.Equal(t, http.StatusOK, r.StatusCode)
}

// Whoever finds the port, by trying all of them, learns nothing without the
// session: every path is as if there were none, and the landing page has no data.
func TestPortScan(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	right, below := x.cookie, x.server.session.path
	x.cookie = nil
	wrong := *right
	wrong.Value = secret(32)
	routes["nothing"] = route{} // a path that is no route
	defer delete(routes, "nothing")
	for _, c := range []*http.Cookie{nil, &wrong, right} {
		x.cookie = c
		_, want := x.request("GET", "/nothing", "")
		for name, to := range routes {
			for _, path := range []string{"/" + name, "/" + secret(16) + "/" + name, "/" + below + name} {
				method := to.method
				if method == "" {
					method = "GET"
				}
				r, body := x.request(method, path, "")
				assert.Equal(t, http.StatusNotFound, r.StatusCode, path)
				assert.Equal(t, want, body, path)
			}
		}
		_, landing := x.request("GET", "/", "")
		assert.NotContains(t, landing, strings.Trim(below, "/"))
		assert.NotContains(t, landing, cardtest.ReaderName)
	}
	for _, c := range []*http.Cookie{nil, &wrong} { // the path alone is not enough
		x.cookie = c
		for name, to := range routes {
			if to.method == "" {
				continue
			}
			r, body := x.request(to.method, below+name, "")
			assert.Equal(t, http.StatusForbidden, r.StatusCode, name)
			assert.NotContains(t, body, cardtest.ReaderName, name)
		}
	}
	assert.Zero(t, x.pins())
}

// A token is good once. Used again it ends everything, for the person too: another
// user may have read it from the list of processes and been first.
func TestTokenUsedTwice(t *testing.T) {
	x := start(t, simcard.FamilyB2)
	token := x.token()
	r, _ := x.use(token)
	require.Equal(t, http.StatusOK, r.StatusCode)
	x.cookie = r.Cookies()[0]
	x.get("card")
	r, _ = x.use(token)
	assert.Equal(t, http.StatusGone, r.StatusCode)
	assert.Empty(t, r.Cookies())
	x.waitFor(x.served)
	assert.False(t, x.server.session.holds(&http.Request{Header: http.Header{"Cookie": {x.cookie.String()}}}), "the session is over")
}

// Old and made-up tokens are no good, and end nothing.
func TestOtherTokens(t *testing.T) {
	x := start(t, simcard.FamilyB2)
	old := x.token()
	for _, kept := range x.server.session.tokens {
		kept.until = time.Now().Add(-time.Second)
	}
	for _, token := range []string{old, "", secret(32), strings.Repeat("x", 4000)} {
		r, _ := x.use(token)
		assert.Equal(t, http.StatusForbidden, r.StatusCode)
		assert.Empty(t, r.Cookies())
	}
	r, _ := x.request("POST", "/enter", x.token(), "Content-Type", "text/plain")
	assert.Equal(t, http.StatusForbidden, r.StatusCode, "what a form of another site can send")
	x.enter().get("card")
}

// The cookie goes to the path of this session alone: the cookies of an address are
// the same on every port, and another port may be another user's.
func TestCookie(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	c := x.cookie
	assert.Equal(t, x.server.session.path, c.Path)
	assert.Greater(t, len(c.Path), 20)
	assert.True(t, c.HttpOnly)
	assert.Equal(t, http.SameSiteStrictMode, c.SameSite)
	assert.Zero(t, c.MaxAge, "of this run of the browser")
	// Those that other servers on this address have set come along with each request.
	r, _ := x.request("GET", c.Path+"card", "", "Cookie", "other="+strings.Repeat("x", 20<<10)+"; "+c.Name+"="+c.Value)
	assert.Equal(t, http.StatusOK, r.StatusCode)
	other := start(t, simcard.FamilyB2)
	assert.NotEqual(t, other.server.session.path, c.Path)
	assert.NotEqual(t, other.server.session.cookie, c.Value)
}

// No answer is kept, framed, or read by another site, whatever was asked.
func TestHeaders(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	paths := []string{"/", "/enter", "/nothing"}
	for name := range routes {
		if name != "events" && name != "quit" {
			paths = append(paths, x.server.session.path+name)
		}
	}
	frame := x.server.session.path + "pin/frame?action=verify&reader=" + strings.ReplaceAll(cardtest.ReaderName, " ", "+")
	for _, path := range append(paths, frame) {
		for _, host := range []string{x.server.host, "attacker.example"} {
			r, body := x.request("GET", path, "", "Host", host)
			assert.Equal(t, "no-store", r.Header.Get("Cache-Control"), path)
			assert.Equal(t, "same-origin", r.Header.Get("Cross-Origin-Resource-Policy"), path)
			assert.Equal(t, "same-origin", r.Header.Get("Cross-Origin-Opener-Policy"), path)
			assert.Equal(t, "same-origin", r.Header.Get("Referrer-Policy"), path)
			assert.Equal(t, "nosniff", r.Header.Get("X-Content-Type-Options"), path)
			policy := r.Header.Get("Content-Security-Policy")
			assert.Contains(t, policy, "default-src 'none'", path)
			assert.NotContains(t, policy, "unsafe", path)
			assert.NotContains(t, policy, "http", "nothing comes from elsewhere: %s", path)
			if path == frame && host == x.server.host {
				assert.Contains(t, policy, "sandbox allow-scripts")
				assert.Contains(t, policy, "frame-ancestors 'self'")
				assert.NotContains(t, body, "<form", "no browser takes the fields for a login")
			} else {
				assert.Contains(t, policy, "frame-ancestors 'none'", path)
				assert.Equal(t, "DENY", r.Header.Get("X-Frame-Options"), path)
			}
		}
	}
}

// A request that does not come to the end of its head is cut off.
func TestSlow(t *testing.T) {
	x := start(t, simcard.FamilyB2)
	c, err := net.Dial("tcp4", x.server.host)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(2*hangs)))
	_, err = fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\n", x.server.host)
	require.NoError(t, err)
	_, err = io.ReadAll(c)
	assert.NoError(t, err, "the server ends the connection")
}

// What is large is refused, and more connections than there may be are closed. The
// rest goes on.
func TestSlowAndLarge(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	number, _ := x.form(verify)
	for _, size := range []int{200, 3000, 5000} {
		r, _ := x.request("POST", x.server.session.path+"pin/send", number+"\n0\n"+strings.Repeat("1", size), "Content-Type", pinType)
		assert.Equal(t, http.StatusForbidden, r.StatusCode, size)
	}
	large, err := net.Dial("tcp4", x.server.host)
	require.NoError(t, err)
	defer large.Close()
	require.NoError(t, large.SetDeadline(time.Now().Add(hangs)))
	_, _ = fmt.Fprintf(large, "GET / HTTP/1.1\r\nHost: %s\r\nX-Large: %s", x.server.host, strings.Repeat("x", 128<<10))
	line, _ := bufio.NewReader(large).ReadString('\n')
	assert.Contains(t, line, "431")
	// More connections than there may be: the last ones are closed at once.
	var open []net.Conn
	defer func() {
		for _, c := range open {
			c.Close()
		}
	}()
	closed := 0
	for range maxConnections + 10 {
		c, err := net.Dial("tcp4", x.server.host)
		require.NoError(t, err)
		open = append(open, c)
	}
	for _, c := range open[maxConnections:] {
		require.NoError(t, c.SetReadDeadline(time.Now().Add(hangs)))
		if _, err := c.Read(make([]byte, 1)); err != nil && !os.IsTimeout(err) {
			closed++
		}
	}
	assert.Equal(t, 10, closed)
	for _, c := range open {
		c.Close()
	}
	assert.Eventually(t, func() bool {
		c, err := net.Dial("tcp4", x.server.host)
		if err != nil {
			return false
		}
		defer c.Close()
		_, _ = fmt.Fprintf(c, "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", x.server.host)
		line, _ := bufio.NewReader(c).ReadString('\n')
		return strings.Contains(line, "200")
	}, hangs, 10*time.Millisecond, "places come free again")
	assert.Zero(t, x.pins())
}

// Another user of the computer gets nothing, not even a refusal: the kernel says
// whose a connection is.
func TestOtherUser(t *testing.T) {
	const script = `exec 3<>/dev/tcp/127.0.0.1/$0 || exit 1; printf 'GET / HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' $0 >&3; cat <&3`
	x := start(t, simcard.FamilyB2)
	_, port, _ := net.SplitHostPort(x.server.host)
	bash, err := exec.LookPath("bash")
	require.NoError(t, err)
	out, err := exec.Command(bash, "-c", script, port).Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "200 OK", "this user")
	if os.Getuid() != 0 {
		t.Log("SKIPPED: only root can be another user")
		return
	}
	other := exec.Command(bash, "-c", script, port)
	other.Dir, other.SysProcAttr = "/", &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, _ = other.CombinedOutput()
	assert.NotContains(t, string(out), "HTTP", "another user")
}

// The tables of connections are read as the kernel writes them.
func TestOwner(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
   1: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 2 1
   2: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 3 1
`
	from, to := netip.MustParseAddrPort("127.0.0.1:54321"), netip.MustParseAddrPort("127.0.0.1:8080")
	uid, found := owner(strings.NewReader(table), entry4(from), entry4(to))
	assert.True(t, found)
	assert.Equal(t, 1001, uid, "of the other end, not of ours")
	_, found = owner(strings.NewReader(table), entry4(to), entry4(to))
	assert.False(t, found)
	assert.Equal(t, "0000000000000000FFFF00000100007F:D431", entry6(from))
}
