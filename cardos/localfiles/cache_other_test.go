// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package localfiles

import "testing"

func runtimeDir(t *testing.T) string { return t.TempDir() }
