// SPDX-License-Identifier: Apache-2.0

package tree

func small(n int) bool { return n < 10 }

func middle(s string) bool {
	return s != "" &&
		len(s) >= 3
}

func nobody(a, b string) bool { return a == b }

type kind bool

func odd(n int) kind { return n%2 == 1 }
