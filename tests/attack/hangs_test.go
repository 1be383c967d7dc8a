// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The command waits for ever: on a FIFO without a writer, on a device without
// an end, on a lock that somebody holds.
func TestCommandHangs(t *testing.T) {
	for name, plant := range map[string]func(*person){
		"profiles.ini":            func(p *person) { p.fifo(".mozilla/firefox/profiles.ini") },
		"profiles.ini in sandbox": func(p *person) { p.fifo(firefoxData + "/.mozilla/firefox/profiles.ini") },
		"profiles.ini without an end": func(p *person) {
			p.link("/dev/zero", firefoxData+"/.mozilla/firefox/profiles.ini")
			p.env = append(p.env, "GOMEMLIMIT=256MiB")
		},
		"list": func(p *person) { p.firefox(".mozilla/firefox"); p.fifo(".mozilla/firefox/a.default/pkcs11.txt") },
		"list in sandbox": func(p *person) {
			p.firefox(firefoxData + "/.mozilla/firefox")
			p.fifo(firefoxData + "/.mozilla/firefox/a.default/pkcs11.txt")
		},
		"lock of the profile": func(p *person) { p.firefox(".mozilla/firefox"); p.fifo(".mozilla/firefox/a.default/.parentlock") },
		"list of Chromium":    func(p *person) { p.fifo(".pki/nssdb/pkcs11.txt") },
		"what it remembers":   func(p *person) { p.fifo(".local/state/tscns/registered.json") },
		"note of Flatpak":     func(p *person) { p.fifo(".local/share/tscns/flatpak.json") },
		"overrides": func(p *person) {
			p.write(chromeData+"/x", "")
			p.fifo(".local/share/flatpak/overrides/com.google.Chrome")
		},
		"metadata of an application": func(p *person) { p.fifo(".local/share/flatpak/app/com.google.Chrome/current/active/metadata") },
		"module file":                func(p *person) { p.fifo(".config/pkcs11/modules/a.module") },
		"folders without end": func(p *person) {
			p.link("..", ".config/loop")
			p.link(".", ".loop")
			for i := range 1000 {
				require.NoError(p.t, os.Mkdir(p.at(fmt.Sprintf(".a%d", i)), 0o700))
			}
			require.NoError(p.t, os.Mkdir(p.at(".config/closed"), 0o000))
			p.write(".config/new\n\x1b[2J/First Run", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			plant(p)
			for _, args := range [][]string{{"register", "--once"}, {"register"}, {"register", "flatpak", "--yes"}, {"unregister"}, {"doctor"}} {
				p.tscns(append(args, p.module())...)
			}
		})
	}
	t.Run("the library", func(t *testing.T) {
		p := newPerson(t)
		p.fifo("tscns-pkcs11.so")
		for _, command := range []string{"doctor", "register"} {
			p.tscns(command, "--module="+p.at("tscns-pkcs11.so"))
		}
	})
}

// An application has the command read a file until the memory is full, or
// write it again as large.
func TestMemoryFilledByALargeList(t *testing.T) {
	p := newPerson(t)
	p.firefox(firefoxData + "/.mozilla/firefox")
	list := p.at(firefoxData + "/.mozilla/firefox/a.default/pkcs11.txt")
	require.NoError(t, os.Truncate(list, 64<<20))
	assert.Contains(t, p.registerFlatpak(), "too large")
	info, err := os.Stat(list)
	require.NoError(t, err)
	assert.EqualValues(t, 64<<20, info.Size())
}

// A name that an application chose commands the terminal: it paints another
// answer over the command's, or hides a part of it.
func TestTerminalCommandedByAName(t *testing.T) {
	for name, folder := range map[string]string{"escape": "a\x1b]0;owned\x07", "one byte": "a\u009b2K", "carriage return": "a\rall well",
		"direction": "a\u202ellew lla"} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			p.write(firefoxData+"/.mozilla/firefox/profiles.ini", "[Profile0]\nIsRelative=1\nPath="+folder+"\n")
			p.write(filepath.Join(firefoxData+"/.mozilla/firefox", folder, "pkcs11.txt"), emptyList)
			said := p.registerFlatpak()
			assert.Contains(t, said, "a\ufffd", "%q", said)
			assert.NotContains(t, said, string([]rune(folder)[1]), "%q", said)
		})
	}
}

// Without a home, or with one that is not a path of the whole system, the
// command takes the folder that it was called in for one.
func TestCurrentFolderTakenForAHome(t *testing.T) {
	if os.Geteuid() != 0 { // the account of the other one has no home at all
		t.Skip("SKIPPED: the account of this user has a home")
	}
	for _, home := range []string{"", ".", "relative"} {
		p := newPerson(t)
		p.firefox("outside/.mozilla/firefox")
		p.firefox("outside/relative/.mozilla/firefox")
		p.own()
		before := p.private()
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		cmd := p.command(ctx, "register", p.module())
		cmd.Dir = p.at("outside")
		cmd.Env = append(cmd.Env, "HOME="+home, "XDG_CONFIG_HOME=config", "XDG_STATE_HOME=.", "XDG_DATA_HOME=")
		out, _ := cmd.CombinedOutput()
		assert.Equal(t, before, p.private(), "%q: %s", home, out)
	}
}

// A lock that another program holds keeps Chromium, which waits for the
// command, from starting.
func TestBrowserKeptFromStartingByALock(t *testing.T) {
	p := newPerson(t)
	p.write(".pki/nssdb/pkcs11.txt", emptyList)
	p.write(".local/state/tscns/x", "")
	holder := exec.Command("flock", p.at(".local/state/tscns"), "sleep", "60")
	require.NoError(t, holder.Start())
	defer func() {
		_ = holder.Process.Kill()
		_ = holder.Wait()
	}()
	require.Eventually(t, func() bool {
		return exec.Command("flock", "--nonblock", p.at(".local/state/tscns"), "true").Run() != nil
	},
		5*time.Second, 10*time.Millisecond)
	start := time.Now()
	said := p.tscns("register", "--once", "chrome", p.module())
	assert.Less(t, time.Since(start), 15*time.Second)
	assert.Contains(t, said, "another tscns register")
}
