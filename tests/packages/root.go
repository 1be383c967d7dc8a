// SPDX-License-Identifier: Apache-2.0

// Package packages tests what ./build.sh package makes: that two builds give
// the same bytes, what is in each package, what lintian and rpmlint say, and,
// in a Debian 12 made by debootstrap, that the deb installs with apt, that
// Firefox and Chromium of ordinary people log in with it, and that nothing is
// left of it afterwards.
//
//	go test -v -run TestInstalledInDebian ./tests/packages
//
// The last wants root, debootstrap and Debian's archive, as apt is configured
// on this machine, with its proxy; it is skipped by name otherwise.
// TSCNS_PACKAGES_CACHE names a folder that keeps the packages downloaded for
// it (320 MB).
package packages

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// suites are the systems that packages are tried in: 12 and 13.
var suites = []string{"bookworm", "trixie"}

// errUnavailable is wrapped where a Debian cannot be made on this machine.
var errUnavailable = errors.New("no Debian can be made here")

// debian is a Debian in a folder.
type debian struct {
	dir   string
	cache string // of packages, stays
	log   func(format string, args ...any)
}

// source is a part of Debian's archive as apt has it on this machine.
type source struct{ uri, release, component string }

// sources asks apt where it gets Debian from, and returns where it would get
// another suite from: the archive has them side by side.
func sources(suite string) (list []source, err error) {
	out, err := exec.Command("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) $(CODENAME)", "Created-By: Packages").Output()
	if err != nil {
		return nil, fmt.Errorf("%w: apt-get indextargets: %w", errUnavailable, err)
	}
	for _, line := range strings.Split(string(out), "\n") {
		f := strings.Fields(line)
		if len(f) != 4 {
			continue
		}
		for _, here := range suites {
			s := source{f[0], strings.Replace(f[1], here, suite, 1), f[2]}
			if strings.HasPrefix(f[3], here) && !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	return list, nil
}

// mirror returns the source of the release itself, which answers.
func mirror(list []source, suite, scratch string) (string, error) {
	for _, s := range list {
		if s.release != suite || s.component != "main" {
			continue
		}
		out, err := exec.Command("/usr/lib/apt/apt-helper", "download-file", s.uri+"dists/"+suite+"/InRelease", filepath.Join(scratch, "InRelease")).CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("%w: Debian's archive does not answer: %s", errUnavailable, lastLine(out))
		}
		return s.uri, nil
	}
	return "", fmt.Errorf("%w: apt has no source of Debian %s", errUnavailable, suite)
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// aptSettings are those of apt's settings on this machine that say how the
// archive is reached.
func aptSettings() (text string, proxy []string) {
	out, err := exec.Command("apt-config", "dump", "Acquire").Output()
	if err != nil {
		return "", nil
	}
	for _, line := range strings.Split(string(out), "\n") {
		key, value, _ := strings.Cut(line, " ")
		lower := strings.ToLower(key)
		for _, prefix := range []string{"acquire::http", "acquire::https", "acquire::check-", "acquire::retries"} {
			if strings.HasPrefix(lower, prefix) {
				text += line + "\n"
			}
		}
		switch lower {
		case "acquire::http::proxy":
			proxy = append(proxy, "http_proxy="+strings.Trim(value, `";`))
		case "acquire::https::proxy":
			proxy = append(proxy, "https_proxy="+strings.Trim(value, `";`))
		}
	}
	return text, proxy
}

// newDebian makes a minimal Debian of a suite below dir.
func newDebian(suite, dir, cache string, log func(string, ...any)) (*debian, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("%w: only root can", errUnavailable)
	}
	for _, name := range []string{"debootstrap", "unshare", "ip", "apt-get"} {
		if _, err := exec.LookPath(name); err != nil {
			return nil, fmt.Errorf("%w: %s is not installed", errUnavailable, name)
		}
	}
	probe := exec.Command("unshare", "--mount", "--pid", "--net", "--fork", "sh", "-c", `ip link set lo up && mount -t tmpfs tmpfs "$0"`, dir)
	if out, err := probe.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: no mounts and no network of its own: %s", errUnavailable, lastLine(out))
	}
	list, err := sources(suite)
	if err != nil {
		return nil, err
	}
	uri, err := mirror(list, suite, dir)
	if err != nil {
		return nil, err
	}
	d := &debian{dir: filepath.Join(dir, "root"), cache: cache, log: log}
	if err := os.MkdirAll(filepath.Join(cache, "partial"), 0o755); err != nil {
		return nil, err
	}
	settings, proxy := aptSettings()
	begin := time.Now()
	command := exec.Command("debootstrap", "--variant=minbase", "--cache-dir="+cache, suite, d.dir, uri)
	command.Env = append(append(os.Environ(), "LC_ALL=C"), proxy...)
	if out, err := command.CombinedOutput(); err != nil {
		if strings.Contains(string(out), "noexec or nodev") {
			err = fmt.Errorf("%w: %w", errUnavailable, err) // a container without device files
		}
		return nil, fmt.Errorf("debootstrap: %w\n%s", err, out)
	}
	log("debootstrap: %v", time.Since(begin).Round(time.Second))
	return d, d.configure(list, settings)
}

// configure has the new system reach the archive as this machine does, start
// no service, and not wait for the disk after every file.
func (d *debian) configure(list []source, settings string) error {
	var lines strings.Builder
	for _, s := range list {
		fmt.Fprintf(&lines, "deb %s %s %s\n", s.uri, s.release, s.component)
	}
	settings += "Acquire::Languages \"none\";\nAcquire::Retries \"3\";\nAPT::Install-Recommends \"true\";\n"
	if bundle, err := os.ReadFile("/etc/ssl/certs/ca-certificates.crt"); err == nil && strings.Contains(lines.String(), "https:") {
		settings += "Acquire::https::CaInfo \"/etc/host-ca.crt\";\n"
		if err := d.write("etc/host-ca.crt", string(bundle), 0o644); err != nil {
			return err
		}
	}
	for name, text := range map[string]string{
		"etc/apt/sources.list":               lines.String(),
		"etc/apt/apt.conf.d/99host":          settings,
		"etc/dpkg/dpkg.cfg.d/no-sync":        "force-unsafe-io\n",
		"usr/sbin/policy-rc.d":               "#!/bin/sh\nexit 101\n",
		"etc/dpkg/dpkg.cfg.d/keep-conffiles": "force-confold\n",
	} {
		if err := d.write(name, text, 0o755); err != nil {
			return err
		}
	}
	_, err := d.root("apt-get", "update", "-qq")
	return err
}

func (d *debian) path(name string) string { return filepath.Join(d.dir, name) }

func (d *debian) write(name, text string, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o755); err != nil {
		return err
	}
	return os.WriteFile(d.path(name), []byte(text), mode)
}

// mounts is what a program in the Debian expects, in a mount namespace of its
// own, which ends with it. $0 is the Debian, $1 the cache.
const mounts = `mount --rbind /dev "$0/dev"; mount -t proc proc "$0/proc"
mkdir -p "$0/var/cache/apt/archives"; mount --bind "$1" "$0/var/cache/apt/archives"; shift
`

// environment of programs in the Debian: its own but for the way out.
func environment(more ...string) []string {
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
		"DEBIAN_FRONTEND=noninteractive"}
	for _, name := range []string{"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"} {
		if value, set := os.LookupEnv(name); set {
			env = append(env, name+"="+value)
		}
	}
	return append(env, more...)
}

// root runs a program in the Debian as root.
func (d *debian) root(args ...string) (string, error) {
	script := "set -e\n" + mounts + `exec chroot "$0" "$@"`
	command := exec.Command("unshare", append([]string{"--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, d.dir, d.cache}, args...)...)
	command.Env = environment()
	out, err := command.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%q: %w\n%s", args, err, out)
	}
	return string(out), err
}

// session is the command that runs a program in the Debian as an ordinary
// user, without any network, beside a PC/SC service as the system has it.
func (d *debian) session(user, folder string, env []string, args ...string) *exec.Cmd {
	script := "set -e\nip link set lo up\n" + mounts + `mount -t tmpfs tmpfs "$0/run"; mkdir "$0/run/pcscd"
policy= # nobody to ask who may use readers
if chroot "$0" /usr/sbin/pcscd --help 2>&1 | grep -q -e --disable-polkit; then policy=--disable-polkit; fi
chroot "$0" /usr/sbin/pcscd --foreground $policy >"$0/var/log/pcscd.log" 2>&1 &
tries=0 # 30 s
until [ -S "$0/run/pcscd/pcscd.comm" ] || [ $tries = 300 ]; do sleep 0.1; tries=$((tries + 1)); done
user=$1 folder=$2; shift 2
exec chroot "$0" runuser -u "$user" -- sh -c 'cd "$0" && exec "$@"' "$folder" "$@"`
	command := exec.Command("unshare", append([]string{"--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", script, d.dir, d.cache, user, folder}, args...)...)
	command.Env = append(environment(), env...)
	return command
}

// ephemeral are folders whose content is nobody's installation: logs, caches,
// lists, homes.
var ephemeral = []string{"proc", "dev", "sys", "run", "tmp", "home", "srv", "var/cache", "var/log", "var/lib/apt", "var/lib/dpkg", "var/tmp"}

const iconCache = "usr/share/icons/hicolor/icon-theme.cache"

// tree is every file, folder and link of the system with its mode and size,
// and the time of its last change: a package that rewrites a file is seen.
// The cache of icons is written anew, the same, whenever an icon came or went.
func (d *debian) tree() (map[string]string, error) {
	all := map[string]string{}
	err := filepath.WalkDir(d.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(d.dir, path)
		if err != nil {
			return err
		}
		if slices.Contains(ephemeral, name) {
			return fs.SkipDir
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		switch {
		case info.IsDir():
			all[name] = info.Mode().String()
		case info.Mode()&fs.ModeSymlink != 0:
			all[name], err = os.Readlink(path)
		case name == iconCache:
			var b []byte
			b, err = os.ReadFile(path)
			all[name] = fmt.Sprintf("%v %x", info.Mode(), sha256.Sum256(b))
		default:
			all[name] = fmt.Sprint(info.Mode(), info.Size(), info.ModTime().UnixNano())
		}
		return err
	})
	return all, err
}
