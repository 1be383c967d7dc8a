// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"os"
	"testing"

	"tscns/tests/e2e"
)

func TestMain(m *testing.M) { os.Exit(e2e.Main(m)) }
