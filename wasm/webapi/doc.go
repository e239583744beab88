// Package webapi is the border between the program and JavaScript: it carries
// numbers, strings, booleans and plain objects across, in both directions, and
// knows nothing of what they mean.
//
// It is the only package, with main, that sees JavaScript values, and it uses
// safejs for all of them, so that an exception becomes an error and not a
// crash. A realm that breaks its promises (a missing function, one that throws)
// does end the program, on purpose: the host sees it exit, rejects what is
// pending, and starts a new one.
package webapi
