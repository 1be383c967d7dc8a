// SPDX-License-Identifier: Apache-2.0

package tree

import "testing"

func TestSmall(t *testing.T) {
	if !small(3) || small(30) || bool(odd(2)) {
		t.Error("3, 30, 2")
	}
}

func TestMiddle(t *testing.T) {
	if !middle("abc") || middle("ab") {
		t.Error("abc, ab")
	}
}
