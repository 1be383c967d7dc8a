// SPDX-License-Identifier: Apache-2.0

package guest

import (
	"os"
	"testing"

	"tscns/tests/kit"
)

func TestMain(m *testing.M) { os.Exit(kit.Main(m)) }
