// SPDX-License-Identifier: Apache-2.0

// Package bench measures the built library beside OpenSC and SoftHSM, in one
// run on one machine: ./build.sh bench. It writes what it found into
// docs/performance.md and docs/images/performance.svg. Numbers are medians;
// what they mean is their ratio. What can be counted, not timed, is a claim
// that the run holds.
package bench
