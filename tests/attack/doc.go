// SPDX-License-Identifier: Apache-2.0

// Package attack tests what somebody gains who prepares files for the command
// to find: an application in a sandbox, another user of the computer, a person
// whose home root works in. Each test is named after the gain. They run the
// built command as an ordinary user in a home of its own, and where the attack
// is on root as root.
package attack
