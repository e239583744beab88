// Package exact is the vocabulary of Exact Payments' API: what is sent to
// sign a person in, how the answer is read, what its errors mean, and which
// origins may be sent a token.
//
// It is pure: no JavaScript, no I/O, no clock. Whatever comes from the network
// arrives as decoded JSON of the types nil, bool, float64, string, []any and
// map[string]any, is never trusted, and never makes a function panic. Neither
// tokens nor passwords pass through here: the host keeps them.
//
// Times are int64 milliseconds since 1970 UTC, durations int64 milliseconds.
//
// Source: https://developer.exactpay.com/docs/Authentication
package exact
