// SPDX-License-Identifier: Apache-2.0

//go:build linux

package window

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/cardtest"
	"tscns/tests/simreader"
)

// The program opens a page; started once more it has the first one open another,
// and ends. It ends itself when it is told to.
func TestRun(t *testing.T) {
	x := start(t, simcard.FamilyB2)
	opened := make(chan string, 2)
	c := x.server.Config
	c.Place = t.TempDir()
	c.Open = func(address string) error { opened <- address; return nil }
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended := make(chan struct{})
	go func() { defer close(ended); assert.NoError(t, Run(ctx, c)) }()
	address := func() (host, token string) {
		select {
		case a := <-opened:
			host, token, _ = strings.Cut(strings.TrimPrefix(a, "http://"), "/#")
		case <-time.After(hangs):
			t.Fatal("no page")
		}
		return host, token
	}
	host, token := address()
	x.server.host = host // the requests go there
	r, _ := x.use(token)
	require.Equal(t, http.StatusOK, r.StatusCode)
	path := r.Cookies()[0].Path
	info, err := os.Stat(socketPath(c.Place))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	require.NoError(t, Run(ctx, c), "the second ends at once")
	again, other := address()
	assert.Equal(t, host, again)
	assert.NotEqual(t, token, other)
	r, _ = x.use(other)
	require.Equal(t, http.StatusOK, r.StatusCode)
	assert.Equal(t, path, r.Cookies()[0].Path, "the same session")
	stop()
	x.waitFor(ended)
	_, err = os.Stat(filepath.Join(c.Place, "tscns-window.socket"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// What stands in the place of the socket is not believed: a server that sends
// another address leads nowhere.
func TestSecondStartIsNotLedAway(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", socketPath(dir))
	require.NoError(t, err)
	defer l.Close()
	for _, line := range []string{"https://attacker.example/\n", "http://127.0.0.1:80/#short\n", "http://127.0.0.1.attacker.example:80/#" + secret(32) + "\n", "", strings.Repeat("x", 500)} {
		go func() {
			if c, err := l.Accept(); err == nil {
				_, _ = io.WriteString(c, line)
				c.Close()
			}
		}()
		assert.Empty(t, first(dir), line)
	}
}

// The server ends some time after the last page, not while one is open, and not
// while a card has a PIN.
func TestEndsWithThePage(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	x.server.life.noPage = 30 * time.Millisecond
	r, err := http.NewRequest("GET", x.server.origin()+x.server.session.path+"events", nil)
	require.NoError(t, err)
	r.AddCookie(x.cookie)
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	stream, err := http.DefaultClient.Do(r.WithContext(ctx))
	require.NoError(t, err)
	defer stream.Body.Close()
	events := bufio.NewReader(stream.Body)
	line, err := events.ReadString('\n')
	require.NoError(t, err)
	assert.Regexp(t, `^data: \d+ \d+\n$`, line)
	go x.server.run(context.Background())
	x.service.Remove(cardtest.ReaderName) // the page is told
	before := line
	for line == before || line == "\n" {
		line, err = events.ReadString('\n')
		require.NoError(t, err)
	}
	x.service.Insert(cardtest.ReaderName, x.card)
	x.state(untried)
	until := make(chan struct{})
	x.service.SetFault(cardtest.ReaderName, func(_ int, command []byte) simreader.Fault {
		if command[1] == 0x20 && len(command) > 5 {
			return simreader.Slow(until)
		}
		return simreader.Fault{}
	})
	number, _ := x.form(verify)
	sent := make(chan int)
	go func() { status, _ := x.send(number, cardtest.PIN); sent <- status }()
	require.Eventually(t, func() bool { return x.service.InTransaction(cardtest.ReaderName) }, hangs, time.Millisecond)
	leave() // the page goes in the middle
	require.Eventually(t, func() bool { return x.server.life.over(time.Now()) }, hangs, time.Millisecond)
	select {
	case <-x.served:
		t.Fatal("ended in the middle of an operation")
	case <-time.After(20 * x.server.life.noPage / 10):
	}
	close(until)
	assert.Equal(t, http.StatusOK, <-sent, "and the operation ends")
	x.waitFor(x.served)
	assert.Equal(t, 1, x.pins())
}

// A server that ends while it waits for the card invites nobody any more: the next
// start serves a page of its own. What waits for the card then is not sent.
func TestEndsWhileTheCardIsInUse(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	x.state(untried)
	dir := t.TempDir()
	defer x.server.invite(dir)()
	require.NotEmpty(t, first(dir))
	number, _ := x.form(verify)
	x.server.card.Lock()
	sent := make(chan int)
	go func() { status, _ := x.send(number, cardtest.PIN); sent <- status }()
	require.Eventually(t, func() bool {
		x.server.operations.mu.Lock()
		defer x.server.operations.mu.Unlock()
		_, open := x.server.operations.open.values[number]
		return !open
	}, hangs, time.Millisecond)
	x.server.Close()
	assert.Eventually(t, func() bool { return first(dir) == "" }, hangs, time.Millisecond)
	x.server.card.Unlock()
	assert.Equal(t, http.StatusConflict, <-sent, "and it is answered")
	x.waitFor(x.served)
	assert.Zero(t, x.pins())
}

// A tab that was opened later takes the stream of events over: a browser has few
// connections to a server.
func TestLastTab(t *testing.T) {
	x := start(t, simcard.FamilyB2).enter()
	open := func() *bufio.Reader {
		r, err := http.NewRequest("GET", x.server.origin()+x.server.session.path+"events", nil)
		require.NoError(t, err)
		r.AddCookie(x.cookie)
		stream, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		t.Cleanup(func() { stream.Body.Close() })
		return bufio.NewReader(stream.Body)
	}
	first := open()
	_, err := first.ReadString('\n')
	require.NoError(t, err)
	second := open()
	_, err = second.ReadString('\n')
	require.NoError(t, err)
	rest, err := io.ReadAll(first)
	require.NoError(t, err, "the first stream ends")
	assert.Contains(t, string(rest), "event: moved")
}
