// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tscns/cardos"
	"tscns/simcard"
	"tscns/tests/simreader"
)

// broken are set-ups on which one thing is wrong: the line that says so, and
// the cure, in both languages.
var broken = []struct {
	name  string
	make  func(*testing.T) *set
	check string
	line  [2]string
	cure  [2]string
}{
	{"pcscd not installed", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.s.StopService()
		require.NoError(t, os.RemoveAll(filepath.Join(x.root, "usr/sbin")))
		return x
	}, "pcscd-installed", [2]string{"pcscd is not installed", "pcscd non è installato"}, [2]string{"sudo apt install pcscd", "sudo apt install pcscd"}},
	{"pcscd not running", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.s.StopService()
		return x
	}, "pcscd-running", [2]string{"is not running", "non è in esecuzione"}, [2]string{"systemctl enable --now pcscd.socket", "systemctl enable --now pcscd.socket"}},
	{"no permission", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.s.StopService()
		x.env["PCSCLITE_CSOCK_NAME"] = turnsAway(t)
		return x
	}, "pcscd-permitted", [2]string{"turns you away", "ti respinge"}, [2]string{"polkit", "polkit"}},
	{"no permission for cards", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.s.SetFault(readerName, func(int, []byte) simreader.Fault { return simreader.Fault{Skip: true, Err: cardos.ErrNoService} })
		return x
	}, "pcscd-permitted", [2]string{"you may see the readers, and not the card", "puoi vedere i lettori, e non la tessera"}, [2]string{"polkit", "polkit"}},
	{"no reader", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.s.RemoveReader(readerName)
		return x
	}, "reader", [2]string{"no reader is connected", "nessun lettore collegato"}, [2]string{"plug a smart card reader in", "collega un lettore"}},
	{"reader without driver", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.s.RemoveReader(readerName)
		x.file("/sys/bus/usb/devices/1-2:1.0/bInterfaceClass", "0b\n")
		x.file("/sys/bus/usb/devices/1-2/product", "Some Reader\n")
		return x
	}, "reader", [2]string{"plugged in (Some Reader), and the service does not drive it", "collegato (Some Reader), e il servizio non lo gestisce"}, [2]string{"libccid", "libccid"}},
	{"kernel NFC driver", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.s.RemoveReader(readerName)
		x.file("/proc/modules", "pn533_usb 20480 0 - Live 0x0\npn533 53248 1 pn533_usb, Live 0x0\n")
		return x
	}, "kernel-nfc", [2]string{"NFC drivers (pn533_usb pn533)", "driver NFC del kernel (pn533_usb pn533)"}, [2]string{"sudo modprobe -r pn533_usb pn533", "sudo modprobe -r pn533_usb pn533"}},
	{"no card", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.s.Remove(readerName)
		return x
	}, "card", [2]string{"no card in the reader", "nessuna tessera nel lettore"}, [2]string{"chip first", "dal lato del chip"}},
	{"mute card", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.s.InsertMute(readerName)
		return x
	}, "card", [2]string{"does not answer", "non risponde"}, [2]string{"turn it round", "girala"}},
	{"card held by another", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		t.Cleanup(x.s.HoldExclusive(readerName))
		return x
	}, "card", [2]string{"holds the card for itself", "tiene la tessera tutta per sé"}, [2]string{"gpgconf --kill scdaemon", "gpgconf --kill scdaemon"}},
	{"foreign card", func(t *testing.T) *set {
		return healthy(t, simcard.FamilyForeign, func(o *simcard.Options) { o.ATR = []byte{0x3B, 0x65, 0x00, 0x00, 0x20, 0x63, 0xCB, 0xA0, 0x00} })
	},
		"card", [2]string{"not a TS-CNS that this driver knows", "non è una TS-CNS che questo driver conosce"}, [2]string{"insert the health card", "inserisci la tessera sanitaria"}},
	{"unknown NFC side", func(t *testing.T) *set {
		return healthy(t, simcard.FamilyForeign, func(o *simcard.Options) { o.ATR = []byte{0x3B, 0x81, 0x80, 0x01, 0x80, 0x80} })
	}, "card", [2]string{"read over NFC as it seems", "letta via NFC a quanto pare"}, [2]string{"insert it with its chip", "inseriscila dal lato del chip"}},
	{"expired certificate", func(t *testing.T) *set {
		return healthy(t, simcard.FamilyB2, validity(t, simcard.FamilyB2, time.Now().Add(-9*oneDay), time.Now().Add(-oneDay)))
	}, "certificate", [2]string{"the certificate expired on", "il certificato è scaduto il"}, [2]string{"ask for a new card", "chiedi una nuova tessera"}},
	{"certificate of tomorrow", func(t *testing.T) *set {
		return healthy(t, simcard.FamilyB2, validity(t, simcard.FamilyB2, time.Now().Add(oneDay), time.Now().Add(9*oneDay)))
	}, "certificate", [2]string{"not valid yet", "non è ancora valido"}, [2]string{"set this computer's date", "correggi la data"}},
	{"no certificate", func(t *testing.T) *set {
		return healthy(t, simcard.FamilyB2, func(o *simcard.Options) { o.Authentication = simcard.Credential{} })
	}, "certificate", [2]string{"the card has no certificate", "la tessera non ha un certificato"}, [2]string{"activated as CNS", "attivare come CNS"}},
	{"blocked PIN", func(t *testing.T) *set {
		return healthy(t, simcard.FamilyT, func(o *simcard.Options) { o.PINTriesUsed = 3 })
	}, "pin", [2]string{"the PIN is blocked", "il PIN è bloccato"}, [2]string{"tscns pin unblock", "tscns pin unblock"}},
	{"library cut short", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		b, err := os.ReadFile(module(t))
		require.NoError(t, err)
		return x.library(string(b[:len(b)/2]))
	}, "library", [2]string{"cannot be used: it is damaged", "non si può usare: è rovinata"}, [2]string{"install the package tscns again", "reinstalla il pacchetto tscns"}},
	{"library for another processor", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		b, err := os.ReadFile(module(t))
		require.NoError(t, err)
		b[18], b[19] = 0xF3, 0x00 // e_machine: RISC-V
		return x.library(string(b))
	}, "library", [2]string{"another kind of processor (EM_RISCV)", "un altro tipo di processore (EM_RISCV)"}, [2]string{"install the package", "reinstalla il pacchetto"}},
	{"library missing", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.args[1] = "/nonexistent/tscns-pkcs11.so"
		return x
	}, "library", [2]string{"it is not there", "non c'è"}, [2]string{"install the package", "reinstalla il pacchetto"}},
	{"not registered", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.profile("")
		return x
	}, "browser", [2]string{"does not know the library", "non conosce la libreria"}, [2]string{"tscns register firefox", "tscns register firefox"}},
	{"double registration", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.profile("library=" + module(t) + "\nname=TS-CNS\n\nlibrary=/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so\nname=OpenSC\n\n")
		return x
	}, "conflict", [2]string{`"OpenSC" too (opensc-pkcs11.so), which takes the same card: double registration`, `anche "OpenSC" (opensc-pkcs11.so), che prende la stessa tessera: doppia registrazione`}, [2]string{`-delete "OpenSC"`, `-delete "OpenSC"`}},
	{"twice ours", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.profile("library=" + module(t) + "\nname=TS-CNS\n\nlibrary=p11-kit-proxy.so\nname=p11-kit\n\n")
		x.file("/usr/share/p11-kit/modules/tscns.module", "module: "+filepath.Base(module(t))+"\n")
		return x
	}, "conflict", [2]string{"has the library twice", "ha la libreria due volte"}, [2]string{"tscns register all", "tscns register all"}},
}

// warned are set-ups that work, with a word of warning.
var warned = []struct {
	name  string
	make  func(*testing.T) *set
	check string
	line  [2]string
	cure  [2]string
}{
	{"NFC side", func(t *testing.T) *set { return healthy(t, simcard.FamilyB2NFC, nil) },
		"side", [2]string{"reads the NFC side", "legge il lato NFC"}, [2]string{"insert the card with its chip", "inserisci la tessera dal lato del chip"}},
	{"Flatpak browser", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		require.NoError(t, os.MkdirAll(filepath.Join(x.home, ".var/app/org.mozilla.firefox"), 0o700))
		return x
	}, "sandbox", [2]string{"Firefox (Flatpak) is in a sandbox", "Firefox (Flatpak) è in una sandbox"}, [2]string{"tscns register flatpak", "tscns register flatpak"}},
	{"last try", func(t *testing.T) *set {
		return healthy(t, simcard.FamilyT, func(o *simcard.Options) { o.PINTriesUsed = 2 })
	}, "pin", [2]string{"ONE try left", "UNA prova"}, [2]string{"look the PIN up", "controlla il PIN"}},
	{"end near", func(t *testing.T) *set {
		return healthy(t, simcard.FamilyB2, validity(t, simcard.FamilyB2, time.Now().Add(-oneDay), time.Now().Add(9*oneDay)))
	}, "certificate", [2]string{"the certificate expires on", "il certificato scade il"}, [2]string{"should arrive by mail", "arrivare per posta"}},
	{"nobody knows it", func(t *testing.T) *set { return healthy(t, simcard.FamilyH, nil) },
		"card", [2]string{"read without trouble", "letta senza problemi"}, [2]string{"tscns report --login", "tscns report --login"}},
	{"OpenSC in p11-kit", func(t *testing.T) *set {
		x := healthy(t, simcard.FamilyB2, nil)
		x.file("/usr/share/p11-kit/modules/tscns.module", "module: "+filepath.Base(module(t))+"\n")
		x.file("/usr/share/p11-kit/modules/opensc-pkcs11.module", "module: opensc-pkcs11.so\n")
		return x
	}, "conflict", [2]string{"p11-kit also carries OpenSC", "p11-kit porta anche OpenSC"}, [2]string{"disable-in", "disable-in"}},
}
