// SPDX-License-Identifier: Apache-2.0

// Package browser has real Firefox and Chromium log in to a web server with
// the built library and a simulated card behind a real PC/SC service. The PIN
// is typed into the browser's own prompt, on a screen in memory.
//
// What runs, and how to run it by hand:
//
//	go test -v -run TestLogin/firefox-policy ./tests/e2e/browser
//	go test -v -run TestWrongPIN/Chromium -count=10 ./tests/e2e/browser
//
// The library is built first, unless TSCNS_MODULE names one. Pictures of the
// screen are left in tests/artifacts, of a failed test too.
// TSCNS_UPDATE_SCREENSHOTS=1 with -run TestPictures takes those of the
// documents anew, below docs/images. To watch, give Xvfb's screen to a viewer:
// the number is in the DISPLAY of the browser's /proc/<pid>/environ.
//
// Programs needed (Debian packages): firefox-esr, chromium, libnss3-tools,
// xvfb, openbox, xdotool, imagemagick, fonts-dejavu-core, util-linux, and those
// of package e2e (pcscd, vsmartcard-vpcd). A test whose program is missing is
// skipped by name. A browser that comes as a snap does not count: it cannot
// load the library.
//
// The parts: Home (directories and environment), Display (Xvfb, openbox,
// xdotool), Firefox (remote control by Marionette, its scenes told by
// observer.js), Chromium (remote control by CDP, the DevTools protocol), and
// Browser, what the two have in common. Each browser gets a
// home and a profile of its own below the test's directory; nothing is written
// elsewhere, /etc included. Nothing but loopback is reached.
package browser
