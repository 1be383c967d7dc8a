// SPDX-License-Identifier: Apache-2.0

package pin

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/tests/simcard"
)

// A reader with a keypad, through the C ABI.
func TestPINPad(t *testing.T) {
	r := &padReader{features: hasVerify | hasModify | hasProperties, usb: [2]uint16{0x076B, 0x3821}}
	d := newPadDesk(t, "Reader with keypad", r)
	h := d.host()
	h.ready()
	h.must("flags")
	require.NotZero(t, h.flags&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
	pins := func(sent, left int) {
		t.Helper()
		tries, _ := d.card.Tries()
		require.Equal(t, []int{sent, left}, []int{d.card.sent(), tries}, "commands with a PIN, tries left")
	}

	r.person("12345678")
	h.must("login -")
	r.asked(1)
	pins(1, 3)
	h.must("sign")
	require.Equal(t, ck.CKR_USER_ALREADY_LOGGED_IN, h.do("login -"))
	h.must("logout")

	// What a person does at the keypad, and what it costs.
	sent := 1
	for _, c := range []struct {
		typed string
		want  ck.RV
		sent  int
		left  int
	}{
		{"999999", ck.CKR_PIN_INCORRECT, 1, 2},
		{cancel, ck.CKR_FUNCTION_CANCELED, 0, 2},
		{nobody, ck.CKR_FUNCTION_CANCELED, 0, 2},
		{"1234", ck.CKR_PIN_INCORRECT, 0, 2}, // the reader knows the lengths
		{"123456789", ck.CKR_PIN_INCORRECT, 0, 2},
		{"12345678", ck.CKR_OK, 1, 3},
	} {
		r.person(c.typed)
		require.Equal(t, c.want, h.do("login -"), c.typed)
		r.asked(1)
		sent += c.sent
		pins(sent, c.left)
	}
	h.must("sign")
	h.must("logout")

	// A PIN that the host gives works as ever, and a PUK only so.
	h.must("login 12345678")
	h.must("sign")
	h.must("logout")
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.do("so -"))
	sent++
	pins(sent, 3)

	for _, c := range []struct {
		typed []string
		want  ck.RV
		sent  int
		left  int
	}{
		{[]string{"12345678", "246810", "246811"}, ck.CKR_PIN_INVALID, 0, 3},
		{[]string{"12345678", cancel}, ck.CKR_FUNCTION_CANCELED, 0, 3},
		{[]string{"12345678", "2468"}, ck.CKR_PIN_LEN_RANGE, 0, 3},
		{[]string{"999999", "246810", "246810"}, ck.CKR_PIN_INCORRECT, 1, 2},
		{[]string{"12345678", "246810", "246810"}, ck.CKR_OK, 1, 3},
	} {
		r.person(c.typed...)
		require.Equal(t, c.want, h.do("setpin - -"), "%v", c.typed)
		r.asked(len(c.typed))
		sent += c.sent
		pins(sent, c.left)
	}
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.do("setpin 246810 -"))
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.do("setpin - 246810"))
	r.person("246810")
	h.must("login -")
	h.must("sign")
	sent++
	pins(sent, 3)
	h.must("finalize")
}

// The third wrong PIN at the keypad blocks, and says so.
func TestPINPadBlocks(t *testing.T) {
	r := &padReader{features: hasVerify}
	d := newPadDesk(t, "Reader with keypad", r)
	h := d.host()
	h.ready()
	for _, want := range []ck.RV{ck.CKR_PIN_INCORRECT, ck.CKR_PIN_INCORRECT, ck.CKR_PIN_LOCKED} {
		r.person("999999")
		require.Equal(t, want, h.do("login -"))
	}
	require.Equal(t, 3, d.card.sent())
	h.must("flags")
	require.NotZero(t, h.flags&ck.CKF_USER_PIN_LOCKED)
	require.Equal(t, ck.CKR_FUNCTION_NOT_SUPPORTED, h.do("setpin - -"), "this one only verifies")
}

// A program with the binding of Go at a reader with a keypad.
func TestPINPadWithAClient(t *testing.T) {
	r := &padReader{features: hasVerify | hasModify}
	d := newPadDesk(t, "Reader with keypad", r)
	for _, setting := range d.service.Env() {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	ctx := pkcs11.New(d.module)
	require.NotNil(t, ctx)
	defer ctx.Destroy()
	require.NoError(t, ctx.Initialize())
	defer func() { require.NoError(t, ctx.Finalize()) }()
	slots, err := ctx.GetSlotList(true)
	require.NoError(t, err)
	require.Len(t, slots, 1)
	info, err := ctx.GetTokenInfo(slots[0])
	require.NoError(t, err)
	require.NotZero(t, info.Flags&pkcs11.CKF_PROTECTED_AUTHENTICATION_PATH)
	s, err := ctx.OpenSession(slots[0], pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION)
	require.NoError(t, err)
	for _, c := range []struct {
		typed string
		want  error
	}{
		{cancel, pkcs11.Error(pkcs11.CKR_FUNCTION_CANCELED)},
		{"999999", pkcs11.Error(pkcs11.CKR_PIN_INCORRECT)},
		{"12345678", nil},
	} {
		r.person(c.typed)
		require.Equal(t, c.want, ctx.Login(s, pkcs11.CKU_USER, ""), c.typed) // "" becomes NULL
		r.asked(1)
	}
	require.Equal(t, 2, d.card.sent())
	require.NoError(t, ctx.SignInit(s, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil)}, privateKey(t, ctx, s)))
	_, err = ctx.Sign(s, []byte("dati"))
	require.NoError(t, err)
}

func privateKey(t *testing.T, ctx *pkcs11.Ctx, s pkcs11.SessionHandle) pkcs11.ObjectHandle {
	t.Helper()
	require.NoError(t, ctx.FindObjectsInit(s, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_CLASS, pkcs11.CKO_PRIVATE_KEY)}))
	found, _, err := ctx.FindObjects(s, 2)
	require.NoError(t, err)
	require.NoError(t, ctx.FindObjectsFinal(s))
	require.Len(t, found, 1)
	return found[0]
}

// Readers without a keypad that works show none: the one that the table of
// quirks knows by name and by its USB numbers, one that says so itself, one
// that a person has switched off, and one that fails when it is first used.
func TestNoPINPad(t *testing.T) {
	const all = hasVerify | hasModify | hasProperties
	for name, c := range map[string]struct {
		reader string
		pad    *padReader
		env    string
	}{
		"lies, by name":       {"Bit4id miniLector [miniLector-EVO]", &padReader{features: all}, ""},
		"lies, by USB number": {"Some reader", &padReader{features: all, usb: [2]uint16{0x25DD, 0x3111}}, ""},
		"has none":            {"Some reader", &padReader{features: hasProperties}, ""},
		"switched off":        {"Some reader", &padReader{features: all}, "TSCNS_PINPAD=off"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newPadDesk(t, c.reader, c.pad)
			d.env = append(d.env, c.env)
			h := d.host()
			h.ready()
			h.must("flags")
			require.Zero(t, h.flags&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
			require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.do("login -"))
			require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.do("setpin - -"))
			c.pad.asked(0)
			h.must("login 12345678")
			h.must("sign")
		})
	}
}

func TestPINPadThatDoesNotWork(t *testing.T) {
	r := &padReader{features: hasVerify | isBroken}
	d := newPadDesk(t, "Some reader", r)
	h := d.host()
	h.ready()
	h.must("flags")
	require.NotZero(t, h.flags&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
	require.Equal(t, ck.CKR_FUNCTION_FAILED, h.do("login -"))
	h.must("flags")
	require.Zero(t, h.flags&ck.CKF_PROTECTED_AUTHENTICATION_PATH, "the next PIN comes from the host")
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.do("login -"))
	require.Zero(t, d.card.sent())
	h.must("login 12345678")
	h.must("sign")
}

// A card of family H is asked in one form after the other, which a keypad
// cannot: no keypad for it.
func TestNoPINPadForAnUnknownForm(t *testing.T) {
	r := &padReader{features: hasVerify | hasModify}
	family = simcard.FamilyH
	defer func() { family = simcard.FamilyB2 }()
	d := newPadDesk(t, "Reader with keypad", r)
	h := d.host()
	h.ready()
	h.must("flags")
	require.Zero(t, h.flags&ck.CKF_PROTECTED_AUTHENTICATION_PATH)
	require.Equal(t, ck.CKR_ARGUMENTS_BAD, h.do("login -"))
	require.Zero(t, d.card.sent())
}

// Programs of others log in at the keypad, without asking for a PIN.
func TestProgramsAtAPINPad(t *testing.T) {
	r := &padReader{features: hasVerify | hasModify}
	d := newPadDesk(t, "Reader with keypad", r)
	message := filepath.Join(t.TempDir(), "message")
	require.NoError(t, os.WriteFile(message, []byte("dati"), 0o600))
	for name, args := range map[string][]string{
		"pkcs11-tool": {"--module", d.module, "--login", "--sign", "-m", "SHA256-RSA-PKCS", "-i", message, "-o", message + ".sig"},
		"openssl": {"dgst", "-engine", "pkcs11", "-keyform", "engine", "-sha256", "-sign", "pkcs11:token=TS-CNS;type=private",
			"-out", message + ".sig2", message},
	} {
		t.Run(name, func(t *testing.T) {
			program, err := exec.LookPath(name)
			if err != nil {
				t.Skipf("SKIPPED: %s is not installed", name)
			}
			r.person("12345678")
			before := d.card.sent()
			cmd := exec.Command(program, args...)
			cmd.Env = append(d.env, "PKCS11_MODULE_PATH="+d.module)
			cmd.Stdin = strings.NewReader("")
			out, err := cmd.CombinedOutput()
			require.NoError(t, err, "%s", out)
			r.asked(1)
			require.Equal(t, before+1, d.card.sent())
		})
	}
}
