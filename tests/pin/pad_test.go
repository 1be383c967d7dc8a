// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/kit"
	"tscns/tests/padreader"
)

// padReader is a reader with a keypad in a test.
type padReader struct {
	padreader.Reader
	t *testing.T
}

func newPad(name string, features byte) *padReader {
	return &padReader{Reader: padreader.Reader{Name: name, Features: features}}
}

// newPadFixture starts a PC/SC service with one reader that has a keypad, or
// pretends to, and a card in it.
func newPadFixture(t *testing.T, r *padReader) *fixture {
	t.Helper()
	card := newCard(t, "12345678")
	r.t = t
	d := &fixture{t: t, module: kit.Module(t), service: r.Start(t, card), card: card}
	d.env = environment(t, d.service)
	t.Cleanup(func() { require.Empty(t, r.Complaints(), "what the reader was asked") })
	return d
}

// asked checks how often the reader asked, and that the person was done.
func (r *padReader) asked(entries int) {
	r.t.Helper()
	asked, left := r.Entries()
	require.Zero(r.t, left, "not typed")
	require.Equal(r.t, entries, asked, "how often the reader asked")
}

const keypadName = "Reader with keypad"

// padRun is a program at a reader with a keypad.
type padRun struct {
	t *testing.T
	r *padReader
	d *fixture
	// sent is how many commands with a PIN the card should have seen.
	sent int
}

// typed is what a person does at the keypad, and what comes of it: how many
// commands with a PIN, how many tries left.
type typed struct {
	keys []string
	want ck.RV
	sent int
	left int
}

// all makes a call once for each line.
func (p *padRun) all(call func() ck.RV, lines []typed) {
	p.t.Helper()
	for _, c := range lines {
		p.r.Person(c.keys...)
		require.Equal(p.t, c.want, call(), "%v", c.keys)
		p.r.asked(len(c.keys))
		p.sent += c.sent
		p.pins(c.left)
	}
}

func (p *padRun) pins(left int) {
	p.t.Helper()
	tries, _ := p.d.card.Tries()
	require.Equal(p.t, []int{p.sent, left}, []int{p.d.card.sent(), tries}, "commands with a PIN, tries left")
}

// A reader with a keypad, through the C ABI.
func TestPINPad(t *testing.T) {
	r := newPad(keypadName, padreader.Verify|padreader.Modify|padreader.Properties)
	r.USB = [2]uint16{0x076B, 0x3821}
	d := newPadFixture(t, r)
	h := d.host()
	require.NotZero(t, h.flags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
	p := &padRun{t: t, r: r, d: d}
	login := func() ck.RV { return h.login(keypad) }

	const pin, other = "12345678", "246810"
	p.all(login, []typed{{[]string{pin}, ck.CKR_OK, 1, 3}})
	h.must(h.sign())
	require.Equal(t, ck.CKR_USER_ALREADY_LOGGED_IN, h.login(keypad))
	h.must(h.logout())
	p.all(login, []typed{
		{[]string{"999999"}, ck.CKR_PIN_INCORRECT, 1, 2},
		{[]string{padreader.Cancel}, ck.CKR_FUNCTION_CANCELED, 0, 2},
		{[]string{padreader.Nobody}, ck.CKR_FUNCTION_CANCELED, 0, 2},
		{[]string{"1234"}, ck.CKR_PIN_INCORRECT, 0, 2}, // the reader knows the lengths
		{[]string{"123456789"}, ck.CKR_PIN_INCORRECT, 0, 2},
		{[]string{pin}, ck.CKR_OK, 1, 3},
	})
	h.must(h.sign())
	h.must(h.logout())

	// A PIN that the host gives works as ever, and a PUK only so.
	h.must(h.login(pin))
	h.must(h.sign())
	h.must(h.logout())
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.loginAs(ck.CKU_SO, keypad))
	p.sent++
	p.pins(3)

	p.all(func() ck.RV { return h.setPIN(keypad, keypad) }, []typed{
		{[]string{pin, other, "246811"}, ck.CKR_PIN_INVALID, 0, 3},
		{[]string{pin, padreader.Cancel}, ck.CKR_FUNCTION_CANCELED, 0, 3},
		{[]string{pin, "2468"}, ck.CKR_PIN_LEN_RANGE, 0, 3},
		{[]string{"999999", other, other}, ck.CKR_PIN_INCORRECT, 1, 2},
		{[]string{pin, other, other}, ck.CKR_OK, 1, 3},
	})
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.setPIN(other, keypad))
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.setPIN(keypad, other))
	p.all(login, []typed{{[]string{other}, ck.CKR_OK, 1, 3}})
	h.must(h.sign())
	h.must(h.finalize())
}

// The third wrong PIN at the keypad blocks, and says so.
func TestPINPadBlocks(t *testing.T) {
	r := newPad(keypadName, padreader.Verify)
	d := newPadFixture(t, r)
	h := d.host()
	for _, want := range []ck.RV{ck.CKR_PIN_INCORRECT, ck.CKR_PIN_INCORRECT, ck.CKR_PIN_LOCKED} {
		r.Person("999999")
		require.Equal(t, want, h.login(keypad))
	}
	require.Equal(t, 3, d.card.sent())
	require.NotZero(t, h.flags()&ck.CKF_USER_PIN_LOCKED)
	require.Equal(t, ck.CKR_FUNCTION_NOT_SUPPORTED, h.setPIN(keypad, keypad), "this one only verifies")
}

// Readers without a keypad that works show none: the one that the table of
// quirks knows by name and by its USB numbers, one that says so itself, one
// that a person has switched off, and one that fails when it is first used.
func TestNoPINPad(t *testing.T) {
	const all = padreader.Verify | padreader.Modify | padreader.Properties
	for name, c := range map[string]struct {
		reader   string
		features byte
		usb      [2]uint16
		env      string
	}{
		"lies, by name":       {"Bit4id miniLector [miniLector-EVO]", all, [2]uint16{}, ""},
		"lies, by USB number": {"Some reader", all, [2]uint16{0x25DD, 0x3111}, ""},
		"has none":            {"Some reader", padreader.Properties, [2]uint16{}, ""},
		"switched off":        {"Some reader", all, [2]uint16{}, "TSCNS_PINPAD=off"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newPad(c.reader, c.features)
			r.USB = c.usb
			d := newPadFixture(t, r)
			d.env = append(d.env, c.env)
			h := d.host()
			require.Zero(t, h.flags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
			require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.login(keypad))
			require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.setPIN(keypad, keypad))
			r.asked(0)
			h.must(h.login("12345678"))
			h.must(h.sign())
		})
	}
}

func TestPINPadThatDoesNotWork(t *testing.T) {
	r := newPad("Some reader", padreader.Verify|padreader.Broken)
	d := newPadFixture(t, r)
	h := d.host()
	require.NotZero(t, h.flags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
	require.Equal(t, ck.CKR_FUNCTION_FAILED, h.login(keypad))
	require.Zero(t, h.flags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH, "the next PIN comes from the host")
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.login(keypad))
	require.Zero(t, d.card.sent())
	h.must(h.login("12345678"))
	h.must(h.sign())
}

// A card of family H is asked in one form after the other, which a keypad
// cannot: no keypad for it.
func TestNoPINPadForAnUnknownForm(t *testing.T) {
	r := newPad(keypadName, padreader.Verify|padreader.Modify)
	family = simcard.FamilyH
	defer func() { family = simcard.FamilyB2 }()
	d := newPadFixture(t, r)
	h := d.host()
	require.Zero(t, h.flags()&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.login(keypad))
	require.Zero(t, d.card.sent())
}

// Programs of others log in at the keypad, without asking for a PIN.
func TestProgramsAtAPINPad(t *testing.T) {
	r := newPad(keypadName, padreader.Verify|padreader.Modify)
	d := newPadFixture(t, r)
	message := filepath.Join(t.TempDir(), "message")
	require.NoError(t, os.WriteFile(message, []byte("dati"), 0o600))
	database := "sql:" + t.TempDir()
	nss := "certutil -N -d " + database + " --empty-password && modutil -dbdir " + database + " -add TS-CNS -libfile " + d.module +
		" -force && certutil -K -d " + database + " -h TS-CNS"
	for name, args := range map[string][]string{
		// NSS, which Firefox and Chromium log in with. Its program asks for Enter
		// at a terminal before.
		"script":      {"-qec", nss, "/dev/null"},
		"pkcs11-tool": {"--module", d.module, "--login", "--sign", "-m", "SHA256-RSA-PKCS", "-i", message, "-o", message + ".sig"},
		"openssl": {"dgst", "-engine", "pkcs11", "-keyform", "engine", "-sha256", "-sign", "pkcs11:token=TS-CNS;type=private",
			"-out", message + ".sig2", message},
	} {
		t.Run(name, func(t *testing.T) {
			needs := []string{name}
			if name == "script" {
				needs = append(needs, "certutil", "modutil")
			}
			for _, program := range needs {
				if _, err := exec.LookPath(program); err != nil {
					t.Skipf("SKIPPED: %s is not installed", program)
				}
			}
			r.Person("12345678")
			before := d.card.sent()
			cmd := exec.Command(name, args...)
			cmd.Env = append(slices.Clone(d.env), "PKCS11_MODULE_PATH="+d.module)
			cmd.Stdin = strings.NewReader("\n")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			r.asked(1)
			require.Equal(t, before+1, d.card.sent())
		})
	}
}

// The command, at a keypad: it needs no terminal, since nothing is typed here.
func TestTheCommandAtAPINPad(t *testing.T) {
	command := kit.Command(t, "tscns")
	r := newPad(keypadName, padreader.Verify|padreader.Modify)
	d := newPadFixture(t, r)
	run := func(args ...string) (string, error) {
		cmd := exec.Command(command, args...)
		cmd.Env = d.env
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := run("status", "--json")
	require.NoError(t, err, out)
	require.Contains(t, out, `"pinPad": true`)
	r.Person(padreader.Cancel)
	out, err = run("pin", "change")
	require.Error(t, err)
	require.Contains(t, out, "cancelled at the reader")
	require.Zero(t, d.card.sent())
	r.Person("12345678", "246810", "246810")
	out, err = run("pin", "change")
	require.NoError(t, err, out)
	require.Contains(t, out, "The PIN is changed.")
	r.asked(3)
	require.Equal(t, 1, d.card.sent())
	h := d.host()
	h.must(h.login("246810"))
}
