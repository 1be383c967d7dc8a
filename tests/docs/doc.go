// SPDX-License-Identifier: Apache-2.0

// Package docs keeps the documents true: every command that they show is run,
// every link leads somewhere, and what exists in two languages says as much in
// each.
//
// A command is a line of a fenced block without a language (or sh), and a span
// of code in the text that begins with the name of a program. Each needs a row
// in rows_test.go that says how it is run: as it stands, with a simulated card
// and a home of its own; at a terminal, with what a person types; or by a named
// test elsewhere, where it takes long or needs a desktop. A command without a
// row fails the test; so does a row that nothing shows any more.
//
//	go test ./tests/docs -run TestCommands/status
package docs
