// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// writeHelp prints the help of a command.
func (a *app) writeHelp(w io.Writer, c *cobra.Command) {
	about := c.Long
	if about == "" {
		about = c.Short
	}
	fmt.Fprintf(w, "%s\n\n%s\n  %s\n", strings.TrimSpace(about), a.lang.of(text{"Usage:", "Uso:"}), c.UseLine())
	if below := visible(c); len(below) > 0 {
		fmt.Fprintf(w, "\n%s\n", a.lang.of(text{"Commands:", "Comandi:"}))
		for _, sub := range below {
			fmt.Fprintf(w, "  %-11s %s\n", sub.Name(), sub.Short)
		}
	}
	if flags := options(c); len(flags) > 0 {
		fmt.Fprintf(w, "\n%s\n", a.lang.of(text{"Options:", "Opzioni:"}))
		for _, f := range flags {
			name, about := pflag.UnquoteUsage(f)
			if name != "" {
				name = " " + strings.ToUpper(name)
			}
			fmt.Fprintf(w, "  %-18s %s\n", "--"+f.Name+name, about)
		}
	}
	if !c.HasParent() {
		fmt.Fprintf(w, "\n%s\n%s", a.lang.of(text{"Exit codes:", "Codici di uscita:"}), a.lang.of(exitCodeTexts))
	}
}

// visible lists the commands below one that help speaks of.
func visible(c *cobra.Command) (list []*cobra.Command) {
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			list = append(list, sub)
		}
	}
	return list
}

// options lists the options of a command that help speaks of.
func options(c *cobra.Command) (list []*pflag.Flag) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			list = append(list, f)
		}
	})
	return list
}

var exitCodeTexts = text{`  0  done; status: a card with a certificate that is valid now is there
  1  something is missing or failed: service, reader, card, certificate, a check of doctor
  2  wrong usage
  3  the card refused the PIN or PUK, or it is blocked
  4  refused because it could do harm: the last try of a PIN, a browser that is running
`, `  0  fatto; status: c'è una tessera con un certificato valido adesso
  1  manca o non è riuscito qualcosa: servizio, lettore, tessera, certificato, un controllo di doctor
  2  uso sbagliato
  3  la tessera ha rifiutato il PIN o il PUK, o è bloccato
  4  rifiutato perché potrebbe fare danno: l'ultima prova di un PIN, un browser aperto
`}

var rootTexts = helpTexts{
	use:   text{"<command>", "<comando>"},
	short: text{"the free driver for the Italian health card TS-CNS", "il driver libero per la tessera sanitaria TS-CNS"},
	long: text{`tscns tells what your TS-CNS (Tessera Sanitaria, Carta Nazionale dei Servizi) says, manages its PIN, makes
the driver known to browsers, and finds out what is wrong when it does not work.`,
		`tscns dice che cosa dice la tua TS-CNS (Tessera Sanitaria, Carta Nazionale dei Servizi), ne gestisce il PIN, fa
conoscere il driver ai browser, e scopre che cosa non va quando non funziona.`},
}

var completionTexts = helpTexts{
	use:   text{"bash|fish|zsh", "bash|fish|zsh"},
	short: text{"Completion of this command for a shell", "Completamento di questo comando per una shell"},
	long: text{`Prints what makes a shell complete this command, its options and its arguments. Packages install it; by hand:
  bash: source <(tscns completion bash)
  zsh:  tscns completion zsh > "${fpath[1]}/_tscns"
  fish: tscns completion fish > ~/.config/fish/completions/tscns.fish`,
		`Scrive ciò che fa completare a una shell questo comando, le opzioni e gli argomenti. I pacchetti lo installano; a mano:
  bash: source <(tscns completion bash)
  zsh:  tscns completion zsh > "${fpath[1]}/_tscns"
  fish: tscns completion fish > ~/.config/fish/completions/tscns.fish`},
}

var reportTexts = helpTexts{
	use:   text{"[options]", "[opzioni]"},
	short: text{"Record what the card answers, without personal data", "Registra che cosa risponde la tessera, senza dati personali"},
	long: text{`Records what the card answers, so that the driver can learn a card that it does not know yet. Personal data are
replaced before anything is shown, and nothing is written before you have seen and accepted it.`,
		`Registra che cosa risponde la tessera, perché il driver impari una tessera che non conosce ancora. I dati personali
vengono sostituiti prima di mostrare alcunché, e niente viene scritto prima che tu l'abbia visto e accettato.`},
}
