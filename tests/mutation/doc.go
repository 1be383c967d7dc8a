// SPDX-License-Identifier: Apache-2.0

/*
Command mutation measures how many small faults the tests of the card layer and
of the module notice.

	go run ./tests/mutation [-dir TREE] [-o TABLE] [-for TIME] [-seed N]

A mutant is one comparison turned round (== for !=, < for >=: a negation) or
moved by one (< for <=: a boundary). Every mutant of a tree is compiled into the
same test programs and chosen by a variable of the environment, so that a mutant
costs one run of the tests that reach it, the quickest first, until one fails.
Mutants are taken in a random order given by the seed: a run that -for ends
early has measured a random sample, and prints the error of sampling.

A mutant is killed (a test failed), timed out (a test did not end: noticed, but
counted apart, because a busy machine does that too), lived, or not covered (no
test reaches it). The share printed is killed and timed out of all.
*/
package main
