// SPDX-License-Identifier: Apache-2.0

// Package built plays the scenes of package faults on the built library, in
// host processes over real PC/SC services, several side by side, and writes
// the table.
//
// The short form plays every fault at every command of one family of cards;
// of those that take seconds by their nature a sample, another one for each
// seed. TSCNS_FAULTS=families does that for all families, TSCNS_FAULTS=full
// plays all of them too; TSCNS_FAULTS_SEED repeats a run.
package built
