// SPDX-License-Identifier: Apache-2.0

// Package localfiles reads and writes the files of tscns on a user's machine: the
// configuration, and the cache of public card data in the runtime directory. It
// runs inside other programs, so on Linux it uses plain system calls: no
// descriptor stays open after a call, and the Go runtime's poller is not used.
package localfiles

import (
	"path/filepath"
	"strings"
)

// Config holds the settings of the configuration files.
type Config struct {
	// Cache reports whether public card data are kept, in memory and in the
	// runtime directory. It is set unless a file has "cache = off".
	Cache bool
	// Reads is the value of "reads", for cardos.ReadsNamed; "" if no file sets
	// it.
	Reads string
}

// maxConfig is the maximum size of a configuration file, in bytes.
const maxConfig = 64 << 10

// ReadConfig reads the system's file and then the user's, which takes
// precedence. Missing and unreadable files and lines that are not understood are
// ignored: they must not make a program fail. With a nil getenv the user's file
// is not read, which is for programs that run with more rights than their
// caller.
func ReadConfig(getenv func(string) string) Config {
	c := Config{Cache: true}
	for _, path := range configPaths(getenv) {
		if b, err := readFile(path, maxConfig); err == nil {
			c.apply(string(b))
		}
	}
	return c
}

// apply parses lines of the form "name = value"; # begins a comment.
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

// underHome joins a path to a directory named by the environment. It returns ""
// unless that directory is absolute.
func underHome(dir string, rest ...string) string {
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(append([]string{dir}, rest...)...)
}
