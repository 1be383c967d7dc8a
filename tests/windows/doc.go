// SPDX-License-Identifier: Apache-2.0

// Package windows has the files of ./build.sh windows used under wine: the
// module by a C host, the minidriver by one that plays Windows' part (basecsp/),
// both over a winscard.dll of the test's own (winscard/), which serves a
// simulated card. What wine shows and what it cannot show is in
// docs/platforms.md.
package windows
