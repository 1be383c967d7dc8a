// SPDX-License-Identifier: Apache-2.0

package windows

import (
	"bufio"
	"context"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/simcard/pki"
	"tscns/simcard/vpcd"
	"tscns/tests/crosshost"
	"tscns/tests/kit"
)

// Codes of winerror.h and winscard.h.
const (
	success            = 0
	insufficientBuffer = 122
	revisionMismatch   = 1306
	invalidHandle      = 0x80100003
	invalidParameter   = 0x80100004
	noMemory           = 0x80100006
	unknownCard        = 0x8010000D
	unsupported        = 0x80100022
	dirNotFound        = 0x80100023
	fileNotFound       = 0x80100024
	invalidPIN         = 0x8010002A
	commDataLost       = 0x8010002F
	noKeyContainer     = 0x80100030
	resetCard          = 0x80100068
	removedCard        = 0x80100069
	securityViolation  = 0x8010006A
	wrongPIN           = 0x8010006B
	pinBlocked         = 0x8010006C
)

const minidriverDLL = "tscns-minidriver.dll"

// pins of every card of these tests.
const (
	userPIN      = "12345678"
	userPUK      = "87654321"
	otherPIN     = "55555"
	notThePIN    = "99999999"
	signaturePIN = "34509876"
	signaturePUK = "99887766"
)

// cspFixture is a Windows computer with two readers and the minidriver.
type cspFixture struct {
	*fixture
	second *vpcd.Reader
}

var callerBuilt bool

// newCSP makes a fixture; the host is compiled once.
func newCSP(t *testing.T) *cspFixture {
	t.Helper()
	d := &cspFixture{fixture: newFixture(t)}
	if !callerBuilt {
		crosshost.Compile(t, mingw, d.path("basecsp.exe"), "tests/windows/basecsp/basecsp.c", "-lwinscard")
		callerBuilt = true
	}
	d.listen(t)
	return d
}

// listen gives the computer two readers at addresses of their own.
func (d *cspFixture) listen(t *testing.T) {
	t.Helper()
	var ports []string
	for _, reader := range []**vpcd.Reader{&d.reader, &d.second} {
		address := freeAddress(t)
		_, port, _ := net.SplitHostPort(address)
		ports = append(ports, port)
		*reader = vpcd.New(address)
		t.Cleanup((*reader).Close)
	}
	d.env = with(d.env, "TSCNS_WINSCARD_PORT="+strings.Join(ports, ","), "TSCNS_WINSCARD_WAIT=0", "TSCNS_WINSCARD_OFF=")
}

// hangs bounds a command of the host; none needs a hundredth of it on an idle machine.
const hangs = limit

// caller is a program that uses the minidriver, basecsp/host.c.
type caller struct {
	t   testing.TB
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner

	last string // command and answer, for whoever looks at a failure
}

// start starts a program and has it load the minidriver.
func (d *cspFixture) start(t *testing.T) *caller {
	t.Helper()
	if _, err := os.Stat(d.path(minidriverDLL)); errors.Is(err, fs.ErrNotExist) {
		content, err := os.ReadFile(built(t, minidriverDLL))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(d.path(minidriverDLL), content, 0o700))
	}
	return d.startWith(t, minidriverDLL)
}

func (d *cspFixture) startWith(t testing.TB, library string) *caller {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background()) // its commands have their own bound
	cmd := exec.CommandContext(ctx, d.wine, d.path("basecsp.exe"))
	cmd.Dir, cmd.Env, cmd.Stderr, cmd.WaitDelay = d.programs, d.env, os.Stderr, time.Second
	c := &caller{t: t, cmd: cmd}
	var err error
	c.in, err = cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	c.out = bufio.NewScanner(out)
	c.out.Buffer(nil, 1<<20)
	t.Cleanup(func() {
		_ = c.in.Close()
		time.AfterFunc(hangs, cancel)
		_ = cmd.Wait()
		cancel()
	})
	c.ok("load %s", library)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the last command: %s", c.last)
		}
	})
	return c
}

// answer is what the host said of one command.
type answer struct {
	code   uint32
	values map[string][]string
	line   string
}

// faulty are what no call may leave behind.
var faulty = []string{"held", "wrongly-freed", "overrun", "left-behind", "too-small", "callers-written"}

// ask has the host do something and returns what came of it. What is held in
// memory afterwards, freed twice, overrun or left behind fails the test.
func (c *caller) ask(format string, args ...any) answer {
	c.t.Helper()
	a := c.exchange(fmt.Sprintf(format, args...))
	for _, name := range faulty {
		require.NotContains(c.t, a.values, name, "%s: %s", fmt.Sprintf(format, args...), a.line)
	}
	return a
}

func (c *caller) exchange(command string) (a answer) {
	c.t.Helper()
	hang := time.AfterFunc(hangs, func() { _ = c.cmd.Process.Kill() })
	defer hang.Stop()
	_, err := io.WriteString(c.in, command+"\n")
	require.NoError(c.t, err, command)
	if !c.out.Scan() {
		_ = c.in.Close()
		require.FailNow(c.t, "the host ended", "%s: %v %v", command, c.out.Err(), c.cmd.Wait())
	}
	a = answer{values: map[string][]string{}, line: strings.TrimSpace(c.out.Text())}
	for _, word := range strings.Fields(a.line) {
		name, value, _ := strings.Cut(word, "=")
		a.values[name] = append(a.values[name], value)
	}
	c.last = command + ": " + a.line
	code, err := strconv.ParseUint(a.text("code"), 16, 32)
	require.NoError(c.t, err, "%s: %s", command, a.line)
	a.code = uint32(code)
	return a
}

// text is the first value of a name, "" where there is none.
func (a answer) text(name string) string {
	if len(a.values[name]) == 0 {
		return ""
	}
	return a.values[name][0]
}

func (a answer) number(name string) int {
	n, err := strconv.ParseInt(a.text(name), 10, 64)
	if err != nil {
		return -2 // no count of anything, and not that of unknown tries
	}
	return int(int32(n))
}

func (a answer) bytes(name string) []byte {
	b, err := hex.DecodeString(a.text(name))
	if err != nil {
		return nil
	}
	return b
}

// want is ask with a code that must come.
func (c *caller) want(code uint32, format string, args ...any) answer {
	c.t.Helper()
	a := c.ask(format, args...)
	require.Equal(c.t, fmt.Sprintf("%08x", code), fmt.Sprintf("%08x", a.code), "%s: %s", fmt.Sprintf(format, args...), a.line)
	return a
}

func (c *caller) ok(format string, args ...any) answer {
	c.t.Helper()
	return c.want(success, format, args...)
}

// take connects to the card in a reader, begins a transaction and acquires card
// 0 of the host by version 7.
func (c *caller) take() {
	c.t.Helper()
	c.exchange("disconnect 0 0") // what a test that failed may have left
	c.ok("connect 0 0")
	c.ok("begin 0")
	c.ok("acquire 0 0 7 0")
}

// leave gives the card back.
func (c *caller) leave() {
	c.t.Helper()
	c.ok("delete 0")
	c.ask("end 0 0")
	c.ask("disconnect 0 0")
}

// afresh is what Windows does of a card that was reset: it reconnects, and
// begins a transaction.
func (c *caller) afresh() {
	c.t.Helper()
	c.ask("end 0 0")
	c.ok("reconnect 0 0")
	c.ok("begin 0")
}

// digits are a PIN as the host reads it, or no bytes.
func digits(pin string) string {
	if pin == "" {
		return "."
	}
	return hex.EncodeToString([]byte(pin))
}

func (c *caller) login(pin string) answer {
	c.t.Helper()
	return c.ask("authenticate 0 1 0 %s", digits(pin))
}

// forbidden are the functions of the service that are the caller's.
var forbidden = []string{"SCardEstablishContext", "SCardReleaseContext", "SCardListReadersW", "SCardGetStatusChangeW", "SCardConnectW",
	"SCardReconnect", "SCardDisconnect", "SCardBeginTransaction", "SCardEndTransaction", "SCardCancel"}

// wellBehaved checks that the minidriver used the caller's connection and did
// nothing else with the service.
func (c *caller) wellBehaved() {
	c.t.Helper()
	a := c.ok("calls")
	for _, name := range forbidden {
		require.NotContains(c.t, a.values, name, a.line)
	}
}

// testCard is a card and what it was made of.
type testCard struct {
	*simcard.Card
	identity  *pki.Identity
	signature *pki.Identity // nil: no signature key
	options   simcard.Options
}

var issued int

// newTestCard issues a card, with a number and a certificate that no other has.
// second: with a signature key.
func newTestCard(t testing.TB, f simcard.Family, second bool, change func(*simcard.Options)) testCard {
	t.Helper()
	set, err := kit.Set(simcard.KeyBits(f))
	require.NoError(t, err)
	issued++
	id, err := set.Authority.IssueIdentity(pki.IdentityOptions{
		Bits: simcard.KeyBits(f), Key: set.Identity.Key, Serial: fmt.Sprintf("6090%012d", issued)})
	require.NoError(t, err)
	c := testCard{identity: id}
	o := simcard.ForIdentity(f, id)
	o.PIN, o.PUK = userPIN, userPUK
	if second {
		c.signature, err = set.Authority.IssueIdentity(pki.IdentityOptions{Signature: true})
		require.NoError(t, err)
		o.Signature = &simcard.Credential{Key: c.signature.Key, Certificate: c.signature.Certificate, PIN: signaturePIN, PUK: signaturePUK}
	}
	if change != nil {
		change(&o)
	}
	c.options = o
	c.Card = c.renewed(t)
	return c
}

// renewed is the same card as it was issued.
func (c testCard) renewed(t testing.TB) *simcard.Card {
	t.Helper()
	card, err := simcard.New(c.options)
	require.NoError(t, err)
	return card
}

func (c testCard) public() *rsa.PublicKey { return &c.identity.Key.PublicKey }

// pinCommands counts the commands that carry a PIN or PUK.
func (c testCard) pinCommands() (n int) {
	for _, e := range c.Log() {
		if slices.Contains([]byte{0x20, 0x24, 0x2C}, e.Header[1]) && e.Lc > 0 {
			n++
		}
	}
	return n
}

// reversed is a number of Windows', which is little-endian, as everybody else
// writes it, and the other way round.
func reversed(b []byte) []byte {
	b = slices.Clone(b)
	slices.Reverse(b)
	return b
}
