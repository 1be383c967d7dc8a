// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the command says about PIN and PUK, and the codes that other programs
// show, have an entry in the guide of each language.
func TestGuidesExplainRefusals(t *testing.T) {
	clause := regexp.MustCompile(`^[^:;.]+`) // what comes after tells what to do
	var said []text
	for _, r := range []refusal{pinRefused, pukRefused} {
		said = append(said, r.wrong, r.blocked)
	}
	said[2] = text{} // the PUK's is the PIN's with another name
	for _, p := range padTexts {
		said = append(said, p.text)
	}
	source, err := os.ReadFile("../../module/errors.go")
	require.NoError(t, err)
	codes := regexp.MustCompile(`ck\.(CKR_[A-Z_]+)`).FindAllSubmatch(source, -1)
	require.Greater(t, len(codes), 20)
	for l, name := range []string{"troubleshooting.en.md", "troubleshooting.it.md"} {
		page, err := os.ReadFile("../../docs/" + name)
		require.NoError(t, err)
		for _, s := range said {
			assert.True(t, strings.Contains(string(page), clause.FindString(s[l])), "%s explains %q", name, s[l])
		}
		for _, c := range codes {
			switch code := string(c[1]); code {
			case "CKR_OK", "CKR_GENERAL_ERROR":
			default:
				assert.True(t, strings.Contains(string(page), "`"+code+"`"), "%s explains %s", name, code)
			}
		}
	}
}
