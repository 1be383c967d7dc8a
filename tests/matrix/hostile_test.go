// SPDX-License-Identifier: Apache-2.0

package matrix

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/miekg/pkcs11"
	"github.com/stretchr/testify/require"

	"tscns/simcard"
	"tscns/tests/kit"
)

// maxCall is the longest that one call may take, whatever the card answers.
const maxCall = 5 * time.Second

// maxResident is how much more memory the process may hold at the end, in KiB.
const maxResident = 256 << 10

// TestHostileCards has the library built with the simulated card inside use
// 200 cards that answer nonsense, one after the other in this process: no
// crash, no call above five seconds, memory bounded.
func TestHostileCards(t *testing.T) {
	const cards = 200
	var dirs []string
	for _, f := range []simcard.Family{simcard.FamilyB2, simcard.FamilyE, simcard.FamilyB1, simcard.FamilyH} {
		set, err := simcard.NewSet(f)
		require.NoError(t, err)
		dir := t.TempDir()
		require.NoError(t, simcard.Save(dir, simcard.ForIdentity(f, set.Identity), set))
		dirs = append(dirs, dir)
	}
	set, err := simcard.NewSet(simcard.FamilyH)
	require.NoError(t, err)
	ias, _ := simcard.ModelNamed("h-ias")
	o := simcard.ForIdentity(simcard.FamilyH, set.Identity)
	ias.Apply(&o)
	dirs = append(dirs, t.TempDir())
	require.NoError(t, simcard.Save(dirs[len(dirs)-1], o, set))
	library := pkcs11.New(kit.SimModule(t))
	require.NotNil(t, library)
	defer library.Destroy()
	before := 0
	slowest := time.Duration(0)
	calls := 0
	call := func(fn func()) {
		start := time.Now()
		fn()
		took := time.Since(start)
		slowest, calls = max(slowest, took), calls+1
		require.Less(t, took, maxCall)
	}
	for seed := range cards {
		t.Setenv("TSCNS_SIMCARD", dirs[seed%len(dirs)])
		t.Setenv("TSCNS_SIMCARD_HOSTILE", strconv.Itoa(seed))
		call(func() { require.NoError(t, library.Initialize()) })
		useUp(library, call)
		call(func() { require.NoError(t, library.Finalize()) })
		if seed == cards/4 {
			before = resident(t)
		}
	}
	grown := resident(t) - before
	require.Less(t, grown, maxResident, "KiB more than after a quarter of the cards")
	t.Logf("%d cards, %d calls, the slowest %v, %d KiB more memory than after %d cards", cards, calls, slowest, grown, cards/4)
}

// useUp does everything that can be done, whatever comes back.
func useUp(library *pkcs11.Ctx, call func(func())) {
	var slots []uint
	call(func() { slots, _ = library.GetSlotList(true) })
	for _, slot := range slots {
		call(func() { _, _ = library.GetTokenInfo(slot) })
		call(func() { _, _ = library.GetMechanismList(slot) })
		var s pkcs11.SessionHandle
		var err error
		call(func() { s, err = library.OpenSession(slot, pkcs11.CKF_SERIAL_SESSION|pkcs11.CKF_RW_SESSION) })
		if err != nil {
			continue
		}
		var objects []pkcs11.ObjectHandle
		find := func() {
			if library.FindObjectsInit(s, nil) == nil {
				objects, _, _ = library.FindObjects(s, 100)
				_ = library.FindObjectsFinal(s)
			}
		}
		call(find)
		for _, o := range objects {
			call(func() {
				_, _ = library.GetAttributeValue(s, o, []*pkcs11.Attribute{pkcs11.NewAttribute(pkcs11.CKA_VALUE, nil)})
			})
		}
		call(func() { _ = library.Login(s, pkcs11.CKU_USER, "12345678") })
		call(find)
		for _, o := range objects {
			call(func() {
				if library.SignInit(s, []*pkcs11.Mechanism{pkcs11.NewMechanism(pkcs11.CKM_SHA256_RSA_PKCS, nil)}, o) == nil {
					_, _ = library.Sign(s, message)
				}
			})
		}
		call(func() { _ = library.SetPIN(s, "12345678", "55555") })
		call(func() { _ = library.Logout(s) })
	}
}

// resident is the memory of this process, in KiB (proc(5), VmRSS).
func resident(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	require.NoError(t, err)
	for _, line := range strings.Split(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			require.NoError(t, err)
			return n
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
