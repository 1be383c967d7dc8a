// SPDX-License-Identifier: Apache-2.0

// Package arch tests the import rules of docs/architecture.md.
package arch
