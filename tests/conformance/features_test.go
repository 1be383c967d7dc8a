// SPDX-License-Identifier: Apache-2.0

package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tscns/module/ck"
	"tscns/simcard"
	"tscns/tests/kit"
)

// mechanismNames reads the names from package ck.
func mechanismNames(t *testing.T) map[ck.MechanismType]string {
	text, err := os.ReadFile(filepath.Join(kit.Top(), "module", "ck", "constants.go"))
	require.NoError(t, err)
	names := map[ck.MechanismType]string{}
	for _, m := range regexp.MustCompile(`(?m)^\s+(CKM_\w+)\s+MechanismType = (0x[0-9a-fA-F]+)`).FindAllSubmatch(text, -1) {
		v, err := strconv.ParseUint(string(m[2]), 0, 32)
		require.NoError(t, err)
		names[ck.MechanismType(v)] = string(m[1])
	}
	return names
}

// offer is what a card lets the library do with a mechanism.
type offer struct {
	flags ck.Flags
	bits  []uint64
	cards []string
}

func offers(t *testing.T) (order []ck.MechanismType, all map[ck.MechanismType]*offer, families []string) {
	all = map[ck.MechanismType]*offer{}
	for _, family := range simcard.Families() {
		if family == simcard.FamilyForeign {
			continue
		}
		families = append(families, string(family))
		RunInProcess(t, Item{Card: Encipherment, Run: func(x *X) {
			for _, m := range x.start().mechanismList() {
				var info MechanismInfo
				x.ok("C_GetMechanismInfo", x.Slot, m, &info)
				o := all[m]
				if o == nil {
					o = &offer{}
					all[m], order = o, append(order, m)
				}
				o.flags |= ck.Flags(info.Flags)
				o.cards = append(o.cards, string(family))
				if !slices.Contains(o.bits, info.MaxKeySize) {
					o.bits = append(o.bits, info.MaxKeySize)
				}
			}
		}}, family)
	}
	return order, all, families
}

func mechanismTable(t *testing.T) string {
	var b strings.Builder
	b.WriteString("\n| mechanism | functions | keys | cards |\n|---|---|---|---|\n")
	words := []struct {
		flag ck.Flags
		name string
	}{{ck.CKF_SIGN, "sign"}, {ck.CKF_VERIFY, "verify"}, {ck.CKF_ENCRYPT, "encrypt"}, {ck.CKF_DECRYPT, "decrypt"}, {ck.CKF_DIGEST, "digest"}}
	names := mechanismNames(t)
	order, all, families := offers(t)
	for _, m := range order {
		require.Contains(t, names, m)
		var does []string
		for _, w := range words {
			if all[m].flags&w.flag != 0 {
				does = append(does, w.name)
			}
		}
		cards, keys := "all", ""
		if !slices.Equal(all[m].cards, families) {
			cards = "raw RSA"
		}
		if all[m].flags&ck.CKF_DIGEST == 0 {
			keys = strings.Trim(fmt.Sprint(all[m].bits), "[]") + " bits"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", names[m], strings.Join(does, ", "), keys, cards)
	}
	return b.String()
}

// docs/features.md lists the functions and mechanisms that there are. "no" is
// what the C layer answers by itself, "refused" what the next test calls.
func TestFeaturesPage(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(kit.Top(), "docs", "features.md"))
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| (C_\w+) \| ([\d.]+) \| (\w+) \| (.*) \|$`).FindAllStringSubmatch(string(text), -1)
	require.Len(t, rows, len(Functions()))
	refused := 0
	for i, f := range Functions() {
		require.Equal(t, []string{f.Name, f.Version}, rows[i][1:3])
		require.Equal(t, f.Kind == "UNSUPPORTED", rows[i][3] == "no", f.Name)
		switch rows[i][3] {
		case "no":
			require.Empty(t, rows[i][4], f.Name)
		case "refused":
			refused++
		default:
			require.Equal(t, "yes", rows[i][3], f.Name)
		}
	}
	require.Equal(t, 9, refused)
	require.Contains(t, string(text), mechanismTable(t)+"\n", "the table of mechanisms")
}

// What is said to be refused is refused, to a user who is logged in.
func TestRefusedFunctionsRefuse(t *testing.T) {
	RunInProcess(t, Item{Run: func(x *X) {
		h := x.login(x.start().open(serialRW))
		o, made := x.one(h, ck.CKO_CERTIFICATE), new(ck.ObjectHandle)
		token := Template{class(ck.CKO_DATA), Attr(ck.CKA_TOKEN, []byte{1})}
		session := Template{class(ck.CKO_DATA), Attr(ck.CKA_TOKEN, []byte{0})}
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_CreateObject", h, token, 2, made)
		x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_CreateObject", h, session, 2, made)
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_CopyObject", h, o, token[1:], 1, made)
		x.is(ck.CKR_FUNCTION_NOT_SUPPORTED, "C_CopyObject", h, o, session[1:], 1, made)
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_DestroyObject", h, o)
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_SetAttributeValue", h, o, token[1:], 1)
		x.is(ck.CKR_RANDOM_NO_RNG, "C_SeedRandom", h, []byte("x"), 1)
		x.is(ck.CKR_RANDOM_NO_RNG, "C_GenerateRandom", h, make([]byte, 4), 4)
		x.is(ck.CKR_FUNCTION_NOT_PARALLEL, "C_GetFunctionStatus", h)
		x.is(ck.CKR_FUNCTION_NOT_PARALLEL, "C_CancelFunction", h)
		x.ok("C_CloseAllSessions", x.Slot)
		x.is(ck.CKR_TOKEN_WRITE_PROTECTED, "C_InitToken", x.Slot, []byte(PUK), 8, make([]byte, 32))
	}}, simcard.FamilyB2)
}

func TestItemsAreComplete(t *testing.T) {
	items := Items()
	require.Len(t, items, 108)
	for i, it := range items {
		require.Equal(t, i+1, it.Number)
		require.NotEmpty(t, it.Section)
		require.NotEmpty(t, it.Title)
	}
}

// Every item that is not about C alone, with keys of each size.
func TestItemsInProcess(t *testing.T) {
	for _, family := range []simcard.Family{simcard.FamilyB2, simcard.FamilyC} {
		t.Run(string(family), func(t *testing.T) {
			for _, it := range Items() {
				if !it.Host {
					t.Run(it.Name(), func(t *testing.T) { RunInProcess(t, it, family) })
				}
			}
			t.Run(EllipticCurve.Title, func(t *testing.T) { RunInProcess(t, EllipticCurve, family) })
		})
	}
}
