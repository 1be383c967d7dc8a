// SPDX-License-Identifier: Apache-2.0

// Package localfiles holds the files of tscns on a user's machine: the
// configuration, and what is kept of cards in the runtime directory. The
// library uses it inside other people's programs, so on Linux it reads and
// writes by plain system calls: no descriptor outlives a call, and the Go
// runtime's poller is never woken.
package localfiles

import (
	"path/filepath"
	"strings"
)

// Config is what the configuration files say.
type Config struct {
	// Cache: what cards hold for everybody to read is kept, in memory and in
	// the runtime directory. On unless a file says "cache = off".
	Cache bool
	// Reads is how much of a file a card is asked for at once, in the words of
	// cardos.ReadsNamed; "" where no file says it.
	Reads string
}

// maxConfig bounds a configuration file, in bytes.
const maxConfig = 64 << 10

// ReadConfig reads the system's file and then the user's, which outranks it.
// Files that are not there or not readable say nothing, and neither do lines
// that it does not understand: a program must not fail because of them. A nil
// getenv leaves out the user's file, as a program does that runs with more
// rights than its caller.
func ReadConfig(getenv func(string) string) Config {
	c := Config{Cache: true}
	for _, path := range configPaths(getenv) {
		if b, err := readFile(path, maxConfig); err == nil {
			c.apply(string(b))
		}
	}
	return c
}

// apply takes in lines of the form "name = value"; # begins a comment.
func (c *Config) apply(text string) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		c.set(strings.ToLower(strings.TrimSpace(name)), strings.ToLower(strings.TrimSpace(value)))
	}
}

func (c *Config) set(name, value string) {
	switch name {
	case "cache":
		switch value {
		case "on", "yes", "true", "1":
			c.Cache = true
		case "off", "no", "false", "0":
			c.Cache = false
		}
	case "reads":
		c.Reads = value
	}
}

// underHome joins a path to a directory that the environment names, which has
// to be absolute; "" where it is not.
func underHome(dir string, rest ...string) string {
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(append([]string{dir}, rest...)...)
}
