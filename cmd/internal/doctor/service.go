// SPDX-License-Identifier: Apache-2.0

package doctor

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"tscns/cardos"
	"tscns/cmd/internal/words"
)

// readerSerial is a serial number in a reader's name, as the CCID driver puts
// it there: in round brackets.
var readerSerial = regexp.MustCompile(`\([0-9A-Za-z.\-]*[0-9][0-9A-Za-z.\-]*\)`)

func (e *exam) path(p string) string { return filepath.Join(e.Root, p) }

func (e *exam) has(paths ...string) bool {
	for _, p := range paths {
		if found, _ := filepath.Glob(e.path(p)); len(found) > 0 {
			return true
		}
	}
	return false
}

func (e *exam) serviceInstalled() []Finding {
	switch {
	case runtime.GOOS == "windows" || runtime.GOOS == "darwin":
		return note(words.Text{"the smart card service is part of this system", "il servizio smart card fa parte di questo sistema"})
	case e.has("/usr/sbin/pcscd", "/usr/local/sbin/pcscd", "/usr/bin/pcscd"):
		return ok(words.Text{"the smart card service pcscd is installed", "il servizio smart card pcscd è installato"})
	case !e.noService():
		return ok(words.Text{"a smart card service answers", "un servizio smart card risponde"})
	}
	return failure(words.Text{"the smart card service pcscd is not installed", "il servizio smart card pcscd non è installato"},
		words.Text{"install it. Debian, Ubuntu: sudo apt install pcscd libccid; Fedora: sudo dnf install pcsc-lite pcsc-lite-ccid; Arch: sudo pacman -S pcsclite ccid",
			"installalo. Debian, Ubuntu: sudo apt install pcscd libccid; Fedora: sudo dnf install pcsc-lite pcsc-lite-ccid; Arch: sudo pacman -S pcsclite ccid"})
}

// socketState is what trying the service's socket tells.
type socketState int

const (
	socketOpen   socketState = iota // somebody listens
	socketClosed                    // nobody does
	socketDenied                    // the file system says no
)

func (e *exam) socket() socketState {
	path := e.Getenv("PCSCLITE_CSOCK_NAME")
	if path == "" {
		path = e.path("/run/pcscd/pcscd.comm")
	}
	c, err := net.DialTimeout("unix", path, 5*time.Second)
	switch {
	case err == nil:
		c.Close()
		return socketOpen
	case errors.Is(err, fs.ErrPermission):
		return socketDenied
	}
	return socketClosed
}

func (e *exam) serviceRunning() []Finding {
	if !e.noService() || runtime.GOOS != "windows" && e.socket() != socketClosed {
		return ok(words.Text{"the smart card service is running", "il servizio smart card è in esecuzione"})
	}
	off := words.Text{"the smart card service is not running", "il servizio smart card non è in esecuzione"}
	if runtime.GOOS == "windows" { // it ends with the last reader, and starts with the first
		return failure(off, words.Text{"connect the reader: Windows then starts the service. If it does not, as an administrator: net start SCardSvr",
			"collega il lettore: Windows avvia allora il servizio. Se non lo fa, da amministratore: net start SCardSvr"})
	}
	return failure(off, words.Text{"start it: sudo systemctl enable --now pcscd.socket", "avvialo: sudo systemctl enable --now pcscd.socket"})
}

// servicePermitted: a service that runs and turns this person away. pcscd asks
// polkit about each client, and ends the connection of one that is refused.
func (e *exam) servicePermitted() []Finding {
	if !e.noService() && e.card == nil && e.turnedAway() {
		return failure(words.Text{"you may see the readers, and not the card in them", "puoi vedere i lettori, e non la tessera che c'è dentro"}, permit)
	}
	if !e.noService() {
		return ok(words.Text{"you may use the smart card service", "puoi usare il servizio smart card"})
	}
	if runtime.GOOS == "windows" || e.socket() == socketClosed {
		return note(skipped)
	}
	return failure(words.Text{"the smart card service runs, and turns you away", "il servizio smart card è in esecuzione, e ti respinge"}, permit)
}

// permit is the cure where polkit says no.
var permit = words.Text{"log in at the computer itself, not over ssh; or let an administrator permit the actions org.debian.pcsc-lite.access_pcsc and access_card for you in /etc/polkit-1/rules.d",
	"accedi al computer di persona, non via ssh; oppure fai permettere da un amministratore le azioni org.debian.pcsc-lite.access_pcsc e access_card per te in /etc/polkit-1/rules.d"}

// turnedAway: the service answers about its readers, and not about a card.
func (e *exam) turnedAway() bool {
	for _, err := range e.cardErrs {
		if isAny(err, cardos.ErrNoService) {
			return true
		}
	}
	return false
}

// nfcModules are drivers of the kernel that take an NFC reader for themselves.
var nfcModules = []string{"pn533_usb", "pn533", "port100", "nfcmrvl_usb"}

func (e *exam) kernelNFC() []Finding {
	b, err := os.ReadFile(e.path("/proc/modules"))
	if err != nil {
		return note(words.Text{"kernel drivers: not known here", "driver del kernel: qui non si sa"})
	}
	var loaded []string
	for _, line := range strings.Split(string(b), "\n") {
		name, _, _ := strings.Cut(line, " ")
		for _, m := range nfcModules {
			if name == m {
				loaded = append(loaded, m)
			}
		}
	}
	if len(loaded) == 0 {
		return ok(words.Text{"no kernel driver holds an NFC reader", "nessun driver del kernel occupa un lettore NFC"})
	}
	list := strings.Join(loaded, " ")
	f := failure
	if len(e.readers) > 0 {
		f = warning
	}
	return f(words.Text{"the kernel's NFC drivers (%s) may hold your reader", "i driver NFC del kernel (%s) possono occupare il tuo lettore"}.With(list),
		words.Text{"sudo modprobe -r %s; for good: a line \"blacklist ...\" for each in /etc/modprobe.d/tscns-nfc.conf; then unplug the reader and plug it in again",
			"sudo modprobe -r %s; per sempre: una riga \"blacklist ...\" per ciascuno in /etc/modprobe.d/tscns-nfc.conf; poi scollega e ricollega il lettore"}.With(list))
}

func (e *exam) reader() []Finding {
	if e.noService() {
		return note(skipped)
	}
	if len(e.readers) > 0 {
		var list []Finding
		for _, r := range e.readers {
			list = append(list, ok(words.Text{"reader: %s", "lettore: %s"}.With(r.Name))...)
		}
		return list
	}
	if plugged := e.pluggedReaders(); len(plugged) > 0 {
		return failure(words.Text{"a reader is plugged in (%s), and the service does not drive it", "un lettore è collegato (%s), e il servizio non lo gestisce"}.With(strings.Join(plugged, ", ")),
			words.Text{"install the driver (sudo apt install libccid; Fedora: pcsc-lite-ccid), then: sudo systemctl restart pcscd", "installa il driver (sudo apt install libccid; Fedora: pcsc-lite-ccid), poi: sudo systemctl restart pcscd"})
	}
	return failure(words.Text{"no reader is connected", "nessun lettore collegato"},
		words.Text{"plug a smart card reader in, without a hub if you can; its light should come on", "collega un lettore di smart card, se puoi senza hub; la sua luce dovrebbe accendersi"})
}

// pluggedReaders lists USB devices with an interface of the smart card class
// (0B, USB Device Class: Smart Card), by product name.
func (e *exam) pluggedReaders() (names []string) {
	files, _ := filepath.Glob(e.path("/sys/bus/usb/devices/*/bInterfaceClass"))
	for _, f := range files {
		if b, err := os.ReadFile(f); err != nil || strings.TrimSpace(string(b)) != "0b" {
			continue
		}
		device, _, _ := strings.Cut(filepath.Base(filepath.Dir(f)), ":")
		name := device
		if b, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(f)), device, "product")); err == nil {
			name = strings.TrimSpace(string(b))
		}
		names = append(names, name)
	}
	return names
}
