// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
)

const helpEnglish = `simcard - a simulated TS-CNS card, for any PKCS#11 or PC/SC software

  simcard init [--family b2] [--pin 12345678] [--puk 87654321]
               [--certificate FORM] DIR
      make a demo card with a made-up holder in DIR: key, certificate, demo
      authority (ca.pem), certificate for a local test server (server.pem).
      --family takes a family (b2) or a card with some of its behaviour set
      (h-ias-filled); --certificate stores the certificate in another form
  simcard run [--control SOCKET] DIR COMMAND [ARGUMENTS...]
      start a private PC/SC service with a virtual reader, put the card in,
      run the command, and end the service with it; nothing is reachable from
      the network. Needs pcscd, vsmartcard-vpcd and a C compiler, not root.
  simcard serve [--connect 127.0.0.1:35963] [--control SOCKET] DIR
      put the card into the virtual reader of a service that runs already
  simcard control SOCKET WORD
      insert, remove, reset, stats, log or quit a card that is served
  simcard families
      list the kinds of card and the forms of a certificate

Try it, with OpenSC's tools and with any module:
  simcard init /tmp/card
  simcard run /tmp/card opensc-tool -l
  simcard run /tmp/card pkcs11-tool --module MODULE.so -L -O
  simcard run /tmp/card pkcs11-tool --module MODULE.so --login --pin 12345678 --test

"run" gives the command PCSCLITE_CSOCK_NAME, by which libpcsclite finds the
private service. Software that confines itself (Snap, Flatpak) does not see it.

"serve" uses the PC/SC service of the system. Install vsmartcard-vpcd and
restart pcscd; its reader listens on port 35963 of every network interface, so
that a machine on an open network needs a firewall for ports 35963 and 35964.
The reversed mode of vpcd (DEVICENAME "127.0.0.1:0x8C7B" in reader.conf), in
which the reader connects to the card, is no way out: vpcd 3.3 ends the whole
service when that connection is lost. Use "run" instead.

Wrong PINs count and the card locks itself, as a real one does; a new "init"
makes a new card. Counters and PIN changes last as long as the card is served.
Keys, names and numbers are made up and worth nothing outside of tests.
`

const helpItalian = `simcard - una TS-CNS simulata, per qualunque software PKCS#11 o PC/SC

  simcard init [--family b2] [--pin 12345678] [--puk 87654321]
               [--certificate FORMA] DIR
      crea in DIR una carta di prova con un titolare inventato: chiave,
      certificato, CA di prova (ca.pem), certificato di un server (server.pem).
      --family vuole una famiglia (b2) o una carta con alcuni comportamenti
      già scelti (h-ias-filled); --certificate registra il certificato in
      un'altra forma
  simcard run [--control SOCKET] DIR COMANDO [ARGOMENTI...]
      avvia un servizio PC/SC privato con un lettore virtuale, inserisce la
      carta, esegue il comando e alla fine chiude il servizio; niente è
      raggiungibile dalla rete. Servono pcscd, vsmartcard-vpcd e un compilatore
      C, non i diritti di root.
  simcard serve [--connect 127.0.0.1:35963] [--control SOCKET] DIR
      inserisce la carta nel lettore virtuale di un servizio già avviato
  simcard control SOCKET PAROLA
      insert, remove, reset, stats, log o quit per una carta servita
  simcard families
      elenca i tipi di carta e le forme di un certificato

Per provare, con gli strumenti di OpenSC e con qualunque modulo:
  simcard init /tmp/carta
  simcard run /tmp/carta opensc-tool -l
  simcard run /tmp/carta pkcs11-tool --module MODULO.so -L -O
  simcard run /tmp/carta pkcs11-tool --module MODULO.so --login --pin 12345678 --test

"run" passa al comando PCSCLITE_CSOCK_NAME, con cui libpcsclite trova il
servizio privato. I programmi confinati (Snap, Flatpak) non lo vedono.

"serve" usa il servizio PC/SC del sistema. Installare vsmartcard-vpcd e
riavviare pcscd; il suo lettore ascolta sulla porta 35963 di ogni interfaccia
di rete: su una rete aperta serve un firewall per le porte 35963 e 35964.
Il modo inverso di vpcd (DEVICENAME "127.0.0.1:0x8C7B" in reader.conf), in cui
è il lettore a collegarsi alla carta, non è un rimedio: vpcd 3.3 termina
l'intero servizio quando quel collegamento cade. Usare invece "run".

I PIN sbagliati contano e la carta si blocca, come una vera; un nuovo "init" fa
una carta nuova. Contatori e cambi di PIN durano finché la carta è servita.
Chiavi, nomi e numeri sono inventati e fuori dalle prove non valgono niente.
`

// help returns the help text in the language of the locale.
func help() string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if value := os.Getenv(name); value != "" {
			if strings.HasPrefix(value, "it") {
				return helpItalian
			}
			break
		}
	}
	return helpEnglish
}
