// SPDX-License-Identifier: Apache-2.0

// Package docs tests the pages: the commands that they show, their links, the
// tests, files and Go names that they mention, their words, and that pages in
// two languages have the same parts.
//
// A command is a line of a fenced block without a language (or sh), and a span
// of code in the text that begins with the name of a program. Each needs a row
// in rows_test.go that says how it is run: as it stands, with a simulated card
// and a home of its own; at a terminal, with what a person types; or by a named
// test elsewhere, where it takes long or needs a desktop; or compared with what
// apt or tscns doctor knows, where it would change the system. A command without a
// row fails the test; so does a row that nothing shows any more.
//
//	go test ./tests/docs -run TestCommands/status
package docs
