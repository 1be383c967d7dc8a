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
