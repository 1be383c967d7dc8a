// SPDX-License-Identifier: Apache-2.0
//
// Nothing: what counts of this file is its version, a resource that is linked to
// it. It stands for the programs of another release.

int standin = BUILD;
