// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tscns/tests/tlsserver"
)

// browse opens the page in a browser of the person's and waits until the
// person closes it.
func (d *demo) browse(ctx context.Context) error {
	browser, err := d.findBrowser()
	if err != nil {
		return err
	}
	home := filepath.Join(d.dir, "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		return err
	}
	server, err := d.serve(0)
	if err != nil {
		return err
	}
	defer server.Close()
	command, err := d.prepare(ctx, browser, home, server.URL("localhost"))
	if err != nil {
		return err
	}
	d.say("\n%s, with a throw-away profile, at %s", "\n%s, con un profilo usa e getta, su %s", filepath.Base(browser), server.URL("localhost"))
	d.say("  It shows the card's certificate: confirm it. Then it asks for the PIN (or \"password\") of %s.",
		"  Mostra il certificato della tessera: confermalo. Poi chiede il PIN (o \"password\") di %s.", d.place.token)
	if !d.reader {
		d.say("  The PIN of the simulated card is  %s", "  Il PIN della tessera simulata è  %s", demoPIN)
	}
	d.say("  Close the browser when you have seen enough; Ctrl-C here closes it too.",
		"  Chiudi il browser quando hai visto abbastanza; lo chiude anche Ctrl-C qui.")
	done, stop := context.WithCancel(ctx)
	defer stop()
	first := make(chan error, 1)
	go func() { first <- d.await(done, server) }()
	out, err := command.CombinedOutput()
	stop()
	if seen := <-first; seen != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w%s\n%s", filepath.Base(browser), seen, serverSays(server), out)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil && len(server.Logins()) == 0 {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(browser), err, out)
	}
	return nil
}

// await prints the browser's login as soon as it happens.
func (d *demo) await(ctx context.Context, server *tlsserver.Server) error {
	start := time.Now()
	for ctx.Err() == nil && len(server.Logins()) == 0 {
		_, _ = server.Wait(1, time.Second)
	}
	logins := server.Logins()
	if len(logins) == 0 {
		return errors.New(d.text("closed without a login", "chiuso senza accesso"))
	}
	return d.report(logins[0], logins[0].Version, time.Since(start))
}

// findBrowser looks for one that can load a library of this system: not one
// of a snap or a flatpak, which see a file system of their own.
func (d *demo) findBrowser() (string, error) {
	names := []string{"firefox", "firefox-esr", "chromium", "google-chrome", "chromium-browser"}
	// BROWSER is where a person says which one to prefer (xdg-open(1)).
	if wish := filepath.Base(os.Getenv("BROWSER")); slices.Contains(names, wish) {
		names = append([]string{wish}, names...)
	}
	var shut []string
	for _, name := range names {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if sandboxed(path) {
			shut = append(shut, path)
			continue
		}
		return path, nil
	}
	if shut != nil {
		return "", fmt.Errorf(d.text("%s cannot load a library from outside its snap; a browser from a .deb or tarball can",
			"%s non può caricare una libreria da fuori del suo snap; un browser da .deb o tarball sì"), strings.Join(shut, ", "))
	}
	return "", errors.New(d.text("no Firefox and no Chromium found", "non trovo né Firefox né Chromium"))
}

// sandboxed tells a snap, or the script that Ubuntu has in its place.
func sandboxed(path string) bool {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if strings.HasPrefix(path, "/snap/") || path == "/usr/bin/snap" {
		return true
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	head := make([]byte, 4096)
	n, _ := file.Read(head)
	text := string(head[:n])
	return strings.HasPrefix(text, "#!") && strings.Contains(text, "/snap/bin/")
}

// prepare makes a profile that knows library and demo authority, in a home of
// its own, and returns the command that opens the page.
func (d *demo) prepare(ctx context.Context, browser, home, url string) (*exec.Cmd, error) {
	var command *exec.Cmd
	database := filepath.Join(home, ".pki", "nssdb")
	if strings.HasPrefix(filepath.Base(browser), "firefox") {
		database = filepath.Join(home, "profile")
		command = exec.CommandContext(ctx, browser, "--no-remote", "--new-instance", "--profile", database, url)
	} else {
		args := []string{"--user-data-dir=" + filepath.Join(home, "profile"), "--no-first-run", "--no-default-browser-check",
			"--disable-background-networking", "--disable-component-update", "--disable-sync", "--password-store=basic"}
		if os.Geteuid() == 0 {
			args = append(args, "--no-sandbox")
		}
		command = exec.CommandContext(ctx, browser, append(args, url)...)
	}
	if err := os.MkdirAll(database, 0o700); err != nil {
		return nil, err
	}
	if strings.HasPrefix(filepath.Base(browser), "firefox") {
		if err := os.WriteFile(filepath.Join(database, "user.js"), []byte(firefoxPreferences), 0o600); err != nil {
			return nil, err
		}
	}
	command.Env = browserEnv(home, d.place.env)
	command.Dir = home
	ownGroup(command)
	for _, tool := range [][]string{
		{"certutil", "-N", "-d", "sql:" + database, "--empty-password"},
		{"certutil", "-A", "-d", "sql:" + database, "-n", "tscns demo", "-t", "CT,C,C", "-i", d.caFile()},
		{"modutil", "-dbdir", "sql:" + database, "-add", tokenLabel, "-libfile", d.place.module, "-force"},
	} {
		step := exec.Command(tool[0], tool[1:]...)
		step.Env = command.Env
		if out, err := step.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s (%s): %w\n%s", tool[0], d.text("package libnss3-tools", "pacchetto libnss3-tools"), err, out)
		}
	}
	return command, nil
}

// browserEnv is the person's environment with a throw-away home, so that
// nothing of the person's is read or written.
func browserEnv(home string, more []string) []string {
	var env []string
	authority := os.Getenv("XAUTHORITY")
	if authority == "" {
		if path := filepath.Join(os.Getenv("HOME"), ".Xauthority"); os.Getenv("HOME") != "" && exists(path) {
			authority = path
		}
	}
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		switch {
		case name == "HOME", name == "XAUTHORITY", strings.HasPrefix(name, "XDG_") && strings.HasSuffix(name, "_HOME"):
		default:
			env = append(env, setting)
		}
	}
	env = append(env, "HOME="+home)
	if authority != "" {
		env = append(env, "XAUTHORITY="+authority)
	}
	return append(env, more...)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// firefoxPreferences keep a fresh profile to the page: no welcome, no default
// browser question, no calls home. How a certificate is chosen stays as
// Firefox has it.
const firefoxPreferences = `user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("browser.startup.page", 0);
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.tabs.firefox-view", false);
user_pref("app.normandy.enabled", false);
user_pref("app.update.auto", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("termsofuse.bypassNotification", true);
user_pref("trailhead.firstrun.didSeeAboutWelcome", true);
`
