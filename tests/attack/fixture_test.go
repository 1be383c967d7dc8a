// SPDX-License-Identifier: Apache-2.0

//go:build linux

package attack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ordinary is the user for whom the command works where the tests run as root.
const ordinary = 54321

// limit bounds a run of the command: one that takes longer hangs.
const limit = 30 * time.Second

// secret stands in the private key of the person.
const secret = "-----BEGIN OPENSSH PRIVATE KEY----- 2f6e1c"

// programs is a folder that every user can read, with the command, a file in
// the place of the library, and scripts in the place of flatpak, systemctl and
// p11-kit.
var programs string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "attack")
	if err == nil {
		defer os.RemoveAll(dir)
		programs = filepath.Join(dir, "bin")
		err = errors.Join(os.Chmod(dir, 0o755), os.Mkdir(programs, 0o755), makePrograms())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

const flatpakScript = `#!/bin/sh
case $1 in
override)
	for id; do :; done
	mkdir -p "$HOME/.local/share/flatpak/overrides"
	printf '[Context]\nfilesystems=xdg-run/p11-kit/pkcs11;\n' >"$HOME/.local/share/flatpak/overrides/$id" ;;
esac
`

func makePrograms() error {
	command := filepath.Join(programs, "tscns")
	if built := os.Getenv("TSCNS_COMMAND"); built != "" {
		b, err := os.ReadFile(built)
		if err != nil {
			return err
		}
		if err := os.WriteFile(command, b, 0o755); err != nil {
			return err
		}
	} else if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", command, "tscns/cmd/tscns").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return errors.Join(
		os.Chmod(command, 0o755),
		os.WriteFile(filepath.Join(programs, "tscns-pkcs11.so"), []byte("no library"), 0o644),
		os.WriteFile(filepath.Join(programs, "flatpak"), []byte(flatpakScript), 0o755),
		os.WriteFile(filepath.Join(programs, "systemctl"), []byte("#!/bin/sh\n"), 0o755),
		os.WriteFile(filepath.Join(programs, "p11-kit"), []byte("#!/bin/sh\n"), 0o755))
}

// person is somebody with a home, whose files the command is to leave alone.
type person struct {
	t    *testing.T
	home string
	path string // PATH
	env  []string
}

// newPerson returns a person with a private key, a document and a shell's
// configuration, and no modutil, which would load the library.
func newPerson(t *testing.T) *person {
	t.Helper()
	home, err := os.MkdirTemp("", "home")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	p := &person{t: t, home: home, path: programs + ":/nowhere"}
	require.NoError(t, os.Mkdir(p.at("tmp"), 0o700))
	p.env = []string{"LC_ALL=C", "TMPDIR=" + p.at("tmp"), "PCSCLITE_CSOCK_NAME=" + p.at("no.comm")}
	p.write(".ssh/id_rsa", secret)
	p.write("Documents/contract.txt", "signed")
	p.write(".bashrc", "# mine\n")
	require.NoError(t, os.Mkdir(p.at("Documents/empty"), 0o700))
	return p
}

// at returns a path in the home.
func (p *person) at(name string) string { return filepath.Join(p.home, name) }

func (p *person) write(name, text string) {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(filepath.Dir(p.at(name)), 0o700))
	require.NoError(p.t, os.WriteFile(p.at(name), []byte(text), 0o600))
}

func (p *person) link(target, name string) {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(filepath.Dir(p.at(name)), 0o700))
	require.NoError(p.t, os.RemoveAll(p.at(name)))
	require.NoError(p.t, os.Symlink(target, p.at(name)))
}

func (p *person) fifo(name string) {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(filepath.Dir(p.at(name)), 0o700))
	require.NoError(p.t, os.RemoveAll(p.at(name)))
	require.NoError(p.t, syscall.Mkfifo(p.at(name), 0o600))
}

// own gives the home to the ordinary user.
func (p *person) own() {
	if os.Geteuid() != 0 {
		return
	}
	require.NoError(p.t, filepath.WalkDir(p.home, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, ordinary, ordinary)
	}))
}

// command prepares a run of the command as the person.
func (p *person) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(programs, "tscns"), args...)
	cmd.Dir = "/"
	cmd.Env = append([]string{"HOME=" + p.home, "PATH=" + p.path}, p.env...)
	cmd.WaitDelay = time.Second
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: ordinary, Gid: ordinary}}
	}
	return cmd
}

// tscns runs the command as the person, to its end, and returns what it said.
func (p *person) tscns(args ...string) string {
	p.t.Helper()
	p.own()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out, _ := p.command(ctx, args...).CombinedOutput() // also where it refuses
	require.NoError(p.t, ctx.Err(), "tscns %s hangs: %s", strings.Join(args, " "), out)
	require.NotContains(p.t, string(out), "panic:")
	return string(out)
}

func (p *person) module() string { return "--module=" + filepath.Join(programs, "tscns-pkcs11.so") }

func (p *person) registerFlatpak() string { return p.tscns("register", "flatpak", "--yes", p.module()) }

// private returns what the command has no business with: every file of the home
// outside of the places that it writes by its task.
func (p *person) private() map[string]string {
	p.t.Helper()
	all := map[string]string{}
	for _, dir := range []string{".ssh", "Documents", ".bashrc", ".mozilla", "outside"} {
		if _, err := os.Lstat(p.at(dir)); err != nil {
			continue
		}
		require.NoError(p.t, filepath.WalkDir(p.at(dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			all[path] = d.Type().String()
			if d.Type().IsRegular() {
				b, err := os.ReadFile(path)
				all[path] = string(b)
				return err
			}
			return nil
		}))
	}
	return all
}

// copied returns the files below a folder that hold the secret and are not the
// private key itself under another name.
func (p *person) copied(dir string) (list []string) {
	p.t.Helper()
	_ = filepath.WalkDir(p.at(dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
		if err != nil {
			return nil // a link by now
		}
		defer f.Close()
		info, err := f.Stat()
		b, _ := io.ReadAll(f)
		if err == nil && strings.Contains(string(b), secret) && info.Sys().(*syscall.Stat_t).Nlink == 1 {
			list = append(list, path)
		}
		return nil
	})
	return list
}

const (
	firefoxData = ".var/app/org.mozilla.firefox"
	chromeData  = ".var/app/com.google.Chrome"
	emptyList   = "library=\nname=NSS Internal PKCS #11 Module\n\n"
)

// firefox puts a profile with a list of modules into a folder that holds
// profiles.ini.
func (p *person) firefox(base string) {
	p.t.Helper()
	p.write(filepath.Join(base, "profiles.ini"), "[Profile0]\nName=default\nIsRelative=1\nPath=a.default\n")
	p.write(filepath.Join(base, "a.default/pkcs11.txt"), emptyList)
}

// needRoot skips a test where it does not run as root.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED: an attack on root wants root")
	}
}
