// SPDX-License-Identifier: Apache-2.0

// Package sharing has several programs use one card at once, through the built
// library and without it, over a real PC/SC service.
package sharing
