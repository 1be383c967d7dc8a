// SPDX-License-Identifier: Apache-2.0

package crosshost

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"tscns/tests/kit"
)

// Status is what these tests look at of what tscns status --json prints.
type Status struct {
	Service bool
	Readers []struct {
		Name string
		Card *struct{ Family string }
	}
}

// ExitNotGood is the exit code of tscns status without service, reader or card.
const ExitNotGood = 1

// ReadStatus decodes what tscns status --json printed and holds it against the
// schema.
func ReadStatus(t testing.TB, out string) (s Status) {
	t.Helper()
	schema, err := jsonschema.NewCompiler().Compile(filepath.Join(kit.Top(), "docs/tscns-status.schema.json"))
	require.NoError(t, err)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
	require.NoError(t, err, out)
	require.NoError(t, schema.Validate(value), out)
	require.NoError(t, json.Unmarshal([]byte(out), &s))
	return s
}

// Golden is the list of the names that a library exports, and nothing else.
func Golden(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(kit.Top(), "tests/abi/exports.golden"))
	require.NoError(t, err)
	return strings.Fields(string(text))
}
