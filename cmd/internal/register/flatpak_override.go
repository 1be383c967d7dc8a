// SPDX-License-Identifier: Apache-2.0

package register

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"tscns/cmd/internal/message"
	"tscns/cmd/internal/userfile"
	"tscns/packaging/systemd"
)

// program runs a program to its end.
func (w *World) program(name string, args ...string) (string, error) {
	path, err := w.lookPath(name)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return string(out), err
}

// runningFlatpaks lists the applications that run now.
func (w *World) runningFlatpaks() []string {
	out, err := w.program("flatpak", "ps", "--columns=application")
	if err != nil {
		return nil // no session that could run one
	}
	return strings.Fields(out)
}

const shownSocket = "xdg-run/" + flatpakSocket

// overrideFile holds what the person changed of an application's permissions
// (flatpak-override(1)): a key file as flatpak-metadata(5) has it.
func (w *World) overrideFile(id string) string {
	return filepath.Join(w.Home.Flatpak, "overrides", id)
}

// overrideHash returns the SHA-256 of an application's overrides.
func (w *World) overrideHash(id string) string {
	file := w.overrideFile(id)
	return hashFile(userfile.At(filepath.Dir(file)), filepath.Base(file))
}

func (w *World) planOverride(a application, place string) Change {
	c := Change{Step: Step{Place: place, Outcome: Nothing, Text: message.FlatpakSocketShown}}
	file := w.overrideFile(a.id)
	before, err := userfile.Read(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.Step = fail(c.Step, err)
		return c
	}
	if _, shown := withoutSocket(string(before)); shown {
		return c
	}
	args := []string{"override", "--user", "--filesystem=" + shownSocket, a.id}
	c.Outcome, c.Text = Planned, message.Verbatim("flatpak "+strings.Join(args, " "))
	c.apply = func() error {
		return w.noting(func(n *flatpakState) { n.Overrides[a.id] = overrideNote(before, err == nil) }, func() error {
			if _, err := w.program("flatpak", args...); err != nil {
				return err
			}
			return w.noting(func(n *flatpakState) { n.Overrides[a.id].After = w.overrideHash(a.id) }, nil)
		})
	}
	return c
}

// withoutSocket takes the socket out of an override's list of file systems,
// and reports whether it was there.
func withoutSocket(text string) (rest string, shown bool) {
	var lines []string
	group := ""
	for _, line := range strings.SplitAfter(text, "\n") {
		if strings.HasPrefix(line, "[") {
			group = strings.TrimSpace(line)
		}
		key, value, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
		if group == "[Context]" && key == "filesystems" {
			var kept []string
			for _, item := range strings.Split(value, ";") {
				if item == shownSocket {
					shown = true
				} else if item != "" {
					kept = append(kept, item+";")
				}
			}
			if line = key + "=" + strings.Join(kept, "") + "\n"; len(kept) == 0 {
				continue
			}
		}
		lines = append(lines, line)
	}
	rest = strings.Join(lines, "")
	if strings.TrimSpace(rest) == "[Context]" {
		rest = ""
	}
	return rest, shown
}

// undoOverride puts the file back as it was; where somebody has changed it
// since, it takes the socket alone out of it.
func (w *World) undoOverride(id string, note *override) error {
	if !isApplication(id) {
		return nil // a note names nothing else
	}
	file := w.overrideFile(id)
	b, err := userfile.Read(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // flatpak override --reset
	}
	if err != nil {
		return err
	}
	rest, shown := withoutSocket(string(b))
	if note.After != "" && hash(b) == note.After {
		rest = note.Before
	} else if !shown {
		return nil
	}
	if rest == "" && !note.Existed {
		return userfile.Remove(file)
	}
	return userfile.Replace(file, []byte(rest), 0o644)
}

// unitDirs are where the user manager finds units: a person's, then those of
// administrators and packages.
func (w *World) unitDirs() (own string, others []string) {
	for _, dir := range []string{"/etc/systemd/user", "/usr/local/lib/systemd/user", "/usr/lib/systemd/user"} {
		others = append(others, filepath.Join(w.Root, dir))
	}
	return filepath.Join(w.Home.Config, "systemd", "user"), others
}

// unitsInstalled reports whether a package brought the units, for the library that
// is meant: they name it by the folder where p11-kit has its modules.
func (w *World) unitsInstalled() bool {
	folder := filepath.Dir(w.Module)
	if !strings.HasPrefix(folder, "/usr/lib") || filepath.Base(folder) != "pkcs11" {
		return false
	}
	_, others := w.unitDirs()
	for _, dir := range others {
		if userfile.Exists(filepath.Join(dir, systemd.Socket)) {
			return true
		}
	}
	return false
}

func (w *World) planSocket() Change {
	state, _ := w.readState()
	socket := filepath.Join(w.Home.Runtime, flatpakSocket)
	c := Change{Step: Step{Place: "systemd " + systemd.Socket, Outcome: Nothing, Text: message.SocketOn}}
	if _, err := w.program("systemctl", "--user", "is-enabled", "--quiet", systemd.Socket); err == nil {
		return c
	}
	if w.Home.Runtime != "" && userfile.Exists(socket) && !state.Socket {
		c.Place = "p11-kit " + socket
		if w.P11Kit(w.libraryName()) != "" {
			c.Text = message.SocketOther
			return c
		}
		c.Outcome, c.Text = Failed, message.SocketOtherUnaware
		return c
	}
	c.Outcome, c.Text = Planned, message.SocketEnable.
		With(systemd.Socket, "$XDG_RUNTIME_DIR/"+flatpakSocket)
	c.apply = w.startSocket
	return c
}

// startSocket turns the socket on, with units of its own where no package
// brought any.
func (w *World) startSocket() error {
	return w.noting(func(n *flatpakState) { n.Socket = true }, func() error {
		if !w.unitsInstalled() {
			if err := w.writeUnits(); err != nil {
				return err
			}
		}
		if err := w.systemctl("daemon-reload"); err != nil {
			return err
		}
		return w.systemctl("enable", "--now", systemd.Socket)
	})
}

// errNoManager: this session has no systemd that could start the socket.
var errNoManager = errors.New("no user manager of systemd")

func (w *World) systemctl(args ...string) error {
	out, err := w.program("systemctl", append([]string{"--user"}, args...)...)
	if errors.Is(err, exec.ErrNotFound) || strings.Contains(out, "Failed to connect to") {
		return fmt.Errorf("%w: %w", errNoManager, err)
	}
	return err
}

func (w *World) writeUnits() error {
	dir, _ := w.unitDirs()
	made, err := makeDirs(dir, 0o755)
	if err != nil {
		return err
	}
	return w.noting(func(n *flatpakState) {
		n.Directories = append(n.Directories, made...)
		n.Units = []string{systemd.Socket, systemd.Service}
	}, func() error {
		for _, name := range []string{systemd.Socket, systemd.Service} {
			b, err := systemd.Units.ReadFile(name)
			if err != nil {
				return err
			}
			b = bytes.ReplaceAll(b, []byte("remote tscns-pkcs11.so"), []byte("remote "+unitWord(w.Module)))
			if err := userfile.Replace(filepath.Join(dir, name), b, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

// unitWord writes a path for a command line of a unit (systemd.service(5),
// "Command lines"; systemd.unit(5), "Specifiers").
func unitWord(path string) string {
	if !strings.ContainsAny(path, " \t\"'\\%$;") {
		return path
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `%`, `%%`, `$`, `$$`).Replace(path) + `"`
}

// stopSocket undoes startSocket.
func (w *World) stopSocket(state *flatpakState) error {
	err := w.systemctl("disable", "--now", systemd.Socket)
	if errors.Is(err, errNoManager) {
		err = nil // nothing of it runs
	}
	if len(state.Units) > 0 {
		dir, _ := w.unitDirs()
		units := userfile.At(dir)
		for _, name := range []string{systemd.Socket, systemd.Service} { // whatever the note names
			if failure := units.Remove(name); failure != nil && !errors.Is(failure, fs.ErrNotExist) {
				err = errors.Join(err, failure)
			}
		}
		if failure := w.systemctl("daemon-reload"); !errors.Is(failure, errNoManager) {
			err = errors.Join(err, failure)
		}
		wants := units.In("sockets.target.wants")
		wants.RemoveLink(systemd.Socket) // where systemctl could not
		wants.RemoveEmpty(1)
	}
	return err
}
