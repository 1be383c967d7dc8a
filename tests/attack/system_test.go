// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func sha256Of(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// asRoot runs the command as root with the person's environment, as sudo -E
// does.
func (p *person) asRoot(env []string, args ...string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := p.command(ctx, args...)
	cmd.SysProcAttr = nil
	cmd.Env = append(cmd.Env, env...)
	out, _ := cmd.CombinedOutput()
	require.NoError(p.t, ctx.Err(), "tscns %s hangs", strings.Join(args, " "))
	return string(out)
}

// ofRoot lists what belongs to root in the home.
func (p *person) ofRoot() (list []string) {
	p.t.Helper()
	require.NoError(p.t, filepath.WalkDir(p.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Sys().(*syscall.Stat_t).Uid == 0 {
			list = append(list, path)
		}
		return err
	}))
	return list
}

// A person has root write where only root may, or is left with files that the
// browser cannot read any more.
func TestRootWritesForAPersonWhoLinks(t *testing.T) {
	needRoot(t)
	everywhere := []string{".mozilla/firefox/a.default", ".pki/nssdb", ".config", ".local/state/tscns", ".local/share"}
	for _, args := range [][]string{{"register"}, {"register", "--once"}, {"register", "flatpak", "--yes"}, {"unregister"}} {
		for _, linked := range append(everywhere, "") {
			t.Run(strings.Join(args, " ")+" "+linked, func(t *testing.T) {
				p := newPerson(t)
				system := t.TempDir()
				p.firefox(".mozilla/firefox")
				p.write(".pki/nssdb/pkcs11.txt", emptyList)
				p.write(chromeData+"/.pki/nssdb/pkcs11.txt", emptyList)
				if linked != "" {
					p.link(system, linked)
				}
				p.own()
				require.NoError(t, os.WriteFile(filepath.Join(system, "pkcs11.txt"), []byte(emptyList), 0o600))
				said := p.asRoot(nil, append(args, p.module())...)
				assert.Empty(t, p.ofRoot(), "%s", said)
				entries, err := os.ReadDir(system)
				require.NoError(t, err)
				assert.Len(t, entries, 1, "%s", said)
				b, err := os.ReadFile(filepath.Join(system, "pkcs11.txt"))
				require.NoError(t, err)
				assert.Equal(t, emptyList, string(b))
			})
		}
	}
}

// The home is root's own, but one of the other places is the person's.
func TestRootWritesInAPersonsConfiguration(t *testing.T) {
	needRoot(t)
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "FLATPAK_USER_DIR"} {
		p := newPerson(t)
		p.firefox("config/mozilla/firefox")
		p.own()
		said := p.asRoot([]string{"HOME=" + t.TempDir(), name + "=" + p.at("config")}, "register", p.module())
		assert.Empty(t, p.ofRoot(), "%s: %s", name, said)
		assert.Contains(t, said, "belongs to somebody else")
	}
}

// The advice on a failure leads to files of root's in the person's home.
func TestPersonAdvisedToUseSudo(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("the home stays the user's own")
	}
	for language, refused := range map[string]string{"C": "not permitted", "it_IT.UTF-8": "non permesso"} {
		p := newPerson(t)
		p.env[0] = "LC_ALL=" + language
		p.firefox(".mozilla/firefox")
		p.own()
		require.NoError(t, os.Chmod(p.at(".mozilla/firefox/a.default"), 0o500))
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		out, _ := p.command(ctx, "register", "firefox", p.module()).CombinedOutput()
		assert.Contains(t, string(out), refused)
		assert.NotContains(t, string(out), "sudo")
	}
}

// inNamespace runs a script as root with an /etc, /opt and /var/lib of its own.
func inNamespace(t *testing.T, script string) string {
	t.Helper()
	needRoot(t)
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	probe := exec.CommandContext(ctx, "unshare", "--mount", "mount", "-t", "tmpfs", "none", "/opt")
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: no mount namespace here: %v: %s", err, out)
	}
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "sh", "-ec", "for d in /etc /opt /var/lib; do mount -t tmpfs none $d; done\nchmod 755 /etc /opt /var/lib\n"+script)
	cmd.Env = []string{"HOME=/root", "LC_ALL=C", "PATH=" + programs + ":/usr/sbin:/usr/bin:/sbin:/bin"}
	out, err := cmd.CombinedOutput()
	require.NoError(t, ctx.Err())
	require.NoError(t, err, "%s", out)
	return string(out)
}

// Everybody's browser loads a library that one user can change.
func TestEverybodysBrowserLoadsALibraryOfOneUser(t *testing.T) {
	for name, plant := range map[string]string{
		"of another user":                           "chown 54321 $m",
		"that everybody can write":                  "chmod 666 $m",
		"that a group can write":                    "chgrp 54321 $m; chmod 664 $m",
		"that an ACL may open":                      "chmod 664 $m",
		"in another user's folder":                  "chown 54321 /opt/a/b",
		"below another user's folder":               "chown 54321 /opt/a",
		"in a folder open to all":                   "chmod 1777 /opt/a/b",
		"behind a link in a folder of another user": "mkdir /opt/u; ln -s $m /opt/u/tscns-pkcs11.so; chown -h 54321 /opt/u; m=/opt/u/tscns-pkcs11.so",
		"behind a link of a folder":                 "mkdir /opt/u; cp $m /opt/u; chown 54321 /opt/u; ln -s ../u /opt/a/l; m=/opt/a/l/tscns-pkcs11.so",
	} {
		t.Run(name, func(t *testing.T) {
			out := inNamespace(t, "mkdir -p /opt/a/b; m=/opt/a/b/tscns-pkcs11.so; echo >$m; chmod 644 $m\n"+plant+
				"\ntscns register --system --module $m || :\nfind /etc /var/lib -type f -exec echo WROTE {} ';'")
			assert.NotContains(t, out, "WROTE")
			assert.Contains(t, out, "others than root")
		})
	}
	t.Run("of root alone is registered", func(t *testing.T) {
		out := inNamespace(t, "mkdir -p /opt/a/b; m=/opt/a/b/tscns-pkcs11.so; echo >$m; chmod 644 $m\n"+
			"tscns register --system --module $m\ncat /etc/firefox/policies/policies.json; tscns unregister --system --module $m\nfind /etc /var/lib -type f")
		assert.Contains(t, out, `"TS-CNS": "/opt/a/b/tscns-pkcs11.so"`)
		assert.NotContains(t, out, "tscns.module\n/", "nothing is left")
	})
}

// Root's policies are written where a user leads them: Firefox in /opt is often
// that user's.
func TestRootsPolicyWrittenWhereAUserLeads(t *testing.T) {
	const start = "mkdir -p /opt/lib /opt/firefox/distribution /etc/cron.d; m=/opt/lib/tscns-pkcs11.so; echo >$m; p=/opt/firefox/distribution/policies.json\n"
	for name, plant := range map[string]string{
		"folder of a user":         "echo {} >$p; chown -R 54321 /opt/firefox",
		"folder above is a user's": "echo {} >$p; chown 54321 /opt/firefox",
		"folder is a link":         "rmdir /opt/firefox/distribution; echo {} >/etc/cron.d/policies.json; ln -s /etc/cron.d /opt/firefox/distribution; chown -h 54321 /opt/firefox",
		"file of a user":           "echo {} >$p; chown 54321 $p",
	} {
		t.Run(name, func(t *testing.T) {
			out := inNamespace(t, start+plant+"\ntscns register firefox --system --module $m || :\n"+
				"grep -rl TS-CNS /etc /opt --include=policies.json && echo WROTE || :")
			assert.NotContains(t, out, "WROTE", "%s", out)
			assert.Contains(t, out, "left alone")
		})
	}
}

// A policies.json that is something else than a file, or that says two things,
// is not replaced by one that says a third.
func TestPolicyOfAnAdministratorLost(t *testing.T) {
	const policies = "etc/firefox/policies/policies.json"
	twice := `{"policies":{"SecurityDevices":{"Add":{"A":"/a.so"}},"SecurityDevices":{"Add":{"B":"/b.so"}}}}`
	for name, c := range map[string]struct {
		plant func(*person)
		said  string
	}{
		"a link":          {func(p *person) { p.write("real.json", "{}"); p.link(p.at("real.json"), policies) }, "is a link"},
		"a dangling link": {func(p *person) { p.link(p.at("nowhere.json"), policies) }, "is a link"},
		"a FIFO":          {func(p *person) { p.fifo(policies) }, "not an ordinary file"},
		"a folder":        {func(p *person) { p.write(policies+"/x", "") }, "not an ordinary file"},
		"a key twice":     {func(p *person) { p.write(policies, twice) }, "not in the form of Firefox's policies"},
		"a key twice at the top": {func(p *person) { p.write(policies, `{"policies":{},"policies":{"A":1}}`) },
			"not in the form of Firefox's policies"},
		"too large": {func(p *person) {
			p.write(policies, "{")
			require.NoError(p.t, os.Truncate(p.at(policies), 64<<20))
		}, "too large"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPerson(t)
			c.plant(p)
			p.own()
			before, err := os.Lstat(p.at(policies))
			require.NoError(t, err)
			for _, command := range []string{"register", "unregister"} {
				said := p.tscns(command, "firefox", "--system", "--root="+p.home, p.module())
				if command == "register" {
					assert.Contains(t, said, c.said)
				}
				after, err := os.Lstat(p.at(policies))
				require.NoError(t, err)
				assert.True(t, os.SameFile(before, after))
				assert.Equal(t, before.Size(), after.Size())
				assert.Equal(t, before.Mode(), after.Mode())
			}
		})
	}
}

// A run that was killed leaves nothing for long, and what only looks like ours
// stays.
func TestDiskFilledByKilledRuns(t *testing.T) {
	p := newPerson(t)
	p.firefox(".mozilla/firefox")
	const profile = ".mozilla/firefox/a.default/"
	old := time.Now().Add(-time.Minute)
	left, alive, other := profile+".tscns-new-0123456789abcdef", profile+".tscns-new-fedcba9876543210", profile+".tscns-new-notes"
	for _, name := range []string{left, alive, other} {
		p.write(name, "half")
		require.NoError(t, os.Chtimes(p.at(name), old, old))
	}
	p.link(p.at("Documents/contract.txt"), profile+".tscns-new-aaaaaaaaaaaaaaaa")
	p.write("tmp/tscns-scratch-1/cert9.db", "half")
	require.NoError(t, os.Chtimes(p.at("tmp/tscns-scratch-1"), old, old))
	p.link(p.at("Documents"), "tmp/tscns-scratch-2")
	held, err := os.Open(p.at(alive))
	require.NoError(t, err)
	defer held.Close()
	require.NoError(t, syscall.Flock(int(held.Fd()), syscall.LOCK_EX))

	p.tscns("register", "firefox", p.module())
	assert.NoFileExists(t, p.at(left))
	assert.FileExists(t, p.at(alive), "another run writes it")
	assert.FileExists(t, p.at(other))
	assert.FileExists(t, p.at("Documents/contract.txt"))
	modutil, err := exec.LookPath("modutil")
	if err != nil {
		t.Skip("SKIPPED: modutil not installed (package libnss3-tools)")
	}
	p.path += ":" + filepath.Dir(modutil)
	p.tscns("register", "chrome", p.module())
	assert.NoDirExists(t, p.at("tmp/tscns-scratch-1"))
	assert.FileExists(t, p.at("Documents/contract.txt"))
	entries, err := os.ReadDir(p.at("tmp"))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "the link, which is not ours")
}
