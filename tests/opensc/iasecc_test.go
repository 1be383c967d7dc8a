// SPDX-License-Identifier: Apache-2.0

package opensc_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	layout "tscns/cardos/layout/iasecc"
	"tscns/cardos/profile"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// sagem is the number by which OpenSC's iasecc driver knows the cards whose
// commands are those recorded on ACe 2025: SELECT with P1 = 09 and P2 = 00.
const sagem = 25003

// iasecc puts a card with an IAS-ECC application in, which EF.DIR and EF.ATR
// name, and lets OpenSC's driver for such cards take it by its answer to reset.
func iasecc(t *testing.T, change func(*simcard.IAS)) *fixture {
	t.Helper()
	for _, tool := range []string{"iasecc-tool", "opensc-explorer"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("skipped: ", tool, " not installed (Debian: opensc)")
		}
	}
	set, err := simcard.NewSet(simcard.FamilyH)
	require.NoError(t, err)
	m, ok := simcard.ModelNamed("h-ias-pkcs15")
	require.True(t, ok)
	o := simcard.ForIdentity(simcard.FamilyH, set.Identity)
	m.Apply(&o)
	o.Behaviour.Chaining = simcard.Accept // as vpcd reports no extended APDUs
	change(o.Behaviour.H.IAS)
	d := setUpCard(t, o, set, "", fmt.Sprintf("card_atr %s { driver = iasecc; type = %d; }", colons(simcard.ATRACe2025), sagem))
	// OpenSC 0.24 to 0.27.
	if out := d.run("iasecc-tool", "--list-sdos", "0x01"); strings.Contains(out, "Found SDO") && !strings.Contains(out, "contact ACLs") {
		t.Skip("skipped: this OpenSC's iasecc driver forgets each object when it has read it")
	}
	d.card.ClearLog()
	return d
}

// colons writes hexadecimal with colons, as OpenSC's configuration has it.
func colons(hex string) string {
	return strings.TrimSuffix(regexp.MustCompile("..").ReplaceAllString(hex, "$0:"), ":")
}

// TestIASECCLists: OpenSC reads PINs with their counters, keys with what they
// may do, and security environments.
func TestIASECCLists(t *testing.T) {
	for _, statement := range []string{simcard.StatementSeparate, simcard.StatementWhole, simcard.StatementControl} {
		d := iasecc(t, func(a *simcard.IAS) {
			a.Statement = statement
			a.PINs = []simcard.IASPIN{{Reference: 0x01, Used: 1, PUK: 0x03}, {Reference: 0x02, Max: 5}}
			a.Keys = append(a.Keys, simcard.IASKey{Reference: 0x82, PIN: 0x02, Environment: 4, Sign: true})
		})
		for class, want := range map[string]string{
			"0x01": "Found SDO class 1, reference 1 contact ACLs: F3:00:00:19:FF:00 tries maximum: 03 tries remaining: 02 " +
				"Found SDO class 1, reference 2 contact ACLs: F3:00:00:FF:FF:00 tries maximum: 05 tries remaining: 05 " +
				"Found SDO class 1, reference 3 contact ACLs: F3:00:00:FF:FF:00 tries maximum: 08 tries remaining: 08",
			"0x10": "Found SDO class 10, reference 1 contact ACLs: A1:11:00 non repudiation: 00 size: 01:00 " +
				"Found SDO class 10, reference 2 contact ACLs: C1:14:00 non repudiation: 00 size: 01:00",
			"0x7B": "Found SE #1 CRT #A4: usage 08; algo 00; ref 01:00:... CRT #A4: usage 40; algo 02; ref 00:00:... " +
				"Found SE #4 CRT #A4: usage 08; algo 00; ref 02:00:... CRT #AA: usage 00; algo 40; ref 00:00:... " +
				"CRT #B6: usage 40; algo 42; ref 00:00:... " +
				"Found SE #9 CRT #A4: usage 08; algo 00; ref 03:00:...",
		} {
			out := strings.Join(strings.Fields(d.run("iasecc-tool", "--list-sdos", class)), " ")
			require.Contains(t, out, want)
			require.Equal(t, strings.Count(want, "Found"), strings.Count(out, "Found"), out)
		}
		serial := regexp.MustCompile(`([0-9A-F]{2} ){7}[0-9A-F]{2}`).FindString(d.run("opensc-tool", "--serial"))
		// For cards of this maker the driver takes the number half a byte early.
		require.Equal(t, "8"+d.set.Identity.Serial[:15], strings.ReplaceAll(serial, " ", ""))
	}
}

// explore runs commands of opensc-explorer.
func (d *fixture) explore(commands ...string) string {
	file := filepath.Join(d.t.TempDir(), "commands")
	require.NoError(d.t, os.WriteFile(file, []byte(strings.Join(commands, "\n")+"\n"), 0o600))
	return d.run("opensc-explorer", "--mf", "", file)
}

// TestIASECCVerifies: OpenSC presents a PIN in the form that the lengths of the
// object tell, digits alone or filled, and reads the tries left between.
func TestIASECCVerifies(t *testing.T) {
	for form, length := range map[string]int{simcard.PINDigits: 5, simcard.PINFilledFF: 8} {
		d := iasecc(t, func(a *simcard.IAS) { a.PINs[0].Form, a.PINs[0].Digits = form, "13579" })
		out := strings.Join(strings.Fields(d.explore("pin_info CHV1", "verify CHV1 31:33:35:37:38",
			"pin_info CHV1", "verify CHV1 31:33:35:37:39", "pin_info CHV1")), " ")
		require.Contains(t, out, "Logged out. 3 tries left. Incorrect code, 2 tries left. "+
			"Logged out. 2 tries left. Code correct. Logged in. 3 tries left.")
		left, limit := d.card.IASTries(0x01)
		require.Equal(t, []int{3, 3}, []int{left, limit})
		require.Equal(t, 1, d.card.Stats().TriesSpent)
		var sent []int
		for _, e := range d.card.Log() {
			if e.Header[1] == 0x20 && e.Lc > 0 {
				sent = append(sent, e.Lc)
			}
		}
		require.Equal(t, []int{length, length}, sent)
	}
}

// TestIASECCUsesTheKey: OpenSC logs in and uses the key by INTERNAL
// AUTHENTICATE, PSO DECIPHER, and PSO HASH with COMPUTE DIGITAL SIGNATURE, as the
// card reports that it may.
func TestIASECCUsesTheKey(t *testing.T) {
	digest := sha256.Sum256([]byte("prova"))
	info := append(unhex(t, "3031300D060960864801650304020105000420"), digest[:]...)
	use := func(may simcard.IASKey, input func(*rsa.PublicKey) []byte, args ...string) (*fixture, []byte, error) {
		d := iasecc(t, func(a *simcard.IAS) {
			may.Reference, may.PIN = 0x81, 0x01
			a.Keys = []simcard.IASKey{may}
		})
		in := filepath.Join(t.TempDir(), "in")
		require.NoError(t, os.WriteFile(in, input(&d.set.Identity.Key.PublicKey), 0o600))
		out, err := d.try("pkcs11-tool", append(args, "--login", "--pin", pin, "-d", "81", "-i", in, "-o", in+".out")...)
		require.Zero(t, d.card.Stats().TriesSpent)
		if err != nil {
			return d, []byte(out), err
		}
		result, err := os.ReadFile(in + ".out")
		require.NoError(t, err)
		return d, result, nil
	}

	d, signature, err := use(simcard.IASKey{Authenticate: true}, func(*rsa.PublicKey) []byte { return info }, "--sign", "-m", "RSA-PKCS")
	require.NoError(t, err, "%s", signature)
	require.NoError(t, rsa.VerifyPKCS1v15(&d.set.Identity.Key.PublicKey, crypto.SHA256, digest[:], signature))
	require.Contains(t, d.card.LogText(), "00 88 00 00 Lc=51 Le=256 -> 9000")

	d, plain, err := use(simcard.IASKey{Decipher: simcard.DecipherPKCS1}, func(key *rsa.PublicKey) []byte {
		encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, key, []byte("prova"))
		require.NoError(t, err)
		return encrypted
	}, "--decrypt", "-m", "RSA-PKCS")
	require.NoError(t, err, "%s", plain)
	require.Equal(t, "prova", string(plain))
	require.Contains(t, d.card.LogText(), "00 2A 80 86")

	// With OpenSSL 3 the driver has no state of a hash to send: it ends after
	// having named algorithms and key.
	d, signature, err = use(simcard.IASKey{Sign: true}, func(*rsa.PublicKey) []byte { return []byte("prova") }, "--sign", "-m", "SHA256-RSA-PKCS")
	require.Contains(t, d.card.LogText(), "00 22 41 AA Lc=3 Le=-1 -> 9000\n00 22 41 B6 Lc=6 Le=-1 -> 9000")
	if err == nil {
		require.NoError(t, rsa.VerifyPKCS1v15(&d.set.Identity.Key.PublicKey, crypto.SHA256, digest[:], signature))
		require.Contains(t, d.card.LogText(), "00 2A 9E 9A")
	}
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(text)
	require.NoError(t, err)
	return b
}

// spy keeps what a layout found on a card.
type spy struct {
	cardos.Layout
	found *layout.Card
}

func (s *spy) Probe(p *cardos.Prober) (cardos.Instance, error) {
	instance, err := s.Layout.Probe(p)
	s.found, _ = instance.(*layout.Card)
	return instance, err
}

// driver has this driver read a card: what it takes the card to report, and the
// tries left of its PIN.
func driver(t *testing.T, card *simcard.Card) (*layout.Statement, cardos.Tries) {
	t.Helper()
	const reader = "Simulated 00 00"
	service := simreader.NewService(reader)
	service.Insert(reader, card)
	for _, p := range profile.All() {
		if p.Family != "H" {
			continue
		}
		seen, copied := &spy{Layout: p.Layout}, *p
		copied.Layout = seen
		c, err := cardos.Open(service.Transport(), reader, cardos.Options{Profiles: []*cardos.Profile{&copied}})
		require.NoError(t, err)
		defer c.Close()
		left, _, err := c.QueryTries(0)
		require.NoError(t, err)
		require.NotNil(t, seen.found.Statement())
		return seen.found.Statement(), left
	}
	t.Fatal("no family H")
	return nil, cardos.Tries{}
}

// TestIASECCAgrees: OpenSC and this driver read the same of one card: which PIN
// protects the key, its tries left and their maximum, the key's number, size and
// use.
func TestIASECCAgrees(t *testing.T) {
	for name, change := range map[string]func(*simcard.IAS){
		"separate": func(*simcard.IAS) {},
		"whole":    func(a *simcard.IAS) { a.Statement = simcard.StatementWhole },
		"control":  func(a *simcard.IAS) { a.Statement = simcard.StatementControl },
		"second PIN": func(a *simcard.IAS) {
			a.PINs = []simcard.IASPIN{{Reference: 0x01, Max: 5}, {Reference: 0x02, Used: 1, PUK: 0x03}}
			a.Keys = []simcard.IASKey{{Reference: 0x84, PIN: 0x02, Environment: 3, Authenticate: true, Decipher: simcard.DecipherRaw}}
		},
	} {
		d := iasecc(t, change)
		list := func(class string) string {
			return strings.Join(strings.Fields(d.run("iasecc-tool", "--list-sdos", class)), " ")
		}
		key := match(t, list("0x10"), `class 10, reference (\d+) contact ACLs: ([0-9A-F]{2}):([0-9A-F:]+) non repudiation: 00 size: ([0-9A-F:]+)`)
		stated, left := driver(t, d.card)
		require.Equal(t, key[1], fmt.Sprint(stated.Key.Reference&0x1F), name)
		require.Equal(t, key[4], fmt.Sprintf("%02X:%02X", stated.Key.Size>>8, stated.Key.Size&0xFF), name)
		mode := unhex(t, key[2])[0]
		require.Equal(t, layout.Authenticate, stated.Key.Use, name)
		require.NotZero(t, mode&0x20, "%s: INTERNAL AUTHENTICATE", name)
		condition := unhex(t, key[3][:2])[0] // no signature is allowed, so it comes first
		require.Zero(t, mode&0x40, name)

		environment := match(t, list("0x7B"), fmt.Sprintf(`Found SE #%d CRT #A4: usage 08; algo 00; ref ([0-9A-F]{2}):`, condition&0xF))
		require.Equal(t, environment[1], fmt.Sprintf("%02X", stated.PIN), name)
		pin := match(t, list("0x01"), fmt.Sprintf(`class 1, reference %d contact ACLs: [0-9A-F:]+ tries maximum: (\d+) tries remaining: (\d+)`, stated.PIN&0x1F))
		require.Equal(t, pin[1], fmt.Sprintf("%02d", left.Max), name)
		require.Equal(t, pin[2], fmt.Sprintf("%02d", left.Left), name)
		require.True(t, left.Known, name)
		require.Zero(t, d.card.Stats().TriesSpent, name)
	}
}

func match(t *testing.T, text, pattern string) []string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	require.NotNil(t, found, "%s in %s", pattern, text)
	return found
}
