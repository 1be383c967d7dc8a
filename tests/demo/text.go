// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"
)

// printer speaks to the person, in Italian or English.
type printer struct {
	out     io.Writer
	italian bool
}

// italianLocale reads the language for messages as setlocale(3) does.
func italianLocale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := getenv(name); value != "" {
			return strings.HasPrefix(value, "it")
		}
	}
	return false
}

func (p printer) text(english, italian string) string {
	if p.italian {
		return italian
	}
	return english
}

// say prints a line in the person's language; both texts take the same
// arguments.
func (p printer) say(english, italian string, args ...any) {
	fmt.Fprintf(p.out, p.text(english, italian)+"\n", args...)
}
